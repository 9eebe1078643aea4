package arrowipc

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTypeNames(t *testing.T) {
	want := "int32 int64 float64 bool timestamp timestamp[UTC] string binary"
	var names []string
	for _, f := range allFields() {
		names = append(names, f.TypeName())
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Kind(99).String(); got != "kind(99)" {
		t.Errorf("an unknown kind is called %q", got)
	}
}

func TestNewColumnsRefusesUnknownKinds(t *testing.T) {
	for _, k := range []Kind{0, Binary + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", k)
				}
			}()
			NewColumns([]Field{{Name: "x", Kind: k}})
		}()
	}
}

func TestInt32Range(t *testing.T) {
	c := NewColumns([]Field{{Name: "x", Kind: Int32}}).Col(0)
	c.AppendInt64(-1 << 31)
	c.AppendInt64(1<<31 - 1)
	if c.Int64(0) != -1<<31 || c.Int64(1) != 1<<31-1 {
		t.Errorf("got %d and %d", c.Int64(0), c.Int64(1))
	}
	defer func() {
		if recover() == nil {
			t.Error("2147483648 was taken")
		}
	}()
	c.AppendInt64(1 << 31)
}

// TestColumnsAgainstModel appends, rolls back, truncates and resets at random
// and compares with rows kept in plain slices.
func TestColumnsAgainstModel(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		fields := allFields()
		cols := NewColumns(fields)
		nulls := []float64{0, 0.01, 0.5, 1}[seed%4]
		var model [][]value
		for range 2000 {
			switch n := r.IntN(100); {
			case n < 90:
				row := randomRow(r, fields, nulls)
				appendRow(cols, row)
				model = append(model, row)
			case n < 96: // a row that is begun and taken back
				for i, v := range randomRow(r, fields, nulls)[:r.IntN(len(fields))] {
					appendValue(cols.Col(i), v)
				}
				cols.Truncate(cols.Len())
			case n < 99:
				keep := r.IntN(len(model) + 1)
				keep = max(keep, len(model)-30)
				cols.Truncate(keep)
				model = model[:keep]
			default:
				if r.IntN(10) == 0 {
					cols.Reset()
					model = nil
				}
			}
		}
		checkColumns(t, cols, model)
	}
}

func checkColumns(t *testing.T, cols *Columns, want [][]value) {
	t.Helper()
	if cols.Len() != len(want) {
		t.Fatalf("Len %d, want %d", cols.Len(), len(want))
	}
	for j, f := range cols.Fields() {
		col, nulls := cols.Col(j), 0
		if col.Len() != len(want) || col.Kind() != f.Kind {
			t.Fatalf("column %s: %d values of %v", f.Name, col.Len(), col.Kind())
		}
		for i, row := range want {
			if row[j] == nil {
				nulls++
			}
			if got := cellOf(f, col, i); !sameCell(got, row[j]) {
				t.Fatalf("column %s, row %d: %v, want %v", f.Name, i, got, row[j])
			}
		}
		if col.NullCount() != nulls {
			t.Fatalf("column %s: %d nulls, want %d", f.Name, col.NullCount(), nulls)
		}
	}
	if err := cols.check(); err != nil {
		t.Fatal(err)
	}
}

func TestSetLenAndBytes(t *testing.T) {
	cols := NewColumns([]Field{{Name: "n", Kind: Int64}, {Name: "s", Kind: String}})
	empty := cols.Bytes()
	for range 100 {
		cols.Col(0).AppendInt64(1)
	}
	for range 100 {
		cols.Col(1).AppendBytes([]byte("0123456789"))
	}
	cols.SetLen(100)
	if err := cols.check(); err != nil {
		t.Fatal(err)
	}
	if got, want := cols.Bytes()-empty, 100*(8+4+10); got != want {
		t.Errorf("100 rows take %d bytes, want %d", got, want)
	}
	cols.Reset()
	if cols.Bytes() != empty || cols.Len() != 0 {
		t.Errorf("after Reset: %d bytes, %d rows", cols.Bytes(), cols.Len())
	}
}

// TestNoAllocationPerRow fills columns that have their memory already.
func TestNoAllocationPerRow(t *testing.T) {
	const rows = 1000
	fields := allFields()
	cols := NewColumns(fields)
	text := []byte("Central Park West & W 85 St")
	fill := func() {
		cols.Reset()
		for n := range int64(rows) {
			for i, f := range fields {
				c := cols.Col(i)
				switch {
				case n%7 == int64(i):
					c.AppendNull()
				case f.Kind == Float64:
					c.AppendFloat64(float64(n))
				case f.Kind == Bool:
					c.AppendBool(n&1 == 0)
				case f.Kind == String || f.Kind == Binary:
					c.AppendBytes(text)
				default:
					c.AppendInt64(n)
				}
			}
			cols.EndRow()
			if n%100 == 50 {
				cols.Truncate(cols.Len() - 1)
			}
		}
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n != 0 {
		t.Errorf("%v allocations for %d rows into warm columns", n, rows)
	}
}
