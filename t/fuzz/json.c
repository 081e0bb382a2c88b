/*
 * Request documents of any bytes: what is taken is a SUBMIT that can be encoded and
 * that request_submit judges; what is not has a reason in words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/json.h"
#include "msg/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void judge(const struct msg *m)
{
	const struct request_defaults d = { .cpus = 1000, .priority = 500, .queue = "default" };
	struct arena *a = arena_new();
	struct job_request req;
	struct buf b;
	struct err e;

	must(msg_type(m) == MSG_SUBMIT && msg_has(m, F_UUID), "a SUBMIT");
	buf_init(&b, (size_t)MSG_HEAD_MAX + MSG_BODY_MAX);
	must(msg_encode(m, &b) == 0, "a message that cannot be encoded");
	buf_release(&b);
	err_clear(&e);
	if (request_submit(m, &d, a, &req, &e) == -1)
		must(e.code != ERR_NONE && e.text[0] != '\0', "an error without a text");
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg *m = NULL;
	struct err e;

	err_clear(&e);
	if (json_submit((const char *)data, size, 1795428000000, &m, &e) == 0) {
		judge(m);
		msg_free(m);
	} else {
		must(e.code == ERR_DATA || e.code == ERR_UNAVAIL, "code");
		must(e.text[0] != '\0' && m == NULL, "an error without a text");
	}
	return 0;
}
