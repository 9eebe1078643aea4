package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Error is what this package gives for everything that goes wrong with a
// cluster or its configuration.
type Error struct {
	code      string // config, connect, auth, topic or incomplete
	message   string
	hint      string
	cause     error
	permanent bool
	kind      kind
	broker    string // host:port the error came from, "" if not known
}

// kind marks errors whose cause a look at the server itself can make clear.
type kind uint8

const (
	kindOther       kind = iota
	kindUnreachable      // no answer, or none that says why
	kindCertificate      // the broker's certificate was not accepted
)

// Error says what is wrong, and where.
func (e *Error) Error() string { return e.message }

// Code is the error's class: config, connect, auth, topic or incomplete.
func (e *Error) Code() string { return e.code }

// Hint says what to do about it, "" if there is nothing to say.
func (e *Error) Hint() string { return e.hint }

// Unwrap gives the client library's own error.
func (e *Error) Unwrap() error { return e.cause }

// Permanent tells that trying again cannot help: the broker has refused the
// credentials, or its certificate was refused.
func (e *Error) Permanent() bool { return e.permanent }

// redacted gives a copy without secrets. A cause that shows one is replaced by
// its text, so that no printer of error chains can get at it.
func (e *Error) redacted(r *Redactor) *Error {
	clean := *e
	clean.message, clean.hint = r.Redact(e.message), r.Redact(e.hint)
	if e.cause != nil {
		if text := r.Redact(e.cause.Error()); text != e.cause.Error() {
			clean.cause = errors.New(text)
		}
	}
	return &clean
}

// MapError turns an error of the client library into an *Error. servers are the
// bootstrap servers, config the user's properties: what was asked for decides
// what an answer means.
func MapError(err error, servers string, config map[string]string) *Error {
	var mapped *Error
	if errors.As(err, &mapped) {
		return mapped
	}
	e := event{text: err.Error(), servers: servers, config: config}
	var k kafka.Error
	switch {
	case errors.As(err, &k):
		e.code, e.text = k.Code(), k.Error()
	case errors.Is(err, context.DeadlineExceeded):
		e.code = kafka.ErrTimedOut
	}
	mapped = e.explain()
	mapped.cause = err
	return mapped
}

// MapLog does the same for a line of librdkafka's log. ok is false for lines
// that do not tell of a failed connection. Some failures, such as a server that
// hangs up because it expects TLS, are only ever logged.
func MapLog(line, servers string, config map[string]string) (e *Error, ok bool) {
	if !strings.Contains(line, "(after ") {
		return nil, false
	}
	code := kafka.ErrTransport
	if strings.Contains(line, "Failed to resolve") {
		code = kafka.ErrResolve
	}
	mapped := event{code: code, text: line, servers: servers, config: config}.explain()
	return mapped, mapped.broker != ""
}

// event is an error of librdkafka with what is known around it.
type event struct {
	code    kafka.ErrorCode
	text    string
	servers string
	config  map[string]string

	broker     string // host:port, "" if not known
	advertised bool   // the address came from the cluster, not from the user
	state      string // of the connection: CONNECT, SSL_HANDSHAKE, APIVERSION_QUERY, AUTH_REQ, UP...
}

var (
	threadPrefix = regexp.MustCompile(`\[thrd:[^\]]*\]: `)
	brokerPrefix = regexp.MustCompile(`(?:^|\s)(?:(?:sasl_)?(?:plaintext|ssl)://)?([^\s/]+:\d+)/(bootstrap|-?\d+): `)
	stateSuffix  = regexp.MustCompile(`\s*\(after \d+ms in state (\w+)(?:, \d+ identical error\(s\) suppressed)?\)`)
	codeSuffix   = regexp.MustCompile(`\s\(_[A-Z_]+\)$`) // at log level debug
	sourcePlace  = regexp.MustCompile(`\S+\.c:\d+:\w+ `)
)

// parse takes address and state out of the text, so that the rest is a sentence.
func (e *event) parse() {
	e.text = threadPrefix.ReplaceAllString(e.text, "")
	e.text = codeSuffix.ReplaceAllString(e.text, "")
	if m := stateSuffix.FindStringSubmatch(e.text); m != nil {
		e.state = m[1]
		e.text = stateSuffix.ReplaceAllString(e.text, "")
	}
	if m := brokerPrefix.FindStringSubmatchIndex(e.text); m != nil {
		e.broker = e.text[m[2]:m[3]]
		e.advertised = e.text[m[4]:m[5]] != "bootstrap" && !slices.Contains(serverList(e.servers), e.broker)
		e.text = e.text[m[1]:]
	}
	e.text = strings.TrimSpace(sourcePlace.ReplaceAllString(e.text, ""))
}

// where names the broker, or all of them if it is not known which it was.
func (e *event) where() string {
	if e.broker != "" {
		return e.broker
	}
	return strings.Join(serverList(e.servers), ", ")
}

// user names who signs in, and how.
func (e *event) user() string {
	c := Canonical(e.config)
	return fmt.Sprintf("%q by %s", c["sasl.username"], c["sasl.mechanisms"])
}

func (e *event) protocol() string { return strings.ToUpper(protocolOf(e.config)) }

func serverList(servers string) []string {
	return strings.FieldsFunc(servers, func(r rune) bool { return r == ',' || r == ' ' })
}

// noAnswer is the error for a request that no broker answered in time, without
// anything said why.
func noAnswer(servers, what string, err error) *Error {
	e := event{code: kafka.ErrTimedOut, servers: servers}
	mapped := e.fail("connect", fmt.Sprintf("no answer from %s when asking for %s", e.where(), what), hintReach)
	mapped.kind, mapped.cause = kindUnreachable, err
	return mapped
}

// hostPort splits an address; librdkafka's default port is Kafka's.
func hostPort(address string) (host, port string) {
	address = address[strings.LastIndex(address, "/")+1:]
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return strings.Trim(address, "[]"), "9092"
	}
	return host, port
}
