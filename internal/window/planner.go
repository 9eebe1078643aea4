package window

import (
	"math"
	"sort"
)

// maxQuestions is the most a plan can take: one for the bounds, one for the
// first times, 20 that shrink the bracket from 2^63 ms to 16 or less, two of them
// to a 64th, and one that asks for every ms left. docs/DESIGN.md has the proof; a
// mistake in it ends in an error and not in an endless loop.
const maxQuestions = 23

// Planner finds the ranges for a Spec. It is not safe for use by several
// goroutines at once. The cycle is: Next, ask the cluster, Observe; until Next
// says false or Observe fails.
type Planner struct {
	spec       Spec
	partitions []*partition // ascending by number
	total      int64
	question   Question
	questions  int
	open       bool // a question waits for its answer
	plan       *Plan
	err        error

	// count(lo) >= Last > count(hi), where count(T) is the number of records with t >= T.
	lo, hi int64
	width  int64 // of the bracket when last asked within; 0 before

	// The nearest times at or around lo and hi whose count is known exactly:
	// where lo and hi were inferred, a guess from their counts would be far off.
	below, above point
}

// point is a time and the number of records with t at or after it.
type point struct {
	at, count int64
}

// New starts a plan. The only Spec it refuses is a negative Last.
func New(spec Spec) (*Planner, error) {
	if spec.Last < 0 {
		return nil, errorf("ask for 0 records or more", "the last %d records cannot be read", spec.Last)
	}
	return &Planner{spec: spec, question: Question{Kind: Bounds}, open: true, lo: None, hi: endOfTime}, nil
}

// Next gives the question to ask. It is false when there is none: the plan is
// ready, or it has failed. Until Observe is called it gives the same question.
func (p *Planner) Next() (Question, bool) {
	return p.question, p.open
}

// Observe takes the answer to the question Next gave. After an error, always an
// *Error, the plan cannot go on.
func (p *Planner) Observe(a Answer) error {
	if !p.open {
		return errorf("", "an answer came where no question was open")
	}
	p.open = false
	p.questions++
	p.err = p.observe(a)
	return p.err
}

// Plan gives the finished plan, and an error before it is finished.
func (p *Planner) Plan() (Plan, error) {
	switch {
	case p.err != nil:
		return Plan{}, p.err
	case p.plan == nil:
		return Plan{}, errorf("", "the window is not planned yet")
	}
	return *p.plan, nil
}

func (p *Planner) observe(a Answer) error {
	if p.question.Kind == Bounds {
		if err := p.learnBounds(a.Bounds); err != nil {
			return err
		}
		if p.finishByBounds() {
			return nil
		}
		p.below, p.above = point{None, p.total}, point{endOfTime, 0}
		p.ask(firstTimes(p.aim()), p.undecided())
		return nil
	}
	if err := p.learnTimes(a.Times); err != nil {
		return err
	}
	p.narrow()
	if p.finishByTimes() {
		return nil
	}
	if p.questions >= maxQuestions {
		return errorf(hintBroker, "the start of the last %d records was not found in %d questions", p.spec.Last, p.questions)
	}
	p.askWithin()
	return nil
}

func (p *Planner) ask(times []int64, partitions []*partition) {
	q := Question{Kind: Times, Times: times}
	for _, pt := range partitions {
		q.Partitions = append(q.Partitions, pt.Partition)
	}
	p.question, p.open = q, true
}

func (p *Planner) learnBounds(bounds []Bound) error {
	if len(bounds) == 0 {
		return errorf(hintBroker, "the topic has no partitions")
	}
	for _, b := range bounds {
		if b.Low < 0 || b.End < b.Low {
			return errorf(hintChanged, "partition %d begins at offset %d and ends at %d", b.Partition, b.Low, b.End)
		}
		if p.total > math.MaxInt64-(b.End-b.Low) {
			return errorf(hintBroker, "partition %d: offsets %d to %d are more than can be counted", b.Partition, b.Low, b.End)
		}
		p.total += b.End - b.Low
		b.High = max(b.High, b.End)
		p.partitions = append(p.partitions, newPartition(b))
	}
	sort.Slice(p.partitions, func(i, j int) bool { return p.partitions[i].Partition < p.partitions[j].Partition })
	for i := 1; i < len(p.partitions); i++ {
		if n := p.partitions[i].Partition; n == p.partitions[i-1].Partition {
			return errorf(hintBroker, "partition %d came twice in one answer", n)
		}
	}
	return nil
}

// aim is where the first times step back from: the largest timestamp held, else
// now. It is never a fact: a record between End and the answer for Latest, or
// the other way round, would make it a wrong one.
func (p *Planner) aim() int64 {
	latest := int64(0)
	for _, pt := range p.partitions {
		latest = max(latest, pt.Latest)
	}
	if latest > 0 {
		return latest
	}
	return p.spec.Now
}

func (p *Planner) learnTimes(times [][]Found) error {
	if len(times) != len(p.question.Times) {
		return errorf(hintBroker, "asked for %d times, got answers for %d", len(p.question.Times), len(times))
	}
	index := make(map[int32]*partition, len(p.question.Partitions))
	for _, pt := range p.undecided() {
		index[pt.Partition] = pt
	}
	seen := make(map[int32]bool, len(index))
	for i, t := range p.question.Times {
		clear(seen)
		for _, f := range times[i] {
			pt := index[f.Partition]
			if pt == nil {
				continue
			}
			if seen[f.Partition] {
				return errorf(hintBroker, "partition %d came twice in the answer for %d ms", f.Partition, t)
			}
			seen[f.Partition] = true
			if err := pt.learn(t, f.Offset, f.Timestamp); err != nil {
				return err
			}
		}
		if len(seen) != len(index) {
			return errorf(hintBroker, "the answer for %d ms holds %d of %d partitions", t, len(seen), len(index))
		}
	}
	return nil
}

// count gives the least and the greatest number of records with t >= T there can be.
func (p *Planner) count(t int64) (least, most int64) {
	for _, pt := range p.partitions {
		first, last := pt.lookup(t)
		least += pt.End - last
		most += pt.End - first
	}
	return least, most
}

// undecided gives the partitions that may hold records with lo <= t < hi. The
// others start at the same offset wherever in the bracket the cut falls.
func (p *Planner) undecided() []*partition {
	var out []*partition
	for _, pt := range p.partitions {
		first, _ := pt.lookup(p.lo)
		if _, last := pt.lookup(p.hi); first != last {
			out = append(out, pt)
		}
	}
	return out
}

// narrow moves lo and hi together as far as the facts allow. count changes only
// at the borders of facts, so only these need a look.
func (p *Planner) narrow() {
	var times []int64
	add := func(t int64) {
		if t > p.lo && t < p.hi {
			times = append(times, t)
		}
	}
	for _, pt := range p.partitions {
		for _, f := range pt.facts {
			add(f.at)
			add(f.until)
			if f.until < endOfTime {
				add(f.until + 1)
			}
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	// Both counts never rise with T.
	n := sort.Search(len(times), func(i int) bool { least, _ := p.count(times[i]); return least < p.spec.Last })
	if n > 0 {
		p.lo = times[n-1]
	}
	n = sort.Search(len(times), func(i int) bool { _, most := p.count(times[i]); return most < p.spec.Last })
	if n < len(times) {
		p.hi = times[n]
	}
	for _, t := range append(p.question.Times, p.lo, p.hi) {
		switch least, most := p.count(t); {
		case least != most:
		case least >= p.spec.Last && t >= p.below.at:
			p.below = point{t, least}
		case least < p.spec.Last && t <= p.above.at:
			p.above = point{t, least}
		}
	}
}

// finishByBounds ends the plan where the bounds alone decide.
func (p *Planner) finishByBounds() bool {
	open := p.undecided()
	switch {
	case p.spec.Last == 0:
		p.finish(None, func(pt *partition) int64 { return pt.End })
	case p.total <= p.spec.Last:
		p.finish(None, func(pt *partition) int64 { return pt.Low })
	case len(open) == 1:
		p.finishWithin(open[0])
	default:
		return false
	}
	return true
}

// finishByTimes ends the plan where the lookups so far decide.
func (p *Planner) finishByTimes() bool {
	least, most := p.count(p.lo)
	open := p.undecided()
	switch {
	case least == p.spec.Last && most == p.spec.Last:
		p.finish(p.lo, func(pt *partition) int64 { first, _ := pt.lookup(p.lo); return first })
	case len(open) == 1:
		p.finishWithin(open[0])
	case p.hi == p.lo+1 && p.known(p.lo) && p.known(p.hi):
		p.finishTie()
	default:
		return false
	}
	return true
}

// known says whether every lookup for t is known exactly.
func (p *Planner) known(t int64) bool {
	least, most := p.count(t)
	return least == most
}

// finishWithin cuts inside one partition, the only one with records in [lo, hi):
// there the order is the order of offsets.
func (p *Planner) finishWithin(only *partition) {
	rest := p.spec.Last
	for _, pt := range p.partitions {
		if pt != only {
			first, _ := pt.lookup(p.lo)
			rest -= pt.End - first
		}
	}
	p.finish(p.lo, func(pt *partition) int64 {
		if pt == only {
			return pt.End - rest
		}
		first, _ := pt.lookup(p.lo)
		return first
	})
}

// finishTie cuts among the records with t == lo, by (partition, offset).
func (p *Planner) finishTie() {
	count, _ := p.count(p.lo)
	drop := count - p.spec.Last
	p.finish(p.lo, func(pt *partition) int64 {
		first, _ := pt.lookup(p.lo)
		next, _ := pt.lookup(p.hi)
		n := min(drop, next-first)
		drop -= n
		return first + n
	})
}

// finish makes the plan; start is called once per partition, ascending.
func (p *Planner) finish(floor int64, start func(*partition) int64) {
	plan := &Plan{Asked: p.spec.Last, Held: p.total, Questions: p.questions}
	for _, pt := range p.partitions {
		r := Range{Partition: pt.Partition, Start: start(pt), End: pt.End, Low: pt.Low, High: pt.High, Floor: floor}
		if r.Start == r.Low {
			r.Floor = None
		}
		plan.Selected += r.Len()
		plan.Ranges = append(plan.Ranges, r)
	}
	p.plan = plan
}
