package decode

import (
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
)

func TestParseType(t *testing.T) {
	for _, c := range []struct {
		text string
		kind arrowipc.Kind
		utc  bool
	}{
		{"int64", arrowipc.Int64, false},
		{"float64", arrowipc.Float64, false},
		{"bool", arrowipc.Bool, false},
		{"string", arrowipc.String, false},
		{"binary", arrowipc.Binary, false},
		{"timestamp", arrowipc.Timestamp, false},
		{"timestamp[UTC]", arrowipc.Timestamp, true},
		{"timestamp[%Y-%m-%d %H:%M:%S.%f]", arrowipc.Timestamp, false},
		{"timestamp[%d/%b/%Y:%T %z]", arrowipc.Timestamp, true},
	} {
		got, err := ParseType(c.text)
		if err != nil || got.Kind != c.kind || got.UTC != c.utc || got.Text != c.text {
			t.Errorf("ParseType(%q) = %v, %v", c.text, got, err)
		}
	}
}

func TestParseTypeRefuses(t *testing.T) {
	const accepted = "\nhint: accepted types: int64, float64, bool, string, timestamp, timestamp[UTC], " +
		"timestamp[LAYOUT] with a layout such as %Y-%m-%d %H:%M:%S.%f, and binary (format raw only)"
	const directives = "\nhint: accepted are timestamp[UTC] and layouts made of " +
		"%Y %y %m %d %j %b %B %H %I %p %M %S %f %z %F %T %%"
	for text, want := range map[string]string{
		"":                             `unknown type ""` + accepted,
		"int":                          `unknown type "int"` + accepted,
		"Int64":                        `unknown type "Int64"` + accepted,
		" int64":                       `unknown type " int64"` + accepted,
		"date":                         `unknown type "date"` + accepted,
		"decimal(10,2)":                `unknown type "decimal(10,2)"` + accepted,
		"timestamp[%Y":                 `unknown type "timestamp[%Y"` + accepted,
		"timestamp[]":                  `type "timestamp[]": the layout needs either %Y or %y` + directives,
		"timestamp[Europe/Berlin]":     `type "timestamp[Europe/Berlin]": the layout needs either %Y or %y` + directives,
		"timestamp[%Y %y]":             `type "timestamp[%Y %y]": the layout needs either %Y or %y` + directives,
		"timestamp[%Y%]":               `type "timestamp[%Y%]": the layout ends with a single %` + directives,
		"timestamp[%Y %A]":             `type "timestamp[%Y %A]": the layout has the unknown directive "%A"` + directives,
		"timestamp[%Y %m %m]":          `type "timestamp[%Y %m %m]": the layout has %m twice` + directives,
		"timestamp[%F %Y]":             `type "timestamp[%F %Y]": the layout has %Y twice` + directives,
		"timestamp[%Y %m %b]":          `type "timestamp[%Y %m %b]": the layout has more than one of %m, %b and %B` + directives,
		"timestamp[%Y %j %d]":          `type "timestamp[%Y %j %d]": the layout has %j beside a month or a day` + directives,
		"timestamp[%Y %d]":             `type "timestamp[%Y %d]": the layout has %d without %m, %b or %B` + directives,
		"timestamp[%F %H %I %p]":       `type "timestamp[%F %H %I %p]": the layout has both %H and %I` + directives,
		"timestamp[%F %I:%M]":          `type "timestamp[%F %I:%M]": the layout needs %I and %p together` + directives,
		"timestamp[%F %H %p]":          `type "timestamp[%F %H %p]": the layout needs %I and %p together` + directives,
		"timestamp[%F %M]":             `type "timestamp[%F %M]": the layout has %M without %H or %I` + directives,
		"timestamp[%F %H %S]":          `type "timestamp[%F %H %S]": the layout has %S without %M` + directives,
		"timestamp[%Y-%m-%d %H:%M.%f]": `type "timestamp[%Y-%m-%d %H:%M.%f]": the layout has %f without %S` + directives,
	} {
		_, err := ParseType(text)
		wantError(t, err, "config", want)
	}
}

func TestCheckAccepts(t *testing.T) {
	for _, o := range []Options{
		{},
		{Format: FormatAuto, Columns: []Column{{"a", ""}, {"b", "int64"}}, Header: true},
		{Format: FormatAuto, Columns: []Column{{"a", "binary"}}},
		{Format: FormatCSV, Meta: MetaColumns(), KeyFormat: KeyRaw},
		{Format: FormatCSV, Columns: []Column{{"_key", "string"}}, Meta: []string{"_offset"}},
		{Format: FormatText, Columns: []Column{{"line", "string"}}},
		{Format: FormatRaw, Columns: []Column{{"payload", "binary"}}, KeyFormat: KeyText},
		{Format: FormatRaw, Columns: []Column{{"payload", ""}}},
	} {
		if err := o.Check(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Format: "avro"}, `unknown format "avro"` + "\nhint: accepted formats: auto, csv, text and raw"},
		{Options{KeyFormat: "avro"}, `unknown key format "avro"` + "\nhint: accepted key formats: text and raw"},
		{Options{Meta: []string{"_topic"}}, `unknown meta column "_topic"` +
			"\nhint: the meta columns are _partition, _offset, _timestamp, _key, _headers"},
		{Options{Meta: []string{"_key", "_key"}}, `meta column "_key" is asked for twice`},
		{csvOptions("a", ""), "column 2 has an empty name"},
		{csvOptions("a", "b", "a"), `column "a" is declared twice`},
		{Options{Columns: []Column{{"_key", ""}}, Meta: []string{"_key"}},
			`column "_key" has the name of a meta column that is asked for, too`},
		{csvOptions("a:int"), `column "a": unknown type "int"`},
		{csvOptions("a:timestamp[%d]"), `column "a": type "timestamp[%d]": the layout needs either %Y or %y`},
		{csvOptions("a:binary"), `column "a": format csv has no type binary`},
		{Options{Format: FormatText, Columns: []Column{{"a", "int64"}}},
			`column "a": format text has no type int64` + "\nhint: declare it as string, or use format=\"csv\""},
		{Options{Format: FormatRaw, Columns: []Column{{"a", "string"}}}, `column "a": format raw has no type string`},
		{Options{Format: FormatText, Columns: []Column{{"a", ""}, {"b", ""}}}, "format text has one column, 2 are declared"},
		{Options{Format: FormatRaw, Header: true}, "format raw has no header records"},
		{Options{Format: FormatCSV, Header: true}, "header is set but no columns are declared"},
		{Options{Columns: []Column{{"a", ""}, {"b", "binary"}}}, `column "b" is binary but not the only one`},
	} {
		wantError(t, c.o.Check(), "config", c.want)
		_, err := NewInferrer(c.o)
		wantError(t, err, "config", c.want)
	}
	_, err := NewInferrer(Options{})
	wantError(t, err, "config", "the format is not settled\nhint: choose csv, text or raw")
}
