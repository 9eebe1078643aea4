package decode

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailframe/tailframe/arrowipc"
)

// csvDecoder goes once over each record, straight from its bytes to the
// columns. The quick readers take what most fields look like; what they refuse
// goes through slow, which knows all the rules.
type csvDecoder struct {
	fields  []arrowipc.Field
	cols    []csvColumn
	split   splitter
	meta    *metaWriter
	skipped int64

	// Why row failed.
	badColumn int
	badFault  fault // fits: the value would change an inferred type
}

// csvColumn is a data column of a csvDecoder.
type csvColumn struct {
	out    *arrowipc.Column
	quick  quickReader
	sep    byte // of quickStamp, as for stampField
	zone   zoneRule
	date   dateCache
	kind   arrowipc.Kind
	utc    bool
	layout *layout
	seen   *classes // nil: the type is declared
}

type quickReader uint8

const (
	noQuick quickReader = iota
	quickInt
	quickFloat
	quickStamp
	quickString
)

func newCSVDecoder(in *Inferrer, m *metaWriter) *csvDecoder {
	d := &csvDecoder{fields: slices.Clip(in.Fields()), meta: m, cols: make([]csvColumn, len(in.cols))}
	d.split.init(&in.opt)
	for i := range in.cols {
		c, from := &d.cols[i], &in.cols[i]
		c.kind, c.utc = d.fields[i].Kind, d.fields[i].UTC
		if from.declared != nil {
			c.layout = from.declared.layout
		} else {
			c.seen = &from.seen
		}
		c.quick = c.quickest(in.numericNulls, in.opt.QuotedNulls)
		switch {
		case c.layout != nil:
			c.sep = c.layout.plainSep()
		case c.utc && c.seen != nil:
			c.zone = zoneMust
		case c.utc:
			c.zone = zoneMay
		}
	}
	return d
}

// numericNulls tells whether a null word could pass for a number or a time.
func numericNulls(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return w != "" && (w[0] == '-' || w[0] >= '0' && w[0] <= '9')
	})
}

// quickest picks the quick reader, if there is one that takes nothing the slow
// way would read otherwise.
func (c *csvColumn) quickest(numericNulls, quotedNulls bool) quickReader {
	switch c.kind {
	case arrowipc.String:
		if quotedNulls || c.seen != nil && !c.seen.settled() {
			return noQuick
		}
		return quickString
	case arrowipc.Bool:
		return noQuick
	}
	switch {
	case numericNulls:
		return noQuick
	case c.kind == arrowipc.Int64:
		return quickInt
	case c.kind == arrowipc.Float64:
		return quickFloat
	case c.layout == nil || c.layout.plainSep() != 0:
		return quickStamp
	}
	return noQuick
}

func (d *csvDecoder) Fields() []arrowipc.Field { return d.fields }

// HeadersSkipped gives the number of header records skipped so far.
func (d *csvDecoder) HeadersSkipped() int64 { return d.skipped }

func (d *csvDecoder) Decode(recs []Record, cols *arrowipc.Columns) error {
	for i := range d.cols {
		d.cols[i].out = cols.Col(i)
	}
	for i := range recs {
		b := trimLine(recs[i].Value)
		switch {
		case len(b) == 0:
			for j := range d.cols {
				d.cols[j].out.AppendNull()
			}
		case d.split.header != nil && d.split.isHeader(b):
			d.skipped++
			continue
		case !d.row(b):
			cols.Truncate(cols.Len())
			return d.explain(i, b)
		}
		if !d.meta.append(&recs[i], cols) {
			cols.Truncate(cols.Len())
			return d.meta.explain(i, &recs[i])
		}
		cols.EndRow()
	}
	return nil
}

// row appends the fields of one record. If it fails the row must be taken
// back.
func (d *csvDecoder) row(b []byte) bool {
	pos := 0
	for i := range d.cols {
		c := &d.cols[i]
		if pos > len(b) {
			return false
		}
		end := -1
		switch c.quick {
		case quickInt:
			if v, e, ok := scanInt(b, pos); ok {
				c.out.AppendInt64(v)
				end = e
			}
		case quickFloat:
			if v, e, ok := scanFloat(b, pos); ok {
				c.out.AppendFloat64(v)
				end = e
			}
		case quickString:
			end = d.quickString(c, b, pos)
		case quickStamp:
			var us int64
			if us, end = stampField(b, pos, &c.date, c.sep, c.zone); end >= 0 {
				c.out.AppendInt64(us)
			}
		}
		if end < 0 {
			if d.split.emptyNull && (pos == len(b) || b[pos] == ',') {
				c.out.AppendNull()
				end = pos
			} else if end = d.slow(c, b, pos); end < 0 {
				d.badColumn = i
				return false
			}
		}
		pos = end + 1
	}
	return pos > len(b) && len(d.cols) > 0
}

// quickString appends text without doubled quotes. It gives the end of the
// field, -1 if slow must have a look.
func (d *csvDecoder) quickString(c *csvColumn, b []byte, pos int) int {
	if pos < len(b) && b[pos] == '"' {
		q, high := scanQuote(b, pos+1)
		if q+1 < len(b) && b[q+1] != ',' || q == len(b) || high != 0 && !utf8.Valid(b[pos+1:q]) {
			return -1
		}
		c.out.AppendBytes(b[pos+1 : q])
		return q + 1
	}
	end, high := scanPlain(b, pos)
	if end < len(b) && b[end] != ',' || high != 0 && !utf8.Valid(b[pos:end]) {
		return -1
	}
	if d.split.isNull(b[pos:end], false) {
		c.out.AppendNull()
	} else {
		c.out.AppendBytes(b[pos:end])
	}
	return end
}

// slow appends the field at pos by all the rules. It gives the end of the
// field, -1 if it cannot be read.
func (d *csvDecoder) slow(c *csvColumn, b []byte, pos int) int {
	field, quoted, end, bad := d.split.next(b, pos)
	switch {
	case bad != wellFormed:
		return -1
	case d.split.isNull(field, quoted):
		c.out.AppendNull()
		return end
	}
	if c.seen != nil && !c.seen.settled() {
		seen := *c.seen | classify(field)
		if k, utc := seen.kind(); k != c.kind || utc != c.utc {
			d.badFault = fits
			return -1
		}
		*c.seen = seen
		if seen.settled() && !d.split.quotedNulls {
			c.quick = quickString // from here on nothing can change the type
		}
	}
	if d.badFault = c.append(field); d.badFault != fits {
		return -1
	}
	return end
}

// append reads a value by the column's type.
func (c *csvColumn) append(b []byte) fault {
	switch c.kind {
	case arrowipc.Int64:
		v, f := parseInt(b)
		if f == fits {
			c.out.AppendInt64(v)
		}
		return f
	case arrowipc.Float64:
		v, f := parseFloat(b)
		if f == fits {
			c.out.AppendFloat64(v)
		}
		return f
	case arrowipc.Bool:
		v, f := parseBool(b)
		if f == fits {
			c.out.AppendBool(v)
		}
		return f
	case arrowipc.Timestamp:
		v, f := c.parseTime(b)
		if f == fits {
			c.out.AppendInt64(v)
		}
		return f
	}
	if !utf8.Valid(b) {
		return notUTF8
	}
	c.out.AppendBytes(b)
	return fits
}

func (c *csvColumn) parseTime(b []byte) (int64, fault) {
	if c.layout != nil {
		return c.layout.parse(b)
	}
	us, zoned, f := parseStamp(b)
	if f == fits && zoned && !c.utc {
		f = hasZone
	}
	return us, f
}

// explain says why row failed for record i. A record with a broken form is
// told as such even if a value was the first to stumble over it.
func (d *csvDecoder) explain(i int, b []byte) error {
	if e := d.split.check(b, len(d.cols), len(d.cols) > 0); e != nil {
		e.Index = i
		return e
	}
	if len(d.cols) == 0 {
		return &PromoteError{Index: i}
	}
	var field []byte
	for j, pos := 0, 0; j <= d.badColumn; j++ {
		var end int
		field, _, end, _ = d.split.next(b, pos)
		pos = end + 1
	}
	c, f := &d.cols[d.badColumn], d.fields[d.badColumn]
	if d.badFault == fits && !utf8.Valid(field) {
		d.badFault = notUTF8 // no type would hold it
	}
	if d.badFault == fits {
		*c.seen |= classify(field)
		to := inferred{seen: *c.seen}
		return &PromoteError{Index: i, Column: f.Name, From: f.TypeName(), To: to.field().TypeName(),
			Value: excerpt(field), columns: d.declaration(to.field().TypeName())}
	}
	e := &FieldError{Index: i, Column: f.Name, Type: f.TypeName(), Value: excerpt(field),
		Reason: faultReason[d.badFault], hint: faultHint(d.badFault, len(field) == 0)}
	if c.layout != nil {
		e.Type = "timestamp[" + c.layout.text + "]"
	}
	return e
}

// declaration writes the columns as they would have to be declared, the bad
// one with the type that fits it.
func (d *csvDecoder) declaration(fitting string) string {
	const most = 40 // enough to tell how it goes on
	var b strings.Builder
	for j, f := range d.fields[:len(d.cols)] {
		if j == most {
			b.WriteString(",...")
			break
		}
		if j > 0 {
			b.WriteByte(',')
		}
		name, kind := f.Name, f.TypeName()
		if strings.ContainsAny(name, `,:"`) {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		if j == d.badColumn {
			kind = fitting
		} else if l := d.cols[j].layout; l != nil {
			kind = "timestamp[" + l.text + "]"
		}
		b.WriteString(name + ":" + kind)
	}
	return b.String()
}
