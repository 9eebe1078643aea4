package decode

import (
	"fmt"
	"slices"

	"github.com/tailframe/tailframe/arrowipc"
)

// Inferrer finds the columns and their types from records and gives the
// Decoder for them. A column's type holds every value it was shown:
//
//   - bool: true and false, in lower case, upper case or capitalised
//   - int64: digits, with a minus sign or none. Digits with zeros or a plus
//     sign in front, and integers past 64 bits, are string
//   - float64: decimal numbers, with or without exponent, "-0" among them, and
//     beside them NaN, inf and infinity as common programs write them. Integers
//     mix with them up to 2^53 in magnitude; beyond, the column is string, for
//     no value may change. So it is with numbers past float64's range
//   - timestamp: what parseStamp reads, without zone; dates and times mix
//   - timestamp[UTC]: the same with Z or an offset in every value
//   - string: all else, all other mixtures, and columns of nulls only
//
// Whether a value is in quotes does not matter, except for nulls.
type Inferrer struct {
	opt   Options
	cols  []inferred
	known bool // how many columns there are
	meta  []arrowipc.Field
	split splitter

	numericNulls bool // a null word could pass for a number or a time
}

// inferred is a column under inference, or a declared one.
type inferred struct {
	name     string
	declared *Type // nil: inferred
	seen     classes
	next     classes // seen, if the record turns out well
	date     dateCache
}

// NewInferrer checks the options; the format must be csv, text or raw.
func NewInferrer(o Options) (*Inferrer, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Format == "" || o.Format == FormatAuto {
		return nil, &OptionError{"the format is not settled", "choose csv, text or raw"}
	}
	if o.Nulls == nil {
		o.Nulls = DefaultNulls()
	}
	in := &Inferrer{opt: o, meta: metaFields(&o), known: true}
	switch o.Format {
	case FormatText:
		in.addColumn(oneName(&o), "string")
	case FormatRaw:
		in.addColumn(oneName(&o), "binary")
	default:
		in.split.init(&o)
		in.numericNulls = numericNulls(o.Nulls)
		in.known = len(o.Columns) > 0
		for _, c := range o.Columns {
			in.addColumn(c.Name, c.Type)
		}
	}
	return in, nil
}

// oneName names the only column of text and raw.
func oneName(o *Options) string {
	if len(o.Columns) == 1 {
		return o.Columns[0].Name
	}
	return "value"
}

func (in *Inferrer) addColumn(name, typ string) {
	c := inferred{name: name}
	if t, err := ParseType(typ); err == nil {
		c.declared = &t
	}
	in.cols = append(in.cols, c)
}

// Settled tells that no record can change the columns any more: all types are
// declared, or string for good. No sample is needed then.
func (in *Inferrer) Settled() bool {
	for i := range in.cols {
		if c := &in.cols[i]; c.declared == nil && !c.seen.settled() {
			return false
		}
	}
	return in.known
}

// Add takes note of the values of more records. It stops at the first record
// that is not CSV or has another number of fields, with a *FieldError. Values
// that do not fit a declared type are the Decoder's to refuse.
func (in *Inferrer) Add(recs []Record) error {
	if in.opt.Format != FormatCSV {
		return nil
	}
	for i := range recs {
		if err := in.add(recs[i].Value); err != nil {
			err.Index = i
			return err
		}
	}
	return nil
}

func (in *Inferrer) add(value []byte) *FieldError {
	b := trimLine(value)
	if len(b) == 0 || in.split.isHeader(b) {
		return nil
	}
	if !in.known {
		if err := in.split.check(b, 0, false); err != nil {
			return err
		}
		in.nameColumns(in.split.count(b))
	}
	pos := 0
	for i := range in.cols {
		c := &in.cols[i]
		c.next = c.seen
		if pos > len(b) {
			return in.split.check(b, len(in.cols), true)
		}
		end := -1
		if c.declared == nil {
			end = c.expected(b, pos, in.numericNulls)
		}
		if end < 0 {
			field, quoted, e, bad := in.split.next(b, pos)
			if bad != wellFormed {
				return in.split.check(b, len(in.cols), true)
			}
			if c.declared == nil && !c.seen.settled() && !in.split.isNull(field, quoted) {
				c.next |= classify(field)
			}
			end = e
		}
		pos = end + 1
	}
	if pos <= len(b) {
		return in.split.check(b, len(in.cols), true)
	}
	for i := range in.cols {
		in.cols[i].seen = in.cols[i].next
	}
	return nil
}

// expected skips a field that looks like those before it and changes nothing.
// It gives its end, -1 where the field must be looked at.
func (c *inferred) expected(b []byte, pos int, numericNulls bool) int {
	ok, end := false, -1
	switch {
	case numericNulls:
	case c.seen&isInt != 0:
		_, end, ok = scanInt(b, pos)
	case c.seen&isFloat != 0: // an integer that scanFloat takes changes nothing, either
		_, end, ok = scanFloat(b, pos)
	case c.seen&isStamp != 0:
		_, end = stampField(b, pos, &c.date, 0, zoneNone)
		return end
	}
	if !ok {
		return -1
	}
	return end
}

// nameColumns settles the columns of CSV without names.
func (in *Inferrer) nameColumns(n int) {
	for i := range n {
		in.addColumn(fmt.Sprintf("c%d", i), "")
	}
	in.known = true
}

// Fields gives the columns as they stand now, the meta columns last. CSV
// without names has no data columns before the first record with fields.
func (in *Inferrer) Fields() []arrowipc.Field {
	fields := make([]arrowipc.Field, 0, len(in.cols)+len(in.meta))
	for i := range in.cols {
		fields = append(fields, in.cols[i].field())
	}
	return append(fields, in.meta...)
}

func (c *inferred) field() arrowipc.Field {
	if c.declared != nil {
		return arrowipc.Field{Name: c.name, Kind: c.declared.Kind, UTC: c.declared.UTC}
	}
	k, utc := c.seen.kind()
	return arrowipc.Field{Name: c.name, Kind: k, UTC: utc}
}

// Decoder gives a decoder for the columns as they stand now. What it reads it
// tells the Inferrer, so that after a *PromoteError nothing but the records
// from that one on must be added.
func (in *Inferrer) Decoder() Decoder {
	m := newMetaWriter(&in.opt, len(in.cols))
	if in.opt.Format != FormatCSV {
		return &valueDecoder{fields: slices.Clip(in.Fields()), meta: m, text: in.opt.Format == FormatText}
	}
	return newCSVDecoder(in, m)
}
