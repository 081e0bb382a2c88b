/*
 * json: reads request documents.
 *
 * Owns the units that their fields are in; jsonfield.c has the rows, jsonout.c
 * writes what this reads.  Numbers are turned into integers here, rounded in the
 * caller's favour: half a MiB asked for is one.
 */
#include "client/json.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/codes.h"
#include "base/num.h"
#include "base/text.h"
#include "client/graph.h"
#include "client/jsonfield.h"
#include "core/types.h"

#define NUMBER_MAX 1e12
#define SHOWN 48

struct request {
	struct msg *m;
	int64_t now;
	struct graph *graph;	/* NULL: there are no names */
};

/* ---- values */

static int put(struct request *q, const struct json_field *f, const char *s, struct err *e)
{
	if (msg_add(q->m, f->to, s) == 0)
		return 0;
	if (msg_has(q->m, f->to) && msg_use(MSG_SUBMIT, f->to) != MSG_MANY)
		return err_set(e, ERR_DATA, "the same is said twice");
	return err_set(e, ERR_DATA, f->to == F_UUID ? "it is no UUID in small letters" :
	    "it is too long");
}

static int put_number(struct request *q, const struct json_field *f, int64_t v, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	return put(q, f, text, e);
}

static int text_of(const json_t *v, const char **s, struct err *e)
{
	*s = json_string_value(v);
	return *s != NULL ? 0 : err_set(e, ERR_DATA, "it must be a string");
}

/* v * scale, rounded up, or to the nearest if that is asked for. */
static int number_of(const json_t *v, double scale, bool nearest, int64_t *out, struct err *e)
{
	double d = json_number_value(v);
	int64_t n;

	if (!json_is_number(v))
		return err_set(e, ERR_DATA, "it must be a number");
	if (!(d >= 0 && d <= NUMBER_MAX))
		return err_set(e, ERR_DATA, "it must be from 0 to %.0f", NUMBER_MAX);
	d *= scale;
	n = (int64_t)(nearest ? d + 0.5 : d);
	if (!nearest && (double)n < d)
		n++;
	*out = n;
	return 0;
}

static int count_of(const json_t *v, int64_t *out, struct err *e)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return err_set(e, ERR_DATA, "it must be a whole number");
	*out = json_integer_value(v);
	return 0;
}

static int seconds_of(const json_t *v, int64_t *out, struct err *e)
{
	uint64_t ms;

	if (!json_is_string(v))
		return number_of(v, 1000, true, out, e);
	if (dur_parse(json_string_value(v), &ms, e) == -1)
		return -1;
	*out = (int64_t)ms;
	return 0;
}

/* A time in RFC 3339, or seconds since the epoch. */
static int instant_of(const json_t *v, int64_t now, int64_t *out, struct err *e)
{
	if (json_is_string(v))
		return clock_parse(json_string_value(v), now, out, e);
	return number_of(v, 1000, true, out, e);
}

static int signal_of(const json_t *v, int64_t *out, struct err *e)
{
	if (!json_is_string(v))
		return count_of(v, out, e);
	*out = codes_signal(json_string_value(v));
	return *out != -1 ? 0 : err_set(e, ERR_DATA, "it is no signal: write \"TERM\" or 15");
}

/* Bytes, or a size as people write it. */
static int bytes_of(const json_t *v, int64_t *out, struct err *e)
{
	uint64_t bytes;

	if (!json_is_string(v))
		return count_of(v, out, e);
	if (size_parse(json_string_value(v), &bytes, e) == -1)
		return -1;
	*out = (int64_t)bytes;
	return 0;
}

static int integer_of(const json_t *v, int64_t *out, struct err *e)
{
	if (!json_is_integer(v))
		return err_set(e, ERR_DATA, "it must be a whole number");
	*out = json_integer_value(v);
	return 0;
}

/* "022": a number would be read as decimal, and mean something else. */
static int octal_of(const json_t *v, int64_t *out, struct err *e)
{
	const char *s = json_string_value(v);
	int64_t n = 0;

	if (s == NULL || s[0] == '\0' || strlen(s) > 4 || s[strspn(s, "01234567")] != '\0')
		return err_set(e, ERR_DATA, "it must be a string of octal digits, as \"022\"");
	for (; *s != '\0'; s++)
		n = n * 8 + (*s - '0');
	*out = n;
	return 0;
}

static int number_read(struct request *q, const struct json_field *f, const json_t *v, int64_t *n,
    struct err *e)
{
	switch (f->kind) {
	case CEILING:
		return number_of(v, 1, false, n, e);
	case MILLI:
		return number_of(v, 1000, true, n, e);
	case GB:
		return number_of(v, 1024, false, n, e);
	case INTEGER:
		return integer_of(v, n, e);
	case BYTES:
		return bytes_of(v, n, e);
	case SECONDS:
		return seconds_of(v, n, e);
	case INSTANT:
		return instant_of(v, q->now, n, e);
	case SIGNAL:
		return signal_of(v, n, e);
	case OCTAL:
		return octal_of(v, n, e);
	case TIMEOUT:
		if (seconds_of(v, n, e) == -1)
			return -1;
		*n += q->now;
		return 0;
	default:
		return count_of(v, n, e);
	}
}

/* ---- lists and objects */

static int words_put(struct request *q, const struct json_field *f, const json_t *v, struct err *e)
{
	const json_t *word;
	const char *s;
	size_t i;

	if (!json_is_array(v))
		return err_set(e, ERR_DATA, "it must be an array of strings");
	json_array_foreach(v, i, word) {
		if (text_of(word, &s, e) == -1 || put(q, f, s, e) == -1)
			return err_prefix(e, "element %zu", i + 1);
	}
	return 0;
}

static int command_put(struct request *q, const struct json_field *f, const json_t *v,
    struct err *e)
{
	if (json_is_array(v))
		return json_array_size(v) > 0 ? words_put(q, f, v, e) :
		    err_set(e, ERR_DATA, "it is empty");
	if (!json_is_string(v))
		return err_set(e, ERR_DATA, "it must be a string or an array of strings");
	if (json_string_length(v) == 0)
		return err_set(e, ERR_DATA, "it is empty");
	return put(q, f, "/bin/sh", e) == -1 || put(q, f, "-c", e) == -1 ? -1 :
	    put(q, f, json_string_value(v), e);
}

static int script_put(struct request *q, const struct json_field *f, const json_t *v,
    struct err *e)
{
	if (!json_is_string(v))
		return err_set(e, ERR_DATA, "it must be a string");
	if (msg_set_body(q->m, json_string_value(v), json_string_length(v)) == -1)
		return err_set(e, ERR_DATA, "it is too long");
	return put(q, f, "1", e);
}

/* "K=V" of one member. */
static int pair_put(struct request *q, const struct json_field *f, const char *key,
    const json_t *v, struct buf *b, struct err *e)
{
	const char *s = "";
	int64_t n = 0;

	buf_reset(b);
	if (strchr(key, '=') != NULL)
		return err_set(e, ERR_DATA, "a name holds no =");
	if ((f->kind == AMOUNTS ? count_of(v, &n, e) : text_of(v, &s, e)) == -1)
		return -1;
	if ((f->kind == AMOUNTS ? buf_addf(b, "%s=%" PRId64, key, n) :
	    buf_addf(b, "%s=%s", key, s)) == -1)
		return err_set(e, ERR_DATA, "it is too long");
	return put(q, f, b->data, e);
}

/* {"K": "V"} as "K=V". */
static int pairs_put(struct request *q, const struct json_field *f, json_t *v, struct err *e)
{
	const char *key;
	json_t *value;
	struct buf b;
	int r = 0;

	if (!json_is_object(v))
		return err_set(e, ERR_DATA, "it must be an object of %s",
		    f->kind == AMOUNTS ? "numbers" : "strings");
	buf_init(&b, JSON_REQUEST_MAX);
	json_object_foreach(v, key, value) {
		r = pair_put(q, f, key, value, &b, e);
		if (r == -1) {
			err_prefix(e, "%.*s", SHOWN, key);
			break;
		}
	}
	buf_release(&b);
	return r;
}

static int dependency_name_check(const json_t *v, struct err *e)
{
	static const char *const names[] = { "job_id", "ref", "dependency_type",
	    "delay_seconds" };
	const size_t n = sizeof(names) / sizeof(names[0]);
	const char *key, *near;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)v, key, value) {
		for (i = 0; i < n && strcmp(key, names[i]) != 0; i++)
			;
		if (i < n)
			continue;
		near = nearest_word(key, names, n);
		return err_set(e, ERR_DATA, "unknown field \"%.*s\"%s%s%s", SHOWN, key,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
	}
	return 0;
}

/* "+5000", or nothing; only a start can be followed by it. */
static int dependency_delay(const json_t *v, int type, char *out, size_t size, struct err *e)
{
	const json_t *delay = json_object_get(v, "delay_seconds");
	int64_t ms;

	out[0] = '\0';
	if (delay == NULL || json_is_null(delay))
		return 0;
	if (type != DEP_START)
		return err_set(e, ERR_DATA, "delay_seconds: it belongs to the type start");
	if (number_of(delay, 1000, false, &ms, e) == -1)
		return err_prefix(e, "delay_seconds");
	snprintf(out, size, "+%" PRId64, ms);
	return 0;
}

static int name_of(struct request *q, const json_t *v, const char **name, struct err *e)
{
	if (q->graph == NULL)
		return err_set(e, ERR_DATA, "names go with --bulk and --atomic: all of them or "
		    "none");
	return text_of(v, name, e);
}

/* Another entry, as its UUID. */
static int dependency_ref(struct request *q, const json_t *v, char parent[UUID_TEXT],
    struct err *e)
{
	const char *name;
	struct uuid u;

	if (json_object_get(v, "job_id") != NULL)
		return err_set(e, ERR_DATA, "job_id and ref: only one may be given");
	if (name_of(q, json_object_get(v, "ref"), &name, e) == -1 ||
	    graph_mention(q->graph, name, &u, e) == -1)
		return err_prefix(e, "ref");
	uuid_format(&u, parent);
	return 0;
}

static int ref_put(struct request *q, const struct json_field *f, const json_t *v,
    struct err *e)
{
	char text[UUID_TEXT];
	const char *name;
	struct uuid u;

	if (name_of(q, v, &name, e) == -1 || graph_define(q->graph, name, &u, e) == -1)
		return -1;
	uuid_format(&u, text);
	return put(q, f, text, e);
}

static int dependency_put(struct request *q, const struct json_field *f, const json_t *v,
    struct err *e)
{
	const json_t *id = json_object_get(v, "job_id"), *type;
	const char *word = "success";
	char parent[64], dep[64], delay[24];

	if (!json_is_object(v))
		return err_set(e, ERR_DATA, "it must be an object");
	if (dependency_name_check(v, e) == -1)
		return -1;
	type = json_object_get(v, "dependency_type");
	if (type != NULL && !json_is_null(type) && text_of(type, &word, e) == -1)
		return err_prefix(e, "dependency_type");
	if (json_object_get(v, "ref") != NULL) {
		if (dependency_ref(q, v, parent, e) == -1)
			return -1;
	} else if (json_is_integer(id))
		snprintf(parent, sizeof(parent), "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else if (!json_is_string(id) ||
	    strlcpy(parent, json_string_value(id), sizeof(parent)) >= sizeof(parent))
		return err_set(e, ERR_DATA, "job_id: it must be a job's number or UUID");
	if (dep_type_parse(word) == -1)
		return err_set(e, ERR_DATA, "dependency_type: \"%.*s\" is none of success, "
		    "failure, completion or start", SHOWN, word);
	if (dependency_delay(v, dep_type_parse(word), delay, sizeof(delay), e) == -1)
		return -1;
	if ((size_t)snprintf(dep, sizeof(dep), "%s%s:%s", word, delay, parent) >= sizeof(dep))
		return err_set(e, ERR_DATA, "job_id: \"%.*s\" is no job", SHOWN, parent);
	return put(q, f, dep, e);
}

static int dependencies_put(struct request *q, const struct json_field *f, const json_t *v,
    struct err *e)
{
	const json_t *dep;
	size_t i;

	if (!json_is_array(v))
		return err_set(e, ERR_DATA, "it must be an array of objects");
	json_array_foreach(v, i, dep) {
		if (dependency_put(q, f, dep, e) == -1)
			return err_prefix(e, "element %zu", i + 1);
	}
	return 0;
}

static int empty_check(const json_t *v, struct err *e)
{
	if (!json_is_object(v))
		return err_set(e, ERR_DATA, "it must be an object");
	if (json_object_size(v) > 0)
		return err_set(e, ERR_UNAVAIL, "settings in it are not there yet");
	return 0;
}

static int object_read(struct request *q, const char *where, json_t *object, struct err *e);

static int value_read(struct request *q, const struct json_field *f, json_t *v, struct err *e)
{
	const char *s;
	int64_t n;

	switch (f->kind) {
	case TEXT:
		return text_of(v, &s, e) == -1 ? -1 : put(q, f, s, e);
	case FLAG:
		return json_is_boolean(v) ? put(q, f, json_is_true(v) ? "1" : "0", e) :
		    err_set(e, ERR_DATA, "it must be true or false");
	case COMMAND:
		return command_put(q, f, v, e);
	case SCRIPT:
		return script_put(q, f, v, e);
	case WORDS:
	case STRINGS:
		return words_put(q, f, v, e);
	case PAIRS:
	case AMOUNTS:
		return pairs_put(q, f, v, e);
	case DEPENDENCIES:
		return dependencies_put(q, f, v, e);
	case REF:
		return ref_put(q, f, v, e);
	case EMPTY:
		return empty_check(v, e);
	case OBJECT:
		return object_read(q, f->name, v, e);
	default:
		return number_read(q, f, v, &n, e) == -1 ? -1 : put_number(q, f, n, e);
	}
}

static const struct json_field *field_find(const char *where, const char *name)
{
	for (size_t i = 0; i < json_fields_count; i++) {
		if (strcmp(json_fields[i].in, where) == 0 && strcmp(json_fields[i].name, name) == 0)
			return &json_fields[i];
	}
	return NULL;
}

static int field_unknown(const char *where, const char *name, struct err *e)
{
	const char **names = xcalloc(json_fields_count, sizeof(*names)), *near;
	size_t n = 0;

	for (size_t i = 0; i < json_fields_count; i++) {
		if (strcmp(json_fields[i].in, where) == 0)
			names[n++] = json_fields[i].name;
	}
	near = nearest_word(name, names, n);
	free(names);
	/* Perhaps it only stands in the wrong place. */
	for (size_t i = 0; near == NULL && i < json_fields_count; i++) {
		if (strcmp(json_fields[i].name, name) == 0)
			return err_set(e, ERR_DATA, "unknown field \"%s\"; it belongs %s%s", name,
			    json_fields[i].in[0] != '\0' ? "in " : "at the top",
			    json_fields[i].in);
	}
	return err_set(e, ERR_DATA, "unknown field \"%.*s\"%s%s%s", SHOWN, name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

static int object_read(struct request *q, const char *where, json_t *object, struct err *e)
{
	const struct json_field *f;
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return err_set(e, ERR_DATA, "it must be an object");
	json_object_foreach(object, name, value) {
		f = field_find(where, name);
		if (f == NULL)
			return field_unknown(where, name, e);
		if (!json_is_null(value) && value_read(q, f, value, e) == -1)
			return err_prefix(e, "%s", name);
	}
	return 0;
}

/* ---- the document */

/* What follows from fields that are there, or are not. */
static int whole_check(struct request *q, const json_t *doc, struct err *e)
{
	bool command = json_is_array(json_object_get(doc, "command")) ||
	    json_is_string(json_object_get(doc, "command"));
	bool args = json_is_array(json_object_get(doc, "args"));
	struct uuid u;

	if (command == msg_flag(q->m, F_SCRIPT))
		return err_set(e, ERR_DATA, command ? "command and script: only one may be given" :
		    "command is missing");
	if (command && args)
		return err_set(e, ERR_DATA, "args: they belong to a script; a command with "
		    "arguments is an array");
	/* A `retry` object asks for retries, even when it leaves everything open. */
	if (json_is_object(json_object_get(doc, "retry")) && !msg_has(q->m, F_RETRIES) &&
	    !msg_has(q->m, F_RETRY_POLICY))
		msg_add(q->m, F_RETRY_POLICY, retry_policy_name(RETRY_EXPONENTIAL));
	if (!msg_has(q->m, F_UUID)) {
		uuid_new(&u);
		msg_add_uuid(q->m, F_UUID, &u);
	}
	return 0;
}

int json_submit_in(struct graph *graph, const char *text, size_t n, int64_t now,
    struct msg **submit, struct err *e)
{
	struct request q = { .now = now, .graph = graph };
	json_error_t where;
	json_t *doc;
	int r;

	*submit = NULL;
	if (n > JSON_REQUEST_MAX)
		return err_set(e, ERR_DATA, "a request of %zu bytes; at most %u are accepted", n,
		    JSON_REQUEST_MAX);
	/* Without memory of its own it would call the request malformed. */
	json_set_alloc_funcs(xmalloc, free);
	doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
	if (doc == NULL)
		return err_set(e, ERR_DATA, "no JSON: line %d column %d: %s", where.line,
		    where.column, where.text);
	q.m = msg_new(MSG_SUBMIT);
	r = object_read(&q, "", doc, e);
	if (r == 0)
		r = whole_check(&q, doc, e);
	json_decref(doc);
	if (r == -1) {
		/* Readers of words speak of usage: here a document is wrong. */
		if (e != NULL && e->code == ERR_USAGE)
			e->code = ERR_DATA;
		msg_free(q.m);
		return -1;
	}
	*submit = q.m;
	return 0;
}

int json_submit(const char *text, size_t n, int64_t now, struct msg **submit, struct err *e)
{
	return json_submit_in(NULL, text, n, now, submit, e);
}
