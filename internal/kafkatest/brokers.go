// Package kafkatest gives tests brokers, and a producer and a reader that share
// no code with the program: they are franz-go's, while tailframe reads with
// librdkafka.
//
// Every failure ends the test; nothing here returns an error.
package kafkatest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Fake starts an embedded broker that ends with the test and returns its
// host:port.
func Fake(t testing.TB, opts ...kfake.Opt) string {
	t.Helper()
	return strings.Join(FakeCluster(t, opts...).ListenAddrs(), ",")
}

// FakeCluster starts an embedded cluster that ends with the test: one broker on
// 127.0.0.1 if opts do not say otherwise. Like a real one out of the box it
// creates topics for clients that ask for it.
func FakeCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(1)}, opts...)
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatalf("starting an embedded broker: %v", err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

// RealBroker is a running Apache Kafka: what `.ci/kafka.py start` prints. Each
// address is a host:port; each file is a path.
type RealBroker struct {
	Plaintext     string
	SASLPlaintext string
	SSL           string
	SASLSSL       string
	MTLS          string // wants a client certificate
	Named         string // its certificate is for broker.tailframe.test
	Expired       string // its certificate has ended
	CA, OtherCA   string // PEM files; OtherCA signed none of the certificates
	ClientStore   string // PKCS#12 file with a certificate for MTLS
	StorePassword string
	User          string // for SASLPlaintext and SASLSSL, by PLAIN and SCRAM
	Password      string
	Version       string
}

// Real returns the Apache Kafka named by the environment. Without one the test
// is a counted skip, and a failure in CI.
func Real(t testing.TB) RealBroker {
	t.Helper()
	broker := RealBroker{}
	for _, variable := range []struct {
		name  string
		field *string
	}{
		{"TAILFRAME_KAFKA", &broker.Plaintext},
		{"TAILFRAME_KAFKA_SASL_PLAINTEXT", &broker.SASLPlaintext},
		{"TAILFRAME_KAFKA_SSL", &broker.SSL},
		{"TAILFRAME_KAFKA_SASL_SSL", &broker.SASLSSL},
		{"TAILFRAME_KAFKA_MTLS", &broker.MTLS},
		{"TAILFRAME_KAFKA_NAMED", &broker.Named},
		{"TAILFRAME_KAFKA_EXPIRED", &broker.Expired},
		{"TAILFRAME_KAFKA_CA", &broker.CA},
		{"TAILFRAME_KAFKA_OTHER_CA", &broker.OtherCA},
		{"TAILFRAME_KAFKA_CLIENT_P12", &broker.ClientStore},
		{"TAILFRAME_KAFKA_CLIENT_P12_PASSWORD", &broker.StorePassword},
		{"TAILFRAME_KAFKA_USER", &broker.User},
		{"TAILFRAME_KAFKA_PASSWORD", &broker.Password},
		{"TAILFRAME_KAFKA_VERSION", &broker.Version},
	} {
		if *variable.field = os.Getenv(variable.name); *variable.field == "" {
			Skip(t, "no real Kafka: "+variable.name+" is not set (.ci/kafka.py start prints it)")
		}
	}
	return broker
}

// Skip skips the test and adds a line to the file that TAILFRAME_SKIPS names,
// by which `make test` counts what did not run. In CI a skip is a failure.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI skips nothing: %s", why)
	}
	if path := os.Getenv("TAILFRAME_SKIPS"); path != "" {
		if err := addLine(path, t.Name()+": "+why); err != nil {
			t.Fatalf("counting a skip: %v", err)
		}
	}
	t.Skip(why)
}

func addLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, line)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}
