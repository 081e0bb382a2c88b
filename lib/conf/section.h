/*
 * section: what is said of one queue, user or team, and of the site as a whole.
 *
 * job.conf has it as sections [queue NAME], [user NAME], [team NAME]; an
 * administrator may say more of them in the spool, key by key.
 */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "base/buf.h"
#include "core/core.h"

#define SECTION_SITE "site"	/* the kind without names: the bounds of all together */

struct sections {
	struct share *shares;
	size_t nshares;
	struct queue_conf *queues;
	size_t nqueues;
	struct quota site;
};

void sections_copy(struct sections *to, const struct sections *from);
void sections_free(struct sections *s);

/*
 * Sets a key of the section, which comes into being with its first one.  -1: ERR_CONFIG,
 * and nothing is changed.  The same, of all of them, as text that is read again.
 */
int section_set(struct sections *s, const char *kind, const char *name, const char *key,
    const char *value, struct err *e);
int sections_print(const struct sections *s, struct buf *out);

/*
 * The ith key of a section of that kind, and its value ("none", "auto" where nothing is
 * said); NULL behind the last.  name: of a section that there is.
 */
const char *section_value(const struct sections *s, const char *kind, const char *name,
    size_t i, struct buf *value);

#endif
