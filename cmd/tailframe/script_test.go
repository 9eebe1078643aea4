package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tailframe": main})
}

// TestScripts runs the stories in testdata/script. Each finds a broker at
// $BROKER, a port where nothing listens at $NOBODY, a file long.txt, whose
// last line is a number of another type, and the command
//
//	exits STATUS PROGRAM ARGS...  runs a program that must end so
func TestScripts(t *testing.T) {
	broker := kafkatest.Fake(t)
	nobody := closedPort(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("BROKER", broker)
			env.Setenv("NOBODY", nobody)
			// Long enough that types are settled before the last record is seen.
			long := strings.Repeat("7\n", 100_000) + "0.5\n"
			return os.WriteFile(filepath.Join(env.WorkDir, "long.txt"), []byte(long), 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a program and compares its exit status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGS...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	status := 0
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d\n%s", status, want, ts.ReadFile("stderr"))
	}
}

// closedPort gives an address that was free a moment ago.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// program gives a command that runs this program in a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tailframe", args...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TAILFRAME_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	return cmd
}

// request gives a request line, with more JSON fields given as text.
func request(topic, servers string, parent int, more string) string {
	return fmt.Sprintf(`{"protocol":1,"command":"tail","parent":%d,"topic":%q,"bootstrap_servers":%q%s}`+"\n",
		parent, topic, servers, more)
}
