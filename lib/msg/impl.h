/*
 * impl: how a message lies in memory; for this folder alone, others use msg/msg.h.
 *
 * A struct msg never holds what the decoder would refuse, but for a required
 * field that is not there yet: values are checked on their way in, from a caller
 * and from the wire alike.
 */
#ifndef MSG_IMPL_H
#define MSG_IMPL_H

#include "msg/msg.h"
#include "msg/schema.h"

#define MSG_FIELDS_MAX 200000		/* in one message */
#define MSG_ENTRIES_SMALL 16
#define MSG_SEEN_WORDS ((MSG_FIELD_COUNT + 63) / 64)

struct msg_field_info {
	const char *name;	/* with the blank behind it */
	uint8_t len;		/* of the name alone */
	uint8_t kind;		/* enum msg_kind */
	uint32_t max;
};

struct msg_type_info {
	const char *name;
	uint8_t len;
	bool body;
};

struct msg_entry {
	uint32_t off;		/* into text */
	uint32_t len;		/* without the NUL */
	uint32_t field;
};

struct msg {
	enum msg_type type;
	uint32_t count;
	uint32_t cap;
	uint32_t rule;			/* where in the schema the last field stood */
	struct msg_entry *entries;	/* small, until that is full */
	struct buf text;		/* decoded values, each with a NUL behind it */
	void *body;
	size_t body_len;
	uint64_t seen[MSG_SEEN_WORDS];
	uint32_t first[MSG_FIELD_COUNT];	/* entry; set for fields in seen */
	struct msg_entry small[MSG_ENTRIES_SMALL];
};

extern const struct msg_field_info msg_fields[MSG_FIELD_COUNT];
extern const struct msg_type_info msg_types[MSG_TYPE_COUNT];

/* Decimal without sign and leading zeros; -1 when it is not, or not in 64 bits. */
int msg_read_u64(const char *s, size_t n, uint64_t *out);
int msg_read_i64(const char *s, size_t n, int64_t *out);

/* NULL when s[0..n), a NUL behind it, may stand in f; else what is wrong with it. */
const char *msg_value_wrong(enum msg_field f, const char *s, size_t n);

/* Makes the n + 1 bytes at the end of text a value of f; -1: too many fields. */
int msg_push(struct msg *m, enum msg_field f, size_t n);

#endif
