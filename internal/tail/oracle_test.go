package tail_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/tail"
)

// seed makes the random tests random: another one in each run, or the one in
// the environment, as a failed test prints it.
var seed = func() uint64 {
	text := os.Getenv("TAILFRAME_SEED")
	if text == "" {
		return rand.Uint64()
	}
	given, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic("TAILFRAME_SEED: " + err.Error())
	}
	return given
}()

// random gives the test its own source of numbers, by the seed and its name.
func random(t testing.TB) *rand.Rand {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: TAILFRAME_SEED=%d go test ./internal/tail -run '^%s$'", seed, t.Name())
		}
	})
	name := fnv.New64()
	name.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}

const recordsPerTopic = 2500

// TestWindowsHoldWhatWasProduced produces to topics of all kinds and reads
// windows of all sizes. What a window must hold is worked out here from the
// records as produced and from the definition of "last N", by no code of the
// program.
func TestWindowsHoldWhatWasProduced(t *testing.T) {
	brokers := map[string]func(*testing.T) string{
		"fake": func(t *testing.T) string { return kafkatest.Fake(t) },
		"real": func(t *testing.T) string { return kafkatest.Real(t).Plaintext },
	}
	for _, broker := range []string{"fake", "real"} {
		for _, partitions := range []int{1, 6, 50} {
			for _, times := range []string{"in-order", "out-of-order"} {
				for _, codec := range kafkatest.Codecs {
					t.Run(fmt.Sprintf("%s/%d/%s/%s", broker, partitions, times, codec), func(t *testing.T) {
						t.Parallel()
						checkWindows(t, brokers[broker](t), partitions, times == "in-order", codec)
					})
				}
			}
		}
	}
}

func checkWindows(t *testing.T, bootstrap string, partitions int, inOrder bool, codec string) {
	r := random(t)
	times := drawTimes(r, recordsPerTopic, inOrder)
	where := drawPartitions(r, recordsPerTopic, partitions)
	topic := kafkatest.NewTopic(t, bootstrap, partitions, nil)
	all := produce(t, r, bootstrap, topic, kafkatest.Producing{
		Codec: codec, BatchRecords: []int{0, 20, 111}[r.IntN(3)],
	}, times, where)

	for _, n := range []int64{1, 10, 1000, 1 + r.Int64N(recordsPerTopic), recordsPerTopic + 1} {
		want := lastN(all, n)
		for _, order := range []string{"time", "none"} {
			what := fmt.Sprintf("last=%d order=%s", n, order)
			got, report := run(t, tail.Request{
				Topic: topic, Last: &n, Format: "csv", Columns: columns, Meta: meta, Order: order, BootstrapServers: bootstrap,
			})
			compareSchema(t, what, got, declaredSchema())
			checkReport(t, what, report, all, want, partitions)
			if order == "time" {
				compareRows(t, what, got.values, wantRows(want, false))
			} else {
				compareByPartition(t, what, got.values, wantRows(want, false))
			}
		}
	}

	// Types that are found rather than declared.
	n := int64(1000)
	var undeclared []tail.Column
	for _, c := range columns {
		undeclared = append(undeclared, tail.Column{Name: c.Name})
	}
	got, _ := run(t, tail.Request{
		Topic: topic, Last: &n, Format: "csv", Columns: undeclared, Meta: meta, BootstrapServers: bootstrap,
	})
	compareSchema(t, "inferred", got, inferredSchema())
	compareRows(t, "inferred", got.values, wantRows(lastN(all, n), true))
}

// produce draws a record for each time and partition and writes them all.
func produce(
	t *testing.T, r *rand.Rand, bootstrap, topic string, how kafkatest.Producing, times []int64, where []int32,
) []produced {
	t.Helper()
	all := make([]produced, len(times))
	records := make([]kafkatest.Record, len(times))
	for i := range all {
		all[i] = makeRecord(t, r)
		all[i].Timestamp, all[i].Partition = times[i], where[i]
		records[i] = all[i].Record
	}
	kafkatest.Produce(t, bootstrap, topic, how, records)
	next := map[int32]int64{}
	for i := range all {
		all[i].Offset = records[i].Offset
		if all[i].Offset != next[all[i].Partition] {
			t.Fatalf("record %d got offset %d of partition %d, want %d", i, all[i].Offset, all[i].Partition, next[all[i].Partition])
		}
		next[all[i].Partition]++
	}
	return all
}

// lastN is the definition: give each record t, the largest timestamp so far in
// its partition, where none counts as its predecessor's; order all records by
// (t, partition, offset); take the last n.
func lastN(all []produced, n int64) []produced {
	type placed struct {
		produced
		t int64
	}
	byOffset := slices.Clone(all)
	slices.SortFunc(byOffset, func(a, b produced) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	var line []placed
	for i, record := range byOffset {
		t := record.Timestamp
		if i > 0 && byOffset[i-1].Partition == record.Partition {
			t = max(t, line[i-1].t) // none is -1, which is less than any
		}
		line = append(line, placed{record, t})
	}
	slices.SortFunc(line, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	line = line[max(0, int64(len(line))-n):]
	var taken []produced
	for _, p := range line {
		taken = append(taken, p.produced)
	}
	return taken
}

func wantRows(records []produced, withInferred bool) [][]any {
	rows := make([][]any, len(records))
	for i := range records {
		rows[i] = records[i].row(withInferred)
	}
	return rows
}

// compareByPartition allows any order among partitions and none within one.
func compareByPartition(t *testing.T, what string, got, want [][]any) {
	t.Helper()
	split := func(rows [][]any) map[int32][][]any {
		parts := map[int32][][]any{}
		for _, row := range rows {
			partition := row[len(columns)].(int32)
			parts[partition] = append(parts[partition], row)
		}
		return parts
	}
	gotParts, wantParts := split(got), split(want)
	for partition := range wantParts {
		compareRows(t, fmt.Sprintf("%s partition %d", what, partition), gotParts[partition], wantParts[partition])
	}
	if len(got) != len(want) {
		t.Errorf("%s: got %d rows, want %d", what, len(got), len(want))
	}
}

// checkReport holds the report against what was produced and what the window
// must hold.
func checkReport(t *testing.T, what string, report *tail.Report, all, want []produced, partitions int) {
	t.Helper()
	if report.Records != int64(len(want)) || report.Rereads != 0 || len(report.Partitions) != partitions {
		t.Errorf("%s: the report has %d records, %d re-reads, %d partitions; want %d, 0, %d",
			what, report.Records, report.Rereads, len(report.Partitions), len(want), partitions)
	}
	for _, p := range report.Partitions {
		var high, inside int64
		for _, record := range all {
			if record.Partition == p.Partition {
				high++
			}
		}
		for _, record := range want {
			if record.Partition == p.Partition {
				inside++
			}
		}
		if p.Low != 0 || p.High != high || p.End != high || p.Start != high-inside || p.Records != inside {
			t.Errorf("%s: the report has %+v; want low 0, start %d, end %d, %d records", what, p, high-inside, high, inside)
		}
	}
}

func declaredSchema() string {
	var text string
	for i, c := range columns {
		if i == dayColumn {
			c.Type = "timestamp" // the layout says how to read it, not what it is
		}
		text += c.Name + " " + c.Type + ", "
	}
	return text + metaSchema
}

func inferredSchema() string {
	var text string
	for i, c := range columns {
		text += c.Name + " " + inferred[i] + ", "
	}
	return text + metaSchema
}

func compareSchema(t *testing.T, what string, got *rows, want string) {
	t.Helper()
	if got.schema() != want {
		t.Errorf("%s: the schema is\n     %s\nwant %s", what, got.schema(), want)
	}
}
