package broker

import (
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// topicError explains a broker's refusal of one topic.
func topicError(topic string, cause kafka.Error) *Error {
	e := event{code: cause.Code(), text: cause.Error()}
	var mapped *Error
	switch cause.Code() {
	case kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition:
		mapped = e.fail("topic", fmt.Sprintf("the cluster has no topic %q that this user may see", topic), hintTopic)
	case kafka.ErrTopicException:
		mapped = e.topics()
		mapped.message = fmt.Sprintf("%q is not a name that Kafka allows for a topic", topic)
	case kafka.ErrTopicAuthorizationFailed:
		mapped = e.permanent("auth", fmt.Sprintf("this user has no right to the topic %q", topic), hintRights)
	case kafka.ErrLeaderNotAvailable, kafka.ErrNotLeaderForPartition, kafka.ErrReplicaNotAvailable, kafka.ErrKafkaStorageError:
		mapped = e.fail("connect", fmt.Sprintf("the topic %q has a partition without a working leader: %s", topic, cause.Code()), "see whether all brokers of the cluster run")
	default:
		mapped = e.explain()
		mapped.message = fmt.Sprintf("topic %q: %s", topic, mapped.message)
		if mapped.kind == kindOther && mapped.code == "connect" {
			mapped.code, mapped.message = "topic", fmt.Sprintf("the cluster reports for topic %q: %s", topic, e.text)
		}
	}
	mapped.cause = cause
	return mapped
}

// place names a record's position for messages.
func place(topic string, partition int32, offset int64) string {
	return fmt.Sprintf("topic %q, partition %d, offset %d", topic, partition, offset)
}

// readError explains an error that came instead of the record at offset next.
func (c *Client) readError(topic string, partition int32, next int64, code kafka.ErrorCode, text string) error {
	at := place(topic, partition, next)
	cause := kafka.NewError(code, text, false)
	fail := func(code, message, hint string) error {
		return (&Error{code: code, message: message, hint: hint, cause: cause}).redacted(c.redactor)
	}
	switch code {
	case kafka.ErrOffsetOutOfRange, kafka.ErrAutoOffsetReset, kafka.ErrNoOffset:
		return fail("incomplete", at+": the record is no longer there; retention or a deletion was faster than the read", "read again: the window is then taken from what is left")
	case kafka.ErrLogTruncation:
		return fail("incomplete", at+": the log was cut back after a change of leader, and records of the window are lost", "read again")
	case kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition:
		return fail("topic", at+": the topic was deleted during the read", hintTopic)
	case kafka.ErrTopicAuthorizationFailed, kafka.ErrClusterAuthorizationFailed:
		return fail("auth", at+": this user may not read the topic", hintRights)
	case kafka.ErrBadMsg, kafka.ErrInvalidMsg, kafka.ErrBadCompression, kafka.ErrInvalidMsgSize, kafka.ErrUnderflow:
		return fail("incomplete", fmt.Sprintf("%s: the batch of records cannot be read: %s", at, text), "it is broken on the broker or was on the way; read again, and if it stays, leave it out of the window")
	case kafka.ErrNotImplemented, kafka.ErrUnsupportedCompressionType:
		return fail("incomplete", fmt.Sprintf("%s: the batch of records is compressed in a way that is not known: %s", at, text), "")
	}
	if text == "" {
		text = code.String()
	}
	return fail("incomplete", at+": "+text, "")
}

// stalled is the error for a partition that gave nothing for too long.
func (c *Client) stalled(topic string, partition int32, next, end int64, waited time.Duration) error {
	message := fmt.Sprintf("%s: nothing came for %s, with records up to offset %d still to read", place(topic, partition, next), waited.Round(time.Second), end-1)
	hint := "the leader of the partition may be down, a batch of records unreadable, or the link slow (then lower fetch.max.bytes); log level debug shows what librdkafka tries"
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil {
		message += "; the last trouble: " + c.last.message
	}
	return (&Error{code: "incomplete", message: message, hint: hint}).redacted(c.redactor)
}

// truncated is the error for a partition whose end went back during the read.
func (c *Client) truncated(topic string, partition int32, before, now int64) error {
	return &Error{code: "incomplete",
		message: fmt.Sprintf("topic %q, partition %d: the end went back from offset %d to %d during the read, so records of the window are lost", topic, partition, before, now),
		hint:    "the topic was made anew or its log was cut back after a change of leader; read again"}
}
