package decode

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at in one word, the first byte lowest.
const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	zeros8 = 0x30 * ones // "00000000"
)

// load8 gives the eight bytes from pos on; those past the end are 0.
func load8(b []byte, pos int) uint64 {
	if pos+8 > len(b) {
		return loadTail(b, pos)
	}
	return binary.LittleEndian.Uint64(b[pos:])
}

// word gives the eight bytes from pos on, which must be there. The slice has a
// capacity of 8 so that the compiler need not guard against an empty one.
func word(b []byte, pos int) uint64 {
	return binary.LittleEndian.Uint64(b[pos : pos+8 : pos+8])
}

//go:noinline
func loadTail(b []byte, pos int) uint64 {
	if pos >= len(b) {
		return 0
	}
	if len(b) >= 8 {
		return word(b, len(b)-8) >> (8 * uint(8-(len(b)-pos)) & 63)
	}
	var x uint64
	for i, c := range b[pos:] {
		x |= uint64(c) << (8 * i)
	}
	return x
}

// nonDigits takes bytes XORed with '0' and sets the high bit of those over 9.
// Bits above the lowest one set may be wrong, for a sum may carry.
func nonDigits(x uint64) uint64 { return ((x + 0x76*ones) | x) & highs }

// number8 gives the number that eight digit values, first digit lowest, stand for.
func number8(x uint64) uint64 {
	x = (x * 2561) >> 8 & 0x00ff00ff00ff00ff
	x = (x * 6553601) >> 16 & 0x0000ffff0000ffff
	return (x * 42949672960001) >> 32
}

// leading gives the number of digits before the lowest bit set in t, which is
// of nonDigits and not 0, and the number that those digits of x stand for.
func leading(x, t uint64) (m uint64, n int) {
	bit := uint(bits.TrailingZeros64(t))
	return number8(x << 8 << (^bit & 63)), int(bit >> 3)
}

// digitRun reads the digits from pos on as the tail of number m, which has nd
// digits already. Past 19 digits m is of no use.
func digitRun(b []byte, pos int, m uint64, nd int) (uint64, int, int) {
	for {
		x := load8(b, pos) ^ zeros8
		t := nonDigits(x)
		if t != 0 {
			v, n := leading(x, t)
			return m*pow10[n] + v, nd + n, pos + n
		}
		m, nd, pos = m*1e8+number8(x), nd+8, pos+8
	}
}

// pow10 holds the powers of ten that fit into 64 bits.
var pow10 = [20]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// hasByte sets the high bit of the bytes of x that equal the byte repeated in
// pattern. Bits above the lowest one set may be wrong.
func hasByte(x, pattern uint64) uint64 {
	x ^= pattern
	return (x - ones) &^ x & highs
}
