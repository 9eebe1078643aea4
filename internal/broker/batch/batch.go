// Package batch is the fence around librdkafka's batch read: one call into C
// waits for records, takes as many as there are from one partition's queue and
// copies them back to back into memory the caller reuses.
//
// It knows nothing of windows, errors or retries. It and nothing else in the
// project imports "C" or unsafe.
package batch

// #include "batch.h"
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// Record is one record inside a Batch. Lengths of -1 are null.
type Record struct {
	Offset     int64
	Timestamp  int64 // ms since the epoch, -1 if none
	valueAt    uint32
	valueLen   int32
	keyAt      uint32
	keyLen     int32
	headersAt  uint32
	headersLen int32
}

// Batch is memory for one read, made once and used again and again.
type Batch struct {
	Records []Record // as read; in order of offset
	Bytes   int      // of the arena in use
	store   []Record
	arena   []byte
}

// NewBatch makes room for records of bytes in all. A single larger record makes it grow.
func NewBatch(records, bytes int) *Batch {
	return &Batch{store: make([]Record, records), arena: make([]byte, bytes)}
}

// Value returns the record's value, nil if null. It is valid until the batch is read into again.
func (b *Batch) Value(r *Record) []byte { return b.slice(r.valueAt, r.valueLen) }

// Key returns the record's key, nil if null or not asked for. Valid as Value is.
func (b *Batch) Key(r *Record) []byte { return b.slice(r.keyAt, r.keyLen) }

// EachHeader calls f with every header of the record in order; value is nil if null.
func (b *Batch) EachHeader(r *Record, f func(name, value []byte)) {
	data := b.slice(r.headersAt, r.headersLen)
	for len(data) >= 8 {
		n := *(*int32)(unsafe.Pointer(&data[0]))
		name := data[4 : 4+n]
		data = data[4+n:]
		m := *(*int32)(unsafe.Pointer(&data[0]))
		data = data[4:]
		var value []byte
		if m >= 0 {
			value = data[:m:m]
			data = data[m:]
		}
		f(name, value)
	}
}

func (b *Batch) slice(at uint32, n int32) []byte {
	if n < 0 {
		return nil
	}
	return b.arena[at : at+uint32(n) : at+uint32(n)]
}

// Append adds a copied record: for readers that get records one at a time.
// Headers are given as name, value pairs.
func (b *Batch) Append(offset, timestamp int64, value, key []byte, headers [][2][]byte) {
	r := Record{Offset: offset, Timestamp: timestamp, headersLen: -1}
	r.valueAt, r.valueLen = b.put(value)
	r.keyAt, r.keyLen = b.put(key)
	if len(headers) > 0 {
		r.headersAt = uint32(b.Bytes)
		for _, h := range headers {
			b.putLen(len(h[0]))
			b.put(h[0])
			if h[1] == nil {
				b.putLen(-1)
			} else {
				b.putLen(len(h[1]))
				b.put(h[1])
			}
		}
		r.headersLen = int32(b.Bytes) - int32(r.headersAt)
	}
	b.Records = append(b.Records, r)
}

func (b *Batch) put(data []byte) (uint32, int32) {
	at := b.Bytes
	b.arena = append(b.arena[:at], data...)
	b.Bytes = len(b.arena)
	b.arena = b.arena[:cap(b.arena)]
	if data == nil {
		return uint32(at), -1
	}
	return uint32(at), int32(len(data))
}

func (b *Batch) putLen(n int) {
	v := int32(n)
	b.put(unsafe.Slice((*byte)(unsafe.Pointer(&v)), 4))
}

// Reset empties the batch for Append.
func (b *Batch) Reset() { b.Records, b.Bytes = b.store[:0], 0 }

// Reader reads partitions of one topic, each through a queue of its own.
// One goroutine at a time may call Read; Wake may be called by any.
type Reader struct {
	c         *C.tf_reader
	result    C.tf_result
	crossings int64
}

// Result tells what one Read gave.
type Result struct {
	Queue     int   // index of the partition read, -1 if none had anything in time
	Position  int64 // the consumer's next offset in it, negative if not known
	Err       int   // librdkafka's error code of the message that stood next, 0 if none
	ErrOffset int64
	ErrText   string
}

// Open prepares reading partitions of topic with the client behind handle (an
// rd_kafka_t pointer, which must outlive the reader). keys and headers are
// copied only if asked for. Close frees it.
func Open(handle uintptr, topic string, partitions []int32, keys, headers bool) (*Reader, error) {
	if handle == 0 || len(partitions) == 0 {
		return nil, errors.New("batch: no handle or no partitions")
	}
	flags := C.int(0)
	if keys {
		flags |= C.TF_KEYS
	}
	if headers {
		flags |= C.TF_HEADERS
	}
	name := append([]byte(topic), 0)
	var text [256]C.char
	c := C.tf_open(C.uintptr_t(handle), (*C.char)(unsafe.Pointer(&name[0])), C.int32_t(len(partitions)),
		(*C.int32_t)(unsafe.Pointer(&partitions[0])), flags, &text[0], C.size_t(len(text)))
	if c == nil {
		return nil, fmt.Errorf("batch: %s", C.GoString(&text[0]))
	}
	return &Reader{c: c}, nil
}

// Start begins fetching the partition with this index at offset.
func (r *Reader) Start(index int, offset int64) error {
	var text [256]C.char
	if C.tf_start(r.c, C.int32_t(index), C.int64_t(offset), &text[0], C.size_t(len(text))) != 0 {
		return fmt.Errorf("batch: %s", C.GoString(&text[0]))
	}
	return nil
}

// Read waits at most timeout for one of the wanted partitions to have
// something, and reads what it has into b: one crossing into C.
func (r *Reader) Read(want []bool, timeout time.Duration, b *Batch) Result {
	for {
		r.crossings++
		C.tf_read(r.c, (*C.uint8_t)(unsafe.Pointer(&want[0])), C.int(timeout.Milliseconds()),
			(*C.tf_record)(unsafe.Pointer(&b.store[0])), C.int32_t(len(b.store)),
			(*C.uint8_t)(unsafe.Pointer(&b.arena[0])), C.uint64_t(len(b.arena)), &r.result)
		if r.result.need == 0 {
			break
		}
		b.arena = make([]byte, int(r.result.need))
	}
	b.Records = b.store[:r.result.count]
	b.Bytes = int(r.result.used)
	res := Result{Queue: int(r.result.queue), Position: int64(r.result.position)}
	if r.result.err != 0 {
		res.Err = int(r.result.err)
		res.ErrOffset = int64(r.result.err_offset)
		res.ErrText = C.GoString(&r.result.err_text[0])
	}
	return res
}

// Wake makes a waiting Read return, or the next one if none waits.
func (r *Reader) Wake() { C.tf_wake(r.c) }

// Crossings counts the calls into C made by Read.
func (r *Reader) Crossings() int64 { return r.crossings }

// Close stops all partitions and frees the queues. It may be called once, after the last Read.
func (r *Reader) Close() {
	if r.c != nil {
		C.tf_close(r.c)
		r.c = nil
	}
}
