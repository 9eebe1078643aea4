// Package arrowipc holds typed column buffers and writes them as Apache Arrow
// IPC, as a stream or as a file.
//
// Rows are appended to a Columns, value by value; a Sink writes them as one
// record batch without copying the values. The package is the only one of this
// module that imports Arrow, and it hands out no Arrow types. It does not read
// Arrow data.
package arrowipc

import (
	"fmt"
	"math"
)

// Kind is the type of a column's values.
type Kind uint8

// The kinds. A Timestamp is an int64: microseconds since 1970-01-01T00:00:00.
const (
	Int32 Kind = iota + 1
	Int64
	Float64
	Bool
	Timestamp
	String
	Binary
)

var kindNames = [...]string{Int32: "int32", Int64: "int64", Float64: "float64", Bool: "bool",
	Timestamp: "timestamp", String: "string", Binary: "binary"}

// String gives the kind's name as users write it: int64, timestamp, ...
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// Field describes a column. Every column may hold nulls.
type Field struct {
	Name string
	Kind Kind
	UTC  bool // Timestamp only: the zone is UTC; otherwise there is none
}

// TypeName gives the type as users write it: int64, timestamp[UTC], ...
func (f Field) TypeName() string {
	if f.Kind == Timestamp && f.UTC {
		return "timestamp[UTC]"
	}
	return f.Kind.String()
}

// Columns is a set of column buffers that is filled row by row, written, reset
// and filled again; its memory is kept. It is not safe for use by several
// goroutines at once.
//
// A row is one Append call on each column and then EndRow. Truncate(Len())
// takes back a row begun.
type Columns struct {
	fields []Field
	cols   []Column
	rows   int
}

// NewColumns returns empty columns of the given fields, which must not be
// changed afterwards. It panics on an unknown kind.
func NewColumns(fields []Field) *Columns {
	c := &Columns{fields: fields, cols: make([]Column, len(fields))}
	for i, f := range fields {
		if f.Kind == 0 || int(f.Kind) >= len(kindNames) {
			panic("arrowipc: column " + f.Name + " has unknown " + f.Kind.String())
		}
		c.cols[i].kind = f.Kind
		c.cols[i].reset()
	}
	return c
}

// Fields gives the fields as passed to NewColumns.
func (c *Columns) Fields() []Field { return c.fields }

// Col gives column i. The pointer stays good as long as c.
func (c *Columns) Col(i int) *Column { return &c.cols[i] }

// Len gives the number of whole rows.
func (c *Columns) Len() int { return c.rows }

// EndRow counts the row just appended.
func (c *Columns) EndRow() { c.rows++ }

// SetLen declares that n rows are whole, for those who fill column by column.
func (c *Columns) SetLen(n int) { c.rows = n }

// Truncate keeps the first n rows, n <= Len(). Values past them, those of a
// row begun but not ended among them, are dropped.
func (c *Columns) Truncate(n int) {
	for i := range c.cols {
		c.cols[i].truncate(n)
	}
	c.rows = n
}

// Reset drops all rows and keeps the memory.
func (c *Columns) Reset() {
	for i := range c.cols {
		c.cols[i].reset()
	}
	c.rows = 0
}

// Bytes gives the bytes the rows take. The text of one batch must stay under
// 2 GiB a column, so write and Reset well before. It costs a few nanoseconds a
// column.
func (c *Columns) Bytes() int {
	n := 0
	for i := range c.cols {
		col := &c.cols[i]
		n += 4*len(col.int32s) + 8*len(col.ints) + 8*len(col.floats) + 4*len(col.offsets) +
			len(col.data) + len(col.bits) + len(col.valid)
	}
	return n
}

// check tells the first column that does not fit the row count.
func (c *Columns) check() error {
	for i := range c.cols {
		col := &c.cols[i]
		if n := col.Len(); n != c.rows {
			return fmt.Errorf("column %q holds %d values, the batch has %d rows", c.fields[i].Name, n, c.rows)
		}
		if len(col.data) > math.MaxInt32 {
			return fmt.Errorf("column %q holds %d bytes, over the 2 GiB of one batch", c.fields[i].Name, len(col.data))
		}
	}
	return nil
}

// Column is one column's buffers. The Append methods must fit its kind:
// AppendInt64 is for Int32, Int64 and Timestamp, AppendFloat64 for Float64,
// AppendBool for Bool, AppendBytes for String and Binary, AppendNull for all.
// A wrong one is not noticed before the batch is written. Memory grows by
// doubling; apart from that appending allocates nothing.
type Column struct {
	kind    Kind
	int32s  []int32
	ints    []int64
	floats  []float64
	offsets []int32 // of String and Binary: one more than there are rows
	data    []byte
	bits    []byte // of Bool, one a row, low bit first; bits past nbits are 0
	nbits   int

	// The validity bitmap covers the rows before nvalid; all later rows are
	// valid. So only AppendNull has to touch it. Bits past nvalid are 0.
	valid  []byte
	nvalid int
	nulls  int
}

// Kind gives the column's kind.
func (c *Column) Kind() Kind { return c.kind }

// Len gives the number of values, nulls included.
func (c *Column) Len() int {
	switch c.kind {
	case Int32:
		return len(c.int32s)
	case Float64:
		return len(c.floats)
	case Bool:
		return c.nbits
	case String, Binary:
		return len(c.offsets) - 1
	}
	return len(c.ints)
}

// NullCount gives the number of nulls.
func (c *Column) NullCount() int { return c.nulls }

// AppendInt64 appends to a column of Int32, Int64 or Timestamp (microseconds).
// It panics where v does not fit into an Int32 column.
func (c *Column) AppendInt64(v int64) {
	if c.kind == Int32 {
		c.appendInt32(v)
		return
	}
	c.ints = append(c.ints, v)
}

//go:noinline
func (c *Column) appendInt32(v int64) {
	if v != int64(int32(v)) {
		panic(fmt.Sprintf("arrowipc: %d does not fit into an int32 column", v))
	}
	c.int32s = append(c.int32s, int32(v))
}

// AppendFloat64 appends to a Float64 column.
func (c *Column) AppendFloat64(v float64) { c.floats = append(c.floats, v) }

// AppendBool appends to a Bool column.
func (c *Column) AppendBool(v bool) {
	if c.nbits&7 == 0 {
		c.bits = append(c.bits, 0)
	}
	if v {
		c.bits[c.nbits>>3] |= 1 << (c.nbits & 7)
	}
	c.nbits++
}

// AppendBytes appends a copy of v to a String or Binary column. A nil v is an
// empty value, not a null. Text is taken as it is: that it is UTF-8 is the
// caller's to see to.
func (c *Column) AppendBytes(v []byte) {
	c.data = append(c.data, v...)
	c.offsets = append(c.offsets, int32(len(c.data)))
}

// AppendNull appends a null to a column of any kind.
func (c *Column) AppendNull() {
	n := c.Len()
	c.cover(n)
	if n&7 == 0 {
		c.valid = append(c.valid, 0)
	}
	c.nvalid = n + 1
	c.nulls++
	switch c.kind {
	case Int32:
		c.int32s = append(c.int32s, 0)
	case Float64:
		c.floats = append(c.floats, 0)
	case Bool:
		c.AppendBool(false)
	case String, Binary:
		c.offsets = append(c.offsets, int32(len(c.data)))
	default:
		c.ints = append(c.ints, 0)
	}
}

// cover extends the validity bitmap by valid rows until it covers n rows.
func (c *Column) cover(n int) {
	for c.nvalid < n {
		if c.nvalid&7 == 0 {
			c.valid = append(c.valid, 0)
		}
		rest := min(n-c.nvalid, 8-c.nvalid&7)
		c.valid[c.nvalid>>3] |= byte(1<<rest-1) << (c.nvalid & 7)
		c.nvalid += rest
	}
}

// IsNull tells whether row i is null. For the values of nulls see the readers:
// 0, false or empty.
func (c *Column) IsNull(i int) bool {
	return c.nulls != 0 && i < c.nvalid && c.valid[i>>3]>>(i&7)&1 == 0
}

// Int64 reads row i of an Int32, Int64 or Timestamp column.
func (c *Column) Int64(i int) int64 {
	if c.kind == Int32 {
		return int64(c.int32s[i])
	}
	return c.ints[i]
}

// Float64 reads row i of a Float64 column.
func (c *Column) Float64(i int) float64 { return c.floats[i] }

// Bool reads row i of a Bool column.
func (c *Column) Bool(i int) bool { return c.bits[i>>3]>>(i&7)&1 == 1 }

// Bytes reads row i of a String or Binary column. The slice is good until the
// next Truncate or Reset and must not be changed.
func (c *Column) Bytes(i int) []byte {
	lo, hi := c.offsets[i], c.offsets[i+1]
	return c.data[lo:hi:hi]
}

func (c *Column) reset() {
	c.int32s, c.ints, c.floats = c.int32s[:0], c.ints[:0], c.floats[:0]
	c.offsets, c.data = c.offsets[:0], c.data[:0]
	c.bits, c.nbits = c.bits[:0], 0
	c.valid, c.nvalid, c.nulls = c.valid[:0], 0, 0
	if c.kind == String || c.kind == Binary {
		c.offsets = append(c.offsets, 0)
	}
}

// truncate drops the values from row n on; a column that is shorter stays.
func (c *Column) truncate(n int) {
	if n >= c.Len() {
		return
	}
	switch c.kind {
	case Int32:
		c.int32s = c.int32s[:n]
	case Float64:
		c.floats = c.floats[:n]
	case Bool:
		c.bits, c.nbits = cutBits(c.bits, n), n
	case String, Binary:
		c.offsets = c.offsets[:n+1]
		c.data = c.data[:c.offsets[n]]
	default:
		c.ints = c.ints[:n]
	}
	if n < c.nvalid {
		for i := n; i < c.nvalid && c.nulls > 0; i++ {
			c.nulls -= int(^c.valid[i>>3] >> (i & 7) & 1)
		}
		c.valid, c.nvalid = cutBits(c.valid, n), n
	}
}

// cutBits keeps the first n bits and clears the rest of the last byte.
func cutBits(b []byte, n int) []byte {
	b = b[:(n+7)>>3]
	if n&7 != 0 {
		b[len(b)-1] &= 1<<(n&7) - 1
	}
	return b
}
