//go:build !windows

package main

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// waitForExit returns when the process is gone.
func waitForExit(pid int) {
	// A child of it sees its own parent change; a number may be used again.
	child := os.Getppid() == pid
	for {
		switch {
		case child && os.Getppid() != pid:
			return
		case !child && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH):
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
}
