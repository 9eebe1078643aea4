package main

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"strings"
	"time"
)

// lingering is how long work that was told to stop may take to do so; it may
// be stuck in a write that nobody reads.
const lingering = time.Second

// abandonable runs work. When lost is closed it returns at once, when ctx ends
// it waits a little: work that still runs then ends with the process.
func abandonable(ctx context.Context, lost <-chan struct{}, work func() error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if p := recover(); p != nil {
				err = bug(p)
			}
			done <- err
		}()
		err = work()
	}()
	select {
	case err := <-done:
		return err
	case <-lost:
		return told{errLeaseLost}
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-lost:
		return told{errLeaseLost}
	case <-time.After(lingering):
		return ctx.Err()
	}
}

// bug makes an error of a panic, with the places that led to it. It is called
// by the deferred function that recovered.
func bug(p any) error {
	frames := runtime.CallersFrames(callers())
	var places []string
	for more := true; more && len(places) < 8; {
		var f runtime.Frame
		f, more = frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			places = append(places, fmt.Sprintf("%s:%d", path.Base(f.Function), f.Line))
		}
	}
	return &problem{code: "internal", message: fmt.Sprintf("this is a bug in tailframe: %v", p),
		hint: "please report it with this: " + strings.Join(places, " < ")}
}

func callers() []uintptr {
	pcs := make([]uintptr, 30)
	return pcs[:runtime.Callers(4, pcs)] // of the function that panicked, and up
}
