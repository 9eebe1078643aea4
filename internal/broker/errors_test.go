package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const verifyFailed = "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, " +
	"verify that ssl.ca.location is correctly configured or root CA certificates are installed (install ca-certificates package) (after 1ms in state SSL_HANDSHAKE)"

// TestMapError has texts as librdkafka 2.15.1 gave them with Kafka 3.9 and with
// servers that are none.
func TestMapError(t *testing.T) {
	plain := map[string]string{}
	tls := map[string]string{"security.protocol": "SSL", "ssl.ca.location": "/ca.pem"}
	mutual := with(tls, "ssl.keystore.location", "/client.p12")
	sasl := with(someSASL, "security.protocol", "SASL_PLAINTEXT")
	for _, c := range []struct {
		name      string
		code      kafka.ErrorCode
		text      string
		config    map[string]string
		want      string // code: message
		hint      string
		permanent bool
	}{
		{"refused", kafka.ErrTransport, "b1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)", plain,
			"connect: nothing listens at b1:9092: connection refused", hintReach, false},
		{"refused, not the user's address", kafka.ErrTransport, "internal:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)", plain,
			"connect: nothing listens at internal:9092: connection refused", hintAdvertised, false},
		{"no route", kafka.ErrTransport, "b1:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: No route to host (after 0ms in state CONNECT)", plain,
			"connect: no connection to b1:9092: No route to host", hintReach, false},
		{"name", kafka.ErrResolve, "no.such.invalid:9092/bootstrap: Failed to resolve 'no.such.invalid:9092': Name or service not known (after 0ms in state CONNECT)", plain,
			`connect: the host name "no.such.invalid" of the broker cannot be resolved: Name or service not known`, hintReach, false},
		{"name, not the user's", kafka.ErrResolve, "kafka-0:9092/1: Failed to resolve 'kafka-0:9092': Name or service not known (after 0ms in state CONNECT)", plain,
			`connect: the host name "kafka-0" of the broker cannot be resolved: Name or service not known`, hintAdvertised, false},
		{"silence", kafka.ErrTransport, "b1:9092/bootstrap: Connection setup timed out in state CONNECT (after 5004ms in state CONNECT)", plain,
			"connect: no answer from b1:9092 to the attempt to connect", hintReach, false},
		{"silence after connecting", kafka.ErrTransport, "b1:9092/bootstrap: Connection setup timed out in state APIVERSION_QUERY (after 2004ms in state APIVERSION_QUERY)", plain,
			"connect: b1:9092 takes the connection but does not answer Kafka's first request", "it may be a port that expects TLS, or not Kafka's at all", false},
		{"silence after connecting with TLS", kafka.ErrTransport, "ssl://b1:9092/bootstrap: Connection setup timed out in state SSL_HANDSHAKE (after 2005ms in state SSL_HANDSHAKE)", tls,
			"connect: b1:9092 takes the connection but does not answer the TLS handshake", "it may be a port without TLS, or not Kafka's at all", false},
		{"all down", kafka.ErrAllBrokersDown, "2/2 brokers are down", plain, "connect: no connection to b1:9092, b2:9092: 2/2 brokers are down", hintReach, false},
		{"no more than a code", kafka.ErrTransport, "", plain, "connect: no connection to b1:9092, b2:9092: Local: Broker transport failure", hintReach, false},
		{"a web server", kafka.ErrBadMsg, "b1:80/bootstrap: Receive failed: Invalid response size 1213486160 (0..100000000): increase receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)", plain,
			"connect: b1:80 is a web server, not a Kafka broker", hintReach, true},
		{"a TLS alert", kafka.ErrBadMsg, "b1:9093/bootstrap: Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)", plain,
			"connect: b1:9093 expects TLS, but security.protocol is PLAINTEXT", "set security.protocol to SSL", true},
		{"something else", kafka.ErrBadMsg, "b1:22/bootstrap: Receive failed: Invalid response size 1397966893 (0..100000000): increase receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)", plain,
			"connect: b1:22 does not speak Kafka's protocol", hintReach, false},

		{"TLS to a listener without", kafka.ErrTransport, "ssl://b1:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? (after 187ms in state SSL_HANDSHAKE)", tls,
			"connect: b1:9092 does not speak TLS, but security.protocol is SSL", "use the port of the cluster's TLS listener, or set security.protocol to PLAINTEXT", false},
		{"the same with SASL", kafka.ErrSsl, "sasl_ssl://b1:9092/bootstrap: SSL handshake failed: error:0A00010B:SSL routines::wrong version number: connecting to a PLAINTEXT broker listener? (after 5ms in state SSL_HANDSHAKE)", someSASL,
			"connect: b1:9092 does not speak TLS, but security.protocol is SASL_SSL", "use the port of the cluster's TLS listener, or set security.protocol to SASL_PLAINTEXT", false},
		{"no TLS to a listener with", kafka.ErrTransport, "localhost:9093/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 7ms in state APIVERSION_QUERY)", plain,
			"connect: localhost:9093 hung up at the first request: it probably expects TLS, but security.protocol is PLAINTEXT",
			"set security.protocol to SSL, or use the port of the cluster's listener without TLS", false},
		{"the same in older words", kafka.ErrTransport, "sasl_plaintext://b1:9093/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10 (after 7ms in state APIVERSION_QUERY)", sasl,
			"connect: b1:9093 hung up at the first request: it probably expects TLS, but security.protocol is SASL_PLAINTEXT",
			"set security.protocol to SASL_SSL, or use the port of the cluster's listener without TLS", false},
		{"no sign-in where one is wanted", kafka.ErrTransport, "127.0.0.1:9094/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 332ms in state UP)", plain,
			"connect: 127.0.0.1:9094 hung up at the first request: it probably expects a sign-in, but security.protocol is PLAINTEXT",
			"set security.protocol to SASL_PLAINTEXT with sasl.mechanism, sasl.username and sasl.password", false},
		{"the same, noticed when sending", kafka.ErrTransport, "127.0.0.1:9094/bootstrap: Send failed: Broken pipe (after 0ms in state UP)", plain,
			"connect: 127.0.0.1:9094 hung up at the first request: it probably expects a sign-in, but security.protocol is PLAINTEXT",
			"set security.protocol to SASL_PLAINTEXT with sasl.mechanism, sasl.username and sasl.password", false},
		{"the same over TLS", kafka.ErrTransport, "ssl://b1:9094/bootstrap: Disconnected: SSL connection closed by peer (after 327ms in state UP)", tls,
			"connect: b1:9094 hung up at the first request: it probably expects a sign-in, but security.protocol is SSL",
			"set security.protocol to SASL_SSL with sasl.mechanism, sasl.username and sasl.password", false},

		{"certificate", kafka.ErrSsl, "ssl://localhost:9093/bootstrap: " + verifyFailed, tls,
			"auth: the certificate of localhost:9093 cannot be trusted: it is not signed by /ca.pem, is not valid today, or is for another name", hintTrust, true},
		{"certificate, at log level debug", kafka.ErrTransport, "ssl://localhost:9093/bootstrap: ssl/statem/statem_clnt.c:2124:tls_post_process_server_certificate error:0A000086:SSL routines::certificate verify failed (after 2ms in state SSL_HANDSHAKE)", with(tls, "ssl.ca.location", "-"),
			"auth: the certificate of localhost:9093 cannot be trusted: it is not signed by the system's CA certificates, is not valid today, or is for another name", hintTrust, true},
		{"client certificate wanted", kafka.ErrTransport, "ssl://localhost:9095/bootstrap: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42 (after 2ms in state APIVERSION_QUERY)", tls,
			"auth: localhost:9095 asks for a client certificate, and none is configured", hintClientCert, true},
		{"client certificate wanted, TLS 1.3", kafka.ErrTransport, "ssl://localhost:9095/bootstrap: Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116 (after 0ms in state APIVERSION_QUERY)", tls,
			"auth: localhost:9095 asks for a client certificate, and none is configured", hintClientCert, true},
		{"client certificate refused", kafka.ErrTransport, "ssl://localhost:9095/bootstrap: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42 (after 2ms in state APIVERSION_QUERY)", mutual,
			"auth: localhost:9095 refuses the client certificate: Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42", hintNewCert, true},
		{"client certificate of an unknown CA", kafka.ErrTransport, "ssl://localhost:9095/bootstrap: Receive failed: error:0A000418:SSL routines::tlsv1 alert unknown ca: SSL alert number 48 (after 2ms in state APIVERSION_QUERY)", mutual,
			"auth: localhost:9095 does not trust the CA of the client certificate", hintNewCert, true},
		{"old TLS", kafka.ErrTransport, "ssl://b1:9093/bootstrap: error:0A00042E:SSL routines::tlsv1 alert protocol version: SSL alert number 70 (after 1ms in state SSL_HANDSHAKE)", tls,
			"connect: b1:9093 and tailframe have no TLS version or cipher suite in common: error:0A00042E:SSL routines::tlsv1 alert protocol version: SSL alert number 70",
			"the broker must offer TLS 1.2 or newer; if ssl.cipher.suites is set, leave it out", false},

		{"password", kafka.ErrAuthentication, "sasl_ssl://localhost:9096/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after 303ms in state AUTH_REQ)", someSASL,
			`auth: localhost:9096 refused the sign-in of "alice" by PLAIN: Authentication failed: Invalid username or password`, hintPassword, true},
		{"password, SCRAM", kafka.ErrAuthentication, "sasl_ssl://localhost:9096/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256 (after 317ms in state AUTH_REQ)", with(someSASL, "sasl.mechanism", "SCRAM-SHA-256"),
			`auth: localhost:9096 refused the sign-in of "alice" by SCRAM-SHA-256: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256`, hintPassword, true},
		{"hung up while signing in", kafka.ErrTransport, "sasl_plaintext://b1:9092/bootstrap: SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure (after 0ms in state DOWN)", sasl,
			`auth: b1:9092 hung up during the sign-in of "alice" by PLAIN`, hintPassword, false},
		{"hung up while signing in, from the log", kafka.ErrTransport, "FAIL: sasl_plaintext://b1:9092/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 0ms in state AUTH_REQ)", sasl,
			`auth: b1:9092 hung up during the sign-in of "alice" by PLAIN`, hintPassword, false},
		{"no sign-in offered", kafka.ErrAuthentication, "sasl_plaintext://b1:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported mechanisms:  (after 3ms in state AUTH_HANDSHAKE)", sasl,
			"auth: b1:9092 does not sign clients in, but security.protocol is SASL_PLAINTEXT",
			"use the port of the cluster's SASL listener, or set security.protocol to PLAINTEXT", true},
		{"mechanism not offered", kafka.ErrAuthentication, "sasl_ssl://b1:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-256,SCRAM-SHA-512 (after 3ms in state AUTH_HANDSHAKE)", someSASL,
			"auth: b1:9092 does not offer the sasl.mechanism PLAIN; it offers SCRAM-SHA-256,SCRAM-SHA-512", "set sasl.mechanism to one that it offers", true},

		{"Kerberos by default", kafka.ErrInvalidArg, "No provider for SASL mechanism GSSAPI: recompile librdkafka with libsasl2 or openssl support. Current build options: PLAIN SASL_SCRAM OAUTHBEARER", sasl,
			"config: sasl.mechanism is GSSAPI (librdkafka's default), and Kerberos (GSSAPI) is not built into the binary", hintSASL, true},
		{"mechanism unknown", kafka.ErrInvalidArg, "Unsupported SASL mechanism: plain", sasl, "config: sasl.mechanism is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", hintMechanism, true},
		{"no password", kafka.ErrInvalidArg, "sasl.username and sasl.password must be set", sasl, "config: sasl.username or sasl.password is missing", "set both", true},
		{"CA file", kafka.ErrInvalidArg, "ssl.ca.location failed: error:05880020:x509 certificate routines::BIO lib", tls,
			"config: the certificates of ssl.ca.location cannot be read: ssl.ca.location failed: error:05880020:x509 certificate routines::BIO lib",
			"it must be PEM, as in -----BEGIN CERTIFICATE-----, and readable by this user", true},
		{"key", kafka.ErrInvalidArg, "ssl.key.pem failed: not in PEM format?: error:1E08010C:DECODER routines::unsupported: No supported data to decode. Input type: PEM", tls,
			"config: ssl.key.pem cannot be read: ssl.key.pem failed: not in PEM format?: error:1E08010C:DECODER routines::unsupported: No supported data to decode. Input type: PEM",
			"it must be PEM and readable by this user; a key with a password needs ssl.key.password", true},
		{"keystore", kafka.ErrInvalidArg, "Error reading ssl.keystore.location PKCS#12 file: /k.p12: error:0688010A:asn1 encoding routines::nested asn1 error: Type=PKCS12", tls,
			"config: ssl.keystore.location cannot be read: Error reading ssl.keystore.location PKCS#12 file: /k.p12: error:0688010A:asn1 encoding routines::nested asn1 error: Type=PKCS12",
			"it must be PKCS#12, readable by this user, with its password in ssl.keystore.password", true},
		{"a value", kafka.ErrInvalidArg, `Configuration property "fetch.wait.max.ms" value 9999999 is outside allowed range 0..300000`, plain,
			`config: librdkafka refuses the configuration: Configuration property "fetch.wait.max.ms" value 9999999 is outside allowed range 0..300000`, "docs/configuration.md lists the properties", true},

		{"topic", kafka.ErrUnknownTopicOrPart, "", plain, "topic: the topic or one of its partitions does not exist on the cluster", hintTopic, false},
		{"rights", kafka.ErrTopicAuthorizationFailed, "", plain, "auth: this user has no right to the topic: Broker: Topic authorization failed", hintRights, true},
		{"group", kafka.ErrGroupAuthorizationFailed, "", plain, "auth: this user has no right to the consumer group: Broker: Group authorization failed", "", false},
		{"leader", kafka.ErrLeaderNotAvailable, "", plain, "connect: a partition of the topic has no working leader: Broker: Leader not available", "see whether all brokers of the cluster run", false},
		{"old broker", kafka.ErrUnsupportedFeature, "ListOffsets is not supported", plain, "connect: the broker b1:9092, b2:9092 is too old for this request: ListOffsets is not supported", "Kafka 0.11 or newer is needed", false},
		{"anything else", kafka.ErrUnknown, "", plain, "connect: the cluster at b1:9092, b2:9092 reports: Unknown broker error", "", false},
	} {
		cause := kafka.NewError(c.code, c.text, false)
		e := MapError(fmt.Errorf("while asking: %w", cause), "b1:9092,b2:9092", c.config)
		if got := e.Code() + ": " + e.Error(); got != c.want || e.Hint() != c.hint || e.Permanent() != c.permanent {
			t.Errorf("%s\n got %s\n     %s %v\nwant %s\n     %s %v", c.name, got, e.Hint(), e.Permanent(), c.want, c.hint, c.permanent)
		}
		var inner kafka.Error
		if !errors.As(e, &inner) || inner.Code() != c.code {
			t.Errorf("%s: the cause is lost", c.name)
		}
	}
}

func TestMapErrorOthers(t *testing.T) {
	known := &Error{code: "topic", message: "m"}
	if MapError(fmt.Errorf("around: %w", known), "b:1", nil) != known {
		t.Error("an *Error is mapped again")
	}
	e := MapError(context.DeadlineExceeded, "b:1", nil)
	if e.Code() != "connect" || e.Error() != "no connection to b:1: context deadline exceeded" || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("got %v", e)
	}
	if e := noAnswer("b:1", "the topic's partitions", context.DeadlineExceeded); e.Error() != "no answer from b:1 when asking for the topic's partitions" || e.Hint() != hintReach {
		t.Errorf("got %v, %s", e, e.Hint())
	}
}

func TestMapLog(t *testing.T) {
	e, ok := MapLog("FAIL: [thrd:localhost:9093/bootstrap]: localhost:9093/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 7ms in state APIVERSION_QUERY)", "localhost:9093", nil)
	if !ok || e.Error() != "localhost:9093 hung up at the first request: it probably expects TLS, but security.protocol is PLAINTEXT" {
		t.Errorf("got %v, %v", e, ok)
	}
	e, ok = MapLog("FAIL: [thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Name or service not known (after 0ms in state CONNECT)", "kafka:9092", nil)
	if !ok || e.Error() != `the host name "kafka" of the broker cannot be resolved: Name or service not known` {
		t.Errorf("got %v, %v", e, ok)
	}
	for _, line := range []string{
		"", "GETSUBSCRIPTIONS: [thrd:main]: Telemetry client instance id changed from AAAAAAAAAAAAAAAAAAAAAA to xyz",
		"CONFWARN: [thrd:app]: Configuration property `sasl.username` only applies when `sasl.mechanism` is set",
	} {
		if e, ok := MapLog(line, "b:1", nil); ok {
			t.Errorf("%q is taken for %v", line, e)
		}
	}
}

func TestRedactedError(t *testing.T) {
	r := NewRedactor("hunter2")
	e := &Error{code: "auth", message: "no hunter2", hint: "not hunter2", cause: errors.New("was hunter2"), permanent: true}
	clean := e.redacted(r)
	for _, text := range []string{clean.Error(), clean.Hint(), clean.Unwrap().Error(), fmt.Sprintf("%+v", clean)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%q", text)
		}
	}
	if clean.Code() != "auth" || !clean.Permanent() || e.Error() != "no hunter2" {
		t.Errorf("got %+v", clean)
	}
	cause := errors.New("harmless")
	if (&Error{cause: cause}).redacted(r).Unwrap() != cause {
		t.Error("a harmless cause is lost")
	}
}

func TestTopicError(t *testing.T) {
	for code, want := range map[kafka.ErrorCode]string{
		kafka.ErrUnknownTopicOrPart:       `topic: the cluster has no topic "trips" that this user may see`,
		kafka.ErrTopicException:           `topic: "trips" is not a name that Kafka allows for a topic`,
		kafka.ErrTopicAuthorizationFailed: `auth: this user has no right to the topic "trips"`,
		kafka.ErrLeaderNotAvailable:       `connect: the topic "trips" has a partition without a working leader: Broker: Leader not available`,
		kafka.ErrUnknown:                  `topic: the cluster reports for topic "trips": Unknown broker error`,
	} {
		if e := topicError("trips", kafka.NewError(code, "", false)); e.Code()+": "+e.Error() != want {
			t.Errorf("%s\n got %s: %s\nwant %s", code, e.Code(), e.Error(), want)
		}
	}
}

func TestReadError(t *testing.T) {
	c := &Client{redactor: NewRedactor("hunter2"), config: Config{}}
	for _, test := range []struct {
		code kafka.ErrorCode
		text string
		want string
	}{
		{kafka.ErrOffsetOutOfRange, "", `incomplete: topic "trips", partition 3, offset 42: the record is no longer there; retention or a deletion was faster than the read`},
		{kafka.ErrAutoOffsetReset, "", `incomplete: topic "trips", partition 3, offset 42: the record is no longer there; retention or a deletion was faster than the read`},
		{kafka.ErrLogTruncation, "", `incomplete: topic "trips", partition 3, offset 42: the log was cut back after a change of leader, and records of the window are lost`},
		{kafka.ErrUnknownTopicOrPart, "", `topic: topic "trips", partition 3, offset 42: the topic was deleted during the read`},
		{kafka.ErrTopicAuthorizationFailed, "", `auth: topic "trips", partition 3, offset 42: this user may not read the topic`},
		{kafka.ErrBadMsg, "CRC32 mismatch", `incomplete: topic "trips", partition 3, offset 42: the batch of records cannot be read: CRC32 mismatch`},
		{kafka.ErrUnknown, "hunter2", `incomplete: topic "trips", partition 3, offset 42: [redacted]`},
		{kafka.ErrUnknown, "", `incomplete: topic "trips", partition 3, offset 42: Unknown broker error`},
	} {
		var e *Error
		if err := c.readError("trips", 3, 42, test.code, test.text); !errors.As(err, &e) || e.Code()+": "+e.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}
