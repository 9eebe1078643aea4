package tail

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Error is a failure of a run. Code is one of the words of the exit codes.
type Error struct {
	code    string
	message string
	hint    string
	cause   error
}

func (e *Error) Error() string { return e.message }

// Code tells the kind: usage, config, incomplete, interrupted, ...
func (e *Error) Code() string { return e.code }

// Hint says what to do about it; may be empty.
func (e *Error) Hint() string { return e.hint }

func (e *Error) Unwrap() error { return e.cause }

// RecordError says which record could not be decoded. Code and hint are the decoder's.
type RecordError struct {
	Topic     string
	Partition int32
	Offset    int64
	Err       error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("topic %s, partition %d, offset %d: %v", e.Topic, e.Partition, e.Offset, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// Code is "decode".
func (e *RecordError) Code() string { return "decode" }

// Hint is the decoder's.
func (e *RecordError) Hint() string {
	var hinted interface{ Hint() string }
	if errors.As(e.Err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// endError explains an error that came of the context: the caller's end, or
// the time limit of the run.
func endError(ctx context.Context, err error, limit time.Duration) error {
	if ctx.Err() == nil { // a request's own deadline may be in err's chain
		return err
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{code: "incomplete", cause: err,
			message: fmt.Sprintf("the window was not read within the timeout of %v", limit),
			hint:    "give a longer timeout, or ask for fewer records"}
	}
	return &Error{code: "interrupted", cause: err, message: "interrupted"}
}
