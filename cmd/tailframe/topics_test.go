package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

func listTopics(t *testing.T, bootstrap string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	inv := &invocation{stdout: &out, stderr: io.Discard, env: []string{envServers + "=" + bootstrap}}
	err := runTopics(t.Context(), inv, args)
	return out.String(), err
}

func TestTopics(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		full := kafkatest.NewTopic(t, bootstrap, 3, nil)
		empty := kafkatest.NewTopic(t, bootstrap, 2, nil)
		kafkatest.Produce(t, bootstrap, full, kafkatest.Producing{}, []kafkatest.Record{
			{Partition: 0, Timestamp: 1, Value: []byte("a")},
			{Partition: 2, Timestamp: 2, Value: []byte("b")},
			{Partition: 2, Timestamp: 3, Value: []byte("c")},
		})
		text, err := listTopics(t, bootstrap, "--json")
		if err != nil {
			t.Fatal(err)
		}
		var all []topicEntry
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		seen := map[string]topicEntry{}
		for _, e := range all {
			seen[e.Topic] = e
		}
		if e := seen[full]; len(e.Partitions) != 3 || e.Records == nil || *e.Records != 3 || *e.Partitions[2].High != 2 || *e.Partitions[1].High != 0 {
			t.Errorf("topic %s: %+v", full, e)
		}
		if e := seen[empty]; len(e.Partitions) != 2 || e.Records == nil || *e.Records != 0 {
			t.Errorf("topic %s: %+v", empty, e)
		}
		csv, err := listTopics(t, bootstrap, "-o", "csv")
		if err != nil || !strings.HasPrefix(csv, "topic,partitions,records,low,high\n") || !strings.Contains(csv, "\n"+full+",3,3,0,2\n") {
			t.Errorf("%q, %v", csv, err)
		}
		one, err := listTopics(t, bootstrap, full)
		if err != nil {
			t.Fatal(err)
		}
		var rows [][]string
		for line := range strings.Lines(one) {
			rows = append(rows, strings.Fields(line)[:4])
		}
		for i, want := range []string{"partition records low high", "0 1 0 1", "1 0 0 0", "2 2 0 2"} {
			if i >= len(rows) || strings.Join(rows[i], " ") != want {
				t.Fatalf("table %q: line %d is not %q", one, i, want)
			}
		}
	})
}

func TestTopicsLowMoves(t *testing.T) {
	cluster := kafkatest.FakeCluster(t)
	bootstrap := cluster.ListenAddrs()[0]
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	kafkatest.Produce(t, bootstrap, topic, kafkatest.Producing{}, []kafkatest.Record{{Value: []byte("a")}, {Value: []byte("b")}, {Value: []byte("c")}})
	if err := cluster.DeleteRecords(topic, 0, 2); err != nil {
		t.Fatal(err)
	}
	if csv, err := listTopics(t, bootstrap, "-o", "csv"); err != nil || !strings.Contains(csv, topic+",1,1,2,3\n") {
		t.Errorf("%q, %v", csv, err)
	}
}

func TestTopicsHidesInternalOnes(t *testing.T) {
	bootstrap := kafkatest.Real(t).Plaintext
	// A group's first offset makes Kafka create the topic that holds offsets.
	group := kafkatest.NewTopic(t, bootstrap, 1, nil)
	commitOffset(t, bootstrap, group)
	with, err := listTopics(t, bootstrap, "--internal")
	if err != nil || !strings.Contains(with, "__consumer_offsets") {
		t.Errorf("%q, %v", with, err)
	}
	if without, err := listTopics(t, bootstrap); err != nil || strings.Contains(without, "__consumer_offsets") || !strings.Contains(without, group) {
		t.Errorf("%q, %v", without, err)
	}
}

func commitOffset(t *testing.T, bootstrap, topic string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, 0, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), topic, offsets); err != nil {
		t.Fatal(err)
	}
}

func TestTopicsUnknownOne(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		name := kafkatest.UnusedName(t)
		_, err := listTopics(t, bootstrap, name)
		wantCode(t, err, "topic", name)
		for _, topic := range kafkatest.Topics(t, bootstrap) {
			if topic == name {
				t.Error("the topic was created")
			}
		}
	})
}

func TestTopicsNone(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	if text, err := listTopics(t, bootstrap, "--json"); err != nil || text != "[]\n" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := listTopics(t, bootstrap); err != nil || strings.Count(text, "\n") != 1 {
		t.Errorf("%q, %v", text, err)
	}
}
