package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tailframe/tailframe/arrowipc"
	"github.com/tailframe/tailframe/internal/tail"
)

// `tailframe request` is how the Python package runs this program.
//
//	stdin   one line of JSON, the request; it then stays open as a lease: its
//	        end means the parent is gone. At the end the line {"ack":true}.
//	stdout  Arrow IPC streams; all but the last are to be dropped
//	stderr  a JSON object a line: log, progress, reread, then report or error
//
// The order at the end: end mark of the last stream, report, acknowledgement,
// exit status 0. Only then is the result whole.

// maxRequest bounds the request line.
const maxRequest = 16 << 20

// protocolVersion changes when either side would misunderstand the other.
const protocolVersion = 1

// requestLine is the request: where it comes from, and what tail.Run takes.
type requestLine struct {
	Protocol int    `json:"protocol"`
	Command  string `json:"command"`
	Parent   int    `json:"parent"` // process id; 0: not watched
	// Sources tells where settings came from; the package knows, this program
	// has only the request: its environment holds none of them.
	Sources map[string]string `json:"sources"`
	tail.Request
}

func runRequest(ctx context.Context, inv *invocation, args []string) error {
	lease := newLease()
	return abandonable(ctx, lease.lost, func() error {
		say := &events{w: inv.stderr}
		if err := serveRequest(ctx, inv, args, lease, say); err != nil {
			return say.failed(err)
		}
		return nil
	})
}

func serveRequest(ctx context.Context, inv *invocation, args []string, lease *lease, say *events) error {
	if len(args) > 0 {
		return misuse("", "tailframe request takes no arguments")
	}
	in := bufio.NewReaderSize(inv.stdin, 64<<10)
	line, err := readLine(in, maxRequest)
	if err != nil {
		return misuse("", "cannot read the request from stdin: %v", err)
	}
	req, err := parseRequest(line)
	if err != nil {
		return err
	}
	lease.watch(in, req.Parent)
	enlargePipe(inv.stdout)
	clean := newCleaner(req.Config)
	report, err := tail.Run(ctx, req.Request, arrowipc.NewStream(inv.stdout), tail.Options{
		Log:      clean.log(atLevel(req.LogLevel, say.log)),
		Progress: say.progress,
		Reread:   say.reread,
		Sources:  req.Sources,
	})
	if err != nil {
		return clean.error(err)
	}
	lease.allowAck()
	if err := say.report(report); err != nil {
		return err
	}
	select {
	case <-lease.acked:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// parseRequest reads the request line.
func parseRequest(line []byte) (*requestLine, error) {
	var req requestLine
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		return nil, misuse("", "the request is not as it should be: %v", jsonReason(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, misuse("", "the request is not as it should be: something follows the object")
	}
	const hint = "the Python package and the program it carries must be of one version; install the package anew"
	if req.Protocol != protocolVersion {
		return nil, misuse(hint, "the request is of protocol %d, this program speaks %d", req.Protocol, protocolVersion)
	}
	if req.Command != "tail" {
		return nil, misuse(hint, "the request asks for the command %q; there is only \"tail\"", req.Command)
	}

	if _, ok := req.Config[serversKey]; ok {
		return nil, badConfig("use the argument bootstrap_servers", "config: %s is not set here", serversKey)
	}
	return &req, req.Validate()
}

// jsonReason says what is wrong without quoting the request, which holds
// secrets.
func jsonReason(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		got, _, _ := strings.Cut(kind.Value, " ") // "number 17" shows the value
		return fmt.Sprintf("%s must not be of type %s", cmp.Or(strings.TrimPrefix(kind.Field, "Request."), "it"), got)
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "no JSON object"
	}
	return strings.TrimPrefix(err.Error(), "json: ") // an unknown field, by name
}

// readLine reads up to a line end and drops it.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case len(line) > limit:
			return nil, fmt.Errorf("the line is longer than %d bytes", limit)
		case err == io.EOF:
			return nil, errors.New("it ended before the end of a line")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// events writes the lines on stderr, whole lines from any goroutine.
type events struct {
	mu   sync.Mutex
	w    io.Writer
	told time.Time // when progress was told last
}

// progressEvery keeps progress from flooding.
const progressEvery = 100 * time.Millisecond

func (e *events) write(event map[string]any) error {
	line, err := json.Marshal(event)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err = e.w.Write(append(line, '\n'))
	return err
}

func (e *events) log(level, message string) {
	e.write(map[string]any{"event": "log", "level": level, "message": message})
}

func (e *events) progress(records, rows int64) {
	e.mu.Lock()
	now := time.Now()
	due := now.Sub(e.told) >= progressEvery
	if due {
		e.told = now
	}
	e.mu.Unlock()
	if due {
		e.write(map[string]any{"event": "progress", "records": records, "rows": rows})
	}
}

func (e *events) reread(why string) error {
	return e.write(map[string]any{"event": "reread", "why": why})
}

func (e *events) report(r *tail.Report) error {
	return e.write(map[string]any{"event": "report", "report": r})
}

// failed writes the error event and marks err as told.
func (e *events) failed(err error) error {
	message := err.Error()
	if codeOf(err) == "interrupted" {
		message = "interrupted"
	}
	e.write(map[string]any{"event": "error", "code": codeOf(err), "message": message, "hint": hintOf(err)})
	return told{err}
}
