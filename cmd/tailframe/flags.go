package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// newFlags returns an empty flag set for a command; parseFlags fills it.
func newFlags(command string) *flag.FlagSet {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs
}

// parseFlags parses args, flags and other words in any order, and returns the
// other words; after -- all are such words. For -h it returns flag.ErrHelp.
//
// A value that a flag refuses is quoted in the error: flags whose values may
// hold a secret must take anything and be checked afterwards.
func parseFlags(fs *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, flagError(fs, err)
		}
		rest := fs.Args()
		if len(rest) == 0 {
			return words, nil
		}
		if used := len(args) - len(rest); used > 0 && args[used-1] == "--" {
			return append(words, rest...), nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}

var invalidValue = regexp.MustCompile(`(?s)^invalid (?:boolean )?value (".*") for (?:flag )?-([^:]*): (.*)$`)

// flagError puts the flag package's errors into our words.
func flagError(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	hint := helpHint(fs)
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return misuse(hint, "there is no flag %s", dashed(name))
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return misuse(hint, "%s needs a value", dashed(name))
	}
	if m := invalidValue.FindStringSubmatch(text); m != nil {
		why := m[3]
		if why == "parse error" {
			why = "must be true or false"
		}
		return misuse(hint, "%s %s: %s", dashed(m[2]), m[1], why)
	}
	return misuse(hint, "%s", text)
}

func helpHint(fs *flag.FlagSet) string {
	return "tailframe " + fs.Name() + " -h tells what there is"
}

// dashed gives a flag's name as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// parseInt and parseFloat make setters for fs.Func.
func parseInt(to **int64) func(string) error {
	return func(s string) error {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return errors.New("must be a whole number")
		}
		*to = &n
		return nil
	}
}

func parseFloat(to *float64) func(string) error {
	return func(s string) error {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return errors.New("must be a number")
		}
		*to = f
		return nil
	}
}

// wantsHelp tells that err asks for the help text.
func wantsHelp(err error) bool { return errors.Is(err, flag.ErrHelp) }

// flagHelp lists the flags of fs: first those named, in that order, then the
// others. A flag whose usage text is only the other flag's name, as --output,
// stands beside that one. The word for a flag's value is in backquotes within
// its usage text, or alone on the first line, which is then not repeated.
func flagHelp(fs *flag.FlagSet, first ...string) string {
	var names []string
	short := map[string]string{}
	add := func(f *flag.Flag) {
		if long, ok := strings.CutPrefix(f.Usage, "--"); ok {
			short[long] = f.Name
		} else if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, name := range first {
		add(fs.Lookup(name))
	}
	fs.VisitAll(add)

	var b strings.Builder
	for _, name := range names {
		f := fs.Lookup(name)
		value, text := flag.UnquoteUsage(f)
		text = strings.TrimPrefix(text, value+"\n")
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
			value = ""
		}
		head := dashed(name)
		if letter := short[name]; letter != "" {
			head = dashed(letter) + ", " + head
		}
		fmt.Fprintf(&b, "  %s\n", strings.TrimRight(head+" "+value, " "))
		for line := range strings.Lines(text) {
			fmt.Fprintf(&b, "        %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return b.String()
}
