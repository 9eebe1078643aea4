// Package decode turns record bytes into typed columns: CSV, text and raw.
//
// Check looks at the options before anything is read. ChooseFormat settles the
// format "auto" from a sample. An Inferrer takes the records whose column types
// are to be found and gives the Decoder, which appends one row per record.
//
// The package reads no topic and knows neither topic names nor clusters: its
// errors carry the index of the record, the caller adds where that record is.
package decode

import "github.com/tailframe/tailframe/arrowipc"

// Record is one record as it was read. The slices are only looked at during
// the call they are passed to; nothing is kept of them.
type Record struct {
	Value, Key []byte // nil: null
	Headers    []Header
	Partition  int32
	Offset     int64
	Timestamp  int64 // milliseconds since the epoch; -1: none
}

// Header is one header of a record. Names may repeat; a nil Value is null.
type Header struct {
	Name  string
	Value []byte
}

// Decoder appends records to columns. It is not safe for use by several
// goroutines at once, nor beside the Inferrer it came from.
type Decoder interface {
	// Fields gives the columns, the meta columns last.
	Fields() []arrowipc.Field

	// Decode appends one row per record to cols, which must have been made
	// from Fields. It stops at the first record it cannot decode: the rows of
	// the records before it are appended, of the record itself nothing. The
	// error is a *FieldError or, from inferred types only, a *PromoteError;
	// both carry the index of the record in recs.
	Decode(recs []Record, cols *arrowipc.Columns) error
}

// HeaderSkipper is a Decoder that skips header records, for which it appends
// no row.
type HeaderSkipper interface {
	// HeadersSkipped gives the number of header records skipped so far.
	HeadersSkipped() int64
}
