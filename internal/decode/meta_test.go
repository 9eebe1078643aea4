package decode

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
)

func TestMeta(t *testing.T) {
	o := csvOptions("a:int64")
	o.Meta = []string{"_headers", "_key", "_timestamp", "_offset", "_partition"}
	recs := []Record{
		{Value: []byte("1"), Key: []byte("k"), Partition: 3, Offset: 1 << 40, Timestamp: 1498867565123,
			Headers: []Header{{"h", []byte("v")}, {"h", nil}, {"", []byte{}}}},
		{Value: nil, Key: nil, Partition: 0, Offset: 0, Timestamp: -1},
		{Value: []byte("2"), Key: []byte{}, Timestamp: 0},
	}
	d := inferrer(t, o).Decoder()
	if got := schema(d.Fields()); got != "a:int64 _partition:int32 _offset:int64 _timestamp:timestamp[UTC] _key:string _headers:string" {
		t.Errorf("got %s", got)
	}
	cols := arrowipc.NewColumns(d.Fields())
	if err := d.Decode(recs, cols); err != nil {
		t.Fatal(err)
	}
	wantRows(t, rows(cols), []string{
		`1|3|1099511627776|2017-07-01T00:06:05.123|"k"|"[[\"h\",\"v\"],[\"h\",null],[\"\",\"\"]]"`,
		`null|0|0|null|null|"[]"`,
		`2|0|0|1970-01-01T00:00:00|""|"[]"`,
	})

	o.Meta, o.KeyFormat = []string{"_key"}, KeyRaw
	got, err := decodeAll(t, o, []Record{{Key: []byte("\xff\x00")}, {}})
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, got, []string{`null|"\xff\x00"`, "null|null"})
}

func TestMetaErrors(t *testing.T) {
	for _, format := range []string{FormatCSV, FormatText, FormatRaw} {
		o := Options{Format: format, Meta: MetaColumns(), Columns: []Column{{Name: "a"}}}
		_, err := decodeAll(t, o, []Record{{Value: []byte("x"), Key: []byte("\xff")}})
		wantError(t, err, "decode", `column "_key" (string): "\xff" is not UTF-8`+"\n"+
			`hint: set key_format="raw" to get the keys as bytes`)
		for _, ms := range []int64{math.MaxInt64, math.MinInt64, math.MaxInt64/1000 + 1} {
			got, err := decodeAll(t, o, []Record{{Value: []byte("x"), Timestamp: 1}, {Value: []byte("x"), Timestamp: ms, Key: []byte("\xff")}})
			if p, ok := err.(*FieldError); !ok || p.Column != "_timestamp" || p.Index != 1 || len(got) != 1 {
				t.Errorf("timestamp %d: %v, %v", ms, got, err)
			}
		}
	}
}

// _headers is JSON that gives back what was in the headers.
func FuzzHeaders(f *testing.F) {
	f.Add("name", []byte("value"))
	f.Add("tab\t\"quote\"\\ \x00\x1f\x7f", []byte("\r\n\u2028 é"))
	f.Add("\xff", []byte("\xfe\xff"))
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		b := appendHeaders(nil, []Header{{name, value}, {"x", nil}})
		var got [][2]any
		if err := json.Unmarshal(b, &got); err != nil || len(got) != 2 {
			t.Fatalf("%q: %v", b, err)
		}
		check := func(v any, want string) {
			if m, ok := v.(map[string]any); ok {
				raw, err := json.Marshal([]byte(want))
				if err != nil || string(raw) != `"`+m["base64"].(string)+`"` {
					t.Fatalf("%q: %v for %q", b, m, want)
				}
			} else if v != want {
				t.Fatalf("%q: %v for %q", b, v, want)
			}
		}
		check(got[0][0], name)
		if value == nil {
			if got[0][1] != nil {
				t.Fatalf("%q: a value for null", b)
			}
		} else {
			check(got[0][1], string(value))
		}
		if got[1] != [2]any{"x", nil} {
			t.Fatalf("%q: second header", b)
		}
	})
}
