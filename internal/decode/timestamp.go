package decode

const (
	usSecond = 1_000_000
	usMinute = 60 * usSecond
	usHour   = 60 * usMinute
	usDay    = 24 * usHour
)

// dateCache remembers the last date read: neighbours mostly share it.
type dateCache struct {
	head, tail uint64 // its first and its last eight bytes of ten
	micros     int64
}

// scanStamp reads YYYY-MM-DD HH:MM:SS, with a space or a T, at pos: 19 bytes,
// whatever follows them. Where ok is false it may still be a timestamp;
// parseStamp knows.
func scanStamp(b []byte, pos int, cache *dateCache) (us int64, ok bool) {
	if pos+19 > len(b) {
		return 0, false
	}
	head, tail := word(b, pos), word(b, pos+2)
	if head != cache.head || tail != cache.tail {
		day, f := parseDate(b[pos : pos+10])
		if f != fits {
			return 0, false
		}
		cache.head, cache.tail, cache.micros = head, tail, day
	}
	if sep := b[pos+10]; sep != ' ' && sep != 'T' {
		return 0, false
	}
	clock, f := parseClock(word(b, pos+11))
	return cache.micros + clock, f == fits
}

type zoneRule uint8

const (
	zoneNone zoneRule = iota // a Z must not be there
	zoneMay
	zoneMust
)

// stampField reads the field at pos, in quotes or not, as a date and a time to
// the second, with sep between them (0: a space or a T) and a Z by the rule.
// It gives the end of the field, a comma or the end of b; -1 where it may
// still be a timestamp of another layout, or none.
func stampField(b []byte, pos int, cache *dateCache, sep byte, zone zoneRule) (us int64, end int) {
	quoted := pos < len(b) && b[pos] == '"'
	if quoted {
		pos++
	}
	us, ok := scanStamp(b, pos, cache)
	if !ok || sep != 0 && b[pos+10] != sep {
		return 0, -1
	}
	end = pos + 19
	if zone != zoneNone {
		if end < len(b) && b[end] == 'Z' {
			end++
		} else if zone == zoneMust {
			return 0, -1
		}
	}
	if quoted {
		if end == len(b) || b[end] != '"' {
			return 0, -1
		}
		end++
	}
	if end < len(b) && b[end] != ',' {
		return 0, -1
	}
	return us, end
}

// parseClock reads HH:MM:SS, packed as eight bytes.
func parseClock(x uint64) (us int64, f fault) {
	const colons = 0x0000ff0000ff0000
	x ^= 0x30303a30303a3030 // "00:00:00": digits become 0 to 9, colons 0
	if nonDigits(x) != 0 || x&colons != 0 {
		return 0, notTimestamp
	}
	h := int64(x&0xff*10 + x>>8&0xff)
	m := int64(x>>24&0xff*10 + x>>32&0xff)
	s := int64(x>>48&0xff*10 + x>>56)
	if h > 23 || m > 59 || s > 59 {
		return 0, noSuchTime
	}
	return h*usHour + m*usMinute + s*usSecond, fits
}

// parseDate reads YYYY-MM-DD.
func parseDate(b []byte) (us int64, f fault) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, notTimestamp
	}
	y1, ok1 := twoDigits(b, 0)
	y2, ok2 := twoDigits(b, 2)
	m, ok3 := twoDigits(b, 5)
	d, ok4 := twoDigits(b, 8)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, notTimestamp
	}
	y := y1*100 + y2
	if !validDate(y, m, d) {
		return 0, noSuchTime
	}
	return daysSince1970(y, m, d) * usDay, fits
}

// parseStamp reads a timestamp in one of the common layouts: YYYY-MM-DD,
// alone or followed by T or a space, HH:MM, HH:MM:SS or HH:MM:SS with a
// fraction of up to nine digits, and then nothing, Z or an offset ±HH:MM. A
// fraction that is no whole number of microseconds is a fault. zoned tells
// that there was a Z or an offset, which us takes into account.
func parseStamp(b []byte) (us int64, zoned bool, f fault) {
	if len(b) < 10 {
		return 0, false, notTimestamp
	}
	us, f = parseDate(b[:10])
	if f == notTimestamp || len(b) == 10 {
		return us, false, f
	}
	if b[10] != ' ' && b[10] != 'T' {
		return 0, false, notTimestamp
	}
	clock := [8]byte{'0', '0', ':', '0', '0', ':', '0', '0'}
	rest := b[11:]
	n := 5
	if len(rest) >= 8 && rest[5] == ':' {
		n = 8
	}
	if len(rest) < n {
		return 0, false, notTimestamp
	}
	copy(clock[:], rest[:n])
	day, late := us, f // a date out of range matters only if the rest has the form
	us, f = parseClock(word(clock[:], 0))
	if f == notTimestamp {
		return 0, false, f
	}
	late = max(late, f)
	us += day
	rest = rest[n:]
	if n == 8 && len(rest) > 0 && rest[0] == '.' {
		micros, digits, ff := parseFraction(rest[1:])
		if ff == notTimestamp {
			return 0, false, ff
		}
		late = max(late, ff)
		us += micros
		rest = rest[1+digits:]
	}
	if len(rest) > 0 {
		offset, ff := parseOffset(rest)
		if ff == notTimestamp {
			return 0, false, ff
		}
		late = max(late, ff)
		us -= offset
		zoned = true
	}
	return us, zoned, late
}

// parseFraction reads the one to nine digits after a point as microseconds.
func parseFraction(b []byte) (us int64, n int, f fault) {
	m, n, _ := digitRun(b, 0, 0, 0)
	if n == 0 || n > 9 {
		return 0, n, notTimestamp
	}
	m *= pow10[9-n]
	if m%1000 != 0 {
		f = tooFine
	}
	return int64(m / 1000), n, f
}

// parseOffset reads Z or ±HH:MM, up to 23:59.
func parseOffset(b []byte) (us int64, f fault) {
	if len(b) == 1 && b[0] == 'Z' {
		return 0, fits
	}
	if len(b) != 6 || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return 0, notTimestamp
	}
	h, ok1 := twoDigits(b, 1)
	m, ok2 := twoDigits(b, 4)
	if !ok1 || !ok2 {
		return 0, notTimestamp
	}
	if h > 23 || m > 59 {
		f = noSuchTime
	}
	us = int64(h)*usHour + int64(m)*usMinute
	if b[0] == '-' {
		us = -us
	}
	return us, f
}

// twoDigits reads the two digits at b[i].
func twoDigits(b []byte, i int) (int, bool) {
	hi, lo := b[i]-'0', b[i+1]-'0'
	return int(hi)*10 + int(lo), hi <= 9 && lo <= 9
}

var (
	monthDays   = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	daysToMonth = [13]int{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
)

func leapYear(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func validDate(y, m, d int) bool {
	return m >= 1 && m <= 12 && d >= 1 && (d <= monthDays[m] || m == 2 && d == 29 && leapYear(y))
}

// daysSince1970 counts in the Gregorian calendar, for y >= 0 and a valid date.
func daysSince1970(y, m, d int) int64 {
	n := y + 399 // full years since the year -399, so that nothing is negative
	days := 365*n + n/4 - n/100 + n/400 + daysToMonth[m] + d - 1
	if m > 2 && leapYear(y) {
		days++
	}
	return int64(days) - 719162 - 146097 // days before 1970 from year 1; days of 400 years
}
