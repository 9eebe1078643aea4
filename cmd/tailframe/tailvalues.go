package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tailframe/tailframe/internal/decode"
	"github.com/tailframe/tailframe/internal/tail"
)

// parseColumns reads NAME[:TYPE],... Commas and colons inside [ ] belong to the
// type, those inside double quotes to the name; a doubled quote stands for one.
func parseColumns(s string) ([]tail.Column, error) {
	var columns []tail.Column
	for {
		name, rest, err := columnName(s)
		if err != nil {
			return nil, err
		}
		c := tail.Column{Name: name}
		if after, ok := strings.CutPrefix(rest, ":"); ok {
			end, err := typeEnd(after)
			if err != nil {
				return nil, err
			}
			c.Type, rest = strings.TrimSpace(after[:end]), after[end:]
			if c.Type == "" {
				return nil, fmt.Errorf("column %q has no type after its colon", name)
			}
		}
		columns = append(columns, c)
		if rest == "" {
			return columns, nil
		}
		s = rest[1:] // past the comma
	}
}

// columnName cuts off a name; what is left is empty or begins with , or :.
func columnName(s string) (name, rest string, err error) {
	s = strings.TrimLeft(s, " ")
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ",:")
		if end < 0 {
			end = len(s)
		}
		name, rest = strings.TrimSpace(s[:end]), s[end:]
		if name == "" {
			return "", "", errors.New("a column has no name")
		}
		return name, rest, nil
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		name = strings.ReplaceAll(s[1:i], `""`, `"`)
		rest = strings.TrimLeft(s[i+1:], " ")
		if rest != "" && rest[0] != ',' && rest[0] != ':' {
			return "", "", fmt.Errorf("after %s must come a comma or a colon", s[:i+1])
		}
		return name, rest, nil
	}
	return "", "", errors.New("a double quote is not closed")
}

// typeEnd finds the comma that ends a type, or the end of s.
func typeEnd(s string) (int, error) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth <= 0 {
				return i, nil
			}
		}
	}
	if depth > 0 {
		return 0, errors.New("a [ is not closed")
	}
	return len(s), nil
}

// parseList splits at commas; the empty string is the empty list, not nil.
func parseList(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

// metaNames reads the value of --meta.
func metaNames(s string) []string {
	if s == "all" {
		return decode.MetaColumns()
	}
	return parseList(s)
}
