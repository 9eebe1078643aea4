package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/trips"
)

// fill puts the asked records into the topics and tells how many.
func (s *sandbox) fill(ctx context.Context, o sandboxOptions, words io.Writer) error {
	for _, t := range o.topics {
		fmt.Fprintf(words, "sandbox: topic %s, partitions: %d\n", t.name, t.partitions)
	}
	if o.trips > 0 {
		if err := s.fillTrips(ctx, o.trips); err != nil {
			return err
		}
		fmt.Fprintf(words, "sandbox: topic %s, generated trips: %d\n", tripsTopic, o.trips)
	}
	for _, seed := range o.seeds {
		n, err := s.fillFile(ctx, seed, o.header)
		if err != nil {
			return err
		}
		fmt.Fprintf(words, "sandbox: topic %s, records from %s: %d\n", seed.topic, seed.file, n)
	}
	return nil
}

// fillTrips sends n trips: the bike's number is the key, the trip's start the timestamp.
func (s *sandbox) fillTrips(ctx context.Context, n int) error {
	f, err := s.filler(ctx, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		return err
	}
	g := trips.Generator{Seed: 1}
	for i := range n {
		f.send(&kgo.Record{
			Topic:     tripsTopic,
			Key:       g.AppendKey(nil, i),
			Value:     g.Append(make([]byte, 0, 256), i),
			Timestamp: g.Time(i),
		})
	}
	return f.finish(tripsTopic, n)
}

// fillFile sends the records of a file, spread evenly over the partitions.
func (s *sandbox) fillFile(ctx context.Context, seed seedSpec, header bool) (int, error) {
	in, err := os.Open(seed.file)
	if err != nil {
		return 0, &problem{code: "config", message: fmt.Sprintf("cannot read the seed file of topic %s: %v", seed.topic, err), cause: err}
	}
	defer in.Close()
	f, err := s.filler(ctx, kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		return 0, err
	}
	records := newRecordScanner(in, isCSVName(seed.file))
	sent := 0
	for first := true; ; first = false {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			return sent, f.finish(seed.topic, sent)
		}
		if err != nil {
			f.client.Close()
			return 0, &problem{code: "decode", message: fmt.Sprintf("seed file %s: %v", seed.file, err), cause: err}
		}
		if first && header {
			continue
		}
		f.send(&kgo.Record{Topic: seed.topic, Value: append([]byte{}, record...)})
		sent++
	}
}

// isCSVName tells whether a file's name says that it holds CSV.
func isCSVName(file string) bool {
	return strings.HasSuffix(strings.ToLower(file), ".csv")
}

// filler sends records to the sandbox and remembers the first that failed.
type filler struct {
	ctx    context.Context
	client *kgo.Client
	mu     sync.Mutex
	done   int
	err    error
}

func (s *sandbox) filler(ctx context.Context, opts ...kgo.Opt) (*filler, error) {
	client, err := kgo.NewClient(append(opts, append(s.client, kgo.ProducerBatchCompression(kgo.NoCompression()))...)...)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return &filler{ctx: ctx, client: client}, nil
}

func (f *filler) send(r *kgo.Record) {
	f.client.Produce(f.ctx, r, func(_ *kgo.Record, err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if err == nil {
			f.done++
		} else if f.err == nil {
			f.err = err
		}
	})
}

// finish waits for all records and compares their number with want.
func (f *filler) finish(topic string, want int) error {
	defer f.client.Close()
	if err := f.client.Flush(f.ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && f.done == want {
		return nil
	}
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	return &problem{
		code:    "incomplete",
		message: fmt.Sprintf("sandbox: topic %s took %d of %d records: %v", topic, f.done, want, f.err),
		cause:   f.err,
	}
}
