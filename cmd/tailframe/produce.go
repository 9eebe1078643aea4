package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/tailframe/tailframe/internal/broker"
)

// production is one run of the produce command: a file into a topic.
type production struct {
	topic   string
	file    string // "-" is stdin
	format  string // csv or lines
	header  bool   // the first record names the fields and is not sent
	key     string // a field's name or number; "": records have no key
	rate    float64
	partner string // the partitioner, "" for the default
	create  int    // partitions of a topic to create; 0: it must exist
	broker  brokerSettings
	log     func(level, message string)

	keyField int // the key's field, -1 for none
}

// produced is what became of the records; --json prints it.
type produced struct {
	Topic     string         `json:"topic"`
	Created   bool           `json:"created"` // the topic was not there before
	Records   int64          `json:"records"` // handed to the client
	Delivered int64          `json:"delivered"`
	Failed    int64          `json:"failed"`
	Unknown   int64          `json:"unknown"` // interrupted under way: delivered or not
	Bytes     int64          `json:"bytes"`
	Seconds   float64        `json:"seconds"`
	Complete  bool           `json:"complete"`
	Failures  []failedRecord `json:"failures"` // the first of them
}

type failedRecord struct {
	Line  int64  `json:"line"`
	Error string `json:"error"`
}

// run sends the file. The counts are nil if it did not come to sending.
func (p *production) run(ctx context.Context, stdin io.Reader) (*produced, error) {
	in, err := p.open(stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	records := newRecordScanner(in, p.format == "csv")
	if err := p.findKey(records); err != nil {
		return nil, err
	}
	sender, err := broker.NewSender(ctx, broker.SenderConfig{
		Config:           broker.Config{BootstrapServers: p.broker.Servers, Properties: p.broker.Config, Log: p.log},
		Topic:            p.topic,
		Partitioner:      p.partner,
		CreatePartitions: p.create,
	})
	if err != nil {
		if codeOf(err) == "topic" && p.create == 0 {
			err = &problem{code: "topic", message: err.Error(), hint: hintOf(err) + "; --create-partitions N creates it", cause: err}
		}
		return nil, err
	}
	defer sender.Close()
	start := time.Now()
	// A read from a terminal or a pipe does not end with ctx: leave it behind.
	sent := make(chan error, 1)
	go func() { sent <- p.sendAll(ctx, sender, records) }()
	var sending error
	select {
	case sending = <-sent:
	case <-ctx.Done():
		sending = ctx.Err()
	}
	counts, flushing := sender.Flush(ctx)
	result := p.result(counts, sender.Created(), time.Since(start))
	err = p.verdict(result, counts, errors.Join(flushing, sending))
	result.Complete = err == nil
	return result, err
}

func (p *production) open(stdin io.Reader) (io.ReadCloser, error) {
	if p.file == "-" {
		return io.NopCloser(stdin), nil
	}
	in, err := os.Open(p.file)
	if err != nil {
		return nil, badConfig("", "cannot read the records: %v", err)
	}
	return in, nil
}

// findKey reads the header, if there is one, and finds the key's field.
func (p *production) findKey(records *recordScanner) error {
	p.keyField = -1
	var names []string
	if p.header {
		header, err := records.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return p.inputError(err)
		}
		for n := 0; p.format == "csv"; n++ {
			name, _, ok := csvField(nil, header, n)
			if !ok {
				break
			}
			names = append(names, string(name))
		}
	}
	if p.key == "" {
		return nil
	}
	if n := slices.Index(names, p.key); n >= 0 {
		p.keyField = n
		return nil
	}
	if n, err := strconv.Atoi(p.key); err == nil && n >= 0 {
		p.keyField = n
		return nil
	}
	if !p.header {
		return misuse("add --header if the first record names the fields, or give the field's number, from 0",
			"--key %s: the records have no names without --header", p.key)
	}
	return misuse(fmt.Sprintf("the header has %q", names), "--key %s: there is no such field", p.key)
}

// sendAll reads and sends records until there are no more.
func (p *production) sendAll(ctx context.Context, sender *broker.Sender, records *recordScanner) error {
	var key []byte
	pace := newPace(p.rate)
	for {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return p.inputError(err)
		}
		var k []byte
		if p.keyField >= 0 {
			var quoted, ok bool
			key, quoted, ok = csvField(key[:0], record, p.keyField)
			if !ok {
				return &problem{code: "decode", message: fmt.Sprintf("%s, line %d: the record has no field %d for the key",
					p.fileName(), records.line, p.keyField)}
			}
			if len(key) > 0 || quoted {
				k = append([]byte{}, key...) // an empty field is no key at all
			}
		}
		if err := pace.wait(ctx); err != nil {
			return err
		}
		if err := sender.Send(ctx, int64(records.line), k, record); err != nil {
			return err
		}
	}
}

func (p *production) fileName() string {
	if p.file == "-" {
		return "stdin"
	}
	return p.file
}

func (p *production) inputError(err error) error {
	code, hint := "decode", ""
	if errors.Is(err, errOpenQuote) {
		hint = "if the file is not CSV, use --format lines"
	}
	var path *os.PathError
	if errors.As(err, &path) {
		code = "config"
	}
	return &problem{code: code, message: fmt.Sprintf("%s: %v", p.fileName(), err), hint: hint, cause: err}
}

func (p *production) result(counts broker.Deliveries, created bool, took time.Duration) *produced {
	r := &produced{
		Topic: p.topic, Created: created, Records: counts.Sent, Delivered: counts.Delivered, Failed: counts.Failed,
		Unknown: counts.Unknown, Bytes: counts.Bytes, Seconds: took.Seconds(), Failures: []failedRecord{},
	}
	for _, f := range counts.First {
		r.Failures = append(r.Failures, failedRecord{f.Number, f.Err.Error()})
	}
	return r
}

// verdict is nil only if the whole file was read and all of it delivered.
func (p *production) verdict(r *produced, counts broker.Deliveries, err error) error {
	count := fmt.Sprintf("%d of %d records were delivered to topic %s", r.Delivered, r.Records, p.topic)
	switch {
	case errors.Is(err, context.Canceled):
		return &problem{code: "interrupted", message: "interrupted: " + count, cause: err}
	case len(counts.First) > 0:
		first := counts.First[0]
		return &problem{
			code:    "incomplete",
			message: fmt.Sprintf("%s; the first to fail was that of line %d: %v", count, first.Number, first.Err),
			hint:    hintOf(first.Err),
			cause:   first.Err,
		}
	case err != nil:
		return &problem{code: codeOf(err), message: fmt.Sprintf("%v; %s", err, count), hint: hintOf(err), cause: err}
	case r.Delivered != r.Records:
		return &problem{code: "incomplete", message: count}
	}
	return nil
}

// pace lets records through at a rate, evenly spaced.
type pace struct {
	interval time.Duration // 0: at once
	next     time.Time
}

func newPace(rate float64) *pace {
	if rate <= 0 {
		return &pace{}
	}
	return &pace{interval: time.Duration(float64(time.Second) / rate), next: time.Now()}
}

// wait returns when the next record is due. Short waits are saved up: timers
// are no finer than about a millisecond.
func (p *pace) wait(ctx context.Context) error {
	if p.interval == 0 {
		return nil
	}
	due := p.next
	p.next = p.next.Add(p.interval)
	early := time.Until(due)
	if early < 2*time.Millisecond {
		return nil
	}
	timer := time.NewTimer(early)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
