package decode

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
)

var csvSeeds = []string{"", "\n", "\r\n", "a,b", "a,b\n", "a,b\r\n", "a,b\r", "a,b\n\n", "\na,b", "a\nb", "a,\"b\"\nc", "\"a,b\",c", `"a ""b""",c`, `"""",""`,
	"\"a\nb\",c", "\"a\r\nb\",c", "\"a\rb\",c", "a\rb,c", `"a`, `a"b`, `"a"b`, `"a" ,b`, ` "a"`, ",", ",,", "\"\",", "\ufeffa,b", "a\x00b,\xff", `a,"`, `"a""`, "\"a\"\r\n", "\"a\"\r",
	"abcdefghijklm,\"nopqrstu,vwxyz\",0123456789\"", "é,\"ů\"", "\"a\"\n\"b\"", "a,b\r\r\n"}

// FuzzSplit holds the splitter against encoding/csv. Allowed differences:
//   - a blank record has no fields; encoding/csv skips blank lines
//   - CRLF in quotes is kept; encoding/csv makes it a newline
//   - more lines, blank ones among them, are an error; encoding/csv reads on
func FuzzSplit(f *testing.F) {
	for _, s := range csvSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(checkSplit)
}

// All short records over the bytes that matter, alone and behind a field that
// is longer than a word.
func TestSplit(t *testing.T) {
	const alphabet = "a,\"\n\r"
	var grow func(prefix []byte, n int)
	grow = func(b []byte, n int) {
		checkSplit(t, b)
		checkSplit(t, append([]byte("0123456789é,"), b...))
		for i := 0; n > 0 && i < len(alphabet); i++ {
			grow(append(b[:len(b):len(b)], alphabet[i]), n-1)
		}
	}
	grow(nil, 6)
}

func checkSplit(t *testing.T, value []byte) {
	b := trimLine(value)
	if len(b) == 0 {
		return
	}
	var s splitter
	got, bad := []string{}, wellFormed
	for pos := 0; pos <= len(b) && bad == wellFormed; {
		var field []byte
		field, _, pos, bad = s.next(b, pos)
		got = append(got, strings.ReplaceAll(string(field), "\r\n", "\n"))
		pos++
	}
	r := csv.NewReader(bytes.NewReader(value))
	r.FieldsPerRecord = -1
	want, err := r.Read()
	_, more := r.Read()
	oneLine := errors.Is(more, io.EOF) && !strings.HasPrefix(string(b), "\n") && !strings.HasPrefix(string(b), "\r\n")
	switch {
	case bad == moreLines:
		blankTail := bytes.HasSuffix(b, []byte("\n"))
		if err == nil && oneLine && !blankTail {
			t.Fatalf("%q: more lines; encoding/csv has only %q", value, want)
		}
	case bad != wellFormed:
		if err == nil {
			t.Fatalf("%q: fault %d; encoding/csv has %q", value, bad, want)
		}
	case err != nil:
		t.Fatalf("%q: %q; encoding/csv has %v", value, got, err)
	case !slices.Equal(got, want):
		t.Fatalf("%q: %q; encoding/csv has %q", value, got, want)
	case !errors.Is(more, io.EOF):
		t.Fatalf("%q: %q; encoding/csv reads on: %v", value, got, more)
	}
}

// FuzzDecode reads arbitrary values by many options. It must not panic, rows
// must be whole, and the quick readers must give what the slow way gives.
func FuzzDecode(f *testing.F) {
	for i, s := range append(slices.Concat(csvSeeds, integers, floats), pool...) {
		f.Add([]byte(s), []byte(s+",1.5"), uint(i))
		f.Add([]byte("1,"+s), []byte("2,x"), uint(i))
	}
	types := []string{"", "int64", "float64", "bool", "string", "timestamp", "timestamp[UTC]", "timestamp[%F %T]", "timestamp[%d/%b/%Y:%T %z]"}
	f.Fuzz(func(t *testing.T, v1, v2 []byte, n uint) {
		o := Options{Format: []string{FormatCSV, FormatCSV, FormatCSV, FormatText, FormatRaw}[n%5], Meta: MetaColumns()}
		if o.Format == FormatCSV && n%7 != 0 {
			o.Columns = []Column{{"a", types[n%uint(len(types))]}, {"b", types[n/9%uint(len(types))]}}
			o.Header, o.QuotedNulls = n%2 == 0, n%3 == 0
			if n%11 == 0 {
				o.Nulls = []string{"0", "-1", "x"}
			}
		}
		recs := []Record{{Value: v1, Key: v2, Headers: []Header{{string(v1), v2}}}, {Value: v2, Timestamp: -1}, {Value: v1}}
		ChooseFormat(recs, o.Columns)
		run := func(quick bool) ([]string, []string, string) {
			in, err := NewInferrer(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := in.Add(recs[:n%3]); err != nil {
				return nil, nil, err.Error()
			}
			d := in.Decoder()
			if c, ok := d.(*csvDecoder); ok && !quick {
				for i := range c.cols {
					c.cols[i].quick = noQuick
				}
			}
			cols := arrowipc.NewColumns(d.Fields())
			err = d.Decode(recs, cols)
			checkWhole(t, cols)
			text := ""
			if err != nil {
				text = err.Error() + err.(problem).Hint()
			}
			return rows(cols), []string{schema(in.Fields())}, text
		}
		rows1, types1, err1 := run(true)
		rows2, types2, err2 := run(false)
		if !slices.Equal(rows1, rows2) || !slices.Equal(types1, types2) || err1 != err2 {
			t.Fatalf("quick: %q %q %s\nslow: %q %q %s", rows1, types1, err1, rows2, types2, err2)
		}
	})
}
