package broker

import (
	"fmt"
	"strings"
)

// foreignNames are names of other Kafka clients with what to write instead.
var foreignNames = map[string]string{
	// Java
	"sasl.jaas.config":                       "write its user name as sasl.username and its password as sasl.password",
	"sasl.login.class":                       hintLeaveOut,
	"sasl.login.callback.handler.class":      hintLeaveOut,
	"sasl.client.callback.handler.class":     hintLeaveOut,
	"ssl.truststore.location":                "write ssl.ca.location with a PEM file; keytool -exportcert -rfc makes one from a truststore",
	"ssl.truststore.password":                "write ssl.ca.location with a PEM file, which needs no password",
	"ssl.truststore.type":                    "write ssl.ca.location with a PEM file",
	"ssl.truststore.certificates":            "write ssl.ca.pem",
	"ssl.keystore.type":                      "leave it out; ssl.keystore.location takes PKCS#12",
	"ssl.keystore.key":                       "write ssl.key.pem",
	"ssl.keystore.certificate.chain":         "write ssl.certificate.pem",
	"ssl.enabled.protocols":                  hintLeaveOut,
	"ssl.protocol":                           hintLeaveOut,
	"ssl.provider":                           hintLeaveOut,
	"ssl.keymanager.algorithm":               hintLeaveOut,
	"ssl.trustmanager.algorithm":             hintLeaveOut,
	"ssl.secure.random.implementation":       hintLeaveOut,
	"ssl.engine.factory.class":               hintLeaveOut,
	"security.providers":                     hintLeaveOut,
	"key.deserializer":                       "say how keys are shown with key_format (Python) or --key-format (command line)",
	"value.deserializer":                     "say how values are read with format (Python) or --format (command line)",
	"key.serializer":                         hintLeaveOut,
	"value.serializer":                       hintLeaveOut,
	"fetch.max.wait.ms":                      "write fetch.wait.max.ms",
	"send.buffer.bytes":                      "write socket.send.buffer.bytes",
	"receive.buffer.bytes":                   "write socket.receive.buffer.bytes",
	"default.api.timeout.ms":                 "write socket.timeout.ms",
	"buffer.memory":                          "write queue.buffering.max.kbytes",
	"max.block.ms":                           hintLeaveOut,
	"max.request.size":                       "write message.max.bytes",
	"socket.connection.setup.timeout.max.ms": "write socket.connection.setup.timeout.ms",
	"interceptor.classes":                    hintLeaveOut,
	"partitioner.class":                      hintPartition,
	"metric.reporters":                       hintLeaveOut,
	"exclude.internal.topics":                hintLeaveOut,
	// Python
	"sasl_plain_username":  "write sasl.username",
	"sasl_plain_password":  "write sasl.password",
	"ssl_cafile":           "write ssl.ca.location",
	"ssl_certfile":         "write ssl.certificate.location",
	"ssl_keyfile":          "write ssl.key.location",
	"ssl_password":         "write ssl.key.password",
	"ssl_check_hostname":   "leave it out; the host name is always checked",
	"ssl_context":          "write ssl.ca.location and, for a client certificate, ssl.certificate.location and ssl.key.location",
	"api_version":          hintLeaveOut,
	"consumer_timeout_ms":  "leave it out; a read ends by itself at the end of its window",
	"key_deserializer":     "say how keys are shown with key_format (Python) or --key-format (command line)",
	"value_deserializer":   "say how values are read with format (Python) or --format (command line)",
	"on_commit":            hintLeaveOut,
	"logger":               hintLeaveOut,
	"oauth_cb":             hintSASL,
	"default.topic.config": "write its properties one by one",
	"username":             "write sasl.username",
	"user":                 "write sasl.username",
	"password":             "write sasl.password",
}

// foreignPrefixes do the same for families of names.
var foreignPrefixes = []struct{ prefix, hint string }{
	{"go.", "leave it out; it belongs to the Go client, not to librdkafka"},
	{"schema.registry.", "leave it out; no schema registry is asked"},
	{"basic.auth.", "leave it out; no schema registry is asked"},
	{"spring.", "write the properties with librdkafka's own names"},
	{"confluent.", hintLeaveOut},
	{"metrics.", hintLeaveOut},
}

// unknownProperty explains a name librdkafka does not have. The value is only
// looked at to see whether it was exchanged with the name; it is never shown.
func unknownProperty(name, value string) problem {
	if _, ok := Classify(strings.TrimSpace(value)); ok {
		return problem{strings.TrimSpace(value), "it stands where a value belongs: name and value are exchanged", "write the property's name first"}
	}
	p := problem{name: shownName(name), why: "librdkafka has no such property", hint: "look at docs/configuration.md for the names"}
	if hint, ok := foreignNames[name]; ok {
		p.why, p.hint = "it belongs to another Kafka client, not to librdkafka", hint
		return p
	}
	for _, f := range foreignPrefixes {
		if strings.HasPrefix(name, f.prefix) {
			p.hint = f.hint
			return p
		}
	}
	if near, ok := nearestName(name); ok {
		p.hint = fmt.Sprintf("did you mean %q?", near.Name)
		if near.Class == Ours {
			p.hint += " But that cannot be set either: " + near.Why + "; " + near.Hint
		}
	}
	return p
}

// shownName cuts a name where it cannot be one, since "sasl.password=..." as a
// name would show the password.
func shownName(name string) string {
	const longest = 60
	cut := strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	})
	if cut < 0 && len(name) <= longest {
		return name
	}
	if cut < 0 || cut > longest {
		cut = longest
	}
	return name[:cut] + "..."
}

// nearestName finds the property whose name is written most like name.
func nearestName(name string) (Property, bool) {
	plain := func(s string) string {
		return strings.NewReplacer("_", ".", "-", ".").Replace(strings.ToLower(strings.TrimSpace(s)))
	}
	want := plain(name)
	for _, prefix := range []string{"topic.", "kafka.", "consumer.", "producer."} {
		want = strings.TrimPrefix(want, prefix)
	}
	var best Property
	distance := max(1, min(4, len(want)/5)) + 1
	for _, p := range propertyTable {
		if p.Class == Dangerous && p.Safe == nil || p.Why == whyCallback {
			continue
		}
		if d := editDistance(want, plain(p.Name), distance); d < distance {
			best, distance = p, d
		}
	}
	return best, best.Name != ""
}

// editDistance counts the letters to insert, delete, replace or exchange with
// their neighbour to make b of a; it may stop counting at limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return min(limit, rows[(len(a)+1)%3][len(b)])
}
