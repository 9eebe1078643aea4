package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLogSummary(t *testing.T) {
	var lines []string
	s := NewLogSummary(func(level, text string) { lines = append(lines, level+" "+text) })
	line := func(port, count int) string {
		more := ""
		if count > 0 {
			more = fmt.Sprintf(", %d identical error(s) suppressed", count)
		}
		return fmt.Sprintf("FAIL: [thrd:127.0.0.1:%d/bootstrap]: 127.0.0.1:%d/bootstrap: Connect to ipv4#127.0.0.1:%d failed: Connection refused (after %dms in state CONNECT%s)", port, port, port, count, more)
	}
	for i := range 60 {
		s.Add("info", line(9092+i%3, i))
	}
	s.Add("info", "FAIL: something else")
	s.Add("error", "FAIL: something else")
	s.Add("debug", "one")
	s.Add("debug", "one")
	s.Close()
	s.Close() // says nothing twice
	want := []string{
		"info FAIL: 127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)",
		"info FAIL: something else",
		"error FAIL: something else",
		"debug one",
		"debug one",
		"info 59 more like it: FAIL: 127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestLogSummaryIsBounded(t *testing.T) {
	n := 0
	s := NewLogSummary(func(string, string) { n++ })
	for i := range 2 * logKinds {
		s.Add("info", strings.Repeat("x", i))
	}
	if len(s.seen) > logKinds || n != 2*logKinds {
		t.Errorf("%d kinds kept, %d lines passed", len(s.seen), n)
	}
}
