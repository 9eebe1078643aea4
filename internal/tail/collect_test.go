package tail_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/tail"
)

// TestMain lets more tests run at once than there are processors: what they do
// most is wait for a broker.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// micros is a value of a timestamp column, so that it equals no plain int64.
type micros int64

// binary is a value of a binary column.
type binary string

// rows is a sink that keeps every value in its Go type: nil, int32, int64,
// float64, bool, micros, string or binary.
type rows struct {
	t       testing.TB
	fields  []arrowipc.Field
	values  [][]any
	open    bool
	begins  int
	rereads int
}

func (r *rows) Begin(fields []arrowipc.Field) error {
	if r.open {
		r.t.Error("Begin without End before")
	}
	if r.begins++; r.begins > 1+r.rereads {
		r.t.Errorf("Begin for the time %d after %d re-reads", r.begins, r.rereads)
	}
	r.fields, r.values, r.open = append([]arrowipc.Field(nil), fields...), nil, true
	return nil
}

func (r *rows) Write(cols *arrowipc.Columns) error {
	if !r.open {
		r.t.Error("Write without Begin")
	}
	for i := range cols.Len() {
		row := make([]any, len(r.fields))
		for j := range row {
			row[j] = value(cols.Col(j), i)
		}
		r.values = append(r.values, row)
	}
	return nil
}

func (r *rows) End() error {
	if !r.open {
		r.t.Error("End without Begin")
	}
	r.open = false
	return nil
}

func (r *rows) reread(string) error { r.rereads++; return nil }

func value(c *arrowipc.Column, i int) any {
	if c.IsNull(i) {
		return nil
	}
	switch c.Kind() {
	case arrowipc.Int32:
		return int32(c.Int64(i))
	case arrowipc.Int64:
		return c.Int64(i)
	case arrowipc.Float64:
		return c.Float64(i)
	case arrowipc.Bool:
		return c.Bool(i)
	case arrowipc.Timestamp:
		return micros(c.Int64(i))
	case arrowipc.String:
		return string(c.Bytes(i))
	default:
		return binary(c.Bytes(i))
	}
}

// schema gives the names and types as one text: "id int64, at timestamp".
func (r *rows) schema() string {
	parts := make([]string, len(r.fields))
	for i, f := range r.fields {
		parts[i] = f.Name + " " + f.TypeName()
	}
	return strings.Join(parts, ", ")
}

// log collects what a run logs.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(level, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, level+": "+message)
}

// count gives the number of lines of the given levels.
func (l *log) count(levels ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		level, _, _ := strings.Cut(line, ":")
		if slices.Contains(levels, level) {
			n++
		}
	}
	return n
}

func (l *log) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// run runs a request that must succeed.
func run(t testing.TB, req tail.Request) (*rows, *tail.Report) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sink, logged := &rows{t: t}, &log{}
	report, err := tail.Run(ctx, req, sink, tail.Options{Log: logged.add, Reread: sink.reread})
	if err != nil {
		t.Fatalf("%v\nlog:\n%s", err, logged.text())
	}
	if sink.open {
		t.Error("the sink was not ended")
	}
	if !report.Complete || report.Rows != int64(len(sink.values)) || report.Rereads != sink.rereads {
		t.Errorf("the report says %d rows, %d re-reads, complete %t; the sink got %d rows, %d re-reads",
			report.Rows, report.Rereads, report.Complete, len(sink.values), sink.rereads)
	}
	return sink, report
}

// sameRow compares bit by bit: -0.0 is not 0.0.
func sameRow(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, isFloat := a[i].(float64)
		y, other := b[i].(float64)
		if isFloat && other && math.Float64bits(x) == math.Float64bits(y) {
			continue
		}
		if isFloat || other || a[i] != b[i] {
			return false
		}
	}
	return true
}

// compareRows fails the test at the first difference.
func compareRows(t testing.TB, what string, got, want [][]any) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !sameRow(got[i], want[i]) {
			t.Errorf("%s: row %d of %d\n got %s\nwant %s", what, i, len(want), show(got[i]), show(want[i]))
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: got %d rows, want %d", what, len(got), len(want))
	}
}

func show(row []any) string {
	parts := make([]string, len(row))
	for i, v := range row {
		parts[i] = fmt.Sprintf("%#v", v)
	}
	return strings.Join(parts, ", ")
}
