package arrowipc

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// allFields has every kind once.
func allFields() []Field {
	return []Field{
		{Name: "i32", Kind: Int32},
		{Name: "i64", Kind: Int64},
		{Name: "f64", Kind: Float64},
		{Name: "yes", Kind: Bool},
		{Name: "local", Kind: Timestamp},
		{Name: "utc", Kind: Timestamp, UTC: true},
		{Name: "text", Kind: String},
		{Name: "raw", Kind: Binary},
	}
}

// value is any cell: nil, int64, float64, bool or []byte.
type value any

func appendValue(c *Column, v value) {
	switch v := v.(type) {
	case nil:
		c.AppendNull()
	case int64:
		c.AppendInt64(v)
	case float64:
		c.AppendFloat64(v)
	case bool:
		c.AppendBool(v)
	case []byte:
		c.AppendBytes(v)
	default:
		panic(fmt.Sprintf("no cell: %T", v))
	}
}

func appendRow(cols *Columns, row []value) {
	for i, v := range row {
		appendValue(cols.Col(i), v)
	}
	cols.EndRow()
}

// cellOf reads a cell back through the Column's own readers.
func cellOf(f Field, c *Column, i int) value {
	if c.IsNull(i) {
		return nil
	}
	switch f.Kind {
	case Float64:
		return c.Float64(i)
	case Bool:
		return c.Bool(i)
	case String, Binary:
		return bytes.Clone(c.Bytes(i))
	}
	return c.Int64(i)
}

func sameCell(a, b value) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	}
	return a == b
}

// randomRow draws a row; nulls come with probability p.
func randomRow(r *rand.Rand, fields []Field, p float64) []value {
	row := make([]value, len(fields))
	for i, f := range fields {
		if r.Float64() < p {
			continue
		}
		switch f.Kind {
		case Int32:
			row[i] = int64(int32(r.Uint32()))
		case Int64, Timestamp:
			row[i] = int64(r.Uint64())
		case Float64:
			row[i] = math.Float64frombits(r.Uint64())
		case Bool:
			row[i] = r.IntN(2) == 0
		default:
			b := make([]byte, r.IntN(20))
			for j := range b {
				b[j] = byte('a' + r.IntN(26))
			}
			row[i] = b
		}
	}
	return row
}

// arrowCell reads a cell through Arrow.
func arrowCell(a arrow.Array, i int) value {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Timestamp:
		return int64(a.Value(i))
	case *array.String:
		return []byte(a.Value(i))
	case *array.Binary:
		return bytes.Clone(a.Value(i))
	}
	panic(fmt.Sprintf("no kind of ours: %T", a))
}

// decoded is one stream or file as Arrow reads it.
type decoded struct {
	schema  *arrow.Schema
	batches []int // rows of each
	rows    [][]value
}

func (d *decoded) add(rec arrow.Record) {
	d.batches = append(d.batches, int(rec.NumRows()))
	for i := range int(rec.NumRows()) {
		row := make([]value, rec.NumCols())
		for j := range row {
			row[j] = arrowCell(rec.Column(j), i)
		}
		d.rows = append(d.rows, row)
	}
}

// readStream reads one stream from r with Arrow's own reader.
func readStream(t *testing.T, r io.Reader) *decoded {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	rd, err := ipc.NewReader(r, ipc.WithAllocator(mem))
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Release()
	d := &decoded{schema: rd.Schema()}
	for rd.Next() {
		d.add(rd.Record())
	}
	if err := rd.Err(); err != nil {
		t.Fatal(err)
	}
	return d
}

func readFile(t *testing.T, b []byte) *decoded {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	rd, err := ipc.NewFileReader(bytes.NewReader(b), ipc.WithAllocator(mem))
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	d := &decoded{schema: rd.Schema()}
	for i := range rd.NumRecords() {
		rec, err := rd.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		d.add(rec)
	}
	return d
}

func checkRows(t *testing.T, got, want [][]value) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if !sameCell(got[i][j], want[i][j]) {
				t.Fatalf("row %d, column %d: %v, want %v", i, j, got[i][j], want[i][j])
			}
		}
	}
}
