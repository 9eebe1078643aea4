package decode

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseStamp(t *testing.T) {
	for _, c := range []struct {
		s     string
		want  string
		zoned bool
		f     fault
	}{
		{s: "2017-07-01", want: "2017-07-01T00:00:00Z"},
		{s: "2017-07-01 00:06", want: "2017-07-01T00:06:00Z"},
		{s: "2017-07-01T23:59:59", want: "2017-07-01T23:59:59Z"},
		{s: "2017-07-01 00:06:05.1", want: "2017-07-01T00:06:05.1Z"},
		{s: "2017-07-01 00:06:05.123456", want: "2017-07-01T00:06:05.123456Z"},
		{s: "2017-07-01 00:06:05.123456000", want: "2017-07-01T00:06:05.123456Z"},
		{s: "2017-07-01T00:06:05.5Z", want: "2017-07-01T00:06:05.5Z", zoned: true},
		{s: "2017-07-01T00:06Z", want: "2017-07-01T00:06:00Z", zoned: true},
		{s: "2017-07-01 00:06:05+02:00", want: "2017-06-30T22:06:05Z", zoned: true},
		{s: "2017-07-01 00:06-23:59", want: "2017-07-02T00:05:00Z", zoned: true},
		{s: "0000-01-01", want: "0000-01-01T00:00:00Z"},
		{s: "0000-12-31", want: "0000-12-31T00:00:00Z"},
		{s: "9999-12-31 23:59:59.999999", want: "9999-12-31T23:59:59.999999Z"},
		{s: "1969-12-31 23:59:59", want: "1969-12-31T23:59:59Z"},
		{s: "2000-02-29", want: "2000-02-29T00:00:00Z"},
		{s: "1900-02-29", f: noSuchTime},
		{s: "2017-02-30", f: noSuchTime},
		{s: "2017-00-01", f: noSuchTime},
		{s: "2017-13-01", f: noSuchTime},
		{s: "2017-01-00", f: noSuchTime},
		{s: "2017-02-30 10:00:00", f: noSuchTime},
		{s: "2017-07-01 24:00:00", f: noSuchTime},
		{s: "2017-07-01 23:60", f: noSuchTime},
		{s: "2016-12-31 23:59:60", f: noSuchTime},
		{s: "2017-07-01 00:00:00+24:00", f: noSuchTime},
		{s: "2017-07-01 00:00:00+02:60", f: noSuchTime},
		{s: "2017-07-01 00:06:05.1234567", f: tooFine},
		{s: "2017-07-01 00:06:05.000000001Z", f: tooFine},
		{s: "", f: notTimestamp},
		{s: "2017", f: notTimestamp},
		{s: "2017-7-1", f: notTimestamp},
		{s: "2017/07/01", f: notTimestamp},
		{s: "20170701T000000", f: notTimestamp},
		{s: "2017-07-01 ", f: notTimestamp},
		{s: "2017-07-01Z", f: notTimestamp},
		{s: "2017-07-01_00:00:00", f: notTimestamp},
		{s: "2017-07-01 00", f: notTimestamp},
		{s: "2017-07-01 00:06:5", f: notTimestamp},
		{s: "2017-07-01 00:06:05.", f: notTimestamp},
		{s: "2017-07-01 00:06.5", f: notTimestamp},
		{s: "2017-07-01 00:06:05,5", f: notTimestamp},
		{s: "2017-07-01 00:06:05.1234567890", f: notTimestamp},
		{s: "2017-07-01 00:06:05 Z", f: notTimestamp},
		{s: "2017-07-01 00:06:05z", f: notTimestamp},
		{s: "2017-07-01 00:06:05+0200", f: notTimestamp},
		{s: "2017-07-01 00:06:05+02", f: notTimestamp},
		{s: "2017-07-01 00:06:05ZZ", f: notTimestamp},
		{s: "2017-07-01 00:06:05 UTC", f: notTimestamp},
		{s: "-017-07-01", f: notTimestamp},
		{s: "2017-02-30 x", f: notTimestamp},
	} {
		us, zoned, f := parseStamp([]byte(c.s))
		if f != c.f || f == fits && (time.UnixMicro(us).UTC().Format(time.RFC3339Nano) != c.want || zoned != c.zoned) {
			t.Errorf("parseStamp(%q) = %v, %v, %v; want %s, %v, %v", c.s, time.UnixMicro(us).UTC(), zoned, f, c.want, c.zoned, c.f)
		}
	}
}

// Every day of more than 400 years, at a second that wanders.
func TestDays(t *testing.T) {
	cache := &dateCache{}
	for at := time.Date(1599, 12, 30, 1, 2, 3, 0, time.UTC); at.Year() < 2402; at = at.Add(24*time.Hour + 61*time.Second) {
		s := at.Format("2006-01-02 15:04:05")
		if us, ok := scanStamp([]byte(s), 0, cache); !ok || us != at.UnixMicro() {
			t.Fatalf("%s: got %v, %v", s, time.UnixMicro(us).UTC(), ok)
		}
	}
}

// A date out of range must not stay in the cache, nor a rest of another date.
func TestDateCache(t *testing.T) {
	cache := &dateCache{}
	for _, c := range []struct {
		s  string
		ok bool
	}{
		{"0000-00-00 00:00:00", false}, {"2017-02-30 00:00:00", false}, {"2017-02-28 00:00:00", true},
		{"2017-02-28 25:00:00", false}, {"2017-02-38 00:00:00", false}, {"1017-02-28 00:00:00", true},
		{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00 00:00:00", false},
	} {
		us, ok := scanStamp([]byte(c.s), 0, cache)
		want, err := time.Parse("2006-01-02 15:04:05", c.s)
		if ok != c.ok || ok && (err != nil || us != want.UnixMicro()) {
			t.Errorf("%q: %v, %v", c.s, time.UnixMicro(us).UTC(), ok)
		}
	}
}

func FuzzParseStamp(f *testing.F) {
	for _, s := range []string{"2017-07-01", "2017-07-01 00:06", "2017-07-01T00:06:05", "2017-07-01 00:06:05.123456", "2017-07-01T00:06:05Z",
		"2017-07-01T00:06:05.000001+02:00", "2017-07-01 00:06:05-23:59", "0000-02-29", "2017-02-29 00:00:00", "2017-07-01 24:00:00",
		"2017-07-01 00:06:05.1234567", "2016-12-31 23:59:60Z"} {
		f.Add(s)
	}
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$`)
	f.Fuzz(func(t *testing.T, s string) {
		us, zoned, fault := parseStamp([]byte(s))
		if (fault != notTimestamp) != form.MatchString(s) {
			t.Fatalf("parseStamp(%q): %v", s, fault)
		}
		if q, ok := scanStamp([]byte(s), 0, &dateCache{}); ok && len(s) == 19 && (fault != fits || q != us) {
			t.Fatalf("scanStamp(%q) = %d, parseStamp has %d, %v", s, q, us, fault)
		} else if !ok && len(s) == 19 && fault == fits && s[16] == ':' {
			t.Fatalf("scanStamp(%q) refused it", s)
		}
		if fault == notTimestamp || fault == tooFine {
			return
		}
		layout := "2006-01-02"
		if len(s) > 10 {
			layout += s[10:11] + "15:04"
		}
		if len(s) > 16 && s[16] == ':' {
			layout += ":05" // time.Parse takes a fraction after it unasked
		}
		if zoned || strings.ContainsAny(s[min(len(s), 11):], "Z+-") {
			layout += "Z07:00"
		}
		want, err := time.Parse(layout, s)
		if err != nil {
			if fault == fits {
				t.Fatalf("parseStamp(%q) = %v; time has %v", s, time.UnixMicro(us).UTC(), err)
			}
			return
		}
		if fault == fits && want.UnixMicro() != us {
			t.Fatalf("parseStamp(%q) = %v; time has %v", s, time.UnixMicro(us).UTC(), want)
		}
		// time allows offsets of 24:00 and more, to the minute 60.
		if offset := regexp.MustCompile(`[+-](24:|\d\d:60)`).MatchString(s[10:]); fault == noSuchTime && !offset {
			t.Fatalf("parseStamp(%q) found no such time; time has %v", s, want)
		}
	})
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		layout, s, want string // want: RFC 3339 or the fault
	}{
		{"%Y-%m-%d %H:%M:%S.%f", "2017-07-01 00:06:05.25", "2017-07-01T00:06:05.25Z"},
		{"%m/%d/%Y %H:%M:%S", "9/1/2015 00:00:03", "2015-09-01T00:00:03Z"},
		{"%m/%d/%Y %H:%M:%S", "09/01/2015 0:0:3", "2015-09-01T00:00:03Z"},
		{"%Y%m%d%H%M%S", "20170701000605", "2017-07-01T00:06:05Z"},
		{"%y%m%d", "690101", "1969-01-01T00:00:00Z"},
		{"%y%m%d", "680101", "2068-01-01T00:00:00Z"},
		{"%d %b %Y", "01 Jul 2017", "2017-07-01T00:00:00Z"},
		{"%d %b %Y", "1 JUL 2017", "2017-07-01T00:00:00Z"},
		{"%B %d, %Y", "july 4, 2017", "2017-07-04T00:00:00Z"},
		{"%B %Y", "May 2017", "2017-05-01T00:00:00Z"},
		{"%Y", "2017", "2017-01-01T00:00:00Z"},
		{"%Y-%j", "2016-366", "2016-12-31T00:00:00Z"},
		{"%Y-%j", "2017-366", "no"},
		{"%Y-%j", "2017-000", "no"},
		{"%F %I:%M %p", "2017-07-01 12:05 AM", "2017-07-01T00:05:00Z"},
		{"%F %I:%M %p", "2017-07-01 12:05 pm", "2017-07-01T12:05:00Z"},
		{"%F %I:%M %p", "2017-07-01 1:05 PM", "2017-07-01T13:05:00Z"},
		{"%F %I:%M %p", "2017-07-01 13:05 PM", "no"},
		{"%F %I:%M %p", "2017-07-01 0:05 PM", "no"},
		{"%F %I:%M %p", "2017-07-01 1:05 XM", "form"},
		{"%F %T%z", "2017-07-01 00:00:00+0200", "2017-06-30T22:00:00Z"},
		{"%F %T%z", "2017-07-01 00:00:00-02:30", "2017-07-01T02:30:00Z"},
		{"%F %T%z", "2017-07-01 00:00:00Z", "2017-07-01T00:00:00Z"},
		{"%F %T%z", "2017-07-01 00:00:00+02", "form"},
		{"%F %T%z", "2017-07-01 00:00:00+2400", "no"},
		{"%F %T%z", "2017-07-01 00:00:00", "form"},
		{"%z %F", "Z 2017-07-01", "2017-07-01T00:00:00Z"},
		{"%d/%b/%Y:%T %z", "01/Jul/2017:00:06:05 +0000", "2017-07-01T00:06:05Z"},
		{"%Y%%", "2017%", "2017-01-01T00:00:00Z"},
		{"%Y%%d", "2017%d", "2017-01-01T00:00:00Z"},
		{"%Y%%F", "2017%F", "2017-01-01T00:00:00Z"},
		{"%Y-%m-%d", "2017-02-30", "no"},
		{"%F %T", "2017-07-01 24:00:00", "no"},
		{"%F %T", "2017-07-01 23:59:60", "no"},
		{"%F %T.%f", "2017-07-01 00:00:00.0000001", "fine"},
		{"%F %T.%f", "2017-07-01 00:00:00.", "form"},
		{"%Y-%m-%d", "2017-07-01 ", "form"},
		{"%Y-%m-%d", "17-07-01", "form"},
		{"%Y-%m-%d", "", "form"},
		{"%b %Y", "Jux 2017", "form"},
		{"%d.%m.%Y", "x.07.2017", "form"},
	} {
		l, err := parseLayout(c.layout)
		if err != nil {
			t.Fatalf("%s: %v", c.layout, err)
		}
		us, f := l.parse([]byte(c.s))
		got := map[fault]string{noSuchTime: "no", tooFine: "fine", notLayout: "form"}[f]
		if f == fits {
			got = time.UnixMicro(us).UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.layout, c.s, got, c.want)
		}
	}
}

// The layout parser takes what time.Parse takes by the same layout in Go's
// words, and finds the same instant.
func FuzzLayout(f *testing.F) {
	for _, s := range []string{"01/Jul/2017:00:06:05 +0000", "31/feb/2017:00:06:05 -1130", "29/Feb/2016:23:59:59 +0100", "1/Jul/2017:1:2:3 Z"} {
		f.Add(s)
	}
	l, err := parseLayout("%d/%b/%Y:%H:%M:%S %z")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		us, fault := l.parse([]byte(s))
		want, err := time.Parse("02/Jan/2006:15:04:05 -0700", s)
		if fault == fits && err == nil && want.UnixMicro() != us {
			t.Fatalf("%q: %v; time has %v", s, time.UnixMicro(us).UTC(), want)
		}
		padded := regexp.MustCompile(`^\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]([01]\d|2[0-3])[0-5]\d$`).MatchString(s)
		if padded && (fault == fits) != (err == nil) {
			t.Fatalf("%q: %v; time has %v", s, fault, err)
		}
	})
}
