package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tailframe/tailframe/internal/broker"
)

const produceHelp = `Usage: tailframe produce TOPIC FILE [FLAGS]

Sends the records of FILE (- is stdin) to a topic, their bytes as they are, each
exactly once, and waits until all in-sync replicas have them (acks=all,
enable.idempotence=true). The exit status is 0 only if every record was
delivered. The topic must exist, unless --create-partitions is given.

Flags:
`

// produceCall is what the flags of the produce command say.
type produceCall struct {
	production
	servers brokerFlags
	json    bool
	verbose bool
}

func (c *produceCall) flags() *flag.FlagSet {
	fs := newFlags("produce")
	c.servers.Register(fs)
	fs.Func("format", "`FORMAT` of FILE: lines (each is a record, empty ones too), or csv (line ends\n"+
		"in quotes belong to the record, blank lines are none); csv if FILE is named\n*.csv, else lines", func(s string) error {
		if s != "csv" && s != "lines" {
			return errors.New("must be csv or lines")
		}
		c.format = s
		return nil
	})
	fs.BoolVar(&c.header, "header", false, "the first record of FILE is a header, and is not sent")
	fs.StringVar(&c.key, "key", "", "take each record's key from a CSV `FIELD`: its name in the header, or its\n"+
		"number from 0; a record whose field is empty has no key")
	fs.Func("partitioner", "`NAME` of librdkafka's partitioner, one of "+strings.Join(broker.Partitioners, ", ")+
		"\n("+broker.DefaultPartitioner+", which is what Java clients do)", func(s string) error {
		if !slices.Contains(broker.Partitioners, s) {
			return errors.New("must be one of " + strings.Join(broker.Partitioners, ", "))
		}
		c.partner = s
		return nil
	})
	fs.Func("rate", "send `N` records per second, evenly (as fast as can be)", func(s string) error {
		rate, err := strconv.ParseFloat(s, 64)
		if err != nil || !(rate >= 0.001) || math.IsInf(rate, 0) {
			return errors.New("must be a number of records per second, 0.001 or more")
		}
		c.rate = rate
		return nil
	})
	fs.Func("create-partitions", "create the topic with `N` partitions if it does not exist", parseRange(&c.create, 1, maxPartitions))
	fs.BoolVar(&c.json, "json", false, "print the counts on stdout as JSON")
	fs.BoolVar(&c.verbose, "verbose", false, "tell on stderr what the Kafka client logs")
	return fs
}

func (c *produceCall) parse(args, env []string) error {
	fs := c.flags()
	words, err := parseFlags(fs, args)
	if err != nil {
		return err
	}
	if len(words) != 2 {
		return misuse(helpHint(fs), "tailframe produce takes a topic and a file, %d given", len(words))
	}
	c.topic, c.file = words[0], words[1]
	if !validTopicName(c.topic) {
		return misuse("a topic's name has 1 to 249 of a-z A-Z 0-9 . _ -", "%q is not a topic name", c.topic)
	}
	if c.format == "" {
		c.format = "lines"
		if isCSVName(c.file) {
			c.format = "csv"
		}
	}
	if c.key != "" && c.format != "csv" {
		return misuse("add --format csv if the records are CSV", "--key needs CSV records")
	}
	c.broker, err = c.servers.settings(env)
	return err
}

func runProduce(ctx context.Context, inv *invocation, args []string) error {
	call := &produceCall{}
	err := call.parse(args, inv.env)
	if wantsHelp(err) {
		return writeText(inv.stdout, produceHelp+flagHelp((&produceCall{}).flags(),
			"bootstrap-servers", "format", "header", "key", "partitioner", "rate", "create-partitions", "json"))
	}
	if err != nil {
		return err
	}
	if call.verbose {
		call.log = func(_, message string) { fmt.Fprintf(inv.stderr, "produce: %s\n", printable(message)) }
	}
	result, failure := call.run(ctx, inv.stdin)
	if result == nil {
		return failure
	}
	tellProduced(inv.stderr, result)
	if call.json {
		text, err := json.Marshal(result)
		if err == nil {
			err = writeText(inv.stdout, string(text)+"\n")
		}
		if failure == nil {
			failure = err
		}
	}
	return failure
}

// tellProduced writes the count, and which records were not delivered.
func tellProduced(w io.Writer, r *produced) {
	if r.Created {
		fmt.Fprintf(w, "produce: topic %s created\n", r.Topic)
	}
	fmt.Fprintf(w, "produce: topic %s, delivered %d of %d records (%d bytes) in %.2f s\n",
		r.Topic, r.Delivered, r.Records, r.Bytes, r.Seconds)
	if r.Unknown > 0 {
		fmt.Fprintf(w, "produce: %d were under way when the work was given up and may have arrived\n", r.Unknown)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "produce: line %d: %s\n", f.Line, printable(f.Error))
	}
	if more := r.Failed - int64(len(r.Failures)); more > 0 {
		fmt.Fprintf(w, "produce: %d more were not delivered\n", more)
	}
}
