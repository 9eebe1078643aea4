package broker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Deliveries counts records by what became of them.
type Deliveries struct {
	Sent      int64 // handed to Send
	Delivered int64 // acknowledged by all in-sync replicas
	Failed    int64 // surely or probably not in the topic
	Unknown   int64 // under way when the work was given up: may be in the topic
	Bytes     int64 // of the values and keys of Sent
	First     []Failure
}

// Failure is a record that was not delivered.
type Failure struct {
	Number int64 // as Send was told
	Err    error
}

// maxFailures bounds Deliveries.First.
const maxFailures = 5

// Send queues a record for delivery, and waits while the queue is full. nil
// key and value are null. number comes back in Failure. Send fails when ctx
// ends, or when nothing further can be delivered; a record that the client
// library refuses is counted, and no error.
func (s *Sender) Send(ctx context.Context, number int64, key, value []byte) error {
	message := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &s.topic, Partition: kafka.PartitionAny},
		Key:            key,
		Value:          value,
		Opaque:         number,
	}
	s.mu.Lock()
	if s.ended || s.stop != nil {
		defer s.mu.Unlock()
		return cmp.Or(s.stop, errEnded)
	}
	s.count.Sent++
	s.count.Bytes += int64(len(key) + len(value))
	s.open++
	s.mu.Unlock()
	for {
		err := s.producer.Produce(message, nil)
		var e kafka.Error
		if err == nil || !errors.As(err, &e) || e.Code() != kafka.ErrQueueFull {
			if err != nil {
				s.report(number, err)
			}
			return nil
		}
		select {
		case <-s.moved:
		case <-time.After(50 * time.Millisecond): // another waiter may have had the word
			if err := s.stopped(); err != nil {
				s.report(number, kafka.NewError(kafka.ErrPurgeQueue, "", false))
				return err
			}
		case <-ctx.Done():
			s.report(number, kafka.NewError(kafka.ErrPurgeQueue, "", false))
			return ctx.Err()
		}
	}
}

// report takes down what became of a record; err is nil if it was delivered.
func (s *Sender) report(number int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	select {
	case s.moved <- struct{}{}:
	default:
	}
	if err == nil {
		s.count.Delivered++
		return
	}
	var e kafka.Error
	errors.As(err, &e)
	switch e.Code() {
	case kafka.ErrPurgeQueue:
		s.count.Failed++
		return // given up by us; no failure of its own
	case kafka.ErrPurgeInflight:
		s.count.Unknown++
		return
	}
	s.count.Failed++
	mapped := s.recordError(e)
	if len(s.count.First) < maxFailures {
		s.count.First = append(s.count.First, Failure{number, mapped})
	}
	switch e.Code() {
	case kafka.ErrMsgSizeTooLarge, kafka.ErrInvalidMsg, kafka.ErrInvalidMsgSize, kafka.ErrInvalidRecord, kafka.ErrInvalidTimestamp:
		return // of this record only
	}
	if s.stop == nil {
		s.stop = mapped
	}
}

// giveUp makes Send and Flush end: no further record can be delivered.
func (s *Sender) giveUp(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil {
		s.stop = why
	}
}

func (s *Sender) recordError(e kafka.Error) error {
	switch e.Code() {
	case kafka.ErrTopicAuthorizationFailed, kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic:
		return topicError(s.topic, e)
	}
	return s.client.mapError(e)
}

func (s *Sender) stopped() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop
}

// Flush waits until every record sent has its report, and tells what became of
// them. Records that wait in the queue are given up when nothing further can be
// delivered, or when ctx ends; ctx's error is then returned, after those under
// way had purgeTimeout to arrive. Send takes no records any more.
func (s *Sender) Flush(ctx context.Context) (Deliveries, error) {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	purged := false
	done := ctx.Done()
	var late, lost <-chan time.Time
	for {
		s.mu.Lock()
		open, stop, count := s.open, s.stop, s.count
		s.mu.Unlock()
		if open == 0 {
			return count, ctx.Err()
		}
		if stop != nil && !purged {
			purged = true
			// They would fail in the same way, one timeout after the other.
			s.producer.Purge(kafka.PurgeQueue)
		}
		select {
		case <-s.moved:
		case <-time.After(100 * time.Millisecond):
		case <-done:
			done = nil
			s.producer.Purge(kafka.PurgeQueue)
			late = time.After(purgeTimeout)
		case <-late:
			s.producer.Purge(kafka.PurgeInFlight)
			lost = time.After(purgeTimeout)
		case <-lost: // not even the purge was reported
			count.Unknown += open
			return count, ctx.Err()
		}
	}
}

// purgeTimeout bounds the wait for records under way once ctx has ended, and
// then for the reports that they were given up.
const purgeTimeout = 2 * time.Second

// errEnded is a Send after Flush.
var errEnded = errors.New("the sender takes no more records")
