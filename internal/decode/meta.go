package decode

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tailframe/tailframe/arrowipc"
)

// metaKind is a meta column, in the order of MetaColumns.
type metaKind uint8

const (
	metaPartition metaKind = iota
	metaOffset
	metaTimestamp
	metaKey
	metaHeaders
)

// metaKinds gives the meta columns asked for, in their order.
func metaKinds(o *Options) []metaKind {
	var kinds []metaKind
	for i, name := range MetaColumns() {
		if slices.Contains(o.Meta, name) {
			kinds = append(kinds, metaKind(i))
		}
	}
	return kinds
}

func metaFields(o *Options) []arrowipc.Field {
	var fields []arrowipc.Field
	for _, k := range metaKinds(o) {
		f := arrowipc.Field{Name: MetaColumns()[k], Kind: arrowipc.String}
		switch k {
		case metaPartition:
			f.Kind = arrowipc.Int32
		case metaOffset:
			f.Kind = arrowipc.Int64
		case metaTimestamp:
			f.Kind, f.UTC = arrowipc.Timestamp, true
		case metaKey:
			if o.KeyFormat == KeyRaw {
				f.Kind = arrowipc.Binary
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// metaWriter appends the meta columns, which begin at column first.
type metaWriter struct {
	kinds  []metaKind
	first  int
	rawKey bool
	buf    []byte
}

func newMetaWriter(o *Options, first int) *metaWriter {
	return &metaWriter{kinds: metaKinds(o), first: first, rawKey: o.KeyFormat == KeyRaw}
}

// append adds the meta columns of one record. If it fails the row must be
// taken back, and explain says why.
func (m *metaWriter) append(r *Record, cols *arrowipc.Columns) bool {
	for i, k := range m.kinds {
		c := cols.Col(m.first + i)
		switch k {
		case metaPartition:
			c.AppendInt64(int64(r.Partition))
		case metaOffset:
			c.AppendInt64(r.Offset)
		case metaTimestamp:
			switch {
			case r.Timestamp == -1:
				c.AppendNull()
			case !fitsMicros(r.Timestamp):
				return false
			default:
				c.AppendInt64(r.Timestamp * 1000)
			}
		case metaKey:
			switch {
			case r.Key == nil:
				c.AppendNull()
			case !m.rawKey && !utf8.Valid(r.Key):
				return false
			default:
				c.AppendBytes(r.Key)
			}
		case metaHeaders:
			m.buf = appendHeaders(m.buf[:0], r.Headers)
			c.AppendBytes(m.buf)
		}
	}
	return true
}

func fitsMicros(ms int64) bool { return ms <= math.MaxInt64/1000 && ms >= math.MinInt64/1000 }

// explain says why append failed.
func (m *metaWriter) explain(i int, r *Record) *FieldError {
	if slices.Contains(m.kinds, metaTimestamp) && !fitsMicros(r.Timestamp) {
		return &FieldError{Index: i, Column: "_timestamp", Type: "timestamp[UTC]",
			Value: strconv.FormatInt(r.Timestamp, 10), Reason: "milliseconds are out of range",
			hint: "leave _timestamp out of meta"}
	}
	return &FieldError{Index: i, Column: "_key", Type: "string", Value: excerpt(r.Key),
		Reason: faultReason[notUTF8], hint: `set key_format="raw" to get the keys as bytes`}
}

// appendHeaders writes headers as JSON: an array with one [name, value] pair
// per header, so that order, repeated names and nulls are kept. A value is
// text or null; what is not UTF-8 is {"base64": "..."}. No headers are [].
func appendHeaders(b []byte, headers []Header) []byte {
	b = append(b, '[')
	for i := range headers {
		h := &headers[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		if utf8.ValidString(h.Name) {
			b = appendJSON(b, h.Name)
		} else {
			b = appendBase64(b, []byte(h.Name))
		}
		b = append(b, ',')
		switch {
		case h.Value == nil:
			b = append(b, "null"...)
		case utf8.Valid(h.Value):
			b = appendJSON(b, h.Value)
		default:
			b = appendBase64(b, h.Value)
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

func appendBase64(b, value []byte) []byte {
	b = append(b, `{"base64":"`...)
	b = base64.StdEncoding.AppendEncode(b, value)
	return append(b, `"}`...)
}

// appendJSON writes UTF-8 text as a JSON string.
func appendJSON[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
