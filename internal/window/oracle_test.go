package window

import (
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

// log is a partition as a broker holds it: its first offset and the timestamps
// of its records. Records from visible on came after the end was fixed.
type log struct {
	low     int64
	times   []int64
	visible int
}

// find is the broker's lookup: the first record with a timestamp of at least t.
func (l log) find(t int64) (offset, timestamp int64) {
	for i, ts := range l.times {
		if ts >= t {
			return l.low + int64(i), ts
		}
	}
	return -1, -1
}

// topic answers questions; partition i has number i.
type topic struct {
	logs        []log
	tellsLatest bool // the broker knows the largest timestamp of a partition,
	staleLatest bool // and told it before half of the records came
	noTimestamp bool // the broker's answers carry offsets only
}

func (tp topic) answer(t testing.TB, q Question) Answer {
	t.Helper()
	var a Answer
	if q.Kind == Bounds {
		for i, l := range tp.logs {
			b := Bound{Partition: int32(i), Low: l.low, End: l.low + int64(l.visible), High: l.low + int64(len(l.times))}
			if tp.tellsLatest && len(l.times) > 0 {
				known := l.times
				if tp.staleLatest {
					known = known[:(len(known)+1)/2]
				}
				b.Latest = slices.Max(known)
			}
			a.Bounds = append(a.Bounds, b)
		}
		rand.Shuffle(len(a.Bounds), func(i, j int) { a.Bounds[i], a.Bounds[j] = a.Bounds[j], a.Bounds[i] })
		return a
	}
	if len(q.Times) == 0 || len(q.Partitions) == 0 {
		t.Fatalf("a question that asks nothing: %+v", q)
	}
	for i, at := range q.Times {
		if at < 0 || i > 0 && at <= q.Times[i-1] {
			t.Fatalf("times are not ascending from 0: %v", q.Times)
		}
		var found []Found
		for _, n := range q.Partitions {
			f := Found{Partition: n}
			f.Offset, f.Timestamp = tp.logs[n].find(at)
			if tp.noTimestamp {
				f.Timestamp = -1
			}
			found = append(found, f)
		}
		a.Times = append(a.Times, found)
	}
	return a
}

// solve drives a planner to its end.
func solve(t testing.TB, tp topic, spec Spec) Plan {
	t.Helper()
	p, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	for q, ok := p.Next(); ok; q, ok = p.Next() {
		if err := p.Observe(tp.answer(t, q)); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := p.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// row is a record in the order of the definition.
type row struct {
	t         int64
	partition int32
	offset    int64
}

func sortRows(rows []row) {
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		switch {
		case a.t != b.t:
			return a.t < b.t
		case a.partition != b.partition:
			return a.partition < b.partition
		}
		return a.offset < b.offset
	})
}

// lastRows is the definition itself: every record's t, all in order, the last n.
func (tp topic) lastRows(n int64) []row {
	var rows []row
	for i, l := range tp.logs {
		t := None
		for j, ts := range l.times[:l.visible] {
			t = max(t, ts)
			rows = append(rows, row{t, int32(i), l.low + int64(j)})
		}
	}
	sortRows(rows)
	return rows[max(0, int64(len(rows))-n):]
}

// mergedRows is what a reader of the ranges gets: t from Floor on.
func (tp topic) mergedRows(ranges []Range) []row {
	var rows []row
	for _, r := range ranges {
		l := tp.logs[r.Partition]
		t := r.Floor
		for o := r.Start; o < r.End; o++ {
			t = max(t, l.times[o-l.low])
			rows = append(rows, row{t, r.Partition, o})
		}
	}
	sortRows(rows)
	return rows
}

// check compares a plan with the definition, and the order a merge gives with the true one.
func check(t testing.TB, tp topic, spec Spec, plan Plan) {
	t.Helper()
	want := tp.lastRows(spec.Last)
	got := tp.mergedRows(plan.Ranges)
	var held int64
	for i, l := range tp.logs {
		held += int64(l.visible)
		r := plan.Ranges[i]
		if r.Partition != int32(i) || r.Low != l.low || r.End != l.low+int64(l.visible) || r.High != l.low+int64(len(l.times)) ||
			r.Start < r.Low || r.Start > r.End {
			t.Fatalf("partition %d: range %+v of %d records (%d visible) from %d", i, r, len(l.times), l.visible, l.low)
		}
	}
	if len(plan.Ranges) != len(tp.logs) || len(got) != len(want) {
		t.Fatalf("%d ranges with %d records, want %d with %d", len(plan.Ranges), len(got), len(tp.logs), len(want))
	}
	if plan.Asked != spec.Last || plan.Held != held || plan.Selected != int64(len(want)) || plan.Questions < 1 {
		t.Fatalf("the counts are wrong: %+v, want held %d, selected %d", plan, held, len(want))
	}
	if short := plan.Selected < plan.Asked; short != (plan.Why() != "") {
		t.Fatalf("selected %d of %d, why %q", plan.Selected, plan.Asked, plan.Why())
	}
	for i := range want {
		if got[i].partition != want[i].partition || got[i].offset != want[i].offset {
			t.Fatalf("row %d is %+v, want %+v; topic %+v, spec %+v, ranges %+v", i, got[i], want[i], tp, spec, plan.Ranges)
		}
	}
}
