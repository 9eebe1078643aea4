package broker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/tailframe/tailframe/internal/window"
)

// Topic is what a read has to know of a topic.
type Topic struct {
	Name       string
	ClusterID  string
	Partitions []int32 // ascending
}

// Topic asks the cluster for a topic; it never creates one.
func (c *Client) Topic(ctx context.Context, name string) (Topic, error) {
	metadata, err := await(ctx, c, "the topic's partitions", func(context.Context) (*kafka.Metadata, error) {
		return c.consumer.GetMetadata(&name, false, int(connectTimeout.Milliseconds()))
	})
	if err != nil {
		return Topic{}, err
	}
	found := metadata.Topics[name]
	if code := found.Error.Code(); code != kafka.ErrNoError {
		return Topic{}, topicError(name, found.Error)
	}
	if len(found.Partitions) == 0 {
		return Topic{}, topicError(name, kafka.NewError(kafka.ErrUnknownTopicOrPart, "", false))
	}
	topic := Topic{Name: name}
	for _, p := range found.Partitions {
		topic.Partitions = append(topic.Partitions, p.ID)
	}
	slices.Sort(topic.Partitions)
	topic.ClusterID, err = await(ctx, c, "the cluster's id", c.admin.ClusterID)
	return topic, err
}

// Bounds asks for the first offset and the end of every partition: the last
// stable offset for read_committed, else the high watermark.
func (c *Client) Bounds(ctx context.Context, topic Topic) ([]window.Bound, error) {
	isolation := c.isolation()
	answers, err := c.listOffsets(ctx, topic, topic.Partitions, []query{
		{kafka.EarliestOffsetSpec, isolation},
		{kafka.LatestOffsetSpec, isolation},
		{kafka.LatestOffsetSpec, kafka.IsolationLevelReadUncommitted},
		{kafka.MaxTimestampOffsetSpec, kafka.IsolationLevelReadUncommitted},
	})
	if err != nil {
		return nil, err
	}
	bounds := make([]window.Bound, len(topic.Partitions))
	for i, id := range topic.Partitions {
		low, end, high := answers[0][i].Offset, answers[1][i].Offset, answers[2][i].Offset
		bounds[i] = window.Bound{Partition: id, Low: low, End: max(low, end), High: max(low, end, high)}
		if answers[3] != nil {
			bounds[i].Latest = answers[3][i].Timestamp
		}
	}
	return bounds, nil
}

// Lookup asks for the first offset with a timestamp at or after each of times
// (ms since the epoch, not negative) in the given partitions: answer[time][partition].
func (c *Client) Lookup(ctx context.Context, topic Topic, partitions []int32, times []int64) ([][]window.Found, error) {
	isolation := c.isolation()
	queries := make([]query, len(times))
	for i, t := range times {
		queries[i] = query{kafka.NewOffsetSpecForTimestamp(t), isolation}
	}
	return c.listOffsets(ctx, topic, partitions, queries)
}

func (c *Client) isolation() kafka.IsolationLevel {
	if c.config.Isolation == "read_uncommitted" {
		return kafka.IsolationLevelReadUncommitted
	}
	return kafka.IsolationLevelReadCommitted
}

type query struct {
	spec      kafka.OffsetSpec
	isolation kafka.IsolationLevel
}

// listOffsets asks all queries at once, so that they share the round trip.
func (c *Client) listOffsets(ctx context.Context, topic Topic, partitions []int32, queries []query) ([][]window.Found, error) {
	type answer struct {
		query int
		found []window.Found
		err   error
	}
	answers := make(chan answer, len(queries))
	for i, q := range queries {
		go func() {
			found, err := await(ctx, c, "the topic's offsets", func(ctx context.Context) ([]window.Found, error) {
				asked := make(map[kafka.TopicPartition]kafka.OffsetSpec, len(partitions))
				for _, id := range partitions {
					asked[kafka.TopicPartition{Topic: &topic.Name, Partition: id}] = q.spec
				}
				return c.askOffsets(ctx, partitions, asked, q.isolation)
			})
			answers <- answer{i, found, err}
		}()
	}
	found := make([][]window.Found, len(queries))
	var failure error
	for range queries {
		a := <-answers
		found[a.query] = a.found
		// Brokers before 3.0 do not know this one, and the planner can do without.
		if a.err != nil && failure == nil && queries[a.query].spec != kafka.MaxTimestampOffsetSpec {
			failure = a.err
		}
	}
	return found, failure
}

// askOffsets asks until every partition answers: one that is new or moves has
// no leader for a moment. ctx bounds it.
func (c *Client) askOffsets(ctx context.Context, partitions []int32, asked map[kafka.TopicPartition]kafka.OffsetSpec,
	isolation kafka.IsolationLevel,
) ([]window.Found, error) {
	for {
		result, err := c.admin.ListOffsets(ctx, asked, kafka.SetAdminIsolationLevel(isolation),
			kafka.SetAdminRequestTimeout(connectTimeout))
		var found []window.Found
		if err == nil {
			found, err = offsetsOf(partitions, result)
		}
		var failure kafka.Error
		if err == nil || !errors.As(err, &failure) || !passing(failure.Code()) {
			return found, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// passing tells of errors that end by themselves when a leader is known again.
func passing(code kafka.ErrorCode) bool {
	switch code {
	case kafka.ErrNotLeaderForPartition, kafka.ErrLeaderNotAvailable, kafka.ErrOffsetNotAvailable,
		kafka.ErrReplicaNotAvailable, kafka.ErrKafkaStorageError, kafka.ErrFencedLeaderEpoch, kafka.ErrUnknownLeaderEpoch:
		return true
	}
	return false
}

// offsetsOf puts an answer in the order of partitions, which is ascending.
func offsetsOf(partitions []int32, result kafka.ListOffsetsResult) ([]window.Found, error) {
	found := make([]window.Found, len(partitions))
	seen := 0
	for tp, info := range result.ResultInfos {
		i, ok := slices.BinarySearch(partitions, tp.Partition)
		if !ok {
			continue
		}
		if info.Error.Code() != kafka.ErrNoError {
			return nil, info.Error
		}
		found[i] = window.Found{Partition: tp.Partition, Offset: int64(info.Offset), Timestamp: info.Timestamp}
		seen++
	}
	if seen != len(partitions) {
		return nil, kafka.NewError(kafka.ErrUnknownPartition, "the broker did not answer for every partition", false)
	}
	return found, nil
}
