package decode

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
)

func TestCSVRecords(t *testing.T) {
	two := csvOptions("a:string", "b:string")
	for _, c := range []struct {
		name  string
		o     Options
		value string
		want  string
	}{
		{"plain", two, `x,y`, `"x"|"y"`},
		{"newline at the end", two, "x,y\n", `"x"|"y"`},
		{"CRLF at the end", two, "x,y\r\n", `"x"|"y"`},
		{"CR at the end, left by a split at newlines", two, "x,y\r", `"x"|"y"`},
		{"CR inside", two, "x\ry,z", `"x\ry"|"z"`},
		{"quoted", two, `"x","y"`, `"x"|"y"`},
		{"quoted comma", two, `"x,y",z`, `"x,y"|"z"`},
		{"doubled quotes", two, `"say ""hi""",""""`, `"say \"hi\""|"\""`},
		{"only quotes", two, `"""""",""""`, `"\"\""|"\""`},
		{"newline in quotes", two, "\"x\ny\",z", `"x\ny"|"z"`},
		{"CRLF in quotes", two, "\"x\r\ny\",z\r\n", `"x\r\ny"|"z"`},
		{"spaces are data", two, ` x , y `, `" x "|" y "`},
		{"one space", csvOptions("a:string"), ` `, `" "`},
		{"NUL", two, "x\x00,y", `"x\x00"|"y"`},
		{"byte order mark", two, "\ufeffx,y", `"\ufeffx"|"y"`},
		{"UTF-8", two, `Žižkov,"čtyři, ""pět"""`, `"Žižkov"|"čtyři, \"pět\""`},
		{"long", two, `abcdefghijklmnopqrstuvwxyz,"0123456789,0123456789"`, `"abcdefghijklmnopqrstuvwxyz"|"0123456789,0123456789"`},
		{"null words", csvOptions("a:string", "b:string", "c:string", "d:string"), `,NULL,NA,\N`, `null|null|null|null`},
		{"no null words", csvOptions("a:string", "b:string", "c:string"), `null,NULLs,N`, `"null"|"NULLs"|"N"`},
		{"quoted null words", csvOptions("a:string", "b:string", "c:string", "d:string"), `"","NULL","NA","\N"`, `""|"NULL"|"NA"|"\\N"`},
		{"quoted_nulls", Options{Format: FormatCSV, Columns: csvOptions("a:string", "b:int64", "c:string").Columns, QuotedNulls: true},
			`"","NULL",x`, `null|null|"x"`},
		{"own null words", Options{Format: FormatCSV, Columns: csvOptions("a:string", "b:int64", "c:float64", "d:int64").Columns, Nulls: []string{"-", "-999"}},
			`,-999,-,-99`, `""|null|null|-99`},
		{"long null word", Options{Format: FormatCSV, Columns: two.Columns, Nulls: []string{fmt.Sprintf("%070d", 0)}},
			fmt.Sprintf("%070d,%069d", 0, 0), fmt.Sprintf("null|%q", fmt.Sprintf("%069d", 0))},
		{"nulls of every type", csvOptions("a:int64", "b:float64", "c:bool", "d:timestamp", "e:timestamp[UTC]", "f:timestamp[%Y]"),
			`,NA,NULL,\N,,`, `null|null|null|null|null|null`},
		{"empty record", csvOptions("a:int64", "b:string"), "", `null|null`},
		{"blank record", csvOptions("a:int64", "b:string"), "\r\n", `null|null`},
		{"int64", csvOptions("a:int64", "b:int64", "c:int64", "d:int64"), `1,-1,+1,007`, `1|-1|1|7`},
		{"int64 bounds", csvOptions("a:int64", "b:int64", "c:int64"), `9223372036854775807,-9223372036854775808,-0`,
			`9223372036854775807|-9223372036854775808|0`},
		{"int64 quoted", csvOptions("a:int64", "b:int64"), `"12","-3"`, `12|-3`},
		{"float64", csvOptions("a:float64", "b:float64", "c:float64", "d:float64", "e:float64"), `1,-0.5,.5,5.,1e3`, `1|-0.5|0.5|5|1000`},
		{"float64 words", csvOptions("a:float64", "b:float64", "c:float64", "d:float64"), `NaN,inf,-Infinity,+INF`, `NaN|+Inf|-Inf|+Inf`},
		{"float64 integers past 2^53", csvOptions("a:float64", "b:float64"), `9007199254740993,"1.50"`, `9.007199254740992e+15|1.5`},
		{"bool", csvOptions("a:bool", "b:bool", "c:bool", "d:bool", "e:bool", "f:bool"), `true,FALSE,True,f,T,"0"`, `true|false|true|false|true|false`},
		{"timestamp", csvOptions("a:timestamp", "b:timestamp", "c:timestamp"), `2017-07-01 00:06:05,"2017-07-01T00:06",2017-07-01`,
			`2017-07-01T00:06:05|2017-07-01T00:06:00|2017-07-01T00:00:00`},
		{"timestamp[UTC]", csvOptions("a:timestamp[UTC]", "b:timestamp[UTC]", "c:timestamp[UTC]", "d:timestamp[UTC]"),
			`2017-07-01 00:06:05,2017-07-01T00:06:05Z,"2017-07-01T00:06:05.25+02:00","2017-07-01T00:06:05Z"`,
			`2017-07-01T00:06:05|2017-07-01T00:06:05|2017-06-30T22:06:05.25|2017-07-01T00:06:05`},
		{"timestamp with layout", csvOptions("a:timestamp[%m/%d/%Y %H:%M]", "b:timestamp[%d.%m.%Y]", "c:timestamp[%F %T]"), `7/1/2017 0:06,01.07.2017,2017-07-01 00:06:05`,
			`2017-07-01T00:06:00|2017-07-01T00:00:00|2017-07-01T00:06:05`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decodeAll(t, c.o, values(c.value))
			if err != nil {
				t.Fatal(err)
			}
			wantRows(t, got, []string{c.want})
		})
	}
}

func TestCSVTombstone(t *testing.T) {
	got, err := decodeAll(t, csvOptions("a:int64", "b:string"), []Record{{Value: nil}, {Value: []byte("1,x")}})
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, got, []string{"null|null", `1|"x"`})
}

func TestCSVErrors(t *testing.T) {
	two := csvOptions("a:int64", "b:string")
	for _, c := range []struct {
		o           Options
		value, want string
	}{
		{two, `1`, "the record has 1 field where 2 are expected: \"1\"\n" +
			`hint: declare one column per field; a comma that is data belongs in quotes; format="text" takes any line`},
		{two, `1,2,3`, `the record has 3 fields where 2 are expected: "1,2,3"`},
		{two, `x,2,3`, `the record has 3 fields where 2 are expected: "x,2,3"`},
		{csvOptions("a:string"), `1,2`, `the record has 2 fields where 1 is expected: "1,2"`},
		{two, `1,"x`, "the record ends inside the quotes of field 2: \"1,\\\"x\"\n" +
			"hint: a quote inside a quoted field must be doubled"},
		{two, "1,\"x\n", `the record ends inside the quotes of field 2: "1,\"x"`},
		{two, `1,"`, `the record ends inside the quotes of field 2: "1,\""`},
		{two, `1,"""`, `the record ends inside the quotes of field 2: "1,\"\"\""`},
		{two, `1,x"y`, "the record has a quote inside field 2, which is not quoted: \"1,x\\\"y\"\n" +
			"hint: quote the whole field and double the quotes inside it"},
		{two, `1, "x"`, `the record has a quote inside field 2, which is not quoted: "1, \"x\""`},
		{two, `1,"x"y`, `the record has text after the closing quote of field 2: "1,\"x\"y"`},
		{two, `1,"x" `, `the record has text after the closing quote of field 2: "1,\"x\" "`},
		{two, "1,x\n2,y", "the record has more than one line: the first ends in field 2: \"1,x\\n2,y\"\n" +
			"hint: produce every line of CSV as a record of its own; line ends that are data belong in quotes"},
		{two, "1,\"x\"\r\n2,y", `the record has more than one line: the first ends in field 2: "1,\"x\"\r\n2,y"`},
		{two, "1,x\n\n", `the record has more than one line: the first ends in field 2: "1,x\n"`},
		{two, "1,\xff\"", `the record has a quote inside field 2, which is not quoted: "1,\xff\""` + "\n" +
			`hint: quote the whole field and double the quotes inside it; if the records are not CSV, use format="raw"`},
		{two, "1,\xff", `column "b" (string): "\xff" is not UTF-8` + "\n" +
			`hint: declare format="raw" to get the bytes as they are`},
		{two, "1,\"\xe2\x82\"", `column "b" (string): "\xe2\x82" is not UTF-8`},
		{two, `12a,x`, `column "a" (int64): "12a" is not an integer` + "\n" +
			"hint: declare the column as float64 or string, or add the word to nulls if it means null"},
		{two, ` 1,x`, `column "a" (int64): " 1" is not an integer`},
		{two, `1_0,x`, `column "a" (int64): "1_0" is not an integer`},
		{two, `0x1,x`, `column "a" (int64): "0x1" is not an integer`},
		{two, `1.0,x`, `column "a" (int64): "1.0" is not an integer`},
		{two, `-,x`, `column "a" (int64): "-" is not an integer`},
		{two, `"",x`, `column "a" (int64): "" is not an integer` + "\n" +
			"hint: empty text in quotes is not null; set quoted_nulls to make it so"},
		{two, `9223372036854775808,x`, `column "a" (int64): "9223372036854775808" does not fit into 64 bits` + "\n" +
			"hint: declare the column as string, or as float64 if the last digits do not matter"},
		{two, `-9223372036854775809,x`, `column "a" (int64): "-9223372036854775809" does not fit into 64 bits`},
		{two, `this value is much longer than the forty bytes that are shown,x`,
			`column "a" (int64): "this value is much longer than the forty"... is not an integer`},
		{two, `ááááááááááááááááááááááá,x`, `column "a" (int64): "áááááááááááááááááááá"... is not an integer`},
		{two, `xááááááááááááááááááááááá,x`, `column "a" (int64): "xááááááááááááááááááá"... is not an integer`},
		{csvOptions("f:float64"), `1,5`, `the record has 2 fields where 1 is expected: "1,5"`},
		{csvOptions("f:float64"), `"1,5"`, `column "f" (float64): "1,5" is not a number` + "\n" +
			"hint: declare the column as string, or add the word to nulls if it means null"},
		{csvOptions("f:float64"), `0x1p4`, `column "f" (float64): "0x1p4" is not a number`},
		{csvOptions("f:float64"), `1_0.5`, `column "f" (float64): "1_0.5" is not a number`},
		{csvOptions("f:float64"), `1e400`, `column "f" (float64): "1e400" is beyond the range of float64`},
		{csvOptions("f:float64"), `+NaN`, `column "f" (float64): "+NaN" is not a number`},
		{csvOptions("b:bool"), `yes`, `column "b" (bool): "yes" is not a bool`},
		{csvOptions("b:bool"), `tRUE`, `column "b" (bool): "tRUE" is not a bool`},
		{csvOptions("t:timestamp"), `01.07.2017`, `column "t" (timestamp): "01.07.2017" is not a timestamp` + "\n" +
			"hint: declare the layout as in timestamp[%d.%m.%Y %H:%M], or the column as string"},
		{csvOptions("t:timestamp"), `2017-02-30`, `column "t" (timestamp): "2017-02-30" names a day or a time that does not exist`},
		{csvOptions("t:timestamp"), `2017-02-03 24:00:00`, `column "t" (timestamp): "2017-02-03 24:00:00" names a day or a time that does not exist`},
		{csvOptions("t:timestamp"), `2016-12-31 23:59:60`, `column "t" (timestamp): "2016-12-31 23:59:60" names a day or a time that does not exist`},
		{csvOptions("t:timestamp"), `2017-02-03 10:00:00.1234567`, `column "t" (timestamp): "2017-02-03 10:00:00.1234567" is finer than a microsecond`},
		{csvOptions("t:timestamp"), `2017-02-03 10:00:00Z`, `column "t" (timestamp): "2017-02-03 10:00:00Z" has a zone` + "\n" +
			"hint: declare the column as timestamp[UTC]"},
		{csvOptions("t:timestamp[%d.%m.%Y]"), `2017-02-03`, `column "t" (timestamp[%d.%m.%Y]): "2017-02-03" does not follow the layout`},
		{csvOptions("t:timestamp[%d.%m.%Y]"), `30.02.2017`, `column "t" (timestamp[%d.%m.%Y]): "30.02.2017" names a day or a time that does not exist`},
		{csvOptions("t:timestamp[%F %T]"), `2017-02-03T10:00:00`, `column "t" (timestamp[%F %T]): "2017-02-03T10:00:00" does not follow the layout`},
		{csvOptions("t:timestamp[%F %T]"), `2017-02-03 10:00:00Z`, `column "t" (timestamp[%F %T]): "2017-02-03 10:00:00Z" does not follow the layout`},
	} {
		d := inferrer(t, c.o).Decoder()
		cols := arrowipc.NewColumns(d.Fields())
		recs := []Record{{}, {Value: []byte(c.value)}, {}}
		err := d.Decode(recs, cols)
		wantError(t, err, "decode", c.want)
		var e *FieldError
		if errors.As(err, &e) && e.Index != 1 {
			t.Errorf("%q: index %d, want 1", c.value, e.Index)
		}
		checkWhole(t, cols)
		if cols.Len() != 1 {
			t.Errorf("%q: %d rows before the error, want 1", c.value, cols.Len())
		}
	}
}

// A record that fails in its last field leaves nothing in the columns before,
// nulls included, and decoding can go on behind it.
func TestCSVRollBack(t *testing.T) {
	o := csvOptions("a:int64", "b:string", "c:bool", "d:float64", "e:int64")
	o.Meta = []string{"_key"}
	d := inferrer(t, o).Decoder()
	cols := arrowipc.NewColumns(d.Fields())
	recs := values("1,x,true,1.5,1", "2,,,,x", ",,false,2.5,", "4,y,true,,4")
	recs[2].Key = []byte("\xff")
	for from := 0; from < len(recs); {
		err := d.Decode(recs[from:], cols)
		checkWhole(t, cols)
		var e *FieldError
		if !errors.As(err, &e) {
			break
		}
		from += e.Index + 1
	}
	wantRows(t, rows(cols), []string{`1|"x"|true|1.5|1|null`, `4|"y"|true|null|4|null`})
}

func TestCSVHeader(t *testing.T) {
	o := csvOptions("id:int64", "say:string")
	recs := values(`id,say`, `1,x`, "\ufeff\"id\",\"say\"\r\n", `2,say`, `id,say`)
	o.Header = true
	in := inferrer(t, o, recs...)
	d := in.Decoder()
	cols := arrowipc.NewColumns(d.Fields())
	if err := d.Decode(recs, cols); err != nil {
		t.Fatal(err)
	}
	wantRows(t, rows(cols), []string{`1|"x"`, `2|"say"`})
	if n := d.(HeaderSkipper).HeadersSkipped(); n != 3 {
		t.Errorf("%d headers skipped, want 3", n)
	}
	for _, almost := range []string{"id", "id,say,", "id,says", "id,\"say", "ID,say", " id,say"} {
		if err := d.Decode(values(almost), cols); err == nil {
			t.Errorf("%q was skipped as a header", almost)
		}
	}
	o.Header = false
	d = inferrer(t, o).Decoder()
	wantError(t, d.Decode(recs, arrowipc.NewColumns(d.Fields())), "decode",
		`column "id" (int64): "id" is not an integer`)
}

// No allocation per record, once the columns have grown.
func TestDecodeAllocations(t *testing.T) {
	recs := tripRecords(1000)
	for i := range recs {
		recs[i].Headers = []Header{{"trace", []byte("a\"b")}}
	}
	for name, o := range map[string]Options{
		"declared": tripOptions(true, MetaColumns()...),
		"inferred": tripOptions(false, MetaColumns()...),
	} {
		d, cols := tripDecoder(t, o, recs)
		n := testing.AllocsPerRun(10, func() {
			cols.Reset()
			if err := d.Decode(recs, cols); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations for 1000 records", name, n)
		}
	}
}
