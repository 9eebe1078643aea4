package decode

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// ChooseFormat settles format "auto" from the declared columns and a sample:
// the first records of a window. why completes a sentence that begins with
// "format csv:". Records without value or with an empty one say nothing. Where
// in doubt it takes text, which loses nothing.
func ChooseFormat(sample []Record, columns []Column) (format, why string) {
	switch {
	case len(columns) > 1:
		return FormatCSV, fmt.Sprintf("%d columns are declared", len(columns))
	case len(columns) == 1 && columns[0].Type == "binary":
		return FormatRaw, "the declared column is binary"
	case len(columns) == 1 && columns[0].Type != "" && columns[0].Type != "string":
		return FormatCSV, "the declared column is " + columns[0].Type
	}
	s := newSurvey()
	for i := range sample {
		s.add(sample[i].Value)
	}
	switch {
	case s.values == 0:
		return FormatText, "there are no values to judge by"
	case s.registry > 0:
		return FormatRaw, fmt.Sprintf("%d of %d values begin like those of a schema registry", s.registry, s.values)
	case s.notUTF8 > 0:
		return FormatRaw, fmt.Sprintf("%d of %d values are not UTF-8 text", s.notUTF8, s.values)
	case s.nul > 0:
		return FormatRaw, fmt.Sprintf("%d of %d values hold NUL bytes", s.nul, s.values)
	case s.json == s.values:
		return FormatText, "the values look like JSON, which is read as text"
	case s.json > 0:
		return FormatText, "some values look like JSON, some do not"
	case s.broken > 0:
		return FormatText, fmt.Sprintf("%d of %d values are not CSV", s.broken, s.values)
	case s.uneven:
		return FormatText, "as CSV the values differ in their number of fields"
	case s.fields < 2 && len(columns) == 1:
		return FormatText, "one column is declared, and the values are UTF-8 text"
	case s.fields < 2:
		return FormatText, "the values have no commas"
	}
	return FormatCSV, fmt.Sprintf("all %s with %d fields", countAre(s.values), s.fields)
}

func countAre(n int) string {
	if n == 1 {
		return "values (1) are CSV"
	}
	return fmt.Sprintf("%d values are CSV", n)
}

// survey counts what the values of a sample look like.
type survey struct {
	split                                        splitter
	values, registry, notUTF8, nul, json, broken int
	fields                                       int // of the first CSV value
	uneven                                       bool
}

func newSurvey() *survey { return &survey{} }

func (s *survey) add(value []byte) {
	b := trimLine(value)
	if len(b) == 0 {
		return
	}
	s.values++
	switch {
	case value[0] == 0 && len(value) >= 6: // magic byte 0, schema id, payload
		s.registry++
		return
	case !utf8.Valid(value):
		s.notUTF8++
		return
	case bytes.IndexByte(value, 0) >= 0:
		s.nul++
		return
	case looksLikeJSON(b):
		s.json++
		return
	}
	switch n, bad := s.split.shape(b); {
	case bad != wellFormed:
		s.broken++
	case s.fields == 0:
		s.fields = n
	case s.fields != n:
		s.uneven = true
	}
}

// looksLikeJSON knows objects and arrays by their first and last byte.
func looksLikeJSON(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) < 2 {
		return false
	}
	first, last := b[0], b[len(b)-1]
	return first == '{' && last == '}' || first == '[' && last == ']'
}
