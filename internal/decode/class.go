package decode

import "github.com/tailframe/tailframe/arrowipc"

// classes is the set of kinds of values that a column was seen to hold, nulls
// apart. Sets are only ever joined, so a column's type depends on the values
// and not on the order in which, or by whom, they were read.
type classes uint8

const (
	isBool    classes = 1 << iota
	isInt             // every digit survives both int64 and float64
	isBigInt          // an int64 past 2^53: float64 would change it
	isFloat           // what float64 alone can hold, "-0" among them
	isWord            // NaN, inf: a number only beside numbers
	isStamp           // timestamp without a zone
	isInstant         // timestamp with Z or an offset
	isText            // all else
)

// kind gives the type that holds all of the values.
func (c classes) kind() (k arrowipc.Kind, utc bool) {
	switch {
	case c == isBool:
		return arrowipc.Bool, false
	case c == isStamp:
		return arrowipc.Timestamp, false
	case c == isInstant:
		return arrowipc.Timestamp, true
	case c != 0 && c&^(isInt|isBigInt) == 0:
		return arrowipc.Int64, false
	case c&(isInt|isFloat) != 0 && c&^(isInt|isFloat|isWord) == 0:
		return arrowipc.Float64, false
	}
	return arrowipc.String, false
}

// settled tells that no further value can change the type from string.
func (c classes) settled() bool { return c.isString() && c&^isWord != 0 }

func (c classes) isString() bool {
	k, _ := c.kind()
	return k == arrowipc.String
}

// classify tells which class a value that is not null belongs to.
func classify(b []byte) classes {
	if len(b) == 0 {
		return isText
	}
	switch c := b[0]; {
	case c >= '0' && c <= '9':
		if len(b) >= 10 && b[4] == '-' {
			return classifyStamp(b)
		}
		return classifyNumber(b)
	case c == '-' || c == '.':
		return classifyNumber(b)
	case c == 't' || c == 'T' || c == 'f' || c == 'F':
		if _, ok := boolWord(b); ok {
			return isBool
		}
	case c == 'N' || c == 'n' || c == 'I' || c == 'i' || c == '+':
		if numberWord(b) {
			return isWord
		}
	}
	return isText
}

func classifyStamp(b []byte) classes {
	_, zoned, f := parseStamp(b)
	switch {
	case f != fits:
		return isText
	case zoned:
		return isInstant
	}
	return isStamp
}

// classifyNumber sorts out what begins with a digit, a minus sign or a point.
// A plus sign or zeros in front mean something to somebody (telephone numbers,
// postal codes), so such digits are text.
func classifyNumber(b []byte) classes {
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || digits[0] == '+' || digits[0] == '0' && len(digits) > 1 && digits[1]-'0' <= 9 {
		return isText
	}
	if v, f := parseInt(b); f == fits && digits[0] != '-' {
		switch {
		case v == 0 && b[0] == '-':
			return isFloat
		case v > maxExact || v < -maxExact:
			return isBigInt
		}
		return isInt
	} else if f == intRange {
		return isText
	}
	if numberWord(b) {
		return isWord
	}
	if digits[0] != '.' && digits[0]-'0' > 9 {
		return isText
	}
	if _, f := parseFloat(b); f != fits {
		return isText
	}
	return isFloat
}

// numberWord knows the spellings that common programs write.
func numberWord(b []byte) bool {
	switch string(b) {
	case "nan", "NaN", "inf", "Inf", "Infinity", "-inf", "-Inf", "-Infinity", "+Inf":
		return true
	}
	return false
}
