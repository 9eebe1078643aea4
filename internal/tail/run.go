// Package tail is one run: it plans a window, reads it, decodes it and writes it.
package tail

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/broker"
	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/window"
)

// Options are the ways a run speaks while it works. All may be nil.
type Options struct {
	Log      func(level, message string)
	Progress func(records, rows int64)
	// Reread is told before the window is read again with wider types, after
	// the sink's End; the sink's Begin follows. Without it rows that were
	// written cannot be taken back, and the run ends in a decode error.
	Reread  func(why string) error
	Sources map[string]string // setting -> where it came from, for the report
	Poll    bool              // read record by record: for comparison and tests
}

// run is one Run under way.
type run struct {
	req    Request
	opts   Options
	sink   arrowipc.Sink
	client *broker.Client
	topic  broker.Topic
	plan   window.Plan
	ranges []window.Range // of the plan, those that are not empty
	report *Report
}

// Run reads the window that req asks for into sink. The report is complete
// only where the error is nil.
func Run(ctx context.Context, req Request, sink arrowipc.Sink, opts Options) (*Report, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	limit := req.limit()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	r := &run{req: req, opts: opts, sink: sink, report: newReport(&req, opts.Sources)}
	if err := r.run(ctx); err != nil {
		return r.report, endError(ctx, err, limit)
	}
	return r.report, nil
}

func (r *run) run(ctx context.Context) error {
	began := time.Now()
	client, err := broker.Connect(broker.Config{
		BootstrapServers: r.req.BootstrapServers,
		Properties:       r.req.Config,
		Isolation:        r.req.Isolation,
		CAFallback:       r.req.CAFallback,
		Debug:            r.req.LogLevel == "debug",
		Poll:             r.opts.Poll,
		Log:              r.opts.Log,
	})
	if err != nil {
		return err
	}
	defer func() { go client.Close() }() // which waits for librdkafka's threads
	r.client = client
	if r.topic, err = client.Topic(ctx, r.req.Topic); err != nil {
		return err
	}
	connected := time.Now()
	if err := r.planWindow(ctx); err != nil {
		return err
	}
	planned := time.Now()
	if err := r.readWindow(ctx); err != nil {
		return err
	}
	r.report.finish(r, began, connected, planned)
	return nil
}

// planWindow drives the planner with the broker's answers.
func (r *run) planWindow(ctx context.Context) error {
	planner, err := window.New(window.Spec{Last: *r.req.Last, Now: time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	for {
		question, more := planner.Next()
		if !more {
			break
		}
		var answer window.Answer
		if question.Kind == window.Bounds {
			answer.Bounds, err = r.client.Bounds(ctx, r.topic)
		} else {
			answer.Times, err = r.client.Lookup(ctx, r.topic, question.Partitions, question.Times)
		}
		if err != nil {
			return err
		}
		if err := planner.Observe(answer); err != nil {
			return err
		}
	}
	if r.plan, err = planner.Plan(); err != nil {
		return err
	}
	for _, part := range r.plan.Ranges {
		if part.Len() > 0 {
			r.ranges = append(r.ranges, part)
		}
	}
	return nil
}

// readWindow reads the planned ranges, and once more where types inferred from
// the first records do not hold for all.
func (r *run) readWindow(ctx context.Context) error {
	types := &typing{options: r.req.decodeOptions()}
	for {
		p := newPass(r, types)
		err := p.run(ctx)
		r.report.take(p)
		wider, ok := err.(*decode.PromoteError) // bare: with a place it is an error like others
		if !ok {
			return err
		}
		r.report.Rereads++
		if p.begun {
			if err := r.sink.End(); err != nil {
				return err
			}
			if err := r.opts.Reread(wider.Error()); err != nil {
				return err
			}
		}
		if r.report.Rereads > maxRereads {
			return fmt.Errorf("the window was read %d times and its types do not hold still: %w", r.report.Rereads, wider)
		}
	}
}

// maxRereads is never reached: after a first misfit the whole window is looked at.
const maxRereads = 2

// Versions tells which parts a program is made of.
func Versions() map[string]string {
	versions := broker.Versions()
	versions["tailframe"] = Version
	versions["go"] = runtime.Version()
	return versions
}
