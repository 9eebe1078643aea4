package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tailframe/tailframe/internal/trips"
)

func scanAll(t *testing.T, r io.Reader, isCSV bool) ([]string, error) {
	t.Helper()
	s := newRecordScanner(r, isCSV)
	var got []string
	for {
		record, err := s.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got = append(got, string(record))
	}
}

func TestRecordScanner(t *testing.T) {
	for _, c := range []struct {
		name, in string
		csv      bool
		want     []string
	}{
		{"lines", "a\nb\n", false, []string{"a", "b"}},
		{"no last line end", "a\nb", false, []string{"a", "b"}},
		{"CRLF", "a\r\nb\r\n", false, []string{"a", "b"}},
		{"empty lines are records", "a\n\nb\n", false, []string{"a", "", "b"}},
		{"quotes mean nothing in lines", "\"a\nb\"\n", false, []string{"\"a", "b\""}},
		{"nothing", "", true, nil},
		{"blank lines are no CSV records", "\na,b\n\r\n\nc\n", true, []string{"a,b", "c"}},
		{"newline in quotes", "1,\"a\nb\",2\n3\n", true, []string{"1,\"a\nb\",2", "3"}},
		{"CRLF in quotes stays", "\"a\r\nb\"\r\nc\r\n", true, []string{"\"a\r\nb\"", "c"}},
		{"doubled quotes", "\"a\"\"\n\"\"b\"\nc\n", true, []string{"\"a\"\"\n\"\"b\"", "c"}},
		{"a quote inside a field is plain", "5\" disk\nb\n", true, []string{"5\" disk", "b"}},
		{"byte order mark", "\ufeff\"a\nb\"\n\ufeffc\n", true, []string{"\"a\nb\"", "\ufeffc"}},
		{"byte order mark of lines", "\ufeffa\n", false, []string{"\ufeffa"}},
		{"nothing but a mark", "\ufeff", true, nil},
		{"quoted empty", "\"\"\n\"\",1\n", true, []string{"\"\"", "\"\",1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"at once":     strings.NewReader(c.in),
				"byte by one": iotest.OneByteReader(strings.NewReader(c.in)),
			} {
				got, err := scanAll(t, r, c.csv)
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%s: %q, %v; want %q", how, got, err, c.want)
				}
			}
		})
	}
}

func TestRecordScannerOpenQuote(t *testing.T) {
	got, err := scanAll(t, strings.NewReader("a\n\"b\nc\nd"), true)
	if !errors.Is(err, errOpenQuote) || !strings.Contains(err.Error(), "line 2") || !slices.Equal(got, []string{"a"}) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestRecordScannerReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	got, err := scanAll(t, io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)), true)
	if !errors.Is(err, broken) || !slices.Equal(got, []string{"a"}) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestRecordScannerLongRecord(t *testing.T) {
	long := `"` + strings.Repeat("x\n", 1<<18) + `"`
	got, err := scanAll(t, strings.NewReader("a\n"+long+"\nb\n"), true)
	if err != nil || len(got) != 3 || got[1] != long {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

// The fields and records are what encoding/csv reads from the same bytes.
func TestRecordsAgreeWithEncodingCSV(t *testing.T) {
	var file bytes.Buffer
	g := trips.Generator{Seed: 5}
	for i := range 500 {
		file.Write(g.Append(nil, i))
		file.WriteString("\n")
	}
	file.WriteString("\"two\nlines\",\"\"\"said\"\"\",,\"\",last\n")
	r := csv.NewReader(bytes.NewReader(file.Bytes()))
	r.FieldsPerRecord = -1
	want, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := newRecordScanner(&file, true)
	for i, fields := range want {
		record, err := s.Next()
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		for n, text := range fields {
			if got, _, ok := csvField(nil, record, n); !ok || string(got) != text {
				t.Fatalf("record %d, field %d: %q, %v; want %q", i, n, got, ok, text)
			}
		}
		if got, _, ok := csvField(nil, record, len(fields)); ok {
			t.Fatalf("record %d has a field more: %q", i, got)
		}
	}
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the last record: %v", err)
	}
}

func TestCSVFieldTellsEmptyFromQuoted(t *testing.T) {
	for n, want := range []bool{false, true, false} {
		field, quoted, ok := csvField(nil, []byte(`,"",`), n)
		if !ok || quoted != want || len(field) != 0 {
			t.Errorf("field %d: %q, quoted %v, ok %v", n, field, quoted, ok)
		}
	}
}

func FuzzRecordScanner(f *testing.F) {
	for _, s := range []string{"a,b\nc", "\"a\n\"\"\",b\r\n\n", "a\"b\nc", "\"\"\"\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := csv.NewReader(bytes.NewReader(in))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil || bytes.ContainsRune(in, '\r') || bytes.HasPrefix(in, []byte(byteOrderMark)) {
			return // not CSV, or what encoding/csv takes otherwise
		}
		s := newRecordScanner(nil, true)
		s.in = bufio.NewReaderSize(bytes.NewReader(in), 16) // records in pieces
		for i, fields := range want {
			record, err := s.Next()
			if err != nil {
				t.Fatalf("record %d of %q: %v", i, in, err)
			}
			for n, text := range fields {
				if got, _, _ := csvField(nil, record, n); string(got) != text {
					t.Fatalf("record %d, field %d of %q: %q, want %q", i, n, in, got, text)
				}
			}
		}
		if record, err := s.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q has a record more: %q, %v", in, record, err)
		}
	})
}
