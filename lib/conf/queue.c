/*
 * queue: the sections [queue NAME].
 */
#include "core/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conf/impl.h"

#define YEARS (INT64_C(36525) * 86400000)	/* 100 */
#define QUEUES_MAX 1000

static const char *const states[] = { "open", "stopped", "draining", NULL };

#define AT(member) .offset = offsetof(struct queue_conf, member)
#define K(key, kind, standard) .name = #key, AT(key), .type = CONF_##kind, .fallback = standard
#define RANGE(from, to) .min = (from), .max = (to)

static const struct conf_key keys[] = {
	{ K(state, CHOICE, "open"), .words = states, .reload = true },
	{ K(max_priority, NUMBER, "1000"), RANGE(0, 1000), .reload = true },
	{ K(max_time_limit, DURATION, "none"), RANGE(0, YEARS), .reload = true },
	{ K(users, TEXT, NULL), .reload = true },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

const struct conf_key *conf_queue_key(size_t i)
{
	return i < KEYS ? &keys[i] : NULL;
}

static struct queue_conf *queue_at(struct conf *c, const char *name)
{
	struct queue_conf *q;
	size_t i;

	for (i = 0; i < c->nqueues; i++)
		if (strcmp(c->queues[i].name, name) == 0)
			return &c->queues[i];
	c->queues = xreallocarray(c->queues, c->nqueues + 1, sizeof(*c->queues));
	q = &c->queues[c->nqueues++];
	*q = (struct queue_conf){ .name = xstrdup(name) };
	for (i = 0; i < KEYS; i++)
		if (keys[i].fallback != NULL)
			(void)conf_set(q, &keys[i], keys[i].fallback, NULL);
	return q;
}

/* A later one replaces an earlier one: a file that is included may be overridden. */
int conf_queue_take(struct conf *c, const struct conf_item *item, struct err *e)
{
	const char *names[KEYS], *near;
	size_t i;

	for (i = 0; i < KEYS && strcmp(keys[i].name, item->key) != 0; i++)
		names[i] = keys[i].name;
	if (i == KEYS) {
		near = nearest_word(item->key, names, KEYS);
		return err_set(e, ERR_CONFIG, "unknown key \"%.64s\" of a [queue]%s%s%s", item->key,
		    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		    near != NULL ? "\"?" : "");
	}
	if (c->nqueues >= QUEUES_MAX)
		return err_set(e, ERR_CONFIG, "more than %d queues", QUEUES_MAX);
	if (conf_set(queue_at(c, item->name), &keys[i], item->value, e) == -1)
		return err_prefix(e, "%s", item->key);
	return 0;
}

static int print_key(const struct queue_conf *q, const struct conf_key *k, struct buf *out)
{
	if (conf_is_text(k->type) && *(char *const *)((const char *)q + k->offset) == NULL)
		return 0;
	return buf_addf(out, "%s = ", k->name) == 0 && conf_value_format(q, k, out) == 0 &&
	    buf_addc(out, '\n') == 0 ? 0 : -1;
}

int conf_queue_print(const struct conf *c, struct buf *out)
{
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < c->nqueues; i++) {
		r = buf_addf(out, "[queue %s]\n", c->queues[i].name);
		for (k = 0; r == 0 && k < KEYS; k++)
			r = print_key(&c->queues[i], &keys[k], out);
	}
	return r;
}

void conf_queue_free(struct conf *c)
{
	queues_free(c->queues, c->nqueues);
}
