package broker

import (
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/tailframe/tailframe/internal/broker/batch"
)

// Versions gives the versions of librdkafka and of the OpenSSL it is linked with.
func Versions() map[string]string {
	_, librdkafka := kafka.LibraryVersion()
	return map[string]string{"librdkafka": librdkafka, "openssl": batch.OpenSSLVersion()}
}
