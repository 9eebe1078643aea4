package main

import (
	"io"
	"math"
	"strconv"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
)

// textSink writes rows as lines of text: CSV and JSON lines.
type textSink struct {
	w      io.Writer
	what   string // the form's name, for errors
	begin  func(buf []byte, fields []arrowipc.Field) []byte
	row    func(buf []byte, cols *arrowipc.Columns, i int) []byte
	buf    []byte
	failed error
}

// textBuffer is how much text is gathered before it is written.
const textBuffer = 64 << 10

func (s *textSink) Begin(fields []arrowipc.Field) error {
	s.buf = s.begin(s.buf[:0], fields)
	return s.failed
}

func (s *textSink) Write(cols *arrowipc.Columns) error {
	for i := range cols.Len() {
		s.buf = s.row(s.buf, cols, i)
		if len(s.buf) >= textBuffer {
			s.flush()
		}
	}
	return s.failed
}

func (s *textSink) End() error {
	s.flush()
	return s.failed
}

func (s *textSink) flush() {
	if s.failed == nil {
		if _, err := s.w.Write(s.buf); err != nil {
			s.failed = badOutput(err, "cannot write %s", s.what)
		}
	}
	s.buf = s.buf[:0]
}

// appendFloat writes the shortest decimal that reads back as v and is seen to
// be a float: 1.0, 0.25, 1e+21, NaN, Infinity.
func appendFloat(buf []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(buf, "NaN"...)
	case math.IsInf(v, 1):
		return append(buf, "Infinity"...)
	case math.IsInf(v, -1):
		return append(buf, "-Infinity"...)
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(buf, v, 'e', -1, 64)
	}
	start := len(buf)
	buf = strconv.AppendFloat(buf, v, 'f', -1, 64)
	for _, c := range buf[start:] {
		if c == '.' {
			return buf
		}
	}
	return append(buf, ".0"...)
}

// appendTimestamp writes microseconds since the epoch as ISO 8601, separated
// by sep, with a fraction of six digits if there is one.
func appendTimestamp(buf []byte, micros int64, utc bool, sep byte) []byte {
	t := time.UnixMicro(micros).UTC()
	buf = t.AppendFormat(buf, "2006-01-02")
	buf = append(buf, sep)
	buf = t.AppendFormat(buf, "15:04:05")
	if micros%1e6 != 0 {
		buf = t.AppendFormat(buf, ".000000")
	}
	if utc {
		buf = append(buf, 'Z')
	}
	return buf
}
