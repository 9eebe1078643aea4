package broker

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

var update = flag.Bool("update", false, "write the tables of docs/configuration.md anew")

// TestConfigurationPage compares the tables of docs/configuration.md, each
// between two remarks that name it, with what the program does.
func TestConfigurationPage(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "configuration.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	for _, name := range []string{"passed", "ours", "dangerous", "other clients", "stores"} {
		begin, end := "<!-- "+name+": made by go test ./internal/broker -update -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(page, begin)
		table, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for the table %q", path, name)
		}
		want := tables[name]()
		if table != want && !*update {
			t.Errorf("the table %q of %s is not what the program does; go test ./internal/broker -run ConfigurationPage -update writes it anew", name, path)
		}
		page = before + begin + want + end + after
	}
	if *update && page != string(content) {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var tables = map[string]func() string{
	"passed": func() string {
		out := "| Property | For | Set to, if not given | Remark |\n|---|---|---|---|\n"
		for _, p := range propertyTable {
			if p.Class != Passed {
				continue
			}
			remarks := []string{}
			if p.Secret {
				remarks = append(remarks, "secret")
			}
			if p.AliasOf != "" {
				remarks = append(remarks, "another name of `"+p.AliasOf+"`")
			}
			if p.Why != "" {
				remarks = append(remarks, p.Why)
			}
			out += fmt.Sprintf("| `%s` | %s | %s | %s |\n", p.Name, roleName(p.Role), chosen(p.Name), strings.Join(remarks, "; "))
		}
		return out
	},
	"ours": func() string {
		out := "| Property | For | Why not | Instead |\n|---|---|---|---|\n"
		for _, p := range propertyTable {
			if p.Class == Ours {
				out += fmt.Sprintf("| `%s` | %s | %s | %s |\n", p.Name, roleName(p.Role), p.Why, p.Hint)
			}
		}
		return out
	},
	"dangerous": func() string {
		out := "| Property | Why not | Instead | Allowed all the same |\n|---|---|---|---|\n"
		for _, p := range propertyTable {
			if p.Class == Dangerous {
				out += fmt.Sprintf("| `%s` | %s | %s | %s |\n", p.Name, p.Why, p.Hint, quotedList(p.Safe))
			}
		}
		return out
	},
	"other clients": func() string {
		out := "| Name | Instead |\n|---|---|\n"
		for _, name := range slices.Sorted(maps.Keys(foreignNames)) {
			out += fmt.Sprintf("| `%s` | %s |\n", name, foreignNames[name])
		}
		return out
	},
	"stores": func() string {
		out := ""
		for _, path := range append(append([]string(nil), systemBundles...), systemFolders...) {
			out += fmt.Sprintf("   - `%s`\n", path)
		}
		return out
	},
}

func roleName(role Role) string {
	return map[Role]string{Consumer: "reading", Producer: "producing", both: "both"}[role]
}

// chosen tells the value a property has where the user sets none.
func chosen(name string) string {
	reading, isRead := consumerDefaults[name]
	producing, isProduced := producerDefaults[name]
	show := func(value kafka.ConfigValue) string { return fmt.Sprintf("`%v`", value) }
	switch {
	case isRead && isProduced && reading == producing:
		return show(reading)
	case isRead && isProduced:
		return show(reading) + " reading, " + show(producing) + " producing"
	case isRead:
		return show(reading)
	case isProduced:
		return show(producing)
	}
	return ""
}

func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = "`" + value + "`"
	}
	return strings.Join(quoted, ", ")
}
