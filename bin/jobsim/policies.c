/*
 * policies: what the names of policies mean, as settings of job.conf.
 *
 * First comes the file of --config or, without one, what job.conf has by itself; then
 * what the policy says, then what --set says.
 */
#include <string.h>

#include "base/text.h"
#include "jobsim.h"

struct preset {
	const char *name;
	const char *settings[5];	/* NULL-ended */
};

static const struct preset presets[] = {
	{ "default", { NULL } },
	{ "fcfs", { "policy=fifo", "backfill_reservations=0", NULL } },
	{ "easy", { "policy=fifo", "backfill_reservations=1", "backfill_order=queue", NULL } },
	{ "sjbf", { "policy=fifo", "backfill_reservations=1", "backfill_order=shortest", NULL } },
	{ "sjf", { "policy=shortest", "backfill_reservations=1", "backfill_order=queue", NULL } },
	{ "cons", { "policy=fifo", "backfill_reservations=all", "backfill_order=queue", NULL } },
};

#define PRESETS (sizeof(presets) / sizeof(presets[0]))

static const struct preset *find(const char *name)
{
	size_t i;

	for (i = 0; i < PRESETS; i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	return NULL;
}

static int unknown(const char *name, struct err *e)
{
	const char *names[PRESETS], *near;
	struct buf all;
	size_t i;

	buf_init(&all, 400);
	for (i = 0; i < PRESETS; i++) {
		names[i] = presets[i].name;
		(void)buf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	near = nearest_word(name, names, PRESETS);
	err_set(e, ERR_USAGE, "unknown policy \"%.64s\": it is one of %s%s%s%s", name, all.data,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	buf_release(&all);
	return -1;
}

int policies_split(struct jobsim *s, struct err *e)
{
	char *rest = s->policies, *name;

	while ((name = strsep(&rest, ",")) != NULL) {
		if (find(name) == NULL)
			return unknown(name, e);
		if (s->nsims == POLICIES_MAX)
			return err_set(e, ERR_USAGE, "at most %d policies can be compared",
			    POLICIES_MAX);
		s->sims[s->nsims++].policy = name;
	}
	return 0;
}

static int assign_all(const struct jobsim *s, const struct preset *p, struct conf *c,
    struct err *e)
{
	size_t i;

	for (i = 0; p->settings[i] != NULL; i++)
		if (conf_assign(c, p->settings[i], e) == -1)
			return -1;
	if (s->estimates == ESTIMATES_LEARNED && conf_assign(c, "plan_by=learned", e) == -1)
		return -1;
	for (i = 0; i < s->nsettings; i++)
		if (conf_assign(c, s->settings[i], e) == -1)
			return -1;
	return 0;
}

int policies_conf(const struct jobsim *s, const char *policy, struct conf *c, struct err *e)
{
	if (conf_load(s->config != NULL ? s->config : "/dev/null", c, e) == -1)
		return -1;
	if (assign_all(s, find(policy), c, e) == 0)
		return 0;
	conf_free(c);
	return -1;
}
