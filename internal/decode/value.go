package decode

import (
	"unicode/utf8"

	"github.com/tailframe/tailframe/arrowipc"
)

// valueDecoder gives each value as it is in one column: text, which must be
// UTF-8, or raw bytes. A null value is null, an empty one empty; null words
// are of CSV only.
type valueDecoder struct {
	fields []arrowipc.Field
	meta   *metaWriter
	text   bool
}

func (d *valueDecoder) Fields() []arrowipc.Field { return d.fields }

func (d *valueDecoder) Decode(recs []Record, cols *arrowipc.Columns) error {
	out := cols.Col(0)
	for i := range recs {
		v := recs[i].Value
		switch {
		case v == nil:
			out.AppendNull()
		case d.text && !utf8.Valid(v):
			return &FieldError{Index: i, Column: d.fields[0].Name, Type: "string", Value: excerpt(v),
				Reason: faultReason[notUTF8], hint: faultHint(notUTF8, false)}
		default:
			out.AppendBytes(v)
		}
		if !d.meta.append(&recs[i], cols) {
			cols.Truncate(cols.Len())
			return d.meta.explain(i, &recs[i])
		}
		cols.EndRow()
	}
	return nil
}
