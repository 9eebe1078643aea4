package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// invocation is what one call of the program works with.
type invocation struct {
	stdin  io.Reader
	stdout io.Writer // data only
	stderr io.Writer // words only
	env    []string  // KEY=VALUE, as os.Environ gives it
}

// command is one word after `tailframe`.
type command struct {
	name    string
	summary string // one line for the list of commands; "" hides the command
	run     func(ctx context.Context, inv *invocation, args []string) error
}

// commands lists them in the order of the help text. Each parses its own flags
// with newFlags and parseFlags.
func commands() []command {
	return []command{
		{"tail", "read the last records of a topic", runTail},
		{"produce", "write the records of a file to a topic", runProduce},
		{"topics", "list topics, or tell of one", runTopics},
		{"sandbox", "run a Kafka in memory, to try things out", runSandbox},
		{"demo", "show it all at work, with no Kafka of your own", runDemo},
		{"version", "tell the versions of the program and its parts", runVersion},
		{"options", "", runOptions},
		{"request", "", runRequest},
	}
}

// run does what args say. All of its words but the final error are out when it
// returns; the error is for main to print.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) error {
	inv := &invocation{stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	if len(args) == 0 {
		io.WriteString(stderr, overview())
		return told{misuse("", "no command given")}
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			return writeText(stdout, overview())
		}
		name, rest = rest[0], []string{"-h"}
	case "-version", "--version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return c.run(ctx, inv, rest)
		}
	}
	return misuse("tailframe help lists the commands", "there is no command %q", name)
}

func overview() string {
	var b strings.Builder
	b.WriteString("tailframe reads the last records of a Kafka topic as typed columns.\n\n")
	b.WriteString("Usage: tailframe COMMAND [FLAGS]\n\nCommands:\n")
	for _, c := range commands() {
		if c.summary != "" {
			fmt.Fprintf(&b, "  %-8s  %s\n", c.name, c.summary)
		}
	}
	b.WriteString("\nExample: tailframe tail citibike --last 1000 --bootstrap-servers localhost:9092\n" +
		"\ntailframe COMMAND -h tells the flags of a command.\n")
	return b.String()
}

// writeText writes help and the like, which are the data of such a call.
func writeText(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return badOutput(err, "cannot write to stdout")
	}
	return nil
}
