/* verb: the second word of a command, from a table; the installation that it is about. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "jobadm.h"

#define VERBS_MAX 16

int installation_open(struct jobadm *a, struct err *e)
{
	if (place_open(a->spool_option, a->config, &a->spool, &a->conf, e) == 0)
		return 0;
	memset(&a->conf, 0, sizeof(a->conf));
	return -1;
}

int owner_only(const struct jobadm *a, struct err *e)
{
	if (geteuid() == 0 || geteuid() == a->spool.owner)
		return 0;
	return err_set(e, ERR_PERM, "only the owner of %s and root may do that", a->spool.path);
}

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

	if (words[0] == NULL)
		return none(noun, verbs, e);
	for (n = 0; verbs[n].name != NULL && n < VERBS_MAX; n++) {
		names[n] = verbs[n].name;
		if (strcmp(names[n], words[0]) != 0)
			continue;
		if (verbs[n].run == NULL)
			return err_set(e, ERR_UNAVAIL, "%s %s: not there yet", noun, names[n]);
		if (installation_open(a, e) == -1)
			return -1;
		return verbs[n].run(a, words + 1, e);
	}
	near = nearest_word(words[0], names, n);
	return err_set(e, ERR_USAGE, "unknown verb %s %.64s%s%s%s", noun, words[0],
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}
