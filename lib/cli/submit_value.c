/*
 * submit_value: one parser for each kind of value that jobsub's options take.
 *
 * Owns how a value is written; promises that what it adds to the message is what
 * the field's unit asks for (lib/msg/fields.h).  What needs more than the value
 * itself to be judged is for lib/msg/request.h.
 */
#include "cli/submit_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/growth.h"
#include "base/num.h"
#include "base/ranges.h"
#include "base/uuid.h"
#include "cli/signame.h"
#include "cli/when.h"
#include "core/elements.h"
#include "core/types.h"

#define MIB (UINT64_C(1) << 20)

static const size_t field_max[] = {
#define X(id, name, kind, max) [F_##id] = max,
#include "msg/fields.def"
#undef X
};

int submit_put(struct msg *m, enum msg_field f, const char *value, struct err *e)
{
	if (msg_add(m, f, value) == 0)
		return 0;
	if (strlen(value) > field_max[f])
		return err_set(e, ERR_USAGE, "longer than %zu bytes", field_max[f]);
	return err_set(e, ERR_USAGE, "the request is too large");
}

static int put_u64(struct msg *m, enum msg_field f, uint64_t v, struct err *e)
{
	if (msg_add_u64(m, f, v) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "the number is too large");
}

int value_text(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	(void)c;
	if (*value == '\0')
		return err_set(e, ERR_USAGE, "the value is empty");
	return submit_put(m, r->field, value, e);
}

int value_every(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	uint64_t ms;

	(void)c;
	if (dur_parse(value, &ms, e) == -1)
		return -1;
	if (ms < 1000 || ms % 1000 != 0)
		return err_set(e, ERR_USAGE, "'%.64s': whole seconds are accepted, from 1 on",
		    value);
	if (msg_addf(m, r->field, "@every %s", value) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "longer than an expression may be");
}

int value_flag(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	(void)value;
	(void)c;
	return put_u64(m, r->field, 1, e);
}

int value_number(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	uint64_t v;

	(void)c;
	if (num_u64(value, 0, r->max, &v, e) == -1)
		return -1;
	return put_u64(m, r->field, v, e);
}

int value_percent(const struct submit_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	size_t n = strlen(value);
	char *digits;
	int status;

	if (n == 0 || value[n - 1] != '%')
		return value_number(r, value, c, m, e);
	digits = xstrndup(value, n - 1);
	status = value_number(r, digits, c, m, e);
	free(digits);
	return status;
}

int value_cpus(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	uint64_t v;

	(void)c;
	if (num_milli(value, 1, UINT64_C(1000000000), &v, e) == -1)
		return -1;
	return put_u64(m, r->field, v, e);
}

int value_size(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	uint64_t bytes;

	(void)c;
	if (size_parse(value, &bytes, e) == -1)
		return -1;
	return put_u64(m, r->field, bytes / MIB + (bytes % MIB != 0), e);
}

/* [TYPE:]N */
int value_gpus(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	const char *colon = strrchr(value, ':');
	char *type;
	int status;

	if (colon == NULL)
		return value_number(r, value, c, m, e);
	if (colon == value)
		return err_set(e, ERR_USAGE, "%.64s has no type before the colon", value);
	type = xstrndup(value, (size_t)(colon - value));
	status = submit_put(m, F_GPU_TYPE, type, e);
	free(type);
	return status == -1 ? -1 : value_number(r, colon + 1, c, m, e);
}

/* Mbit/s: 100, 100M, 1.5G. */
int value_rate(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	size_t n = strlen(value);
	uint64_t factor = 1, milli;
	char *digits;
	int status;

	(void)c;
	if (n > 0 && (value[n - 1] == 'M' || value[n - 1] == 'G'))
		factor = value[--n] == 'G' ? 1000 : 1;
	digits = xstrndup(value, n);
	status = num_milli(digits, 0, UINT64_C(1000000000), &milli, NULL);
	free(digits);
	if (status == -1)
		return err_set(e, ERR_USAGE, "%.64s is not a rate: write 100M or 1.5G (bits a "
		    "second; a plain number is Mbit/s)", value);
	return put_u64(m, r->field, (milli * factor + 999) / 1000, e);
}

int value_duration(const struct submit_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	uint64_t ms;

	(void)c;
	if (dur_parse(value, &ms, e) == -1)
		return -1;
	return put_u64(m, r->field, ms, e);
}

int value_instant(const struct submit_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	int64_t ms;

	if (when_parse(value, c->now, c->zone, &ms, e) == -1)
		return -1;
	if (msg_add_i64(m, r->field, ms) == -1)
		return err_set(e, ERR_USAGE, "%.64s is out of range", value);
	return 0;
}

int value_growth(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	struct growth g;

	(void)c;
	if (growth_parse(value, &g, e) == -1)
		return -1;
	return submit_put(m, r->field, value, e);
}

/* What stands in front of the colon, as it stands in the message: "ok", "start+5000". */
static int dep_word(char *word, struct buf *out, struct err *e)
{
	static const char *const names[] = {
		[DEP_OK] = "ok", [DEP_NOTOK] = "notok", [DEP_ANY] = "any", [DEP_START] = "start",
	};
	char *delay = strchr(word, '+');
	uint64_t ms;
	int type;

	if (delay != NULL)
		*delay++ = '\0';
	type = dep_type_parse(word);
	if (type == -1)
		return err_set(e, ERR_USAGE, "%.64s is not a type of dependency: write ok, notok, "
		    "any or start, as in ok:123", word);
	if (delay != NULL && type != DEP_START)
		return err_set(e, ERR_USAGE, "%.64s+%.64s: only start can be followed by a "
		    "duration", word, delay);
	buf_adds(out, names[type]);
	if (delay == NULL)
		return 0;
	if (dur_parse(delay, &ms, e) == -1)
		return -1;
	return buf_addf(out, "+%" PRIu64, ms);
}

static int dep_ids(struct msg *m, const char *type, char *id, struct err *e)
{
	char *next;
	struct uuid u;
	uint64_t n;

	for (; id != NULL; id = next) {
		next = strchr(id, ':');
		if (next != NULL)
			*next++ = '\0';
		if (uuid_parse(id, &u) == -1 && num_u64(id, 1, INT64_MAX, &n, NULL) == -1)
			return err_set(e, ERR_USAGE, "%.64s is not a job: write its number or "
			    "its UUID", id);
		if (msg_addf(m, F_DEP, "%s:%s", type, id) == -1)
			return err_set(e, ERR_USAGE, "too many dependencies");
	}
	return 0;
}

/* TYPE:ID[:ID...], or the word singleton */
static int dep_add(struct msg *m, char *piece, struct err *e)
{
	char *id = strchr(piece, ':');
	struct buf type;
	int status;

	if (strcmp(piece, "singleton") == 0)
		return msg_has(m, F_SINGLETON) ? 0 : put_u64(m, F_SINGLETON, 1, e);
	if (id == NULL)
		return err_set(e, ERR_USAGE, "%.64s is not a dependency: write ok:ID, notok:ID, "
		    "any:ID or start:ID", piece);
	*id++ = '\0';
	buf_init(&type, 64);
	status = dep_word(piece, &type, e);
	if (status == 0)
		status = dep_ids(m, type.data, id, e);
	buf_release(&type);
	return status;
}

int value_after(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	bool one_of = strchr(value, '?') != NULL, before = msg_has(m, r->field);
	char *copy, *piece, *rest;
	int status = 0;

	(void)c;
	if ((one_of && (before || strchr(value, ',') != NULL)) || msg_has(m, F_DEP_ANY))
		return err_set(e, ERR_USAGE, "`,` (all are needed) and `?` (one is needed) cannot "
		    "be mixed");
	copy = rest = xstrdup(value);
	while (status == 0 && (piece = strsep(&rest, ",?")) != NULL)
		status = dep_add(m, piece, e);
	free(copy);
	if (status == 0 && one_of)
		status = put_u64(m, F_DEP_ANY, 1, e);
	return status;
}

int value_folder(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	char *path;
	int status;

	if (*value == '\0')
		return err_set(e, ERR_USAGE, "the value is empty");
	if (*value == '/')
		return submit_put(m, r->field, value, e);
	path = xasprintf("%s/%s", strcmp(c->cwd, "/") == 0 ? "" : c->cwd, value);
	status = submit_put(m, r->field, path, e);
	free(path);
	return status;
}

int value_umask(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	size_t n = strspn(value, "01234567");

	(void)c;
	if (n == 0 || n > 4 || value[n] != '\0' || strtoul(value, NULL, 8) > 0777)
		return err_set(e, ERR_USAGE, "%.64s is not a umask: write three octal digits, as "
		    "022", value);
	return put_u64(m, r->field, strtoul(value, NULL, 8), e);
}

int value_signal(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	int n;

	(void)c;
	if (signal_parse(value, &n, e) == -1)
		return -1;
	return put_u64(m, r->field, (uint64_t)n, e);
}

int value_nice(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	int64_t n;

	(void)c;
	if (num_i64(value, -20, 19, &n, e) == -1)
		return -1;
	return msg_add_i64(m, r->field, n);
}

int value_bytes(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	uint64_t bytes;

	(void)c;
	if (size_parse(value, &bytes, e) == -1)
		return -1;
	return put_u64(m, r->field, bytes, e);
}

/* TOKEN[:N], in the message TOKEN=N */
int value_token(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	const char *colon = strrchr(value, ':');
	size_t n = colon != NULL ? (size_t)(colon - value) : strlen(value);
	char *text;
	int status;

	(void)c;
	if (n == 0)
		return err_set(e, ERR_USAGE, "the name is empty");
	if (memchr(value, '=', n) != NULL)
		return err_set(e, ERR_USAGE, "%.64s is no token: write NAME, or NAME:N for N of it",
		    value);
	text = xasprintf("%.*s=%s", (int)n, value, colon != NULL ? colon + 1 : "1");
	status = submit_put(m, r->field, text, e);
	free(text);
	return status;
}

/* INDICES[%N] */
int value_array(const struct submit_row *r, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e)
{
	const char *percent = strchr(value, '%');
	char *indices = xstrndup(value, percent != NULL ? (size_t)(percent - value) :
	    strlen(value));
	struct ranges list;
	uint64_t limit;
	int status;

	(void)c;
	status = ranges_parse(&list, indices, ARRAY_MAX, e);
	if (status == 0) {
		ranges_release(&list);
		status = submit_put(m, r->field, indices, e);
	} else {
		e->code = ERR_USAGE;
	}
	free(indices);
	if (status == -1 || percent == NULL)
		return status;
	if (msg_has(m, F_ARRAY_LIMIT))
		return err_set(e, ERR_USAGE, "%%: --array-limit says the same");
	if (num_u64(percent + 1, 1, ARRAY_MAX, &limit, e) == -1)
		return err_prefix(e, "%%");
	return put_u64(m, F_ARRAY_LIMIT, limit, e);
}

int value_env_type(const struct submit_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e)
{
	static const char *const later[] = { "docker", "podman", "kubernetes" };

	(void)c;
	if (strcmp(value, "host") == 0 || strcmp(value, "vm") == 0)
		return submit_put(m, r->field, "vm", e);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (strcmp(value, later[i]) == 0)
			return err_set(e, ERR_UNAVAIL, "%s is not there yet: only host is", value);
	}
	return err_set(e, ERR_USAGE, "%.64s is no place to run a job: write host", value);
}
