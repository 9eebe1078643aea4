package batch

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/confluentinc/confluent-kafka-go/v2/kafka" // brings the library to link with
)

// The fence declares the few functions and structs of librdkafka it needs
// itself. Each must stand in the header of the client library that is linked.
func TestPrototypesMatchHeader(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/confluentinc/confluent-kafka-go/v2").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	header := normalHeader(t, filepath.Join(strings.TrimSpace(string(dir)), "kafka", "librdkafka_vendor", "rdkafka.h"))
	ours := normalHeader(t, "rdkafka_prototypes.h")

	functions := regexp.MustCompile(`[a-z_0-9 *]+\b(rd_kafka_[a-z_0-9]+)\([^;{]*\);`).FindAllStringSubmatch(ours, -1)
	if len(functions) < 15 {
		t.Fatalf("only %d prototypes found in rdkafka_prototypes.h", len(functions))
	}
	for _, f := range functions {
		if !strings.Contains(header, strings.TrimSpace(f[0])) {
			t.Errorf("the library's header does not declare %s as\n  %s", f[1], strings.TrimSpace(f[0]))
		}
	}
	structs := regexp.MustCompile(`typedef struct rd_kafka_\w+ \{[^}]*\} rd_kafka_\w+;`).FindAllString(ours, -1)
	if len(structs) != 3 {
		t.Fatalf("%d structs found in rdkafka_prototypes.h, want 3", len(structs))
	}
	for _, s := range structs {
		if !strings.Contains(header, s) {
			t.Errorf("the library's header has no such struct:\n  %s", s)
		}
	}
}

// normalHeader reads a header without comments, directives and layout.
func normalHeader(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
	for _, cut := range []string{`(?s)/\*.*?\*/`, `(?m)//.*$`, `(?m)^#.*$`, `RD_EXPORT`, `RD_UNUSED`} {
		s = regexp.MustCompile(cut).ReplaceAllString(s, " ")
	}
	s = strings.ReplaceAll(s, "rk_ssize_t", "ssize_t")
	s = regexp.MustCompile(`\s+`).ReplaceAllString(s, " ")
	s = regexp.MustCompile(` ?([(),;*{}]) ?`).ReplaceAllString(s, "$1")
	return strings.ReplaceAll(strings.ReplaceAll(s, "{", " {"), "}", "} ")
}
