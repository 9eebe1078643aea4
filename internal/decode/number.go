package decode

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// maxExact is the largest magnitude up to which float64 holds every integer.
const maxExact = 1 << 53

// window is how many bytes the scanners look at in whole words. Near the end
// of a record, where there are fewer, they go byte by byte or run by run.
const window = 24

// scanInt reads the plain integer field at pos: at most 15 digits, no plus
// sign, no leading zeros, no "-0". The field ends at a comma or with b. Where
// ok is false the field may still be an integer; parseInt knows.
func scanInt(b []byte, pos int) (v int64, end int, ok bool) {
	start := pos
	if pos < len(b) && b[pos] == '-' {
		start++
	}
	if start+window > len(b) {
		return intTail(b, pos, start)
	}
	w := (*[window]byte)(b[start : start+window])
	x := binary.LittleEndian.Uint64(w[:8]) ^ zeros8
	t := nonDigits(x)
	var m uint64
	var n int
	if t != 0 {
		m, n = leading(x, t)
	} else {
		y := binary.LittleEndian.Uint64(w[8:16]) ^ zeros8
		if t = nonDigits(y); t == 0 {
			return 0, pos, false
		}
		m, n = leading(y, t)
		m += number8(x) * pow10[n]
		n += 8
	}
	end = start + n
	if n == 0 || b[end] != ',' || (x&0xff == 0 && (n > 1 || start > pos)) {
		return 0, end, false
	}
	if v = int64(m); start > pos {
		v = -v
	}
	return v, end, true
}

// intTail is scanInt for a field whose digits begin at start, near the end.
func intTail(b []byte, pos, start int) (v int64, end int, ok bool) {
	for end = start; end < len(b) && b[end]-'0' <= 9; end++ {
		if end-start == 15 {
			return 0, end, false
		}
		v = v*10 + int64(b[end]-'0')
	}
	n := end - start
	if n == 0 || (end < len(b) && b[end] != ',') || (b[start] == '0' && (n > 1 || start > pos)) {
		return 0, end, false
	}
	if start > pos {
		v = -v
	}
	return v, end, true
}

// parseInt reads an integer: an optional sign and digits, as
// strconv.ParseInt does in base 10.
func parseInt(b []byte) (int64, fault) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		i, neg = 1, b[0] == '-'
	}
	if i == len(b) {
		return 0, notInt
	}
	var m uint64
	over := false
	for _, c := range b[i:] {
		d := uint64(c - '0')
		if d > 9 {
			return 0, notInt
		}
		if m > (math.MaxUint64-d)/10 {
			over = true
		}
		m = m*10 + d
	}
	switch {
	case over || m > 1<<63 || m == 1<<63 && !neg:
		return 0, intRange
	case neg:
		return -int64(m), fits
	}
	return int64(m), fits
}

// scanFloat reads the plain decimal field at pos: an optional minus sign, at
// most 19 digits with or without a point, no exponent, no leading zeros, and
// without a point no integer past maxExact. The field ends at a comma or with
// b. Where ok is false the field may still be a number; parseFloat knows.
func scanFloat(b []byte, pos int) (f float64, end int, ok bool) {
	start := pos
	if pos < len(b) && b[pos] == '-' {
		start++
	}
	if start+window > len(b) {
		return floatTail(b, pos, start)
	}
	w := (*[window]byte)(b[start : start+window])
	var m uint64
	whole := 0
	for ; whole < 7 && w[whole]-'0' <= 9; whole++ {
		m = m*10 + uint64(w[whole]-'0')
	}
	if w[whole] != '.' || whole == 0 || (w[0] == '0' && whole > 1) {
		return floatTail(b, pos, start)
	}
	n := whole
	x := binary.LittleEndian.Uint64(w[whole+1:whole+9]) ^ zeros8
	t := nonDigits(x)
	if t == 0 {
		m, n = m*1e8+number8(x), n+8
		x = binary.LittleEndian.Uint64(w[whole+9:whole+17]) ^ zeros8
		if t = nonDigits(x); t == 0 {
			return floatTail(b, pos, start)
		}
	}
	v, k := leading(x, t)
	m, n = m*pow10[k]+v, n+k
	end = start + n + 1
	if n > 19 || b[end] != ',' {
		return 0, end, false
	}
	return decimal(m, n-whole, start > pos), end, true
}

// floatTail is scanFloat for a field whose digits begin at start, near the
// end, or one without a point.
func floatTail(b []byte, pos, start int) (f float64, end int, ok bool) {
	m, n, end := digitRun(b, start, 0, 0)
	if n == 0 || (b[start] == '0' && n > 1) {
		return 0, end, false
	}
	whole := n
	if end < len(b) && b[end] == '.' {
		m, n, end = digitRun(b, end+1, m, n)
	} else if m > maxExact {
		return 0, end, false
	}
	if n > 19 || (end < len(b) && b[end] != ',') {
		return 0, end, false
	}
	return decimal(m, n-whole, start > pos), end, true
}

// decimal gives the float64 nearest to m / 10^p, p <= 19, or to its negative.
func decimal(m uint64, p int, neg bool) (f float64) {
	if m <= maxExact {
		f = float64(m) / float64Pow10[p] // both exact, so the quotient is rounded once
	} else {
		f = quotient(m, p)
	}
	if neg {
		f = -f
	}
	return f
}

var float64Pow10 = [20]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// quotient gives the float64 nearest to m / 10^p, ties to even, for m > 0.
func quotient(m uint64, p int) float64 {
	d := pow10[p]
	s, t := bits.LeadingZeros64(d), bits.LeadingZeros64(m)
	m, d = m<<t, d<<s
	q, rest := bits.Div64(m>>1, m<<63, d) // m / d is in (1/2, 2), so q has 63 or 64 bits
	lz := bits.LeadingZeros64(q)
	q <<= lz
	if rest != 0 {
		q |= 1
	}
	exp := s - t - 63 - lz + 11 // of the 53 bits kept
	mant, low := q>>11, q&0x7ff
	if low > 0x400 || (low == 0x400 && mant&1 == 1) {
		mant++ // may become 1<<53, which carries into the exponent as it should
	}
	return math.Float64frombits(uint64(exp+52+1023-1)<<52 + mant)
}

// parseFloat reads a decimal number with the bits strconv.ParseFloat gives,
// NaN, inf and infinity in any case among them (NaN without sign), but neither
// hexadecimal digits nor underscores.
func parseFloat(b []byte) (float64, fault) {
	if f, end, ok := scanFloat(b, 0); ok && end == len(b) {
		return f, fits
	}
	for _, c := range b {
		if c == 'x' || c == 'X' || c == '_' {
			return 0, notFloat
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err == nil {
		return f, fits
	}
	if math.IsInf(f, 0) {
		return 0, floatRange
	}
	return 0, notFloat
}

// parseBool reads a declared bool: the words of boolWord, t and f in either
// case, 1 and 0.
func parseBool(b []byte) (bool, fault) {
	if v, ok := boolWord(b); ok {
		return v, fits
	}
	if len(b) == 1 {
		switch b[0] {
		case '1', 't', 'T':
			return true, fits
		case '0', 'f', 'F':
			return false, fits
		}
	}
	return false, notBool
}

// boolWord knows the words by which a bool column is inferred: true and false,
// all lower case, all upper case or capitalised.
func boolWord(b []byte) (v, ok bool) {
	switch string(b) {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}
