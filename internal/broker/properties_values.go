package broker

import (
	"fmt"
	"slices"
	"strings"
)

const (
	protocolDefault = "plaintext"

	hintProtocol  = "write SASL_SSL for a password over TLS, SSL for TLS without one, SASL_PLAINTEXT or PLAINTEXT without TLS"
	hintMechanism = "ask who runs the cluster which one it offers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
)

var (
	protocols  = []string{"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}
	mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
)

// valueChecks look at values that librdkafka would take and then fail with, or
// that would silently weaken the connection. An empty reason: the value is fine.
var valueChecks = map[string]func(value string) (why, hint string){
	"security.protocol": checkProtocol,
	"sasl.mechanisms":   checkMechanism,
	"ssl.cipher.suites": checkCiphers,
}

func checkProtocol(value string) (why, hint string) {
	if slices.Contains(protocols, strings.ToLower(value)) {
		return "", ""
	}
	return "its value is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", hintProtocol
}

func checkMechanism(value string) (why, hint string) {
	if slices.Contains(mechanisms, value) {
		return "", ""
	}
	upper := strings.ToUpper(strings.TrimSpace(value))
	switch {
	case slices.Contains(mechanisms, upper):
		return "its value must be written in capitals, without spaces", fmt.Sprintf("write %s", upper)
	case upper == "GSSAPI":
		return whyKerberos, hintSASL
	case upper == "OAUTHBEARER":
		return whyOAuth, hintSASL
	}
	return "its value is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", hintMechanism
}

// checkCiphers refuses suites that do not encrypt or do not prove who answers.
func checkCiphers(value string) (why, hint string) {
	items := strings.FieldsFunc(strings.ToUpper(value), func(r rune) bool { return strings.ContainsRune(":, ;", r) })
	for _, item := range items {
		if strings.HasPrefix(item, "!") || strings.HasPrefix(item, "-") {
			continue
		}
		for _, weak := range []string{"NULL", "ADH", "AECDH", "ANON", "COMPLEMENTOF", "SECLEVEL=0"} {
			if strings.Contains(item, weak) {
				return "it allows connections that are not encrypted or whose other end is unknown",
					"leave out NULL and anonymous suites and SECLEVEL=0"
			}
		}
	}
	return "", ""
}

// protocolOf is the security protocol of config in small letters.
func protocolOf(config map[string]string) string {
	if value := config["security.protocol"]; value != "" {
		return strings.ToLower(value)
	}
	return protocolDefault
}

// usesTLS tells whether config asks for an encrypted connection.
func usesTLS(config map[string]string) bool { return strings.HasSuffix(protocolOf(config), "ssl") }

// usesSASL tells whether config asks for a sign-in with name and password.
func usesSASL(config map[string]string) bool { return strings.HasPrefix(protocolOf(config), "sasl") }

// checkTogether looks at properties that are each fine but do not fit together.
// names are those of config in order.
func checkTogether(names []string, config map[string]string) []problem {
	var problems []problem
	add := func(name, why, hint string) { problems = append(problems, problem{name, why, hint}) }
	canonical := Canonical(config)
	for _, name := range names {
		p, _ := Classify(name)
		if _, both := config[p.AliasOf]; both {
			add(name, fmt.Sprintf("it is another name of %q, which is set too", p.AliasOf), "set one of them")
		}
	}
	// librdkafka ignores these without a word, and connects in the clear.
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, "sasl.") && name != "sasl.oauthbearer.method" && !usesSASL(config) &&
			name != "sasl.oauthbearer.metadata.authentication.type":
			add(name, fmt.Sprintf("security.protocol is %s, which does not sign in", strings.ToUpper(protocolOf(config))),
				"set security.protocol to SASL_SSL (or SASL_PLAINTEXT where the broker has no TLS)")
		case strings.HasPrefix(name, "ssl.") && !usesTLS(config):
			add(name, fmt.Sprintf("security.protocol is %s, which does not encrypt", strings.ToUpper(protocolOf(config))),
				"set security.protocol to SSL or SASL_SSL")
		}
	}
	if len(problems) > 0 || !usesSASL(config) {
		return problems
	}
	if canonical["sasl.mechanisms"] == "" {
		add("security.protocol", "it asks for a sign-in, but sasl.mechanism is not set, and librdkafka's default, GSSAPI (Kerberos), is not built into the binary", hintSASL)
		return problems
	}
	for _, name := range []string{"sasl.username", "sasl.password"} {
		if canonical[name] == "" {
			add(name, "it is missing or empty, and "+canonical["sasl.mechanisms"]+" needs it", "set it, or look whether the variable it comes from is set")
		}
	}
	return problems
}
