/* device: a bit for each gpu of a worker. */
#include "core/device.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/worker.h"

#define IDS_MAX 8192		/* bytes of a list */
#define DEVICES_MAX (64 * DEVICE_WORDS)	/* in a row from disk anything may stand */

/* The next number of a list with commas, or -1; *at behind it. */
static int64_t next_id(const char **at)
{
	const char *p = *at;
	int64_t id = 0;

	if (p == NULL || *p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9' && id < DEVICES_MAX; p++)
		id = id * 10 + (*p - '0');
	*at = *p == ',' ? p + 1 : p;
	return id < DEVICES_MAX ? id : -1;
}

static uint64_t *word_of(struct worker *w, int64_t id)
{
	size_t words = (size_t)id / 64 + 1;

	if (words > w->busy_words) {
		w->busy = xreallocarray(w->busy, words, sizeof(*w->busy));
		memset(&w->busy[w->busy_words], 0, (words - w->busy_words) * sizeof(*w->busy));
		w->busy_words = words;
	}
	return &w->busy[id / 64];
}

static uint64_t bit_of(int64_t id)
{
	return UINT64_C(1) << id % 64;
}

static void set(struct worker *w, const char *ids, bool busy)
{
	int64_t id;

	while ((id = next_id(&ids)) != -1) {
		uint64_t *word = word_of(w, id);

		*word = busy ? *word | bit_of(id) : *word & ~bit_of(id);
	}
}

static void choose(struct worker *w, struct exec *x, int64_t n)
{
	struct buf b;

	buf_init(&b, IDS_MAX);
	for (int64_t id = 0; n > 0 && id < w->total[RES_GPU]; id++) {
		if ((*word_of(w, id) & bit_of(id)) != 0)
			continue;
		buf_addf(&b, "%s%" PRId64, b.len > 0 ? "," : "", id);
		n--;
	}
	x->gpu_ids = buf_steal(&b);
}

void devices_take(struct worker *w, struct exec *x)
{
	int64_t n = x->job->shape->want.fixed[RES_GPU];

	if (n == 0)
		return;
	if (x->gpu_ids == NULL)
		choose(w, x, n);
	set(w, x->gpu_ids, true);
}

void devices_give(struct worker *w, const struct exec *x)
{
	set(w, x->gpu_ids, false);
}

int devices_add(const struct exec *x, uint64_t *bits, size_t words)
{
	const char *at = x->gpu_ids;
	int64_t id;

	while ((id = next_id(&at)) != -1) {
		if ((size_t)id / 64 >= words || (bits[id / 64] & bit_of(id)) != 0)
			return -1;
		bits[id / 64] |= bit_of(id);
	}
	return 0;
}
