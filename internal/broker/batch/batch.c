#include "batch.h"
#include "rdkafka_prototypes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#include <time.h>
#ifdef __linux__
#define WAIT_CLOCK CLOCK_MONOTONIC
#else
#define WAIT_CLOCK CLOCK_REALTIME // macOS waits by no other
#endif
#endif

// Messages taken from librdkafka before they are copied; what does not fit the
// arena stays here for the next call.
#define TF_CHUNK 256

typedef struct tf_queue {
  rd_kafka_queue_t *queue;
  int32_t partition;
  int started;
  int next, count; // of messages
  rd_kafka_message_t *messages[TF_CHUNK];
  rd_kafka_topic_partition_list_t *position;
} tf_queue;

#define SIGNAL_DATA 1 // a queue is no longer empty
#define SIGNAL_WAKE 2 // the caller wants the reading thread back

struct tf_reader {
  rd_kafka_t *rk;
  rd_kafka_topic_t *topic;
  int copy_flags;
  int32_t count;
  int32_t turn; // the queue to look at first, so that none starves
  tf_queue *queues;
  int signals; // SIGNAL_ bits not yet seen by the reading thread
#ifdef _WIN32
  SRWLOCK lock;
  CONDITION_VARIABLE cond;
#else
  pthread_mutex_t lock;
  pthread_cond_t cond;
#endif
};

#ifdef _WIN32
static void waker_init(tf_reader *r) {
  InitializeSRWLock(&r->lock);
  InitializeConditionVariable(&r->cond);
}
static void waker_destroy(tf_reader *r) { (void)r; }
static void send_signal(tf_reader *r, int signal) {
  AcquireSRWLockExclusive(&r->lock);
  r->signals |= signal;
  WakeAllConditionVariable(&r->cond);
  ReleaseSRWLockExclusive(&r->lock);
}
static int wait_signal(tf_reader *r, int timeout_ms) {
  ULONGLONG end = GetTickCount64() + (ULONGLONG)timeout_ms;
  AcquireSRWLockExclusive(&r->lock);
  while (!r->signals) {
    ULONGLONG now = GetTickCount64();
    if (now >= end || !SleepConditionVariableSRW(&r->cond, &r->lock, (DWORD)(end - now), 0))
      break;
  }
  int got = r->signals;
  r->signals = 0;
  ReleaseSRWLockExclusive(&r->lock);
  return got;
}
#else
static void waker_init(tf_reader *r) {
  pthread_mutex_init(&r->lock, NULL);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
#ifdef __linux__
  pthread_condattr_setclock(&attr, WAIT_CLOCK); // a clock that is set must not lengthen a wait
#endif
  pthread_cond_init(&r->cond, &attr);
  pthread_condattr_destroy(&attr);
}
static void waker_destroy(tf_reader *r) {
  pthread_cond_destroy(&r->cond);
  pthread_mutex_destroy(&r->lock);
}
static void send_signal(tf_reader *r, int signal) {
  pthread_mutex_lock(&r->lock);
  r->signals |= signal;
  pthread_cond_broadcast(&r->cond);
  pthread_mutex_unlock(&r->lock);
}
static int wait_signal(tf_reader *r, int timeout_ms) {
  struct timespec end;
  clock_gettime(WAIT_CLOCK, &end);
  end.tv_sec += timeout_ms / 1000;
  end.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
  if (end.tv_nsec >= 1000000000L) {
    end.tv_sec++;
    end.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&r->lock);
  while (!r->signals)
    if (pthread_cond_timedwait(&r->cond, &r->lock, &end) != 0)
      break;
  int got = r->signals;
  r->signals = 0;
  pthread_mutex_unlock(&r->lock);
  return got;
}
#endif

static void on_event(rd_kafka_t *rk, void *opaque) {
  (void)rk;
  send_signal((tf_reader *)opaque, SIGNAL_DATA);
}

void tf_wake(tf_reader *r) { send_signal(r, SIGNAL_WAKE); }

tf_reader *tf_open(uintptr_t rk, const char *topic, int32_t partitions, const int32_t *ids,
                   int copy_flags, char *err, size_t err_size) {
  tf_reader *r = calloc(1, sizeof(*r));
  if (r)
    r->queues = calloc((size_t)partitions + 1, sizeof(*r->queues));
  if (!r || !r->queues) {
    free(r);
    snprintf(err, err_size, "out of memory");
    return NULL;
  }
  waker_init(r);
  r->rk = (rd_kafka_t *)rk;
  r->copy_flags = copy_flags;
  r->topic = rd_kafka_topic_new(r->rk, topic, NULL);
  if (!r->topic) {
    snprintf(err, err_size, "%s", rd_kafka_err2str(rd_kafka_last_error()));
    tf_close(r);
    return NULL;
  }
  for (int32_t i = 0; i < partitions; i++) {
    tf_queue *q = &r->queues[i];
    q->partition = ids[i];
    q->queue = rd_kafka_queue_new(r->rk);
    q->position = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(q->position, topic, ids[i]);
    r->count = i + 1;
    rd_kafka_queue_cb_event_enable(q->queue, on_event, r);
  }
  return r;
}

int tf_start(tf_reader *r, int32_t queue, int64_t offset, char *err, size_t err_size) {
  tf_queue *q = &r->queues[queue];
  if (rd_kafka_consume_start_queue(r->topic, q->partition, offset, q->queue) != 0) {
    snprintf(err, err_size, "%s", rd_kafka_err2str(rd_kafka_last_error()));
    return -1;
  }
  q->started = 1;
  return 0;
}

// Ends the fetching of a partition; what was fetched is thrown away.
static void stop(tf_reader *r, tf_queue *q) {
  if (!q->started)
    return;
  q->started = 0;
  rd_kafka_consume_stop(r->topic, q->partition);
  for (; q->next < q->count; q->next++)
    rd_kafka_message_destroy(q->messages[q->next]);
}

void tf_close(tf_reader *r) {
  for (int32_t i = 0; i < r->count; i++) {
    tf_queue *q = &r->queues[i];
    stop(r, q);
    rd_kafka_queue_cb_event_enable(q->queue, NULL, NULL);
    rd_kafka_queue_destroy(q->queue);
    rd_kafka_topic_partition_list_destroy(q->position);
  }
  if (r->topic)
    rd_kafka_topic_destroy(r->topic);
  waker_destroy(r);
  free(r->queues);
  free(r);
}

// Bytes the record's headers take in the arena: per header the name's length
// and bytes, then the value's length (-1: null) and bytes.
static uint64_t headers_size(rd_kafka_headers_t *headers) {
  const char *name;
  const void *value;
  size_t size;
  uint64_t total = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++)
    total += 8 + strlen(name) + (value ? size : 0);
  return total;
}

static void headers_copy(rd_kafka_headers_t *headers, uint8_t *to) {
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++) {
    int32_t name_len = (int32_t)strlen(name), value_len = value ? (int32_t)size : -1;
    memcpy(to, &name_len, 4);
    memcpy(to + 4, name, (size_t)name_len);
    to += 4 + name_len;
    memcpy(to, &value_len, 4);
    to += 4;
    if (value) {
      memcpy(to, value, size);
      to += size;
    }
  }
}

// Copies one message to the arena; returns the bytes it needs, and copies only
// if they are there.
static uint64_t copy_message(const tf_reader *r, const rd_kafka_message_t *m, tf_record *record,
                             uint8_t *arena, uint64_t used, uint64_t size) {
  rd_kafka_headers_t *headers = NULL;
  uint64_t key = 0, head = 0, value = m->payload ? m->len : 0;
  if (r->copy_flags & TF_KEYS)
    key = m->key ? m->key_len : 0;
  if (r->copy_flags & TF_HEADERS && rd_kafka_message_headers(m, &headers) == 0 && headers)
    head = headers_size(headers);
  uint64_t need = value + key + head;
  if (need > size - used)
    return need;
  record->offset = m->offset;
  record->timestamp = rd_kafka_message_timestamp(m, NULL);
  record->value_at = (uint32_t)used;
  record->value_len = m->payload ? (int32_t)value : -1;
  if (value)
    memcpy(arena + used, m->payload, value);
  used += value;
  record->key_at = (uint32_t)used;
  record->key_len = (r->copy_flags & TF_KEYS) && m->key ? (int32_t)key : -1;
  if (key)
    memcpy(arena + used, m->key, key);
  used += key;
  record->headers_at = (uint32_t)used;
  record->headers_len = headers ? (int32_t)head : -1;
  if (head)
    headers_copy(headers, arena + used);
  return need;
}

static void read_queue(tf_reader *r, tf_queue *q, tf_record *records, int32_t max_records,
                       uint8_t *arena, uint64_t arena_size, tf_result *out) {
  while (out->count < max_records) {
    if (q->next == q->count) {
      rk_ssize_t n = rd_kafka_consume_batch_queue(q->queue, 0, q->messages, TF_CHUNK);
      q->next = 0;
      q->count = n > 0 ? (int)n : 0;
      if (q->count == 0)
        break;
    }
    rd_kafka_message_t *m = q->messages[q->next];
    if (m->err) {
      out->err = m->err;
      out->err_offset = m->offset;
      snprintf(out->err_text, sizeof(out->err_text), "%.*s", (int)(m->payload ? m->len : 0),
               m->payload ? (const char *)m->payload : "");
      rd_kafka_message_destroy(m);
      q->next++;
      break;
    }
    uint64_t need = copy_message(r, m, &records[out->count], arena, out->used, arena_size);
    if (need > arena_size - out->used) {
      if (out->count == 0)
        out->need = need;
      break;
    }
    out->used += need;
    out->count++;
    rd_kafka_message_destroy(m);
    q->next++;
  }
  // The application's position moves over control records no message shows;
  // it is the truth only when nothing taken out is left here.
  out->position = -1001;
  if (q->next == q->count && rd_kafka_position(r->rk, q->position) == 0 &&
      q->position->elems[0].err == 0)
    out->position = q->position->elems[0].offset;
}

void tf_read(tf_reader *r, const uint8_t *want, int timeout_ms, tf_record *records,
             int32_t max_records, uint8_t *arena, uint64_t arena_size, tf_result *out) {
  out->queue = -1;
  out->count = 0;
  out->used = 0;
  out->need = 0;
  out->position = -1001;
  out->err = 0;
  for (;;) {
    for (int32_t i = 0; i < r->count; i++) {
      int32_t at = (r->turn + i) % r->count;
      tf_queue *q = &r->queues[at];
      if (!want[at] || (q->next == q->count && rd_kafka_queue_length(q->queue) == 0))
        continue;
      out->queue = at;
      r->turn = (at + 1) % r->count;
      read_queue(r, q, records, max_records, arena, arena_size, out);
      return;
    }
    if (timeout_ms <= 0)
      return;
    int signals = wait_signal(r, timeout_ms);
    if (signals & SIGNAL_WAKE)
      return;
    if (!signals)
      timeout_ms = 0; // one last look: a queue may have filled without a signal
  }
}
