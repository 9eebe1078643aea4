package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

// shim plays the Python package: it runs `tailframe request` with pipes.
type shim struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr *bufio.Reader
}

func startShim(t *testing.T, cmd *exec.Cmd) *shim {
	t.Helper()
	s := &shim{t: t, cmd: cmd}
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if s.stdout, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stderr = bufio.NewReader(stderr)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shim) send(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.stdin, line); err != nil {
		s.t.Fatal(err)
	}
}

// event reads the next line of stderr; nil at its end.
func (s *shim) event() map[string]any {
	s.t.Helper()
	line, err := s.stderr.ReadBytes('\n')
	if err == io.EOF && len(line) == 0 {
		return nil
	}
	var event map[string]any
	if err != nil || json.Unmarshal(line, &event) != nil {
		s.t.Fatalf("no JSON line on stderr: %q, %v", line, err)
	}
	return event
}

// last reads events up to the end of stderr and gives the last.
func (s *shim) last() map[string]any {
	s.t.Helper()
	var last map[string]any
	for e := s.event(); e != nil; e = s.event() {
		last = e
	}
	return last
}

// status waits for the process's end and gives its exit status.
func (s *shim) status() int {
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// endOfStream is what an Arrow IPC stream ends with.
var endOfStream = []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}

// bigTopic makes a topic of some MiB, more than a pipe holds.
func bigTopic(t *testing.T, broker string) string {
	t.Helper()
	topic := kafkatest.NewTopic(t, broker, 1, nil)
	records := make([]kafkatest.Record, 6000)
	for i := range records {
		records[i].Value = []byte(fmt.Sprintf("%d,%s", i, strings.Repeat("x", 1000)))
	}
	kafkatest.Produce(t, broker, topic, kafkatest.Producing{}, records)
	return topic
}

func smallTopic(t *testing.T, broker string) string {
	t.Helper()
	topic := kafkatest.NewTopic(t, broker, 2, nil)
	kafkatest.Produce(t, broker, topic, kafkatest.Producing{}, []kafkatest.Record{
		{Value: []byte("1,one"), Partition: 0}, {Value: []byte("2,two"), Partition: 1}})
	return topic
}

func TestRequestWhole(t *testing.T) {
	broker := kafkatest.Fake(t)
	s := startShim(t, program(t, "request"))
	s.send(request(smallTopic(t, broker), broker, os.Getpid(), `,"last":10,"sources":{"last":"argument"}`))
	stream := readUntil(t, s.stdout, endOfStream)
	if !bytes.Contains(stream, []byte("onetwo")) && !bytes.Contains(stream, []byte("twoone")) {
		t.Errorf("the stream does not hold the rows")
	}
	event := s.event()
	for event["event"] == "progress" {
		event = s.event()
	}
	report, ok := event["report"].(map[string]any)
	if event["event"] != "report" || !ok {
		t.Fatalf("after the stream came %v", event)
	}
	settings, _ := report["settings"].(map[string]any)
	if report["rows"] != 2.0 || report["complete"] != true || settings["last"] != "argument" {
		t.Errorf("report: %v", report)
	}
	s.send(`{"ack":true}` + "\n")
	if e := s.event(); e != nil {
		t.Errorf("after the report came %v", e)
	}
	if rest, _ := io.ReadAll(s.stdout); len(rest) > 0 {
		t.Errorf("after the end mark came %d bytes", len(rest))
	}
	if status := s.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// readUntil reads what ends with mark.
func readUntil(t *testing.T, r io.Reader, mark []byte) []byte {
	t.Helper()
	var all []byte
	buf := make([]byte, 1<<16)
	for !bytes.HasSuffix(all, mark) {
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil && !bytes.HasSuffix(all, mark) {
			t.Fatalf("%d bytes, then %v", len(all), err)
		}
	}
	return all
}

// TestRequestLeaseLost ends the lease at the stages of a run. The program must
// end at once with status 130, also where it is stuck in a write.
func TestRequestLeaseLost(t *testing.T) {
	broker := kafkatest.Fake(t)
	small, big := smallTopic(t, broker), bigTopic(t, broker)
	deaf, heard := deafServer(t)
	cases := map[string]func(s *shim){
		"while it connects": func(s *shim) {
			s.send(request(small, deaf, os.Getpid(), ""))
			<-heard
			s.stdin.Close()
		},
		"while it writes": func(s *shim) {
			s.send(request(big, broker, os.Getpid(), `,"last":6000`))
			io.ReadFull(s.stdout, make([]byte, 100))
			s.stdin.Close()
		},
		"before the acknowledgement": func(s *shim) {
			s.send(request(small, broker, os.Getpid(), ""))
			readUntil(s.t, s.stdout, endOfStream)
			for s.event()["event"] != "report" {
			}
			s.stdin.Close()
		},
		"by an acknowledgement too early": func(s *shim) {
			s.send(request(big, broker, os.Getpid(), `,"last":6000`) + `{"ack":true}` + "\n")
		},
		"by an acknowledgement that is none": func(s *shim) {
			s.send(request(small, broker, os.Getpid(), ""))
			for s.event()["event"] != "report" {
			}
			s.send(`{"ack":false}` + "\n")
		},
	}
	for name, lose := range cases {
		t.Run(name, func(t *testing.T) {
			s := startShim(t, program(t, "request"))
			lose(s)
			// Not cmd.Wait yet: nobody reads stdout, and it must end all the same.
			state, err := s.cmd.Process.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if state.ExitCode() != 130 {
				t.Errorf("exit status %d: %v", state.ExitCode(), s.last())
			}
		})
	}
}

// deafServer gives the address of a server that takes connections and never
// says a word; heard gets a value for each.
func deafServer(t *testing.T) (address string, heard <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	connected := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			connected <- struct{}{}
		}
	}()
	return l.Addr().String(), connected
}

// TestRequestErrors gives requests that cannot be served. The last line tells
// why, and shows nothing of what might be secret.
func TestRequestErrors(t *testing.T) {
	broker := kafkatest.Fake(t)
	nobody := closedPort(t)
	pid := os.Getpid()
	small := smallTopic(t, broker)
	cases := map[string]struct {
		line    string
		status  int
		code    string
		message string // its beginning
	}{
		"nothing":         {"", 2, "usage", "cannot read the request from stdin: it ended before the end of a line"},
		"half a line":     {`{"protocol":1`, 2, "usage", "cannot read the request from stdin: it ended before the end of a line"},
		"half an object":  {`{"protocol":1,"config":{"sasl.password":"hunter2"` + "\n", 2, "usage", "the request is not as it should be: no JSON object"},
		"no object":       {`"hunter2"` + "\n", 2, "usage", "the request is not as it should be: it must not be of type string"},
		"two objects":     {`{} {"hunter2":1}` + "\n", 2, "usage", "the request is not as it should be: something follows the object"},
		"unknown field":   {request(small, broker, pid, `,"lsat":5`), 2, "usage", `the request is not as it should be: unknown field "lsat"`},
		"wrong type":      {request(small, broker, pid, `,"config":{"sasl.password":54321}`), 2, "usage", "the request is not as it should be: config must not be of type number"},
		"other protocol":  {`{"protocol":2,"command":"tail"}` + "\n", 2, "usage", "the request is of protocol 2, this program speaks 1"},
		"other command":   {`{"protocol":1,"command":"head"}` + "\n", 2, "usage", `the request asks for the command "head"; there is only "tail"`},
		"servers twice":   {request(small, broker, pid, `,"config":{"bootstrap.servers":"x:1"}`), 2, "config", "config: bootstrap.servers is not set here"},
		"no servers":      {request(small, "", pid, ""), 2, "usage", "no bootstrap servers are given"},
		"bad order":       {request(small, broker, pid, `,"order":"size"`), 2, "usage", `order cannot be "size"`},
		"bad property":    {request(small, broker, pid, `,"config":{"plugin.library.paths":"evil"}`), 2, "config", ""},
		"nobody there":    {request(small, nobody, pid, `,"config":{"security.protocol":"sasl_plaintext","sasl.mechanism":"PLAIN","sasl.username":"me","sasl.password":"hunter2"}`), 3, "connect", ""},
		"no such topic":   {request("nosuchtopic", broker, pid, ""), 5, "topic", ""},
		"does not fit":    {request(small, broker, pid, `,"columns":[{"name":"n"},{"name":"m","type":"int64"}]`), 8, "decode", "topic " + small + ", partition "},
		"line far longer": {strings.Repeat("hunter2", maxRequest/7+10000) + "\n", 2, "usage", "cannot read the request from stdin: the line is longer than 16777216 bytes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := startShim(t, program(t, "request"))
			go func() {
				io.WriteString(s.stdin, c.line) // fails where the line is not read to its end
				if !strings.HasSuffix(c.line, "\n") {
					s.stdin.Close()
				}
			}()
			event := s.last()
			message, _ := event["message"].(string)
			hint, ok := event["hint"].(string)
			if event["event"] != "error" || event["code"] != c.code || !strings.HasPrefix(message, c.message) || !ok {
				t.Errorf("last line %v", event)
			}
			if said := message + hint; strings.Contains(said, "hunter2") || strings.Contains(said, "54321") {
				t.Errorf("a secret is shown: %s", said)
			}
			if status := s.status(); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
		})
	}
}

// TestRequestReread gives an inferred type that the last record does not fit:
// the first stream ends, a second one follows with all rows.
func TestRequestReread(t *testing.T) {
	broker := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, broker, 1, nil)
	records := make([]kafkatest.Record, 200_000)
	for i := range records {
		records[i].Value = fmt.Appendf(nil, "%d", i)
	}
	records[len(records)-1].Value = []byte("0.5")
	kafkatest.Produce(t, broker, topic, kafkatest.Producing{}, records)

	s := startShim(t, program(t, "request"))
	s.send(request(topic, broker, os.Getpid(), `,"last":200000,"format":"csv"`))
	streams := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(s.stdout)
		streams <- all
	}()
	var events []string
	for e := s.event(); e != nil; e = s.event() {
		if e["event"] == "progress" {
			continue
		}
		events = append(events, e["event"].(string))
		if e["event"] == "report" {
			if rows := e["report"].(map[string]any)["rows"]; rows != 200_000.0 {
				t.Errorf("the report has %v rows", rows)
			}
			s.send(`{"ack":true}` + "\n")
		}
	}
	if want := []string{"reread", "report"}; !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	all := <-streams
	// 8 bytes a value in each stream, the first cut where it did not fit.
	if n := bytes.Count(all, endOfStream); n < 2 || !bytes.HasSuffix(all, endOfStream) {
		t.Errorf("%d end marks in %d bytes", n, len(all))
	}
	if status := s.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestRequestOrphan kills the parent while the test, like a forked sibling,
// holds stdin open.
func TestRequestOrphan(t *testing.T) {
	broker := kafkatest.Fake(t)
	topic := bigTopic(t, broker)
	self, err := exec.LookPath("tailframe")
	if err != nil {
		t.Fatal(err)
	}
	// The shell prints its process id and waits for the program, its child.
	parent := exec.Command("sh", "-c", `exec 3<&0; echo $$ >&2; "$0" request <&3 & exec 3<&-; wait`, self)
	s := startShim(t, parent)
	defer s.cmd.Wait()
	line, err := s.stderr.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	fmt.Sscan(line, &pid)
	if pid != parent.Process.Pid {
		t.Fatalf("the shell says %q, it is %d", line, parent.Process.Pid)
	}
	s.send(request(topic, broker, pid, `,"last":6000`))
	io.ReadFull(s.stdout, make([]byte, 100)) // the run is under way, and stuck in a write
	parent.Process.Signal(syscall.SIGKILL)
	// stderr ends when the last process that holds it is gone.
	if last := s.last(); last["event"] == "report" || last["event"] == "error" {
		t.Errorf("it said %v", last)
	}
}
