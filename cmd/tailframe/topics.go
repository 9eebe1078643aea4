package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/tailframe/tailframe/internal/broker"
)

const topicsHelp = `Usage: tailframe topics [TOPIC] [FLAGS]

Lists the topics of the cluster, or the partitions of one topic, with the
offsets they hold: from low to before high. Records are high - low, which is the
number of records except where compaction or transactions left holes.

Flags:
`

// topicsCall is what the flags of the topics command say.
type topicsCall struct {
	servers  brokerFlags
	format   string // table, json or csv
	internal bool
}

func (c *topicsCall) flags() *flag.FlagSet {
	c.format = "table"
	fs := newFlags("topics")
	c.servers.Register(fs)
	fs.BoolFunc("json", "the same as -o json", func(string) error { c.format = "json"; return nil })
	fs.Func("o", "print as `FORMAT`: table, json or csv (table)", func(s string) error {
		if s != "table" && s != "json" && s != "csv" {
			return errors.New("must be table, json or csv")
		}
		c.format = s
		return nil
	})
	fs.BoolVar(&c.internal, "internal", false, "list Kafka's internal topics, too")
	return fs
}

// topicEntry is a topic in JSON; its numbers are null where not known.
type topicEntry struct {
	Topic      string           `json:"topic"`
	Internal   bool             `json:"internal"`
	Records    *int64           `json:"records"`
	Error      string           `json:"error,omitempty"`
	Partitions []partitionEntry `json:"partitions"`
}

type partitionEntry struct {
	Partition int32  `json:"partition"`
	Leader    *int32 `json:"leader"`
	Low       *int64 `json:"low"`
	High      *int64 `json:"high"`
	Records   *int64 `json:"records"`
}

func newTopicEntry(t broker.TopicInfo) topicEntry {
	e := topicEntry{Topic: t.Name, Internal: t.Internal, Partitions: []partitionEntry{}}
	if t.Err != nil {
		e.Error = t.Err.Error()
	}
	sum, known := int64(0), len(t.Partitions) > 0
	for _, p := range t.Partitions {
		entry := partitionEntry{Partition: p.Partition}
		if p.Leader >= 0 {
			entry.Leader = &p.Leader
		}
		if p.Low >= 0 && p.High >= 0 {
			records := max(0, p.High-p.Low)
			entry.Low, entry.High, entry.Records = &p.Low, &p.High, &records
			sum += records
		} else {
			known = false
		}
		e.Partitions = append(e.Partitions, entry)
	}
	if known {
		e.Records = &sum
	}
	return e
}

func runTopics(ctx context.Context, inv *invocation, args []string) error {
	call := &topicsCall{}
	fs := call.flags()
	words, err := parseFlags(fs, args)
	if wantsHelp(err) {
		return writeText(inv.stdout, topicsHelp+flagHelp((&topicsCall{}).flags(), "bootstrap-servers", "o", "json", "internal"))
	}
	if err != nil {
		return err
	}
	if len(words) > 1 {
		return misuse(helpHint(fs), "tailframe topics takes one topic, %d given", len(words))
	}
	settings, err := call.servers.settings(inv.env)
	if err != nil {
		return err
	}
	client, err := broker.Connect(broker.Config{
		BootstrapServers: settings.Servers, Properties: settings.Config, Isolation: "read_uncommitted",
	})
	if err != nil {
		return err
	}
	defer client.Close()
	if len(words) == 1 {
		topic, err := client.TopicInfo(ctx, words[0])
		if err != nil {
			return err
		}
		entry := newTopicEntry(topic)
		return cmp.Or(call.print(inv.stdout, entry, partitionRows(entry)), topic.Err)
	}
	topics, err := client.Topics(ctx, call.internal)
	if err != nil {
		return err
	}
	entries := []topicEntry{}
	rows := [][]string{{"topic", "partitions", "records", "low", "high"}}
	for _, topic := range topics {
		entry := newTopicEntry(topic)
		entries = append(entries, entry)
		rows = append(rows, topicRow(entry))
		if entry.Error != "" {
			fmt.Fprintf(inv.stderr, "topics: %s\n", printable(entry.Error))
		}
	}
	return call.print(inv.stdout, entries, rows)
}

// topicRow has the lowest low and the highest high offset of all partitions.
func topicRow(e topicEntry) []string {
	var low, high *int64
	for _, p := range e.Partitions {
		if p.Low != nil && (low == nil || *p.Low < *low) {
			low = p.Low
		}
		if p.High != nil && (high == nil || *p.High > *high) {
			high = p.High
		}
	}
	return []string{e.Topic, fmt.Sprint(len(e.Partitions)), number(e.Records), number(low), number(high)}
}

func partitionRows(e topicEntry) [][]string {
	rows := [][]string{{"partition", "records", "low", "high", "leader"}}
	for _, p := range e.Partitions {
		rows = append(rows, []string{fmt.Sprint(p.Partition), number(p.Records), number(p.Low), number(p.High), number(p.Leader)})
	}
	return rows
}

func number[T int32 | int64](n *T) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func (c *topicsCall) print(w io.Writer, value any, rows [][]string) error {
	switch c.format {
	case "json":
		text, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return err
		}
		return writeText(w, string(text)+"\n")
	case "csv":
		var b strings.Builder
		for _, row := range rows { // names of topics need no quotes
			b.WriteString(strings.Join(row, ",") + "\n")
		}
		return writeText(w, b.String())
	}
	return writeText(w, alignRows(rows))
}

// alignRows lays rows out in columns: the first row's are names, the first
// column of topics is text and everything else numbers, which end in line.
func alignRows(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(&b, "%-*s", widths[i], cell)
			} else {
				fmt.Fprintf(&b, "  %*s", widths[i], cell)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
