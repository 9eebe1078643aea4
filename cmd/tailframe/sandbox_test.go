package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/tailframe/tailframe/internal/trips"
)

// runningSandbox starts the sandbox command with a lease and gives its address
// and its words. It ends with the test, by the end of its lease.
func runningSandbox(t *testing.T, env []string, args ...string) (address string, words *bytes.Buffer) {
	t.Helper()
	lease, endLease := io.Pipe()
	out, stdout := io.Pipe()
	words = &bytes.Buffer{}
	done := make(chan error, 1)
	go func() {
		inv := &invocation{stdin: lease, stdout: stdout, stderr: words, env: env}
		err := runSandbox(context.Background(), inv, append([]string{"--port", "0", "--lease"}, args...))
		stdout.CloseWithError(err)
		done <- err
	}()
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("sandbox %q did not come up: %v", args, err)
	}
	t.Cleanup(func() {
		endLease.Close()
		if err := <-done; err != nil {
			t.Errorf("sandbox %q: %v", args, err)
		}
	})
	address, found := strings.CutPrefix(string(line[:n]), "bootstrap_servers=")
	if !found || !strings.HasSuffix(address, "\n") {
		t.Fatalf("the sandbox's first line is %q", line[:n])
	}
	return strings.TrimSuffix(address, "\n"), words
}

// readTopic reads want records of a topic from its beginning with a client
// that tailframe does not use for reading.
func readTopic(t *testing.T, address, topic string, want int, opts ...kgo.Opt) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(address), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []*kgo.Record
	for len(got) < want {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d of %d records of %s: %v", len(got), want, topic, err)
		}
		got = append(got, fetches.Records()...)
	}
	return got
}

// topicEnds gives the end offset of each partition, nil for no such topic.
func topicEnds(t *testing.T, address, topic string) map[int32]int64 {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	metadata := kmsg.NewPtrMetadataRequest()
	metadata.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
	m, err := metadata.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if m.Topics[0].ErrorCode != 0 {
		return nil
	}
	asked := kmsg.NewListOffsetsRequestTopic()
	asked.Topic = topic
	for _, p := range m.Topics[0].Partitions {
		one := kmsg.NewListOffsetsRequestTopicPartition()
		one.Partition, one.Timestamp = p.Partition, -1
		asked.Partitions = append(asked.Partitions, one)
	}
	offsets := kmsg.NewPtrListOffsetsRequest()
	offsets.Topics = []kmsg.ListOffsetsRequestTopic{asked}
	answer, err := offsets.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int32]int64{}
	for _, p := range answer.Topics[0].Partitions {
		ends[p.Partition] = p.Offset
	}
	return ends
}

func TestSandboxTrips(t *testing.T) {
	const n = 3000
	address, words := runningSandbox(t, nil, "--trips", strconv.Itoa(n), "--partitions", "4")
	ends := topicEnds(t, address, tripsTopic)
	sum := int64(0)
	for p, end := range ends {
		if end == 0 {
			t.Errorf("partition %d is empty", p)
		}
		sum += end
	}
	if len(ends) != 4 || sum != n {
		t.Fatalf("partitions' ends %v, want 4 with %d records", ends, n)
	}
	want := map[string]time.Time{}
	keys := map[string]string{}
	g := trips.Generator{Seed: 1}
	for i := range n {
		value := string(g.Append(nil, i))
		want[value] = g.Time(i)
		keys[value] = string(g.AppendKey(nil, i))
	}
	partition := map[string]int32{}
	for _, r := range readTopic(t, address, tripsTopic, n) {
		at, ok := want[string(r.Value)]
		if !ok {
			t.Fatalf("not a generated trip, or there twice: %q", r.Value)
		}
		if !r.Timestamp.Equal(at) || string(r.Key) != keys[string(r.Value)] {
			t.Fatalf("trip %q has key %q and time %s, want %s", r.Value, r.Key, r.Timestamp, at)
		}
		if p, seen := partition[string(r.Key)]; seen && p != r.Partition {
			t.Fatalf("key %q is in partitions %d and %d", r.Key, p, r.Partition)
		}
		partition[string(r.Key)] = r.Partition
		delete(want, string(r.Value))
	}
	if len(want) != 0 {
		t.Fatalf("%d trips are missing", len(want))
	}
	if !strings.Contains(words.String(), "topic citibike, generated trips: 3000") {
		t.Errorf("words: %q", words)
	}
}

func TestSandboxTopicsAndSeedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.CSV")
	if err := os.WriteFile(file, []byte("a,b\n1,\"x\ny\"\n2,z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := runningSandbox(t, nil, "--topic", "empty:3", "--seed-file", "rows="+file, "--header", "--partitions", "2")
	if ends := topicEnds(t, address, "empty"); len(ends) != 3 || ends[0]+ends[1]+ends[2] != 0 {
		t.Errorf("topic empty: %v", ends)
	}
	if ends := topicEnds(t, address, "rows"); len(ends) != 2 || ends[0] != 1 || ends[1] != 1 {
		t.Errorf("topic rows: %v", ends)
	}
	got := map[string]bool{}
	for _, r := range readTopic(t, address, "rows", 2) {
		got[string(r.Value)] = true
	}
	if !got["1,\"x\ny\""] || !got["2,z"] {
		t.Errorf("records %v", got)
	}
	// librdkafka's producer asks for a topic in this way.
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), kgo.KeyStringRecord("k", "v"), &kgo.Record{Topic: "asked", Value: []byte("v")}).FirstErr(); err == nil {
		t.Error("a record to an unknown topic was taken")
	}
	if ends := topicEnds(t, address, "asked"); ends != nil {
		t.Errorf("asking created a topic: %v", ends)
	}
}

func TestSandboxAutoCreate(t *testing.T) {
	address, _ := runningSandbox(t, nil, "--auto-create")
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "asked", Value: []byte("v")}).FirstErr(); err != nil {
		t.Error(err)
	}
}

func TestSandboxSecured(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	env := []string{sandboxPassword + "=wonder land"}
	address, words := runningSandbox(t, env, "--trips", "10", "--sasl-user", "alice", "--tls-ca", ca)
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %q", text)
	}
	trusting := kgo.DialTLSConfig(&tls.Config{RootCAs: pool})
	auth := scram.Auth{User: "alice", Pass: "wonder land"}
	readTopic(t, address, tripsTopic, 10, trusting, kgo.SASL(plain.Auth{User: "alice", Pass: "wonder land"}.AsMechanism()))
	readTopic(t, address, tripsTopic, 10, trusting, kgo.SASL(auth.AsSha256Mechanism()))
	readTopic(t, address, tripsTopic, 10, trusting, kgo.SASL(auth.AsSha512Mechanism()))

	auth.Pass = "wrong"
	client, err := kgo.NewClient(kgo.SeedBrokers(address), trusting, kgo.SASL(auth.AsSha256Mechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Ping(t.Context()); err == nil {
		t.Error("a wrong password was taken")
	}
	if strings.Contains(words.String(), "wonder") {
		t.Errorf("the password is told: %q", words)
	}
}

func TestSandboxRefuses(t *testing.T) {
	busy, _ := runningSandbox(t, nil)
	_, port, _ := strings.Cut(busy, ":")
	missing := filepath.Join(t.TempDir(), "none.csv")
	open := filepath.Join(t.TempDir(), "open.csv")
	if err := os.WriteFile(open, []byte("a\n\"b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code, message string
		args          []string
	}{
		{"connect", "cannot listen on 127.0.0.1:" + port, []string{"--port", port}},
		{"usage", `--port "70000": must be a whole number from 0 to 65535`, []string{"--port", "70000"}},
		{"usage", "NAME:PARTITIONS", []string{"--topic", "a:0"}},
		{"usage", "not a topic name", []string{"--topic", "a b"}},
		{"usage", "must be TOPIC=FILE", []string{"--seed-file", "rows.csv"}},
		{"usage", "needs a password", []string{"--sasl-user", "alice"}},
		{"usage", "takes no \"citibike\"", []string{"citibike"}},
		{"config", "topic t", []string{"--port", "0", "--seed-file", "t=" + missing}},
		{"decode", "line 2: a quoted field is not closed", []string{"--port", "0", "--seed-file", "t=" + open}},
	} {
		inv := &invocation{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
		err := runSandbox(t.Context(), inv, c.args)
		var coded codedError
		if !errors.As(err, &coded) || coded.Code() != c.code || !strings.Contains(err.Error(), c.message) {
			t.Errorf("sandbox %q: %v; want code %s with %q", c.args, err, c.code, c.message)
		}
	}
}
