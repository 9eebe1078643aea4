package arrowipc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// write fills batches of the given sizes with random rows and writes them as
// one run. It returns all rows.
func write(t *testing.T, s Sink, seed uint64, fields []Field, nulls float64, sizes ...int) [][]value {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	if err := s.Begin(fields); err != nil {
		t.Fatal(err)
	}
	var rows [][]value
	cols := NewColumns(fields)
	for _, size := range sizes {
		cols.Reset()
		for range size {
			row := randomRow(r, fields, nulls)
			rows = append(rows, row)
			appendRow(cols, row)
		}
		if err := s.Write(cols); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func checkSchema(t *testing.T, got *arrow.Schema, fields []Field) {
	t.Helper()
	var want []string
	for _, f := range fields {
		typ := map[string]string{"string": "utf8", "timestamp": "timestamp[us]",
			"timestamp[UTC]": "timestamp[us, tz=UTC]"}[f.TypeName()]
		if typ == "" {
			typ = f.TypeName()
		}
		want = append(want, f.Name+": "+typ)
	}
	var have []string
	for _, f := range got.Fields() {
		if !f.Nullable {
			t.Errorf("column %s is not nullable", f.Name)
		}
		name := f.Type.String()
		have = append(have, f.Name+": "+name)
	}
	if fmt.Sprint(have) != fmt.Sprint(want) {
		t.Errorf("schema %v, want %v", have, want)
	}
}

func TestRoundTrip(t *testing.T) {
	shapes := map[string][]int{
		"no batch":    {},
		"empty batch": {0},
		"one row":     {1},
		"odd sizes":   {1, 7, 8, 9, 63, 64, 65, 0, 1000},
		"large":       {30_000},
	}
	for name, sizes := range shapes {
		for _, nulls := range []float64{0, 0.3, 1} {
			t.Run(fmt.Sprintf("%s/nulls %v", name, nulls), func(t *testing.T) {
				mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
				defer mem.AssertSize(t, 0)
				var stream, file bytes.Buffer
				rows := write(t, newSink(&stream, false, mem), 3, allFields(), nulls, sizes...)
				write(t, newSink(&file, true, mem), 3, allFields(), nulls, sizes...)

				for _, d := range []*decoded{readStream(t, &stream), readFile(t, file.Bytes())} {
					checkSchema(t, d.schema, allFields())
					checkRows(t, d.rows, rows)
					if fmt.Sprint(d.batches) != fmt.Sprint(sizes) {
						t.Errorf("batches %v, want %v", d.batches, sizes)
					}
				}
				if stream.Len() != 0 {
					t.Errorf("%d bytes after the stream", stream.Len())
				}
			})
		}
	}
}

// TestRandomRuns writes runs of random fields and sizes after each other on one
// stream sink, and reads them back one after the other.
func TestRandomRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	var out bytes.Buffer
	s := newSink(&out, false, mem)
	type expected struct {
		fields []Field
		rows   [][]value
	}
	var runs []expected
	for run := range 60 {
		fields := allFields()
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		fields = fields[:r.IntN(len(fields)+1)]
		var sizes []int
		for range r.IntN(4) {
			sizes = append(sizes, r.IntN(300))
		}
		runs = append(runs, expected{fields, write(t, s, uint64(run), fields, r.Float64(), sizes...)})
	}
	for _, run := range runs {
		d := readStream(t, &out)
		checkSchema(t, d.schema, run.fields)
		checkRows(t, d.rows, run.rows)
	}
	if out.Len() != 0 {
		t.Errorf("%d bytes after the last stream", out.Len())
	}
}

// TestSecondFile writes a file anew after it was emptied.
func TestSecondFile(t *testing.T) {
	var out bytes.Buffer
	s := NewFile(&out)
	write(t, s, 1, allFields(), 0.1, 100, 100)
	out.Reset()
	fields := allFields()[:3]
	rows := write(t, s, 2, fields, 0.1, 50)
	d := readFile(t, out.Bytes())
	checkSchema(t, d.schema, fields)
	checkRows(t, d.rows, rows)
}

// TestFileThroughPipe writes a file to a pipe, which cannot seek.
func TestFileThroughPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(r)
		got <- b
	}()
	rows := write(t, NewFile(w), 9, allFields(), 0.2, 5000, 1)
	w.Close()
	checkRows(t, readFile(t, <-got).rows, rows)
}

// countingWriter notes the sizes of the writes it gets.
type countingWriter struct{ sizes []int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.sizes = append(w.sizes, len(p))
	return len(p), nil
}

func TestFewBigWrites(t *testing.T) {
	w := &countingWriter{}
	s := NewStream(w)
	write(t, s, 1, allFields(), 0.1, 200)
	if len(w.sizes) != 2 {
		t.Errorf("a small batch and the end took %d writes: %v", len(w.sizes), w.sizes)
	}
	w.sizes = nil
	write(t, s, 1, allFields(), 0.1, 65_536)
	total := 0
	for _, n := range w.sizes {
		total += n
	}
	if limit := total/bufferSize*2 + 3; len(w.sizes) > limit {
		t.Errorf("%d bytes took %d writes, more than %d: %v", total, len(w.sizes), limit, w.sizes)
	}
}

// TestWriteKeepsNothing changes the columns after Write.
func TestWriteKeepsNothing(t *testing.T) {
	var out bytes.Buffer
	s := NewStream(&out)
	fields := allFields()
	cols := NewColumns(fields)
	r := rand.New(rand.NewPCG(1, 2))
	first, second := randomRow(r, fields, 0), randomRow(r, fields, 0)
	if err := s.Begin(fields); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]value{first, second} {
		cols.Reset()
		appendRow(cols, row)
		if err := s.Write(cols); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	checkRows(t, readStream(t, &out).rows, [][]value{first, second})
}

// limitedWriter takes so many bytes and fails then.
type limitedWriter struct {
	left  int
	err   error // nil: it says nothing of the bytes it did not take
	calls int
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	w.calls++
	n := min(len(p), w.left)
	w.left -= n
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}

func TestErrorsStay(t *testing.T) {
	fields := allFields()
	cols := NewColumns(fields)
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		appendRow(cols, randomRow(r, fields, 0.2))
	}
	run := func(s Sink) error {
		if err := s.Begin(fields); err != nil {
			return err
		}
		for range 3 {
			if err := s.Write(cols); err != nil {
				return err
			}
		}
		return s.End()
	}
	var whole bytes.Buffer
	if err := run(NewStream(&whole)); err != nil {
		t.Fatal(err)
	}
	causes := map[string]struct{ give, want error }{
		"closed pipe": {syscall.EPIPE, syscall.EPIPE},
		"disk full":   {&os.PathError{Op: "write", Path: "trips", Err: syscall.ENOSPC}, syscall.ENOSPC},
		"short write": {nil, io.ErrShortWrite},
	}
	for name, cause := range causes {
		for _, make := range []func(io.Writer) Sink{NewStream, NewFile} {
			for limit := 0; limit < whole.Len(); limit += 97 {
				w := &limitedWriter{left: limit, err: cause.give}
				s := make(w)
				err := run(s)
				var we *WriteError
				if !errors.As(err, &we) || we.Code() != "output" || !errors.Is(err, cause.want) || we.Hint() != "" {
					t.Fatalf("%s after %d bytes: %v", name, limit, err)
				}
				if !strings.HasPrefix(err.Error(), "cannot write "+we.Doing+": ") || strings.Contains(err.Error(), "arrow") {
					t.Fatalf("%s after %d bytes: %q", name, limit, err)
				}
				calls := w.calls
				w.left = 1 << 20
				for _, again := range []error{s.Write(cols), s.End(), s.Begin(fields)} {
					if again != err {
						t.Fatalf("%s after %d bytes: later %v", name, limit, again)
					}
				}
				if w.calls != calls {
					t.Fatalf("%s after %d bytes: written to again", name, limit)
				}
			}
		}
	}
}

func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	s := NewStream(w)
	if err := s.Begin(nil); err != nil {
		t.Fatal(err)
	}
	if err := s.End(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("End: %v", err)
	}
}

func TestMisuse(t *testing.T) {
	fields := allFields()
	full := func() *Columns {
		cols := NewColumns(fields)
		appendRow(cols, make([]value, len(fields)))
		return cols
	}
	ragged := full()
	ragged.Col(2).AppendNull()
	huge := full()
	huge.Col(6).data = make([]byte, math.MaxInt32+1) // never touched, so it costs no memory
	cases := map[string]struct {
		do   func(Sink) error
		want string
	}{
		"write before begin": {func(s Sink) error { return s.Write(full()) },
			"cannot write a batch of 1 rows: no run was begun"},
		"end before begin": {func(s Sink) error { return s.End() },
			"cannot write the end mark: no run was begun"},
		"begin twice": {func(s Sink) error {
			s.Begin(fields)
			return s.Begin(fields)
		}, "cannot write the schema: the run before it was not ended"},
		"other columns": {func(s Sink) error {
			s.Begin(fields[:2])
			return s.Write(full())
		}, "cannot write a batch of 1 rows: its columns are not those of the run"},
		"half a row": {func(s Sink) error {
			s.Begin(fields)
			return s.Write(ragged)
		}, `cannot write a batch of 1 rows: column "f64" holds 2 values, the batch has 1 rows`},
		"too much text": {func(s Sink) error {
			s.Begin(fields)
			return s.Write(huge)
		}, `cannot write a batch of 1 rows: column "text" holds 2147483648 bytes, over the 2 GiB of one batch`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s := NewStream(&out)
			err := c.do(s)
			var we *WriteError
			if !errors.As(err, &we) || we.Code() != "internal" || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if again := s.Begin(fields); again != err {
				t.Errorf("later: %v", again)
			}
		})
	}
}

// TestWriteAllocations holds what a batch costs to a number of allocations that
// does not grow with its rows.
func TestWriteAllocations(t *testing.T) {
	count := func(rows int) float64 {
		fields := allFields()
		cols := NewColumns(fields)
		r := rand.New(rand.NewPCG(1, 2))
		for range rows {
			appendRow(cols, randomRow(r, fields, 0.1))
		}
		s := NewStream(io.Discard)
		if err := s.Begin(fields); err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(20, func() {
			if err := s.Write(cols); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := count(10), count(20_000); many > few+5 {
		t.Errorf("%v allocations for 10 rows, %v for 20000", few, many)
	}
}
