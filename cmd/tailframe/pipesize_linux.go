package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// enlargePipe lets a pipe hold 1 MiB, so that writer and reader take turns less
// often. Where the system refuses, the pipe works as it is.
func enlargePipe(w io.Writer) {
	f, ok := w.(*os.File)
	if !ok {
		return
	}
	if conn, err := f.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}
