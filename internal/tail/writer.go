package tail

import (
	"context"

	"github.com/tailframe/tailframe/arrowipc"
)

// writerDepth is how many batches of columns there are: one being filled, one
// being written, one between.
const writerDepth = 3

// writer writes batches to the sink beside the decoding.
type writer struct {
	sink    arrowipc.Sink
	fields  []arrowipc.Field
	todo    chan *arrowipc.Columns
	free    chan *arrowipc.Columns
	made    int
	done    chan struct{} // closed when the goroutine has ended, then err is set
	failed  chan struct{} // closed at the first error
	err     error
	started bool // the sink's Begin was called; the writing goroutine's, after close the caller's
	given   bool // it was handed something; the decoding goroutine's
	closed  bool
}

func newWriter(sink arrowipc.Sink, fields []arrowipc.Field) *writer {
	w := &writer{sink: sink, fields: fields,
		todo: make(chan *arrowipc.Columns, writerDepth), free: make(chan *arrowipc.Columns, writerDepth),
		done: make(chan struct{}), failed: make(chan struct{})}
	go w.loop()
	return w
}

func (w *writer) loop() {
	defer close(w.done)
	for cols := range w.todo {
		if w.err == nil {
			if w.err = w.begin(); w.err == nil {
				w.err = w.sink.Write(cols)
			}
			if w.err != nil {
				close(w.failed)
			}
		}
		cols.Reset()
		w.free <- cols
	}
}

// begin calls the sink's Begin, once.
func (w *writer) begin() error {
	if w.started {
		return nil
	}
	w.started = true
	return w.sink.Begin(w.fields)
}

// begun tells whether anything went to the sink, or is about to.
func (w *writer) begun() bool { return w.given }

// columns gives empty columns to fill, and waits for the sink where all are in
// use. It is nil only where ctx ended meanwhile.
func (w *writer) columns(ctx context.Context) *arrowipc.Columns {
	select {
	case cols := <-w.free:
		return cols
	default:
	}
	if w.made < writerDepth {
		w.made++
		return arrowipc.NewColumns(w.fields)
	}
	select {
	case cols := <-w.free:
		return cols
	case <-ctx.Done():
		return nil
	}
}

// write hands cols to the sink and gives others to go on with. The error is of
// an earlier write, or that ctx ended.
func (w *writer) write(ctx context.Context, cols *arrowipc.Columns) (*arrowipc.Columns, error) {
	w.given = true
	w.todo <- cols
	next := w.columns(ctx)
	select {
	case <-w.failed:
		return next, w.err
	default:
	}
	if next == nil {
		return nil, ctx.Err()
	}
	return next, nil
}

// close waits until all is written, or ctx ends: a reader of our output that
// has stopped reading must not keep us. It may be called again.
func (w *writer) close(ctx context.Context) error {
	if !w.closed {
		w.closed = true
		close(w.todo)
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
