/*
 * json: writes JSON, and rows by their column tables.
 *
 * A key is NULL inside an array.  What the column tables hold becomes: instants
 * RFC 3339 UTC with milliseconds, durations seconds, memory and disk GiB, enums
 * their words, what is absent null.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/row.h"

#define JSON_SCHEMA "job/1"

/* libjansson, which reads requests, has functions of these names, too. */
#define json_object json_begin_object
#define json_array json_begin_array
#define json_null json_put_null

struct json {
	FILE *out;
	bool lines;		/* may be set: a line for each member */
	int depth;
	bool filled[16];	/* by depth: something stands there, a comma is due */
	char closing[16];
};

void json_init(struct json *j, FILE *out);
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);		/* of the innermost */
void json_newline(struct json *j);	/* white space, for readers of lines */

void json_str(struct json *j, const char *key, const char *s);	/* NULL: null */
void json_strn(struct json *j, const char *key, const char *s, size_t n);
void json_int(struct json *j, const char *key, int64_t v);
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
void json_thousandths(struct json *j, const char *key, int64_t v);	/* v / 1000 */
void json_1024ths(struct json *j, const char *key, int64_t v);		/* v / 1024 */
void json_time(struct json *j, const char *key, int64_t ms);	/* 0: null */
void json_raw(struct json *j, const char *key, const char *text);	/* is JSON */

void json_column(struct json *j, const char *key, const struct column *c, const void *row);

/* The beginning and the end of {"schema":"job/1","jobs":[...]}; the caller fills it. */
void json_open_list(struct json *j, const char *list);
void json_close_list(struct json *j);

#endif
