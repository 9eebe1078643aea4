package tail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tailframe/tailframe/internal/decode"
)

// DefaultLast is the number of records where none is asked for.
const DefaultLast = 1000

// Request says what one run is asked. It is the one list of options: the shim
// sends it as JSON, the command line fills it from flags of the same names.
type Request struct {
	Topic            string            `json:"topic"`
	Last             *int64            `json:"last,omitempty"`              // records over all partitions; DefaultLast if nil
	Format           string            `json:"format,omitempty"`            // auto, csv, text or raw
	Columns          []Column          `json:"columns,omitempty"`           // none: taken from the records
	Nulls            []string          `json:"nulls,omitempty"`             // words that mean null where not quoted; nil: decode.DefaultNulls
	QuotedNulls      bool              `json:"quoted_nulls,omitempty"`      // the words mean null in quotes, too
	Header           bool              `json:"header,omitempty"`            // skip records equal to the column names
	Meta             []string          `json:"meta,omitempty"`              // of decode.MetaColumns
	KeyFormat        string            `json:"key_format,omitempty"`        // text or raw
	Order            string            `json:"order,omitempty"`             // time or none
	Isolation        string            `json:"isolation,omitempty"`         // read_committed or read_uncommitted
	BootstrapServers string            `json:"bootstrap_servers,omitempty"` // host:port, separated by commas
	Config           map[string]string `json:"config,omitempty"`            // librdkafka properties
	CAFallback       string            `json:"ca_fallback,omitempty"`       // CA bundle for a system that has none
	Timeout          float64           `json:"timeout,omitempty"`           // seconds for the whole run; 0: none
	LogLevel         string            `json:"log_level,omitempty"`         // error, info or debug
}

// Column is a declared column; an empty Type is inferred.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// Validate fills in the defaults and tells what is wrong with the request.
func (r *Request) Validate() error {
	if r.Last == nil {
		last := int64(DefaultLast)
		r.Last = &last
	}
	for _, word := range []struct {
		option  string
		value   *string
		allowed []string // the first is the default
	}{
		{"order", &r.Order, []string{"time", "none"}},
		{"isolation", &r.Isolation, []string{"read_committed", "read_uncommitted"}},
		{"log_level", &r.LogLevel, []string{"error", "info", "debug"}},
	} {
		if *word.value == "" {
			*word.value = word.allowed[0]
		}
		if !slices.Contains(word.allowed, *word.value) {
			return usage("accepted: "+strings.Join(word.allowed, ", "), "%s cannot be %q", word.option, *word.value)
		}
	}
	switch {
	case r.Topic == "":
		return usage("name the topic to read", "no topic is given")
	case !validTopic(r.Topic):
		return usage("a topic's name has up to 249 letters, digits, dots, underscores and hyphens",
			"%q cannot be the name of a topic", r.Topic)
	case r.BootstrapServers == "":
		return usage("for example bootstrap servers localhost:9092", "no bootstrap servers are given")
	case *r.Last < 0:
		return usage("last counts records: 0 or more", "last cannot be %d", *r.Last)
	case r.Timeout < 0 || r.Timeout > (365*24*time.Hour).Seconds():
		return usage("timeout is in seconds; leave it out for none", "timeout cannot be %v", r.Timeout)
	}
	options := r.decodeOptions()
	return options.Check()
}

func (r *Request) decodeOptions() decode.Options {
	options := decode.Options{Format: r.Format, Nulls: r.Nulls, QuotedNulls: r.QuotedNulls, Header: r.Header,
		Meta: r.Meta, KeyFormat: r.KeyFormat}
	for _, c := range r.Columns {
		options.Columns = append(options.Columns, decode.Column(c))
	}
	return options
}

func (r *Request) limit() time.Duration { return time.Duration(r.Timeout * float64(time.Second)) }

func validTopic(name string) bool {
	if len(name) > 249 || name == "." || name == ".." {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
	})
}

func usage(hint, format string, args ...any) error {
	return &Error{code: "usage", message: fmt.Sprintf(format, args...), hint: hint}
}
