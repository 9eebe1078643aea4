package arrowipc

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// NewStream returns a sink that writes the Arrow IPC streaming format to w: the
// schema (with the first batch, or at End), one record batch a Write, the end
// mark at End. A second Begin starts a second stream right after the first.
// When Write or End returns, all of its bytes are with w.
func NewStream(w io.Writer) Sink { return newSink(w, false, memory.DefaultAllocator) }

// NewFile returns a sink that writes the Arrow IPC file format to w, its footer
// at End: a file that was cut off is not readable. w must stand at the start of
// the file; it is not asked to seek. Whoever calls Begin a second time has
// emptied the file before.
func NewFile(w io.Writer) Sink { return newSink(w, true, memory.DefaultAllocator) }

// recordWriter is what ipc.Writer and ipc.FileWriter have in common.
type recordWriter interface {
	Write(arrow.Record) error
	Close() error
}

type sink struct {
	out    *output
	file   bool
	mem    memory.Allocator
	fields []Field
	schema *arrow.Schema
	w      recordWriter // nil outside Begin ... End
	failed error
}

func newSink(w io.Writer, file bool, mem memory.Allocator) *sink {
	return &sink{out: newOutput(w), file: file, mem: mem}
}

func (s *sink) Begin(fields []Field) error {
	const doing = "the schema"
	if s.failed != nil {
		return s.failed
	}
	if s.w != nil {
		return s.misuse(doing, "the run before it was not ended")
	}
	s.fields, s.schema = slices.Clone(fields), schemaOf(fields)
	opts := []ipc.Option{ipc.WithSchema(s.schema), ipc.WithAllocator(s.mem)}
	if !s.file {
		s.w = ipc.NewWriter(s.out, opts...)
		return nil
	}
	s.out.pos = 0
	w, err := ipc.NewFileWriter(s.out, opts...)
	if err != nil {
		return s.fail(doing, err)
	}
	s.w = w
	return nil
}

func (s *sink) Write(cols *Columns) error {
	if s.failed != nil {
		return s.failed
	}
	doing := fmt.Sprintf("a batch of %d rows", cols.Len())
	if s.w == nil {
		return s.misuse(doing, "no run was begun")
	}
	if !slices.Equal(cols.fields, s.fields) {
		return s.misuse(doing, "its columns are not those of the run")
	}
	if err := cols.check(); err != nil {
		return s.misuse(doing, err.Error())
	}
	rec := recordOf(s.schema, cols)
	defer rec.Release()
	if err := s.w.Write(rec); err != nil {
		return s.fail(doing, err)
	}
	if err := s.out.flush(); err != nil {
		return s.fail(doing, err)
	}
	return nil
}

func (s *sink) End() error {
	const doing = "the end mark"
	if s.failed != nil {
		return s.failed
	}
	if s.w == nil {
		return s.misuse(doing, "no run was begun")
	}
	if err := s.w.Close(); err != nil {
		return s.fail(doing, err)
	}
	s.w = nil
	if err := s.out.flush(); err != nil {
		return s.fail(doing, err)
	}
	return nil
}

// fail notes the error for good: Arrow's writers forget theirs and would go on
// with a hole in the data.
func (s *sink) fail(doing string, err error) error {
	if s.out.err != nil { // the cause itself, without Arrow's words around it
		s.failed = &WriteError{Doing: doing, Err: s.out.err}
	} else {
		s.failed = &WriteError{Doing: doing, Err: err, code: "internal"}
	}
	return s.failed
}

func (s *sink) misuse(doing, why string) error { return s.fail(doing, errors.New(why)) }

func schemaOf(fields []Field) *arrow.Schema {
	fs := make([]arrow.Field, len(fields))
	for i, f := range fields {
		fs[i] = arrow.Field{Name: f.Name, Type: typeOf(f), Nullable: true}
	}
	return arrow.NewSchema(fs, nil)
}

func typeOf(f Field) arrow.DataType {
	switch f.Kind {
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Timestamp:
		if f.UTC {
			return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
		}
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case String:
		return arrow.BinaryTypes.String
	case Binary:
		return arrow.BinaryTypes.Binary
	}
	panic("arrowipc: column " + f.Name + " has unknown " + f.Kind.String())
}

// recordOf lays Arrow arrays over the buffers of cols, which must not change
// before the record is released.
func recordOf(schema *arrow.Schema, cols *Columns) arrow.Record {
	arrs := make([]arrow.Array, len(cols.cols))
	for i := range cols.cols {
		data := cols.cols[i].arrayData(schema.Field(i).Type)
		arrs[i] = array.MakeFromData(data)
		data.Release()
	}
	rec := array.NewRecord(schema, arrs, int64(cols.rows))
	for _, a := range arrs {
		a.Release()
	}
	return rec
}

func (c *Column) arrayData(dt arrow.DataType) *array.Data {
	n := c.Len()
	var valid *memory.Buffer
	if c.nulls > 0 {
		c.cover(n)
		valid = memory.NewBufferBytes(c.valid)
	}
	bufs := []*memory.Buffer{valid, nil}
	switch c.kind {
	case Int32:
		bufs[1] = memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.int32s))
	case Float64:
		bufs[1] = memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(c.floats))
	case Bool:
		bufs[1] = memory.NewBufferBytes(c.bits)
	case String, Binary:
		bufs[1] = memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.offsets))
		bufs = append(bufs, memory.NewBufferBytes(c.data))
	default:
		bufs[1] = memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(c.ints))
	}
	return array.NewData(dt, n, bufs, nil, c.nulls, 0)
}
