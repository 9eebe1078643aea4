// The plain read in C: every record of a topic through librdkafka's batch call,
// nothing decoded. It is the floor that no reader on librdkafka gets below.
//
//     read BOOTSTRAP TOPIC
//
// Prints one JSON line: records, bytes of their values, the monotonic clock when
// the last record was there, and librdkafka's version.
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rdkafka.h"

enum { BATCH = 10000, ANSWER_MS = 10000, STALL_MS = 30000 };

// The settings of internal/broker, so that both read alike.
static const char *const settings[][2] = {
    {"client.id", "bench-read"},
    {"group.id", ""},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"allow.auto.create.topics", "false"},
    {"isolation.level", "read_committed"},
    {"fetch.wait.max.ms", "20"},
    {"fetch.queue.backoff.ms", "5"},
    {"fetch.error.backoff.ms", "50"},
    {"fetch.message.max.bytes", "1048576"},
    {"queued.min.messages", "100000"},
    {"enable.sparse.connections", "false"},
    {"enable.metrics.push", "false"},
};

static void fail(const char *what, const char *why) {
	fprintf(stderr, "read: %s: %s\n", what, why);
	exit(1);
}

static rd_kafka_t *connect_to(const char *bootstrap) {
	char why[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
			fail(settings[i][0], why);
	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why) != RD_KAFKA_CONF_OK)
		fail("bootstrap.servers", why);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
	if (rk == NULL)
		fail("connect", why);
	return rk;
}

// start points every partition at its first offset, all into one queue, and
// returns how many records they hold.
static int64_t start(rd_kafka_t *rk, rd_kafka_topic_t *topic, rd_kafka_queue_t *queue) {
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, topic, &metadata, ANSWER_MS);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		fail("metadata", rd_kafka_err2str(err));
	if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
		fail("metadata", "no such topic");
	int64_t held = 0;
	for (int i = 0; i < metadata->topics[0].partition_cnt; i++) {
		int32_t partition = metadata->topics[0].partitions[i].id;
		int64_t low, high;
		err = rd_kafka_query_watermark_offsets(rk, rd_kafka_topic_name(topic), partition, &low, &high, ANSWER_MS);
		if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
			fail("offsets", rd_kafka_err2str(err));
		if (high == low)
			continue;
		held += high - low;
		if (rd_kafka_consume_start_queue(topic, partition, low, queue) == -1)
			fail("start", rd_kafka_err2str(rd_kafka_last_error()));
	}
	rd_kafka_metadata_destroy(metadata);
	return held;
}

int main(int argc, char **argv) {
	if (argc != 3)
		fail("usage", "read BOOTSTRAP TOPIC");
	rd_kafka_t *rk = connect_to(argv[1]);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, argv[2], NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	static rd_kafka_message_t *batch[BATCH];
	int64_t left = start(rk, topic, queue), records = 0, bytes = 0;
	while (left > 0) {
		// The call waits for a full batch: never ask for more than is missing.
		ssize_t n = rd_kafka_consume_batch_queue(queue, STALL_MS, batch, left < BATCH ? (size_t)left : BATCH);
		if (n <= 0)
			fail("read", n == 0 ? "nothing came for 30 s" : rd_kafka_err2str(rd_kafka_last_error()));
		for (ssize_t i = 0; i < n; i++) {
			if (batch[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
				fail("read", rd_kafka_message_errstr(batch[i]));
			bytes += (int64_t)batch[i]->len;
			rd_kafka_message_destroy(batch[i]);
		}
		records += n;
		left -= n;
	}
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("{\"done\": %lld.%09ld, \"records\": %" PRId64 ", \"bytes\": %" PRId64 ", \"librdkafka\": \"%s\"}\n",
	       (long long)now.tv_sec, now.tv_nsec, records, bytes, rd_kafka_version_str());
	fflush(stdout);
	// No clean-up: it is not part of what is measured, and the process ends here.
	_Exit(0);
}
