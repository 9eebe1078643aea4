package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// sandboxProcess starts `tailframe sandbox` as a process of its own, with a
// pipe for its stdin, and gives its address.
func sandboxProcess(t *testing.T, args ...string) (cmd *exec.Cmd, stdin io.Closer, address string) {
	t.Helper()
	cmd = program(t, append([]string{"sandbox", "--port", "0"}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "bootstrap_servers=")
	if err != nil || !found {
		t.Fatalf("the first line is %q, %v", line, err)
	}
	return cmd, stdin, address
}

func TestSandboxEndsWithItsLease(t *testing.T) {
	cmd, stdin, address := sandboxProcess(t, "--lease", "--trips", "20")
	var out bytes.Buffer
	tail := program(t, "tail", tripsTopic, "--bootstrap-servers", address, "-o", "csv", "-q")
	tail.Stdout = &out
	if err := tail.Run(); err != nil || strings.Count(out.String(), "\n") != 21 {
		t.Errorf("tail: %v, %q", err, out.String())
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("after its lease: %v", err)
	}
}

// Without a lease the end of stdin means nothing; Ctrl-C ends it well.
func TestSandboxEndsByInterrupt(t *testing.T) {
	cmd, stdin, address := sandboxProcess(t)
	stdin.Close()
	if err := program(t, "topics", "--bootstrap-servers", address).Run(); err != nil {
		t.Errorf("topics: %v", err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}
