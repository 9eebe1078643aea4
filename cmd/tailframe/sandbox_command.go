package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// sandboxPassword is the environment's name for the password of --sasl-user.
const sandboxPassword = "TAILFRAME_SANDBOX_PASSWORD"

const sandboxHelp = `Usage: tailframe sandbox [FLAGS]

Runs a Kafka broker inside this process, on 127.0.0.1 only. It keeps everything
in memory; when it stops (at Ctrl-C, or as --lease says) all it held is gone. It
is meant for trying things out and for tests.

When it is ready, one line on stdout gives its address:
bootstrap_servers=127.0.0.1:9092

Flags:
`

// sandboxCall is what the flags of the sandbox command say.
type sandboxCall struct {
	options sandboxOptions
	topics  []string // NAME or NAME:PARTITIONS
	lease   bool
	caFile  string
}

func (c *sandboxCall) flags() *flag.FlagSet {
	c.options.port, c.options.partitions = 9092, 6
	o := &c.options
	fs := newFlags("sandbox")
	fs.Func("port", "listen on port `N` (default 9092; 0: a free one)", parseRange(&o.port, 0, 65535))
	fs.Func("partitions", "`N` partitions for topics that name no number (default 6)", parseRange(&o.partitions, 1, maxPartitions))
	fs.Func("topic", "create an empty topic `NAME[:PARTITIONS]`; may be repeated", func(s string) error {
		c.topics = append(c.topics, s)
		return nil
	})
	fs.Func("trips", "fill the topic "+tripsTopic+" with `N` generated bicycle trips, CSV records of 15 fields",
		parseRange(&o.trips, 0, 100_000_000))
	fs.Func("seed-file", "fill a topic from a file, `TOPIC=FILE`: with its CSV records if it is\n"+
		"named *.csv, else with its lines; may be repeated", func(s string) error {
		topic, file, found := strings.Cut(s, "=")
		if !found || file == "" || !validTopicName(topic) {
			return errors.New("must be TOPIC=FILE")
		}
		o.seeds = append(o.seeds, seedSpec{topic, file})
		return nil
	})
	fs.BoolVar(&o.header, "header", false, "the first record of each seed file is a header, and is left out")
	fs.BoolVar(&o.autoCreate, "auto-create", false, "let clients create topics by asking for them")
	fs.StringVar(&o.user, "sasl-user", "", "ask clients for SASL (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512) with this `NAME`\n"+
		"and the password in the environment's "+sandboxPassword)
	fs.StringVar(&c.caFile, "tls-ca", "", "speak TLS only, and write the certificate to trust to `FILE`")
	fs.BoolVar(&c.lease, "lease", false, "stop at the end of stdin, too")
	return fs
}

func parseSandbox(args, env []string) (*sandboxCall, error) {
	call := &sandboxCall{}
	words, err := parseFlags(call.flags(), args)
	if err != nil {
		return nil, err
	}
	if len(words) > 0 {
		return nil, misuse("a topic is given as --topic "+words[0], "tailframe sandbox takes no %q", words[0])
	}
	o := &call.options
	for _, s := range call.topics { // here, as they need --partitions
		topic, err := parseTopicSpec(s, o.partitions)
		if err != nil {
			return nil, misuse("", "--topic: %v", err)
		}
		o.topics = append(o.topics, topic)
	}
	if o.user != "" {
		if o.pass = lookupEnv(env, sandboxPassword); o.pass == "" {
			return nil, misuse("set "+sandboxPassword+" in the environment", "--sasl-user %s needs a password", o.user)
		}
	}
	return call, nil
}

// runSandbox serves until ctx ends, which is how a sandbox is meant to stop.
func runSandbox(ctx context.Context, inv *invocation, args []string) error {
	call, err := parseSandbox(args, inv.env)
	if wantsHelp(err) {
		return writeText(inv.stdout, sandboxHelp+flagHelp((&sandboxCall{}).flags(), "port", "trips", "topic", "partitions"))
	}
	if err != nil {
		return err
	}
	if call.caFile != "" {
		if call.options.tls, err = newCertificate(); err != nil {
			return err
		}
		if err := os.WriteFile(call.caFile, call.options.tls.pem, 0o644); err != nil {
			return badOutput(err, "cannot write the sandbox's certificate")
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if call.lease {
		go func() { // ends with stdin, at the latest with the process
			io.Copy(io.Discard, inv.stdin)
			stop()
		}()
	}
	s, err := startSandbox(ctx, call.options, inv.stderr)
	if errors.Is(err, context.Canceled) {
		return nil // stopped while it was filled
	}
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(inv.stderr, "sandbox: an in-memory Kafka on %s; Ctrl-C stops it, and all it holds is gone\n", s.address)
	if err := writeText(inv.stdout, "bootstrap_servers="+s.address+"\n"); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// parseRange makes a setter for fs.Func that takes whole numbers from low to high.
func parseRange(to *int, low, high int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return fmt.Errorf("must be a whole number from %d to %d", low, high)
		}
		*to = n
		return nil
	}
}

// lookupEnv gives a variable of env, "" where it is not set.
func lookupEnv(env []string, name string) string {
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}
