package window

import "fmt"

// None is the timestamp of a record that has none, and the t of a record with
// no dated record before it. Timestamps below zero are all taken as None.
const None int64 = -1

// Spec says which records are wanted.
type Spec struct {
	Last int64 // how many records from the end, over all partitions; 0 or more
	Now  int64 // about now, in ms since the epoch: where the first lookups aim; any value gives the same plan
}

// Kind is what a Question asks for.
type Kind uint8

const (
	// Bounds asks for the first offset and the fixed end of every partition.
	Bounds Kind = iota + 1
	// Times asks, for each of Question.Times and each of Question.Partitions,
	// for the first offset whose timestamp is at least that time.
	Times
)

// Question is the next thing a Planner has to know.
type Question struct {
	Kind       Kind
	Times      []int64 // ms since the epoch, ascending, never negative; for Times
	Partitions []int32 // ascending; the partitions that matter, for Times. Answers for others are ignored.
}

// Bound is what a partition holds when the window is planned.
type Bound struct {
	Partition int32
	Low       int64 // first offset held
	End       int64 // one past the last offset to be read, fixed from here on
	High      int64 // high watermark, for the report; taken as End where it is less
	Latest    int64 // the largest timestamp held, in ms, as far as known, else 0: a hint, any value gives the same plan
}

// Found is the answer to one time for one partition.
type Found struct {
	Partition int32
	Offset    int64 // first offset with timestamp >= the time asked; -1 where no record is that late
	Timestamp int64 // that record's timestamp in ms, or -1 where the broker did not say
}

// Answer answers a Question: Bounds with one Bound per partition, Times with
// one list for each asked time, in the order asked, its partitions in any order.
type Answer struct {
	Bounds []Bound
	Times  [][]Found
}

// Range is the part of one partition to read: offsets Start up to, not including, End.
type Range struct {
	Partition  int32
	Start, End int64
	Low, High  int64 // what the partition held when the window was planned

	// Floor stands in for the records before Start: with
	// t = max(Floor, timestamps from Start on) the order (t, partition, offset)
	// over all ranges is the one the whole partitions would give. None where
	// the range starts at Low.
	Floor int64
}

// Len is the number of offsets in the range.
func (r Range) Len() int64 { return r.End - r.Start }

// Plan is the finished window.
type Plan struct {
	Ranges    []Range // every partition, ascending, empty ranges included
	Asked     int64   // Spec.Last
	Held      int64   // offsets between Low and End over all partitions
	Selected  int64   // offsets in Ranges: the smaller of Asked and Held
	Questions int     // questions it took, the one for the bounds included
}

// Why says in one sentence why the plan holds fewer offsets than asked, and is
// empty where it holds as many.
func (p Plan) Why() string {
	if p.Selected >= p.Asked {
		return ""
	}
	return fmt.Sprintf("asked for the last %d records, the topic holds %d", p.Asked, p.Held)
}

// Error is a plan that could not be made.
type Error struct {
	what string
	hint string
}

func (e *Error) Error() string { return e.what }

// Code is the class of the error: always "window".
func (e *Error) Code() string { return "window" }

// Hint says what to do about it.
func (e *Error) Hint() string { return e.hint }

const (
	hintChanged = "the topic changed while the window was planned (retention, truncation, or it was deleted and created again): run again"
	hintBroker  = "the broker's answers do not fit together: run again; if it stays, report it with the broker's version"
)

func errorf(hint, format string, args ...any) *Error {
	return &Error{what: fmt.Sprintf(format, args...), hint: hint}
}
