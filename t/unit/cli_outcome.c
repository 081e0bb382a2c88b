/* The answers to a control request, and the exit status that they make. */
#include <string.h>

#include "cli/cli.h"
#include "cli/outcome.h"
#include "tap.h"

struct answer {
	const char *target;
	enum err_code code;
	const char *text;
};

static const struct answer
    done = { "1", ERR_NONE, "" },
    over = { "2", ERR_NOINPUT, "is completed already" },
    none = { "9", ERR_NOINPUT, "no such job" },
    denied = { "3", ERR_PERM, "is not yours" },
    busy = { "4", ERR_AGAIN, "the disk of the spool is full: try later" },
    state = { "5", ERR_DATA, "is running: only a queued job can be held" };

static void take(struct outcomes *o, const struct answer *a)
{
	if (a != NULL)
		outcomes_add(o, a->target, strlen(a->target), a->code, a->text);
}

static int status_of(const struct answer *a, const struct answer *b, bool forgive)
{
	struct outcomes o = { 0 };
	int r;

	take(&o, a);
	take(&o, b);
	if (forgive)
		outcomes_forgive(&o);
	r = outcomes_status(&o);
	outcomes_release(&o);
	return r;
}

static void statuses(void)
{
	is_int(status_of(NULL, NULL, false), EXIT_NOINPUT, "no target at all");
	is_int(status_of(&done, NULL, false), EXIT_OK, "done");
	is_int(status_of(&done, &done, false), EXIT_OK, "both done");
	is_int(status_of(&done, &over, false), EXIT_SOME_FAILED, "one had ended");
	is_int(status_of(&done, &none, false), EXIT_SOME_FAILED, "one is unknown");
	is_int(status_of(&over, NULL, false), EXIT_SOME_FAILED, "it had ended");
	is_int(status_of(&over, NULL, true), EXIT_OK, "it had ended, forgiven");
	is_int(status_of(&none, NULL, true), EXIT_NOINPUT, "unknown is not forgiven");
	is_int(status_of(&none, &none, false), EXIT_NOINPUT, "none is known");
	is_int(status_of(&denied, NULL, false), EXIT_NOPERM, "denied");
	is_int(status_of(&denied, &none, false), EXIT_NOPERM, "denied, or unknown");
	is_int(status_of(&denied, &over, false), EXIT_SOME_FAILED, "denied, or over");
	is_int(status_of(&denied, &done, false), EXIT_SOME_FAILED, "denied, and done");
	is_int(status_of(&busy, NULL, false), EXIT_TEMPFAIL, "busy");
	is_int(status_of(&state, NULL, false), EXIT_SOME_FAILED, "not in this state");
}

static void kept(void)
{
	struct outcomes o = { 0 };

	outcomes_add(&o, "12 and more", 2, ERR_NONE, "");
	take(&o, &over);
	take(&o, &none);
	is_str(o.list[0].target, "12", "the target is cut");
	is_str(o.list[1].text, "is completed already", "the text");
	ok(outcome_known(&o.list[0]) && outcome_known(&o.list[1]), "these exist");
	ok(!outcome_known(&o.list[2]), "this one does not");
	outcomes_release(&o);
	is_int(o.n, 0, "released");
}

int main(void)
{
	statuses();
	kept();
	return tap_done();
}
