package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
)

var kinds = []arrowipc.Field{
	{Name: "i32", Kind: arrowipc.Int32},
	{Name: "i64", Kind: arrowipc.Int64},
	{Name: "f64", Kind: arrowipc.Float64},
	{Name: "yes", Kind: arrowipc.Bool},
	{Name: "local", Kind: arrowipc.Timestamp},
	{Name: "utc", Kind: arrowipc.Timestamp, UTC: true},
	{Name: `a "text", really`, Kind: arrowipc.String},
	{Name: "raw", Kind: arrowipc.Binary},
}

// alphabet has what needs care in some form of output.
var alphabet = []rune(`ab ,"'\/` + "\n\r\t\x00\x1b\x7f" + "éж漢😀\u2028\ufeff")

// randomColumns fills rows of all kinds with values that need care.
func randomColumns(seed uint64, rows int) *arrowipc.Columns {
	r := rand.New(rand.NewPCG(seed, 3))
	cols := arrowipc.NewColumns(kinds)
	for range rows {
		for i, f := range kinds {
			c := cols.Col(i)
			switch {
			case r.IntN(5) == 0:
				c.AppendNull()
			case f.Kind == arrowipc.Int32:
				c.AppendInt64(int64(int32(r.Uint32())))
			case f.Kind == arrowipc.Int64:
				c.AppendInt64(int64(r.Uint64()))
			case f.Kind == arrowipc.Float64:
				c.AppendFloat64([]float64{0, math.Copysign(0, -1), 1, 0.1, 1e21, 1e-7, 123456789.125, math.Inf(1), math.Inf(-1),
					math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64, math.Float64frombits(r.Uint64())}[r.IntN(13)])
			case f.Kind == arrowipc.Bool:
				c.AppendBool(r.IntN(2) == 0)
			case f.Kind == arrowipc.Timestamp:
				c.AppendInt64([]int64{0, -1, 1, 1_000_000, r.Int64N(4e15)}[r.IntN(5)])
			case f.Kind == arrowipc.String:
				text := make([]rune, r.IntN(6))
				for j := range text {
					text[j] = alphabet[r.IntN(len(alphabet))]
				}
				c.AppendBytes([]byte(string(text)))
			default:
				c.AppendBytes([]byte{0xff, 0, 'a', '\n'}[:r.IntN(5)])
			}
		}
		cols.EndRow()
	}
	return cols
}

func writeAll(t *testing.T, s arrowipc.Sink, batches ...*arrowipc.Columns) {
	t.Helper()
	if err := s.Begin(kinds); err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := s.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
}

// cell gives a value as text: what a reader of CSV or JSON must find.
func cell(t *testing.T, f arrowipc.Field, c *arrowipc.Column, i int) string {
	switch f.Kind {
	case arrowipc.Int32, arrowipc.Int64:
		return strconv.FormatInt(c.Int64(i), 10)
	case arrowipc.Float64:
		switch v := c.Float64(i); {
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		default:
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case arrowipc.Bool:
		return strconv.FormatBool(c.Bool(i))
	case arrowipc.Timestamp:
		layout := "2006-01-02T15:04:05"
		if c.Int64(i)%1e6 != 0 {
			layout += ".000000"
		}
		if f.UTC {
			layout += "Z"
		}
		return time.UnixMicro(c.Int64(i)).UTC().Format(layout)
	case arrowipc.Binary:
		return base64.StdEncoding.EncodeToString(c.Bytes(i))
	}
	return string(c.Bytes(i))
}

// sameFloat compares floats that are written differently: 1.0 and 1.
func sameFloat(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && (math.Float64bits(x) == math.Float64bits(y) || x != x && y != y)
}

func TestCSVReadsBack(t *testing.T) {
	for seed := range uint64(20) {
		cols := randomColumns(seed, 500)
		var out bytes.Buffer
		writeAll(t, newCSVSink(&out), cols)
		// encoding/csv drops the difference between null and "", and CR before LF.
		quoted := strings.Count(out.String(), `,"",`)
		rows, err := csv.NewReader(bytes.NewReader(out.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 501 {
			t.Fatalf("%d lines", len(rows))
		}
		empty := 0
		for j, f := range kinds {
			if rows[0][j] != f.Name {
				t.Errorf("header %q", rows[0])
			}
			for i := range 500 {
				got, want := rows[i+1][j], ""
				if c := cols.Col(j); !c.IsNull(i) {
					want = strings.ReplaceAll(cell(t, f, c, i), "\r\n", "\n")
					if want == "" && j < len(kinds)-1 {
						empty++
					}
				}
				if got != want && !(f.Kind == arrowipc.Float64 && sameFloat(got, want)) {
					t.Fatalf("seed %d, row %d, %s: %q, want %q", seed, i, f.Name, got, want)
				}
			}
		}
		if quoted != empty {
			t.Errorf("%d empty texts are quoted, want %d", quoted, empty)
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	for seed := range uint64(20) {
		first, second := randomColumns(seed, 300), randomColumns(seed+100, 1)
		var out bytes.Buffer
		writeAll(t, newJSONSink(&out), first, second)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 301 {
			t.Fatalf("%d lines", len(lines))
		}
		for i, line := range lines {
			cols := first
			if i == 300 {
				cols, i = second, 0
			}
			dec := json.NewDecoder(strings.NewReader(line))
			dec.UseNumber()
			var got map[string]any
			if err := dec.Decode(&got); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			for j, f := range kinds {
				c, v := cols.Col(j), got[f.Name]
				if c.IsNull(i) {
					if v != nil {
						t.Fatalf("%s is %v, want null", f.Name, v)
					}
					continue
				}
				text := fmt.Sprint(v)
				want := cell(t, f, c, i)
				if text != want && !(f.Kind == arrowipc.Float64 && sameFloat(text, want)) {
					t.Fatalf("%s is %q, want %q", f.Name, text, want)
				}
				_, isText := v.(string)
				wantText := f.Kind >= arrowipc.Timestamp || f.Kind == arrowipc.Float64 && !isFinite(c.Float64(i))
				if isText != wantText {
					t.Fatalf("%s is %T", f.Name, v)
				}
			}
		}
	}
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func TestJSONBrokenText(t *testing.T) {
	if got := string(appendJSONString(nil, []byte("a\xffb\xe2\x82"))); got != `"a`+"\ufffd"+`b`+"\ufffd\ufffd"+`"` {
		t.Errorf("got %q", got)
	}
}

func TestTextSinkErrorsStay(t *testing.T) {
	full := errors.New("disk full")
	w := &failingWriter{err: full}
	s := newCSVSink(w)
	s.Begin(kinds)
	cols := randomColumns(1, 2000)
	err := s.Write(cols)
	if !errors.Is(err, full) || codeOf(err) != "output" || err.Error() != "cannot write CSV: disk full" {
		t.Fatalf("got %v", err)
	}
	w.err = nil
	if again := s.End(); again != err || w.calls != 1 {
		t.Errorf("later: %v, %d calls", again, w.calls)
	}
}

type failingWriter struct {
	err   error
	calls int
}

func (w *failingWriter) Write(p []byte) (int, error) {
	w.calls++
	return 0, w.err
}

func numbersTable(t *testing.T, rows, width int) string {
	t.Helper()
	fields := []arrowipc.Field{{Name: "n", Kind: arrowipc.Int64}, {Name: "word", Kind: arrowipc.String}}
	var out bytes.Buffer
	s := newTableSink(&out, width)
	s.Begin(fields)
	cols := arrowipc.NewColumns(fields)
	for i := range rows {
		cols.Col(0).AppendInt64(int64(i))
		cols.Col(1).AppendBytes(fmt.Appendf(nil, "w%d", i))
		cols.EndRow()
		if i%7 == 6 || i == rows-1 {
			s.Write(cols)
			cols.Reset()
		}
	}
	s.End()
	if err := s.print(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestLongTables checks which rows are shown, for every length around the limits.
func TestLongTables(t *testing.T) {
	for rows := range 200 {
		lines := strings.Split(numbersTable(t, rows, 0), "\n")[2:]
		var shown []string
		for i := range rows {
			if rows <= tableWhole || i < tableEnds || i >= rows-tableEnds {
				shown = append(shown, fmt.Sprintf("%5d  w%d", i, i))
			}
			if rows > tableWhole && i == tableEnds {
				shown = append(shown, fmt.Sprintf("... %d rows not shown", rows-2*tableEnds))
			}
		}
		shown = append(shown, "", plural(int64(rows), "row")+", 2 columns", "")
		if got, want := strings.Join(lines, "\n"), strings.Join(shown, "\n"); got != want {
			t.Fatalf("%d rows:\n%s\nwant\n%s", rows, got, want)
		}
	}
}

// TestTableFits shows wide tables on terminals of every width.
func TestTableFits(t *testing.T) {
	cols := randomColumns(4, 30)
	for width := 1; width < 200; width++ {
		var out bytes.Buffer
		s := newTableSink(&out, width)
		writeAll(t, s, cols)
		if err := s.print(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		table := lines[:len(lines)-3]
		if len(table) != 32 {
			t.Fatalf("width %d: %d lines", width, len(table))
		}
		for _, line := range table {
			// Two columns and the mark between are shown however narrow it is.
			if n := textWidth(line); n > max(width, 60) {
				t.Fatalf("width %d: a line of %d", width, n)
			}
			if strings.ContainsFunc(line, unprintable) {
				t.Fatalf("a control character in %q", line)
			}
		}
	}
}

func TestTableNumbersAreNotCut(t *testing.T) {
	cols := randomColumns(5, 3)
	var out bytes.Buffer
	s := newTableSink(&out, 70)
	writeAll(t, s, cols)
	s.print()
	first := strings.Fields(strings.Split(out.String(), "\n")[2])[0]
	if want := tableText(kinds[0], cols.Col(0), 0); first != want {
		t.Errorf("got %s, want %s", first, want)
	}
}

// TestTableReread forgets the rows of a run that is begun again.
func TestTableReread(t *testing.T) {
	var out bytes.Buffer
	s := newTableSink(&out, 0)
	writeAll(t, s, randomColumns(1, 50))
	if out.Len() > 0 {
		t.Error("it printed before print")
	}
	if err := s.reread("wider"); err != nil {
		t.Fatal(err)
	}
	writeAll(t, s, randomColumns(2, 3))
	s.print()
	if !strings.HasSuffix(out.String(), "\n3 rows, 8 columns\n") {
		t.Errorf("got %s", out.String())
	}
}

func TestCutText(t *testing.T) {
	for _, c := range []struct {
		s     string
		limit int
		want  string
	}{
		{"short", 5, "short"}, {"shorter", 6, "sho..."}, {"漢字漢字", 8, "漢字漢字"}, {"漢字漢字", 7, "漢字..."},
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"}, {"abcd", 3, "..."},
	} {
		if got := cutText(c.s, c.limit); got != c.want {
			t.Errorf("%s to %d: %s, want %s", c.s, c.limit, got, c.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"plain, ünï 漢 😀":    "plain, ünï 漢 😀",
		"a\nb\tc\r":         `a\nb\tc\r`,
		"\x1b[31mred\x00":   `\x1b[31mred\x00`,
		"\u202eturned":      `\u202eturned`,
		"\u0085\u2028 end":  `\u0085\u2028 end`,
		"no-break\u00a0one": `no-break\u00a0one`,
	} {
		if got := printable(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
