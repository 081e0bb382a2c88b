/*
 * outcome: the answers to a control request, and the exit status made of them.
 *
 * A job that is known is named by its number, one that is not by whatever the
 * caller wrote, with ERR_NOINPUT: jobd tells "no such job" and "has ended already"
 * by the same code, and the text says which.
 */
#include "cli/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/json.h"


void outcomes_add(struct outcomes *o, const char *target, size_t len, enum err_code code,
    const char *text)
{
	o->list = xreallocarray(o->list, o->n + 1, sizeof(*o->list));
	o->list[o->n++] = (struct outcome){ xstrndup(target, len), code,
	    xstrdup(text) };
}

void outcomes_release(struct outcomes *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->list[i].target);
		free(o->list[i].text);
	}
	free(o->list);
	*o = (struct outcomes){ 0 };
}

bool outcome_known(const struct outcome *o)
{
	return o->code != ERR_NOINPUT || strcmp(o->text, OUTCOME_UNKNOWN) != 0;
}

void outcomes_forgive(struct outcomes *o)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->list[i].code == ERR_NOINPUT && outcome_known(&o->list[i]))
			o->list[i].code = ERR_NONE;
	}
}

void outcomes_json(const struct outcomes *o, struct json *j)
{
	json_open_list(j, "results");
	for (size_t i = 0; i < o->n; i++) {
		const struct outcome *one = &o->list[i];

		json_object(j, NULL);
		json_str(j, "target", one->target);
		json_bool(j, "done", one->code == ERR_NONE);
		json_int(j, "code", exit_of(one->code));
		json_str(j, "text", one->text[0] != '\0' ? one->text : NULL);
		json_end(j);
	}
	json_close_list(j);
}

/* The status when nothing was done: one word for all, if there is one. */
static int nothing_done(const struct outcomes *o)
{
	bool known = false, denied = true;
	enum err_code code = o->list[0].code;

	for (size_t i = 0; i < o->n; i++) {
		if (!outcome_known(&o->list[i]))
			continue;
		known = true;
		denied = denied && o->list[i].code == ERR_PERM;
		code = o->list[i].code;
	}
	if (!known)
		return EXIT_NOINPUT;
	if (denied)
		return EXIT_NOPERM;
	return code == ERR_AGAIN ? EXIT_TEMPFAIL : EXIT_SOME_FAILED;
}

int outcomes_status(const struct outcomes *o)
{
	size_t done = 0;

	if (o->n == 0)
		return EXIT_NOINPUT;
	for (size_t i = 0; i < o->n; i++)
		done += o->list[i].code == ERR_NONE;
	if (done == o->n)
		return EXIT_OK;
	return done > 0 ? EXIT_SOME_FAILED : nothing_done(o);
}
