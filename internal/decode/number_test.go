package decode

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var integers = []string{"0", "-0", "+0", "1", "-1", "+1", "007", "-007", "12345678", "123456789", "1234567812345678",
	"999999999999999", "1000000000000000", "9007199254740992", "9007199254740993", "-9007199254740993",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616", "99999999999999999999999999", "000000000000000000000000000001",
	"", "-", "+", "--1", "1-", "1 ", " 1", "1_0", "0x1", "1.0", "1e3", "٣", "1\x00", "12345678a", "1234567é"}

var floats = []string{"0.0", "-0.0", "1.", ".5", "-.5", ".", "-.", "1.5", "0.1", "0.2", "0.3", "-73.96024116", "40.73020660529954",
	"-73.99102628231049", "0.30000000000000004", "9007199254740993.0", "900719925474099.3", "1234567890123456789", "1.234567890123456789",
	"12345678901234567.89", "0.0000000000000000001", "9999999999999999999", "0.9999999999999999999", "1844674407370955161.5",
	"18446744073709551615", "4503599627370496.5", "4503599627370497.5", "00.5", "01", "1e5", "1E5", "1e+5", "1e-5", "1e", "1e400",
	"-1e400", "1e-400", "5e-324", "2.4e-324", "1.7976931348623157e308", "1.7976931348623159e308", "nan", "NaN", "-NaN", "+nan", "inf", "-inf",
	"+Inf", "Infinity", "-iNFINITY", "infinit", "0x1p-2", "1_000.5", "1.5.5", "1,5", "--1.5", "1.5 ", "1.5\x00",
	"0.1234567890123456789012345678901234567890", "123456789012345678901234567890.5"}

var integer = regexp.MustCompile(`^[+-]?[0-9]+$`)

func FuzzParseInt(f *testing.F) {
	for _, s := range append(integers, floats...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := strconv.ParseInt(s, 10, 64)
		wantFault := fits
		switch {
		case err != nil && !integer.MatchString(s):
			wantFault = notInt // strconv may stop at the range, before what is no digit
		case errors.Is(err, strconv.ErrRange):
			wantFault = intRange
		}
		got, f := parseInt([]byte(s))
		if f != wantFault || f == fits && got != want {
			t.Errorf("parseInt(%q) = %d, %v; strconv has %d, %v", s, got, f, want, err)
		}
		for _, b := range asFields(s) {
			v, end, ok := scanInt(b, 0)
			if field, _, _ := strings.Cut(s, ","); ok {
				want, err := strconv.ParseInt(field, 10, 64)
				if err != nil || v != want || end != len(field) || classify([]byte(field)) != isInt {
					t.Errorf("scanInt(%q) = %d, %d; strconv has %d, %v", b, v, end, want, err)
				}
			}
		}
	})
}

// asFields gives s as the last field of a record, and as one that others
// follow: the scanners read whole words only where there are enough bytes.
func asFields(s string) [][]byte {
	return [][]byte{[]byte(s), []byte(s + ","), []byte(s + ",12345678901234567890123456789")}
}

func FuzzParseFloat(f *testing.F) {
	for _, s := range append(integers, floats...) {
		f.Add(s)
	}
	f.Fuzz(checkFloat)
}

func checkFloat(t *testing.T, s string) {
	want, err := strconv.ParseFloat(s, 64)
	wantFault := fits
	switch {
	case strings.ContainsAny(s, "xX_"):
		wantFault = notFloat
	case errors.Is(err, strconv.ErrRange):
		wantFault = floatRange
	case err != nil:
		wantFault = notFloat
	}
	got, f := parseFloat([]byte(s))
	if f != wantFault || f == fits && math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("parseFloat(%q) = %v, %v; strconv has %v, %v", s, got, f, want, err)
	}
	for _, b := range asFields(s) {
		v, end, ok := scanFloat(b, 0)
		if field, _, _ := strings.Cut(s, ","); ok {
			want, err := strconv.ParseFloat(field, 64)
			if err != nil || math.Float64bits(v) != math.Float64bits(want) || end != len(field) ||
				classify([]byte(field))&^(isInt|isFloat) != 0 {
				t.Errorf("scanFloat(%q) = %v, %d; strconv has %v, %v", b, v, end, want, err)
			}
		}
	}
}

// The plain forms must take the quick way wherever they stand.
func TestScanQuick(t *testing.T) {
	for s, isInt := range map[string]bool{"0": true, "7": true, "-7": true, "1234567": true, "12345678": true, "-999999999999999": true,
		"0.5": false, "-0.0": false, "40.71534825": false, "-73.99102628231049": false, "1234567.1234567890": false,
		"12345678.5": false, "0.123456789012345678": false} {
		for _, b := range asFields(s) {
			_, end, ok := scanFloat(b, 0)
			if !ok || end != len(s) {
				t.Errorf("scanFloat(%q): %d, %v", b, end, ok)
			}
			if _, end, ok := scanInt(b, 0); ok != isInt || ok && end != len(s) {
				t.Errorf("scanInt(%q): %d, %v", b, end, ok)
			}
		}
	}
}

// Random decimals of every length, half way cases among them: quotient rounds
// as strconv does.
func TestFloatBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		m := r.Uint64() >> r.IntN(64)
		digits := strconv.FormatUint(m, 10)
		point := r.IntN(len(digits) + 1)
		checkFloat(t, digits[:point]+"."+digits[point:])
		checkFloat(t, "0."+strings.Repeat("0", r.IntN(6))+digits)

		// Between two neighbours of 53 bits lies a decimal that is a tie.
		odd := (r.Uint64()>>11|1<<52)<<1 | 1
		shift := r.IntN(4)
		tie := strconv.FormatUint(odd>>shift, 10) + strconv.FormatFloat(float64(odd&(1<<shift-1))/float64(int(1)<<shift), 'f', -1, 64)[1:]
		checkFloat(t, tie)
	}
}

func TestQuotient(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		m, p := r.Uint64()>>r.IntN(11), r.IntN(20)
		want, err := strconv.ParseFloat(strconv.FormatUint(m, 10)+"e-"+strconv.Itoa(p), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := quotient(m, p); got != want {
			t.Fatalf("quotient(%d, %d) = %v, want %v", m, p, got, want)
		}
	}
}

func TestBool(t *testing.T) {
	for s, want := range map[string]bool{"true": true, "True": true, "TRUE": true, "t": true, "T": true, "1": true,
		"false": false, "False": false, "FALSE": false, "f": false, "F": false, "0": false} {
		if got, f := parseBool([]byte(s)); f != fits || got != want {
			t.Errorf("parseBool(%q) = %v, %v", s, got, f)
		}
	}
	for _, s := range []string{"", "tRUE", "yes", "on", "2", "01", " true", "truely"} {
		if _, f := parseBool([]byte(s)); f != notBool {
			t.Errorf("parseBool(%q) took it", s)
		}
	}
}
