package decode

import "testing"

func TestText(t *testing.T) {
	recs := []Record{{Value: []byte("one, \"line\"\r\n")}, {Value: nil}, {Value: []byte{}}, {Value: []byte("NULL")}, {Value: []byte("Žižkov\x00")}}
	for _, o := range []Options{{Format: FormatText}, {Format: FormatText, Columns: []Column{{"line", "string"}}}} {
		in := inferrer(t, o)
		want := "value:string"
		if len(o.Columns) > 0 {
			want = "line:string"
		}
		if got := schema(in.Fields()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		got, err := decodeAll(t, o, recs)
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, got, []string{`"one, \"line\"\r\n"`, "null", `""`, `"NULL"`, `"Žižkov\x00"`})
	}
	got, err := decodeAll(t, Options{Format: FormatText}, values("a", "b\xff", "c"))
	wantError(t, err, "decode", `column "value" (string): "b\xff" is not UTF-8`+"\nhint: declare format=\"raw\" to get the bytes as they are")
	wantRows(t, got, []string{`"a"`})
	if err.(*FieldError).Index != 1 {
		t.Errorf("got index %d", err.(*FieldError).Index)
	}
}

func TestRaw(t *testing.T) {
	o := Options{Format: FormatRaw, Meta: []string{"_offset"}}
	if got := schema(inferrer(t, o).Fields()); got != "value:binary _offset:int64" {
		t.Errorf("got %s", got)
	}
	got, err := decodeAll(t, o, append(values("\x00\xff\n", ""), Record{Offset: 9}))
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, got, []string{`"\x00\xff\n"|0`, `""|1`, "null|9"})
}

func TestChooseFormat(t *testing.T) {
	long := make([]string, 20)
	for i := range long {
		long[i] = "a,b,\"c,d\"\n"
	}
	for _, c := range []struct {
		values []string
		cols   []Column
		format string
		why    string
	}{
		{nil, nil, "text", "there are no values to judge by"},
		{[]string{"", "\n"}, nil, "text", "there are no values to judge by"},
		{nil, []Column{{"a", ""}, {"b", ""}}, "csv", "2 columns are declared"},
		{[]string{"{}"}, []Column{{"a", ""}, {"b", ""}}, "csv", "2 columns are declared"},
		{nil, []Column{{"a", "binary"}}, "raw", "the declared column is binary"},
		{nil, []Column{{"a", "int64"}}, "csv", "the declared column is int64"},
		{[]string{"a, b", "c"}, []Column{{"a", "string"}}, "text", "as CSV the values differ in their number of fields"},
		{[]string{"a"}, []Column{{"a", "string"}}, "text", "one column is declared, and the values are UTF-8 text"},
		{[]string{"a,b"}, []Column{{"a", "string"}}, "csv", "all values (1) are CSV with 2 fields"}, // and then an error: one column is missing
		{[]string{"a\xff"}, []Column{{"a", ""}}, "raw", "1 of 1 values are not UTF-8 text"},
		{long, nil, "csv", "all 20 values are CSV with 3 fields"},
		{[]string{"", "a,b\r\n"}, nil, "csv", "all values (1) are CSV with 2 fields"},
		{[]string{"a,b", "a,b,c"}, nil, "text", "as CSV the values differ in their number of fields"},
		{[]string{"a,b", `a,b"`}, nil, "text", "1 of 2 values are not CSV"},
		{[]string{"a,b\nc,d"}, nil, "text", "1 of 1 values are not CSV"},
		{[]string{"hello", "world"}, nil, "text", "the values have no commas"},
		{[]string{`{"a":1,"b":2}`, " [1,2]\n"}, nil, "text", "the values look like JSON, which is read as text"},
		{[]string{`{"a":1,"b":2}`, "x,y"}, nil, "text", "some values look like JSON, some do not"},
		{[]string{"\x00\x00\x00\x00\x01{}", "a,b"}, nil, "raw", "1 of 2 values begin like those of a schema registry"},
		{[]string{"a,b", "a,\xff"}, nil, "raw", "1 of 2 values are not UTF-8 text"},
		{[]string{"a,b\x00"}, nil, "raw", "1 of 1 values hold NUL bytes"},
	} {
		format, why := ChooseFormat(values(c.values...), c.cols)
		if format != c.format || why != c.why {
			t.Errorf("%.60q: %s, %q; want %s, %q", c.values, format, why, c.format, c.why)
		}
	}
}
