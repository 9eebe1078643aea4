package decode

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
)

func TestInfer(t *testing.T) {
	for _, c := range []struct {
		values string // of one column, parted by spaces; _ is a space in a value
		want   string
	}{
		{`1 -2 0 9223372036854775807`, "int64"},
		{`1 NULL 3`, "int64"},
		{`"1" "2"`, "int64"},
		{`1 ""`, "string"},
		{`NULL NA`, "string"},
		{`007 1`, "string"},
		{`00`, "string"},
		{`-007`, "string"},
		{`+1 2`, "string"},
		{`-0 1`, "float64"},
		{`-00`, "string"},
		{`9223372036854775808`, "string"},
		{`1 -9223372036854775809`, "string"},
		{`1 2.5`, "float64"},
		{`9007199254740992 2.5`, "float64"},
		{`9007199254740993 2.5`, "string"},
		{`-9007199254740993 2.5`, "string"},
		{`9007199254740993 1`, "int64"},
		{`0.5 -0.5 .5 5. 1e3 1E-3`, "float64"},
		{`007.5`, "string"},
		{`1e400`, "string"},
		{`1e`, "string"},
		{`-`, "string"},
		{`.`, "string"},
		{`0x10`, "string"},
		{`1_000`, "string"},
		{`1,5`, "string"},
		{`NaN 1.5 inf -inf`, "float64"},
		{`1 Infinity`, "float64"},
		{`nan`, "string"},
		{`inf -Infinity`, "string"},
		{`NaN x`, "string"},
		{`NaN true`, "string"},
		{`NAN 1`, "string"},
		{`true FALSE False`, "bool"},
		{`true 1`, "string"},
		{`0 1`, "int64"},
		{`t f`, "string"},
		{`2017-07-01 "2017-07-01_00:06" 2017-07-01T00:06:05.5`, "timestamp"},
		{`2017-07-01T00:06:05Z 2017-07-01T00:06:05+02:00`, "timestamp[UTC]"},
		{`2017-07-01T00:06:05Z 2017-07-01T00:06:05`, "string"},
		{`2017-07-01 1`, "string"},
		{`2017-02-30`, "string"},
		{`2017-07-01T00:06:05.1234567`, "string"},
		{`1 x`, "string"},
		{`x`, "string"},
		{`1 "_1"`, "string"},
	} {
		var recs []Record
		for _, v := range strings.Fields(c.values) {
			v = strings.ReplaceAll(v, "_", " ")
			if strings.Contains(c.values, "1_000") {
				v = c.values
			}
			if v == "1,5" {
				v = `"1,5"`
			}
			recs = append(recs, Record{Value: []byte(v)})
		}
		in := inferrer(t, csvOptions("a"), recs...)
		if got := in.Fields()[0].TypeName(); got != c.want {
			t.Errorf("%s: %s, want %s", c.values, got, c.want)
		}
		d := in.Decoder()
		if err := d.Decode(recs, arrowipc.NewColumns(d.Fields())); err != nil {
			t.Errorf("%s: %v", c.values, err)
		}
	}
}

func TestInferColumns(t *testing.T) {
	in := inferrer(t, Options{Format: FormatCSV, Meta: []string{"_timestamp", "_offset"}})
	if got := schema(in.Fields()); got != "_offset:int64 _timestamp:timestamp[UTC]" || in.Settled() {
		t.Errorf("got %s, settled %v", got, in.Settled())
	}
	if err := in.Add(append([]Record{{}}, values("\n", "1,x,,2017-07-01")...)); err != nil {
		t.Fatal(err)
	}
	if got := schema(in.Fields()); got != "c0:int64 c1:string c2:string c3:timestamp _offset:int64 _timestamp:timestamp[UTC]" {
		t.Errorf("got %s", got)
	}
	err := in.Add(values("1,2,3,4", "1,2,3"))
	wantError(t, err, "decode", `the record has 3 fields where 4 are expected: "1,2,3"`)
	var e *FieldError
	if !errors.As(err, &e) || e.Index != 1 {
		t.Errorf("got %#v", err)
	}
	wantError(t, in.Add(values(`"`)), "decode", `the record ends inside the quotes of field 1: "\""`)

	in = inferrer(t, csvOptions("a:int64", "b", "c:timestamp[%F %T %z]"), values("x,1.5,y")...)
	if got := schema(in.Fields()); got != "a:int64 b:float64 c:timestamp[UTC]" {
		t.Errorf("got %s", got)
	}
	o := csvOptions("a", "b")
	o.Header = true
	if got := schema(inferrer(t, o, values("a,b", "1,2")...).Fields()); got != "a:int64 b:int64" {
		t.Errorf("the header counted: %s", got)
	}
}

func TestSettled(t *testing.T) {
	for _, c := range []struct {
		o      Options
		sample []Record
		want   bool
	}{
		{csvOptions("a:int64", "b:string"), nil, true},
		{csvOptions("a:int64", "b"), nil, false},
		{csvOptions("a:int64", "b"), values("1,x"), true},
		{csvOptions("a:int64", "b"), values("1,nan"), false},
		{csvOptions("a:int64", "b"), values("1,2"), false},
		{Options{Format: FormatCSV}, nil, false},
		{Options{Format: FormatText}, nil, true},
		{Options{Format: FormatRaw}, nil, true},
	} {
		if got := inferrer(t, c.o, c.sample...).Settled(); got != c.want {
			t.Errorf("%+v with %d records: %v", c.o, len(c.sample), got)
		}
	}
}

func TestPromote(t *testing.T) {
	for _, c := range []struct {
		first, later string
		want         string
	}{
		{"1", "2.5", `column "a" was inferred as int64 from earlier records, but "2.5" makes it float64` +
			"\nhint: declare the columns with their types: a:float64"},
		{"1", "x", `column "a" was inferred as int64 from earlier records, but "x" makes it string`},
		{"1", "007", `column "a" was inferred as int64 from earlier records, but "007" makes it string`},
		{"1", "+7", `column "a" was inferred as int64 from earlier records, but "+7" makes it string`},
		{"1", `""`, `column "a" was inferred as int64 from earlier records, but "" makes it string`},
		{"1", "9223372036854775808", `column "a" was inferred as int64 from earlier records, but "9223372036854775808" makes it string`},
		{"9007199254740993", "0.5", `column "a" was inferred as int64 from earlier records, but "0.5" makes it string`},
		{"0.5", "9007199254740993", `column "a" was inferred as float64 from earlier records, but "9007199254740993" makes it string`},
		{"0.5", "007.5", `column "a" was inferred as float64 from earlier records, but "007.5" makes it string`},
		{"true", "1", `column "a" was inferred as bool from earlier records, but "1" makes it string`},
		{"2017-07-01", "2017-07-01T00:00:00Z", `column "a" was inferred as timestamp from earlier records, but "2017-07-01T00:00:00Z" makes it string`},
		{"2017-07-01 00:00:00Z", "2017-07-01 00:00:00", `column "a" was inferred as timestamp[UTC] from earlier records, but "2017-07-01 00:00:00" makes it string`},
		{"2017-07-01 00:00:00", "2017-02-30 00:00:00", `column "a" was inferred as timestamp from earlier records, but "2017-02-30 00:00:00" makes it string`},
		{"NULL", "1", `column "a" was inferred as string from earlier records, but "1" makes it int64`},
		{"NaN", "1", `column "a" was inferred as string from earlier records, but "1" makes it float64`},
	} {
		in := inferrer(t, csvOptions("a"), values(c.first)...)
		d := in.Decoder()
		cols := arrowipc.NewColumns(d.Fields())
		err := d.Decode(values(c.first, c.first, c.later, c.first), cols)
		wantError(t, err, "decode", c.want)
		var p *PromoteError
		if !errors.As(err, &p) || p.Index != 2 {
			t.Errorf("%s, %s: got %#v", c.first, c.later, err)
			continue
		}
		if got := in.Fields()[0].TypeName(); got != p.To {
			t.Errorf("%s, %s: the inferrer has %s", c.first, c.later, got)
		}
		checkWhole(t, cols)
		if cols.Len() != 2 {
			t.Errorf("%s, %s: %d rows, want 2", c.first, c.later, cols.Len())
		}
	}
	in := inferrer(t, Options{Format: FormatCSV}, Record{})
	d := in.Decoder()
	err := d.Decode([]Record{{}, {Value: []byte("1,2")}}, arrowipc.NewColumns(d.Fields()))
	wantError(t, err, "decode", "the columns are not known: all records before this one were empty\nhint: declare the columns")
	if p := new(PromoteError); !errors.As(err, &p) || p.Index != 1 {
		t.Errorf("got %#v", err)
	}
}

// What is broken or ragged is an error at once, and so is text that is not
// UTF-8: no other type would hold it.
func TestNoPromotion(t *testing.T) {
	in := inferrer(t, csvOptions("a", "b"), values("1,2")...)
	d := in.Decoder()
	for value, want := range map[string]string{
		"x":      `the record has 1 field where 2 are expected: "x"`,
		`x,y"`:   `the record has a quote inside field 2, which is not quoted: "x,y\""`,
		"x,y\nz": `the record has more than one line: the first ends in field 2: "x,y\nz"`,
	} {
		wantError(t, d.Decode(values(value), arrowipc.NewColumns(d.Fields())), "decode", want)
	}
	if got := schema(in.Fields()); got != "a:int64 b:int64" {
		t.Errorf("types changed to %s", got)
	}
	wantError(t, d.Decode(values("1,\xff"), arrowipc.NewColumns(d.Fields())), "decode", `column "b" (int64): "\xff" is not UTF-8`)
	d = inferrer(t, csvOptions("a"), values("x")...).Decoder()
	wantError(t, d.Decode(values("\xff"), arrowipc.NewColumns(d.Fields())), "decode", `column "a" (string): "\xff" is not UTF-8`)
}

// pool holds values of all classes and of the edges between them.
var pool = []string{"", "NULL", `"NULL"`, `""`, "1", "-5", "12345678901", "0", "-0", "-0.0", "007", "+1", "9007199254740992", "9007199254740993",
	"-9007199254740993", "9223372036854775807", "9223372036854775808", "1.5", "-73.99102628231049", "1e5", "1e400", "007.5", ".5", "NaN", "inf",
	"-Infinity", "NAN", "true", "FALSE", "t", "2017-07-01", "2017-07-01 00:06:05", "\"2017-07-01 00:06:05\"", "2017-07-01T00:06:05Z",
	"2017-07-01 00:06:05.5+02:00", "2017-02-30", "2017-07-01 00:06:05.1234567", "x", "Žižkov", `"a ""b"""`}

// However the records are shared out between sample, decoder and scan, and in
// whatever order they come, the types are those of all values, and the decoder
// for them reads every record.
func TestInferenceOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	kinds := map[string]int{}
	for range 30_000 {
		some := make([]string, 1+r.IntN(3)) // few different values, so that all types come up
		for i := range some {
			some[i] = pool[r.IntN(len(pool))]
		}
		var recs []Record
		for range 1 + r.IntN(8) {
			recs = append(recs, Record{Value: []byte(some[r.IntN(len(some))] + ",x")})
		}
		whole := inferrer(t, csvOptions("a", "b"), recs...).Fields()[0]
		kinds[whole.TypeName()]++

		shuffled := slices.Clone(recs)
		r.Shuffle(len(recs), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got, rows := readWindow(t, shuffled, r.IntN(len(recs)+1))
		if got != whole {
			t.Fatalf("%q: %s, want %s", texts(recs), got.TypeName(), whole.TypeName())
		}
		if rows != len(recs) {
			t.Fatalf("%q: %d rows, want %d", texts(recs), rows, len(recs))
		}
	}
	for _, k := range []string{"int64", "float64", "bool", "timestamp", "timestamp[UTC]", "string"} {
		if kinds[k] < 50 {
			t.Errorf("only %d of the columns were %s", kinds[k], k)
		}
	}
}

// readWindow reads records as a caller does: the types from the first ones,
// then decode, and where a type turns out too narrow look at the rest and
// begin again.
func readWindow(t *testing.T, recs []Record, sample int) (arrowipc.Field, int) {
	in := inferrer(t, csvOptions("a", "b"), recs[:sample]...)
	d := in.Decoder()
	cols := arrowipc.NewColumns(d.Fields())
	err := d.Decode(recs, cols)
	var p *PromoteError
	if errors.As(err, &p) {
		if err := in.Add(recs[p.Index:]); err != nil {
			t.Fatal(err)
		}
		d = in.Decoder()
		cols = arrowipc.NewColumns(d.Fields())
		err = d.Decode(recs, cols)
	}
	if err != nil {
		t.Fatalf("%q: %v", texts(recs), err)
	}
	checkWhole(t, cols)
	if f := d.Fields(); !slices.Equal(f, in.Fields()) {
		t.Fatalf("%q: the decoder has %s, the inferrer %s", texts(recs), schema(f), schema(in.Fields()))
	}
	return d.Fields()[0], cols.Len()
}

func texts(recs []Record) (s []string) {
	for i := range recs {
		s = append(s, string(recs[i].Value))
	}
	return s
}
