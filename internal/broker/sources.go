package broker

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/tailframe/tailframe/internal/broker/batch"
)

// batchSource reads through the fence.
type batchSource struct{ reader *batch.Reader }

func newBatchSource(handle uintptr, topic string, ids []int32, options ReadOptions) (source, error) {
	reader, err := batch.Open(handle, topic, ids, options.Keys, options.Headers)
	if err != nil {
		return nil, err
	}
	return batchSource{reader}, nil
}

func (s batchSource) start(index int, offset int64) error { return s.reader.Start(index, offset) }
func (s batchSource) read(want []bool, timeout time.Duration, b *batch.Batch) batch.Result {
	return s.reader.Read(want, timeout, b)
}
func (s batchSource) wake()            { s.reader.Wake() }
func (s batchSource) crossings() int64 { return s.reader.Crossings() }
func (s batchSource) close()           { s.reader.Close() }

// pollSource is the fallback: confluent-kafka-go's Poll, a record a call. It
// cannot leave a partition unread, so what is not wanted yet is kept.
type pollSource struct {
	client  *Client
	topic   string
	ids     []int32
	index   map[int32]int
	assign  []kafka.TopicPartition
	started bool
	kept    [][]*kafka.Message
	calls   atomic.Int64
	woken   chan struct{}
}

func newPollSource(client *Client, topic string, ids []int32) source {
	s := &pollSource{client: client, topic: topic, ids: ids, index: map[int32]int{},
		kept: make([][]*kafka.Message, len(ids)), woken: make(chan struct{}, 1)}
	for i, id := range ids {
		s.index[id] = i
	}
	return s
}

func (s *pollSource) start(index int, offset int64) error {
	s.assign = append(s.assign, kafka.TopicPartition{Topic: &s.topic, Partition: s.ids[index], Offset: kafka.Offset(offset)})
	return nil
}

func (s *pollSource) read(want []bool, timeout time.Duration, b *batch.Batch) batch.Result {
	b.Reset()
	if !s.started {
		s.started = true
		if err := s.client.consumer.Assign(s.assign); err != nil {
			return s.failed(err)
		}
	}
	deadline := time.Now().Add(timeout)
	for {
		for i := range want {
			if want[i] && len(s.kept[i]) > 0 {
				return s.drain(i, b)
			}
		}
		left := time.Until(deadline)
		select {
		case <-s.woken:
			return batch.Result{Queue: -1, Position: -1}
		default:
		}
		if left <= 0 {
			return batch.Result{Queue: -1, Position: -1}
		}
		s.poll(min(left, 10*time.Millisecond))
	}
}

// poll takes what librdkafka has ready, up to a batch of it.
func (s *pollSource) poll(wait time.Duration) {
	for range batchRecords {
		s.calls.Add(1)
		event := s.client.consumer.Poll(int(wait.Milliseconds()))
		wait = 0
		switch e := event.(type) {
		case nil:
			return
		case *kafka.Message:
			s.keep(e)
		case kafka.PartitionEOF:
			tp := kafka.TopicPartition(e)
			s.keep(&kafka.Message{TopicPartition: kafka.TopicPartition{Partition: tp.Partition, Offset: tp.Offset,
				Error: kafka.NewError(kafka.ErrPartitionEOF, "", false)}})
		default:
			s.client.handleEvent(event)
		}
	}
}

func (s *pollSource) keep(m *kafka.Message) {
	if i, ok := s.index[m.TopicPartition.Partition]; ok {
		s.kept[i] = append(s.kept[i], m)
	}
}

// drain moves one partition's kept messages to b, up to the first error.
func (s *pollSource) drain(i int, b *batch.Batch) batch.Result {
	result := batch.Result{Queue: i, Position: -1}
	for n, m := range s.kept[i] {
		if err := m.TopicPartition.Error; err != nil {
			var k kafka.Error
			errors.As(err, &k)
			result.Err, result.ErrOffset, result.ErrText = int(k.Code()), int64(m.TopicPartition.Offset), k.Error()
			s.kept[i] = s.kept[i][n+1:]
			return result
		}
		if n >= batchRecords || b.Bytes >= batchBytes {
			s.kept[i] = s.kept[i][n:]
			return result
		}
		headers := make([][2][]byte, len(m.Headers))
		for h, header := range m.Headers {
			headers[h] = [2][]byte{[]byte(header.Key), header.Value}
		}
		b.Append(int64(m.TopicPartition.Offset), timestampOf(m), m.Value, m.Key, headers)
	}
	s.kept[i] = nil
	return result
}

func timestampOf(m *kafka.Message) int64 {
	if m.TimestampType == kafka.TimestampNotAvailable {
		return -1
	}
	return m.Timestamp.UnixMilli()
}

func (s *pollSource) failed(err error) batch.Result {
	var k kafka.Error
	errors.As(err, &k)
	return batch.Result{Queue: 0, Position: -1, Err: int(k.Code()), ErrText: err.Error()}
}

func (s *pollSource) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}
func (s *pollSource) crossings() int64 { return s.calls.Load() }
func (s *pollSource) close()           { s.client.consumer.Unassign() }
