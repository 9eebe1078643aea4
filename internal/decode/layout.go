package decode

import (
	"fmt"
	"strings"
)

// A layout is a timestamp layout in strptime's directives, compiled. Numbers
// may lack leading zeros, except those of %Y, %y and %j; where two digits are
// allowed and there, both are taken.
type layout struct {
	text  string
	steps []step
	utc   bool // has %z
	pm    bool // has %I
	yday  bool // has %j
}

// step is a directive, or literal bytes where directive is 0.
type step struct {
	directive byte
	literal   string
}

const layoutDirectives = "%Y %y %m %d %j %b %B %H %I %p %M %S %f %z %F %T %%"

// parseLayout compiles a layout. The error completes the sentence "the layout
// ...".
func parseLayout(s string) (*layout, error) {
	l := layout{text: s}
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			l.steps = append(l.steps, step{literal: lit.String()})
			lit.Reset()
		}
	}
	full := strings.NewReplacer("%%", "%%", "%F", "%Y-%m-%d", "%T", "%H:%M:%S").Replace(s)
	for i := 0; i < len(full); i++ {
		c := full[i]
		if c != '%' {
			lit.WriteByte(c)
			continue
		}
		i++
		switch {
		case i == len(full):
			return nil, fmt.Errorf("ends with a single %%")
		case full[i] == '%':
			lit.WriteByte('%')
			continue
		case strings.IndexByte("YymdjbBHIpMSfz", full[i]) < 0:
			return nil, fmt.Errorf("has the unknown directive %q", "%"+full[i:i+1])
		}
		flush()
		l.steps = append(l.steps, step{directive: full[i]})
	}
	flush()
	return &l, l.check()
}

// check refuses layouts that leave a part of the time open or give it twice.
func (l *layout) check() error {
	count := map[byte]int{}
	for _, s := range l.steps {
		if s.directive != 0 {
			count[s.directive]++
		}
	}
	for _, s := range l.steps {
		if count[s.directive] > 1 {
			return fmt.Errorf("has %%%c twice", s.directive)
		}
	}
	months := count['m'] + count['b'] + count['B']
	l.utc, l.pm, l.yday = count['z'] > 0, count['I'] > 0, count['j'] > 0
	hours := count['H'] + count['I']
	switch {
	case count['Y']+count['y'] != 1:
		return fmt.Errorf("needs either %%Y or %%y")
	case months > 1:
		return fmt.Errorf("has more than one of %%m, %%b and %%B")
	case l.yday && months+count['d'] > 0:
		return fmt.Errorf("has %%j beside a month or a day")
	case count['d'] > months:
		return fmt.Errorf("has %%d without %%m, %%b or %%B")
	case hours > 1:
		return fmt.Errorf("has both %%H and %%I")
	case count['I'] != count['p']:
		return fmt.Errorf("needs %%I and %%p together")
	case count['M'] > hours:
		return fmt.Errorf("has %%M without %%H or %%I")
	case count['S'] > count['M']:
		return fmt.Errorf("has %%S without %%M")
	case count['f'] > count['S']:
		return fmt.Errorf("has %%f without %%S")
	}
	return nil
}

// plainSep gives the byte between date and time where the layout is that of
// scanStamp, 0 where it is not.
func (l *layout) plainSep() byte {
	switch l.text {
	case "%Y-%m-%d %H:%M:%S", "%F %T":
		return ' '
	case "%Y-%m-%dT%H:%M:%S", "%FT%T":
		return 'T'
	}
	return 0
}

// stamp collects what the directives read.
type stamp struct {
	year, month, day, yday, hour, minute, second int
	micros, offset                               int64
	afternoon                                    bool
	late                                         fault
}

// parse reads all of b. Parts the layout does not have are the first month or
// day, or 0.
func (l *layout) parse(b []byte) (us int64, f fault) {
	t := stamp{month: 1, day: 1, yday: 1}
	for _, s := range l.steps {
		n := -1
		if s.directive != 0 {
			n = t.read(s.directive, b)
		} else if len(b) >= len(s.literal) && string(b[:len(s.literal)]) == s.literal {
			n = len(s.literal)
		}
		if n < 0 {
			return 0, notLayout
		}
		b = b[n:]
	}
	if len(b) > 0 {
		return 0, notLayout
	}
	return l.instant(&t)
}

// instant puts the parts together.
func (l *layout) instant(t *stamp) (us int64, f fault) {
	if l.pm {
		if t.hour < 1 || t.hour > 12 {
			return 0, noSuchTime
		}
		t.hour %= 12
		if t.afternoon {
			t.hour += 12
		}
	}
	lastDay := 365
	if leapYear(t.year) {
		lastDay++
	}
	if t.late != fits || !validDate(t.year, t.month, t.day) || t.yday < 1 || t.yday > lastDay ||
		t.hour > 23 || t.minute > 59 || t.second > 59 {
		return 0, max(t.late, noSuchTime)
	}
	us = (daysSince1970(t.year, t.month, t.day) + int64(t.yday-1)) * usDay
	us += int64(t.hour)*usHour + int64(t.minute)*usMinute + int64(t.second)*usSecond
	return us + t.micros - t.offset, fits
}

// read takes one directive off the front of b. It gives the bytes taken, -1
// where b does not begin with such a part.
func (t *stamp) read(directive byte, b []byte) int {
	switch directive {
	case 'Y':
		return readNumber(b, 4, 4, &t.year)
	case 'y':
		n := readNumber(b, 2, 2, &t.year)
		if t.year < 69 { // as POSIX has it
			t.year += 100
		}
		t.year += 1900
		return n
	case 'm':
		return readNumber(b, 1, 2, &t.month)
	case 'd':
		return readNumber(b, 1, 2, &t.day)
	case 'j':
		return readNumber(b, 3, 3, &t.yday)
	case 'H', 'I':
		return readNumber(b, 1, 2, &t.hour)
	case 'M':
		return readNumber(b, 1, 2, &t.minute)
	case 'S':
		return readNumber(b, 1, 2, &t.second)
	case 'b':
		return readMonth(b, true, &t.month)
	case 'B':
		return readMonth(b, false, &t.month)
	case 'p':
		if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' {
			return -1
		}
		t.afternoon = b[0]|0x20 == 'p'
		return 2
	case 'f':
		us, n, f := parseFraction(b)
		if f == notTimestamp {
			return -1
		}
		t.micros, t.late = us, max(t.late, f)
		return n
	}
	return t.readZone(b)
}

// readZone reads Z, ±HHMM or ±HH:MM.
func (t *stamp) readZone(b []byte) int {
	var full [6]byte
	n := min(len(b), 1)
	switch {
	case n == 1 && b[0] == 'Z':
		full[0] = 'Z'
	case len(b) >= 6 && b[3] == ':':
		n = copy(full[:], b)
	case len(b) >= 5:
		n = 5
		full = [6]byte{b[0], b[1], b[2], ':', b[3], b[4]}
	default:
		return -1
	}
	size := 6
	if n == 1 {
		size = 1
	}
	us, f := parseOffset(full[:size])
	if f == notTimestamp {
		return -1
	}
	t.offset, t.late = us, max(t.late, f)
	return n
}

// readNumber reads low to high digits, as many as there are.
func readNumber(b []byte, low, high int, v *int) int {
	n, x := 0, 0
	for n < high && n < len(b) && b[n]-'0' <= 9 {
		x = x*10 + int(b[n]-'0')
		n++
	}
	if n < low {
		return -1
	}
	*v = x
	return n
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july",
	"august", "september", "october", "november", "december"}

// readMonth reads an English month name in any case: its first three letters,
// or all of it.
func readMonth(b []byte, short bool, month *int) int {
	for i, name := range monthNames {
		if short {
			name = name[:3]
		}
		if len(b) >= len(name) && strings.EqualFold(string(b[:len(name)]), name) {
			*month = i + 1
			return len(name)
		}
	}
	return -1
}
