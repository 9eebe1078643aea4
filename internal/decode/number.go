package decode

import (
	"math"
	"math/bits"
	"strconv"
)

// maxExact is the largest magnitude up to which float64 holds every integer.
const maxExact = 1 << 53

// scanInt reads the plain integer field at pos: at most 15 digits, no plus
// sign, no leading zeros, no "-0". The field ends at a comma or with b. Where
// ok is false the field may still be an integer; parseInt knows.
func scanInt(b []byte, pos int) (v int64, end int, ok bool) {
	neg := pos < len(b) && b[pos] == '-'
	if neg {
		pos++
	}
	start := pos
	x := load8(b, pos) ^ zeros8
	var m uint64
	if t := nonDigits(x); t != 0 {
		n := bits.TrailingZeros64(t) >> 3
		m, pos = number8(x<<(64-8*uint(n))), pos+n
	} else {
		m, _, pos = digitRun(b, pos+8, number8(x), 8)
	}
	n := pos - start
	if n == 0 || n > 15 || (pos < len(b) && b[pos] != ',') || (b[start] == '0' && (n > 1 || neg)) {
		return 0, pos, false
	}
	v = int64(m)
	if neg {
		v = -v
	}
	return v, pos, true
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
	neg := pos < len(b) && b[pos] == '-'
	if neg {
		pos++
	}
	start := pos
	m, n, pos := digitRun(b, pos, 0, 0)
	if n == 0 || (b[start] == '0' && n > 1) {
		return 0, pos, false
	}
	frac := 0
	if pos < len(b) && b[pos] == '.' {
		whole := n
		m, n, pos = digitRun(b, pos+1, m, n)
		frac = n - whole
	} else if m > maxExact {
		return 0, pos, false
	}
	if n > 19 || (pos < len(b) && b[pos] != ',') {
		return 0, pos, false
	}
	if m <= maxExact {
		f = float64(m) / float64(pow10[frac]) // both exact, so the quotient is rounded once
	} else {
		f = quotient(m, frac)
	}
	if neg {
		f = -f
	}
	return f, pos, true
}

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
