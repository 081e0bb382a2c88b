/*
 * Request documents of any bytes: what is taken is a SUBMIT that can be encoded and
 * that request_submit judges; what is not has a reason in words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool judge(const struct msg *m)
{
	const struct request_defaults d = { .cpus = 1000, .priority = 500, .queue = "default" };
	struct arena *a = arena_new();
	struct job_request req;
	struct buf b;
	struct err e;
	bool good;

	must(msg_type(m) == MSG_SUBMIT && msg_has(m, F_UUID), "a SUBMIT");
	buf_init(&b, (size_t)MSG_HEAD_MAX + MSG_BODY_MAX);
	must(msg_encode(m, &b) == 0, "a message that cannot be encoded");
	buf_release(&b);
	err_clear(&e);
	good = request_submit(m, &d, a, &req, &e) == 0;
	must(good || (e.code != ERR_NONE && e.text[0] != '\0'), "an error without a text");
	arena_free(a);
	return good;
}

/* What --dry-run would print of it is read, and printed in the same way again. */
static void round_trip(const struct msg *m)
{
	struct err e;
	struct msg *again = NULL;
	char *text = json_request(m, true, &e), *second;

	/* What jansson takes in, it gives out, but not a NUL in a script. */
	must(text != NULL, "a document that cannot be written");
	err_clear(&e);
	if (json_submit(text, strlen(text), 1795428000000, &again, &e) == -1) {
		fprintf(stderr, "%s\n%s\n", text, e.text);
		must(false, "a document that is not read back");
	}
	second = json_request(again, true, &e);
	must(second != NULL && strcmp(text, second) == 0, "another document");
	msg_free(again);
	free(second);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg *m = NULL;
	struct err e;

	err_clear(&e);
	if (json_submit((const char *)data, size, 1795428000000, &m, &e) == 0) {
		if (judge(m))
			round_trip(m);
		msg_free(m);
	} else {
		must(e.code == ERR_DATA || e.code == ERR_UNAVAIL, "code");
		must(e.text[0] != '\0' && m == NULL, "an error without a text");
	}
	return 0;
}
