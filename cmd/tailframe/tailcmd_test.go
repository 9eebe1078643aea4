package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/tail"
)

// TestOptionsAreRequestFields compares the list of options with the JSON fields
// of tail.Request, and with the flags of `tailframe tail`.
func TestOptionsAreRequestFields(t *testing.T) {
	var fields []option
	for f := range reflect.TypeFor[tail.Request]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := map[string]string{"string": "string", "*int64": "int", "bool": "bool", "float64": "float",
			"[]string": "list", "map[string]string": "map", "[]tail.Column": "columns"}[f.Type.String()]
		fields = append(fields, option{name, kind})
	}
	byName := func(a, b option) int { return strings.Compare(a.Name, b.Name) }
	listed := slices.SortedFunc(slices.Values(tailOptions), byName)
	if slices.SortFunc(fields, byName); !slices.Equal(fields, listed) {
		t.Errorf("tail.Request has %v, tailOptions %v", fields, listed)
	}

	flags := []string{"topic"} // a word of its own
	newTailFlags().set.VisitAll(func(f *flag.Flag) { flags = append(flags, optionName(f.Name)) })
	var want []string
	for _, o := range tailOptions {
		want = append(want, o.Name)
	}
	want = append(want, "config_file", "output", "o", "quiet", "q") // of the command line only
	slices.Sort(want)
	if slices.Sort(flags); !slices.Equal(flags, want) {
		t.Errorf("flags %v, want %v", flags, want)
	}
}

func TestOptionsCommand(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), []string{"options"}, nil, &out, nil, nil); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Options []option `json:"options"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Options, tailOptions) {
		t.Errorf("got %v", got.Options)
	}
	if !strings.HasPrefix(out.String(), `{"options":[{"name":"topic","type":"string"},{"name":"last","type":"int"},`) {
		t.Errorf("got %s", &out)
	}
}

// TestEveryFlagReachesTheRequest sets each flag to something that is not its
// default and looks for a change in the request.
func TestEveryFlagReachesTheRequest(t *testing.T) {
	values := map[string]string{
		"last": "7", "format": "csv", "columns": "a:int64", "nulls": "x,,y", "quoted-nulls": "true", "header": "true",
		"meta": "_key,_offset", "key-format": "raw", "order": "none", "isolation": "read_uncommitted",
		"bootstrap-servers": "b:1", "config": "client.id=x", "ca-fallback": "ca.pem", "timeout": "2.5", "log-level": "debug",
	}
	want := map[string]any{
		"last": 7.0, "format": "csv", "columns": []any{map[string]any{"name": "a", "type": "int64"}},
		"nulls": []any{"x", "", "y"}, "quoted_nulls": true, "header": true, "meta": []any{"_key", "_offset"},
		"key_format": "raw", "order": "none", "isolation": "read_uncommitted", "bootstrap_servers": "b:1",
		"config": map[string]any{"client.id": "x"}, "ca_fallback": "ca.pem", "timeout": 2.5, "log_level": "debug",
	}
	for _, o := range tailOptions {
		if o.Name == "topic" {
			continue
		}
		name := strings.ReplaceAll(o.Name, "_", "-")
		value, ok := values[name]
		if !ok {
			t.Errorf("no value for --%s here", name)
			continue
		}
		args := []string{"citibike", "--" + name + "=" + value, "--bootstrap-servers", "a:1"}
		switch name {
		case "bootstrap-servers":
			args = args[:2]
		case "header": // means nothing without names
			args = append(args, "--columns", "a")
		}
		f := newTailFlags()
		sources, err := f.request(args, nil)
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		text, err := json.Marshal(f.req)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got[o.Name], want[o.Name]) {
			t.Errorf("--%s gives %v, want %v", name, got[o.Name], want[o.Name])
		}
		source, wantSource := o.Name, "flag --"+name
		switch name {
		case "config":
			source = "client.id"
		case "bootstrap-servers":
			source = "bootstrap.servers"
		}
		if sources[source] != wantSource {
			t.Errorf("--%s: source %q", name, sources[source])
		}
	}
}

func TestParseColumns(t *testing.T) {
	cases := map[string][]tail.Column{
		"a":                           {{Name: "a"}},
		"a,b:int64":                   {{Name: "a"}, {Name: "b", Type: "int64"}},
		" a , b : int64 ":             {{Name: "a"}, {Name: "b", Type: "int64"}},
		"a:timestamp[%d, %H:%M],b":    {{Name: "a", Type: "timestamp[%d, %H:%M]"}, {Name: "b"}},
		`"a,b":bool,"say ""c""",d`:    {{Name: "a,b", Type: "bool"}, {Name: `say "c"`}, {Name: "d"}},
		`"a:b":timestamp[UTC] , " c"`: {{Name: "a:b", Type: "timestamp[UTC]"}, {Name: " c"}},
		"start time:string":           {{Name: "start time", Type: "string"}},
	}
	for s, want := range cases {
		got, err := parseColumns(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"":            "a column has no name",
		"a,":          "a column has no name",
		",a":          "a column has no name",
		":int64":      "a column has no name",
		"a:":          `column "a" has no type after its colon`,
		"a:,b":        `column "a" has no type after its colon`,
		"a:int64[b,c": "a [ is not closed",
		`"a`:          "a double quote is not closed",
		`"a"b`:        `after "a" must come a comma or a colon`,
	} {
		if got, err := parseColumns(s); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v", s, got, err)
		}
	}
}

func TestListValues(t *testing.T) {
	for s, want := range map[string][]string{"": {}, ",": {"", ""}, "a": {"a"}, ",NULL": {"", "NULL"}} {
		if got := parseList(s); got == nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q", s, got)
		}
	}
	if got := metaNames("all"); !slices.Equal(got, decode.MetaColumns()) {
		t.Errorf("all: %q", got)
	}
}

func TestFlagsAndWordsInAnyOrder(t *testing.T) {
	for _, args := range []string{"a b --x=1 -y 2", "--x=1 a -y 2 b", "-y 2 --x=1 a b", "-y 2 --x 1 -- a b"} {
		fs := newFlags("test")
		x, y := fs.String("x", "", ""), fs.String("y", "", "")
		words, err := parseFlags(fs, strings.Fields(args))
		if err != nil || *x != "1" || *y != "2" || !slices.Equal(words, []string{"a", "b"}) {
			t.Errorf("%s: %q %q %q, %v", args, words, *x, *y, err)
		}
	}
	fs := newFlags("test")
	fs.String("x", "", "")
	if words, err := parseFlags(fs, strings.Fields("a -- --x --y")); err != nil || fmt.Sprint(words) != "[a --x --y]" {
		t.Errorf("after --: %q, %v", words, err)
	}
}

// TestHelpListsEveryFlag looks for each flag in the help of its command.
func TestHelpListsEveryFlag(t *testing.T) {
	f := newTailFlags()
	help := f.help()
	f.set.VisitAll(func(flag *flag.Flag) {
		if !strings.Contains(help, "  "+dashed(flag.Name)) && !strings.Contains(help, ", "+dashed(flag.Name)) {
			t.Errorf("%s is not in the help", dashed(flag.Name))
		}
	})
	for line := range strings.Lines(help) {
		if len(line) > 100 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}
