package tail

import (
	"github.com/tailframe/tailframe/internal/decode"
)

// Types are inferred from so many records of the window, or so many bytes.
const (
	sampleRecords = 64 << 10
	sampleBytes   = 32 << 20
)

// typing settles what the columns are. It outlives a pass: what one pass has
// seen is what the next one decodes with.
type typing struct {
	options  decode.Options
	inferrer *decode.Inferrer
	why      string // the format
	sample   []decode.Record
	slab     []byte // memory for the next copies
	bytes    int
}

// settled tells whether decoding can begin without looking at records first.
func (t *typing) settled() (bool, error) {
	if t.inferrer != nil {
		return true, nil // of an earlier pass
	}
	if t.options.Format == "" || t.options.Format == decode.FormatAuto {
		return false, nil
	}
	t.why = "as asked"
	inferrer, err := decode.NewInferrer(t.options)
	if err != nil {
		return false, err
	}
	if !inferrer.Settled() {
		return false, nil
	}
	t.inferrer = inferrer
	return true, nil
}

// keep copies records for the sample; full tells that it is large enough.
func (t *typing) keep(recs []decode.Record) (full bool) {
	for i := range recs {
		rec := recs[i]
		rec.Value = t.copy(rec.Value)
		rec.Key = t.copy(rec.Key)
		headers := rec.Headers
		rec.Headers = nil
		for _, h := range headers {
			rec.Headers = append(rec.Headers, decode.Header{Name: h.Name, Value: t.copy(h.Value)})
		}
		t.sample = append(t.sample, rec)
	}
	return len(t.sample) >= sampleRecords || t.bytes >= sampleBytes
}

func (t *typing) copy(b []byte) []byte {
	if b == nil {
		return nil
	}
	if t.slab == nil || len(b) > cap(t.slab)-len(t.slab) { // a slice of no slab would be nil: null, not empty
		t.slab = make([]byte, 0, max(1<<20, len(b)))
	}
	at := len(t.slab)
	t.slab = append(t.slab, b...)
	t.bytes += len(b)
	return t.slab[at:len(t.slab):len(t.slab)]
}

// settle finds format and types from the sample.
func (t *typing) settle() error {
	if t.options.Format == "" || t.options.Format == decode.FormatAuto {
		t.options.Format, t.why = decode.ChooseFormat(t.sample, t.options.Columns)
	}
	inferrer, err := decode.NewInferrer(t.options)
	if err != nil {
		return err
	}
	t.inferrer = inferrer
	return nil
}
