package main

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tailframe/tailframe/internal/kafkatest"
)

func TestProduceRefuses(t *testing.T) {
	for _, c := range []struct {
		code, message string
		args          []string
	}{
		{"usage", "takes a topic and a file, 1 given", []string{"t"}},
		{"usage", "is not a topic name", []string{"a/b", "-"}},
		{"usage", "must be csv or lines", []string{"t", "-", "--format", "json"}},
		{"usage", "--key needs CSV records", []string{"t", "-", "--key", "0"}},
		{"usage", "no names without --header", []string{"t", "-", "--format", "csv", "--key", "id"}},
		{"usage", "there is no such field", []string{"t", "-", "--format", "csv", "--header", "--key", "id"}},
		{"usage", "must be one of", []string{"t", "-", "--partitioner", "best"}},
		{"usage", "records per second", []string{"t", "-", "--rate", "0"}},
		{"config", "cannot read the records", []string{"t", filepath.Join(t.TempDir(), "none")}},
		{"config", "acks", []string{"t", "-", "--config", "acks=1"}},
		{"config", "enable.idempotence", []string{"t", "-", "--config", "enable.idempotence=false"}},
		{"config", "allow.auto.create.topics", []string{"t", "-", "--config", "allow.auto.create.topics=true"}},
	} {
		inv := &invocation{stdin: strings.NewReader("a,b\n"), stdout: io.Discard, stderr: io.Discard,
			env: []string{envServers + "=127.0.0.1:1"}}
		wantCode(t, runProduce(t.Context(), inv, c.args), c.code, c.message)
	}
}

func TestProducePartitionersAreLibrdkafkas(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 3, nil)
	for _, name := range []string{"murmur2_random", "murmur2", "consistent_random", "consistent", "fnv1a_random", "fnv1a", "random"} {
		counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader("1\n2\n"), topic, "-", "--format", "csv", "--key", "0", "--partitioner", name)
		if err != nil || counts.Delivered != 2 {
			t.Errorf("%s: %+v, %v", name, counts, err)
		}
	}
}

func TestProduceHelp(t *testing.T) {
	var out bytes.Buffer
	err := runProduce(t.Context(), &invocation{stdout: &out, stderr: io.Discard}, []string{"-h"})
	if err != nil || !strings.Contains(out.String(), "--create-partitions N") {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := runProduce(t.Context(), &invocation{stdout: brokenWriter{}}, []string{"-h"}); codeOf(err) != "output" {
		t.Errorf("help into a broken pipe: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }
