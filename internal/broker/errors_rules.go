package broker

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	hintReach      = "check the address and the port in bootstrap_servers, that the broker runs, and that no firewall is in between"
	hintAdvertised = "the cluster gave this address itself (advertised.listeners of the broker); it must be one that this machine can reach"
	hintTrust      = "give the certificate of the CA that signed the broker's as ssl.ca.location, and connect by a name that stands in the broker's certificate"
	hintClientCert = "give ssl.certificate.location and ssl.key.location in PEM, or ssl.keystore.location in PKCS#12"
	hintNewCert    = "ask who runs the cluster for a client certificate that its brokers accept"
	hintPassword   = "check sasl.username and sasl.password, and that this user exists for this sasl.mechanism"
	hintTopic      = "check the spelling, also small and capital letters; tailframe topics lists what this user may see"
	hintRights     = "ask who runs the cluster for the rights Read and Describe on the topic"
)

func (e *event) fail(code, message, hint string) *Error {
	if hint == hintReach && e.advertised {
		hint = hintAdvertised
	}
	return &Error{code: code, message: message, hint: hint, broker: e.broker}
}

func (e *event) permanent(code, message, hint string) *Error {
	mapped := e.fail(code, message, hint)
	mapped.permanent = true
	return mapped
}

func (e *event) unreachable(message, hint string) *Error {
	mapped := e.fail("connect", message, hint)
	mapped.kind = kindUnreachable
	return mapped
}

func (e *event) says(parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(e.text, part) {
			return true
		}
	}
	return false
}

// explain finds the rule that knows the event. Texts come before codes, as
// librdkafka has one code, transport failure, for most of them.
func (e event) explain() *Error {
	e.parse()
	for _, rule := range []func(*event) *Error{
		(*event).configuration, (*event).signIn, (*event).certificates, (*event).wrongPort, (*event).network, (*event).topics,
	} {
		if mapped := rule(&e); mapped != nil {
			return mapped
		}
	}
	switch e.code {
	case kafka.ErrAllBrokersDown, kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrRequestTimedOut, kafka.ErrDestroyBroker,
		kafka.ErrBrokerNotAvailable, kafka.ErrNetworkException, kafka.ErrWaitCoord, kafka.ErrTimedOutQueue:
		return e.unreachable(fmt.Sprintf("no connection to %s: %s", e.where(), e.text), hintReach)
	case kafka.ErrUnsupportedVersion, kafka.ErrUnsupportedFeature, kafka.ErrUnsupportedForMessageFormat:
		return e.fail("connect", fmt.Sprintf("the broker %s is too old for this request: %s", e.where(), e.text), "Kafka 0.11 or newer is needed")
	}
	if e.text == "" {
		e.text = e.code.String()
	}
	return e.fail("connect", fmt.Sprintf("the cluster at %s reports: %s", e.where(), e.text), "")
}

// configuration knows what librdkafka says before it connects to anything.
func (e *event) configuration() *Error {
	if e.code != kafka.ErrInvalidArg || e.state != "" {
		return nil
	}
	refused := func(why, hint string) *Error { return e.permanent("config", why, hint) }
	for _, name := range []string{"ssl.ca.location", "ssl.ca.pem", "ssl.crl.location"} {
		if e.says(name) {
			return refused(fmt.Sprintf("the certificates of %s cannot be read: %s", name, e.text), "it must be PEM, as in -----BEGIN CERTIFICATE-----, and readable by this user")
		}
	}
	for _, name := range []string{"ssl.certificate.location", "ssl.certificate.pem", "ssl.key.location", "ssl.key.pem"} {
		if e.says(name) {
			return refused(fmt.Sprintf("%s cannot be read: %s", name, e.text), "it must be PEM and readable by this user; a key with a password needs ssl.key.password")
		}
	}
	switch {
	case e.says("ssl.keystore.location", "PKCS#12"):
		return refused("ssl.keystore.location cannot be read: "+e.text, "it must be PKCS#12, readable by this user, with its password in ssl.keystore.password")
	case e.says("GSSAPI"):
		return refused("sasl.mechanism is GSSAPI (librdkafka's default), and "+whyKerberos, hintSASL)
	case e.says("Unsupported SASL mechanism"):
		return refused("sasl.mechanism is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", hintMechanism)
	case e.says("sasl.username and sasl.password must be set"):
		return refused("sasl.username or sasl.password is missing", "set both")
	}
	return refused("librdkafka refuses the configuration: "+e.text, "docs/configuration.md lists the properties")
}

var offeredMechanisms = regexp.MustCompile(`broker's supported mechanisms: ?(.*)$`)

// signIn knows what goes wrong with SASL.
func (e *event) signIn() *Error {
	offered := offeredMechanisms.FindStringSubmatch(e.text)
	switch {
	case offered != nil && offered[1] == "":
		return e.permanent("auth", fmt.Sprintf("%s does not sign clients in, but security.protocol is %s", e.where(), e.protocol()),
			"use the port of the cluster's SASL listener, or set security.protocol to "+strings.TrimPrefix(e.protocol(), "SASL_"))
	case offered != nil:
		return e.permanent("auth", fmt.Sprintf("%s does not offer the sasl.mechanism %s; it offers %s", e.where(), Canonical(e.config)["sasl.mechanisms"], offered[1]),
			"set sasl.mechanism to one that it offers")
	case e.says("SaslAuthenticateRequest failed: Local:") || strings.HasPrefix(e.state, "AUTH") && e.says("Disconnected", "Send failed: ", "Receive failed: Connection reset"):
		return e.fail("auth", fmt.Sprintf("%s hung up during the sign-in of %s", e.where(), e.user()), hintPassword)
	case e.code == kafka.ErrAuthentication, e.code == kafka.ErrSaslAuthenticationFailed, e.says("SASL authentication error"):
		why := strings.TrimPrefix(e.text, "SASL authentication error: ")
		return e.permanent("auth", fmt.Sprintf("%s refused the sign-in of %s: %s", e.where(), e.user(), why), hintPassword)
	}
	return nil
}

// certificates knows what goes wrong with TLS once both sides speak it.
func (e *event) certificates() *Error {
	own := Canonical(e.config)
	hasOwn := own["ssl.certificate.location"] != "" || own["ssl.certificate.pem"] != "" || own["ssl.keystore.location"] != ""
	switch {
	case e.says("certificate verify failed", "broker certificate could not be verified"):
		mapped := e.permanent("auth", fmt.Sprintf("the certificate of %s cannot be trusted: it is not signed by %s, is not valid today, or is for another name", e.where(), trusted(e.config)), hintTrust)
		mapped.kind = kindCertificate
		return mapped
	case e.says("alert certificate required", "alert bad certificate", "alert handshake failure") && !hasOwn:
		return e.permanent("auth", e.where()+" asks for a client certificate, and none is configured", hintClientCert)
	case e.says("alert unknown ca"):
		return e.permanent("auth", e.where()+" does not trust the CA of the client certificate", hintNewCert)
	case e.says("alert certificate expired"):
		return e.permanent("auth", e.where()+" says that the client certificate has expired", hintNewCert)
	case e.says("alert certificate required", "alert bad certificate", "alert unsupported certificate", "alert certificate revoked", "alert certificate unknown", "alert access denied"):
		return e.permanent("auth", fmt.Sprintf("%s refuses the client certificate: %s", e.where(), e.text), hintNewCert)
	case e.says("alert protocol version", "unsupported protocol", "no protocols available", "alert handshake failure", "no shared cipher"):
		return e.fail("connect", fmt.Sprintf("%s and tailframe have no TLS version or cipher suite in common: %s", e.where(), e.text),
			"the broker must offer TLS 1.2 or newer; if ssl.cipher.suites is set, leave it out")
	}
	return nil
}

var responseSize = regexp.MustCompile(`Invalid response size (-?\d+)`)

// wrongPort knows servers that speak something else than what was asked for.
func (e *event) wrongPort() *Error {
	if m := responseSize.FindStringSubmatch(e.text); m != nil {
		return e.notKafka(m[1])
	}
	withTLS := map[string]string{"PLAINTEXT": "SSL", "SASL_PLAINTEXT": "SASL_SSL"}[e.protocol()]
	withoutTLS := strings.Replace(e.protocol(), "SSL", "PLAINTEXT", 1)
	switch {
	case e.says("connecting to a PLAINTEXT broker listener", "wrong version number", "packet length too long", "record layer failure"):
		return e.unreachable(fmt.Sprintf("%s does not speak TLS, but security.protocol is %s", e.where(), e.protocol()),
			"use the port of the cluster's TLS listener, or set security.protocol to "+withoutTLS)
	case !e.says("Disconnected", "Send failed: ", "Receive failed: Connection reset", "might be caused by incorrect security.protocol"):
		return nil // what follows is how one notices that the other end hung up
	case e.state == "SSL_HANDSHAKE":
		return e.unreachable(fmt.Sprintf("%s hung up during the TLS handshake: it probably does not speak TLS, but security.protocol is %s", e.where(), e.protocol()),
			"use the port of the cluster's TLS listener, or set security.protocol to "+withoutTLS)
	case e.state == "APIVERSION_QUERY" && withTLS != "" || e.says("connecting to a SSL listener"):
		return e.unreachable(fmt.Sprintf("%s hung up at the first request: it probably expects TLS, but security.protocol is %s", e.where(), e.protocol()),
			"set security.protocol to "+withTLS+", or use the port of the cluster's listener without TLS")
	case e.state == "UP" && !usesSASL(e.config):
		return e.unreachable(fmt.Sprintf("%s hung up at the first request: it probably expects a sign-in, but security.protocol is %s", e.where(), e.protocol()),
			"set security.protocol to SASL_"+e.protocol()+" with sasl.mechanism, sasl.username and sasl.password")
	}
	return e.unreachable(fmt.Sprintf("%s closed the connection: %s", e.where(), e.text), hintReach)
}

// notKafka reads the first four bytes of an answer, which Kafka uses for its length.
func (e *event) notKafka(size string) *Error {
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		n = 0
	}
	first := uint32(n)
	const http, tlsAlert = 0x48545450, 0x1503 // "HTTP"; an alert record of SSL 3 to TLS 1.3
	switch {
	case first == http:
		return e.permanent("connect", e.where()+" is a web server, not a Kafka broker", hintReach)
	case first>>16 == tlsAlert && !usesTLS(e.config):
		with := strings.Replace(e.protocol(), "PLAINTEXT", "SSL", 1)
		return e.permanent("connect", fmt.Sprintf("%s expects TLS, but security.protocol is %s", e.where(), e.protocol()), "set security.protocol to "+with)
	case e.state == "APIVERSION_QUERY":
		return e.unreachable(e.where()+" does not speak Kafka's protocol", hintReach)
	}
	return e.fail("connect", fmt.Sprintf("%s gave an answer that is too large: %s", e.where(), e.text), "")
}

// network knows failures below TLS.
func (e *event) network() *Error {
	switch {
	case e.code == kafka.ErrResolve, e.says("Failed to resolve"):
		why := e.text[strings.LastIndex(e.text, "': ")+1:]
		host, _ := hostPort(e.where())
		return e.unreachable(fmt.Sprintf("the host name %q of the broker cannot be resolved: %s", host, strings.TrimPrefix(strings.TrimSpace(why), ": ")),
			hintReach)
	case e.says("Connection refused", "actively refused"):
		return e.unreachable("nothing listens at "+e.where()+": connection refused", hintReach)
	case e.says("Connection setup timed out"):
		switch e.state {
		case "SSL_HANDSHAKE":
			return e.unreachable(e.where()+" takes the connection but does not answer the TLS handshake", "it may be a port without TLS, or not Kafka's at all")
		case "APIVERSION_QUERY":
			return e.unreachable(e.where()+" takes the connection but does not answer Kafka's first request", "it may be a port that expects TLS, or not Kafka's at all")
		}
		return e.unreachable("no answer from "+e.where()+" to the attempt to connect", hintReach)
	case e.says("Connect to "):
		return e.unreachable(fmt.Sprintf("no connection to %s: %s", e.where(), e.text[strings.LastIndex(e.text, "failed: ")+len("failed: "):]), hintReach)
	}
	return nil
}

// topics knows the brokers' answers about topics and rights.
func (e *event) topics() *Error {
	switch e.code {
	case kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition:
		return e.fail("topic", "the topic or one of its partitions does not exist on the cluster", hintTopic)
	case kafka.ErrTopicException:
		return e.fail("topic", "the topic's name is not one that Kafka allows", "names have up to 249 letters, digits, dots, underscores and hyphens")
	case kafka.ErrLeaderNotAvailable, kafka.ErrNotLeaderForPartition, kafka.ErrReplicaNotAvailable, kafka.ErrKafkaStorageError:
		return e.fail("connect", fmt.Sprintf("a partition of the topic has no working leader: %s", e.code), "see whether all brokers of the cluster run")
	case kafka.ErrTopicAuthorizationFailed:
		return e.permanent("auth", "this user has no right to the topic: "+e.code.String(), hintRights)
	case kafka.ErrGroupAuthorizationFailed:
		// Reading needs no group: nothing is lost.
		return e.fail("auth", "this user has no right to the consumer group: "+e.code.String(), "")
	case kafka.ErrClusterAuthorizationFailed, kafka.ErrTransactionalIDAuthorizationFailed, kafka.ErrSecurityDisabled, kafka.ErrIllegalSaslState, kafka.ErrUnsupportedSaslMechanism:
		return e.permanent("auth", "the cluster does not allow this: "+e.code.String(), "ask who runs the cluster for the rights this user lacks")
	case kafka.ErrPolicyViolation:
		return e.fail("auth", "a policy of the cluster does not allow this: "+e.text, "")
	}
	return nil
}
