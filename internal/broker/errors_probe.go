package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// probeTimeout bounds the look at the servers of a connection that failed.
const probeTimeout = 1500 * time.Millisecond

// Explain makes a failure to connect clearer by a look at the servers: do they
// answer at all, do they speak TLS, and what is wrong with their certificate?
// librdkafka says neither of the last two. It takes up to probeTimeout, sends no
// credentials, and gives e itself where there is nothing to add. config is what
// librdkafka got, with the CA certificates chosen by Find.
func Explain(ctx context.Context, e *Error, servers string, config map[string]string) *Error {
	if e == nil || e.kind == kindOther {
		return e
	}
	addresses := serverList(servers)
	if e.broker != "" {
		addresses = []string{e.broker}
	}
	const most = 4 // the first few of a long list tell enough
	addresses = addresses[:min(most, len(addresses))]
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	answers := make([]*Error, len(addresses))
	done := make(chan struct{})
	for i, address := range addresses {
		go func() {
			answers[i] = probe(ctx, e, address, config)
			done <- struct{}{}
		}()
	}
	for range addresses {
		<-done
	}
	for _, answer := range answers {
		if answer != nil {
			answer.cause = e
			if e.cause != nil {
				answer.cause = e.cause
			}
			return answer
		}
	}
	return e
}

// probe looks at one server; nil if that explains nothing.
func probe(ctx context.Context, failed *Error, address string, config map[string]string) *Error {
	host, port := hostPort(address)
	at := event{broker: net.JoinHostPort(host, port), config: config}
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(ctx, "tcp", at.broker)
	if err != nil {
		return at.unreached(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil
	}
	certificates, speaks := handshake(ctx, conn, host)
	switch {
	case usesTLS(config) && speaks == answersTLS:
		return at.judge(certificates, host)
	case usesTLS(config) && speaks == answersOther && failed.kind != kindCertificate:
		at.text = "connecting to a PLAINTEXT broker listener"
		return at.wrongPort()
	case usesTLS(config) && speaks == answersNothing && failed.kind != kindCertificate:
		at.text, at.state = "Connection setup timed out", "SSL_HANDSHAKE"
		return at.network()
	case !usesTLS(config) && speaks == answersTLS:
		protocol := strings.Replace(at.protocol(), "PLAINTEXT", "SSL", 1)
		return at.permanent("connect", fmt.Sprintf("%s expects TLS, but security.protocol is %s", at.broker, at.protocol()),
			"set security.protocol to "+protocol+", or use the port of the cluster's listener without TLS")
	}
	return nil
}

// unreached explains why no connection came about.
func (e *event) unreached(err error) *Error {
	var dns *net.DNSError
	var operation *net.OpError
	switch {
	case errors.As(err, &dns):
		e.text = fmt.Sprintf("Failed to resolve '%s': %s", e.broker, strings.ReplaceAll(dns.Err, "no such host", "no such host is known"))
	case errors.Is(err, syscall.ECONNREFUSED):
		e.text = "Connection refused"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		e.text = "Connection setup timed out"
	case errors.As(err, &operation):
		e.text = "Connect to broker failed: " + operation.Err.Error()
	default:
		e.text = "Connect to broker failed: " + err.Error()
	}
	return e.network()
}

type speech uint8

const (
	answersNothing speech = iota
	answersTLS
	answersOther
)

// handshake begins TLS, without sending anything of ours, and takes the
// server's certificates. What is wrong with them is judged afterwards.
func handshake(ctx context.Context, conn net.Conn, host string) ([]*x509.Certificate, speech) {
	var certificates []*x509.Certificate
	client := tls.Client(conn, &tls.Config{
		ServerName: host,
		// Nothing is sent over this connection; its certificates are only looked at.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			certificates = state.PeerCertificates
			return nil
		},
	})
	err := client.HandshakeContext(ctx)
	var alert tls.AlertError
	var remote *net.OpError
	switch {
	case err == nil || certificates != nil:
		return certificates, answersTLS
	case errors.As(err, &alert), errors.As(err, &remote) && remote.Op == "remote error":
		return nil, answersTLS
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		// It waits for the rest of a request whose length it read from the
		// first bytes, or for ever.
		return nil, answersNothing
	}
	// Something else came, or the server hung up as one that reads the first
	// bytes as a length which is far too large.
	return nil, answersOther
}

// judge says what is wrong with a server's certificate; nil if nothing is.
func (e *event) judge(chain []*x509.Certificate, host string) *Error {
	if len(chain) == 0 {
		return nil
	}
	roots, err := roots(e.config)
	if err != nil {
		return nil
	}
	leaf := chain[0]
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), DNSName: host}
	for _, certificate := range chain[1:] {
		options.Intermediates.AddCert(certificate)
	}
	refused := func(what, hint string) *Error {
		return e.permanent("auth", "the certificate of "+e.broker+" "+what, hint)
	}
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	_, err = leaf.Verify(options)
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch now := time.Now(); {
	case err == nil:
		return nil
	case now.After(leaf.NotAfter):
		return refused("expired on "+day(leaf.NotAfter), "the broker needs a new one; if its date is fine, correct this machine's clock")
	case now.Before(leaf.NotBefore):
		return refused("is not valid before "+day(leaf.NotBefore), "correct this machine's clock, or the broker's certificate")
	case errors.As(err, &name):
		return refused(fmt.Sprintf("is for %s, not for %s", namesOf(leaf), host), "connect by a name that stands in the certificate, in bootstrap_servers and in the broker's advertised.listeners")
	case errors.As(err, &unknown):
		return refused(fmt.Sprintf("is signed by %q, which is not among the CA certificates of %s", leaf.Issuer.String(), trusted(e.config)),
			"give that CA's certificate as ssl.ca.location")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return refused("is signed by a CA whose own certificate is not valid today", "the cluster needs new certificates; if they are fine, correct this machine's clock")
	}
	return refused("is not accepted: "+err.Error(), hintTrust)
}

func namesOf(certificate *x509.Certificate) string {
	names := append([]string(nil), certificate.DNSNames...)
	for _, ip := range certificate.IPAddresses {
		names = append(names, ip.String())
	}
	const most = 5
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// roots reads the CA certificates of config; nil are the system's.
func roots(config map[string]string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if text := config["ssl.ca.pem"]; text != "" {
		pool.AppendCertsFromPEM([]byte(text))
		return pool, nil
	}
	location := config["ssl.ca.location"]
	if location == "" || location == "probe" {
		return nil, nil
	}
	files := []string{location}
	if info, err := os.Stat(location); err == nil && info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(location, "*.[0-9]*")); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		pool.AppendCertsFromPEM(content)
	}
	return pool, nil
}
