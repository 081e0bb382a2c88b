/*
 * calendar: the sections [calendar NAME], whose one key says which days it has.
 */
#include "core/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/impl.h"

#define CALENDARS_MAX 1000

static struct calendar *calendar_at(struct conf *c, const char *name)
{
	struct calendars *all = &c->calendars;

	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->list[i].name, name) == 0)
			return &all->list[i];
	}
	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	all->list[all->n] = (struct calendar){ .name = xstrdup(name) };
	return &all->list[all->n++];
}

/* A later one replaces an earlier one: a file that is included may be overridden. */
int conf_calendar_take(struct conf *c, const struct conf_item *item, struct err *e)
{
	struct windows days;
	struct calendar *to;

	if (strcmp(item->key, "days") != 0)
		return err_set(e, ERR_CONFIG, "unknown key \"%.64s\": a [calendar] has only days",
		    item->key);
	if (c->calendars.n >= CALENDARS_MAX)
		return err_set(e, ERR_CONFIG, "more than %d calendars", CALENDARS_MAX);
	if (days_parse(item->value, &days, e) == -1) {
		if (e != NULL)
			e->code = ERR_CONFIG;
		return err_prefix(e, "days");
	}
	to = calendar_at(c, item->name);
	free((char *)(uintptr_t)to->text);
	windows_release(&to->days);
	to->text = xstrdup(item->value);
	to->days = days;
	return 0;
}

int conf_calendar_print(const struct conf *c, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->calendars.n; i++)
		r = buf_addf(out, "[calendar %s]\ndays = %s\n", c->calendars.list[i].name,
		    c->calendars.list[i].text);
	return r;
}

void conf_calendar_free(struct conf *c)
{
	calendars_free(&c->calendars);
}
