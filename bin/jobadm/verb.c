/* verb: the second word of a command, from a table. */
#include <string.h>

#include "base/text.h"
#include "jobadm.h"

#define VERBS_MAX 16

static int none(const char *noun, const struct verb *verbs, struct err *e)
{
	struct buf all;

	buf_init(&all, 400);
	for (const struct verb *v = verbs; v->name != NULL; v++) {
		if (v->run != NULL)
			(void)buf_addf(&all, "%s%s", all.len > 0 ? ", " : "", v->name);
	}
	err_set(e, ERR_USAGE, "there is no verb: %s %s", noun, all.data);
	buf_release(&all);
	return -1;
}

int verbs_run(struct jobadm *a, const char *noun, const struct verb *verbs, char *const *words,
    struct err *e)
{
	const char *names[VERBS_MAX], *near;
	size_t n;
	int r;

	if (words[0] == NULL)
		return none(noun, verbs, e);
	for (n = 0; verbs[n].name != NULL && n < VERBS_MAX; n++) {
		names[n] = verbs[n].name;
		if (strcmp(names[n], words[0]) != 0)
			continue;
		if (verbs[n].run == NULL)
			return err_set(e, ERR_UNAVAIL, "%s %s: not there yet", noun, names[n]);
		if (place_open(a->spool_option, a->config, &a->spool, &a->conf, e) == -1)
			return -1;
		r = verbs[n].run(a, words + 1, e);
		conf_free(&a->conf);
		return r;
	}
	near = nearest_word(words[0], names, n);
	return err_set(e, ERR_USAGE, "unknown verb %s %.64s%s%s%s", noun, words[0],
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}
