package main

import (
	"bufio"
	"encoding/json"
	"sync"
	"sync/atomic"
)

// errLeaseLost says that the process we work for is gone.
var errLeaseLost error = &problem{code: "interrupted", message: "the parent process is gone"}

// maxAck bounds the acknowledgement line.
const maxAck = 4096

// lease watches the parent: by stdin, which ends with it, and by its process
// id, since a sibling that was forked may hold stdin open.
type lease struct {
	lost  chan struct{} // closed when the parent is gone, or does not keep to the protocol
	acked chan struct{} // closed when the report was acknowledged

	once    sync.Once
	allowed atomic.Bool
}

func newLease() *lease { return &lease{lost: make(chan struct{}), acked: make(chan struct{})} }

// watch begins to watch stdin and the process parent, 0 for none.
func (l *lease) watch(stdin *bufio.Reader, parent int) {
	go l.readStdin(stdin)
	if parent != 0 {
		go func() {
			waitForExit(parent)
			l.lose()
		}()
	}
}

// allowAck is called before the report is written: an acknowledgement that
// comes earlier acknowledges nothing.
func (l *lease) allowAck() { l.allowed.Store(true) }

func (l *lease) lose() { l.once.Do(func() { close(l.lost) }) }

// readStdin takes one acknowledgement. All else ends the lease.
func (l *lease) readStdin(stdin *bufio.Reader) {
	line, err := readLine(stdin, maxAck)
	var message struct {
		Ack bool `json:"ack"`
	}
	if err == nil && json.Unmarshal(line, &message) == nil && message.Ack && l.allowed.Load() {
		close(l.acked)
		return
	}
	l.lose()
}
