package decode

import (
	"bytes"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// csvFault is how a record breaks the rules of CSV.
type csvFault uint8

const (
	wellFormed csvFault = iota
	openQuote
	bareQuote
	afterQuote
	moreLines
)

// splitter cuts records of CSV (RFC 4180) into fields. One record is one line;
// line ends inside quotes are data, as are spaces, NUL bytes and a byte order
// mark. Quotes are read strictly, as encoding/csv reads them.
type splitter struct {
	nulls       [][]byte
	nullLens    uint64 // bit n: a null word has n bytes; bit 63: 63 or more
	emptyNull   bool   // "" is a null word
	quotedNulls bool
	header      [][]byte // nil: header records are not skipped
	scratch     []byte   // a field with doubled quotes made single
}

func (s *splitter) init(o *Options) {
	for _, w := range o.Nulls {
		s.nulls = append(s.nulls, []byte(w))
		s.nullLens |= 1 << min(len(w), 63)
	}
	s.emptyNull = s.nullLens&1 != 0
	s.quotedNulls = o.QuotedNulls
	if o.Header {
		for _, c := range o.Columns {
			s.header = append(s.header, []byte(c.Name))
		}
	}
}

// trimLine drops the line end of a record: a newline, a carriage return and a
// newline, or what splitting at newlines leaves of the latter.
func trimLine(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

// next cuts the field that begins at pos <= len(b). It ends at b[end], a
// comma, or with b. The field is good until the next call.
func (s *splitter) next(b []byte, pos int) (field []byte, quoted bool, end int, bad csvFault) {
	if pos == len(b) || b[pos] != '"' {
		end, _ = scanPlain(b, pos)
		if end < len(b) && b[end] != ',' {
			if b[end] == '"' {
				return nil, false, end, bareQuote
			}
			return nil, false, end, moreLines
		}
		return b[pos:end], false, end, wellFormed
	}
	start := pos + 1
	s.scratch = s.scratch[:0]
	for {
		q, _ := scanQuote(b, start)
		switch {
		case q == len(b):
			return nil, true, q, openQuote
		case q+1 < len(b) && b[q+1] == '"':
			s.scratch = append(s.scratch, b[start:q+1]...)
			start = q + 2
			continue
		case q+1 < len(b) && b[q+1] == '\n' || bytes.HasPrefix(b[q+1:], []byte("\r\n")):
			return nil, true, q, moreLines
		case q+1 < len(b) && b[q+1] != ',':
			return nil, true, q, afterQuote
		case len(s.scratch) == 0:
			return b[start:q], true, q + 1, wellFormed
		}
		s.scratch = append(s.scratch, b[start:q]...)
		return s.scratch, true, q + 1, wellFormed
	}
}

const (
	quotes8   = '"' * ones
	commas8   = ',' * ones
	newlines8 = '\n' * ones
)

// scanQuote finds the next quote from pos on, len(b) if there is none. high is
// 0 if all bytes before it are ASCII.
func scanQuote(b []byte, pos int) (end int, high uint64) {
	for ; pos+8 <= len(b); pos += 8 {
		x := word(b, pos)
		if t := hasByte(x, quotes8); t != 0 {
			bit := uint(bits.TrailingZeros64(t)) & 63
			return pos + int(bit>>3), (high | x&(1<<(bit&56)-1)) & highs
		}
		high |= x
	}
	for ; pos < len(b) && b[pos] != '"'; pos++ {
		high |= uint64(b[pos])
	}
	return pos, high & highs
}

// scanPlain finds the next comma, quote or newline from pos on, len(b) if
// there is none. high is as for scanQuote.
func scanPlain(b []byte, pos int) (end int, high uint64) {
	for ; pos+8 <= len(b); pos += 8 {
		x := word(b, pos)
		if t := hasByte(x, commas8) | hasByte(x, quotes8) | hasByte(x, newlines8); t != 0 {
			bit := uint(bits.TrailingZeros64(t)) & 63
			return pos + int(bit>>3), (high | x&(1<<(bit&56)-1)) & highs
		}
		high |= x
	}
	for ; pos < len(b); pos++ {
		c := b[pos]
		if c == ',' || c == '"' || c == '\n' {
			break
		}
		high |= uint64(c)
	}
	return pos, high & highs
}

// isNull tells whether a field means null.
func (s *splitter) isNull(field []byte, quoted bool) bool {
	if s.nullLens>>min(len(field), 63)&1 == 0 || quoted && !s.quotedNulls {
		return false
	}
	for _, w := range s.nulls {
		if string(w) == string(field) {
			return true
		}
	}
	return false
}

// byteOrderMark is data, except before a header record.
const byteOrderMark = "\ufeff"

// isHeader tells whether a record is to be skipped as a header.
func (s *splitter) isHeader(b []byte) bool {
	if s.header == nil {
		return false
	}
	b = bytes.TrimPrefix(b, []byte(byteOrderMark))
	pos := 0
	for _, name := range s.header {
		if pos > len(b) {
			return false
		}
		field, _, end, bad := s.next(b, pos)
		if bad != wellFormed || string(field) != string(name) {
			return false
		}
		pos = end + 1
	}
	return pos > len(b)
}

// count gives the number of fields of a well-formed record.
func (s *splitter) count(b []byte) int {
	n, _ := s.shape(b)
	return n
}

// shape counts the fields up to the one that breaks the rules, if any does.
func (s *splitter) shape(b []byte) (fields int, bad csvFault) {
	for pos := 0; pos <= len(b); {
		_, _, end, bad := s.next(b, pos)
		fields++
		if bad != wellFormed {
			return fields, bad
		}
		pos = end + 1
	}
	return fields, wellFormed
}

// check tells what is wrong with a record that is not empty. The number of
// fields matters if known.
func (s *splitter) check(b []byte, want int, known bool) *FieldError {
	n, bad := s.shape(b)
	if bad == wellFormed && (n == want || !known) {
		return nil
	}
	e := &FieldError{Value: excerpt(b)}
	switch {
	case bad == openQuote:
		e.Reason = fmt.Sprintf("ends inside the quotes of field %d", n)
		e.hint = "a quote inside a quoted field must be doubled"
	case bad == bareQuote:
		e.Reason = fmt.Sprintf("has a quote inside field %d, which is not quoted", n)
		e.hint = "quote the whole field and double the quotes inside it"
	case bad == afterQuote:
		e.Reason = fmt.Sprintf("has text after the closing quote of field %d", n)
		e.hint = "a quote inside a quoted field must be doubled"
	case bad == moreLines:
		e.Reason = fmt.Sprintf("has more than one line: the first ends in field %d", n)
		e.hint = "produce every line of CSV as a record of its own; line ends that are data belong in quotes"
	default:
		e.Reason = fmt.Sprintf("has %s where %s expected", plural(n, "field"), pluralAre(want))
		e.hint = `declare one column per field; a comma that is data belongs in quotes; format="text" takes any line`
	}
	if bad != wellFormed && !utf8.Valid(b) {
		e.hint += `; if the records are not CSV, use format="raw"`
	}
	return e
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func pluralAre(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}
