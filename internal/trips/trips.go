// Package trips generates bicycle trips as CSV records, with the columns,
// quoting and sizes of the public Citi Bike files. Stations, bikes and riders
// are made up. The same seed and index always give the same record, so a test
// can say what a topic holds without keeping it.
//
// Some station names hold commas or doubled quotes, and some birth years are
// NULL, since those are what readers of such files get wrong.
package trips

import (
	"strconv"
	"time"
)

// Columns names the fields of a record, as the header of the public files does.
var Columns = []string{
	"tripduration", "starttime", "stoptime",
	"start station id", "start station name", "start station latitude", "start station longitude",
	"end station id", "end station name", "end station latitude", "end station longitude",
	"bikeid", "usertype", "birth year", "gender",
}

// Types maps each of Columns to its tailframe type.
var Types = map[string]string{
	"tripduration":            "int64",
	"starttime":               "timestamp",
	"stoptime":                "timestamp",
	"start station id":        "int64",
	"start station name":      "string",
	"start station latitude":  "float64",
	"start station longitude": "float64",
	"end station id":          "int64",
	"end station name":        "string",
	"end station latitude":    "float64",
	"end station longitude":   "float64",
	"bikeid":                  "int64",
	"usertype":                "string",
	"birth year":              "int64",
	"gender":                  "int64",
}

// Spacing is the mean time between two trips: two million fill a month.
const Spacing = 1300 * time.Millisecond

// first is when trip 0 starts, or up to Spacing later.
var first = time.Date(2017, time.July, 1, 0, 0, 0, 0, time.UTC)

// Generator makes the trips of one seed. Its methods may be called at once
// from several goroutines.
type Generator struct {
	Seed uint64
}

// trip holds the drawn values of one record.
type trip struct {
	start      time.Time
	seconds    int64
	from, to   int // indexes into stations
	bike       int64
	subscriber bool
	born       int64 // 0: not known
	gender     int64 // 0 not known, 1, 2
}

// draw gives the values of trip i, which depend on the seed and i only.
func (g Generator) draw(i int) trip {
	r := source(g.Seed*0x9e3779b97f4a7c15 + uint64(i))
	t := trip{start: g.Time(i)}
	r.next() // Time's draw
	// The sum of two draws squared leans to short trips with a long tail.
	a, b := r.below(1000), r.below(1000)
	t.seconds = 61 + (a+b)*(a+b)*1400/1_000_000
	if r.below(2000) == 0 { // a bike that was not returned for days
		t.seconds += 86_400 + r.below(500_000)
	}
	t.from = int(r.below(int64(len(stations))))
	t.to = int(r.below(int64(len(stations))))
	t.bike = firstBike + r.below(bikes)
	t.subscriber = r.below(9) != 0
	known := r.below(60) != 0
	if !t.subscriber {
		known = r.below(10) == 0
	}
	if known {
		t.born = 1941 + r.below(30) + r.below(30)
		t.gender = 1 + min(r.below(4)/3, 1)
	}
	return t
}

// The bikes' numbers are firstBike and the bikes-1 that follow.
const (
	firstBike = 14529
	bikes     = 12_000
)

// Time is the event time of record i: the start of the trip, in milliseconds
// where the record shows seconds. Later records never have earlier times.
func (g Generator) Time(i int) time.Time {
	r := source(g.Seed*0x9e3779b97f4a7c15 + uint64(i))
	ms := int64(i)*Spacing.Milliseconds() + r.below(Spacing.Milliseconds())
	return first.Add(time.Duration(ms) * time.Millisecond)
}

// AppendKey appends the key of record i, its bike's number, to dst.
func (g Generator) AppendKey(dst []byte, i int) []byte {
	return strconv.AppendInt(dst, g.draw(i).bike, 10)
}

// Append appends record i to dst, without a line end. It allocates only
// where dst is too small; 256 bytes are always enough.
func (g Generator) Append(dst []byte, i int) []byte {
	t := g.draw(i)
	dst = strconv.AppendInt(dst, t.seconds, 10)
	dst = append(dst, ',')
	dst = appendTime(dst, t.start)
	dst = append(dst, ',')
	dst = appendTime(dst, t.start.Truncate(time.Second).Add(time.Duration(t.seconds)*time.Second))
	dst = append(dst, ',')
	dst = append(dst, stations[t.from]...)
	dst = append(dst, ',')
	dst = append(dst, stations[t.to]...)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, t.bike, 10)
	if t.subscriber {
		dst = append(dst, `,"Subscriber",`...)
	} else {
		dst = append(dst, `,"Customer",`...)
	}
	if t.born != 0 {
		dst = strconv.AppendInt(dst, t.born, 10)
	} else {
		dst = append(dst, "NULL"...)
	}
	dst = append(dst, ',')
	return strconv.AppendInt(dst, t.gender, 10)
}

// appendTime appends t as "2006-01-02 15:04:05", quotes included. It is
// spelled out because it is most of the cost of a record otherwise.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, int64(year), 10)
	dst = append(dst, '-', byte('0'+month/10), byte('0'+month%10))
	dst = append(dst, '-', byte('0'+day/10), byte('0'+day%10))
	dst = append(dst, ' ', byte('0'+hour/10), byte('0'+hour%10))
	dst = append(dst, ':', byte('0'+minute/10), byte('0'+minute%10))
	return append(dst, ':', byte('0'+second/10), byte('0'+second%10), '"')
}

// source is a SplitMix64 sequence: small, and good from any starting value,
// so each record can have its own.
type source uint64

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws from 0 to n-1.
func (s *source) below(n int64) int64 {
	return int64(s.next() >> 1 % uint64(n))
}
