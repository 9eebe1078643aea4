package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"time"

	"github.com/tailframe/tailframe/internal/trips"
)

// column sums one column in a way that does not depend on the order of rows:
// numbers as they are, coordinates in 1e-8 degrees, times in seconds since the
// epoch, texts as the CRC-32 of their UTF-8. All sums wrap at 64 bits.
type column struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Nulls int    `json:"nulls"`
	Sum   uint64 `json:"sum"`
}

// sums is what contenders/fingerprint.py computes from a DataFrame.
type sums struct {
	Records int      `json:"records"`
	Bytes   int      `json:"bytes"` // of the values
	Columns []column `json:"columns"`
	// Rows sums a hash over the columns of each row: equal column sums with
	// values in the wrong rows do not pass.
	Rows uint64 `json:"rows"`
}

// mixer spreads a row's hash over 64 bits (the multiplier of SplitMix64).
const mixer = 0x9e3779b97f4a7c15

func newSums() *sums {
	s := &sums{}
	for _, name := range trips.Columns {
		s.Columns = append(s.Columns, column{Name: name, Type: trips.Types[name]})
	}
	return s
}

// add adds one record.
func (s *sums) add(value []byte) error {
	fields, err := csv.NewReader(bytes.NewReader(value)).Read()
	if err != nil {
		return err
	}
	if len(fields) != len(s.Columns) {
		return fmt.Errorf("a record has %d fields: %s", len(fields), value)
	}
	s.Records++
	s.Bytes += len(value)
	var row uint64
	for i, field := range fields {
		c := &s.Columns[i]
		var v uint64
		if field == "NULL" {
			c.Nulls++
		} else if v, err = number(c.Type, field); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		c.Sum += v
		row = (row + v) * mixer
		row ^= row >> 32
	}
	s.Rows += row
	return nil
}

// number is the value of a field that sums are made of.
func number(kind, field string) (uint64, error) {
	switch kind {
	case "int64":
		n, err := strconv.ParseInt(field, 10, 64)
		return uint64(n), err
	case "float64":
		f, err := strconv.ParseFloat(field, 64)
		return uint64(int64(math.RoundToEven(f * 1e8))), err
	case "timestamp":
		t, err := time.Parse(time.DateTime, field)
		return uint64(t.Unix()), err
	case "string":
		return uint64(crc32.ChecksumIEEE([]byte(field))), nil
	}
	return 0, fmt.Errorf("no sum for the type %q", kind)
}
