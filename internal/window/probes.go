package window

import (
	"math"
	"slices"
)

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// firstTimes spans all of time from now back, in steps of about eight, which
// suit topics from thousands of records a second to a few a year.
func firstTimes(now int64) []int64 {
	now = min(max(now, 0), endOfTime-2)
	var times []int64
	for _, back := range []int64{0, second, 8 * second, minute, 8 * minute, hour, 8 * hour, 3 * day, 24 * day, 180 * day, 4 * 365 * day} {
		times = append(times, max(now+1-back, 0))
	}
	times = append(times, 0) // apart from this, records without a timestamp at the head of a partition
	return tidy(times, None, endOfTime)
}

// askWithin asks for times inside the bracket: its quarters, so that it always
// shrinks to about a fourth, or its sixteenths where the last question shrank it
// to no less than a 32nd; a nest around the place where records spread evenly
// would put the cut; lo+1, which settles a cut among equal times; and, where the
// nest is no help, steps away from both ends, for bursts far shorter than the
// bracket.
func (p *Planner) askWithin() {
	// After the first question, which holds 0, lo is None only with hi == 0: no overflow.
	width := p.hi - p.lo
	first, slow := p.width == 0, width > p.width/32
	p.width = width
	if width <= 16 {
		// One question settles it. The ends are asked too, as either may have
		// been inferred from counts that leave single lookups open.
		var times []int64
		for i := range width + 1 {
			times = append(times, p.lo+i)
		}
		p.ask(tidy(times, None, endOfTime), p.undecided())
		return
	}
	times := []int64{p.lo + 1}
	parts := int64(4)
	if slow && !first {
		parts = 16
	}
	for i := range parts {
		times = append(times, p.lo+width/parts*i+width%parts*i/parts)
	}
	if p.hi == endOfTime {
		for shift := 4; shift < 62; shift += 4 {
			times = append(times, p.lo+min(1<<shift, width))
		}
	} else {
		times = append(times, p.nest()...)
		if slow {
			for _, part := range []int64{16, 256, 4096, 65536} {
				times = append(times, p.lo+width/part, p.hi-width/part)
			}
		}
	}
	p.ask(tidy(times, p.lo, p.hi), p.undecided())
}

// nest interpolates between the known counts. Its times lie as far from the
// guess as the guess can be expected to be wrong: a record or two where records
// come regularly, parts and multiples of the standard deviation of an order
// statistic where they come at random.
func (p *Planner) nest() []int64 {
	width := float64(p.above.at - p.below.at)
	inside := float64(p.below.count - p.above.count)
	share := float64(p.below.count-p.spec.Last) / inside
	deviation := math.Sqrt(share*(1-share)/inside) * width
	guess := share * width
	var times []int64
	for _, away := range []float64{0, 1.5 * width / inside, 0.25 * deviation, 0.6 * deviation, 1.2 * deviation, 3 * deviation} {
		for _, at := range []float64{guess - away, guess + away} {
			if at > 0 && at < width {
				times = append(times, p.below.at+int64(at))
			}
		}
	}
	return times
}

// tidy sorts times, drops repeats and keeps those with after < t < before.
func tidy(times []int64, after, before int64) []int64 {
	times = slices.DeleteFunc(times, func(t int64) bool { return t <= after || t >= before })
	slices.Sort(times)
	return slices.Compact(times)
}
