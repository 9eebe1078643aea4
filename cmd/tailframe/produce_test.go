package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tailframe/tailframe/internal/kafkatest"
	"github.com/tailframe/tailframe/internal/trips"
)

// onBothBrokers runs a test on an embedded broker and on a real one. Both
// create topics for clients that ask for it.
func onBothBrokers(t *testing.T, test func(t *testing.T, bootstrap string)) {
	t.Run("fake", func(t *testing.T) { test(t, kafkatest.Fake(t)) })
	t.Run("real", func(t *testing.T) { test(t, kafkatest.Real(t).Plaintext) })
}

// producing runs the produce command with --json and gives its counts.
func producing(t *testing.T, ctx context.Context, bootstrap string, stdin io.Reader, args ...string) (produced, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	inv := &invocation{stdin: stdin, stdout: &stdout, stderr: &stderr, env: []string{envServers + "=" + bootstrap}}
	err := runProduce(ctx, inv, append([]string{"--json"}, args...))
	var counts produced
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &counts); err != nil {
			t.Fatalf("--json printed %q: %v", stdout.String(), err)
		}
	}
	return counts, stderr.String(), err
}

// wantCode fails the test if err has not this code and all of these words.
func wantCode(t *testing.T, err error, code string, words ...string) {
	t.Helper()
	if err == nil || codeOf(err) != code {
		t.Errorf("got error %v (%s), want one of code %s", err, codeOf(err), code)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// tripsFile writes a header and n trips, each tenth with a field of two lines.
func tripsFile(t *testing.T, n int) (path string, records, keys []string) {
	t.Helper()
	g := trips.Generator{Seed: 9}
	var file bytes.Buffer
	file.WriteString(`"` + strings.Join(trips.Columns, `","`) + "\"\n")
	for i := range n {
		record := string(g.Append(nil, i))
		if i%10 == 0 {
			record += ",\"two\nlines, \"\"quoted\"\"\""
		}
		records = append(records, record)
		keys = append(keys, string(g.AppendKey(nil, i)))
		file.WriteString(record + "\n")
	}
	path = filepath.Join(t.TempDir(), "trips.csv")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, records, keys
}

// Every record arrives once with its bytes, where a Java client would put its
// key, and in the file's order within a partition.
func TestProduceCSV(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		const n, partitions = 5000, 6
		topic := kafkatest.NewTopic(t, bootstrap, partitions, nil)
		path, records, keys := tripsFile(t, n)
		counts, words, err := producing(t, t.Context(), bootstrap, nil, topic, path, "--header", "--key", "bikeid")
		if err != nil || counts.Delivered != n || counts.Records != n || !counts.Complete || counts.Created {
			t.Fatalf("%+v, %v", counts, err)
		}
		if !strings.Contains(words, "delivered 5000 of 5000 records") {
			t.Errorf("words: %q", words)
		}
		// franz-go's own reckoning of the Java client's partitioner.
		place := kgo.StickyKeyPartitioner(nil).ForTopic(topic)
		want := make([][]string, partitions)
		for i, record := range records {
			p := place.Partition(&kgo.Record{Key: []byte(keys[i])}, partitions)
			want[p] = append(want[p], keys[i]+" "+record)
		}
		for p, part := range kafkatest.ReadAll(t, bootstrap, topic) {
			var got []string
			for _, r := range part {
				got = append(got, string(r.Key)+" "+string(r.Value))
			}
			if !slices.Equal(got, want[p]) {
				t.Errorf("partition %d has %d records, want %d, or others", p, len(got), len(want[p]))
			}
		}
	})
}

func TestProduceLinesFromStdin(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
		in := "first\n\n\"open quote\r\nlast, without a line end"
		counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader(in), topic, "-")
		if err != nil || counts.Delivered != 4 {
			t.Fatalf("%+v, %v", counts, err)
		}
		var got []string
		for _, r := range kafkatest.ReadAll(t, bootstrap, topic)[0] {
			if r.Key != nil {
				t.Errorf("record %q has the key %q", r.Value, r.Key)
			}
			got = append(got, string(r.Value))
		}
		if want := []string{"first", "", "\"open quote", "last, without a line end"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProduceKeys(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"by number":   {[]string{"--key", "1"}, []string{"name", "x,1", "", "<nil>"}},
		"by name":     {[]string{"--key", "name", "--header"}, []string{"x,1", "", "<nil>"}},
		"header only": {[]string{"--header"}, []string{"<nil>", "<nil>", "<nil>"}},
	} {
		t.Run(name, func(t *testing.T) {
			topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
			in := strings.NewReader("id,name\n1,\"x,1\"\n2,\"\"\n3,\n")
			if _, _, err := producing(t, t.Context(), bootstrap, in, append(c.args, topic, "-", "--format", "csv")...); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range kafkatest.ReadAll(t, bootstrap, topic)[0] {
				key := string(r.Key)
				if r.Key == nil {
					key = "<nil>"
				}
				got = append(got, key)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("keys %q, want %q", got, c.want)
			}
		})
	}
}

func TestProduceUnknownTopicCreatesNone(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		topic := kafkatest.UnusedName(t)
		counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader("a\nb\n"), topic, "-")
		wantCode(t, err, "topic", topic)
		if counts.Records != 0 {
			t.Errorf("%+v", counts)
		}
		if slices.Contains(kafkatest.Topics(t, bootstrap), topic) {
			t.Error("the topic was created")
		}
	})
}

func TestProduceCreatesWhenAsked(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		topic := kafkatest.UnusedName(t)
		for i, created := range []bool{true, false} {
			counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader("a\nb\n"), topic, "-", "--create-partitions", "3")
			if err != nil || counts.Delivered != 2 || counts.Created != created {
				t.Fatalf("run %d: %+v, %v", i, counts, err)
			}
		}
		t.Cleanup(func() { kafkatest.DeleteTopic(t, bootstrap, topic) })
		all := kafkatest.ReadAll(t, bootstrap, topic)
		if n := len(slices.Concat(all...)); len(all) != 3 || n != 4 {
			t.Errorf("%d partitions with %d records", len(all), n)
		}
	})
}

// A topic deleted before the first record is not made again by the producer.
func TestProducerAsksForNoTopic(t *testing.T) {
	cluster := kafkatest.FakeCluster(t, kfake.SeedTopics(1, "goes"))
	bootstrap := cluster.ListenAddrs()[0]
	in, feed := io.Pipe()
	defer feed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := producing(t, ctx, bootstrap, in, "goes", "-", "--config", "message.timeout.ms=2000")
		done <- err
	}()
	fmt.Fprintln(feed, "one")
	if !waitFor(func() bool { return topicEnds(t, bootstrap, "goes")[0] == 1 }) {
		t.Fatal("the first record did not arrive")
	}
	if err := cluster.DeleteTopic("goes"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(feed, "two")
	feed.Close()
	wantCode(t, <-done, "incomplete")
	if slices.Contains(kafkatest.Topics(t, bootstrap), "goes") {
		t.Error("the topic was created again")
	}
}

// waitFor asks until ok says yes, for a minute at most.
func waitFor(ok func() bool) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
}

func TestProduceCountsWhatFails(t *testing.T) {
	onBothBrokers(t, func(t *testing.T, bootstrap string) {
		topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
		in := "one\n" + strings.Repeat("x", 2<<20) + "\nthree\n"
		counts, words, err := producing(t, t.Context(), bootstrap, strings.NewReader(in), topic, "-")
		wantCode(t, err, "incomplete", "2 of 3 records", "line 2")
		if counts.Complete || counts.Delivered != 2 || counts.Failed != 1 || len(counts.Failures) != 1 || counts.Failures[0].Line != 2 {
			t.Errorf("%+v", counts)
		}
		if !strings.Contains(words, "delivered 2 of 3") || exitStatus(err) != 7 {
			t.Errorf("words %q, exit status %d", words, exitStatus(err))
		}
		if got := kafkatest.ReadAll(t, bootstrap, topic)[0]; len(got) != 2 || string(got[1].Value) != "three" {
			t.Errorf("the topic has %d records", len(got))
		}
	})
}

func TestProduceOpenQuoteTellsWhatArrived(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader("a\nb\n\"c\nd\n"), topic, "-", "--format", "csv")
	wantCode(t, err, "decode", "line 3", "2 of 2 records")
	if counts.Complete || counts.Delivered != 2 {
		t.Errorf("%+v", counts)
	}
}

func TestProduceInterrupted(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	in, feed := io.Pipe() // stays open, as a terminal does
	defer feed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		fmt.Fprint(feed, "a\nb\nc\n")
		if !waitFor(func() bool { return topicEnds(t, bootstrap, topic)[0] == 3 }) {
			t.Error("the records did not arrive")
		}
		cancel()
	}()
	counts, words, err := producing(t, ctx, bootstrap, in, topic, "-")
	wantCode(t, err, "interrupted")
	if counts.Complete || counts.Delivered != 3 || !strings.Contains(words, "delivered 3 of 3") || exitStatus(err) != 130 {
		t.Errorf("%+v, words %q, exit status %d", counts, words, exitStatus(err))
	}
}

func TestProduceNoBroker(t *testing.T) {
	cluster := kafkatest.FakeCluster(t)
	address := cluster.ListenAddrs()[0]
	cluster.Close()
	_, _, err := producing(t, t.Context(), address, strings.NewReader("a\n"), "t", "-")
	wantCode(t, err, "connect", address)
}

// A broker that goes while records are sent ends the run with their count.
func TestProduceBrokerGoes(t *testing.T) {
	cluster := kafkatest.FakeCluster(t, kfake.SeedTopics(1, "t"))
	bootstrap := cluster.ListenAddrs()[0]
	in, feed := io.Pipe()
	go func() {
		fmt.Fprintln(feed, "one")
		if !waitFor(func() bool { return topicEnds(t, bootstrap, "t")[0] == 1 }) {
			t.Error("the first record did not arrive")
		}
		cluster.Close()
		fmt.Fprintln(feed, "two")
		feed.Close()
	}()
	counts, _, err := producing(t, t.Context(), bootstrap, in, "t", "-", "--config", "message.timeout.ms=1500")
	wantCode(t, err, "incomplete", "1 of 2", "line 2")
	if counts.Delivered != 1 || counts.Failed != 1 {
		t.Errorf("%+v", counts)
	}
}

func TestProduceSecured(t *testing.T) {
	real := kafkatest.Real(t)
	topic := kafkatest.NewTopic(t, real.Plaintext, 2, nil)
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256"} {
		for _, password := range []string{real.Password, "not-the-password"} {
			var stdout, stderr bytes.Buffer
			inv := &invocation{stdin: strings.NewReader("a\n"), stdout: &stdout, stderr: &stderr, env: []string{
				envServers + "=" + real.SASLSSL, envName("sasl.password") + "=" + password,
			}}
			err := runProduce(t.Context(), inv, []string{
				topic, "-", "--verbose", "--json", "--config", "security.protocol=SASL_SSL", "--config", "sasl.mechanism=" + mechanism,
				"--config", "sasl.username=" + real.User, "--config", "ssl.ca.location=" + real.CA,
			})
			if password != real.Password {
				wantCode(t, err, "auth")
			} else if err != nil {
				t.Errorf("%s: %v", mechanism, err)
			}
			if told := fmt.Sprint(stdout.String(), stderr.String(), err); strings.Contains(told, password) {
				t.Errorf("%s: the password is told: %s", mechanism, told)
			}
		}
	}
	if n := len(slices.Concat(kafkatest.ReadAll(t, real.Plaintext, topic)...)); n != 2 {
		t.Errorf("the topic has %d records, want 2", n)
	}
}

func TestProduceRate(t *testing.T) {
	bootstrap := kafkatest.Fake(t)
	topic := kafkatest.NewTopic(t, bootstrap, 1, nil)
	counts, _, err := producing(t, t.Context(), bootstrap, strings.NewReader(strings.Repeat("x\n", 101)), topic, "-", "--rate", "400")
	if err != nil || counts.Delivered != 101 {
		t.Fatalf("%+v, %v", counts, err)
	}
}

// The clock is a made-up one, so the spacing is exact.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		records int
		least   time.Duration // for the last record to be let through, 2 ms saved up at most
	}{
		{0, 1000, 0},
		{1, 4, 3 * time.Second},
		{400, 101, 250 * time.Millisecond},
		{100_000, 50_001, 500 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			p := newPace(c.rate)
			for range c.records {
				if err := p.wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(start); took > c.least || took < c.least-2*time.Millisecond {
				t.Errorf("rate %v: %d records took %s, want %s", c.rate, c.records, took, c.least)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			p = newPace(0.001)
			p.wait(ctx) // the first is due at once
			if err := p.wait(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("rate %v: an ended wait gives %v", c.rate, err)
			}
		})
	}
}
