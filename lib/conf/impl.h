/* impl: what the files of this folder share; others use conf/conf.h. */
#ifndef CONF_IMPL_H
#define CONF_IMPL_H

#include "conf/conf.h"

#define CONF_LINE_MAX 4096
#define CONF_FILE_MAX (1u << 20)
#define CONF_FILES_MAX 1000	/* read in one go */
#define CONF_DEPTH_MAX 8	/* of includes */
#define CONF_AMOUNTS_MAX 16	/* names in a list */
#define CONF_MBIT_MAX INT64_C(1000000000)

/* One setting as it stands in a file; all borrowed. */
struct conf_item {
	const char *file;
	size_t line;
	size_t file_number;	/* each reading of a file has its own */
	const char *kind, *name;	/* of the section it stands in, or NULL */
	const char *key, *value;
};

/* Gets each item in order; -1 with e ends the reading (the place is put in front). */
typedef int (*conf_item_fn)(void *arg, const struct conf_item *item, struct err *e);

/* -1: ERR_CONFIG, "file:line: text".  _text follows no include. */
int conf_read_file(const char *path, conf_item_fn fn, void *arg, struct err *e);
int conf_read_text(const char *name, const char *text, size_t n, conf_item_fn fn, void *arg,
    struct err *e);

/* A whole file that only its owner may write, appended to b; the text names it. */
int conf_file_read(const char *path, struct buf *b, struct err *e);

/* Checks and stores a value in the struct that the key is of; what was there is freed. */
int conf_set(void *c, const struct conf_key *k, const char *value, struct err *e);

/* The value of a key as it would be written; "" when it has none. */
int conf_value_format(const void *c, const struct conf_key *k, struct buf *out);

/* As conf_load, from text. */
int conf_load_text(const char *name, const char *text, size_t n, struct conf *c, struct err *e);

#define CONF_YEARS (INT64_C(36525) * 86400000)	/* 100 */

/* Rows for the bounds in `member`, a struct quota, of a struct whose AT(m) is an offset. */
#define CONF_QUOTA(key, kind, member, dim, from, to) \
	{ .name = #key, AT(member.max[dim]), .type = CONF_##kind, .fallback = "none", \
	  .min = (from), .max = (to), .may_none = true, .reload = true }
#define CONF_QUOTA_ROOM(member) \
	CONF_QUOTA(max_running, NUMBER, member, QUOTA_JOBS, 1, 100000000), \
	CONF_QUOTA(max_cpus, MILLI, member, QUOTA_CPUS, 1, INT64_C(100000000000)), \
	CONF_QUOTA(max_memory, MIB, member, QUOTA_MEM, 1, INT64_C(1000000000000)), \
	CONF_QUOTA(max_disk, MIB, member, QUOTA_DISK, 1, INT64_C(1000000000000)), \
	CONF_QUOTA(max_gpus, NUMBER, member, QUOTA_GPUS, 1, 100000000)
#define CONF_QUOTA_ALL(member) \
	CONF_QUOTA_ROOM(member), \
	CONF_QUOTA(max_queued, NUMBER, member, QUOTA_QUEUED, 1, 100000000), \
	CONF_QUOTA(max_rate, NUMBER, member, QUOTA_RATE, 1, 100000000), \
	CONF_QUOTA(max_time_limit, DURATION, member, QUOTA_TIME, 0, CONF_YEARS)

/* A setting of a [calendar]; all that was set as such; frees. */
int conf_calendar_take(struct conf *c, const struct conf_item *item, struct err *e);
int conf_calendar_print(const struct conf *c, struct buf *out);
void conf_calendar_free(struct conf *c);

#endif
