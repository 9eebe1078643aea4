package broker

import (
	"fmt"
	"regexp"
	"sort"
	"sync"
)

// logKinds bounds how many kinds of lines a LogSummary keeps apart.
const logKinds = 256

// LogSummary passes log lines on, but each kind only once: lines that differ in
// numbers only, such as a broker's id, a port or a duration, are of one kind. A
// broker that is down makes librdkafka write a line every 50 ms. Lines at level
// debug were asked for and all pass. Safe for concurrent use.
type LogSummary struct {
	mu   sync.Mutex
	emit func(level, text string)
	seen map[string]*repeat
}

type repeat struct {
	level, text  string
	order, count int
}

// NewLogSummary makes a summary that gives lines to emit.
func NewLogSummary(emit func(level, text string)) *LogSummary {
	return &LogSummary{emit: emit, seen: map[string]*repeat{}}
}

var (
	suppressed = regexp.MustCompile(`, \d+ identical error\(s\) suppressed`)
	numbers    = regexp.MustCompile(`\d+`)
)

// Add takes one line.
func (s *LogSummary) Add(level, text string) {
	text = threadPrefix.ReplaceAllString(text, "")
	if level == "debug" {
		s.emit(level, text)
		return
	}
	key := level + " " + numbers.ReplaceAllString(suppressed.ReplaceAllString(text, ""), "#")
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.seen[key]; r != nil {
		r.count++
		return
	}
	if len(s.seen) < logKinds {
		s.seen[key] = &repeat{level: level, text: text, order: len(s.seen)}
	}
	s.emit(level, text)
}

// Close passes on how many lines were held back, one line for each kind. The
// summary can be used again afterwards.
func (s *LogSummary) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var held []*repeat
	for _, r := range s.seen {
		if r.count > 0 {
			held = append(held, r)
		}
	}
	sort.Slice(held, func(i, j int) bool { return held[i].order < held[j].order })
	for _, r := range held {
		s.emit(r.level, fmt.Sprintf("%d more like it: %s", r.count, r.text))
	}
	s.seen = map[string]*repeat{}
}
