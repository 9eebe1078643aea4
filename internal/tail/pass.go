package tail

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/broker"
	"github.com/tailframe/tailframe/internal/decode"
)

const (
	chunkRecords = 1024     // records decoded at a time
	batchRows    = 64 << 10 // rows of a record batch
	batchSize    = 32 << 20 // bytes of a record batch, about
)

// pass is one reading of the ranges. Three goroutines work beside each other:
// the broker's reads, this one orders and decodes, the writer writes.
type pass struct {
	job     *run
	ctx     context.Context // of run
	types   *typing
	order   order
	recs    []decode.Record
	decoder decode.Decoder
	wider   *decode.PromoteError // set: only the types are looked for any more
	cols    *arrowipc.Columns
	out     *writer
	begun   bool // set by abandon: the sink has had its Begin
	stats   []rangeStats
	bytes   int64
	rows    int64
}

// rangeStats counts what was read of a range.
type rangeStats struct {
	records     int64
	first, last int64 // timestamps
}

// order puts batches of several partitions into one sequence of records.
type order interface {
	add(b *broker.Batch)
	// next appends records to recs, up to its capacity, as far as they are known.
	next(recs []decode.Record) []decode.Record
	// release gives the batches whose records have all been given out and used.
	release() []*broker.Batch
}

func newPass(r *run, types *typing) *pass {
	fill := filler{ReadOptions: readOptions(r.req.Meta)}
	p := &pass{job: r, types: types, stats: make([]rangeStats, len(r.ranges)),
		recs: make([]decode.Record, 0, chunkRecords)}
	if r.req.Order == "time" && len(r.ranges) > 1 {
		p.order = newMerger(r.ranges, fill)
	} else {
		p.order = &arrival{fill: fill}
	}
	return p
}

// run reads the ranges to their ends. A *decode.PromoteError means that all has
// been read and the types are known now, but the rows written are not good.
func (p *pass) run(ctx context.Context) error {
	p.ctx = ctx
	if settled, err := p.types.settled(); err != nil {
		return err
	} else if settled {
		p.begin()
	}
	if len(p.job.ranges) > 0 {
		if err := p.read(); err != nil {
			p.abandon()
			return err
		}
	}
	if p.decoder == nil {
		if err := p.settle(); err != nil {
			p.abandon()
			return err
		}
	}
	if p.wider != nil {
		if err := p.abandon(); err != nil {
			return err
		}
		return p.wider
	}
	return p.finish()
}

func (p *pass) read() error {
	reader, err := p.job.client.Read(p.ctx, p.job.topic, p.job.ranges, readOptions(p.job.req.Meta))
	if err != nil {
		return err
	}
	defer func() {
		reader.Close() // first: until then the reading goroutine counts
		p.job.report.Read.Crossings += reader.Crossings()
	}()
	for {
		b, err := reader.Next(p.ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for ; b != nil; b = reader.Ready() {
			p.count(b)
			p.order.add(b)
		}
		if err := p.decodeReady(reader); err != nil {
			return err
		}
	}
}

// decodeReady decodes the records whose order is known.
func (p *pass) decodeReady(reader *broker.Reader) error {
	for {
		p.recs = p.order.next(p.recs[:0])
		if err := p.use(p.recs); err != nil {
			return err
		}
		for _, b := range p.order.release() {
			reader.Release(b)
		}
		if len(p.recs) == 0 {
			return nil
		}
	}
}

func (p *pass) count(b *broker.Batch) {
	if len(b.Records) == 0 {
		return
	}
	s := &p.stats[b.Index]
	if s.records == 0 {
		s.first = b.Records[0].Timestamp
	}
	s.last = b.Records[len(b.Records)-1].Timestamp
	s.records += int64(len(b.Records))
}

// use brings records to where they are needed: the sample, the decoder, or,
// once the types turned out too narrow, the inferrer alone.
func (p *pass) use(recs []decode.Record) error {
	for i := range recs {
		p.bytes += int64(len(recs[i].Value))
	}
	switch {
	case len(recs) == 0:
		return nil
	case p.wider != nil:
		return p.locate(recs, p.types.inferrer.Add(recs))
	case p.decoder == nil:
		if p.types.keep(recs) {
			return p.settle()
		}
		return nil
	}
	return p.decode(recs)
}

// settle finds the types from the sample, and decodes it.
func (p *pass) settle() error {
	if err := p.types.settle(); err != nil {
		return err
	}
	sample := p.types.sample
	p.types.sample, p.types.slab = nil, nil
	if err := p.locate(sample, p.types.inferrer.Add(sample)); err != nil {
		return err
	}
	p.begin()
	for chunk := range slices.Chunk(sample, chunkRecords) {
		if p.wider != nil {
			return nil // the sample is known to the inferrer already
		}
		if err := p.decode(chunk); err != nil {
			return err
		}
	}
	return nil
}

// begin makes ready to decode. The sink's Begin comes with the first batch, so
// that a change of types before it costs nothing.
func (p *pass) begin() {
	p.decoder = p.types.inferrer.Decoder()
	p.out = newWriter(p.job.sink, p.decoder.Fields())
	p.cols = p.out.columns(p.ctx)
}

func (p *pass) decode(recs []decode.Record) error {
	err := p.decoder.Decode(recs, p.cols)
	var wider *decode.PromoteError
	if errors.As(err, &wider) && !(p.out.begun() && p.job.opts.Reread == nil) {
		p.wider = wider
		return p.locate(recs[wider.Index:], p.types.inferrer.Add(recs[wider.Index:]))
	}
	if err != nil {
		return p.locate(recs, err)
	}
	if p.cols.Len() >= batchRows || p.cols.Bytes() >= batchSize {
		return p.flush()
	}
	return nil
}

// locate adds to a decoder's error which record it is about.
func (p *pass) locate(recs []decode.Record, err error) error {
	at := -1
	var field *decode.FieldError
	var wider *decode.PromoteError
	switch {
	case errors.As(err, &field):
		at = field.Index
	case errors.As(err, &wider):
		at = wider.Index
	default:
		return err
	}
	return &RecordError{Topic: p.job.topic.Name, Partition: recs[at].Partition, Offset: recs[at].Offset, Err: err}
}

func (p *pass) flush() error {
	p.rows += int64(p.cols.Len())
	cols, err := p.out.write(p.ctx, p.cols)
	p.cols = cols
	if err == nil && p.job.opts.Progress != nil {
		p.job.opts.Progress(p.records(), p.rows)
	}
	return err
}

func (p *pass) records() (n int64) {
	for i := range p.stats {
		n += p.stats[i].records
	}
	return n
}

// finish writes what is left and ends the sink's run.
func (p *pass) finish() error {
	if p.cols.Len() > 0 {
		if err := p.flush(); err != nil {
			p.abandon()
			return err
		}
	}
	if err := p.out.close(p.ctx); err != nil {
		return err
	}
	if err := p.out.begin(); err != nil {
		return err
	}
	return p.job.sink.End()
}

// abandon lets the writer finish what it was given; no more follows.
func (p *pass) abandon() error {
	if p.out == nil {
		return nil
	}
	err := p.out.close(p.ctx)
	p.begun = p.out.begun()
	return err
}

func readOptions(meta []string) broker.ReadOptions {
	return broker.ReadOptions{Keys: slices.Contains(meta, "_key"), Headers: slices.Contains(meta, "_headers")}
}
