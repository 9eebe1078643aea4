// Command fill puts generated bicycle trips into a new topic and prints, as one
// JSON object, what a reader must find there. It writes with franz-go, so that
// nothing that is measured has a hand in it, and sums the columns with
// encoding/csv from the records themselves.
//
//	fill -brokers HOST:PORT -topic NAME -records N
//	fill -brokers HOST:PORT -topic NAME -delete
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/trips"
)

func main() {
	brokers := flag.String("brokers", "", "a broker's `host:port`")
	topic := flag.String("topic", "", "the `name` of the topic, which must not exist")
	records := flag.Int("records", 0, "how many records to write")
	partitions := flag.Int("partitions", 6, "how many partitions the topic gets")
	remove := flag.Bool("delete", false, "delete the topic instead")
	flag.Parse()
	if err := run(*brokers, *topic, *records, *partitions, *remove); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(brokers, topic string, records, partitions int, remove bool) error {
	if brokers == "" || topic == "" {
		return errors.New("-brokers and -topic are needed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(brokers),
		kgo.DefaultProduceTopic(topic),
		kgo.MaxBufferedRecords(100_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if remove {
		_, err := admin.DeleteTopic(ctx, topic)
		return err
	}
	// One segment keeps the broker from rolling files in the middle of a round.
	segment := fmt.Sprint(1 << 30)
	if _, err := admin.CreateTopic(ctx, int32(partitions), 1, map[string]*string{"segment.bytes": &segment}, topic); err != nil {
		return err
	}
	sums := newSums()
	if err := produce(ctx, client, records, sums); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(sums)
}

// produce writes the records, each keyed by its bike and dated by its trip, and
// adds them to sums.
func produce(ctx context.Context, client *kgo.Client, records int, sums *sums) error {
	var mu sync.Mutex
	var failed error
	g := trips.Generator{Seed: 1}
	for i := range records {
		r := &kgo.Record{Key: g.AppendKey(nil, i), Value: g.Append(nil, i), Timestamp: g.Time(i)}
		if err := sums.add(r.Value); err != nil {
			return err
		}
		client.Produce(ctx, r, func(_ *kgo.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	return failed
}
