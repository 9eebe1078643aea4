package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

// authority signs certificates for the test's brokers.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // its certificate in PEM
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}

// serve is TLS with a certificate for names and addresses, valid from to until.
func (a authority) serve(t *testing.T, names []string, addresses []net.IP, from, until time.Time) kfake.Opt {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: until, DNSNames: names, IPAddresses: addresses,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return kfake.TLS(&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
}

// canary is a password that no text may show.
const canary = "c4nary-p4ssword"

// ask connects and asks for a topic; logs are what was logged at the highest
// level. Nothing of either may show the canary.
func ask(t *testing.T, servers, topic string, properties map[string]string) (logs string, err error) {
	var mu sync.Mutex
	var lines []string
	client, err := Connect(Config{BootstrapServers: servers, Properties: properties, Isolation: "read_committed", Debug: true,
		Log: func(level, message string) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, level+" "+message)
		}})
	if err == nil {
		_, err = client.Topic(context.Background(), topic)
		client.Close()
	}
	mu.Lock()
	defer mu.Unlock()
	logs = strings.Join(lines, "\n")
	for link := err; link != nil; link = errors.Unwrap(link) {
		if strings.Contains(fmt.Sprintf("%v %+v", link, link), canary) {
			t.Errorf("the password shows: %v", link)
		}
	}
	if strings.Contains(logs, canary) {
		t.Errorf("the password shows in the log")
	}
	return logs, err
}

// wrong is a setting that cannot work, and the error that must come of it: a
// pattern in which AT stands for the server's address and CA for that of the
// certificates that were trusted.
type wrong struct {
	name, servers string
	config        map[string]string
	want, hint    string
}

// run tries all at once, as most of them wait for an answer until the limit.
func run(t *testing.T, settings []wrong) {
	var all sync.WaitGroup
	for _, w := range settings {
		all.Go(func() {
			logs, err := ask(t, w.servers, "trips", w.config)
			want := strings.NewReplacer("AT", regexp.QuoteMeta(w.servers), "CA.", regexp.QuoteMeta(w.config["ssl.ca.location"])).Replace(w.want)
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: no *Error: %v\n%s", w.name, err, logs)
				return
			}
			if got := e.Code() + ": " + e.Error(); !regexp.MustCompile(`^`+want+`$`).MatchString(got) || e.Hint() != w.hint {
				t.Errorf("%s\n got %s\n     %s\nwant %s\n     %s\n%s", w.name, got, e.Hint(), want, w.hint, logs)
			}
		})
	}
	all.Wait()
}

// listen serves every connection with talk until the test ends.
func listen(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				talk(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestFailuresToConnect runs into each kind of wrong setting.
func TestFailuresToConnect(t *testing.T) {
	ca, other := newAuthority(t, "tailframe test"), newAuthority(t, "another")
	local := []net.IP{net.IPv4(127, 0, 0, 1)}
	day := 24 * time.Hour
	now := time.Now()
	good := ca.serve(t, []string{"localhost"}, local, now.Add(-day), now.Add(day))
	topics := kfake.SeedTopics(1, "trips")
	user := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "alice", "right"), kfake.Superuser("SCRAM-SHA-256", "alice", "right")}
	plain := kafkatest.Fake(t, topics)
	withTLS := kafkatest.Fake(t, topics, good)
	withSASL := kafkatest.Fake(t, append(user, topics)...)
	withBoth := kafkatest.Fake(t, append(user, topics, good)...)
	tlsTo := map[string]string{"security.protocol": "ssl", "ssl.ca.location": ca.file}
	signIn := map[string]string{"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "alice", "sasl.password": canary}
	expired := now.Add(-time.Hour).Truncate(time.Second)

	run(t, []wrong{
		{"nothing there", unused(t), nil, "connect: nothing listens at AT: connection refused", hintReach},
		{"no such host", "no-such-host.invalid:9092", nil, `connect: the host name "no-such-host.invalid" of the broker cannot be resolved: .+`, hintReach},
		{"TLS expected", withTLS, nil, "connect: AT expects TLS, but security.protocol is PLAINTEXT", "set security.protocol to SSL, or use the port of the cluster's listener without TLS"},
		{"TLS expected by a sign-in", withBoth, signIn, "connect: AT expects TLS, but security.protocol is SASL_PLAINTEXT", "set security.protocol to SASL_SSL, or use the port of the cluster's listener without TLS"},
		{"TLS not expected", plain, tlsTo, "connect: AT takes the connection but does not answer the TLS handshake", "it may be a port without TLS, or not Kafka's at all"},
		{"unknown CA", withTLS, with(tlsTo, "ssl.ca.location", other.file), `auth: the certificate of AT is signed by "CN=tailframe test", which is not among the CA certificates of CA.`, "give that CA's certificate as ssl.ca.location"},
		{"expired", kafkatest.Fake(t, topics, ca.serve(t, nil, local, now.Add(-day), expired)), tlsTo,
			"auth: the certificate of AT expired on " + expired.UTC().Format("2006-01-02 15:04:05") + " UTC", "the broker needs a new one; if its date is fine, correct this machine's clock"},
		{"not yet valid", kafkatest.Fake(t, topics, ca.serve(t, nil, local, now.Add(day), now.Add(2*day))), tlsTo, "auth: the certificate of AT is not valid before .+ UTC", "correct this machine's clock, or the broker's certificate"},
		{"another name", kafkatest.Fake(t, topics, ca.serve(t, []string{"a.example", "b.example"}, nil, now.Add(-day), now.Add(day))), tlsTo,
			`auth: the certificate of AT is for a\.example, b\.example, not for 127\.0\.0\.1`, "connect by a name that stands in the certificate, in bootstrap_servers and in the broker's advertised.listeners"},
		{"sign-in expected", withSASL, nil, "connect: AT hung up at the first request: it probably expects a sign-in, but security.protocol is PLAINTEXT", "set security.protocol to SASL_PLAINTEXT with sasl.mechanism, sasl.username and sasl.password"},
		{"password", withSASL, signIn, `auth: AT hung up during the sign-in of "alice" by PLAIN`, hintPassword},
		{"password, SCRAM over TLS", withBoth, with(signIn, "sasl.mechanism", "SCRAM-SHA-256", "security.protocol", "sasl_ssl", "ssl.ca.location", ca.file),
			`auth: AT hung up during the sign-in of "alice" by SCRAM-SHA-256`, hintPassword},
		{"a web server", listen(t, func(c net.Conn) {
			buffer := make([]byte, 4096)
			if _, err := c.Read(buffer); err == nil {
				fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			}
		}), nil, "connect: AT is a web server, not a Kafka broker", hintReach},
		{"silence", listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), nil, "connect: AT takes the connection but does not answer Kafka's first request", "it may be a port that expects TLS, or not Kafka's at all"},
		{"no CA file", withTLS, with(tlsTo, "ssl.ca.location", "/no/such/ca.pem"), "config: the certificates of ssl.ca.location cannot be read: .+", "it must be PEM, as in -----BEGIN CERTIFICATE-----, and readable by this user"},
	})
}

const (
	hintUseTLS    = "set security.protocol to SSL, or use the port of the cluster's listener without TLS"
	hintOtherName = "connect by a name that stands in the certificate, in bootstrap_servers and in the broker's advertised.listeners"
)

// TestFailuresWithKafka has what the embedded broker answers otherwise than a
// real one.
func TestFailuresWithKafka(t *testing.T) {
	kafka := kafkatest.Real(t)
	tlsWith := func(file string) map[string]string {
		return map[string]string{"security.protocol": "SSL", "ssl.ca.location": file}
	}
	signIn := map[string]string{"security.protocol": "SASL_SSL", "ssl.ca.location": kafka.CA, "sasl.mechanism": "PLAIN", "sasl.username": kafka.User, "sasl.password": canary}
	run(t, []wrong{
		{"TLS expected", kafka.SSL, nil, "connect: AT expects TLS, but security.protocol is PLAINTEXT", hintUseTLS},
		{"TLS not expected", kafka.Plaintext, tlsWith(kafka.CA), "connect: AT does not speak TLS, but security.protocol is SSL", "use the port of the cluster's TLS listener, or set security.protocol to PLAINTEXT"},
		{"unknown CA", kafka.SSL, tlsWith(kafka.OtherCA), "auth: the certificate of AT is signed by .+, which is not among the CA certificates of CA.", "give that CA's certificate as ssl.ca.location"},
		{"expired", kafka.Expired, tlsWith(kafka.CA), "auth: the certificate of AT expired on .+ UTC", "the broker needs a new one; if its date is fine, correct this machine's clock"},
		{"another name", kafka.Named, tlsWith(kafka.CA), "auth: the certificate of AT is for broker\\.tailframe\\.test, not for localhost", hintOtherName},
		{"no client certificate", kafka.MTLS, tlsWith(kafka.CA), "auth: AT asks for a client certificate, and none is configured", hintClientCert},
		{"sign-in expected", kafka.SASLPlaintext, nil, "connect: AT hung up at the first request: it probably expects a sign-in, but security.protocol is PLAINTEXT",
			"set security.protocol to SASL_PLAINTEXT with sasl.mechanism, sasl.username and sasl.password"},
		{"sign-in not expected", kafka.SSL, signIn, "auth: AT does not sign clients in, but security.protocol is SASL_SSL", "use the port of the cluster's SASL listener, or set security.protocol to SSL"},
		{"password", kafka.SASLSSL, signIn, "auth: AT refused the sign-in of \"" + kafka.User + "\" by PLAIN: Authentication failed: Invalid username or password", hintPassword},
		{"password, SCRAM", kafka.SASLSSL, with(signIn, "sasl.mechanism", "SCRAM-SHA-512"),
			"auth: AT refused the sign-in of \"" + kafka.User + "\" by SCRAM-SHA-512: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512", hintPassword},
		{"no topic", kafka.SASLSSL, with(signIn, "sasl.password", kafka.Password), `topic: the cluster has no topic "trips" that this user may see`, hintTopic},
	})
}

// TestKafkaWithTLS reaches a real broker by each way to name a CA and to sign in.
func TestKafkaWithTLS(t *testing.T) {
	kafka := kafkatest.Real(t)
	t.Setenv("SSL_CERT_FILE", kafka.CA)
	signIn := map[string]string{"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": kafka.User, "sasl.password": kafka.Password}
	text, err := os.ReadFile(kafka.CA)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, servers string
		config        map[string]string
	}{
		{"SSL_CERT_FILE", kafka.SSL, map[string]string{"security.protocol": "SSL"}},
		{"PLAIN", kafka.SASLSSL, with(signIn, "ssl.ca.location", kafka.CA)},
		{"SCRAM-SHA-256", kafka.SASLSSL, with(signIn, "sasl.mechanism", "SCRAM-SHA-256", "ssl.ca.pem", string(text))},
		{"SCRAM-SHA-512", kafka.SASLSSL, with(signIn, "sasl.mechanism", "SCRAM-SHA-512")},
		{"client certificate", kafka.MTLS, map[string]string{"security.protocol": "SSL", "ssl.keystore.location": kafka.ClientStore, "ssl.keystore.password": kafka.StorePassword}},
	} {
		// An answer about a topic that is not there is an answer.
		logs, err := ask(t, c.servers, "no-such-topic", c.config)
		var e *Error
		if !errors.As(err, &e) || e.Code() != "topic" {
			t.Errorf("%s: got %v\n%s", c.name, err, logs)
		}
		for _, secret := range []string{kafka.Password, kafka.StorePassword} {
			if strings.Contains(logs, secret) {
				t.Errorf("%s: the log shows a password", c.name)
			}
		}
	}
}
