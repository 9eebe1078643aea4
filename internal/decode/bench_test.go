package decode

import (
	"testing"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/trips"
)

// tripRecords makes n trips of 15 fields in about 190 bytes.
func tripRecords(n int) []Record {
	g := trips.Generator{Seed: 1}
	recs := make([]Record, n)
	for i := range recs {
		recs[i] = Record{Value: g.Append(nil, i), Key: g.AppendKey(nil, i), Offset: int64(i),
			Timestamp: g.Time(i).UnixMilli()}
	}
	return recs
}

func tripOptions(typed bool, meta ...string) Options {
	o := Options{Format: FormatCSV, Meta: meta}
	for _, name := range trips.Columns {
		c := Column{Name: name}
		if typed {
			c.Type = trips.Types[name]
		}
		o.Columns = append(o.Columns, c)
	}
	return o
}

// tripDecoder gives the decoder that the options and the records lead to.
func tripDecoder(tb testing.TB, o Options, recs []Record) (Decoder, *arrowipc.Columns) {
	tb.Helper()
	in, err := NewInferrer(o)
	if err != nil {
		tb.Fatal(err)
	}
	if !in.Settled() {
		if err := in.Add(recs); err != nil {
			tb.Fatal(err)
		}
	}
	d := in.Decoder()
	return d, arrowipc.NewColumns(d.Fields())
}

func benchmarkTrips(b *testing.B, o Options) {
	recs := tripRecords(10_000)
	d, cols := tripDecoder(b, o, recs)
	bytes := 0
	for i := range recs {
		bytes += len(recs[i].Value)
	}
	b.SetBytes(int64(bytes / len(recs)))
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(recs) {
		cols.Reset()
		if err := d.Decode(recs[:min(len(recs), b.N-n)], cols); err != nil {
			b.Fatal(err)
		}
	}
}

// One operation is one record.
func BenchmarkDecodeTrips(b *testing.B) {
	b.Run("declared", func(b *testing.B) { benchmarkTrips(b, tripOptions(true)) })
	b.Run("inferred", func(b *testing.B) { benchmarkTrips(b, tripOptions(false)) })
	b.Run("meta", func(b *testing.B) { benchmarkTrips(b, tripOptions(true, MetaColumns()...)) })
}

func BenchmarkInferTrips(b *testing.B) {
	recs := tripRecords(10_000)
	in, err := NewInferrer(tripOptions(false))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(recs) {
		if err := in.Add(recs[:min(len(recs), b.N-n)]); err != nil {
			b.Fatal(err)
		}
	}
}
