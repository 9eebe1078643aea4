package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileOutput writes to a temporary file beside path, which takes path's name
// when it is whole: under that name there is never a part of a file.
func fileOutput(f outputFormat, path string) *output {
	w := &wholeFile{path: path}
	out := &output{sink: f.sink(w, 0), open: w.open, commit: w.commit, abort: w.abort}
	out.reread = func(string) error { return w.empty() }
	if table, ok := out.sink.(*tableSink); ok {
		out.reread = table.reread
		out.commit = func() error {
			if err := table.print(); err != nil {
				return err
			}
			return w.commit()
		}
	}
	return out
}

// wholeFile is a file that appears when it is committed.
type wholeFile struct {
	path string
	temp *os.File
	over bool // committed or aborted
}

func (w *wholeFile) open() error {
	// A link is followed: it goes on pointing at the file that is replaced.
	if target, err := filepath.EvalSymlinks(w.path); err == nil {
		w.path = target
	}
	info, err := os.Stat(w.path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return misuse("-o with a format word writes to stdout", "-o %s: exists and is not a file", w.path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	replaces := err == nil
	// Not os.CreateTemp, whose files are for the owner only.
	name := filepath.Join(filepath.Dir(w.path), fmt.Sprintf(".%s.%s.tmp", filepath.Base(w.path), rand.Text()[:8]))
	w.temp, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return badOutput(reason(err), "cannot write beside %s", w.path)
	}
	if replaces { // who could read the file before can read it now, and nobody else
		if err := w.temp.Chmod(info.Mode().Perm()); err != nil {
			w.abort()
			return badOutput(reason(err), "cannot write %s", w.path)
		}
	}
	return nil
}

func (w *wholeFile) Write(p []byte) (int, error) {
	n, err := w.temp.Write(p)
	if err != nil {
		err = fmt.Errorf("%s: %w", w.path, reason(err))
	}
	return n, err
}

// empty drops what was written so far.
func (w *wholeFile) empty() error {
	if _, err := w.temp.Seek(0, io.SeekStart); err != nil {
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	if err := w.temp.Truncate(0); err != nil {
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	return nil
}

func (w *wholeFile) commit() error {
	// Some file systems tell of a full disk only now.
	if err := w.temp.Sync(); err != nil {
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	// Windows renames no open file.
	if err := w.temp.Close(); err != nil {
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	if err := os.Rename(w.temp.Name(), w.path); err != nil {
		return badOutput(reason(err), "cannot write %s", w.path)
	}
	w.over = true
	return nil
}

// abort removes the temporary file. A write may be under way, which then fails.
func (w *wholeFile) abort() {
	if w.temp == nil || w.over {
		return
	}
	w.over = true
	w.temp.Close()
	os.Remove(w.temp.Name())
}

// reason is err without the name of the temporary file in it.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
