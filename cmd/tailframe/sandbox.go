package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// tripsTopic is the topic that sandbox --trips and demo fill.
const tripsTopic = "citibike"

// sandboxOptions say what an embedded broker holds and how it listens.
type sandboxOptions struct {
	port       int
	partitions int          // of topics that name no number
	topics     []topicSpec  // empty ones to create
	seeds      []seedSpec   // files to fill topics from
	header     bool         // the files' first records are not sent
	trips      int          // generated records in tripsTopic; 0: no such topic
	autoCreate bool         // clients may create topics by asking for them
	user, pass string       // SASL is required where user is set
	tls        *certificate // TLS is required where set
}

type topicSpec struct {
	name       string
	partitions int
}

type seedSpec struct{ topic, file string }

// sandbox is an embedded Kafka broker (kfake) that keeps everything in memory.
type sandbox struct {
	cluster *kfake.Cluster
	address string
	client  []kgo.Opt // how to connect to it
}

// startSandbox starts the broker and fills its topics, telling each on words.
func startSandbox(ctx context.Context, o sandboxOptions, words io.Writer) (*sandbox, error) {
	opts := []kfake.Opt{kfake.Ports(o.port), kfake.ClusterID("tailframe-sandbox"), kfake.DefaultNumPartitions(o.partitions)}
	for _, t := range o.allTopics() {
		opts = append(opts, kfake.SeedTopics(int32(t.partitions), t.name))
	}
	if o.autoCreate {
		opts = append(opts, kfake.AllowAutoTopicCreation())
	}
	s := &sandbox{}
	if o.user != "" {
		opts = append(opts, kfake.EnableSASL())
		for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
			opts = append(opts, kfake.Superuser(mechanism, o.user, o.pass))
		}
		s.client = append(s.client, kgo.SASL(plain.Auth{User: o.user, Pass: o.pass}.AsMechanism()))
	}
	if o.tls != nil {
		opts = append(opts, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{o.tls.server}}))
		s.client = append(s.client, kgo.DialTLSConfig(&tls.Config{RootCAs: o.tls.pool}))
	}
	var err error
	if s.cluster, err = kfake.NewCluster(opts...); err != nil {
		return nil, listenError(o.port, err)
	}
	s.address = s.cluster.ListenAddrs()[0]
	s.client = append(s.client, kgo.SeedBrokers(s.address))
	if err := s.fill(ctx, o, words); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close stops the broker; what it held is gone.
func (s *sandbox) Close() { s.cluster.Close() }

// allTopics are the topics to create: those asked for, and those to be filled.
func (o sandboxOptions) allTopics() []topicSpec {
	all := append([]topicSpec{}, o.topics...)
	add := func(name string) {
		for _, t := range all {
			if t.name == name {
				return
			}
		}
		all = append(all, topicSpec{name, o.partitions})
	}
	if o.trips > 0 {
		add(tripsTopic)
	}
	for _, seed := range o.seeds {
		add(seed.topic)
	}
	return all
}

func listenError(port int, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // "listen tcp 127.0.0.1:9092:" is said in our words
	}
	return &problem{
		code:    "connect",
		message: fmt.Sprintf("cannot listen on 127.0.0.1:%d: %v", port, err),
		hint:    "choose another port with --port, or --port 0 for a free one",
		cause:   err,
	}
}

// parseTopicSpec reads NAME or NAME:PARTITIONS.
func parseTopicSpec(s string, partitions int) (topicSpec, error) {
	name, number, found := strings.Cut(s, ":")
	t := topicSpec{name, partitions}
	if found {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > maxPartitions {
			return t, fmt.Errorf("%q is not NAME:PARTITIONS, with 1 to %d partitions", s, maxPartitions)
		}
		t.partitions = n
	}
	if !validTopicName(name) {
		return t, fmt.Errorf("%q is not a topic name: 1 to 249 of a-z A-Z 0-9 . _ -", name)
	}
	return t, nil
}

const maxPartitions = 10_000

// validTopicName holds a name against Kafka's rule.
func validTopicName(name string) bool {
	if name == "" || len(name) > 249 || name == "." || name == ".." {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}
