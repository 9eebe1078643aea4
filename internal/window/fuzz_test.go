package window

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// FuzzPlan builds a topic from bytes and holds the plan to the definition.
func FuzzPlan(f *testing.F) {
	f.Add(int64(3), int64(1000), uint8(0), []byte{0x01, 0x20, 0x05, 0x41, 0x20, 0x05, 0x02, 0x21})
	f.Add(int64(1), int64(-7), uint8(44), []byte{0x00, 0x00, 0x40, 0x00, 0xff, 0xff, 0x3f, 0x80})
	f.Add(int64(9), int64(math.MaxInt64), uint8(62), []byte("the quick brown fox jumps over the lazy dog"))
	f.Fuzz(func(t *testing.T, last, hint int64, shift uint8, data []byte) {
		if last < 0 || len(data) > 400 {
			return
		}
		// Two bytes a record: partition, whether it came after the end, and a time.
		tp := topic{logs: make([]log, 4), noTimestamp: shift&64 != 0, tellsLatest: shift&32 != 0}
		for i := range tp.logs {
			tp.logs[i].low = int64(i) * int64(shift)
		}
		for ; len(data) >= 2; data = data[2:] {
			v := binary.LittleEndian.Uint16(data)
			l := &tp.logs[v&3]
			l.times = append(l.times, int64(v>>4)<<(shift%53)-int64(v>>3&1))
			if v&4 == 0 {
				l.visible = len(l.times)
			}
		}
		spec := Spec{Last: last, Now: hint}
		check(t, tp, spec, solve(t, tp, spec))
	})
}

// FuzzAnswers feeds arbitrary answers: an *Error or a plan within the bounds,
// never a panic, never more than maxQuestions.
func FuzzAnswers(f *testing.F) {
	f.Add(int64(3), int64(1000), []byte{2, 0, 0, 0, 9, 1, 0, 8, 5, 5, 4, 4, 3, 2, 1, 0})
	f.Add(int64(50), int64(0), []byte{3, 0, 0, 40, 1, 0, 41, 2, 0, 42, 255, 255, 255, 7, 7, 7})
	f.Fuzz(func(t *testing.T, last, hint int64, data []byte) {
		next := func() int64 {
			if len(data) == 0 {
				return -1
			}
			b := data[0]
			data = data[1:]
			return int64(int8(b))
		}
		p, err := New(Spec{Last: last, Now: hint})
		if err != nil {
			return
		}
		var bounds []Bound
		for range next() & 7 {
			bounds = append(bounds, Bound{Partition: int32(next()), Low: next(), End: next()})
		}
		questions := 0
		for q, ok := p.Next(); ok; q, ok = p.Next() {
			a := Answer{Bounds: bounds}
			for range q.Times {
				var found []Found
				for _, n := range q.Partitions {
					found = append(found, Found{Partition: n, Offset: next(), Timestamp: next()})
				}
				a.Times = append(a.Times, found)
			}
			if questions++; questions > maxQuestions {
				t.Fatalf("question %d", questions)
			}
			if err := p.Observe(a); err != nil {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%T: %v", err, err)
				}
				return
			}
		}
		plan, err := p.Plan()
		if err != nil {
			t.Fatal(err)
		}
		var selected int64
		for _, r := range plan.Ranges {
			if r.Start < r.Low || r.Start > r.End || r.End > r.High {
				t.Fatalf("range %+v", r)
			}
			selected += r.Len()
		}
		if selected != plan.Selected || selected != min(last, plan.Held) {
			t.Fatalf("ranges hold %d of %d, last %d: %+v", selected, plan.Held, last, plan)
		}
	})
}
