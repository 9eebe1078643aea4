package trips

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"
)

// parsed reads a record with an independent CSV reader.
func parsed(t *testing.T, record []byte) []string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(record)).ReadAll()
	if err != nil {
		t.Fatalf("record %q: %v", record, err)
	}
	if len(rows) != 1 || len(rows[0]) != len(Columns) {
		t.Fatalf("record %q: %d rows, first of %d fields", record, len(rows), len(rows[0]))
	}
	return rows[0]
}

func TestFieldsHaveTheirTypes(t *testing.T) {
	if len(Types) != len(Columns) {
		t.Fatalf("%d types for %d columns", len(Types), len(Columns))
	}
	g := Generator{Seed: 1}
	counts := map[string]int{}
	total := 0
	const n = 20_000
	for i := range n {
		record := g.Append(nil, i)
		total += len(record)
		row := parsed(t, record)
		for c, name := range Columns {
			text := row[c]
			var err error
			switch {
			case text == "NULL":
				counts["null "+name]++
				continue
			case Types[name] == "int64":
				_, err = strconv.ParseInt(text, 10, 64)
			case Types[name] == "float64":
				_, err = strconv.ParseFloat(text, 64)
			case Types[name] == "timestamp":
				_, err = time.Parse(time.DateTime, text)
			case Types[name] != "string":
				t.Fatalf("column %q has the type %q", name, Types[name])
			}
			if err != nil {
				t.Fatalf("record %d, column %q: %v", i, name, err)
			}
			if strings.Contains(text, ",") {
				counts["comma"]++
			}
			if strings.Contains(text, `"`) {
				counts["quote"]++
			}
		}
		counts[row[12]]++
	}
	for _, what := range []string{"null birth year", "comma", "quote", "Subscriber", "Customer"} {
		if counts[what] < n/200 {
			t.Errorf("%d of %d records have %s", counts[what], n, what)
		}
		delete(counts, what)
	}
	if len(counts) != 0 {
		t.Errorf("not expected: %v", counts)
	}
	// The public files have 178 bytes a record in their first hours.
	if mean := total / n; mean < 172 || mean > 190 {
		t.Errorf("a record has %d bytes on average", mean)
	}
}

func TestTimesAgree(t *testing.T) {
	g := Generator{Seed: 7}
	last := time.Time{}
	for i := range 5000 {
		row := parsed(t, g.Append(nil, i))
		start, _ := time.Parse(time.DateTime, row[1])
		stop, _ := time.Parse(time.DateTime, row[2])
		at := g.Time(i)
		if !at.Truncate(time.Second).Equal(start) {
			t.Fatalf("record %d starts at %s, its time is %s", i, start, at)
		}
		if seconds, _ := strconv.Atoi(row[0]); stop.Sub(start) != time.Duration(seconds)*time.Second {
			t.Fatalf("record %d: %s to %s are not %s seconds", i, row[1], row[2], row[0])
		}
		if at.Before(last) {
			t.Fatalf("record %d at %s follows one at %s", i, at, last)
		}
		last = at
		if key := string(g.AppendKey(nil, i)); key != row[11] {
			t.Fatalf("record %d has the key %q and the bike %q", i, key, row[11])
		}
	}
}

func TestSeedDecides(t *testing.T) {
	for i := range 100 {
		a, b := Generator{Seed: 3}.Append(nil, i), Generator{Seed: 3}.Append(nil, i)
		if !bytes.Equal(a, b) {
			t.Fatalf("record %d: %q, then %q", i, a, b)
		}
		if other := (Generator{Seed: 4}).Append(nil, i); bytes.Equal(a, other) {
			t.Fatalf("record %d is the same for two seeds: %q", i, a)
		}
	}
	prefix := []byte("kept:")
	if got := (Generator{}).Append(prefix, 0); !bytes.HasPrefix(got, prefix) {
		t.Fatalf("Append gave %q", got)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	g, buf := Generator{Seed: 1}, make([]byte, 0, 256)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		if got := g.Append(buf, i); len(got) > cap(buf) {
			t.Fatalf("record %d has %d bytes", i, len(got))
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	g, buf := Generator{Seed: 1}, make([]byte, 0, 256)
	for i := range b.N {
		buf = g.Append(buf[:0], i)
	}
	b.SetBytes(int64(len(buf)))
}
