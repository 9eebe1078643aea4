package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

// TestRequestInterrupted sends the signal of Ctrl-C while the program works,
// while it is stuck, and while it waits for the acknowledgement.
func TestRequestInterrupted(t *testing.T) {
	broker := kafkatest.Fake(t)
	small, big := smallTopic(t, broker), bigTopic(t, broker)
	deaf, heard := deafServer(t)
	cases := map[string]struct {
		request string
		ready   func(s *shim)
	}{
		"connecting": {request(small, deaf, 0, ""), func(*shim) { <-heard }},
		"stuck":      {request(big, broker, 0, `,"last":6000`), func(s *shim) { io.ReadFull(s.stdout, make([]byte, 100)) }},
		"reported": {request(small, broker, 0, ""), func(s *shim) {
			for s.event()["event"] != "report" {
			}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := startShim(t, program(t, "request"))
			s.send(c.request)
			c.ready(s)
			s.cmd.Process.Signal(os.Interrupt)
			if last := s.last(); last["event"] != "error" || last["code"] != "interrupted" || last["message"] != "interrupted" {
				t.Errorf("last line %v", last)
			}
			if status := s.status(); status != 130 {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

// TestTailInterrupted sends the signal of Ctrl-C to `tailframe tail`: it ends
// with a word, also where nobody takes its output, and leaves no file behind.
func TestTailInterrupted(t *testing.T) {
	broker := kafkatest.Fake(t)
	big := bigTopic(t, broker)
	deaf, heard := deafServer(t)
	folder := t.TempDir()
	cases := map[string]struct {
		args  []string
		ready func(s *shim)
	}{
		"connecting": {[]string{"-o", filepath.Join(folder, "out.csv"), "--bootstrap-servers", deaf}, func(*shim) { <-heard }},
		"stuck": {[]string{"-o", "csv", "--last", "6000", "--bootstrap-servers", broker},
			func(s *shim) { io.ReadFull(s.stdout, make([]byte, 100)) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := startShim(t, program(t, append([]string{"tail", big}, c.args...)...))
			c.ready(s)
			s.cmd.Process.Signal(os.Interrupt)
			said, err := io.ReadAll(s.stderr)
			if err != nil || string(said) != "tailframe: interrupted\n" {
				t.Errorf("it said %q, %v", said, err)
			}
			if status := s.status(); status != 130 {
				t.Errorf("exit status %d", status)
			}
		})
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
