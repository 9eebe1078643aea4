package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Partitioners are the names that SenderConfig.Partitioner takes.
var Partitioners = []string{
	"murmur2_random", "murmur2", "consistent_random", "consistent", "fnv1a_random", "fnv1a", "random",
}

// DefaultPartitioner puts keys where the Java client puts them.
const DefaultPartitioner = "murmur2_random"

// deliveryTimeout bounds how long a record waits for its acknowledgement.
const deliveryTimeout = 30 * time.Second

// producerDefaults favour throughput: many records a request, several requests
// under way, memory bounded by the queue. Aliases such as linger.ms must not
// stand here: a user's setting comes under the name the alias stands for.
var producerDefaults = kafka.ConfigMap{
	"client.id":                    "tailframe",
	"queue.buffering.max.ms":       10,
	"batch.num.messages":           100000,
	"queue.buffering.max.messages": 200000,
	"queue.buffering.max.kbytes":   65536,
	"message.timeout.ms":           int(deliveryTimeout.Milliseconds()),

	"enable.metrics.push":                false,
	"reconnect.backoff.ms":               20,
	"reconnect.backoff.max.ms":           1000,
	"socket.connection.setup.timeout.ms": 5000,

	"go.logs.channel.enable":    true,
	"go.delivery.report.fields": "none",
	"go.events.channel.size":    10000,
	"go.produce.channel.size":   0,
}

// producerFixed is what a Sender promises; users cannot change it. A producer
// may create topics by default; a topic that must exist needs that off.
var producerFixed = kafka.ConfigMap{
	"acks":                     "all",
	"enable.idempotence":       true,
	"allow.auto.create.topics": false,
}

// SenderConfig says where records go.
type SenderConfig struct {
	Config
	Topic       string
	Partitioner string // one of Partitioners; "": DefaultPartitioner
	// CreatePartitions creates the topic with so many partitions if it is not
	// there; 0 makes that an error.
	CreatePartitions int
}

// Sender sends records to one topic, each exactly once and in order within a
// partition, and counts what the brokers acknowledged. It is safe for use by
// several goroutines.
type Sender struct {
	client   *Client // errors, logs and admin requests; it has no consumer
	producer *kafka.Producer
	topic    string
	created  bool
	moved    chan struct{} // a report has come: there may be room again

	mu    sync.Mutex
	count Deliveries
	open  int64 // records without a report
	ended bool  // no more records are taken
	stop  error // why sending more is of no use
}

// NewSender connects and makes sure that the topic exists, so that a wrong
// address, password or name is an error before the first record is sent.
func NewSender(ctx context.Context, config SenderConfig) (*Sender, error) {
	if err := config.check(Producer); err != nil {
		return nil, err
	}
	s := &Sender{topic: config.Topic, moved: make(chan struct{}, 1)}
	s.client = newClient(config.Config)
	properties, err := s.properties(config)
	if err != nil {
		return nil, err
	}
	if s.producer, err = kafka.NewProducer(&properties); err != nil {
		return nil, s.client.mapError(err)
	}
	if s.client.admin, err = kafka.NewAdminClientFromProducer(s.producer); err != nil {
		s.producer.Close()
		return nil, s.client.mapError(err)
	}
	s.client.loops.Add(2)
	go s.events()
	go s.client.logs(s.producer.Logs())
	if err := s.findTopic(ctx, config.CreatePartitions); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sender) properties(config SenderConfig) (kafka.ConfigMap, error) {
	properties := kafka.ConfigMap{}
	for name, value := range producerDefaults {
		properties[name] = value
	}
	for name, value := range Canonical(config.Properties) {
		properties[name] = value
	}
	for name, value := range producerFixed {
		properties[name] = value
	}
	properties["partitioner"] = config.Partitioner
	if config.Partitioner == "" {
		properties["partitioner"] = DefaultPartitioner
	}
	return properties, s.client.complete(properties)
}

// Created tells whether NewSender had to create the topic.
func (s *Sender) Created() bool { return s.created }

func (s *Sender) findTopic(ctx context.Context, create int) error {
	topics, err := s.client.describe(ctx, []string{s.topic})
	if err != nil {
		return err
	}
	var known *Error
	if topics[0].Err == nil || create == 0 || !errors.As(topics[0].Err, &known) || known.Code() != "topic" {
		return topics[0].Err
	}
	results, err := await(ctx, s.client, "the new topic", func(ctx context.Context) ([]kafka.TopicResult, error) {
		return s.client.admin.CreateTopics(ctx, []kafka.TopicSpecification{{Topic: s.topic, NumPartitions: create}},
			kafka.SetAdminOperationTimeout(connectTimeout), kafka.SetAdminRequestTimeout(connectTimeout))
	})
	if err != nil {
		return err
	}
	if code := results[0].Error.Code(); code != kafka.ErrNoError && code != kafka.ErrTopicAlreadyExists {
		return s.client.mapError(results[0].Error)
	}
	s.created = true
	// The controller answers before every broker knows the topic.
	for deadline := time.Now().Add(connectTimeout); ; {
		topics, err := s.client.describe(ctx, []string{s.topic})
		if err != nil {
			return err
		}
		led := func(p PartitionInfo) bool { return p.Leader < 0 }
		if topics[0].Err == nil && !slices.ContainsFunc(topics[0].Partitions, led) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("topic %s was created, but not all of its partitions have a leader after %s", s.topic, connectTimeout)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close ends the connection. Records without a report are given up; Flush
// waits for them.
func (s *Sender) Close() {
	s.client.requests.Wait()
	s.client.admin.Close()
	s.producer.Close() // closes the channels that the loops read
	s.client.loops.Wait()
	s.client.summary.Close()
}

// events serves the main queue: delivery reports, and errors of brokers.
func (s *Sender) events() {
	defer s.client.loops.Done()
	for event := range s.producer.Events() {
		switch e := event.(type) {
		case *kafka.Message:
			number, _ := e.Opaque.(int64)
			s.report(number, e.TopicPartition.Error)
		case kafka.Error:
			s.client.noteError(e)
			if e.IsFatal() {
				s.giveUp(s.client.mapError(e))
			}
		case kafka.OAuthBearerTokenRefresh:
			s.producer.SetOAuthBearerTokenFailure("no token source is configured")
		}
	}
}
