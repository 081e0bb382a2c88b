/*
 * value: what a single field may hold.
 *
 * Owns the tables of fields and types as code sees them, and the one spelling of
 * every number and UUID: a value has one form, so equal messages have equal bytes.
 * Knows nothing of messages; for those read msg.c and codec.c.
 */
#include <string.h>

#include "msg/impl.h"

#define X(id, word, type, most) \
	[F_##id] = { .name = word " ", .len = sizeof(word) - 1, .kind = MSG_##type, .max = most },
const struct msg_field_info msg_fields[MSG_FIELD_COUNT] = {
#include "msg/fields.def"
};
#undef X

#define X(id, word, has) [MSG_##id] = { .name = word, .len = sizeof(word) - 1, .body = has },
const struct msg_type_info msg_types[MSG_TYPE_COUNT] = {
#include "msg/types.def"
};
#undef X

const char *msg_type_name(enum msg_type type)
{
	return msg_types[type].name;
}

const char *msg_field_name(enum msg_field f)
{
	static const char *const names[MSG_FIELD_COUNT] = {
#define X(id, word, type, most) [F_##id] = word,
#include "msg/fields.def"
#undef X
	};

	return names[f];
}

int msg_read_u64(const char *s, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	unsigned int digit;

	if (n == 0 || n > 20 || (s[0] == '0' && n > 1))
		return -1;
	for (size_t i = 0; i < n; i++) {
		digit = (unsigned int)(unsigned char)s[i] - '0';
		if (digit > 9)
			return -1;
		if (i == 19 && v > (UINT64_MAX - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}

int msg_read_i64(const char *s, size_t n, int64_t *out)
{
	bool negative = n > 0 && s[0] == '-';
	uint64_t v;

	if (msg_read_u64(s + negative, n - negative, &v) == -1)
		return -1;
	if (negative ? v == 0 || v > (uint64_t)INT64_MAX + 1 : v > INT64_MAX)
		return -1;
	*out = negative ? (int64_t)-v : (int64_t)v;
	return 0;
}

const char *msg_value_wrong(enum msg_field f, const char *s, size_t n)
{
	struct uuid id;
	uint64_t u;
	int64_t i;

	switch ((enum msg_kind)msg_fields[f].kind) {
	case MSG_STR:
		return memchr(s, '\0', n) == NULL ? NULL : "holds a NUL byte";
	case MSG_U64:
		return msg_read_u64(s, n, &u) == 0 ? NULL : "is no plain decimal number";
	case MSG_I64:
		return msg_read_i64(s, n, &i) == 0 ? NULL : "is no plain decimal number";
	case MSG_FLAG:
		return n == 1 && (s[0] == '0' || s[0] == '1') ? NULL : "is neither 0 nor 1";
	case MSG_ID:
		return n == UUID_TEXT - 1 && uuid_parse(s, &id) == 0 ? NULL :
		    "is no UUID in small letters";
	}
	return "is of an unknown kind";
}
