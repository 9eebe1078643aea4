package decode

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tailframe/tailframe/arrowipc"
)

// The formats.
const (
	FormatAuto = "auto" // ChooseFormat settles it
	FormatCSV  = "csv"
	FormatText = "text"
	FormatRaw  = "raw"
)

// The formats of keys in the meta column _key.
const (
	KeyText = "text"
	KeyRaw  = "raw"
)

// Column is a declared column. The type of a CSV column is inferred where Type
// is empty.
type Column struct{ Name, Type string }

// Options says how records become columns.
type Options struct {
	Format  string // csv, text or raw; Check takes auto and "" (auto), too
	Columns []Column

	// Nulls are the words that mean null in CSV, where not quoted; nil means
	// DefaultNulls, empty means none. With QuotedNulls they mean null in
	// quotes, too.
	Nulls       []string
	QuotedNulls bool

	Header    bool     // skip CSV records that equal the column names
	Meta      []string // of MetaColumns
	KeyFormat string   // text or raw; "" means text
}

// DefaultNulls gives the words that mean null unless told otherwise.
func DefaultNulls() []string { return []string{"", "NULL", "NA", `\N`} }

// MetaColumns gives the names of the meta columns in the order in which they
// follow the data columns.
func MetaColumns() []string {
	return []string{"_partition", "_offset", "_timestamp", "_key", "_headers"}
}

// Check tells what is wrong with the options, as an *OptionError.
func (o *Options) Check() error {
	switch o.Format {
	case "", FormatAuto, FormatCSV, FormatText, FormatRaw:
	default:
		return &OptionError{fmt.Sprintf("unknown format %q", o.Format), "accepted formats: auto, csv, text and raw"}
	}
	switch o.KeyFormat {
	case "", KeyText, KeyRaw:
	default:
		return &OptionError{fmt.Sprintf("unknown key format %q", o.KeyFormat), "accepted key formats: text and raw"}
	}
	known := MetaColumns()
	for i, m := range o.Meta {
		if !slices.Contains(known, m) {
			return &OptionError{fmt.Sprintf("unknown meta column %q", m), "the meta columns are " + strings.Join(known, ", ")}
		}
		if slices.Contains(o.Meta[:i], m) {
			return &OptionError{fmt.Sprintf("meta column %q is asked for twice", m), "name it once"}
		}
	}
	return o.checkColumns()
}

func (o *Options) checkColumns() error {
	seen := map[string]bool{}
	for i, c := range o.Columns {
		switch {
		case c.Name == "":
			return &OptionError{fmt.Sprintf("column %d has an empty name", i+1), "give every column a name"}
		case seen[c.Name]:
			return &OptionError{fmt.Sprintf("column %q is declared twice", c.Name), "give every column its own name"}
		case slices.Contains(o.Meta, c.Name):
			return &OptionError{fmt.Sprintf("column %q has the name of a meta column that is asked for, too", c.Name),
				"rename the column, or leave that one out of meta"}
		}
		seen[c.Name] = true
		if c.Type == "" {
			continue
		}
		t, err := ParseType(c.Type)
		if err != nil {
			var e *OptionError
			errors.As(err, &e)
			return &OptionError{fmt.Sprintf("column %q: %s", c.Name, e.Message), e.hint}
		}
		if err := o.checkType(c, t); err != nil {
			return err
		}
	}
	return o.checkShape()
}

// checkType holds one declared type against the format.
func (o *Options) checkType(c Column, t Type) error {
	wrong := func(hint string) error {
		return &OptionError{fmt.Sprintf("column %q: format %s has no type %s", c.Name, o.Format, t.Text), hint}
	}
	switch o.Format {
	case FormatCSV:
		if t.Kind == arrowipc.Binary {
			return wrong(`declare it as string, or use format="raw"`)
		}
	case FormatText:
		if t.Kind != arrowipc.String {
			return wrong(`declare it as string, or use format="csv"`)
		}
	case FormatRaw:
		if t.Kind != arrowipc.Binary {
			return wrong(`declare it as binary, or use another format`)
		}
	}
	return nil
}

// checkShape holds the number of columns against the format.
func (o *Options) checkShape() error {
	one := o.Format == FormatText || o.Format == FormatRaw
	switch {
	case one && len(o.Columns) > 1:
		return &OptionError{fmt.Sprintf("format %s has one column, %d are declared", o.Format, len(o.Columns)),
			`declare one column, or use format="csv"`}
	case one && o.Header:
		return &OptionError{fmt.Sprintf("format %s has no header records", o.Format), `leave header out, or use format="csv"`}
	case o.Header && len(o.Columns) == 0:
		return &OptionError{"header is set but no columns are declared",
			"declare the columns: a record that equals their names is then skipped"}
	case one || len(o.Columns) < 2:
		return nil
	}
	for _, c := range o.Columns {
		if c.Type == "binary" {
			return &OptionError{fmt.Sprintf("column %q is binary but not the only one", c.Name),
				`binary is for format="raw", which has one column`}
		}
	}
	return nil
}
