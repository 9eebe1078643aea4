package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/tailframe/tailframe/internal/tail"
	"github.com/tailframe/tailframe/internal/trips"
)

const demoHelp = `Usage: tailframe demo [FLAGS]

Shows what tailframe does, without a Kafka of your own: starts a sandbox in this
process with generated bicycle trips in six partitions, reads the last ones as
typed rows, and prints the table and the report of the run.

Flags:
`

const demoNext = `
Next, in one terminal:
  tailframe sandbox --trips 10000
and in another:
  tailframe topics --bootstrap-servers 127.0.0.1:9092
  tailframe tail citibike --last 20 --bootstrap-servers 127.0.0.1:9092
or in Python:
  import tailframe
  df = tailframe.tail("citibike", last=1000, bootstrap_servers="127.0.0.1:9092")
`

type demoCall struct {
	trips, last int
}

func (c *demoCall) flags() *flag.FlagSet {
	c.trips, c.last = 10_000, 1000
	fs := newFlags("demo")
	fs.Func("trips", "generate `N` trips (10000)", parseRange(&c.trips, 1, 10_000_000))
	fs.Func("last", "read the last `N` of them (1000)", parseRange(&c.last, 1, 10_000_000))
	return fs
}

func runDemo(ctx context.Context, inv *invocation, args []string) error {
	call := &demoCall{}
	words, err := parseFlags(call.flags(), args)
	if wantsHelp(err) {
		return writeText(inv.stdout, demoHelp+flagHelp(call.flags(), "trips", "last"))
	}
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return misuse("tailframe demo -h tells what there is", "tailframe demo takes no %q", words[0])
	}
	broker, err := startSandbox(ctx, sandboxOptions{partitions: 6, trips: call.trips}, inv.stderr)
	if err != nil {
		return err
	}
	defer broker.Close()
	report, took, err := call.tail(ctx, inv, broker.address)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := writeText(inv.stdout, "\nThe report of the run:\n"+string(text)+"\n"); err != nil {
		return err
	}
	io.WriteString(inv.stderr, "demo: "+summary(report, took)+demoNext)
	return nil
}

// tail reads the last trips, with the columns' names given and their types found.
func (c *demoCall) tail(ctx context.Context, inv *invocation, address string) (*tail.Report, time.Duration, error) {
	out, err := chooseOutput("table", inv.stdout)
	if err != nil {
		return nil, 0, err
	}
	last := int64(c.last)
	request := tail.Request{Topic: tripsTopic, Last: &last, Format: "csv", BootstrapServers: address}
	for _, name := range trips.Columns {
		request.Columns = append(request.Columns, tail.Column{Name: name})
	}
	fmt.Fprintf(inv.stderr, "demo: the last %d records of topic %s over all partitions, as typed rows\n", c.last, tripsTopic)
	started := time.Now()
	report, err := tail.Run(ctx, request, out.sink, tail.Options{
		Log: func(level, message string) {
			if level == "error" {
				fmt.Fprintf(inv.stderr, "demo: %s\n", printable(message))
			}
		},
		Reread:  out.reread,
		Sources: map[string]string{"bootstrap_servers": "the demo's sandbox"},
	})
	took := time.Since(started)
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		out.abort()
		return nil, took, err
	}
	if !report.Complete {
		return nil, took, errors.New("the demo's window is not complete: " + report.Why)
	}
	return report, took, nil
}
