package broker

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/internal/broker/batch"
)

// libraryNames asks librdkafka for its properties: what it documents and dumps,
// and every name-like string in this very program that it knows as a property,
// which finds the ones it hides.
func libraryNames(t *testing.T) []string {
	t.Helper()
	names, err := batch.PropertyNames()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, name := range names {
		asked[name] = true
	}
	// Linkers keep a string that ends another one only as the end of that one.
	for _, text := range regexp.MustCompile(`[a-z][a-z0-9]*(?:[._][a-z0-9]+)+\x00`).FindAll(content, -1) {
		for name := string(text[:len(text)-1]); name != ""; {
			if !asked[name] {
				asked[name] = true
				if batch.HasProperty(name) {
					names = append(names, name)
				}
			}
			cut := strings.IndexAny(name, "._")
			name = name[cut+1:]
			if cut < 0 {
				break
			}
		}
	}
	return names
}

func TestEveryPropertyIsClassified(t *testing.T) {
	names := libraryNames(t)
	if len(names) < 190 {
		t.Fatalf("librdkafka names only %d properties", len(names))
	}
	// Known to librdkafka only to be refused, with the Java names they have.
	refused := []string{"sasl.jaas.config", "ssl.truststore.location"}
	for _, name := range names {
		if _, ok := Classify(name); !ok && !slices.Contains(refused, name) {
			t.Errorf("the linked librdkafka has a property that propertyTable does not classify: %s", name)
		}
	}
	for _, name := range refused {
		if !slices.Contains(names, name) {
			t.Errorf("the search for hidden properties did not find %s", name)
		}
	}
	for _, p := range Properties() {
		if !slices.Contains(names, p.Name) {
			t.Errorf("the linked librdkafka has no property %s", p.Name)
		}
	}
}

func TestPropertyTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Properties() {
		if seen[p.Name] {
			t.Errorf("%s stands in the table twice", p.Name)
		}
		seen[p.Name] = true
		if p.Class < Passed || p.Class > Dangerous || p.Role == 0 {
			t.Errorf("%s has no class or no role", p.Name)
		}
		if p.Class != Passed && (p.Why == "" || p.Hint == "") {
			t.Errorf("%s is refused without a reason or a hint", p.Name)
		}
		if p.AliasOf != "" {
			if of, ok := Classify(p.AliasOf); !ok || of.Class != p.Class || of.Role != p.Role || of.Secret != p.Secret || of.AliasOf != "" {
				t.Errorf("%s is not classified as %s, which it stands for", p.Name, p.AliasOf)
			}
		}
	}
	for name := range consumerDefaults {
		if strings.HasPrefix(name, "go.") {
			continue // read by confluent-kafka-go, not by librdkafka
		}
		if p, ok := Classify(name); !ok || p.Class == Dangerous || p.AliasOf != "" {
			t.Errorf("consumerDefaults sets %s, which is unknown, dangerous or an alias", name)
		}
	}
	for name := range foreignNames {
		if _, ok := Classify(name); ok {
			t.Errorf("foreignNames has %s, which is librdkafka's", name)
		}
	}
}

var someSASL = map[string]string{"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "alice", "sasl.password": "s3cret"}

// with gives some of a config with more set; "-" leaves a name out.
func with(base map[string]string, more ...string) map[string]string {
	config := map[string]string{}
	for name, value := range base {
		config[name] = value
	}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
		if more[i+1] == "-" {
			delete(config, more[i])
		}
	}
	return config
}

func TestCheckConfigPasses(t *testing.T) {
	for _, c := range []struct {
		role   Role
		config map[string]string
	}{
		{Consumer, nil},
		{Consumer, someSASL},
		{Producer, someSASL},
		{Consumer, with(someSASL, "security.protocol", "sasl_plaintext", "sasl.mechanism", "SCRAM-SHA-512")},
		{Consumer, with(someSASL, "sasl.mechanism", "-", "sasl.mechanisms", "SCRAM-SHA-256", "ssl.ca.location", "/ca.pem")},
		{Consumer, with(nil, "security.protocol", "ssl", "ssl.certificate.location", "c.pem", "ssl.key.location", "k.pem", "ssl.key.password", "x")},
		{Consumer, with(someSASL, "enable.ssl.certificate.verification", "True", "ssl.endpoint.identification.algorithm", "HTTPS")},
		{Consumer, with(someSASL, "sasl.oauthbearer.method", "default")},
		{Consumer, with(someSASL, "ssl.cipher.suites", "ECDHE+AESGCM:!aNULL:!eNULL:-ADH:!AECDH")},
		{Consumer, with(nil, "max.partition.fetch.bytes", "100000", "fetch.wait.max.ms", "5", "client.id", "x", "debug", "all")},
		{Producer, with(nil, "linger.ms", "5", "compression.type", "zstd", "batch.size", "1000000")},
		{Producer, with(nil, "enable.sasl.oauthbearer.unsecure.jwt", "false", "offset.store.method", "none")},
	} {
		if err := CheckConfig(c.config, c.role); err != nil {
			t.Errorf("%v is refused: %v", c.config, err)
		}
	}
}

func TestCheckConfigRefuses(t *testing.T) {
	const canary = "c4nary-value"
	refusals := []struct {
		role          Role
		config        map[string]string
		message, hint string
	}{
		{Consumer, with(nil, "bootstrap.servers", canary),
			`the property "bootstrap.servers" cannot be used: the servers have an argument of their own`,
			"give the servers as bootstrap_servers (Python) or --bootstrap-servers (command line)"},
		{Consumer, with(nil, "isolation.level", canary),
			`the property "isolation.level" cannot be used: it has an argument of its own`,
			"give it as isolation (Python) or --isolation (command line)"},
		{Consumer, with(nil, "group.id", canary), `the property "group.id" cannot be used: no consumer group is used`, "leave it out"},
		{Consumer, with(nil, "auto.offset.reset", canary), `the property "auto.offset.reset" cannot be used: the window decides where to read`,
			"say which records to read with last (Python) or --last (command line)"},
		{Consumer, with(nil, "plugin.library.paths", canary), `the property "plugin.library.paths" cannot be used: it loads code into the process`, "leave it out"},
		{Consumer, with(nil, "sasl.kerberos.kinit.cmd", canary), `the property "sasl.kerberos.kinit.cmd" cannot be used: it is run as a shell command`,
			"use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 as sasl.mechanism"},
		{Consumer, with(nil, "test.mock.num.brokers", "3"), `the property "test.mock.num.brokers" cannot be used: it is a hook for librdkafka's own tests`,
			"for a broker without a cluster, see tailframe sandbox"},
		{Producer, with(nil, "offset.store.method", "file"), `the property "offset.store.method" cannot be used: it makes the process write files`, "leave it out"},
		{Consumer, with(nil, "enable.ssl.certificate.verification", "false"),
			`the property "enable.ssl.certificate.verification" cannot be used: without it anyone on the way can pose as the broker and take the password`,
			"give the CA that signed the broker's certificate as ssl.ca.location"},
		{Consumer, with(nil, "ssl.endpoint.identification.algorithm", "none"),
			`the property "ssl.endpoint.identification.algorithm" cannot be used: without it the owner of any certificate of that CA can pose as the broker`,
			"connect to a name that stands in the broker's certificate"},
		{Consumer, with(someSASL, "ssl.cipher.suites", "DEFAULT:aNULL"),
			`the property "ssl.cipher.suites" cannot be used: it allows connections that are not encrypted or whose other end is unknown`,
			"leave out NULL and anonymous suites and SECLEVEL=0"},
		{Consumer, with(nil, "error_cb", canary), `the property "error_cb" cannot be used: it is a function or a handle inside the program and has no text form`, "leave it out"},
		{Consumer, with(nil, "linger.ms", "5"), `the property "linger.ms" cannot be used: it is a producer's property and has no effect on reading`, "leave it out"},
		{Consumer, with(nil, "request.timeout.ms", "5"), `the property "request.timeout.ms" cannot be used: it is a producer's property and has no effect on reading`,
			"when reading, socket.timeout.ms bounds a request"},
		{Consumer, with(nil, "acks", "1"), `the property "acks" cannot be used: it is a producer's property and has no effect on reading`,
			"leave it out"},
		{Producer, with(nil, "acks", "1"), `the property "acks" cannot be used: a record counts when all replicas in sync have it`, "leave it out"},
		{Producer, with(nil, "fetch.min.bytes", "5"), `the property "fetch.min.bytes" cannot be used: it is a consumer's property and has no effect on producing`, "leave it out"},
		{Consumer, with(nil, "client.id", "a\x00b"), `the property "client.id" cannot be used: its value holds a zero byte`, "librdkafka would cut the value there: remove the byte"},
		// Values
		{Consumer, with(nil, "security.protocol", "SASL-SSL"), `the property "security.protocol" cannot be used: its value is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL`,
			"write SASL_SSL for a password over TLS, SSL for TLS without one, SASL_PLAINTEXT or PLAINTEXT without TLS"},
		{Consumer, with(someSASL, "sasl.mechanism", "plain"), `the property "sasl.mechanism" cannot be used: its value must be written in capitals, without spaces`, "write PLAIN"},
		{Consumer, with(someSASL, "sasl.mechanism", "GSSAPI"), `the property "sasl.mechanism" cannot be used: Kerberos (GSSAPI) is not built into the binary`,
			"use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 as sasl.mechanism"},
		{Consumer, with(someSASL, "sasl.mechanism", "OAUTHBEARER"), `the property "sasl.mechanism" cannot be used: OAUTHBEARER is not offered`,
			"use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 as sasl.mechanism"},
		{Consumer, with(someSASL, "sasl.mechanism", canary), `the property "sasl.mechanism" cannot be used: its value is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`,
			"ask who runs the cluster which one it offers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"},
		// Values together
		{Consumer, with(someSASL, "sasl.mechanism", "-"),
			`the property "security.protocol" cannot be used: it asks for a sign-in, but sasl.mechanism is not set, and librdkafka's default, GSSAPI (Kerberos), is not built into the binary`,
			"use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 as sasl.mechanism"},
		{Consumer, with(someSASL, "sasl.password", ""), `the property "sasl.password" cannot be used: it is missing or empty, and PLAIN needs it`,
			"set it, or look whether the variable it comes from is set"},
		{Consumer, with(nil, "sasl.password", canary), `the property "sasl.password" cannot be used: security.protocol is PLAINTEXT, which does not sign in`,
			"set security.protocol to SASL_SSL (or SASL_PLAINTEXT where the broker has no TLS)"},
		{Consumer, with(nil, "ssl.ca.location", "/ca.pem"), `the property "ssl.ca.location" cannot be used: security.protocol is PLAINTEXT, which does not encrypt`,
			"set security.protocol to SSL or SASL_SSL"},
		{Consumer, with(someSASL, "sasl.mechanisms", "PLAIN"), `the property "sasl.mechanism" cannot be used: it is another name of "sasl.mechanisms", which is set too`, "set one of them"},
		// Unknown names
		{Consumer, with(nil, "sasl.jaas.config", canary), `the property "sasl.jaas.config" cannot be used: it belongs to another Kafka client, not to librdkafka`,
			"write its user name as sasl.username and its password as sasl.password"},
		{Consumer, with(nil, "ssl.truststore.location", canary), `the property "ssl.truststore.location" cannot be used: it belongs to another Kafka client, not to librdkafka`,
			"write ssl.ca.location with a PEM file; keytool -exportcert -rfc makes one from a truststore"},
		{Consumer, with(nil, "sasl_plain_password", canary), `the property "sasl_plain_password" cannot be used: it belongs to another Kafka client, not to librdkafka`, "write sasl.password"},
		{Consumer, with(nil, "sasl.pasword", canary), `the property "sasl.pasword" cannot be used: librdkafka has no such property`, `did you mean "sasl.password"?`},
		{Consumer, with(nil, "SASL_USERNAME", canary), `the property "SASL_USERNAME" cannot be used: librdkafka has no such property`, `did you mean "sasl.username"?`},
		{Consumer, with(nil, "topic.fetch.min.bytse", canary), `the property "topic.fetch.min.bytse" cannot be used: librdkafka has no such property`, `did you mean "fetch.min.bytes"?`},
		{Consumer, with(nil, "group_id", canary), `the property "group_id" cannot be used: librdkafka has no such property`,
			`did you mean "group.id"? But that cannot be set either: no consumer group is used; leave it out`},
		{Consumer, with(nil, "go.logs.channel.enable", canary), `the property "go.logs.channel.enable" cannot be used: librdkafka has no such property`,
			"leave it out; it belongs to the Go client, not to librdkafka"},
		{Consumer, with(nil, "quite.something.else", canary), `the property "quite.something.else" cannot be used: librdkafka has no such property`,
			"look at docs/configuration.md for the names"},
		{Consumer, with(nil, "sasl.password="+canary, ""), `the property "sasl.password..." cannot be used: librdkafka has no such property`, "look at docs/configuration.md for the names"},
		{Consumer, with(nil, canary, "sasl.password"), `the property "sasl.password" cannot be used: it stands where a value belongs: name and value are exchanged`,
			"write the property's name first"},
		// Several at once
		{Consumer, with(nil, "group.id", canary, "plugin.library.paths", canary),
			`2 properties cannot be used: "group.id": no consumer group is used; "plugin.library.paths": it loads code into the process`,
			"group.id: leave it out; plugin.library.paths: leave it out"},
	}
	for _, c := range refusals {
		err := CheckConfig(c.config, c.role)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%v is not refused: %v", c.config, err)
			continue
		}
		if e.Error() != c.message || e.Hint() != c.hint || e.Code() != "config" {
			t.Errorf("%v\n got %s: %s\n     %s\nwant config: %s\n     %s", c.config, e.Code(), e.Error(), e.Hint(), c.message, c.hint)
		}
		if strings.Contains(e.Error()+e.Hint(), canary) {
			t.Errorf("a value shows: %s %s", e.Error(), e.Hint())
		}
	}
}

// TestNoValueIsShown gives every property a value that may not turn up.
func TestNoValueIsShown(t *testing.T) {
	const canary = "c4nary-value"
	names := []string{"unknown.name", "sasl.jaas.config", "basic.auth.user.info", "pasword"}
	for _, p := range Properties() {
		names = append(names, p.Name)
	}
	for _, name := range names {
		for _, role := range []Role{Consumer, Producer} {
			err := CheckConfig(with(someSASL, name, canary), role)
			var e *Error
			if errors.As(err, &e) && strings.Contains(e.Error()+e.Hint(), canary) {
				t.Errorf("the value of %s shows: %s %s", name, e.Error(), e.Hint())
			}
		}
	}
}

func TestCanonical(t *testing.T) {
	got := Canonical(map[string]string{"linger.ms": "5", "sasl.mechanism": "PLAIN", "client.id": "x"})
	want := map[string]string{"queue.buffering.max.ms": "5", "sasl.mechanisms": "PLAIN", "client.id": "x"}
	for name, value := range want {
		if got[name] != value || len(got) != len(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestIsSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"sasl.password": true, "ssl.key.password": true, "ssl.keystore.password": true, "ssl.key.pem": true,
		"sasl.oauthbearer.client.secret": true, "sasl.oauthbearer.client.credentials.client.secret": true, "sasl.oauthbearer.config": true,
		"sasl.oauthbearer.assertion.private.key.passphrase": true, "sasl.oauthbearer.assertion.private.key.pem": true,
		"sasl.username": false, "ssl.ca.location": false, "ssl.key.location": false, "security.protocol": false,
		"sasl.oauthbearer.token.endpoint.url": false,
		"sasl.jaas.config":                    true, "sasl_plain_password": true, "ssl.truststore.password": true, "basic.auth.user.info": true, "nothing.known": false,
	} {
		if IsSecret(name) != want {
			t.Errorf("IsSecret(%q) is %v", name, !want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"linger", "lingre", 1}, {"abc", "abc", 0}} {
		if got := editDistance(c.a, c.b, 9); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := editDistance("abcdef", "", 3); got != 3 {
		t.Errorf("the limit is not kept: %d", got)
	}
}
