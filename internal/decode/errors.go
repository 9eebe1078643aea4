package decode

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// FieldError says that a record cannot be decoded.
type FieldError struct {
	Index  int    // of the record in the slice that was passed
	Column string // empty where the record as a whole is at fault
	Type   string // the column's type, as declared or as inferred
	Value  string // the value or record, shortened and quoted; empty if of no use
	Reason string // "is not an integer": completes a sentence that begins with the value or with "the record"

	hint string
}

func (e *FieldError) Error() string {
	switch {
	case e.Column != "":
		return fmt.Sprintf("column %q (%s): %s %s", e.Column, e.Type, e.Value, e.Reason)
	case e.Value != "":
		return "the record " + e.Reason + ": " + e.Value
	}
	return "the record " + e.Reason
}

// Code is "decode".
func (e *FieldError) Code() string { return "decode" }

// Hint says what to do about it.
func (e *FieldError) Hint() string { return e.hint }

// PromoteError says that a record does not fit the types inferred from the
// records before it. The Inferrer has taken note. Feed it the records from
// Index on and all that are left, then read everything again with the Decoder
// it gives. Where rows have already left for good, report it as it is.
type PromoteError struct {
	Index  int    // of the record in the slice that was passed
	Column string // empty where the number of columns was not known yet
	From   string // the type inferred so far
	To     string // the type that fits all values seen up to here
	Value  string // shortened and quoted

	columns string // all of them with their types, Column's being To
}

func (e *PromoteError) Error() string {
	if e.Column == "" {
		return "the columns are not known: all records before this one were empty"
	}
	return fmt.Sprintf("column %q was inferred as %s from earlier records, but %s makes it %s",
		e.Column, e.From, e.Value, e.To)
}

// Code is "decode".
func (e *PromoteError) Code() string { return "decode" }

// Hint names the declaration to write.
func (e *PromoteError) Hint() string {
	if e.Column == "" {
		return "declare the columns"
	}
	return "declare the columns with their types: " + e.columns
}

// OptionError says that the options cannot be used.
type OptionError struct {
	Message string
	hint    string
}

func (e *OptionError) Error() string { return e.Message }

// Code is "config".
func (e *OptionError) Code() string { return "config" }

// Hint says what is accepted.
func (e *OptionError) Hint() string { return e.hint }

// excerptLen bounds the bytes of a value that an error shows.
const excerptLen = 40

// excerpt quotes b, cut to excerptLen. The result is valid UTF-8 whatever b is.
func excerpt(b []byte) string {
	if len(b) <= excerptLen {
		return strconv.Quote(string(b))
	}
	cut := excerptLen
	for i := 0; i < utf8.UTFMax-1 && !utf8.RuneStart(b[cut]); i++ {
		cut--
	}
	return strconv.Quote(string(b[:cut])) + "..."
}

// fault is why a value does not fit a type.
type fault uint8

const (
	fits fault = iota
	notInt
	intRange
	notFloat
	floatRange
	notBool
	notTimestamp
	noSuchTime
	tooFine
	hasZone
	notLayout
	notUTF8
)

var faultReason = [...]string{
	notInt:       "is not an integer",
	intRange:     "does not fit into 64 bits",
	notFloat:     "is not a number",
	floatRange:   "is beyond the range of float64",
	notBool:      "is not a bool",
	notTimestamp: "is not a timestamp",
	noSuchTime:   "names a day or a time that does not exist",
	tooFine:      "is finer than a microsecond",
	hasZone:      "has a zone",
	notLayout:    "does not follow the layout",
	notUTF8:      "is not UTF-8",
}

// faultHint gives the advice for a value that does not fit a declared type.
func faultHint(f fault, empty bool) string {
	switch {
	case f == notUTF8:
		return `declare format="raw" to get the bytes as they are`
	case f == hasZone:
		return "declare the column as timestamp[UTC]"
	case empty:
		return "empty text in quotes is not null; set quoted_nulls to make it so"
	case f == intRange:
		return "declare the column as string, or as float64 if the last digits do not matter"
	case f == notInt:
		return "declare the column as float64 or string, or add the word to nulls if it means null"
	case f == notTimestamp:
		return "declare the layout as in timestamp[%d.%m.%Y %H:%M], or the column as string"
	}
	return "declare the column as string, or add the word to nulls if it means null"
}
