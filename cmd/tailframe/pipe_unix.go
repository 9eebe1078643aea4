//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// isClosedPipe tells that err comes from writing to a pipe nobody reads.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
