package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
)

// values makes one record per value.
func values(vs ...string) []Record {
	recs := make([]Record, len(vs))
	for i, v := range vs {
		recs[i] = Record{Value: []byte(v), Offset: int64(i), Timestamp: -1}
	}
	return recs
}

// csvOptions declares columns given as "name" or "name:type".
func csvOptions(columns ...string) Options {
	o := Options{Format: FormatCSV}
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, ":")
		o.Columns = append(o.Columns, Column{name, typ})
	}
	return o
}

func inferrer(tb testing.TB, o Options, sample ...Record) *Inferrer {
	tb.Helper()
	in, err := NewInferrer(o)
	if err != nil {
		tb.Fatal(err)
	}
	if err := in.Add(sample); err != nil {
		tb.Fatal(err)
	}
	return in
}

// rows renders columns, one line a row, fields parted by |.
func rows(c *arrowipc.Columns) []string {
	lines := make([]string, c.Len())
	for i := range lines {
		cells := make([]string, len(c.Fields()))
		for j := range cells {
			cells[j] = cell(c, i, j)
		}
		lines[i] = strings.Join(cells, "|")
	}
	return lines
}

func cell(c *arrowipc.Columns, i, j int) string {
	col, f := c.Col(j), c.Fields()[j]
	if col.IsNull(i) {
		return "null"
	}
	switch f.Kind {
	case arrowipc.Int32, arrowipc.Int64:
		return strconv.FormatInt(col.Int64(i), 10)
	case arrowipc.Float64:
		return strconv.FormatFloat(col.Float64(i), 'g', -1, 64)
	case arrowipc.Bool:
		return strconv.FormatBool(col.Bool(i))
	case arrowipc.Timestamp:
		return time.UnixMicro(col.Int64(i)).UTC().Format("2006-01-02T15:04:05.999999")
	}
	return strconv.Quote(string(col.Bytes(i)))
}

// decodeAll infers from recs, decodes them and renders the rows.
func decodeAll(tb testing.TB, o Options, recs []Record) ([]string, error) {
	tb.Helper()
	d := inferrer(tb, o, recs...).Decoder()
	cols := arrowipc.NewColumns(d.Fields())
	err := d.Decode(recs, cols)
	checkWhole(tb, cols)
	return rows(cols), err
}

// checkWhole fails where a column has more or fewer values than there are rows.
func checkWhole(tb testing.TB, cols *arrowipc.Columns) {
	tb.Helper()
	for j := range cols.Fields() {
		if n := cols.Col(j).Len(); n != cols.Len() {
			tb.Fatalf("column %d has %d values, there are %d rows", j, n, cols.Len())
		}
	}
}

// problem is what all errors of the package have.
type problem interface {
	error
	Code() string
	Hint() string
}

// wantError compares an error with "text" or "text\nhint: hint".
func wantError(tb testing.TB, err error, code, want string) {
	tb.Helper()
	var p problem
	if !errors.As(err, &p) {
		tb.Fatalf("got error %v, want\n%s", err, want)
	}
	got := p.Error()
	if strings.Contains(want, "\nhint: ") {
		got += "\nhint: " + p.Hint()
	}
	if got != want {
		tb.Errorf("got error\n%s\nwant\n%s", got, want)
	}
	if p.Code() != code {
		tb.Errorf("got code %s, want %s", p.Code(), code)
	}
	if p.Hint() == "" {
		tb.Errorf("no hint with %q", p.Error())
	}
}

func wantRows(tb testing.TB, got, want []string) {
	tb.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		tb.Errorf("got rows\n%s\nwant\n%s", g, w)
	}
}

// schema renders fields as name:type.
func schema(fields []arrowipc.Field) string {
	var s []string
	for _, f := range fields {
		s = append(s, fmt.Sprintf("%s:%s", f.Name, f.TypeName()))
	}
	return strings.Join(s, " ")
}
