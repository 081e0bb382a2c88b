/*
 * The samples under t/data/msg: blocks of this version and, as the protocol grows,
 * of older ones.  Each must be read, and written again byte for byte.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "msg/impl.h"
#include "tap.h"

#define SAMPLES "t/data/msg"
#define SAMPLE_MAX (1 << 20)

/* Fields that were met in samples, by type. */
static bool met[MSG_TYPE_COUNT][MSG_FIELD_COUNT];

static void note_fields(const struct msg *m)
{
	size_t iter = 0;
	enum msg_field f;
	const char *v;

	while (msg_each(m, &iter, &f, &v))
		met[msg_type(m)][f] = true;
}

static void check_sample(const char *name)
{
	char path[512];
	struct buf in, out;
	struct err e = { 0 };
	struct msg *m;
	size_t used;
	int r;

	snprintf(path, sizeof(path), SAMPLES "/%s", name);
	buf_init(&in, SAMPLE_MAX);
	buf_init(&out, SAMPLE_MAX);
	if (!ok(file_read(AT_FDCWD, path, &in, &e) == 0, "%s: read (%s)", name, e.text))
		return;
	r = msg_decode(in.data, in.len, &m, &used, &e);
	if (ok(r == 1 && used == in.len, "%s: decode (%s)", name, e.text)) {
		ok(msg_encode(m, &out) == 0 && out.len == in.len &&
		    memcmp(out.data, in.data, in.len) == 0, "%s: the same bytes again", name);
		note_fields(m);
		msg_free(m);
	}
	buf_release(&in);
	buf_release(&out);
}

static int is_sample(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot != NULL && strcmp(dot, ".msg") == 0;
}

/* A field that comes to a message comes to its samples too. */
static void check_complete(enum msg_type type)
{
	const struct msg_rule *r;

	for (r = msg_schema[type]; r->field != MSG_FIELD_COUNT; r++)
		if (!met[type][r->field])
			break;
	ok(r->field == MSG_FIELD_COUNT, "%s: a sample with each field%s%s", msg_type_name(type),
	    r->field == MSG_FIELD_COUNT ? "" : ", but not ",
	    r->field == MSG_FIELD_COUNT ? "" : msg_field_name(r->field));
}

/* What stands in one of them, to be sure that it means what it meant. */
static void check_meaning(void)
{
	struct msg *m = NULL, *launch = NULL;
	struct err e = { 0 };
	struct buf in;
	size_t used, n;
	const char *body;

	buf_init(&in, SAMPLE_MAX);
	if (!ok(file_read(AT_FDCWD, SAMPLES "/start.msg", &in, &e) == 0 &&
	    msg_decode(in.data, in.len, &m, &used, &e) == 1, "start.msg (%s)", e.text))
		return;
	is_int(msg_u64(m, F_JOB, 0), 4711, "job");
	is_int(msg_i64(m, F_CREATED, 0), 1795427999000, "created");
	ok(msg_flag(m, F_CPU_LIMIT), "cpu_limit");
	is_str(msg_str(m, F_NAME), "render frame 17", "name");
	body = msg_body(m, &n);
	is_int(msg_decode(body, n, &launch, &used, &e), 1, "its body is a launch block");
	is_int(msg_count(launch, F_ARG), 5, "arguments");
	is_str(msg_str(launch, F_CHDIR), "/home/anna/thesis", "chdir");
	body = msg_body(launch, &n);
	ok(n == 38 && memcmp(body, "#!/bin/sh\n", 10) == 0, "and its body the script");
	msg_free(launch);
	msg_free(m);
	buf_release(&in);
}

int main(void)
{
	struct dirent **names;
	int n = scandir(SAMPLES, &names, is_sample, alphasort);

	ok(n >= MSG_TYPE_COUNT, "samples are there");
	for (int i = 0; i < n; i++) {
		check_sample(names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	for (int t = 0; t < MSG_TYPE_COUNT; t++)
		check_complete((enum msg_type)t);
	check_meaning();
	return tap_done();
}
