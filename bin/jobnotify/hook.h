/* hook: what libcurl is wanted for; apart, since its headers and ours share a name. */
#ifndef JOBNOTIFY_HOOK_H
#define JOBNOTIFY_HOOK_H

#include "base/buf.h"
#include "base/err.h"

#define LIMIT 25		/* seconds that a receiver has */

/* A JSON document to an http or https URL; -1 unless it is answered with 2xx. */
int hook_post(const char *url, const struct buf *body, struct err *e);

#endif
