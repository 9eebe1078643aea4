package main

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// tableColumn is a column of a table as text.
type tableColumn struct {
	cells []string // the same number in all columns
	width int      // of the widest cell, or what cells are cut to
	right bool     // aligned to the right
	text  bool     // may be cut; half a number would be a lie
	left  bool     // stands for columns left out
}

// cell gives cell y, as wide as its column.
func (c *tableColumn) cell(y int) string {
	text := cutText(c.cells[y], c.width)
	pad := strings.Repeat(" ", c.width-textWidth(text))
	if c.right {
		return pad + text
	}
	return text + pad
}

// fitColumns makes a table fit the terminal: first the widest texts are cut,
// then columns in the middle are left out.
func fitColumns(grid []tableColumn, terminal int) []tableColumn {
	if gridWidth(grid) <= terminal {
		return grid
	}
	grid = slices.Clone(grid)
	for limit := tableCell; limit >= narrowest && gridWidth(grid) > terminal; limit-- {
		for i := range grid {
			if grid[i].text {
				grid[i].width = min(grid[i].width, limit)
			}
		}
	}
	if gridWidth(grid) <= terminal || len(grid) < 3 {
		return grid
	}
	gap := tableColumn{width: 3, left: true, cells: slices.Repeat([]string{"..."}, len(grid[0].cells))}
	middle := len(grid) / 2
	grid[middle] = gap
	for len(grid) > 3 && gridWidth(grid) > terminal {
		// The longer side loses the column beside the gap.
		if middle > len(grid)-1-middle {
			middle--
			grid = slices.Delete(grid, middle, middle+1)
		} else {
			grid = slices.Delete(grid, middle+1, middle+2)
		}
	}
	return grid
}

func gridWidth(grid []tableColumn) int {
	total := len(tableGap) * (len(grid) - 1)
	for _, c := range grid {
		total += c.width
	}
	return total
}

// textWidth gives the columns a terminal uses for s.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < 0x7f:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cutText shortens s to at most limit columns, limit >= 3; the end of what was
// cut is "...".
func cutText(s string, limit int) string {
	if len(s) <= limit || textWidth(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		w := runeWidth(r)
		if n+w > limit-3 {
			return s[:i] + "..."
		}
		n += w
	}
	return s
}
