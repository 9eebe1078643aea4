package window

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const now = int64(1_790_000_000_000)

func whole(low int64, times ...int64) log { return log{low: low, times: times, visible: len(times)} }

func TestLastN(t *testing.T) {
	same := slices.Repeat([]int64{now - 5000}, 10)
	cases := []struct {
		name   string
		logs   []log
		last   int64
		starts []int64
	}{
		{"empty topic", []log{whole(0), whole(7)}, 10, []int64{0, 7}},
		{"nothing asked", []log{whole(0, 1, 2, 3), whole(5, 1)}, 0, []int64{3, 6}},
		{"more than held", []log{whole(10, 1, 2), whole(0, 1)}, 4, []int64{10, 0}},
		{"exactly what is held", []log{whole(10, 1, 2), whole(0, 1)}, 3, []int64{10, 0}},
		{"one partition", []log{whole(100, 5, 4, 3, 2, 1)}, 2, []int64{103}},
		{"one partition with records", []log{whole(0), whole(100, 5, 4, 3, 2, 1), whole(9)}, 2, []int64{0, 103, 9}},
		{"in order", []log{whole(0, 10, 30, 50), whole(0, 20, 40, 60)}, 3, []int64{2, 1}},
		{"ties go to the higher partition", []log{whole(0, same...), whole(0, same...), whole(0, same...)}, 12, []int64{10, 8, 0}},
		{"ties inside a partition go to the higher offset", []log{whole(0, 1, 7, 7, 7), whole(3, 7, 7, 9)}, 4, []int64{3, 3}},
		{"a late record stands where it came", []log{whole(0, 100, 5, 200), whole(0, 50, 150, 250)}, 4, []int64{1, 1}},
		{"no timestamps at all", []log{whole(0, -1, -1), whole(0, -1, -1, -1)}, 4, []int64{1, 0}},
		{"no timestamp counts as the one before", []log{whole(0, 9, -1, -1), whole(0, 8, 9)}, 3, []int64{1, 1}},
		{"no timestamp at the head", []log{whole(4, -1, -1, 9), whole(0, -1, 9)}, 4, []int64{5, 0}},
		{"below zero is no timestamp", []log{whole(0, -70, -1, 9), whole(0, -2, 9)}, 4, []int64{1, 0}},
		{"zero is a timestamp", []log{whole(0, -1, 0, 0), whole(0, -1, 0, 0)}, 3, []int64{2, 1}},
		{"in the future", []log{whole(0, now+1, now+1e12), whole(0, now+5, now+2e12)}, 3, []int64{1, 0}},
		{"microseconds by mistake", []log{whole(0, now*1000, now*1000+7), whole(0, now*1000+3, now*1000+9)}, 3, []int64{1, 0}},
		{"the last of all times", []log{whole(0, 1, math.MaxInt64), whole(0, 2, math.MaxInt64)}, 1, []int64{2, 1}},
		{"records after the end", []log{{low: 0, times: []int64{1, 5, 9, 9}, visible: 2}, whole(0, 2, 6)}, 2, []int64{1, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, noTimestamp := range []bool{false, true} {
				for _, hint := range []int64{now, 0, -1, math.MinInt64, math.MaxInt64} {
					tp, spec := topic{logs: c.logs, noTimestamp: noTimestamp}, Spec{Last: c.last, Now: hint}
					plan := solve(t, tp, spec)
					check(t, tp, spec, plan)
					for i, r := range plan.Ranges {
						if r.Start != c.starts[i] {
							t.Errorf("partition %d starts at %d, want %d (hint %d)", i, r.Start, c.starts[i], hint)
						}
					}
				}
			}
		})
	}
}

func TestWhyFewer(t *testing.T) {
	plan := solve(t, topic{logs: []log{whole(10, 1, 2), whole(0, 1)}}, Spec{Last: 1000, Now: now})
	if got, want := plan.Why(), "asked for the last 1000 records, the topic holds 3"; got != want {
		t.Errorf("Why is %q, want %q", got, want)
	}
}

func TestFloor(t *testing.T) {
	// The cut is at t = 100: partition 0 starts with a late record inside the
	// tie, partition 1 after it, partition 2 at its beginning.
	tp := topic{logs: []log{whole(0, 100, 5, 100, 300), whole(0, 90, 200), whole(0, 150, 160)}}
	plan := solve(t, tp, Spec{Last: 6, Now: now})
	want := []Range{
		{Partition: 0, Start: 1, End: 4, High: 4, Floor: 100},
		{Partition: 1, Start: 1, End: 2, High: 2, Floor: 100},
		{Partition: 2, Start: 0, End: 2, High: 2, Floor: None},
	}
	if !slices.Equal(plan.Ranges, want) {
		t.Errorf("ranges are %+v, want %+v", plan.Ranges, want)
	}
}

// randomTopic draws a topic of a random character.
func randomTopic(r *rand.Rand) topic {
	tp := topic{noTimestamp: r.IntN(4) == 0, tellsLatest: r.IntN(2) == 0, staleLatest: r.IntN(3) == 0}
	spread := int64(1) << r.IntN(44)      // how far apart in time
	base := now - int64(r.Float64()*3e11) // some time in ten years
	disorder, ties, none := r.IntN(3), r.IntN(3), r.IntN(4)
	switch r.IntN(12) {
	case 0:
		base = 0
	case 1:
		base = now * 1000
	case 2:
		base = now - spread/2
	}
	for range 1 + r.IntN(12) {
		l := log{low: int64(r.IntN(3)) * int64(r.IntN(1000))}
		n := r.IntN(60)
		if r.IntN(4) == 0 {
			n = 0
		}
		at := base
		for i := range n {
			switch {
			case none == 0 && (r.IntN(3) == 0 || i < 3):
				l.times = append(l.times, int64(-1-r.IntN(2)*r.IntN(5)))
				continue
			case ties == 0 && r.IntN(2) == 0:
			default:
				at += r.Int64N(spread/int64(n) + 1)
			}
			ts := at
			if disorder == 0 && r.IntN(3) == 0 {
				ts = max(0, at-r.Int64N(spread+1))
			}
			l.times = append(l.times, ts)
		}
		l.visible = len(l.times)
		if n > 0 && r.IntN(3) == 0 {
			l.visible = r.IntN(len(l.times) + 1)
		}
		tp.logs = append(tp.logs, l)
	}
	return tp
}

func TestRandomTopics(t *testing.T) {
	const topics = 6000
	questions := map[int]int{}
	for seed := range uint64(topics) {
		r := rand.New(rand.NewPCG(seed, 1))
		tp := randomTopic(r)
		var total int64
		for _, l := range tp.logs {
			total += int64(l.visible)
		}
		for _, last := range []int64{0, 1, total / 2, total - 1, total, total + 5, r.Int64N(total + 1)} {
			spec := Spec{Last: max(last, 0), Now: now}
			plan := solve(t, tp, spec)
			check(t, tp, spec, plan)
			questions[plan.Questions]++
			if plan.Questions > 20 {
				t.Errorf("seed %d: %d questions", seed, plan.Questions)
			}
		}
	}
	t.Log("plans by questions asked:", distribution(questions))
}

func distribution(counts map[int]int) string {
	var keys []int
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var words []string
	for _, k := range keys {
		words = append(words, fmt.Sprintf("%d: %d", k, counts[k]))
	}
	return strings.Join(words, ", ")
}

// TestSteadyTopics holds the usual case to few round trips: records that come
// at a steady rate, up to now, regular or at random.
func TestSteadyTopics(t *testing.T) {
	for _, character := range []struct{ regular, old bool }{{true, false}, {false, false}, {false, true}} {
		questions := map[int]int{}
		slow := 0
		for seed := range uint64(120) {
			r := rand.New(rand.NewPCG(seed, 2))
			tp := topic{tellsLatest: character.old}
			every := math.Pow(10, 0.5+5*r.Float64()) // ms between a partition's records: 3 to 300,000
			for range 1 + r.IntN(12) {
				const n = 3000
				l := log{low: int64(r.IntN(1000)), visible: n, times: make([]int64, n)}
				at := float64(now) - r.Float64()*every
				if character.old {
					at -= 1e11 // written three years ago: only Latest says where to look
				}
				for i := n - 1; i >= 0; i-- {
					l.times[i] = int64(at)
					if character.regular {
						at -= every
					} else {
						at -= r.ExpFloat64() * every
					}
				}
				tp.logs = append(tp.logs, l)
			}
			spec := Spec{Last: 1 + r.Int64N(2000), Now: now}
			plan := solve(t, tp, spec)
			check(t, tp, spec, plan)
			questions[plan.Questions]++
			if plan.Questions > 4 {
				slow++
			}
			if plan.Questions > 7 {
				t.Errorf("seed %d: %d questions", seed, plan.Questions)
			}
		}
		t.Logf("%+v: plans by questions asked: %s", character, distribution(questions))
		if slow > 12 {
			t.Errorf("%+v: %d of 120 steady topics took more than 4 questions", character, slow)
		}
	}
}

// TestWorstCase puts the cut where no guess helps: two dense bursts, in two
// partitions, at any distance from each other, and answers without timestamps.
func TestWorstCase(t *testing.T) {
	questions := map[int]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 3))
		base := r.Int64() >> r.IntN(60)
		gap := (r.Int64() >> r.IntN(62)) % (math.MaxInt64 - base)
		tp := topic{noTimestamp: true}
		for p := range int64(2) {
			l := whole(0)
			for i := range int64(40) {
				l.times = append(l.times, min(base+gap*(i%2)*p+i/8, math.MaxInt64-1))
			}
			slices.Sort(l.times)
			l.visible = len(l.times)
			tp.logs = append(tp.logs, l)
		}
		spec := Spec{Last: 1 + r.Int64N(79), Now: r.Int64()}
		plan := solve(t, tp, spec)
		check(t, tp, spec, plan)
		questions[plan.Questions]++
		if plan.Questions > maxQuestions {
			t.Errorf("seed %d: %d questions", seed, plan.Questions)
		}
	}
	t.Log("plans by questions asked:", distribution(questions))
}

func TestRefusals(t *testing.T) {
	bounds := Answer{Bounds: []Bound{{Partition: 0, Low: 10, End: 20}, {Partition: 1, Low: 0, End: 9}}}
	answerAll := func(q Question, f func(t int64, n int32) Found) Answer {
		var a Answer
		for _, at := range q.Times {
			var list []Found
			for _, n := range q.Partitions {
				g := f(at, n)
				g.Partition = n
				list = append(list, g)
			}
			a.Times = append(a.Times, list)
		}
		return a
	}
	cases := []struct {
		name  string
		first Answer
		then  func(q Question) Answer
		want  string
	}{
		{"no partitions", Answer{}, nil, "no partitions"},
		{"end before low", Answer{Bounds: []Bound{{Partition: 3, Low: 5, End: 4}}}, nil, "partition 3 begins at offset 5 and ends at 4"},
		{"negative low", Answer{Bounds: []Bound{{Partition: 3, Low: -1, End: 4}}}, nil, "partition 3 begins at offset -1"},
		{"twice", Answer{Bounds: []Bound{{Partition: 3, End: 4}, {Partition: 3, End: 4}}}, nil, "partition 3 came twice"},
		{"too many", Answer{Bounds: []Bound{{Partition: 0, End: math.MaxInt64}, {Partition: 1, End: 1}}}, nil, "more than can be counted"},
		{"before low", bounds, func(q Question) Answer {
			return answerAll(q, func(int64, int32) Found { return Found{Offset: 0, Timestamp: -1} })
		}, "partition 0: the first record at or after 0 ms is at offset 0, but the partition began at 10"},
		{"backwards", bounds, func(q Question) Answer {
			return answerAll(q, func(at int64, n int32) Found {
				if at > 0 {
					return Found{Offset: 11 - int64(n)*10, Timestamp: -1}
				}
				return Found{Offset: 12 - int64(n)*10, Timestamp: -1}
			})
		}, "is at offset 11, but earlier answers put it between 12 and 20"},
		{"a timestamp before the time asked", bounds, func(q Question) Answer {
			return answerAll(q, func(at int64, n int32) Found { return Found{Offset: 10, Timestamp: max(at-1, 0)} })
		}, "the broker gave offset 10 of"},
		{"two timestamps for one offset", bounds, func(q Question) Answer {
			return answerAll(q, func(at int64, n int32) Found { return Found{Offset: 15 - int64(n)*10, Timestamp: at} })
		}, "partition 0: "},
		{"no answers", bounds, func(Question) Answer { return Answer{} }, "got answers for 0"},
		{"a partition missing", bounds, func(q Question) Answer {
			a := answerAll(q, func(int64, int32) Found { return Found{Offset: -1, Timestamp: -1} })
			a.Times[2] = a.Times[2][:1]
			return a
		}, "holds 1 of 2 partitions"},
		{"a partition twice", bounds, func(q Question) Answer {
			a := answerAll(q, func(int64, int32) Found { return Found{Offset: -1, Timestamp: -1} })
			a.Times[0][1] = a.Times[0][0]
			return a
		}, "came twice in the answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := New(Spec{Last: 5, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			err = p.Observe(c.first)
			if c.then != nil {
				if err != nil {
					t.Fatal(err)
				}
				q, _ := p.Next()
				err = p.Observe(c.then(q))
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.want) {
				t.Fatalf("error is %v, want one with %q", err, c.want)
			}
			if e.Code() != "window" || e.Hint() == "" {
				t.Errorf("code %q, hint %q", e.Code(), e.Hint())
			}
			if _, ok := p.Next(); ok {
				t.Error("a failed plan asks on")
			}
			if _, got := p.Plan(); got != err {
				t.Errorf("Plan gives %v, want the same error", got)
			}
			if p.Observe(bounds) == nil {
				t.Error("a failed plan takes another answer")
			}
		})
	}
	if _, err := New(Spec{Last: -1}); err == nil {
		t.Error("a negative Last is not refused")
	}
	p, _ := New(Spec{Last: 1})
	if _, err := p.Plan(); err == nil {
		t.Error("an unfinished plan is handed out")
	}
}

// TestIgnoredPartitions: a caller may ask every partition each time.
func TestIgnoredPartitions(t *testing.T) {
	tp := topic{logs: []log{whole(0, 1, 2, 3), whole(0), whole(0, 2, 3, 4)}}
	p, err := New(Spec{Last: 2, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for q, ok := p.Next(); ok; q, ok = p.Next() {
		q.Partitions = []int32{0, 1, 2}
		if err := p.Observe(tp.answer(t, q)); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := p.Plan()
	if err != nil {
		t.Fatal(err)
	}
	check(t, tp, Spec{Last: 2}, plan)
}
