package kafkatest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// onBoth runs a test on an embedded broker and on a real one.
func onBoth(t *testing.T, test func(t *testing.T, bootstrap string)) {
	t.Run("fake", func(t *testing.T) { test(t, Fake(t)) })
	t.Run("real", func(t *testing.T) { test(t, Real(t).Plaintext) })
}

func TestReadAllReturnsWhatProduceWrote(t *testing.T) {
	onBoth(t, func(t *testing.T, bootstrap string) {
		for _, codec := range Codecs {
			topic := NewTopic(t, bootstrap, 3, nil)
			var records []Record
			for i := range 50 {
				records = append(records, Record{
					Partition: int32(i % 2), // partition 2 stays empty
					Timestamp: []int64{1_700_000_000_000, 5, NoTimestamp, 0}[i%4] + int64(i/4*8),
					Key:       [][]byte{nil, {}, []byte("k")}[i%3],
					Value:     [][]byte{fmt.Appendf(nil, "%s %d", codec, i), nil, {}}[i%3],
					Headers:   []kgo.RecordHeader{{Key: "h", Value: []byte{byte(i)}}, {Key: "null"}}[:i%3],
				})
			}
			records[2].Timestamp = NoTimestamp
			Produce(t, bootstrap, topic, Producing{Codec: codec, BatchRecords: 7}, records)
			got := ReadAll(t, bootstrap, topic)
			if len(got) != 3 || len(got[2]) != 0 {
				t.Fatalf("%s: got %d partitions, %d records in the empty one", codec, len(got), len(got[2]))
			}
			for _, want := range records {
				if !same(want, got[want.Partition][want.Offset]) {
					t.Errorf("%s: want %v, got %v", codec, want, got[want.Partition][want.Offset])
				}
			}
			if n := len(got[0]) + len(got[1]); n != len(records) {
				t.Errorf("%s: got %d records, want %d", codec, n, len(records))
			}
		}
	})
}

func same(a, b Record) bool {
	return a.Partition == b.Partition && a.Offset == b.Offset && a.Timestamp == b.Timestamp &&
		sameBytes(a.Key, b.Key) && sameBytes(a.Value, b.Value) &&
		slices.EqualFunc(a.Headers, b.Headers, func(x, y kgo.RecordHeader) bool {
			return x.Key == y.Key && sameBytes(x.Value, y.Value)
		})
}

func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func TestBatchRecordsCutsTheBatches(t *testing.T) {
	onBoth(t, func(t *testing.T, bootstrap string) {
		topic := NewTopic(t, bootstrap, 2, nil)
		records := make([]Record, 25)
		for i := range records {
			records[i] = Record{Partition: int32(i / 20), Timestamp: int64(i), Value: []byte("v")}
		}
		counter := &batchCounter{}
		Produce(t, bootstrap, topic, Producing{BatchRecords: 4}, records)
		c, ctx := client(t, bootstrap, kgo.ConsumeTopics(topic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.WithHooks(counter))
		for n := 0; n < len(records); {
			fetches := c.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				t.Fatal(err)
			}
			n += fetches.NumRecords()
		}
		if got, want := slices.Sorted(slices.Values(counter.sizes)), []int{1, 4, 4, 4, 4, 4, 4}; !slices.Equal(got, want) {
			t.Errorf("batches of %v records, want %v", got, want)
		}
	})
}

type batchCounter struct{ sizes []int }

func (b *batchCounter) OnFetchBatchRead(_ kgo.BrokerMetadata, _ string, _ int32, m kgo.FetchBatchMetrics) {
	b.sizes = append(b.sizes, m.NumRecords)
}

func TestTransactions(t *testing.T) {
	onBoth(t, func(t *testing.T, bootstrap string) {
		topic := NewTopic(t, bootstrap, 1, nil)
		for i, how := range []Producing{
			{Transaction: topic}, {Transaction: topic, Abort: true}, {}, {Transaction: topic, Abort: true},
		} {
			Produce(t, bootstrap, topic, how, []Record{{Timestamp: 1, Value: fmt.Appendf(nil, "%d", i)}})
		}
		var got []string
		for _, r := range ReadAll(t, bootstrap, topic)[0] {
			got = append(got, string(r.Value))
		}
		if want := []string{"0", "2"}; !slices.Equal(got, want) {
			t.Errorf("read %q, want %q", got, want)
		}
	})
}

func TestNewTopicGoesWithTheTest(t *testing.T) {
	onBoth(t, func(t *testing.T, bootstrap string) {
		var name string
		t.Run("inner", func(t *testing.T) {
			name = NewTopic(t, bootstrap, 1, nil)
			if !slices.Contains(Topics(t, bootstrap), name) {
				t.Errorf("topic %s is not there", name)
			}
		})
		if slices.Contains(Topics(t, bootstrap), name) {
			t.Errorf("topic %s is still there", name)
		}
	})
}

func TestBrokersCreateTopicsForThoseWhoAsk(t *testing.T) {
	onBoth(t, func(t *testing.T, bootstrap string) {
		name := UnusedName(t)
		c, ctx := client(t, bootstrap, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(20))
		t.Cleanup(func() { DeleteTopic(t, bootstrap, name) })
		if err := c.ProduceSync(ctx, &kgo.Record{Topic: name, Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatalf("a broker that does not create topics cannot show that tailframe asks for none: %v", err)
		}
	})
}
