// Package broker speaks to the Kafka cluster: it connects, asks for the bounds
// of a topic and reads ranges of it. It is the only room that imports
// confluent-kafka-go; nothing it does joins a group, commits or creates.
package broker

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// connectTimeout bounds the wait for a first answer of the cluster, and each
// request thereafter. With the look for the reason an error comes within 10 s.
const connectTimeout = 6 * time.Second

// Config says how to reach a cluster.
type Config struct {
	BootstrapServers string
	Properties       map[string]string           // librdkafka's, checked by CheckConfig
	Isolation        string                      // read_committed or read_uncommitted
	CAFallback       string                      // CA bundle used where the system has none
	Debug            bool                        // let librdkafka's debug lines through
	Poll             bool                        // read record by record, without the batch fence
	Log              func(level, message string) // called by one goroutine at a time
}

// Client is a connection to a cluster. It is safe for use by several goroutines.
type Client struct {
	consumer *kafka.Consumer
	admin    *kafka.AdminClient
	config   Config
	redactor *Redactor
	summary  *LogSummary
	handle   uintptr // librdkafka's rd_kafka_t, 0 where it cannot be reached
	settings map[string]string
	used     map[string]string // properties as librdkafka got them, chosen CA included

	logging sync.Mutex // held while Config.Log is called
	mu      sync.Mutex
	last    *Error        // what went wrong last, in case nothing answers
	fatal   *Error        // what no waiting will mend
	failed  chan struct{} // closed when fatal is set
	closing chan struct{}
	loops   sync.WaitGroup

	requests sync.WaitGroup // those given up on among them: they still use the handle
}

// Connect makes a client. Nothing is sent before its first request, so wrong
// addresses and passwords show there.
func Connect(config Config) (*Client, error) {
	if err := config.check(Consumer); err != nil {
		return nil, err
	}
	c := newClient(config)
	if err := c.open(); err != nil {
		return nil, err
	}
	if c.handle = clientHandle(c.consumer); c.handle == 0 && !config.Poll {
		c.log("info", "the batch read is not available with this client library; records are read one by one")
		c.config.Poll = true
		c.consumer.Close()
		if err := c.open(); err != nil {
			return nil, err
		}
	}
	var err error
	if c.admin, err = kafka.NewAdminClientFromConsumer(c.consumer); err != nil {
		return nil, c.mapError(err)
	}
	c.loops.Add(2)
	go c.events()
	go c.logs(c.consumer.Logs())
	return c, nil
}

// check tells whether a client of that role can be made of the config. It
// refuses credentials among the addresses, which errors show.
func (config Config) check(role Role) error {
	if strings.Contains(config.BootstrapServers, "@") {
		return &Error{code: "config", message: "the bootstrap servers hold a user name or password",
			hint: "give host:port only, and the user name and password as sasl.username and sasl.password"}
	}
	return CheckConfig(config.Properties, role)
}

// newClient makes a client that has no connection yet.
func newClient(config Config) *Client {
	c := &Client{
		config:   config,
		redactor: NewRedactor(Secrets(config.Properties)...),
		settings: map[string]string{},
		failed:   make(chan struct{}),
		closing:  make(chan struct{}),
	}
	if c.config.Log == nil {
		c.config.Log = func(string, string) {}
	}
	c.summary = NewLogSummary(c.log)
	return c
}

func (c *Client) open() error {
	properties := kafka.ConfigMap{}
	for name, value := range consumerDefaults {
		properties[name] = value
	}
	if c.config.Poll {
		// assign() needs a group's name; nothing ever joins or commits.
		properties["group.id"] = "tailframe"
	}
	for name, value := range Canonical(c.config.Properties) {
		properties[name] = value
	}
	properties["isolation.level"] = c.config.Isolation
	if err := c.complete(properties); err != nil {
		return err
	}
	consumer, err := kafka.NewConsumer(&properties)
	if err != nil {
		return c.mapError(err)
	}
	c.consumer = consumer
	return nil
}

// complete adds what every client of librdkafka gets, and keeps what it got for
// those who explain errors.
func (c *Client) complete(properties kafka.ConfigMap) error {
	if err := c.findCA(properties); err != nil {
		return err
	}
	c.used = map[string]string{}
	for name, value := range properties {
		c.used[name] = fmt.Sprint(value)
	}
	properties["bootstrap.servers"] = c.config.BootstrapServers
	if _, set := properties["debug"]; c.config.Debug && !set {
		properties["debug"] = "broker,security,topic,metadata"
	}
	return nil
}

// clientHandle finds the rd_kafka_t behind a consumer. confluent-kafka-go keeps
// it to itself; reflection reads it without touching it. 0 if its place moved.
func clientHandle(consumer *kafka.Consumer) uintptr {
	field := reflect.ValueOf(consumer).Elem().FieldByName("handle")
	if field.Kind() != reflect.Struct {
		return 0
	}
	field = field.FieldByName("rk")
	if field.Kind() != reflect.Pointer {
		return 0
	}
	return field.Pointer()
}

// Settings tells of settings the client chose itself, and from where.
func (c *Client) Settings() map[string]string { return c.settings }

// Redact takes the secrets of the configuration out of a text.
func (c *Client) Redact(text string) string { return c.redactor.Redact(text) }

// Failed is closed when no further request can succeed; Err tells why.
func (c *Client) Failed() <-chan struct{} { return c.failed }

// Err is what made the client fail for good, nil if nothing did.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fatal == nil {
		return nil
	}
	return c.fatal
}

// events serves librdkafka's main queue: errors of brokers and of the client
// come here, records never.
func (c *Client) events() {
	defer c.loops.Done()
	if c.config.Poll {
		return // Poll is the reader's there, which passes its errors on
	}
	for {
		select {
		case <-c.closing:
			return
		default:
		}
		c.handleEvent(c.consumer.Poll(100))
	}
}

func (c *Client) handleEvent(event kafka.Event) {
	switch e := event.(type) {
	case kafka.Error:
		c.noteError(e)
	case kafka.OAuthBearerTokenRefresh:
		c.consumer.SetOAuthBearerTokenFailure("no token source is configured")
	}
}

func (c *Client) noteError(e kafka.Error) {
	c.log("debug", fmt.Sprintf("%s: %s", e.Code(), e.Error()))
	c.note(c.mapError(e), e.IsFatal(), e.Code() != kafka.ErrAllBrokersDown)
}

// note remembers what went wrong. What tells no more than an earlier error
// does not replace it.
func (c *Client) note(e *Error, fatal, telling bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || telling {
		c.last = e
	}
	if c.fatal == nil && (fatal || e.Permanent()) {
		c.fatal = e
		close(c.failed)
	}
}

// logs passes librdkafka's log on, until it is closed or the client is.
func (c *Client) logs(lines <-chan kafka.LogEvent) {
	defer c.loops.Done()
	for {
		select {
		case <-c.closing:
			return
		case line, open := <-lines:
			if !open {
				return
			}
			level := "info"
			if line.Level >= 7 {
				level = "debug"
			}
			if e, ok := MapLog(line.Message, c.config.BootstrapServers, c.config.Properties); ok {
				c.note(e.redacted(c.redactor), false, true)
			}
			c.summary.Add(level, strings.TrimSpace(line.Tag+": "+line.Message))
		}
	}
}

func (c *Client) log(level, text string) {
	text = c.redactor.Redact(text)
	c.logging.Lock()
	defer c.logging.Unlock()
	c.config.Log(level, text)
}

// mapError turns any error of the client library into ours, without secrets.
func (c *Client) mapError(err error) *Error {
	return MapError(err, c.config.BootstrapServers, c.config.Properties).redacted(c.redactor)
}

// await runs a blocking request, at most for connectTimeout, and gives up on it
// as soon as the client fails for good or ctx ends.
func await[T any](ctx context.Context, c *Client, what string, request func(ctx context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	done := make(chan answer, 1)
	c.requests.Add(1)
	go func() {
		defer c.requests.Done()
		value, err := request(ctx)
		done <- answer{value, err}
	}()
	var zero T
	select {
	case a := <-done:
		if a.err != nil {
			return zero, c.requestError(ctx, what, a.err)
		}
		return a.value, nil
	case <-c.failed:
		return zero, c.explained(c.fatal)
	case <-ctx.Done():
		return zero, c.requestError(ctx, what, ctx.Err())
	}
}

// explained looks at the servers for the reason of a failed connection.
func (c *Client) explained(e *Error) error {
	return Explain(context.Background(), e, c.config.BootstrapServers, c.used).redacted(c.redactor)
}

// requestError prefers what the brokers said to a bare timeout.
func (c *Client) requestError(ctx context.Context, what string, err error) error {
	if ctx.Err() == context.Canceled {
		return context.Canceled
	}
	// The event that explains a failed request may still be under way.
	select {
	case <-c.failed:
		return c.explained(c.fatal)
	case <-time.After(50 * time.Millisecond):
	}
	mapped := c.mapError(err)
	if mapped.Code() != "connect" {
		return mapped
	}
	c.mu.Lock()
	last := c.last
	c.mu.Unlock()
	if last == nil {
		last = noAnswer(c.config.BootstrapServers, what, err)
	}
	return c.explained(last)
}

// Close ends the connection, once the requests under way have ended.
func (c *Client) Close() {
	close(c.closing)
	c.loops.Wait()
	c.requests.Wait()
	c.admin.Close()
	c.consumer.Close()
	c.summary.Close()
}

// Method tells how records are read: batch or poll.
func (c *Client) Method() string {
	if c.config.Poll {
		return "poll"
	}
	return "batch"
}
