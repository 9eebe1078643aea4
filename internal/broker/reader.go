package broker

import (
	"context"
	"io"
	"sort"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/tailframe/tailframe/internal/broker/batch"
	"github.com/tailframe/tailframe/internal/window"
)

const (
	// stallTimeout is how long nothing may come while something is waited for.
	stallTimeout = 30 * time.Second
	// partitionTimeout is how long a partition may give nothing while others
	// do: on a slow link they have their turns.
	partitionTimeout = 4 * stallTimeout
	// readWait bounds one wait in C, so that cancellation is noticed.
	readWait = 100 * time.Millisecond

	batchRecords = 8192
	batchBytes   = 1 << 20
	batchDepth   = 2        // batches of one partition that may wait for the decoder
	arenaBudget  = 64 << 20 // bytes of all batches together, apart from large records
)

// Batch is some records of one partition, in order of offset, none at or past
// the range's end. It must be given back with Release.
type Batch struct {
	*batch.Batch
	Index     int // of the range in those given to Read
	Partition int32
	Records   []batch.Record // of Batch.Batch, those in the range
	Last      bool           // nothing of this partition follows
}

// ReadOptions say what is read along with the values.
type ReadOptions struct {
	Keys    bool
	Headers bool
}

// Reader reads frozen ranges of a topic. Batches of different partitions come
// in any order; those of one partition come in order, without gap or double.
type Reader struct {
	client *Client
	topic  Topic
	parts  []partition
	source source
	silent time.Duration // without anything from any partition, while some were waited for

	batches chan *Batch
	failure error // why batches was closed; set before
	stop    context.CancelFunc
	done    chan struct{}

	mu          sync.Mutex
	free        []*batch.Batch
	outstanding []int
	size        int // bytes of a new batch
}

// partition is the reader's view of one range.
type partition struct {
	window.Range
	next    int64         // the offset expected next, or later where there are holes
	waited  time.Duration // without anything, while it was waited for
	done    bool
	recheck bool // EOF came before the end: is the end still there?
}

// source is where records come from: the batch fence or Poll.
type source interface {
	start(index int, offset int64) error
	read(want []bool, timeout time.Duration, b *batch.Batch) batch.Result
	wake()
	crossings() int64
	close()
}

// Read starts reading ranges of topic, which must not be empty. The reader is
// to be closed before another one is made.
func (c *Client) Read(ctx context.Context, topic Topic, ranges []window.Range, options ReadOptions) (*Reader, error) {
	ctx, cancel := context.WithCancel(ctx)
	r := &Reader{
		client: c, topic: topic, stop: cancel,
		batches:     make(chan *Batch, batchDepth*len(ranges)),
		done:        make(chan struct{}),
		outstanding: make([]int, len(ranges)),
		size:        max(64<<10, min(batchBytes, arenaBudget/(batchDepth*max(1, len(ranges))))),
	}
	ids := make([]int32, len(ranges))
	for i, part := range ranges {
		r.parts = append(r.parts, partition{Range: part, next: part.Start, done: part.Start >= part.End})
		ids[i] = part.Partition
	}
	var err error
	if c.config.Poll {
		r.source = newPollSource(c, topic.Name, ids)
	} else {
		r.source, err = newBatchSource(c.handle, topic.Name, ids, options)
	}
	if err != nil {
		cancel()
		return nil, c.mapError(err)
	}
	for i, part := range r.parts {
		if part.done {
			continue
		}
		if err := r.source.start(i, part.Start); err != nil {
			cancel()
			r.source.close()
			return nil, c.mapError(err)
		}
	}
	go r.pump(ctx)
	return r, nil
}

// Next gives the next batch, and io.EOF when every range is read to its end.
func (r *Reader) Next(ctx context.Context) (*Batch, error) {
	select {
	case b, open := <-r.batches:
		if !open {
			return nil, r.failure
		}
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Ready gives a batch if one is there already, else nil.
func (r *Reader) Ready() *Batch {
	select {
	case b := <-r.batches:
		return b
	default:
		return nil
	}
}

// Release gives a batch's memory back; its records are no longer valid.
func (r *Reader) Release(b *Batch) {
	r.mu.Lock()
	r.free = append(r.free, b.Batch)
	r.outstanding[b.Index]--
	r.mu.Unlock()
	r.source.wake()
}

// Crossings counts the calls that fetched records: into C, or to Poll.
func (r *Reader) Crossings() int64 { return r.source.crossings() }

// Close ends the reading. Batches must not be used afterwards.
func (r *Reader) Close() {
	r.stop()
	r.source.wake()
	<-r.done
	r.source.close()
}

// pump is the reading goroutine.
func (r *Reader) pump(ctx context.Context) {
	defer close(r.done)
	defer close(r.batches)
	want := make([]bool, len(r.parts))
	for {
		if r.failure = r.interrupted(ctx); r.failure != nil {
			return
		}
		open := 0
		for i := range r.parts {
			if !r.parts[i].done {
				open++
			}
		}
		if open == 0 {
			r.failure = io.EOF
			return
		}
		b, wanted := r.take(want)
		before := time.Now()
		result := r.source.read(want, readWait, b)
		if wanted > 0 {
			if r.failure = r.waited(ctx, want, progress(result, b), time.Since(before)); r.failure != nil {
				return
			}
		}
		if result.Queue < 0 {
			r.giveBack(b)
			continue
		}
		if r.failure = r.accept(ctx, b, result); r.failure != nil {
			return
		}
	}
}

func (r *Reader) interrupted(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.client.Err()
}

// take marks the partitions that may have another batch and finds memory for it.
func (r *Reader) take(want []bool) (*batch.Batch, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := 0
	for i := range r.parts {
		want[i] = !r.parts[i].done && r.outstanding[i] < batchDepth
		if want[i] {
			wanted++
		}
	}
	if n := len(r.free); n > 0 {
		b := r.free[n-1]
		r.free = r.free[:n-1]
		return b, wanted
	}
	return batch.NewBatch(min(batchRecords, max(256, r.size/64)), r.size), wanted
}

func (r *Reader) giveBack(b *batch.Batch) {
	r.mu.Lock()
	r.free = append(r.free, b)
	r.mu.Unlock()
}

// progress tells which partition a read brought forward, -1 for none: errors
// that pass by themselves, and come again, do not.
func progress(result batch.Result, b *batch.Batch) int {
	if len(b.Records) == 0 && result.Err != 0 && kafka.ErrorCode(result.Err) != kafka.ErrPartitionEOF {
		return -1
	}
	return result.Queue
}

// waited charges the time to every partition that was waited for in vain, and
// ends the read where all or one of them have been silent for too long:
// librdkafka fetches an unreadable batch again for ever.
func (r *Reader) waited(ctx context.Context, want []bool, got int, took time.Duration) error {
	r.silent += took
	if got >= 0 {
		r.silent = 0
	}
	for i := range r.parts {
		p := &r.parts[i]
		if i == got || !want[i] {
			p.waited = 0
			continue
		}
		p.waited += took
		if r.silent >= stallTimeout || p.waited >= partitionTimeout {
			return r.client.stalled(r.topic.Name, p.Partition, p.next, p.End, p.waited)
		}
	}
	if got < 0 {
		return r.recheckEnds(ctx)
	}
	return nil
}

// accept applies the stop rule and hands on what lies in the range.
func (r *Reader) accept(ctx context.Context, b *batch.Batch, result batch.Result) error {
	p := &r.parts[result.Queue]
	records := inRange(b.Records, p.next, p.End)
	if n := len(b.Records); n > 0 && b.Records[n-1].Offset >= p.End-1 {
		p.done = true
	}
	if len(records) > 0 {
		p.next = records[len(records)-1].Offset + 1
	}
	// The position moves over control records, which no record shows.
	if result.Position >= p.End {
		p.done = true
	}
	if result.Err != 0 && !p.done {
		if err := r.message(p, result); err != nil {
			return err
		}
	}
	if len(records) == 0 && !p.done {
		r.giveBack(b)
		return nil
	}
	r.mu.Lock()
	r.outstanding[result.Queue]++
	r.mu.Unlock()
	out := &Batch{Batch: b, Index: result.Queue, Partition: p.Partition, Records: records, Last: p.done}
	select {
	case r.batches <- out:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inRange cuts records, which are in order of offset, to [from, end).
func inRange(records []batch.Record, from, end int64) []batch.Record {
	if n := len(records); n == 0 || (records[0].Offset >= from && records[n-1].Offset < end) {
		return records
	}
	lo := sort.Search(len(records), func(i int) bool { return records[i].Offset >= from })
	hi := sort.Search(len(records), func(i int) bool { return records[i].Offset >= end })
	return records[lo:max(lo, hi)]
}

// message judges what came instead of a record.
func (r *Reader) message(p *partition, result batch.Result) error {
	code := kafka.ErrorCode(result.Err)
	switch code {
	case kafka.ErrPartitionEOF:
		if result.ErrOffset >= p.End {
			p.done = true
		} else {
			p.recheck = true
		}
		return nil
	case kafka.ErrTransport, kafka.ErrAllBrokersDown, kafka.ErrTimedOut, kafka.ErrGroupAuthorizationFailed:
		return nil // librdkafka tries again; the watch over silent partitions ends it
	}
	if passing(code) {
		return nil
	}
	return r.client.readError(r.topic.Name, p.Partition, p.next, code, result.ErrText)
}

// recheckEnds asks for the ends again where a partition's log ended before the
// range did. After a change of leader the end may lag; one that went back means
// that records are lost.
func (r *Reader) recheckEnds(ctx context.Context) error {
	again := false
	for i := range r.parts {
		again = again || (r.parts[i].recheck && !r.parts[i].done)
	}
	if !again {
		return nil
	}
	bounds, err := r.client.Bounds(ctx, r.topic)
	if err != nil {
		return err
	}
	for i := range r.parts {
		p := &r.parts[i]
		for _, bound := range bounds {
			if bound.Partition == p.Partition && p.recheck && !p.done && bound.End < p.End {
				return r.client.truncated(r.topic.Name, p.Partition, p.End, bound.End)
			}
		}
		p.recheck = false
	}
	return nil
}
