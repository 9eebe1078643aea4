package tail_test

import (
	"runtime"
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/tail"
	"github.com/tailframe/tailframe/internal/trips"
)

// discard is a sink that keeps nothing.
type discard struct{ rows int }

func (d *discard) Begin([]arrowipc.Field) error    { return nil }
func (d *discard) Write(c *arrowipc.Columns) error { d.rows += c.Len(); return nil }
func (d *discard) End() error                      { return nil }

// Between the arena and the columns nothing is allocated for a record, and few
// calls into C fetch many records. The broker is another process, so that its
// allocations do not count.
func TestNothingIsDonePerRecord(t *testing.T) {
	bootstrap := kafkatest.Real(t).Plaintext
	const n, partitions = 200_000, 6
	name := kafkatest.NewTopic(t, bootstrap, partitions, nil)
	generator := trips.Generator{}
	records := make([]kafkatest.Record, n)
	for i := range records {
		records[i] = kafkatest.Record{Partition: int32(i % partitions), Timestamp: int64(1_700_000_000_000 + i),
			Value: generator.Append(nil, i)}
	}
	kafkatest.Produce(t, bootstrap, name, kafkatest.Producing{}, records)
	columns := make([]tail.Column, len(trips.Columns))
	for i, c := range trips.Columns {
		columns[i] = tail.Column{Name: c, Type: trips.Types[c]}
	}
	last := int64(n)
	for _, order := range []string{"time", "none"} {
		request := tail.Request{Topic: name, Last: &last, BootstrapServers: bootstrap, Order: order, Columns: columns, Format: "csv"}
		sink := &discard{}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		report, err := tail.Run(t.Context(), request, sink, tail.Options{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if sink.rows != n {
			t.Fatalf("%d rows, want %d", sink.rows, n)
		}
		allocations := float64(after.Mallocs-before.Mallocs) / n
		crossings := float64(report.Read.Crossings) / n
		t.Logf("order %s: %.4f allocations and %.5f calls into C a record", order, allocations, crossings)
		if allocations > 0.05 {
			t.Errorf("order %s: %.3f allocations a record, want at most 0.05", order, allocations)
		}
		if report.Read.Method != "batch" || crossings > 0.01 {
			t.Errorf("order %s: %.4f calls into C a record by %s, want at most 0.01 by batch", order, crossings, report.Read.Method)
		}
	}
}
