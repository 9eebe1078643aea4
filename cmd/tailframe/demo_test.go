package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/internal/tail"
	"github.com/tailframe/tailframe/internal/trips"
)

func TestDemo(t *testing.T) {
	var stdout, stderr bytes.Buffer
	inv := &invocation{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	if err := runDemo(t.Context(), inv, nil); err != nil {
		t.Fatal(err)
	}
	table, text, found := strings.Cut(stdout.String(), "\nThe report of the run:\n")
	if !found {
		t.Fatalf("no report in %q", stdout.String())
	}
	var report tail.Report
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	if report.Rows != 1000 || report.Records != 1000 || len(report.Partitions) != 6 || !report.Complete {
		t.Errorf("report %s", text)
	}
	for i, column := range report.Schema {
		if column.Name != trips.Columns[i] || column.Type != trips.Types[column.Name] {
			t.Errorf("column %d is %+v, want %s %s", i, column, trips.Columns[i], trips.Types[trips.Columns[i]])
		}
	}
	// The generator's trips are in the order of time: the last one stands last.
	lines := strings.Split(strings.TrimSpace(table), "\n")
	shown := strings.Join(lines, "\n")
	for _, i := range []int{9000, 9999} {
		bike := string(trips.Generator{Seed: 1}.AppendKey(nil, i))
		if !strings.Contains(shown, bike) {
			t.Errorf("the table lacks the bike %s of trip %d:\n%s", bike, i, shown)
		}
	}
	if !strings.Contains(stderr.String(), "tailframe sandbox --trips 10000") {
		t.Errorf("words: %q", stderr.String())
	}
}

func TestDemoTakesNoTopic(t *testing.T) {
	wantCode(t, runDemo(t.Context(), &invocation{}, []string{"citibike"}), "usage", "takes no")
}
