package arrowipc

// Sink takes batches of rows. The order of calls is Begin, Write any number of
// times, End; after End another Begin may follow. A Sink that returned an
// error stays failed: all later calls return the same error.
//
// The sinks of this package return *WriteError.
type Sink interface {
	// Begin opens a run of batches that all have these fields.
	Begin(fields []Field) error
	// Write writes one batch and keeps nothing of it.
	Write(*Columns) error
	// End closes the run, everything written out.
	End() error
}

// WriteError says that the output could not be written.
type WriteError struct {
	Doing string // what was being written: "the schema", "a batch of 7 rows", ...
	Err   error  // the cause, as the writer underneath gave it
	code  string
}

func (e *WriteError) Error() string { return "cannot write " + e.Doing + ": " + e.Err.Error() }

// Code is "output", or "internal" where the batch itself was at fault.
func (e *WriteError) Code() string {
	if e.code == "" {
		return "output"
	}
	return e.code
}

// Hint is empty: the cause says it all.
func (e *WriteError) Hint() string { return "" }

func (e *WriteError) Unwrap() error { return e.Err }
