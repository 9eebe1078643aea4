package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/broker/batch"
	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/window"
)

// connect opens a client that ends with the test.
func connect(t *testing.T, bootstrap string, change func(*Config)) *Client {
	t.Helper()
	config := Config{BootstrapServers: bootstrap, Isolation: "read_committed",
		Log: func(level, message string) { t.Log(level, message) }}
	if change != nil {
		change(&config)
	}
	client, err := Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// whole gives the ranges of all that a topic holds.
func whole(t *testing.T, client *Client, name string) (Topic, []window.Range) {
	t.Helper()
	topic, err := client.Topic(bounded(t), name)
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := client.Bounds(bounded(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	var ranges []window.Range
	for _, b := range bounds {
		if b.Low < b.End {
			ranges = append(ranges, window.Range{Partition: b.Partition, Start: b.Low, End: b.End})
		}
	}
	return topic, ranges
}

// readAll reads ranges and copies every record; each calls f before a batch is given back.
func readAll(t *testing.T, client *Client, topic Topic, ranges []window.Range, each func(*Batch)) (map[int32][]kafkatest.Record, *Reader, error) {
	t.Helper()
	ctx := bounded(t)
	reader, err := client.Read(ctx, topic, ranges, ReadOptions{Keys: true, Headers: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := map[int32][]kafkatest.Record{}
	ended := map[int32]bool{}
	for {
		b, err := reader.Next(ctx)
		if err == io.EOF {
			if len(ended) != len(ranges) {
				t.Errorf("%d of %d partitions told their end", len(ended), len(ranges))
			}
			return got, reader, nil
		}
		if err != nil {
			return got, reader, err
		}
		for i := range b.Records {
			r := &b.Records[i]
			rec := kafkatest.Record{Partition: b.Partition, Offset: r.Offset, Timestamp: r.Timestamp,
				Key: bytes.Clone(b.Key(r)), Value: bytes.Clone(b.Value(r))}
			b.EachHeader(r, func(name, value []byte) {
				rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: string(name), Value: bytes.Clone(value)})
			})
			got[b.Partition] = append(got[b.Partition], rec)
		}
		if b.Last {
			ended[b.Partition] = true
		}
		if each != nil {
			each(b)
		}
		reader.Release(b)
	}
}

// produced fills a topic with records of all kinds.
func produced(t *testing.T, bootstrap string, partitions, n, size int) (string, map[int32][]kafkatest.Record) {
	t.Helper()
	name := kafkatest.NewTopic(t, bootstrap, partitions, nil)
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	records := make([]kafkatest.Record, n)
	for i := range records {
		r := kafkatest.Record{Partition: int32(rng.IntN(partitions)), Timestamp: 1700000000000 + int64(i)}
		r.Value = bytes.Repeat([]byte{byte('a' + i%26)}, rng.IntN(size+1))
		switch i % 7 {
		case 0:
			r.Value = nil
		case 1:
			r.Key = []byte{}
		case 2, 3:
			r.Key = fmt.Appendf(nil, "key-%d", i)
		case 4:
			r.Headers = []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{}}, {Key: "", Value: nil}}
		}
		records[i] = r
	}
	kafkatest.Produce(t, bootstrap, name, kafkatest.Producing{}, records)
	by := map[int32][]kafkatest.Record{}
	for _, r := range records {
		by[r.Partition] = append(by[r.Partition], r)
	}
	return name, by
}

func compare(t *testing.T, got, want map[int32][]kafkatest.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d partitions read, want %d", len(got), len(want))
	}
	for p, records := range want {
		if len(got[p]) != len(records) {
			t.Fatalf("partition %d: %d records, want %d", p, len(got[p]), len(records))
		}
		for i := range records {
			if !sameRecord(got[p][i], records[i]) {
				t.Fatalf("partition %d: got %+v, want %+v", p, got[p][i], records[i])
			}
		}
	}
}

func sameRecord(a, b kafkatest.Record) bool {
	same := func(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
	if a.Offset != b.Offset || a.Timestamp != b.Timestamp || !same(a.Key, b.Key) || !same(a.Value, b.Value) ||
		len(a.Headers) != len(b.Headers) {
		return false
	}
	for i := range a.Headers {
		if a.Headers[i].Key != b.Headers[i].Key || !same(a.Headers[i].Value, b.Headers[i].Value) {
			return false
		}
	}
	return true
}

// The batch read takes many records to a call into C, Poll one at a time; both
// give the same.
func TestBatchReadAndPoll(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	name, want := produced(t, bootstrap, 6, 60000, 150)
	for _, poll := range []bool{false, true} {
		client := connect(t, bootstrap, func(c *Config) { c.Poll = poll })
		topic, ranges := whole(t, client, name)
		got, reader, err := readAll(t, client, topic, ranges, nil)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, got, want)
		method, perRecord := client.Method(), float64(reader.Crossings())/60000
		t.Logf("%s: %.4f calls a record", method, perRecord)
		switch {
		case !poll && (method != "batch" || perRecord > 0.02):
			t.Errorf("%s read with %.4f calls a record, want batch with at most 0.02", method, perRecord)
		case poll && (method != "poll" || perRecord < 1):
			t.Errorf("%s read with %.4f calls a record, want poll with at least 1", method, perRecord)
		}
	}
}

// A record larger than a batch's memory makes that grow.
func TestLargeRecords(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	name, want := produced(t, bootstrap, 300, 300, 400<<10)
	client := connect(t, bootstrap, nil)
	topic, ranges := whole(t, client, name)
	got, _, err := readAll(t, client, topic, ranges, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, want)
}

// Nothing outside a range is given, wherever it begins and ends.
func TestRanges(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	name, all := produced(t, bootstrap, 3, 3000, 20)
	client := connect(t, bootstrap, nil)
	topic, full := whole(t, client, name)
	rng := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		want := map[int32][]kafkatest.Record{}
		var ranges []window.Range
		for _, r := range full {
			r.Start = rng.Int64N(r.End)
			r.End = r.Start + 1 + rng.Int64N(r.End-r.Start)
			ranges = append(ranges, r)
			want[r.Partition] = all[r.Partition][r.Start:r.End]
		}
		got, _, err := readAll(t, client, topic, ranges, nil)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, got, want)
	}
}

// A partition whose last offset is a transaction marker ends all the same, and
// aborted records are not given.
func TestEndsInTransactionMarkers(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	name := kafkatest.NewTopic(t, bootstrap, 2, nil)
	one := func(abort bool, partition int32) []kafkatest.Record {
		records := []kafkatest.Record{{Partition: partition, Timestamp: 1, Value: []byte("a")}, {Partition: partition, Timestamp: 2, Value: []byte("b")}}
		kafkatest.Produce(t, bootstrap, name, kafkatest.Producing{Transaction: fmt.Sprint(name, abort, partition), Abort: abort}, records)
		return records
	}
	want := map[int32][]kafkatest.Record{0: one(false, 0)}
	one(true, 0)
	one(true, 1)
	client := connect(t, bootstrap, nil)
	topic, ranges := whole(t, client, name)
	if len(ranges) != 2 || ranges[0].End != 6 || ranges[1].End != 3 {
		t.Fatalf("ranges %+v, want ends 6 and 3: records and markers", ranges)
	}
	got, _, err := readAll(t, client, topic, ranges, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, want)
}

// auto.offset.reset=error reaches us: a start that the log no longer has is an
// error, and no jump to the end.
func TestStartOutOfRange(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	name, _ := produced(t, bootstrap, 1, 10, 10)
	client := connect(t, bootstrap, nil)
	topic, _ := whole(t, client, name)
	_, _, err := readAll(t, client, topic, []window.Range{{Partition: 0, Start: 1000, End: 2000}}, nil)
	var coded interface{ Code() string }
	if !errors.As(err, &coded) || coded.Code() != "incomplete" || !strings.Contains(err.Error(), "offset 1000") {
		t.Errorf("reading from past the end: %v, want an error of kind incomplete that names offset 1000", err)
	}
}

// Leaders that move in mid-read cost nothing: no record lost, none twice.
func TestLeadersMove(t *testing.T) {
	cluster := kafkatest.FakeCluster(t, kfake.NumBrokers(3))
	bootstrap := strings.Join(cluster.ListenAddrs(), ",")
	name, want := produced(t, bootstrap, 4, 20000, 2000)
	client := connect(t, bootstrap, nil)
	topic, ranges := whole(t, client, name)
	moves := 0
	got, _, err := readAll(t, client, topic, ranges, func(*Batch) {
		if moves++; moves%3 == 0 {
			for _, p := range topic.Partitions {
				if err := cluster.MoveTopicPartition(name, p, int32((moves/3+int(p))%3)); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if moves < 6 {
		t.Errorf("only %d batches: the leaders did not move in mid-read", moves)
	}
	compare(t, got, want)
}

// The request for a token reaches us on the main queue, which Poll serves.
// CheckConfig refuses the mechanism for now, so the client is opened below it.
func TestTokenRefreshReachesPoll(t *testing.T) {
	client := newClient(Config{BootstrapServers: "127.0.0.1:1", Isolation: "read_committed",
		Properties: map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "OAUTHBEARER"}})
	if err := client.open(); err != nil {
		t.Fatal(err)
	}
	client.loops.Add(1)
	go client.events()
	select {
	case <-client.Failed():
		if err := client.Err(); !strings.Contains(err.Error(), "token") {
			t.Errorf("the client failed with %q, want a word on the token", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("no request for a token came")
	}
	close(client.closing)
	client.loops.Wait()
	client.consumer.Close()
}

// A password among the addresses would be shown by every error that names them.
func TestNoCredentialsInServers(t *testing.T) {
	_, err := Connect(Config{BootstrapServers: "alice:s3cret@localhost:9092"})
	if err == nil || err.Error() != "the bootstrap servers hold a user name or password" {
		t.Errorf("got %v", err)
	}
}

// Errors that end by themselves do not count as progress, however often they come.
func TestProgress(t *testing.T) {
	empty, one := batch.NewBatch(1, 1), batch.NewBatch(1, 1)
	one.Append(0, 0, nil, nil, nil)
	for _, c := range []struct {
		result batch.Result
		batch  *batch.Batch
		want   int
	}{
		{batch.Result{Queue: -1}, empty, -1},
		{batch.Result{Queue: 3}, empty, 3}, // a transaction marker
		{batch.Result{Queue: 3}, one, 3},
		{batch.Result{Queue: 3, Err: int(kafka.ErrPartitionEOF)}, empty, 3},
		{batch.Result{Queue: 3, Err: int(kafka.ErrNotLeaderForPartition)}, empty, -1},
		{batch.Result{Queue: 3, Err: int(kafka.ErrNotLeaderForPartition)}, one, 3},
	} {
		if got := progress(c.result, c.batch); got != c.want {
			t.Errorf("%+v with %d records: %d, want %d", c.result, len(c.batch.Records), got, c.want)
		}
	}
}
