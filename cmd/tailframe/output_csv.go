package main

import (
	"encoding/base64"
	"io"
	"strconv"

	"github.com/tailframe/tailframe/arrowipc"
)

// newCSVSink returns a sink that writes CSV as RFC 4180 has it, with a header
// line and lines that end in LF. A null is an empty field, an empty string is
// "", timestamps are ISO 8601, binary is base64. A row of one column that is
// null is an empty line.
func newCSVSink(w io.Writer) *textSink {
	return &textSink{w: w, what: "CSV",
		begin: func(buf []byte, fields []arrowipc.Field) []byte {
			for i, f := range fields {
				if i > 0 {
					buf = append(buf, ',')
				}
				buf = appendCSV(buf, []byte(f.Name))
			}
			return append(buf, '\n')
		},
		row: func(buf []byte, cols *arrowipc.Columns, i int) []byte {
			for j, f := range cols.Fields() {
				if j > 0 {
					buf = append(buf, ',')
				}
				if col := cols.Col(j); !col.IsNull(i) {
					buf = appendCSVValue(buf, f, col, i)
				}
			}
			return append(buf, '\n')
		},
	}
}

func appendCSVValue(buf []byte, f arrowipc.Field, col *arrowipc.Column, i int) []byte {
	switch f.Kind {
	case arrowipc.Int32, arrowipc.Int64:
		return strconv.AppendInt(buf, col.Int64(i), 10)
	case arrowipc.Float64:
		return appendFloat(buf, col.Float64(i))
	case arrowipc.Bool:
		return strconv.AppendBool(buf, col.Bool(i))
	case arrowipc.Timestamp:
		return appendTimestamp(buf, col.Int64(i), f.UTC, 'T')
	case arrowipc.Binary:
		if len(col.Bytes(i)) == 0 {
			return append(buf, `""`...)
		}
		return base64.StdEncoding.AppendEncode(buf, col.Bytes(i))
	}
	return appendCSV(buf, col.Bytes(i))
}

// appendCSV writes a string, in quotes where it needs them.
func appendCSV(buf, s []byte) []byte {
	if !needsQuotes(s) {
		return append(buf, s...)
	}
	buf = append(buf, '"')
	for _, c := range s {
		if c == '"' {
			buf = append(buf, '"')
		}
		buf = append(buf, c)
	}
	return append(buf, '"')
}

// needsQuotes is true for what CSV readers would take for something else, the
// empty string and spaces around the value among it.
func needsQuotes(s []byte) bool {
	if len(s) == 0 || s[0] == ' ' || s[len(s)-1] == ' ' {
		return true
	}
	for _, c := range s {
		if c == ',' || c == '"' || c < ' ' {
			return true
		}
	}
	return false
}
