package decode

import (
	"fmt"
	"strings"

	"github.com/tailframe/tailframe/arrowipc"
)

// Type is a declared column type.
type Type struct {
	Kind   arrowipc.Kind
	UTC    bool    // Timestamp only
	Text   string  // as declared
	layout *layout // of a Timestamp; nil: the common layouts
}

const acceptedTypes = "int64, float64, bool, string, timestamp, timestamp[UTC], " +
	"timestamp[LAYOUT] with a layout such as %Y-%m-%d %H:%M:%S.%f, and binary (format raw only)"

// ParseType reads a type as users declare it: int64, float64, bool, string,
// timestamp, timestamp[UTC], timestamp[LAYOUT] or binary. LAYOUT is made of
// strptime's directives; with %z in it the column is in UTC. The error is an
// *OptionError.
func ParseType(text string) (Type, error) {
	t := Type{Text: text}
	switch text {
	case "int64":
		t.Kind = arrowipc.Int64
	case "float64":
		t.Kind = arrowipc.Float64
	case "bool":
		t.Kind = arrowipc.Bool
	case "string":
		t.Kind = arrowipc.String
	case "binary":
		t.Kind = arrowipc.Binary
	case "timestamp":
		t.Kind = arrowipc.Timestamp
	case "timestamp[UTC]":
		t.Kind, t.UTC = arrowipc.Timestamp, true
	default:
		spec, ok := strings.CutPrefix(text, "timestamp[")
		spec, closed := strings.CutSuffix(spec, "]")
		if !ok || !closed {
			return Type{}, &OptionError{fmt.Sprintf("unknown type %q", text), "accepted types: " + acceptedTypes}
		}
		l, err := parseLayout(spec)
		if err != nil {
			return Type{}, &OptionError{
				fmt.Sprintf("type %q: the layout %v", text, err),
				"accepted are timestamp[UTC] and layouts made of " + layoutDirectives}
		}
		t.Kind, t.UTC, t.layout = arrowipc.Timestamp, l.utc, l
	}
	return t, nil
}
