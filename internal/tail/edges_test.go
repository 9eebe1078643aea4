package tail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/tail"
)

// TestEmptyIsNotNull: the first record of a window has an empty key and an
// empty header, the second has none and a null one.
func TestEmptyIsNotNull(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, []kafkatest.Record{
		{Timestamp: 1, Key: []byte{}, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte{}}}},
		{Timestamp: 2, Headers: []kgo.RecordHeader{{Key: "h"}}},
	})
	for _, columns := range [][]tail.Column{{{Name: "c"}}, {{Name: "c", Type: "string"}}} {
		got, _ := run(t, tail.Request{
			Topic: topic, Format: "csv", Columns: columns, Meta: []string{"_key", "_headers"}, BootstrapServers: bootstrap,
		})
		compareRows(t, fmt.Sprint(columns), got.values, [][]any{{nil, "", `[["h",""]]`}, {nil, nil, `[["h",null]]`}})
	}
}

// TestLateMisfitRereadsTheWindow: what the first 64k records look like does not
// hold for the last ones. The types must be those of the whole window.
func TestLateMisfitRereadsTheWindow(t *testing.T) {
	const n = 70_000
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 2, nil)
	records := make([]kafkatest.Record, n)
	want := make([][]any, n)
	for i := range records {
		number, word := fmt.Sprint(i), "7"
		if i == n-2 {
			number = "0.5"
		}
		if i == n-1 {
			word = "seven"
		}
		records[i] = kafkatest.Record{Partition: int32(i % 2), Timestamp: int64(i), Value: []byte(number + "," + word)}
		want[i] = []any{float64(i), word}
	}
	want[n-2][0] = 0.5
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, records)
	all := int64(n)
	for _, order := range []string{"time", "none"} {
		got, report := run(t, tail.Request{
			Topic: topic, Last: &all, Format: "csv", Columns: []tail.Column{{Name: "number"}, {Name: "word"}},
			Order: order, BootstrapServers: bootstrap,
		})
		compareSchema(t, order, got, "number float64, word string")
		if report.Rereads == 0 {
			t.Errorf("order=%s: the window was not read again", order)
		}
		if order == "time" {
			compareRows(t, order, got.values, want)
		} else if len(got.values) != n {
			t.Errorf("order=%s: got %d rows, want %d", order, len(got.values), n)
		}
	}
	// A smaller window of the same topic has types of its own.
	few := int64(1)
	got, _ := run(t, tail.Request{Topic: topic, Last: &few, Format: "csv",
		Columns: []tail.Column{{Name: "number"}, {Name: "word"}}, BootstrapServers: bootstrap})
	compareSchema(t, "last=1", got, "number int64, word string")
}

// TestMisfitInMidRead: a bad record ends the run while much is still to be read,
// with an error that names it, and with nothing left running (under -race).
func TestMisfitInMidRead(t *testing.T) {
	const n, bad = 100_000, 5000
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 2, nil)
	records := make([]kafkatest.Record, n)
	for i := range records {
		records[i] = kafkatest.Record{Partition: int32(i % 2), Timestamp: int64(i), Value: []byte(fmt.Sprint(i))}
	}
	records[bad].Value = []byte("many")
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, records)
	all := int64(n)
	_, err := tail.Run(t.Context(), tail.Request{Topic: topic, Last: &all, Format: "csv",
		Columns: []tail.Column{{Name: "number", Type: "int64"}}, BootstrapServers: bootstrap}, &discard{}, tail.Options{})
	want := fmt.Sprintf("topic %s, partition 0, offset %d: column \"number\" (int64): \"many\" is not an integer", topic, bad/2)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestLateMisfitWithoutWayBack: where rows have left for good, a late misfit is
// an error that tells what to declare.
func TestLateMisfitWithoutWayBack(t *testing.T) {
	const n = 200_000
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	records := make([]kafkatest.Record, n)
	for i := range records {
		records[i] = kafkatest.Record{Timestamp: int64(i), Value: []byte("1,x")}
	}
	records[n-1].Value = []byte("1.5,x")
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, records)
	all := int64(n)
	_, err := tail.Run(t.Context(), tail.Request{Topic: topic, Last: &all, BootstrapServers: bootstrap}, &discard{}, tail.Options{})
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || hinted.Hint() != "declare the columns with their types: c0:float64,c1:string" {
		t.Errorf("got %v, want an error with the declaration to write", err)
	}
}

// TestEmptyTopics: no records give the declared columns and no rows.
func TestEmptyTopics(t *testing.T) {
	for name, bootstrap := range map[string]string{"fake": kafkatest.Fake(t), "real": kafkatest.Real(t).Plaintext} {
		t.Run(name, func(t *testing.T) {
			topic := kafkatest.NewTopic(t, bootstrap, 3, nil)
			for _, order := range []string{"time", "none"} {
				got, report := run(t, tail.Request{
					Topic: topic, Format: "csv", Columns: columns, Meta: meta, Order: order, BootstrapServers: bootstrap,
				})
				compareSchema(t, order, got, declaredSchema())
				if len(got.values) != 0 || report.Records != 0 || len(report.Partitions) != 3 {
					t.Errorf("order=%s: %d rows, the report has %d records and %d partitions",
						order, len(got.values), report.Records, len(report.Partitions))
				}
			}
		})
	}
}

// TestPassingErrors: a partition that is new or moves has no leader for a
// moment, and says so to whoever asks. The answer comes later.
func TestPassingErrors(t *testing.T) {
	for name, fault := range map[string]kfake.Fault{
		"offsets: not the leader":     {Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.NotLeaderForPartition},
		"offsets: no leader yet":      {Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.LeaderNotAvailable},
		"offsets: not there yet":      {Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.OffsetNotAvailable},
		"fetch: not the leader":       {Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.NotLeaderForPartition},
		"fetch: storage":              {Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.KafkaStorageError},
		"fetch: offset not there yet": {Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.OffsetNotAvailable},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := kafkatest.FakeCluster(t)
			bootstrap := strings.Join(cluster.ListenAddrs(), ",")
			topic := filledTopic(t, bootstrap)
			fault.Topic, fault.Count = topic, 3
			handle := cluster.Fault(fault)
			readsTopic(t, topic, bootstrap, nil)
			if handle.Hits() == 0 {
				t.Error("no request met the fault")
			}
		})
	}
}

// TestTransactionalRecords: aborted records and transaction markers take
// offsets but are no rows.
func TestTransactionalRecords(t *testing.T) {
	for name, bootstrap := range map[string]string{"fake": kafkatest.Fake(t), "real": kafkatest.Real(t).Plaintext} {
		t.Run(name, func(t *testing.T) {
			topic := kafkatest.NewTopic(t, bootstrap, 2, nil)
			var want [][]any
			for i := range 6 {
				how := kafkatest.Producing{Transaction: topic, Abort: i%2 == 1}
				var records []kafkatest.Record
				for j := range 5 {
					text := fmt.Sprint(i, j)
					records = append(records, kafkatest.Record{Partition: int32(j % 2), Timestamp: int64(i*10 + j), Value: []byte(text)})
					if !how.Abort {
						want = append(want, []any{text})
					}
				}
				kafkatest.Produce(t, bootstrap, topic, how, records)
			}
			all := int64(1000)
			got, _ := run(t, tail.Request{Topic: topic, Last: &all, Format: "text", BootstrapServers: bootstrap})
			compareRows(t, "rows", got.values, want)
		})
	}
}
