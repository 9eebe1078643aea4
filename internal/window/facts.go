package window

import (
	"math"
	"sort"
)

// Times run from None, where a lookup gives the whole partition, to endOfTime,
// where it gives nothing. Timestamps outside are taken as the nearest inside.
const endOfTime = math.MaxInt64

// fact is one piece of lookup_p: every time in [at, until] leads to offset.
type fact struct {
	at, until int64
	offset    int64
	exact     bool // until is the record's own timestamp: any later time leads past offset
}

// partition is what is known of one partition. Its facts are ascending in at,
// until and offset at once; the first starts at None, the last is endOfTime.
type partition struct {
	Bound
	facts []fact
}

func newPartition(b Bound) *partition {
	p := &partition{Bound: b}
	if b.Low == b.End {
		p.facts = []fact{{at: None, until: endOfTime, offset: b.End}}
		return p
	}
	p.facts = []fact{
		{at: None, until: None, offset: b.Low},
		{at: endOfTime, until: endOfTime, offset: b.End},
	}
	return p
}

// lookup gives the least and the greatest offset that lookup_p(t) can be.
func (p *partition) lookup(t int64) (least, most int64) {
	i := p.before(t)
	f := p.facts[i]
	if t <= f.until {
		return f.offset, f.offset
	}
	least = f.offset
	if f.exact {
		least++
	}
	return least, p.facts[i+1].offset
}

// before is the index of the last fact that starts at or before t.
func (p *partition) before(t int64) int {
	return sort.Search(len(p.facts), func(i int) bool { return p.facts[i].at > t }) - 1
}

// learn adds the answer to the time t, or says how it contradicts what is known.
func (p *partition) learn(t, offset, timestamp int64) error {
	f := fact{at: t, until: t, offset: offset}
	switch {
	case offset == -1 || offset >= p.End:
		// No such record, or one that came after the end was fixed.
		f.offset, f.until = p.End, endOfTime
	case offset < p.Low:
		return errorf(hintChanged, "partition %d: the first record at or after %d ms is at offset %d, but the partition began at %d",
			p.Partition, t, offset, p.Low)
	case timestamp >= 0 && timestamp < t:
		return errorf(hintBroker, "partition %d: asked for the first record at or after %d ms, the broker gave offset %d of %d ms",
			p.Partition, t, offset, timestamp)
	case timestamp >= 0:
		f.until, f.exact = min(timestamp, endOfTime-1), true
	}

	least, most := p.lookup(t)
	if f.offset < least || f.offset > most {
		return errorf(hintChanged, "partition %d: the first record at or after %d ms is at offset %d, but earlier answers put it between %d and %d",
			p.Partition, t, f.offset, least, most)
	}
	return p.insert(f)
}

// insert puts f among the facts; its offset is already known to fit.
func (p *partition) insert(f fact) error {
	i := p.before(f.at)
	if p.facts[i].offset == f.offset {
		return p.join(i, f)
	}
	if p.facts[i+1].offset == f.offset {
		return p.join(i+1, f)
	}
	if f.until >= p.facts[i+1].at {
		return p.disagree(f.offset, f.until, p.facts[i+1].at-1)
	}
	p.facts = append(p.facts, fact{})
	copy(p.facts[i+2:], p.facts[i+1:])
	p.facts[i+1] = f
	return nil
}

// join merges f into the fact i, which has the same offset.
func (p *partition) join(i int, f fact) error {
	g := &p.facts[i]
	switch {
	case g.exact && f.exact && f.until != g.until:
		return p.disagree(f.offset, f.until, g.until)
	case g.exact && f.until > g.until:
		return p.disagree(f.offset, f.until, g.until)
	case f.exact && f.until < g.until:
		return p.disagree(f.offset, f.until, g.until)
	case i+1 < len(p.facts) && f.until >= p.facts[i+1].at:
		return p.disagree(f.offset, f.until, p.facts[i+1].at-1)
	}
	g.at = min(g.at, f.at)
	g.until = max(g.until, f.until)
	g.exact = g.exact || f.exact
	return nil
}

func (p *partition) disagree(offset, got, known int64) error {
	return errorf(hintBroker, "partition %d: the record at offset %d has timestamp %d ms in one answer, by another it must be %d ms",
		p.Partition, offset, got, known)
}
