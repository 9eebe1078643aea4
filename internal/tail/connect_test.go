package tail_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/tail"
)

// endsWithin is how long a run may take to find out that it cannot connect.
const endsWithin = 10 * time.Second

// fewLines is how much a failed run may log, lines for debugging apart.
const fewLines = 6

// settings makes the librdkafka properties of a test: name, value, name, ...
func settings(pairs ...string) map[string]string {
	config := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		config[pairs[i]] = pairs[i+1]
	}
	return config
}

func sasl(protocol, mechanism string, broker kafkatest.RealBroker, more ...string) map[string]string {
	config := settings("security.protocol", protocol, "sasl.mechanism", mechanism,
		"sasl.username", broker.User, "sasl.password", broker.Password)
	if protocol == "SASL_SSL" {
		config["ssl.ca.location"] = broker.CA
	}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	return config
}

// filledTopic makes a topic of three partitions with ten records each.
func filledTopic(t *testing.T, bootstrap string) string {
	t.Helper()
	topic := kafkatest.NewTopic(t, bootstrap, 3, nil)
	records := make([]kafkatest.Record, 30)
	for i := range records {
		records[i] = kafkatest.Record{Partition: int32(i % 3), Timestamp: 1_500_000_000_000 + int64(i), Value: []byte{'a' + byte(i)}}
	}
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, records)
	return topic
}

func readsTopic(t *testing.T, topic, bootstrap string, config map[string]string) {
	t.Helper()
	got, _ := run(t, tail.Request{Topic: topic, Format: "text", BootstrapServers: bootstrap, Config: config})
	var want [][]any
	for i := range 30 {
		want = append(want, []any{string(rune('a' + i))})
	}
	compareRows(t, "rows", got.values, want)
}

func TestReadsOverTLSAndSASL(t *testing.T) {
	broker := kafkatest.Real(t)
	topic := filledTopic(t, broker.Plaintext)
	for _, c := range []struct {
		name, address string
		config        map[string]string
	}{
		{"tls", broker.SSL, settings("security.protocol", "SSL", "ssl.ca.location", broker.CA)},
		{"tls by address", strings.Replace(broker.SSL, "localhost", "127.0.0.1", 1),
			settings("security.protocol", "ssl", "ssl.ca.location", broker.CA)},
		{"mutual tls", broker.MTLS, settings("security.protocol", "SSL", "ssl.ca.location", broker.CA,
			"ssl.keystore.location", broker.ClientStore, "ssl.keystore.password", broker.StorePassword)},
		{"tls plain", broker.SASLSSL, sasl("SASL_SSL", "PLAIN", broker)},
		{"tls scram 256", broker.SASLSSL, sasl("SASL_SSL", "SCRAM-SHA-256", broker)},
		{"tls scram 512", broker.SASLSSL, sasl("SASL_SSL", "SCRAM-SHA-512", broker)},
		{"plain", broker.SASLPlaintext, sasl("SASL_PLAINTEXT", "PLAIN", broker)},
		{"scram", broker.SASLPlaintext, sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", broker)},
	} {
		t.Run(c.name, func(t *testing.T) { readsTopic(t, topic, c.address, c.config) })
	}
}

// TestFindsTheSystemsCA names no CA: it is in the system's store, which the
// variable moves as it does for OpenSSL and for Go.
func TestFindsTheSystemsCA(t *testing.T) {
	broker := kafkatest.Real(t)
	topic := filledTopic(t, broker.Plaintext)
	tls := settings("security.protocol", "SSL")
	t.Run("its own", func(t *testing.T) {
		t.Setenv("SSL_CERT_FILE", broker.CA)
		readsTopic(t, topic, broker.SSL, tls)
		readsTopic(t, topic, broker.SASLSSL, settings("security.protocol", "SASL_SSL", "sasl.mechanism", "SCRAM-SHA-256",
			"sasl.username", broker.User, "sasl.password", broker.Password))
	})
	t.Run("another", func(t *testing.T) {
		t.Setenv("SSL_CERT_FILE", broker.OtherCA)
		fails(t, "auth", []string{"certificate"}, tail.Request{Topic: topic, BootstrapServers: broker.SSL, Config: tls})
	})
}

// fails runs a request that must end soon, in one error with this code that
// has these words in it, with a hint, few log lines, no rows and no secret.
func fails(t *testing.T, code string, words []string, req tail.Request) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), endsWithin)
	defer cancel()
	sink, logged := &rows{t: t}, &log{}
	_, err := tail.Run(ctx, req, sink, tail.Options{Log: logged.add, Reread: sink.reread})
	if err == nil {
		t.Fatalf("no error, but %d rows", len(sink.values))
	}
	var coded interface {
		Code() string
		Hint() string
	}
	if !errors.As(err, &coded) {
		t.Fatalf("the error has no code: %v", err)
	}
	if ctx.Err() != nil {
		t.Errorf("it had not ended by itself after %v", endsWithin)
	}
	text := err.Error() + "\n" + coded.Hint()
	if coded.Code() != code {
		t.Errorf("the code is %s, want %s; the error: %s", coded.Code(), code, text)
	}
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			t.Errorf("the error does not say %q: %s", word, text)
		}
	}
	if coded.Hint() == "" {
		t.Errorf("no hint comes with the error: %s", text)
	}
	if strings.Contains(strings.TrimSuffix(err.Error(), "\n"), "\n") {
		t.Errorf("the error has more than one line: %q", err.Error())
	}
	if n := logged.count("error", "info"); n > fewLines {
		t.Errorf("%d lines were logged:\n%s", n, logged.text())
	}
	if len(sink.values) > 0 {
		t.Errorf("%d rows came before the error", len(sink.values))
	}
	for name, value := range req.Config {
		if strings.HasSuffix(name, "password") && strings.Contains(text+logged.text(), value) {
			t.Errorf("%s is in the error or in the log:\n%s\n%s", name, text, logged.text())
		}
	}
}

func TestRefusedConnections(t *testing.T) {
	broker := kafkatest.Real(t)
	topic := filledTopic(t, broker.Plaintext)
	tls := settings("security.protocol", "SSL", "ssl.ca.location", broker.CA)
	const wrong = "canary-not-the-password"
	for _, c := range []struct {
		name, address string
		config        map[string]string
		code          string
		words         []string
	}{
		{"wrong password, plain", broker.SASLSSL, sasl("SASL_SSL", "PLAIN", broker, "sasl.password", wrong), "auth", nil},
		{"wrong password, scram", broker.SASLSSL, sasl("SASL_SSL", "SCRAM-SHA-256", broker, "sasl.password", wrong), "auth", nil},
		{"wrong password, no tls", broker.SASLPlaintext, sasl("SASL_PLAINTEXT", "PLAIN", broker, "sasl.password", wrong), "auth", nil},
		{"unknown user", broker.SASLSSL, sasl("SASL_SSL", "SCRAM-SHA-256", broker, "sasl.username", "bob"), "auth", nil},
		{"mechanism not offered", broker.SASLSSL, sasl("SASL_SSL", "OAUTHBEARER", broker), "config", []string{"OAUTHBEARER"}},
		{"another authority", broker.SSL, settings("security.protocol", "SSL", "ssl.ca.location", broker.OtherCA), "auth", []string{"certificate"}},
		{"another authority, sasl", broker.SASLSSL, sasl("SASL_SSL", "PLAIN", broker, "ssl.ca.location", broker.OtherCA), "auth", []string{"certificate"}},
		{"expired certificate", broker.Expired, tls, "auth", []string{"expired"}},
		{"certificate of another name", broker.Named, tls, "auth", []string{"certificate"}},
		{"no client certificate", broker.MTLS, tls, "auth", []string{"certificate"}},
		{"tls port without tls", broker.SSL, nil, "connect", []string{"TLS"}},
		{"sasl_ssl port without either", broker.SASLSSL, nil, "connect", []string{"TLS"}},
		{"plaintext port with tls", broker.Plaintext, tls, "connect", []string{"TLS"}},
		{"plaintext port with tls and sasl", broker.Plaintext, sasl("SASL_SSL", "PLAIN", broker), "connect", []string{"TLS"}},
		{"sasl port without sasl", broker.SASLPlaintext, nil, "connect", []string{"SASL"}},
		{"plaintext port with sasl", broker.Plaintext, sasl("SASL_PLAINTEXT", "PLAIN", broker), "auth", []string{"SASL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fails(t, c.code, c.words, tail.Request{Topic: topic, BootstrapServers: c.address, Config: c.config})
		})
	}
}

func TestNoBroker(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		listener := listen(t)
		address := listener.Addr().String()
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		fails(t, "connect", []string{address}, tail.Request{Topic: "x", BootstrapServers: address})
	})
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		address := listen(t).Addr().String() // connections wait in its backlog
		fails(t, "connect", []string{address}, tail.Request{Topic: "x", BootstrapServers: address})
	})
	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		// The name's ending is reserved: it can never resolve.
		fails(t, "connect", []string{"broker.invalid"}, tail.Request{Topic: "x", BootstrapServers: "broker.invalid:9092"})
	})
	t.Run("closes at once", func(t *testing.T) {
		t.Parallel()
		listener := listen(t)
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				connection.Close()
			}
		}()
		address := listener.Addr().String()
		fails(t, "connect", []string{address}, tail.Request{Topic: "x", BootstrapServers: address})
	})
}

// TestFallsSilent: the broker is there, but to one kind of request nothing comes back.
func TestFallsSilent(t *testing.T) {
	for _, key := range []kmsg.Key{kmsg.ApiVersions, kmsg.Metadata, kmsg.ListOffsets} {
		t.Run(key.Name(), func(t *testing.T) {
			t.Parallel()
			cluster := kafkatest.FakeCluster(t, kfake.SeedTopics(3, "trips"))
			cluster.ControlKey(key.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				cluster.KeepControl()
				return nil, nil, true
			})
			bootstrap := strings.Join(cluster.ListenAddrs(), ",")
			fails(t, "connect", []string{"answer", bootstrap}, tail.Request{Topic: "trips", BootstrapServers: bootstrap})
		})
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// TestUnknownTopicIsNotCreated asks brokers that create topics for those who
// ask about them carelessly.
func TestUnknownTopicIsNotCreated(t *testing.T) {
	for name, broker := range map[string]func(*testing.T) string{
		"fake": func(t *testing.T) string { return kafkatest.Fake(t) },
		"real": func(t *testing.T) string { return kafkatest.Real(t).Plaintext },
	} {
		t.Run(name, func(t *testing.T) {
			bootstrap, topic := broker(t), kafkatest.UnusedName(t)
			fails(t, "topic", []string{topic}, tail.Request{Topic: topic, BootstrapServers: bootstrap})
			if slices.Contains(kafkatest.Topics(t, bootstrap), topic) {
				t.Errorf("topic %s was created", topic)
			}
		})
	}
}

// TestTopicOfOthers: alice may not read the topic, or may see it but not read it.
func TestTopicOfOthers(t *testing.T) {
	broker := kafkatest.Real(t)
	for name, may := range map[string][]kadm.ACLOperation{
		"hidden":            {kadm.OpAlterConfigs},
		"seen, not read":    {kadm.OpDescribe},
		"written, not read": {kadm.OpWrite, kadm.OpDescribe},
	} {
		t.Run(name, func(t *testing.T) {
			topic := filledTopic(t, broker.Plaintext)
			kafkatest.Grant(t, broker.Plaintext, topic, broker.User, may...)
			fails(t, "auth", []string{topic}, tail.Request{
				Topic: topic, BootstrapServers: broker.SASLSSL, Config: sasl("SASL_SSL", "SCRAM-SHA-256", broker),
			})
		})
	}
	t.Run("may read, no group", func(t *testing.T) {
		topic := filledTopic(t, broker.Plaintext)
		kafkatest.Grant(t, broker.Plaintext, topic, broker.User, kadm.OpRead, kadm.OpDescribe)
		readsTopic(t, topic, broker.SASLSSL, sasl("SASL_SSL", "SCRAM-SHA-256", broker))
	})
}
