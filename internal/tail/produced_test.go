package tail_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/tail"
)

// columns are the columns of the records that these tests produce.
var columns = []tail.Column{
	{Name: "id", Type: "int64"},
	{Name: "title", Type: "string"},
	{Name: "price", Type: "float64"},
	{Name: "active", Type: "bool"},
	{Name: "at", Type: "timestamp"},
	{Name: "seen", Type: "timestamp[UTC]"},
	{Name: "day", Type: "timestamp[%d/%m/%Y %H.%M]"},
	{Name: "note", Type: "string"},
}

// inferred are the columns' types where they are not declared; a day is in no
// common layout.
var inferred = []string{"int64", "string", "float64", "bool", "timestamp", "timestamp[UTC]", "string", "string"}

const dayColumn = 6

var meta = []string{"_partition", "_offset", "_timestamp", "_key", "_headers"}

const metaSchema = "_partition int32, _offset int64, _timestamp timestamp[UTC], _key string, _headers string"

// produced is a record and what its row must be.
type produced struct {
	kafkatest.Record
	values  []any // of columns, by their declared types
	dayText any   // the text of the day column, or nil
	headers string
}

// row gives the record's whole row, the meta columns at its end. It is to be
// called when the record has its offset.
func (p *produced) row(withInferred bool) []any {
	row := append([]any(nil), p.values...)
	if withInferred {
		row[dayColumn] = p.dayText
	}
	var timestamp, key any
	if p.Timestamp != kafkatest.NoTimestamp {
		timestamp = micros(p.Timestamp * 1000)
	}
	if p.Key != nil {
		key = string(p.Key)
	}
	return append(row, p.Partition, p.Offset, timestamp, key, p.headers)
}

// makeRecord draws a record's value, key and headers.
func makeRecord(t testing.TB, r *rand.Rand) produced {
	p := produced{values: make([]any, len(columns))}
	if r.IntN(40) != 0 { // else the value is null, and so is each of its columns
		fields := make([]string, len(columns))
		for i := range columns {
			if r.IntN(8) == 0 {
				fields[i] = []string{"", "NULL", "NA", `\N`}[r.IntN(4)]
			} else {
				fields[i], p.values[i] = drawField(r, i)
			}
		}
		if p.values[dayColumn] != nil {
			p.dayText = fields[dayColumn]
		}
		p.Value = []byte(strings.Join(fields, ",") + []string{"", "", "\n", "\r\n"}[r.IntN(4)])
	}
	p.Key = [][]byte{nil, {}, fmt.Appendf(nil, "key %d", r.IntN(100))}[r.IntN(3)]

	pairs := [][]any{}
	for range r.IntN(4) - 1 {
		name := []string{"trace", "source", `"odd" näme`}[r.IntN(3)]
		if r.IntN(3) == 0 {
			p.Headers = append(p.Headers, kgo.RecordHeader{Key: name})
			pairs = append(pairs, []any{name, nil})
		} else {
			text := []string{"", "abc", "line\nbreak", `say "no"`}[r.IntN(4)]
			p.Headers = append(p.Headers, kgo.RecordHeader{Key: name, Value: []byte(text)})
			pairs = append(pairs, []any{name, text})
		}
	}
	text, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	p.headers = string(text)
	return p
}

// drawField draws a field of column i: its text in the record and its value.
func drawField(r *rand.Rand, i int) (text string, value any) {
	switch columns[i].Name {
	case "id":
		n := []int64{0, -1, math.MinInt64, math.MaxInt64, 1<<53 + 1, int64(r.Uint64()), r.Int64N(1000)}[r.IntN(7)]
		return strconv.FormatInt(n, 10), n
	case "price":
		x := []float64{0.1, math.Copysign(0, -1), 1.5e300, 5e-324, math.MaxFloat64, r.NormFloat64(), float64(r.IntN(1e6)) / 100}[r.IntN(7)]
		text := strconv.FormatFloat(x, "ge"[r.IntN(2)], -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0" // a float by its looks, too
		}
		return text, x
	case "active":
		b := r.IntN(2) == 0
		return strconv.FormatBool(b), b
	case "at":
		when := drawTime(r)
		layout := []string{"2006-01-02 15:04:05.000000", "2006-01-02T15:04:05.999999", "2006-01-02 15:04:05.999"}[r.IntN(3)]
		if strings.HasSuffix(layout, ".999") {
			when = when.Truncate(time.Millisecond)
		}
		return when.Format(layout), micros(when.UnixMicro())
	case "seen":
		when := drawTime(r)
		zone := []*time.Location{time.UTC, time.FixedZone("", 2*3600), time.FixedZone("", -(3*3600 + 30*60))}[r.IntN(3)]
		return when.In(zone).Format("2006-01-02T15:04:05.999999Z07:00"), micros(when.UnixMicro())
	case "day":
		when := drawTime(r).Truncate(time.Minute)
		return when.Format("02/01/2006 15.04"), micros(when.UnixMicro())
	default:
		return drawText(r)
	}
}

// drawTime draws a time between 1906 and 2094, to the microsecond.
func drawTime(r *rand.Rand) time.Time {
	return time.UnixMicro(r.Int64N(3_933_000_000_000_000) * int64(1-2*r.IntN(2)) / int64(1+r.IntN(2))).UTC()
}

// drawText draws text and writes it in quotes where CSV needs them, and at
// times where it does not.
func drawText(r *rand.Rand) (text string, value any) {
	words := []string{
		"Broadway & W 49 St", "W 4 St, at 7 Ave", `the "old" pier`, `"`, ",", "", "NULL", "NA", `\N`,
		"two\nlines", "two\r\nlines", " spaces ", "naïve 東京 🚲", "x", strings.Repeat("long, ", 50),
	}
	word := words[r.IntN(len(words))]
	mustQuote := strings.ContainsAny(word, ",\"\r\n") || word == "" || word == "NULL" || word == "NA" || word == `\N`
	if mustQuote || r.IntN(4) == 0 {
		return `"` + strings.ReplaceAll(word, `"`, `""`) + `"`, word
	}
	return word, word
}

// drawTimes draws n times of records. In order they only rise, with many ties.
// Out of order they jump forward and far back, and some records have none.
func drawTimes(r *rand.Rand, n int, inOrder bool) []int64 {
	const first = 1_500_000_000_000
	times := make([]int64, n)
	now := int64(first)
	for i := range times {
		now += []int64{0, 0, 1, 3, 1000}[r.IntN(5)]
		times[i] = now
		if inOrder {
			continue
		}
		switch r.IntN(20) {
		case 0:
			times[i] = kafkatest.NoTimestamp
		case 1:
			times[i] = r.Int64N(10_000) // 1970
		case 2:
			times[i] = now + r.Int64N(200_000)
		default:
			times[i] = (now - r.Int64N(20_000)) / 100 * 100
		}
	}
	return times
}

// drawPartitions spreads n records over partitions unevenly: the low numbers
// get most, the highest tenth nothing.
func drawPartitions(r *rand.Rand, n, partitions int) []int32 {
	drawn := make([]int32, n)
	used := float64(max(1, partitions-partitions/10))
	for i := range drawn {
		drawn[i] = int32(math.Pow(r.Float64(), 1.7) * used)
	}
	return drawn
}
