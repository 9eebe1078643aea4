package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tailframe/tailframe/internal/tail"
)

// tailFlags are the flags of `tailframe tail`. Those that fill req mirror its
// JSON fields; the others say where the rows go.
type tailFlags struct {
	set    *flag.FlagSet
	broker brokerFlags
	req    tail.Request
	out    string
	quiet  bool
}

func newTailFlags() *tailFlags {
	t := &tailFlags{set: newFlags("tail")}
	fs, req := t.set, &t.req
	fs.Func("last", "read the last `N` records over all partitions (1000)", parseInt(&req.Last))
	fs.StringVar(&req.Format, "format", "", "the `FORMAT` of the records: auto, csv, text or raw (auto)")
	fs.Func("columns", "`NAME[:TYPE],...`\nthe columns, as in a:int64,b:timestamp[%Y-%m-%d]; the types are\n"+
		"int64, float64, bool, string, timestamp, timestamp[UTC], timestamp[FORMAT];\n"+
		"a column without a type gets it from the records. May be repeated; a name with\n"+
		", or : is written in double quotes", func(s string) error {
		columns, err := parseColumns(s)
		req.Columns = append(req.Columns, columns...)
		return err
	})
	fs.Func("nulls", "`WORD,...`\nwhat means null where not quoted (,NULL,NA,\\N: the first of these\n"+
		"is the empty word); --nulls '' for none", func(s string) error {
		req.Nulls = parseList(s)
		return nil
	})
	fs.BoolVar(&req.QuotedNulls, "quoted-nulls", false, "the words of --nulls mean null in quotes, too")
	fs.BoolVar(&req.Header, "header", false, "skip records that repeat the column names")
	fs.Func("meta", "`NAME,...`\nadd columns that tell about the record: _partition, _offset,\n"+
		"_timestamp, _key, _headers; --meta all for all", func(s string) error {
		req.Meta = metaNames(s)
		return nil
	})
	fs.StringVar(&req.KeyFormat, "key-format", "", "the `FORMAT` of _key: text or raw (text)")
	fs.StringVar(&req.Order, "order", "", "the `ORDER` of the rows: time, or none for the fastest (time)")
	fs.StringVar(&req.Isolation, "isolation", "", "`LEVEL`\nread_committed or read_uncommitted (read_committed)")
	t.broker.Register(fs)
	fs.StringVar(&req.CAFallback, "ca-fallback", "", "the CA certificates in `FILE` stand in on a system that has none")
	fs.Func("timeout", "end with an error after `SECONDS` in all (no limit)", parseFloat(&req.Timeout))
	fs.StringVar(&req.LogLevel, "log-level", "", "`LEVEL`\nerror, info or debug (error)")
	fs.StringVar(&t.out, "o", "", "--output")
	fs.StringVar(&t.out, "output", "", "`FORMAT or FILE`\na format for stdout: "+strings.Join(formatWords(), ", ")+";\n"+
		"or a file whose ending ("+strings.Join(fileEndings(), " ")+")\ntells the format. Without -o: a table on a terminal, arrow-file into a file, else arrow")
	fs.BoolVar(&t.quiet, "quiet", false, "do not tell on stderr what was read")
	fs.BoolVar(&t.quiet, "q", false, "--quiet")
	return t
}

// tailOrder is the order of the flags in the help text.
var tailOrder = []string{"last", "bootstrap-servers", "config", "config-file", "output", "format", "columns", "header",
	"nulls", "quoted-nulls", "meta", "key-format", "order", "isolation", "timeout", "ca-fallback", "log-level", "quiet"}

func (t *tailFlags) help() string {
	return "Usage: tailframe tail TOPIC [FLAGS]\n\n" +
		"Reads the last records of a topic and writes them as typed rows to stdout.\n\nFlags:\n" +
		flagHelp(t.set, tailOrder...) +
		"\nIn csv a null is an empty field and an empty text is \"\"; in jsonl NaN and infinities\n" +
		"are \"NaN\", \"Infinity\" and \"-Infinity\". In both times are ISO 8601, UTC ones end in Z,\n" +
		"and binary is base64. A file is whole or not there. When the exit status is not 0,\n" +
		"what came on stdout is not whole.\n" +
		"\nExamples:\n" +
		"  tailframe tail citibike --last 20 --bootstrap-servers localhost:9092\n" +
		"  tailframe tail citibike --columns 'ride_id,started_at:timestamp' -o trips.csv\n"
}

// request parses args into the request, the sources of its settings and the
// output asked for.
func (t *tailFlags) request(args, env []string) (map[string]string, error) {
	words, err := parseFlags(t.set, args)
	if err != nil {
		return nil, err
	}
	if len(words) != 1 {
		return nil, misuse(helpHint(t.set), "one topic is needed, %d are given", len(words))
	}
	t.req.Topic = words[0]
	settings, err := t.broker.settings(env)
	if err != nil {
		return nil, err
	}
	t.req.BootstrapServers, t.req.Config = settings.Servers, settings.Config
	sources := settings.Sources
	t.set.Visit(func(f *flag.Flag) {
		switch name := optionName(f.Name); name {
		case "bootstrap_servers", "config", "config_file": // told per property
		default:
			if isOption(name) {
				sources[name] = "flag " + dashed(f.Name)
			}
		}
	})
	return sources, t.req.Validate()
}

func runTail(ctx context.Context, inv *invocation, args []string) error {
	t := newTailFlags()
	sources, err := t.request(args, inv.env)
	if wantsHelp(err) {
		return writeText(inv.stdout, t.help())
	}
	if err != nil {
		return err
	}
	out, err := chooseOutput(t.out, inv.stdout)
	if err != nil {
		return err
	}
	if err := out.open(); err != nil {
		return err
	}
	started := time.Now()
	clean := newCleaner(t.req.Config)
	var report *tail.Report
	err = abandonable(ctx, nil, func() (err error) {
		report, err = tail.Run(ctx, t.req, out.sink, tail.Options{
			Log:     clean.log(atLevel(t.req.LogLevel, inv.log)),
			Reread:  out.reread,
			Sources: sources,
		})
		if err != nil {
			return err
		}
		return out.commit()
	})
	if err != nil {
		out.abort()
		return clean.error(err)
	}
	if !t.quiet {
		io.WriteString(inv.stderr, summary(report, time.Since(started)))
	}
	return nil
}

// summary is the one line that tells what was read.
func summary(r *tail.Report, took time.Duration) string {
	line := fmt.Sprintf("%s from %s of %s in %.2f s", plural(r.Rows, "row"),
		plural(int64(len(r.Partitions)), "partition"), printable(r.Topic), took.Seconds())
	if r.Why != "" {
		line += ": " + printable(r.Why)
	}
	return line + "\n"
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// option is one setting of a run, under the name it has in Python.
type option struct {
	Name string `json:"name"`
	Type string `json:"type"` // string int float bool list map columns
}

// tailOptions lists the settings of a run: the JSON fields of tail.Request.
// Each but the topic, which is a word of its own, is a flag of `tailframe tail`
// with dashes for the underscores.
var tailOptions = []option{
	{"topic", "string"},
	{"last", "int"},
	{"format", "string"},
	{"columns", "columns"},
	{"nulls", "list"},
	{"quoted_nulls", "bool"},
	{"header", "bool"},
	{"meta", "list"},
	{"key_format", "string"},
	{"order", "string"},
	{"isolation", "string"},
	{"bootstrap_servers", "string"},
	{"config", "map"},
	{"ca_fallback", "string"},
	{"timeout", "float"},
	{"log_level", "string"},
}

func optionName(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

func isOption(name string) bool {
	for _, o := range tailOptions {
		if o.Name == name {
			return true
		}
	}
	return false
}

// runOptions prints tailOptions as JSON, for a test of the Python side.
func runOptions(_ context.Context, inv *invocation, args []string) error {
	if len(args) > 0 {
		return misuse("", "tailframe options takes no arguments")
	}
	text, err := json.Marshal(map[string]any{"options": tailOptions})
	if err != nil {
		return err
	}
	return writeText(inv.stdout, string(text)+"\n")
}
