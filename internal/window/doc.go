// Package window decides which offsets a read covers.
//
// A Planner is a pure state machine: it hands out a Question, is told the
// Answer, and ends with one half-open range of offsets per partition. It knows
// no broker, no clock and no goroutine; whoever drives it asks the cluster.
//
// What it plans is "the last N records over all partitions". Each record has
// t, the largest timestamp seen so far in its partition; the records are put in
// the order (t, partition, offset) and the last N are taken. Because t never
// falls inside a partition, the result is one suffix of every partition, and
// because a broker's time lookup (the first offset whose timestamp is at least
// T) is just the place where t reaches T, the cut is found by lookups alone.
//
// It counts offsets, not records: where compaction, transaction markers or
// aborted transactions left holes, the ranges hold fewer records than offsets.
// It does not read, it does not retry, and it does not order rows; Range.Floor
// is what a merge needs to compute t from the middle of a partition.
package window
