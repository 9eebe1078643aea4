// The fence's C side: queues of one partition each, drained many records a call.
#ifndef TAILFRAME_BATCH_H
#define TAILFRAME_BATCH_H

#include <stddef.h>
#include <stdint.h>

// What copy_flags asks for beyond the value.
#define TF_KEYS 1
#define TF_HEADERS 2

// One record in the arena. Lengths of -1 are null. batch.go mirrors it.
typedef struct tf_record {
  int64_t offset;
  int64_t timestamp; // ms since the epoch, -1 if none
  uint32_t value_at;
  int32_t value_len;
  uint32_t key_at;
  int32_t key_len;
  uint32_t headers_at;
  int32_t headers_len;
} tf_record;

// What one read gave. batch.go reads it field by field.
typedef struct tf_result {
  int32_t queue;    // index of the queue read, -1 if none was ready in time
  int32_t count;    // records
  uint64_t used;    // bytes of the arena
  uint64_t need;    // bytes the next record needs, where the arena is too small for it
  int64_t position; // the consumer's next offset, -1001 if unknown
  int32_t err;      // 0, or the error message that stood next in the queue
  int64_t err_offset;
  char err_text[256];
} tf_result;

typedef struct tf_reader tf_reader;

tf_reader *tf_open(uintptr_t rk, const char *topic, int32_t partitions, const int32_t *ids,
                   int copy_flags, char *err, size_t err_size);
int tf_start(tf_reader *r, int32_t queue, int64_t offset, char *err, size_t err_size);
void tf_read(tf_reader *r, const uint8_t *want, int timeout_ms, tf_record *records,
             int32_t max_records, uint8_t *arena, uint64_t arena_size, tf_result *out);
void tf_wake(tf_reader *r);
void tf_close(tf_reader *r);

#endif
