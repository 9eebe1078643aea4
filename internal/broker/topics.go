package broker

import (
	"cmp"
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TopicInfo is what a cluster tells of a topic.
type TopicInfo struct {
	Name       string
	Internal   bool // Kafka keeps its own state in it
	Partitions []PartitionInfo
	Err        error // why the partitions are not, or not all, known; nil if they are
}

// PartitionInfo is a partition with the offsets it holds, [Low, High). Some of
// them may have no record: compacted ones, aborted ones, transaction markers.
type PartitionInfo struct {
	Partition int32
	Leader    int32 // a broker's id, -1 for none
	Low, High int64 // -1: not known, see TopicInfo.Err
}

// Topics tells of all topics of the cluster by name, without internal ones
// unless asked for. It creates none.
func (c *Client) Topics(ctx context.Context, internal bool) ([]TopicInfo, error) {
	metadata, err := await(ctx, c, "the list of topics", func(context.Context) (*kafka.Metadata, error) {
		return c.admin.GetMetadata(nil, true, int(connectTimeout.Milliseconds()))
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range metadata.Topics {
		names = append(names, name)
	}
	topics, err := c.describe(ctx, names)
	if err != nil {
		return nil, err
	}
	if !internal {
		topics = slices.DeleteFunc(topics, func(t TopicInfo) bool { return t.Internal })
	}
	return topics, c.addOffsets(ctx, topics)
}

// TopicInfo tells of one topic, internal or not. It never creates one; a topic
// that is not there is an error.
func (c *Client) TopicInfo(ctx context.Context, name string) (TopicInfo, error) {
	topics, err := c.describe(ctx, []string{name})
	if err != nil {
		return TopicInfo{}, err
	}
	if err := topics[0].Err; err != nil {
		return TopicInfo{}, err
	}
	err = c.addOffsets(ctx, topics)
	return topics[0], err
}

// internalTopics are the topics that brokers tell to be internal. The client
// library does not pass on what they tell.
var internalTopics = []string{"__consumer_offsets", "__transaction_state", "__share_group_state"}

// describe asks for topics by name, by a request that never lets a broker
// create one. A topic that is not there comes back with an Err.
func (c *Client) describe(ctx context.Context, names []string) ([]TopicInfo, error) {
	if len(names) == 0 {
		return nil, nil
	}
	answer, err := await(ctx, c, "the topics' partitions", func(ctx context.Context) (kafka.DescribeTopicsResult, error) {
		return c.admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(names),
			kafka.SetAdminRequestTimeout(connectTimeout))
	})
	if err != nil {
		return nil, err
	}
	topics := make([]TopicInfo, 0, len(names))
	for _, d := range answer.TopicDescriptions {
		t := TopicInfo{Name: d.Name, Internal: d.IsInternal || slices.Contains(internalTopics, d.Name)}
		if d.Error.Code() != kafka.ErrNoError {
			t.Err = topicError(d.Name, d.Error)
		}
		for _, p := range d.Partitions {
			leader := int32(-1)
			if p.Leader != nil {
				leader = int32(p.Leader.ID)
			}
			t.Partitions = append(t.Partitions, PartitionInfo{Partition: int32(p.Partition), Leader: leader, Low: -1, High: -1})
		}
		slices.SortFunc(t.Partitions, func(a, b PartitionInfo) int { return cmp.Compare(a.Partition, b.Partition) })
		topics = append(topics, t)
	}
	slices.SortFunc(topics, func(a, b TopicInfo) int { return cmp.Compare(a.Name, b.Name) })
	return topics, nil
}

// addOffsets asks for the ends of all partitions of all topics in two requests
// to each leader. A partition that has no answer leaves its topic with an Err.
func (c *Client) addOffsets(ctx context.Context, topics []TopicInfo) error {
	asked := map[kafka.TopicPartition]kafka.OffsetSpec{}
	partitions := map[string]map[int32]*PartitionInfo{}
	for i := range topics {
		t := &topics[i]
		partitions[t.Name] = map[int32]*PartitionInfo{}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			partitions[t.Name][p.Partition] = p
			if p.Leader >= 0 {
				asked[kafka.TopicPartition{Topic: &t.Name, Partition: p.Partition}] = kafka.EarliestOffsetSpec
			} else if t.Err == nil {
				t.Err = topicError(t.Name, kafka.NewError(kafka.ErrLeaderNotAvailable, "a partition has no leader", false))
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	failures := map[string]kafka.Error{}
	ask := func(spec kafka.OffsetSpec, set func(*PartitionInfo, int64)) error {
		for tp := range asked {
			asked[tp] = spec
		}
		answer, err := await(ctx, c, "the topics' offsets", func(ctx context.Context) (kafka.ListOffsetsResult, error) {
			return c.admin.ListOffsets(ctx, asked, kafka.SetAdminRequestTimeout(connectTimeout))
		})
		for tp, info := range answer.ResultInfos {
			if info.Error.Code() != kafka.ErrNoError {
				failures[*tp.Topic] = info.Error
			} else if p := partitions[*tp.Topic][tp.Partition]; p != nil {
				set(p, int64(info.Offset))
			}
		}
		return err
	}
	// The high ends come last, so none can lie under its low one.
	if err := ask(kafka.EarliestOffsetSpec, func(p *PartitionInfo, offset int64) { p.Low = offset }); err != nil {
		return err
	}
	if err := ask(kafka.LatestOffsetSpec, func(p *PartitionInfo, offset int64) { p.High = offset }); err != nil {
		return err
	}
	for i := range topics {
		if failure, failed := failures[topics[i].Name]; failed && topics[i].Err == nil {
			topics[i].Err = topicError(topics[i].Name, failure)
		}
	}
	return nil
}
