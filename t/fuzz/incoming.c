/*
 * A file from incoming/: any bytes, read as jobd reads them.  What is taken holds the
 * promises of request_submit, and what is not has a reason in words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"
#include "msg/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void row_check(const struct job_row *row)
{
	must(row->cpus > 0 && row->mem >= 0 && row->disk >= 0 && row->gpus >= 0, "resources");
	must(row->priority >= 0 && row->priority <= 1000, "priority");
	must(row->max_retries >= 0 && row->max_retries <= 1000, "retries");
	must(row->retry_delay <= row->retry_max_delay, "delays");
	must(row->time_limit >= 0 && row->begin_at >= 0 && row->deadline_at >= 0, "times");
	must(row->kill_signal >= 1 && row->kill_signal <= 64, "signal");
	must(row->name != NULL && strchr(row->name, '/') == NULL && row->name[0] != '\0', "name");
	must(row->queue != NULL && row->type != NULL && row->env_type != NULL, "words");
	must(row->command != NULL && strlen(row->command) <= 1000, "command");
	must(strlen(row->spec_hash) == 64, "hash");
	must((row->launch_hash != NULL) == (row->launch_size > 256), "launch hash");
	must((row->key != NULL) == (row->key_scope != NULL), "scope of a key");
	must(row->retry_on == NULL || codes_valid(row->retry_on, NULL) == 0, "list");
}

static void launch_check(const struct job_row *row)
{
	struct msg *launch = NULL;
	struct err e;
	size_t used;

	must(msg_decode(row->launch, (size_t)row->launch_size, &launch, &used, &e) == 1 &&
	    used == (size_t)row->launch_size && msg_type(launch) == MSG_LAUNCH, "launch block");
	msg_free(launch);
}

static void submit(const struct msg *m)
{
	const struct request_defaults d = { .cpus = 1000, .priority = 500, .kill_grace = 30000,
	    .queue = "default" };
	struct arena *a = arena_new();
	struct job_request req;
	struct err e;

	err_clear(&e);
	if (request_submit(m, &d, a, &req, &e) == 0) {
		row_check(&req.row);
		launch_check(&req.row);
		for (size_t i = 0; i < req.ndeps; i++)
			must((req.deps[i].parent > 0) == uuid_is_nil(&req.deps[i].uuid), "parent");
	} else {
		must(e.code == ERR_DATA || e.code == ERR_USAGE || e.code == ERR_UNAVAIL, "code");
		must(e.text[0] != '\0', "an error without a text");
	}
	arena_free(a);
}

static void target(const uint8_t *data, size_t size)
{
	char word[80];
	int64_t first, last;
	struct uuid u;

	if (size >= sizeof(word))
		return;
	memcpy(word, data, size);
	word[size] = '\0';
	if (request_target(word, &first, &last, &u, NULL) == -1)
		return;
	must(first > 0 ? last >= first && uuid_is_nil(&u) : last == 0, "target");
}

static void block(const void *p, size_t n)
{
	struct msg *m = NULL;
	struct err e;
	size_t used;

	if (msg_decode(p, n, &m, &used, &e) != 1)
		return;
	if (msg_type(m) == MSG_SUBMIT)
		submit(m);
	msg_free(m);
}

/* The bytes as the head of a SUBMIT, and what stands behind an empty line as its body. */
static void fields(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "\n\n", 2);
	size_t head = end == NULL ? size : (size_t)(end - data) + 1;
	size_t body = end == NULL ? 0 : size - head - 1;
	struct buf b;

	buf_init(&b, size + MSG_PREFIX_MAX);
	must(buf_addf(&b, "job1 submit %zu %zu\n", head, body) == 0 &&
	    buf_add(&b, data, head) == 0 && buf_add(&b, data + size - body, body) == 0, "room");
	block(b.data, b.len);
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target(data, size);
	block(data, size);
	if (size > 0)
		fields(data, size);
	return 0;
}
