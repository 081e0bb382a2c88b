/*
 * msg: the one codec, for the client socket, the spool file, the worker stream,
 * the worker's journal and what a job needs at its start.
 *
 * On the wire a message is a block that a person can read with less(1):
 *
 *	job1 submit 57 0\n		magic+version, type, head bytes, body bytes
 *	seq 1\n				fields: a name, one blank, the value in vis(3)
 *	arg /bin/echo\n
 *	arg two\040words\n
 *					then the body, bytes as they are
 *
 * The decoder takes nothing that schema.c does not list: an unknown, missing,
 * repeated or malformed field, or left-over bytes, is an error.  It allocates
 * only lengths that it has bounded, and neither exits nor logs.
 */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "msg/fields.h"

#define MSG_VERSION 1
#define MSG_HEAD_MAX (24u << 20)	/* head bytes, encoded */
#define MSG_BODY_MAX (64u << 20)
#define MSG_PREFIX_MAX 64		/* the first line */

enum msg_use { MSG_REQUIRED, MSG_OPTIONAL, MSG_MANY };	/* MANY: none or more */

struct msg;

struct msg *msg_new(enum msg_type type);
void msg_free(struct msg *m);
enum msg_type msg_type(const struct msg *m);
const char *msg_type_name(enum msg_type type);
const char *msg_field_name(enum msg_field f);

/*
 * Adding asserts that the schema knows the field for this type (our bug
 * otherwise) and returns -1, with m as it was, when the value is too long for
 * the field, holds a NUL or is not of the field's kind, when a field that may be
 * there once is there, or when m is full.  Values are copied.
 */
int msg_add(struct msg *m, enum msg_field f, const char *s);
int msg_addn(struct msg *m, enum msg_field f, const void *p, size_t n);
int msg_addf(struct msg *m, enum msg_field f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int msg_add_u64(struct msg *m, enum msg_field f, uint64_t v);
int msg_add_i64(struct msg *m, enum msg_field f, int64_t v);
int msg_add_uuid(struct msg *m, enum msg_field f, const struct uuid *u);
int msg_set_body(struct msg *m, const void *p, size_t n);	/* copies */

/*
 * The first value of a field.  Strings are borrowed until m gets another field.
 * _str: NULL when absent.  _u64, _i64, _flag, _uuid: for fields of that kind only.
 */
bool msg_has(const struct msg *m, enum msg_field f);
const char *msg_str(const struct msg *m, enum msg_field f);
uint64_t msg_u64(const struct msg *m, enum msg_field f, uint64_t absent);
int64_t msg_i64(const struct msg *m, enum msg_field f, int64_t absent);
bool msg_flag(const struct msg *m, enum msg_field f);
int msg_uuid(const struct msg *m, enum msg_field f, struct uuid *out);	/* -1 absent */
const void *msg_body(const struct msg *m, size_t *n);			/* NULL: none */

/* All values of a field in order: *iter starts at 0; NULL at the end. */
const char *msg_next(const struct msg *m, enum msg_field f, size_t *iter);
size_t msg_count(const struct msg *m, enum msg_field f);

/* Every field in order of arrival, whatever it is; false at the end. */
bool msg_each(const struct msg *m, size_t *iter, enum msg_field *f, const char **value);

/* Copies every field of src that dst's type also has (and dst lacks); not the body. */
int msg_copy_fields(struct msg *dst, const struct msg *src);

/*
 * Appends the block; -1, with out as it was, when out's maximum or MSG_HEAD_MAX
 * is passed.  Asserts that the required fields are there.
 */
int msg_encode(const struct msg *m, struct buf *out);

/*
 * Takes one block from the front of p[0..n).  Returns 1 with *m (the caller
 * frees) and *used set; 0 when more bytes are needed (and *used holds the total
 * known to be needed, or 0); -1 with e filled (ERR_DATA) when it is no message.
 */
int msg_decode(const void *p, size_t n, struct msg **m, size_t *used, struct err *e);

/* The schema's word on a field in a type; -1 when it has no place there. */
int msg_use(enum msg_type type, enum msg_field f);

#endif
