package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tailframe/tailframe/arrowipc"
)

// How much of a table is shown: all of up to tableWhole rows, else the first
// and the last tableEnds; and of a cell at most tableCell columns of text.
const (
	tableWhole = 60
	tableEnds  = 20
	tableCell  = 200
	tableGap   = "  " // between columns
	narrowest  = 12   // cells are not cut below this to fit more columns in
)

// tableSink shows rows to people: aligned columns under their names and types,
// the middle of a long table left out. It keeps the few rows it will show and
// writes nothing before print.
type tableSink struct {
	w      io.Writer
	width  int // of the terminal; 0 means any
	fields []arrowipc.Field
	first  [][]string // up to tableWhole rows
	last   [][]string // the last rows, up to tableEnds
	rows   int
}

func newTableSink(w io.Writer, width int) *tableSink { return &tableSink{w: w, width: width} }

func (t *tableSink) Begin(fields []arrowipc.Field) error {
	t.fields, t.first, t.last, t.rows = fields, nil, nil, 0
	return nil
}

func (t *tableSink) Write(cols *arrowipc.Columns) error {
	n := cols.Len()
	t.rows += n
	for i := range n {
		keep := len(t.first) < tableWhole
		if !keep && i < n-tableEnds {
			continue
		}
		row := make([]string, len(t.fields))
		for j, f := range t.fields {
			row[j] = cutText(tableText(f, cols.Col(j), i), tableCell)
		}
		if keep {
			t.first = append(t.first, row)
		}
		t.last = append(t.last, row)
	}
	if extra := len(t.last) - tableEnds; extra > 0 {
		t.last = append([][]string(nil), t.last[extra:]...)
	}
	return nil
}

func (t *tableSink) End() error { return nil }

func (t *tableSink) reread(string) error { return nil } // Begin forgets the rows

// tableText shows a value; a null is shown as null.
func tableText(f arrowipc.Field, col *arrowipc.Column, i int) string {
	if col.IsNull(i) {
		return "null"
	}
	switch f.Kind {
	case arrowipc.Int32, arrowipc.Int64:
		return strconv.FormatInt(col.Int64(i), 10)
	case arrowipc.Float64:
		return string(appendFloat(nil, col.Float64(i)))
	case arrowipc.Bool:
		return strconv.FormatBool(col.Bool(i))
	case arrowipc.Timestamp:
		return string(appendTimestamp(nil, col.Int64(i), false, ' '))
	}
	b := col.Bytes(i)
	if len(b) > 4*tableCell {
		b = b[:4*tableCell] // more cannot be shown, and a record may be huge
	}
	if f.Kind == arrowipc.Binary {
		return hex.EncodeToString(b)
	}
	return printable(string(b))
}

// print writes the table.
func (t *tableSink) print() error {
	if _, err := io.WriteString(t.w, t.text()); err != nil {
		return badOutput(err, "cannot write the table")
	}
	return nil
}

func (t *tableSink) text() string {
	rows, hidden := t.first, t.rows-len(t.first)
	if hidden > 0 {
		rows = append(append([][]string(nil), t.first[:tableEnds]...), t.last...)
		hidden = t.rows - len(rows)
	}
	grid := t.grid(rows)
	if t.width > 0 {
		grid = fitColumns(grid, t.width)
	}
	shown := 0
	for _, c := range grid {
		if !c.left {
			shown++
		}
	}

	var b strings.Builder
	height := 2 + len(rows)
	for y := range height {
		var line strings.Builder
		for x, c := range grid {
			if x > 0 {
				line.WriteString(tableGap)
			}
			line.WriteString(c.cell(y))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if hidden > 0 && y == 1+tableEnds {
			fmt.Fprintf(&b, "... %s not shown\n", plural(int64(hidden), "row"))
		}
	}
	columns := plural(int64(len(t.fields)), "column")
	if shown < len(t.fields) {
		columns += fmt.Sprintf(", %d shown", shown)
	}
	fmt.Fprintf(&b, "\n%s, %s\n", plural(int64(t.rows), "row"), columns)
	return b.String()
}

// grid turns rows into columns: name, type, cells.
func (t *tableSink) grid(rows [][]string) []tableColumn {
	grid := make([]tableColumn, len(t.fields))
	for j, f := range t.fields {
		c := &grid[j]
		switch f.Kind {
		case arrowipc.Int32, arrowipc.Int64, arrowipc.Float64:
			c.right = true
		case arrowipc.String, arrowipc.Binary:
			c.text = true
		}
		c.cells = append(c.cells, cutText(printable(f.Name), tableCell), f.TypeName())
		for _, row := range rows {
			c.cells = append(c.cells, row[j])
		}
		for _, cell := range c.cells {
			c.width = max(c.width, textWidth(cell))
		}
	}
	return grid
}
