package tail

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tailframe/tailframe/internal/broker"
	"github.com/tailframe/tailframe/internal/broker/batch"
	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/window"
)

// place is where a record stands in the order of a window.
type place struct {
	t         int64
	partition int32
	offset    int64
}

// TestMergeOrder merges random partitions, their batches arriving in random
// order, and compares with a plain sort by the definition of the order.
func TestMergeOrder(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		ranges, batches, want := randomLanes(rng)
		m := newMerger(ranges, filler{})
		var got []place
		drain := func() {
			recs := make([]decode.Record, 0, 1+rng.IntN(20))
			for {
				recs = m.next(recs[:0])
				for i := range recs {
					if string(recs[i].Value) != fmt.Sprint(recs[i].Partition, recs[i].Offset) {
						t.Fatalf("seed %d: partition %d offset %d has value %q", seed, recs[i].Partition, recs[i].Offset, recs[i].Value)
					}
					got = append(got, place{0, recs[i].Partition, recs[i].Offset})
				}
				for _, b := range m.release() {
					b.Batch.Reset() // values still in use would show
				}
				if len(recs) == 0 {
					return
				}
			}
		}
		for left := len(ranges); left > 0; {
			lane := rng.IntN(len(batches))
			if len(batches[lane]) == 0 {
				continue
			}
			m.add(batches[lane][0])
			if batches[lane] = batches[lane][1:]; len(batches[lane]) == 0 {
				left--
			}
			if rng.IntN(3) == 0 {
				drain()
			}
		}
		drain()
		for i := range want {
			want[i].t = 0
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\ngot  %v\nwant %v", seed, got, want)
		}
	}
}

// randomLanes makes partitions with disorderly times, ties and records without
// a time, and says in which order the merge must give them.
func randomLanes(rng *rand.Rand) (ranges []window.Range, batches [][]*broker.Batch, want []place) {
	for p := range 1 + rng.IntN(8) {
		id := int32(p * 3)
		floor := int64(-1)
		if rng.IntN(3) == 0 {
			floor = int64(rng.IntN(20))
		}
		n := 1 + rng.IntN(30)
		ranges = append(ranges, window.Range{Partition: id, Start: 5, End: int64(5 + n), Floor: floor})
		var lane []*broker.Batch
		t := floor
		for offset := int64(5); offset < int64(5+n); {
			b := &broker.Batch{Batch: batch.NewBatch(8, 16), Index: p, Partition: id}
			b.Reset()
			for range rng.IntN(8) {
				if offset == int64(5+n) {
					break
				}
				ts := int64(rng.IntN(40) - 1)
				b.Append(offset, ts, []byte(fmt.Sprint(id, offset)), nil, nil)
				t = max(t, ts)
				want = append(want, place{t, id, offset})
				offset++
			}
			b.Records = b.Batch.Records
			lane = append(lane, b)
		}
		lane[len(lane)-1].Last = true
		batches = append(batches, lane)
	}
	slices.SortFunc(want, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.partition, b.partition), cmp.Compare(a.offset, b.offset))
	})
	return ranges, batches, want
}
