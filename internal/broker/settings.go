package broker

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// consumerDefaults are the properties of a short bounded read. Users may
// override those that CheckConfig passes.
var consumerDefaults = kafka.ConfigMap{
	"client.id": "tailframe",
	// Empty: librdkafka starts no group machinery, and no coordinator is looked up.
	"group.id":                 "",
	"enable.auto.commit":       false,
	"enable.auto.offset.store": false,
	// The default would jump to the end where retention overtakes the read.
	"auto.offset.reset":        "error",
	"enable.partition.eof":     true,
	"allow.auto.create.topics": false,

	"fetch.wait.max.ms":                  20,      // an end shows with the next answer
	"fetch.queue.backoff.ms":             5,       // the default pauses a full second
	"fetch.error.backoff.ms":             50,      //
	"fetch.message.max.bytes":            1 << 20, // more only touches more memory
	"fetch.max.bytes":                    4 << 20, // an answer counts only when whole: 140 kB/s keep it under the watch
	"queued.min.messages":                100000,
	"queued.max.messages.kbytes":         4096, // per partition, as each has its own queue
	"enable.sparse.connections":          false,
	"enable.metrics.push":                false,
	"reconnect.backoff.ms":               20,
	"reconnect.backoff.max.ms":           1000,
	"socket.connection.setup.timeout.ms": 5000,
	"topic.metadata.propagation.max.ms":  1000,

	"go.logs.channel.enable": true,
}
