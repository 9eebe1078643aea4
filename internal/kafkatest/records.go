package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// patience bounds every exchange with a broker.
const patience = 60 * time.Second

// NoTimestamp is the time of a record that has none.
const NoTimestamp = -1

// Record is a record as it is produced or was read.
type Record struct {
	Partition  int32
	Offset     int64 // set by Produce and ReadAll
	Timestamp  int64 // CreateTime in ms since the epoch, or NoTimestamp
	Key, Value []byte
	Headers    []kgo.RecordHeader
}

// Producing says how records are written.
type Producing struct {
	Codec        string // none, gzip, snappy, lz4 or zstd; empty: none
	BatchRecords int    // records to a batch; 0: as many as fit
	Transaction  string // a transactional id: all records in one transaction
	Abort        bool   // end the transaction by aborting it
}

// Codecs are the names that Producing.Codec takes.
var Codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

func codec(t testing.TB, name string) kgo.CompressionCodec {
	t.Helper()
	switch name {
	case "", "none":
		return kgo.NoCompression()
	case "gzip":
		return kgo.GzipCompression()
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	t.Fatalf("no codec %q", name)
	panic("unreachable")
}

func client(t testing.TB, bootstrap string, opts ...kgo.Opt) (*kgo.Client, context.Context) {
	t.Helper()
	opts = append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(bootstrap, ",")...),
		kgo.FetchMaxWait(100 * time.Millisecond),
		// A partition of a new topic may not lead at once; by default it is asked again after 5 s.
		kgo.MetadataMinAge(20 * time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }),
		kgo.RecordRetries(1000),
		kgo.UnknownTopicRetries(1000),
	}, opts...)
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatalf("a franz-go client: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(func() { cancel(); c.Close() })
	return c, ctx
}

// NewTopic creates a topic and returns its name, which begins with the test's
// and no other topic has. It goes when the test ends. config may be nil.
func NewTopic(t testing.TB, bootstrap string, partitions int, config map[string]string) string {
	t.Helper()
	name := UnusedName(t)
	c, ctx := client(t, bootstrap)
	values := make(map[string]*string, len(config))
	for key, value := range config {
		values[key] = kadm.StringPtr(value)
	}
	admin := kadm.NewClient(c)
	if _, err := admin.CreateTopic(ctx, int32(partitions), 1, values, name); err != nil {
		t.Fatalf("creating topic %s: %v", name, err)
	}
	t.Cleanup(func() { DeleteTopic(t, bootstrap, name) })
	// The broker that answers next may not have heard of it yet.
	for {
		details, err := admin.ListTopics(ctx, name)
		if err != nil {
			t.Fatalf("waiting for topic %s: %v", name, err)
		}
		if details[name].Err == nil && len(details[name].Partitions.Numbers()) == partitions {
			return name
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// DeleteTopic deletes a topic that must be there.
func DeleteTopic(t testing.TB, bootstrap, name string) {
	t.Helper()
	c, ctx := client(t, bootstrap)
	if _, err := kadm.NewClient(c).DeleteTopic(ctx, name); err != nil {
		t.Errorf("deleting topic %s: %v", name, err)
	}
}

// UnusedName gives a topic name that begins with the test's name and that no
// topic has.
func UnusedName(t testing.TB) string {
	t.Helper()
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name())
	return plain[:min(len(plain), 100)] + "-" + hex.EncodeToString(random)
}

// Produce writes the records in their order, each to its partition and with its
// time, and sets their offsets.
func Produce(t testing.TB, bootstrap, topic string, how Producing, records []Record) {
	t.Helper()
	opts := []kgo.Opt{
		kgo.DefaultProduceTopic(topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec(t, how.Codec)),
		kgo.MaxBufferedRecords(len(records) + 1),
		kgo.ManualFlushing(), // the batches are cut here, not by time
	}
	if how.Transaction != "" {
		opts = append(opts, kgo.TransactionalID(how.Transaction))
	}
	c, ctx := client(t, bootstrap, opts...)
	if how.Transaction != "" {
		if err := c.BeginTransaction(); err != nil {
			t.Fatalf("beginning a transaction: %v", err)
		}
	}
	var failed atomic.Pointer[error]
	sent := make([]kgo.Record, len(records))
	for _, part := range rounds(records, how.BatchRecords) {
		for _, i := range part {
			r := records[i]
			sent[i] = kgo.Record{
				Partition: r.Partition, Timestamp: time.UnixMilli(r.Timestamp),
				Key: r.Key, Value: r.Value, Headers: r.Headers,
			}
			c.Produce(ctx, &sent[i], func(_ *kgo.Record, err error) {
				if err != nil {
					err = fmt.Errorf("record %d: %w", i, err)
					failed.CompareAndSwap(nil, &err)
				}
			})
		}
		if err := c.Flush(ctx); err != nil {
			t.Fatalf("producing to topic %s: %v", topic, err)
		}
	}
	if err := failed.Load(); err != nil {
		t.Fatalf("producing to topic %s: %v", topic, *err)
	}
	if how.Transaction != "" {
		if err := c.EndTransaction(ctx, kgo.TransactionEndTry(!how.Abort)); err != nil {
			t.Fatalf("ending a transaction: %v", err)
		}
	}
	for i := range sent {
		records[i].Offset = sent[i].Offset
	}
}

// rounds cuts the records' indexes into parts that hold at most size records of
// each partition, in their order.
func rounds(records []Record, size int) [][]int {
	if size <= 0 {
		size = len(records) + 1
	}
	var parts [][]int
	seen := map[int32]int{}
	for i, r := range records {
		round := seen[r.Partition] / size
		seen[r.Partition]++
		for len(parts) <= round {
			parts = append(parts, nil)
		}
		parts[round] = append(parts[round], i)
	}
	return parts
}

// ReadAll reads the topic from end to end and returns the records of each
// partition, in order. Of transactions it returns the committed ones.
func ReadAll(t testing.TB, bootstrap, topic string) [][]Record {
	t.Helper()
	asker, ctx := client(t, bootstrap)
	ends, err := kadm.NewClient(asker).ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		t.Fatalf("asking for the ends of topic %s: %v", topic, err)
	}
	starts, err := kadm.NewClient(asker).ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		t.Fatalf("asking for the starts of topic %s: %v", topic, err)
	}

	open := map[int32]int64{} // partition -> end
	from := map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(topic, end.Partition)
		if start.Offset < end.Offset {
			open[end.Partition] = end.Offset
			from[end.Partition] = kgo.NewOffset().At(start.Offset)
		}
	})
	all := make([][]Record, len(ends[topic]))
	if len(open) == 0 {
		return all
	}
	c, ctx := client(t, bootstrap,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // a transaction's end may be the last offset
	)
	for len(open) > 0 {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("reading topic %s took over %v; still to read up to (by partition): %v", topic, patience, open)
			}
			t.Fatalf("reading topic %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, reading := open[r.Partition]
			if !reading {
				return
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				all[r.Partition] = append(all[r.Partition], Record{
					Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(),
					Key: r.Key, Value: r.Value, Headers: r.Headers,
				})
			}
			if r.Offset >= end-1 {
				delete(open, r.Partition)
			}
		})
	}
	return all
}

// Topics lists the cluster's topics.
func Topics(t testing.TB, bootstrap string) []string {
	t.Helper()
	c, ctx := client(t, bootstrap)
	topics, err := kadm.NewClient(c).ListTopics(ctx)
	if err != nil {
		t.Fatalf("listing the topics: %v", err)
	}
	return topics.Names()
}

// Grant closes a topic to all users but the superusers, and then
// lets user do the given operations on it. The rules go when the test ends.
func Grant(t testing.TB, bootstrap, topic, user string, operations ...kadm.ACLOperation) {
	t.Helper()
	c, ctx := client(t, bootstrap)
	rules := kadm.NewACLs().Topics(topic).ResourcePatternType(kadm.ACLPatternLiteral).
		Allow("User:" + user).AllowHosts("*").Operations(operations...)
	created, err := kadm.NewClient(c).CreateACLs(ctx, rules)
	if err == nil {
		for _, rule := range created {
			err = errors.Join(err, rule.Err)
		}
	}
	if err != nil {
		t.Fatalf("granting %v on topic %s to %s: %v", operations, topic, user, err)
	}
	t.Cleanup(func() {
		c, ctx := client(t, bootstrap)
		if _, err := kadm.NewClient(c).DeleteACLs(ctx, rules); err != nil {
			t.Errorf("taking back the rules of topic %s: %v", topic, err)
		}
	})
}
