package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/tailframe/tailframe/arrowipc"
)

// output is where the rows go and in which form. Use: open, the sink's calls,
// then commit or abort.
type output struct {
	sink arrowipc.Sink
	// reread empties the output for rows that are read again; nil where the
	// rows have left for good.
	reread func(why string) error
	open   func() error
	commit func() error // after the sink's End: puts what was written in place
	abort  func()       // leaves nothing behind
}

// outputFormat is one form of rows.
type outputFormat struct {
	word    string
	endings []string // of files, the first the usual one
	sink    func(w io.Writer, width int) arrowipc.Sink
}

func outputFormats() []outputFormat {
	return []outputFormat{
		{"arrow", []string{".arrows"}, func(w io.Writer, _ int) arrowipc.Sink { return arrowipc.NewStream(w) }},
		{"arrow-file", []string{".arrow", ".feather"}, func(w io.Writer, _ int) arrowipc.Sink { return arrowipc.NewFile(w) }},
		{"csv", []string{".csv"}, func(w io.Writer, _ int) arrowipc.Sink { return newCSVSink(w) }},
		{"jsonl", []string{".jsonl", ".ndjson"}, func(w io.Writer, _ int) arrowipc.Sink { return newJSONSink(w) }},
		{"table", []string{".txt"}, func(w io.Writer, width int) arrowipc.Sink { return newTableSink(w, width) }},
	}
}

func formatWords() []string {
	var words []string
	for _, f := range outputFormats() {
		words = append(words, f.word)
	}
	return words
}

func fileEndings() []string {
	var endings []string
	for _, f := range outputFormats() {
		endings = append(endings, f.endings...)
	}
	return endings
}

// chooseOutput reads the value of -o; "" is for what suits stdout.
func chooseOutput(o string, stdout io.Writer) (*output, error) {
	if o == "" {
		o = defaultFormat(stdout)
	}
	ending := strings.ToLower(filepath.Ext(o))
	for _, f := range outputFormats() {
		if o == f.word {
			return stdoutOutput(f, stdout)
		}
		for _, e := range f.endings {
			if ending == e {
				return fileOutput(f, o), nil
			}
		}
	}
	return nil, misuse("formats: "+strings.Join(formatWords(), " ")+"; endings of files: "+strings.Join(fileEndings(), " "),
		"-o %s: neither a format nor a file with a known ending", o)
}

func defaultFormat(stdout io.Writer) string {
	f, ok := stdout.(*os.File)
	if !ok {
		return "arrow"
	}
	if term.IsTerminal(int(f.Fd())) {
		return "table"
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return "arrow-file"
	}
	return "arrow"
}

func stdoutOutput(f outputFormat, stdout io.Writer) (*output, error) {
	width := 0
	if f.word == "arrow-file" && holdsData(stdout) {
		return nil, misuse("-o arrow appends a stream, which can follow other data",
			"an Arrow file cannot be appended to what is in a file already")
	}
	if file, ok := stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if strings.HasPrefix(f.word, "arrow") {
			return nil, misuse("-o table prints a table, -o trips.arrow writes a file",
				"Arrow data is not written to a terminal")
		}
		if w, _, err := term.GetSize(int(file.Fd())); err == nil {
			width = w
		}
	}
	enlargePipe(stdout)
	out := &output{sink: f.sink(stdout, width), open: nothing, commit: nothing, abort: func() {}}
	if table, ok := out.sink.(*tableSink); ok {
		// A table is short and printed at the end: until then nothing has left.
		out.reread, out.commit = table.reread, table.print
	}
	return out, nil
}

// holdsData tells that w is a file with something in it, as after >>.
func holdsData(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

func nothing() error { return nil }
