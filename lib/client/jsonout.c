/*
 * jsonout: writes a request as the document that json.c reads.
 *
 * Promises that what is read back is the same request, for each kind of field.
 */
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/json.h"
#include "client/jsonfield.h"
#include "core/types.h"

#define PRECISION 16	/* digits: MiB as GiB are exact in them, and 0.1 stays 0.1 */

/* Parts of a number as they are written: a whole one without a point. */
static json_t *parts(uint64_t v, uint64_t of)
{
	return v % of == 0 ? json_integer((json_int_t)(v / of)) : json_real((double)v / (double)of);
}

static json_t *instant(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_rfc3339(ms, text);
	return json_string(text);
}

static json_t *signal_name(uint64_t n)
{
	const char *name = n < NSIG ? sigabbrev_np((int)n) : NULL;

	return name != NULL ? json_string(name) : json_integer((json_int_t)n);
}

static json_t *number(const struct msg *m, const struct json_field *f)
{
	uint64_t v = f->kind == INTEGER || f->kind == INSTANT ? 0 : msg_u64(m, f->to, 0);

	switch (f->kind) {
	case MILLI:
	case SECONDS:
		return parts(v, 1000);
	case GB:
		return parts(v, 1024);
	case INSTANT:
		return instant(msg_i64(m, f->to, 0));
	case INTEGER:
		return json_integer(msg_i64(m, f->to, 0));
	case SIGNAL:
		return signal_name(v);
	case OCTAL:
		return json_sprintf("%03" PRIo64, v);
	default:
		return json_integer((json_int_t)v);
	}
}

static json_t *words(const struct msg *m, enum msg_field f)
{
	json_t *list = json_array();
	size_t iter = 0;
	const char *s;

	while ((s = msg_next(m, f, &iter)) != NULL) {
		if (json_array_append_new(list, json_string(s)) == -1) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *pairs(const struct msg *m, const struct json_field *f)
{
	json_t *object = json_object(), *v;
	size_t iter = 0, n;
	const char *s;
	char *key;
	int r;

	while ((s = msg_next(m, f->to, &iter)) != NULL) {
		n = strcspn(s, "=");
		v = f->kind == AMOUNTS ? json_integer(strtoll(s + n + 1, NULL, 10)) :
		    json_string(s + n + 1);
		key = strndup(s, n);
		r = key == NULL ? -1 : json_object_set_new(object, key, v);
		free(key);
		if (r == -1) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* "ok:123", "success:UUID" or "start+5000:123" */
static json_t *dependency(const char *s)
{
	size_t n = strcspn(s, ":"), word_len = strcspn(s, "+:");
	char *word = strndup(s, word_len);
	int type = word == NULL ? -1 : dep_type_parse(word);
	const char *id = s[n] == ':' ? s + n + 1 : "", *name;
	json_t *o;

	free(word);
	name = type == -1 ? NULL : dep_type_name((enum dep_type)type);
	if (strchr(id, '-') == NULL)
		o = json_pack("{s:I,s:s?}", "job_id", (json_int_t)strtoll(id, NULL, 10),
		    "dependency_type", name);
	else
		o = json_pack("{s:s,s:s?}", "job_id", id, "dependency_type", name);
	if (word_len < n)
		json_object_set_new(o, "delay_seconds",
		    json_real((double)strtoll(s + word_len + 1, NULL, 10) / 1000));
	return o;
}

static json_t *dependencies(const struct msg *m, enum msg_field f)
{
	json_t *list = json_array();
	size_t iter = 0;
	const char *s;

	while ((s = msg_next(m, f, &iter)) != NULL)
		json_array_append_new(list, dependency(s));
	return list;
}

static json_t *value(const struct msg *m, const struct json_field *f)
{
	const void *body;
	size_t n;

	switch (f->kind) {
	case TEXT:
		return json_string(msg_str(m, f->to));
	case FLAG:
		return json_boolean(msg_flag(m, f->to));
	case COMMAND:
	case WORDS:
	case STRINGS:
		return words(m, f->to);
	case SCRIPT:
		body = msg_body(m, &n);
		return memchr(body, '\0', n) == NULL ? json_stringn(body, n) : NULL;
	case PAIRS:
	case AMOUNTS:
		return pairs(m, f);
	case DEPENDENCIES:
		return dependencies(m, f->to);
	default:
		return number(m, f);
	}
}

/* Of several fields with one meaning, one is written. */
static bool is_written(const struct msg *m, const struct json_field *f)
{
	bool script = msg_flag(m, F_SCRIPT);

	switch (f->kind) {
	case OBJECT:
	case EMPTY:
	case TIMEOUT:
		return false;
	case COMMAND:
		return !script;
	case SCRIPT:
		return script;
	case WORDS:
		return script && msg_has(m, f->to);
	default:
		return f->to != F_UUID && msg_has(m, f->to);
	}
}

static int field_write(const struct msg *m, const struct json_field *f, json_t *doc)
{
	json_t *at = doc;

	if (!is_written(m, f))
		return 0;
	if (f->in[0] != '\0') {
		at = json_object_get(doc, f->in);
		if (at == NULL) {
			at = json_object();
			json_object_set_new(doc, f->in, at);
		}
	}
	/* Fails for a value that could not be made, as for bytes that are no UTF-8. */
	return json_object_set_new(at, f->name, value(m, f));
}

char *json_request(const struct msg *submit, bool one_line, struct err *e)
{
	size_t flags = JSON_REAL_PRECISION(PRECISION) | (one_line ? JSON_COMPACT : JSON_INDENT(2));
	json_t *doc = json_object();
	char *text = NULL;
	size_t i;

	for (i = 0; i < json_fields_count; i++) {
		if (field_write(submit, &json_fields[i], doc) == -1)
			break;
	}
	if (i == json_fields_count)
		text = json_dumps(doc, flags);
	else
		err_set(e, ERR_DATA, "%s: it holds bytes that are no UTF-8, so no JSON can show it",
		    json_fields[i].name);
	json_decref(doc);
	return text;
}
