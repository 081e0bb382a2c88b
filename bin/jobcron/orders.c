/* orders: pause, resume, run, skip, replay and rm, all of them one request to jobd. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outcome.h"
#include "cli/when.h"
#include "client/client.h"
#include "jobcron.h"

static int request_fill(struct jobcron *j, struct msg *m, struct err *e)
{
	int64_t ms;
	int r = msg_add(m, F_OP, j->verb);

	if (j->force)
		r |= msg_add_u64(m, F_NOW, 1);
	if (j->count != 0)
		r |= msg_add_u64(m, F_COUNT, (uint64_t)j->count);
	if (r == 0 && j->from != NULL && (r = when_parse(j->from, j->look.style.now, j->zone, &ms,
	    e)) == 0)
		r = msg_add_i64(m, F_SINCE, ms);
	if (r == 0 && j->until != NULL && (r = when_parse(j->until, j->look.style.now, j->zone, &ms,
	    e)) == 0)
		r = msg_add_i64(m, F_UNTIL_TIME, ms);
	return r;
}

static int targets_fill(struct jobcron *j, struct msg *m, char **words, struct err *e)
{
	const struct schedule_row *row;

	for (size_t i = 0; words[i] != NULL; i++) {
		row = row_find(j, words[i], e);
		if (row == NULL)
			return -1;
		if (msg_addf(m, F_TARGET, "s%" PRId64, row->id) == -1)
			return err_set(e, ERR_USAGE, "too many schedules at once");
	}
	return 0;
}

/* Lines for what could not be done; the others are. */
static int answer_read(const struct jobcron *j, const struct msg *reply, size_t n)
{
	const char *line;
	size_t iter = 0, failed = 0;
	struct client_item item;
	int code = ERR_NONE;

	while ((line = msg_next(reply, F_RESULT, &iter)) != NULL) {
		if (client_item(line, &item) == -1)
			continue;
		failed++;
		code = item.code;
		cli_warn(&program, "%.*s: %s", (int)item.name_len, item.name, item.text);
	}
	if (failed == 0 && msg_has(reply, F_JOB) && strcmp(j->verb, "run") == 0)
		printf("%" PRIu64 "\n", msg_u64(reply, F_JOB, 0));
	if (failed == 0)
		return EXIT_OK;
	return n == 1 ? exit_of((enum err_code)code) : EXIT_SOME_FAILED;
}

static int order_check(const struct jobcron *j, char **words, struct err *e)
{
	bool replay = strcmp(j->verb, "replay") == 0;

	if (words[0] == NULL)
		return err_set(e, ERR_USAGE, "%s: no schedule is named", j->verb);
	if (replay && j->from == NULL)
		return err_set(e, ERR_USAGE, "replay: --from says from when on");
	if (j->force && strcmp(j->verb, "run") != 0)
		return err_set(e, ERR_USAGE, "--force goes with run");
	return 0;
}

int order_run(struct jobcron *j, char **words, struct err *e)
{
	struct msg *m, *reply = NULL;
	struct client *client;
	size_t n = 0;
	int r;

	if (order_check(j, words, e) == -1 || zone_take(j, e) == -1 || place_take(j, e) == -1 ||
	    rows_read(j, e) == -1)
		return -1;
	while (words[n] != NULL)
		n++;
	m = msg_new(MSG_SCHEDULE);
	client = client_new(&j->spool);
	r = request_fill(j, m, e) == 0 && targets_fill(j, m, words, e) == 0 ?
	    client_call(client, m, &reply, e) : -1;
	if (r == 0)
		r = answer_read(j, reply, n);
	msg_free(reply);
	msg_free(m);
	client_free(client);
	return r;
}
