// Command tailframe reads the last records of a Kafka topic as typed columns
// and writes them as Arrow, CSV, JSON lines or a table. `tailframe help` tells
// more.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Without this a write to a closed pipe would kill the process, not fail.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in good order; the second one kills.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	printError(os.Stderr, err)
	os.Exit(exitStatus(err))
}
