package arrowipc

import (
	"bufio"
	"errors"
	"io"
)

// bufferSize gathers the small pieces of a message (lengths, metadata, short
// columns): each write to a pipe is a system call and may wake the reader. Of a
// longer column as much as fills the buffer is copied, the rest goes to the
// writer as it is.
const bufferSize = 64 << 10

// output counts and gathers what Arrow writes, and keeps the writer's first
// error. It seeks as far as Arrow's file writer needs it, which only asks for
// its position: so a file can be written into a pipe, too.
type output struct {
	w   io.Writer
	buf *bufio.Writer
	pos int64
	err error // the first error of w
}

func newOutput(w io.Writer) *output {
	o := &output{w: w}
	o.buf = bufio.NewWriterSize(rawOutput{o}, bufferSize)
	return o
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.buf.Write(p)
	o.pos += int64(n)
	return n, err
}

func (o *output) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("the output cannot seek")
	}
	return o.pos, nil
}

func (o *output) flush() error { return o.buf.Flush() }

// rawOutput is the way past the buffer.
type rawOutput struct{ o *output }

func (r rawOutput) Write(p []byte) (int, error) {
	n, err := r.o.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if r.o.err == nil {
		r.o.err = err
	}
	return n, err
}
