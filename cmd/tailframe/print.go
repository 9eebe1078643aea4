package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/tailframe/tailframe/internal/broker"
)

// Data goes to stdout, words to stderr. What this program says of an error it
// says here, once, at the very end.

// printError tells the user what went wrong and what to do about it.
func printError(w io.Writer, err error) {
	var done told
	if err == nil || errors.As(err, &done) || isClosedPipe(err) {
		return // a reader that closed the pipe, like head, has what it wanted
	}
	message := err.Error()
	if codeOf(err) == "interrupted" {
		message = "interrupted"
	}
	fmt.Fprintf(w, "tailframe: %s\n", printable(message))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "hint: %s\n", printable(hint))
	}
}

// log tells what happens meanwhile.
func (inv *invocation) log(level, message string) {
	fmt.Fprintf(inv.stderr, "%s: %s\n", level, printable(message))
}

// logLevels are the log levels, each including those before it.
var logLevels = []string{"error", "info", "debug"}

// atLevel passes on what is logged at the given level and those before it.
func atLevel(wanted string, log func(level, message string)) func(level, message string) {
	limit := slices.Index(logLevels, wanted)
	return func(level, message string) {
		if slices.Index(logLevels, level) <= limit {
			log(level, message)
		}
	}
}

// cleaner takes the secrets of a config out of whatever is said. The rooms below
// do so, too; nothing gets past this one.
type cleaner struct{ redactor *broker.Redactor }

func newCleaner(config map[string]string) cleaner {
	return cleaner{broker.NewRedactor(broker.Secrets(config)...)}
}

func (c cleaner) log(log func(level, message string)) func(level, message string) {
	return func(level, message string) { log(level, c.redactor.Redact(message)) }
}

// error gives an error of the same code and causes.
func (c cleaner) error(err error) error {
	return &problem{code: codeOf(err), cause: err,
		message: c.redactor.Redact(err.Error()), hint: c.redactor.Redact(hintOf(err))}
}

// printable makes control characters visible: messages and tables quote what
// came from a topic, and that must not steer a terminal.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80 && unprintable(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unprintable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unprintable is true for control characters and for the formatting ones that
// turn the direction of text; of the spaces only ' ' prints.
func unprintable(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }
