package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxRecord bounds one record of an input file. It is far above what brokers
// take (1 MiB by default), so only a quote that never closes gets there.
const maxRecord = 256 << 20

// recordScanner cuts a file into records and leaves their bytes as they are,
// without the line end that closes each (LF or CRLF) and, of CSV, without the
// byte order mark at the file's start.
type recordScanner struct {
	in   *bufio.Reader
	csv  bool   // line ends in quotes belong to the record, blank lines are none
	buf  []byte // a record that does not lie whole in in's buffer
	line int    // line where the record begins, from 1
	next int    // line where the next one begins
}

func newRecordScanner(r io.Reader, csv bool) *recordScanner {
	return &recordScanner{in: bufio.NewReaderSize(r, 1<<18), csv: csv, next: 1}
}

// byteOrderMark begins CSV files that some spreadsheets write.
const byteOrderMark = "\ufeff"

// errOpenQuote is a CSV file that ends, or goes on too long, inside quotes.
var errOpenQuote = errors.New("a quoted field is not closed")

// Next returns the next record, valid until the call after, or io.EOF.
func (s *recordScanner) Next() ([]byte, error) {
	if s.csv && s.next == 1 { // a byte order mark would hide the first field's quote
		if mark, _ := s.in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
			s.in.Discard(len(byteOrderMark))
		}
	}
	for {
		s.line = s.next
		record, err := s.cut()
		if err != nil {
			return nil, err
		}
		if len(record) == 0 && s.csv {
			continue
		}
		return record, nil
	}
}

// cut reads up to a line end that closes a record.
func (s *recordScanner) cut() ([]byte, error) {
	s.buf = s.buf[:0]
	var state quoteState
	for {
		part, err := s.in.ReadSlice('\n')
		if s.csv {
			state = state.after(part)
		}
		whole := err == nil && state != inQuotes
		if whole && len(s.buf) == 0 {
			s.next++
			return trimLineEnd(part), nil
		}
		s.buf = append(s.buf, part...)
		switch {
		case whole:
			s.next++
			return trimLineEnd(s.buf), nil
		case len(s.buf) > maxRecord && state == inQuotes:
			return nil, fmt.Errorf("line %d: %w", s.line, errOpenQuote)
		case len(s.buf) > maxRecord:
			return nil, fmt.Errorf("line %d: a record of more than %d bytes", s.line, maxRecord)
		case err == nil:
			s.next++
		case errors.Is(err, bufio.ErrBufferFull):
		case !errors.Is(err, io.EOF):
			return nil, err
		case len(s.buf) == 0:
			return nil, io.EOF
		case state == inQuotes:
			return nil, fmt.Errorf("line %d: %w", s.line, errOpenQuote)
		default: // the last line has no line end
			return s.buf, nil
		}
	}
}

func trimLineEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// quoteState is where in a CSV record a byte stands. A quote opens a field
// only at its start; one further in is a plain byte.
type quoteState uint8

const (
	atFieldStart quoteState = iota
	inField
	inQuotes
	afterQuote // a quote in quotes: the end of the field, or one half of a doubled quote
)

func (q quoteState) after(part []byte) quoteState {
	// Most lines of most files have no quote at all.
	if q == atFieldStart && bytes.HasSuffix(part, []byte("\n")) && bytes.IndexByte(part, '"') < 0 {
		return inField
	}
	for _, b := range part {
		q = q.step(b)
	}
	return q
}

func (q quoteState) step(b byte) quoteState {
	switch {
	case q == inQuotes && b == '"':
		return afterQuote
	case q == inQuotes:
		return inQuotes
	case b == '"' && q != inField:
		return inQuotes
	case b == ',':
		return atFieldStart
	default:
		return inField
	}
}

// csvField appends the text of field number n (from 0) of a record to dst,
// without its quotes. quoted tells an empty text from an empty field, ok
// whether there is such a field.
func csvField(dst, record []byte, n int) (field []byte, quoted, ok bool) {
	q := atFieldStart
	for _, b := range record {
		was := q
		q = q.step(b)
		if q == atFieldStart { // a comma outside quotes
			if n == 0 {
				return dst, quoted, true
			}
			n--
			continue
		}
		if n != 0 {
			continue
		}
		switch {
		case was == atFieldStart && q == inQuotes:
			quoted = true
		case was == inQuotes && q == afterQuote: // closes, or is the first of two
		default:
			dst = append(dst, b)
		}
	}
	return dst, quoted, n == 0
}
