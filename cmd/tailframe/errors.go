package main

import (
	"context"
	"errors"
	"fmt"
)

// codedError is what the rooms below agree on for errors: a code of the table
// in exitStatus and a hint what to do ("" if there is none).
type codedError interface {
	error
	Code() string
	Hint() string
}

// problem is this room's own codedError.
type problem struct {
	code, message, hint string
	cause               error
}

func (p *problem) Error() string { return p.message }
func (p *problem) Code() string  { return p.code }
func (p *problem) Hint() string  { return p.hint }
func (p *problem) Unwrap() error { return p.cause }

// misuse is an error in how the program was called.
func misuse(hint, format string, args ...any) error {
	return &problem{code: "usage", message: fmt.Sprintf(format, args...), hint: hint}
}

// badConfig is an error in a setting of the Kafka client.
func badConfig(hint, format string, args ...any) error {
	return &problem{code: "config", message: fmt.Sprintf(format, args...), hint: hint}
}

// badOutput is a failure to write what was asked for; cause gives the reason.
func badOutput(cause error, format string, args ...any) error {
	return &problem{code: "output", message: fmt.Sprintf(format, args...) + ": " + cause.Error(), cause: cause}
}

// told marks an error that the caller has been told already.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// codeOf gives the code of the outermost coded error in err.
func codeOf(err error) string {
	var c codedError
	switch {
	case errors.As(err, &c):
		return c.Code()
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	return "internal"
}

func hintOf(err error) string {
	var c codedError
	if errors.As(err, &c) {
		return c.Hint()
	}
	return ""
}

// statuses is the table of exit statuses; 0 means whole.
var statuses = map[string]int{
	"internal":    1,
	"usage":       2,
	"config":      2,
	"connect":     3,
	"auth":        4,
	"topic":       5,
	"window":      6,
	"incomplete":  7,
	"decode":      8,
	"plugin":      9,
	"output":      10,
	"interrupted": 130,
}

// exitStatus gives the status to exit with after err.
func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	if status, ok := statuses[codeOf(err)]; ok {
		return status
	}
	return statuses["internal"]
}
