package broker

import (
	"maps"
	"slices"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// What the user sets must replace a default, not stand beside it.
func TestProducerDefaultsHaveNoAliases(t *testing.T) {
	for name := range producerDefaults {
		if p, ok := Classify(name); ok && p.AliasOf != "" {
			t.Errorf("%s is an alias of %s", name, p.AliasOf)
		}
	}
}

// A Sender's promises cannot be taken back by a property, whatever its name.
func TestProducerPromisesAreRefused(t *testing.T) {
	for name, value := range map[string]string{
		"acks":                     "1",
		"request.required.acks":    "1",
		"enable.idempotence":       "false",
		"allow.auto.create.topics": "true",
		"partitioner":              "random",
		"transactional.id":         "t",
	} {
		if err := CheckConfig(map[string]string{name: value}, Producer); err == nil {
			t.Errorf("%s=%s is taken", name, value)
		}
	}
}

func TestSenderProperties(t *testing.T) {
	config := SenderConfig{Config: Config{
		BootstrapServers: "localhost:9092",
		Properties:       map[string]string{"linger.ms": "77", "delivery.timeout.ms": "1234", "compression.type": "zstd"},
	}}
	s := &Sender{client: newClient(config.Config)}
	got, err := s.properties(config)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(producerDefaults)
	maps.Copy(want, producerFixed)
	maps.Copy(want, kafka.ConfigMap{
		"queue.buffering.max.ms": "77", "message.timeout.ms": "1234", "compression.codec": "zstd",
		"bootstrap.servers": "localhost:9092", "partitioner": DefaultPartitioner,
	})
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestDefaultPartitionerIsOneOfThem(t *testing.T) {
	if !slices.Contains(Partitioners, DefaultPartitioner) {
		t.Error(DefaultPartitioner)
	}
}
