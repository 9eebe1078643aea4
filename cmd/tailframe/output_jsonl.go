package main

import (
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tailframe/tailframe/arrowipc"
)

// newJSONSink returns a sink that writes one JSON object a line. Integers are
// written in full, floats so that they read back as the same bits; NaN,
// Infinity and -Infinity, for which JSON has no number, are strings of that
// name, timestamps are ISO 8601 strings, binary is base64.
func newJSONSink(w io.Writer) *textSink {
	var keys [][]byte // {"name": and ,"name":
	return &textSink{w: w, what: "JSON lines",
		begin: func(buf []byte, fields []arrowipc.Field) []byte {
			keys = keys[:0]
			for i, f := range fields {
				key := []byte{','}
				if i == 0 {
					key[0] = '{'
				}
				keys = append(keys, append(appendJSONString(key, []byte(f.Name)), ':'))
			}
			return buf
		},
		row: func(buf []byte, cols *arrowipc.Columns, i int) []byte {
			if len(keys) == 0 {
				buf = append(buf, '{')
			}
			for j, f := range cols.Fields() {
				buf = append(buf, keys[j]...)
				if col := cols.Col(j); col.IsNull(i) {
					buf = append(buf, "null"...)
				} else {
					buf = appendJSONValue(buf, f, col, i)
				}
			}
			return append(buf, '}', '\n')
		},
	}
}

func appendJSONValue(buf []byte, f arrowipc.Field, col *arrowipc.Column, i int) []byte {
	switch f.Kind {
	case arrowipc.Int32, arrowipc.Int64:
		return strconv.AppendInt(buf, col.Int64(i), 10)
	case arrowipc.Bool:
		return strconv.AppendBool(buf, col.Bool(i))
	case arrowipc.Float64:
		v := col.Float64(i)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(appendFloat(append(buf, '"'), v), '"')
		}
		return appendFloat(buf, v)
	case arrowipc.Timestamp:
		return append(appendTimestamp(append(buf, '"'), col.Int64(i), f.UTC, 'T'), '"')
	case arrowipc.Binary:
		return append(base64.StdEncoding.AppendEncode(append(buf, '"'), col.Bytes(i)), '"')
	}
	return appendJSONString(buf, col.Bytes(i))
}

const hexDigits = "0123456789abcdef"

// appendJSONString writes s in quotes; bytes that are no UTF-8 become U+FFFD.
func appendJSONString(buf, s []byte) []byte {
	buf = append(buf, '"')
	for len(s) > 0 {
		c := s[0]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(s)
			buf = utf8.AppendRune(buf, r)
			s = s[n:]
			continue
		}
		switch {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c == '\n':
			buf = append(buf, '\\', 'n')
		case c == '\r':
			buf = append(buf, '\\', 'r')
		case c == '\t':
			buf = append(buf, '\\', 't')
		case c < ' ' || c == 0x7f:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			buf = append(buf, c)
		}
		s = s[1:]
	}
	return append(buf, '"')
}
