package batch

/*
#include <stdio.h>
#include <stdlib.h>

typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_topic_conf_s rd_kafka_topic_conf_t;
rd_kafka_conf_t *rd_kafka_conf_new(void);
void rd_kafka_conf_destroy(rd_kafka_conf_t *conf);
rd_kafka_topic_conf_t *rd_kafka_topic_conf_new(void);
void rd_kafka_topic_conf_destroy(rd_kafka_topic_conf_t *topic_conf);
int rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *errstr, size_t errstr_size);
int rd_kafka_topic_conf_set(rd_kafka_topic_conf_t *conf, const char *name, const char *value, char *errstr, size_t errstr_size);
const char **rd_kafka_conf_dump(rd_kafka_conf_t *conf, size_t *cntp);
const char **rd_kafka_topic_conf_dump(rd_kafka_topic_conf_t *conf, size_t *cntp);
void rd_kafka_conf_dump_free(const char **arr, size_t cnt);
void rd_kafka_conf_properties_show(FILE *fp);

enum { PROPERTY_UNKNOWN = -2 }; // RD_KAFKA_CONF_UNKNOWN

// A null value only sets a property back to its default.
static int has_property(const char *name) {
  char text[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
  int known = rd_kafka_conf_set(conf, name, NULL, text, sizeof text) != PROPERTY_UNKNOWN ||
              rd_kafka_topic_conf_set(topic, name, NULL, text, sizeof text) != PROPERTY_UNKNOWN;
  rd_kafka_topic_conf_destroy(topic);
  rd_kafka_conf_destroy(conf);
  return known;
}

// The table librdkafka's own documentation is made of, to be freed.
static char *property_table(void) {
  FILE *f = tmpfile();
  if (!f) return NULL;
  rd_kafka_conf_properties_show(f);
  long size = ftell(f);
  char *text = size < 0 ? NULL : malloc((size_t)size + 1);
  if (text) {
    rewind(f);
    text[fread(text, 1, (size_t)size, f)] = '\0';
  }
  fclose(f);
  return text;
}
*/
import "C"

import (
	"errors"
	"slices"
	"strings"
	"unsafe"
)

// PropertyNames lists the properties of the linked librdkafka: the documented
// ones, and those that it leaves out of its documentation but has a value for.
func PropertyNames() ([]string, error) {
	table := C.property_table()
	if table == nil {
		return nil, errors.New("librdkafka's properties cannot be listed: no temporary file")
	}
	defer C.free(unsafe.Pointer(table))
	var names []string
	for line := range strings.Lines(C.GoString(table)) {
		name, _, cell := strings.Cut(line, "|")
		if name = strings.TrimSpace(name); cell && name != "Property" && !strings.HasPrefix(name, "-") {
			names = append(names, name)
		}
	}

	conf := C.rd_kafka_conf_new()
	defer C.rd_kafka_conf_destroy(conf)
	var n C.size_t
	names = append(names, dumped(C.rd_kafka_conf_dump(conf, &n), n)...)
	topic := C.rd_kafka_topic_conf_new()
	defer C.rd_kafka_topic_conf_destroy(topic)
	names = append(names, dumped(C.rd_kafka_topic_conf_dump(topic, &n), n)...)

	slices.Sort(names)
	return slices.Compact(names), nil
}

// dumped takes the names from pairs of name and value, and frees them.
func dumped(pairs **C.char, n C.size_t) []string {
	defer C.rd_kafka_conf_dump_free(pairs, n)
	var names []string
	for i, text := range unsafe.Slice(pairs, int(n)) {
		if i%2 == 0 {
			names = append(names, C.GoString(text))
		}
	}
	return names
}

// HasProperty tells whether librdkafka knows a property, be it hidden from its
// documentation or known only to be refused.
func HasProperty(name string) bool {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return C.has_property(text) != 0
}
