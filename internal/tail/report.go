package tail

import (
	"fmt"
	"maps"
	"time"

	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/window"
)

// Report tells what a run did. It is small plain JSON and goes into df.attrs.
type Report struct {
	Topic      string            `json:"topic"`
	ClusterID  string            `json:"cluster_id"`
	Window     WindowReport      `json:"window"`
	Partitions []PartitionReport `json:"partitions"`
	Records    int64             `json:"records"`
	Rows       int64             `json:"rows"`
	Skipped    map[string]int64  `json:"skipped"` // records without a row, by reason
	Rereads    int               `json:"rereads"`
	Complete   bool              `json:"complete"`
	Why        string            `json:"why,omitempty"` // why not complete, or why fewer than asked
	Format     FormatReport      `json:"format"`
	Schema     []ColumnReport    `json:"schema"`
	Seconds    SecondsReport     `json:"seconds"`
	Bytes      int64             `json:"bytes"` // of record values
	Order      string            `json:"order"`
	Isolation  string            `json:"isolation"`
	Read       ReadReport        `json:"read"`
	Versions   map[string]string `json:"versions"`
	Settings   map[string]string `json:"settings"` // name -> where it came from
}

// WindowReport is what was asked, and what it took to find where it begins.
type WindowReport struct {
	Last      int64 `json:"last"`
	Questions int   `json:"questions"` // rounds of requests for offsets
}

// PartitionReport is one half-open range [Start, End) as it was read.
type PartitionReport struct {
	Partition      int32  `json:"partition"`
	Start          int64  `json:"start"`
	End            int64  `json:"end"`
	Low            int64  `json:"low"`
	High           int64  `json:"high"` // the end the broker gave for the isolation level
	Records        int64  `json:"records"`
	FirstTimestamp *int64 `json:"first_timestamp"` // ms since the epoch
	LastTimestamp  *int64 `json:"last_timestamp"`
}

// FormatReport is the decoder chosen, and why.
type FormatReport struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// ColumnReport is one column of the result.
type ColumnReport struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// SecondsReport are the wall-clock seconds spent by phase.
type SecondsReport struct {
	Connect float64 `json:"connect"`
	Plan    float64 `json:"plan"`
	Read    float64 `json:"read"`
	Total   float64 `json:"total"`
}

// ReadReport tells how the records came over from librdkafka.
type ReadReport struct {
	Method    string `json:"method"`    // batch or poll
	Crossings int64  `json:"crossings"` // calls into C that fetched records
}

func newReport(req *Request, sources map[string]string) *Report {
	settings := map[string]string{}
	maps.Copy(settings, sources)
	return &Report{Topic: req.Topic, Window: WindowReport{Last: *req.Last}, Order: req.Order,
		Isolation: req.Isolation, Settings: settings, Skipped: map[string]int64{},
		Partitions: []PartitionReport{}, Schema: []ColumnReport{}, Versions: Versions()}
}

// take notes what a pass did; the last pass counts.
func (r *Report) take(p *pass) {
	r.Records, r.Rows, r.Bytes = p.records(), p.rows, p.bytes
	r.Format = FormatReport{Name: p.types.options.Format, Why: p.types.why}
	if p.decoder == nil {
		return
	}
	r.Schema = r.Schema[:0]
	for _, f := range p.decoder.Fields() {
		r.Schema = append(r.Schema, ColumnReport{Name: f.Name, Type: f.TypeName()})
	}
	if headers, ok := p.decoder.(decode.HeaderSkipper); ok && headers.HeadersSkipped() > 0 {
		r.Skipped["header"] = headers.HeadersSkipped()
	}
	r.Partitions = r.Partitions[:0]
	at := 0
	for _, part := range p.job.plan.Ranges {
		var s rangeStats
		if part.Len() > 0 {
			s = p.stats[at]
			at++
		}
		r.Partitions = append(r.Partitions, partitionReport(part, s))
	}
}

func partitionReport(part window.Range, s rangeStats) PartitionReport {
	out := PartitionReport{Partition: part.Partition, Start: part.Start, End: part.End, Low: part.Low,
		High: part.High, Records: s.records}
	if s.records > 0 && s.first >= 0 {
		out.FirstTimestamp = &s.first
	}
	if s.records > 0 && s.last >= 0 {
		out.LastTimestamp = &s.last
	}
	return out
}

// finish completes the report of a run whose every range was read to its end.
func (r *Report) finish(job *run, began, connected, planned time.Time) {
	end := time.Now()
	r.Complete = true
	r.ClusterID = job.topic.ClusterID
	r.Window.Questions = job.plan.Questions
	r.Why = job.plan.Why()
	if holes := job.plan.Selected - r.Records; holes > 0 {
		r.Why = fmt.Sprintf("%d offsets of the window hold no record: compaction, transaction markers or aborted transactions", holes)
	}
	r.Read.Method = job.client.Method()
	r.Seconds = SecondsReport{Connect: connected.Sub(began).Seconds(), Plan: planned.Sub(connected).Seconds(),
		Read: end.Sub(planned).Seconds(), Total: end.Sub(began).Seconds()}
	maps.Copy(r.Settings, job.client.Settings())
}
