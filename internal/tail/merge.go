package tail

import (
	"github.com/tailframe/tailframe/internal/broker"
	"github.com/tailframe/tailframe/internal/broker/batch"
	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/window"
)

// merger puts the records of all partitions in the order (t, partition,
// offset), where t is the largest timestamp seen so far in the record's
// partition. So a partition's own order is never broken. It can go on only
// while it holds a record of every partition that has not ended.
type merger struct {
	lanes   []lane
	heap    []entry // of the lanes that hold a record; the least first
	missing int     // lanes that have not ended and hold no record
	fill    filler
}

type lane struct {
	t       int64 // largest timestamp so far
	queue   []*broker.Batch
	at      int // of the next record in queue[0]
	ended   bool
	present bool // in the heap
}

// entry is a lane's next record. Lanes are in order of partition.
type entry struct {
	t    int64
	lane int
}

func (a entry) before(b entry) bool { return a.t < b.t || (a.t == b.t && a.lane < b.lane) }

func newMerger(ranges []window.Range, fill filler) *merger {
	m := &merger{lanes: make([]lane, len(ranges)), fill: fill}
	for i, r := range ranges {
		m.lanes[i] = lane{t: r.Floor, ended: r.Start >= r.End}
		if !m.lanes[i].ended {
			m.missing++
		}
	}
	return m
}

// add takes a batch, which next gives back when it is used up.
func (m *merger) add(b *broker.Batch) {
	l := &m.lanes[b.Index]
	l.queue = append(l.queue, b)
}

// next appends records to recs up to its capacity, as far as the order is known.
func (m *merger) next(recs []decode.Record) []decode.Record {
	m.admit()
	for m.missing == 0 && len(m.heap) > 0 && len(recs) < cap(recs) {
		recs = m.run(recs)
	}
	return recs
}

// admit puts lanes that have got a record into the heap.
func (m *merger) admit() {
	if m.missing == 0 {
		return
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		if !l.ended && !l.present && m.settle(l) {
			m.missing--
			if !l.ended {
				m.push(entry{m.keyOf(l), i})
				l.present = true
			}
		}
	}
}

// settle moves a lane to its next record or to its end; false: neither is there yet.
func (m *merger) settle(l *lane) bool {
	for _, b := range l.queue {
		if l.at < len(b.Records) {
			return true
		}
		last := b.Last
		m.fill.used = append(m.fill.used, b)
		l.queue, l.at = l.queue[1:], 0
		if last {
			l.ended = true
			return true
		}
	}
	return false
}

func (m *merger) keyOf(l *lane) int64 {
	return max(l.t, l.queue[0].Records[l.at].Timestamp)
}

// run takes records of the first lane as long as it stays first.
func (m *merger) run(recs []decode.Record) []decode.Record {
	top := m.heap[0]
	l := &m.lanes[top.lane]
	limit, alone := m.second()
	b := l.queue[0]
	for {
		l.t = top.t
		recs = m.fill.append(recs, b, &b.Records[l.at])
		l.at++
		if l.at == len(b.Records) {
			if !m.settle(l) {
				m.missing++
				m.pop()
				l.present = false
				return recs
			}
			if l.ended {
				m.pop()
				return recs
			}
			b = l.queue[0]
		}
		top.t = m.keyOf(l)
		if len(recs) == cap(recs) || !(alone || top.before(limit)) {
			m.heap[0] = top
			m.down(0)
			return recs
		}
	}
}

// second gives the least entry after the first.
func (m *merger) second() (least entry, alone bool) {
	switch len(m.heap) {
	case 1:
		return entry{}, true
	case 2:
		return m.heap[1], false
	}
	if m.heap[1].before(m.heap[2]) {
		return m.heap[1], false
	}
	return m.heap[2], false
}

func (m *merger) push(e entry) {
	m.heap = append(m.heap, e)
	for i := len(m.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !m.heap[i].before(m.heap[parent]) {
			return
		}
		m.heap[i], m.heap[parent] = m.heap[parent], m.heap[i]
		i = parent
	}
}

func (m *merger) pop() {
	n := len(m.heap) - 1
	m.heap[0] = m.heap[n]
	m.heap = m.heap[:n]
	m.down(0)
}

func (m *merger) down(i int) {
	for {
		least := 2*i + 1
		if least >= len(m.heap) {
			return
		}
		if right := least + 1; right < len(m.heap) && m.heap[right].before(m.heap[least]) {
			least = right
		}
		if !m.heap[least].before(m.heap[i]) {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// release gives up the batches whose records have all been taken and used.
func (m *merger) release() []*broker.Batch { return m.fill.release() }

// arrival gives records as their batches come.
type arrival struct {
	queue []*broker.Batch
	at    int
	fill  filler
}

func (a *arrival) add(b *broker.Batch) { a.queue = append(a.queue, b) }

func (a *arrival) next(recs []decode.Record) []decode.Record {
	for len(a.queue) > 0 {
		b := a.queue[0]
		for ; a.at < len(b.Records); a.at++ {
			if len(recs) == cap(recs) {
				return recs
			}
			recs = a.fill.append(recs, b, &b.Records[a.at])
		}
		a.fill.used = append(a.fill.used, b)
		a.queue, a.at = a.queue[1:], 0
	}
	return recs
}

func (a *arrival) release() []*broker.Batch { return a.fill.release() }

// filler makes the decoder's view of records, and keeps what they point into
// until they are used.
type filler struct {
	broker.ReadOptions
	used  []*broker.Batch
	freed []*broker.Batch
}

func (f *filler) append(recs []decode.Record, b *broker.Batch, r *batch.Record) []decode.Record {
	n := len(recs)
	recs = recs[:n+1]
	rec := &recs[n]
	rec.Value, rec.Partition, rec.Offset, rec.Timestamp = b.Value(r), b.Partition, r.Offset, r.Timestamp
	if f.Keys {
		rec.Key = b.Key(r)
	}
	if f.Headers {
		rec.Headers = rec.Headers[:0]
		b.EachHeader(r, func(name, value []byte) {
			rec.Headers = append(rec.Headers, decode.Header{Name: string(name), Value: value})
		})
	}
	return recs
}

func (f *filler) release() []*broker.Batch {
	f.used, f.freed = f.freed[:0], f.used
	return f.freed
}
