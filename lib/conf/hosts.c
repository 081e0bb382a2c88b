/*
 * hosts: reads the workers file.
 *
 * Owns its grammar and its keys, as rows like those of job.conf.  Promises that a
 * name stands once, and that no value can be taken for an option of a program.
 */
#include "conf/hosts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/words.h"
#include "conf/impl.h"

#define FILE_MAX (16u << 20)
#define LABEL "label."
#define LABELS_MAX 4096
#define MIB_MAX INT64_C(1000000000)
#define CPUS_MAX INT64_C(100000000)

static const char *const transports[] = { "ssh", "command", NULL };

#define AT(member) .offset = offsetof(struct host, member)
#define K(key, kind, standard) .name = #key, AT(key), .type = CONF_##kind, .fallback = standard
#define RANGE(from, to) .min = (from), .max = (to)
#define AUTO .may_auto = true

/* The first ones say how it is reached: host_same_way looks at them alone. */
static const struct conf_key keys[] = {
	{ K(transport, CHOICE, "ssh"), .words = transports },
	{ K(address, NAME, NULL) },
	{ K(user, NAME, NULL) },
	{ K(port, NUMBER, "22"), RANGE(1, 65535) },
	{ K(identity, TEXT, NULL) },
	{ K(known_hosts, TEXT, NULL) },
	{ K(command, TEXT, NULL) },
	{ K(dir, TEXT, NULL) },
	{ K(compress, BOOL, "no") },
	{ K(cpus, MILLI, "auto"), RANGE(1, CPUS_MAX), AUTO },
	{ K(memory, MIB, "auto"), RANGE(1, MIB_MAX), AUTO },
	{ K(disk, MIB, "auto"), RANGE(1, MIB_MAX), AUTO },
	{ K(gpus, NUMBER, "auto"), RANGE(0, 1024), AUTO },
	{ K(gpu_type, NAME, NULL) },
	{ K(bandwidth, NUMBER, "0"), RANGE(0, CONF_MBIT_MAX) },
	{ K(resources, AMOUNTS, NULL) },
	{ K(region, NAME, NULL) },
	{ K(zone, NAME, NULL) },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))
#define WAY_KEYS 9
_Static_assert(KEYS < HOST_KEYS_MAX, "every key fits");

struct line {
	const char *name;	/* as it stands there */
	char *const *words;	/* key=value */
	size_t n, number;
};

static void host_free(struct host *h)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (conf_is_text(keys[i].type))
			free(*(char **)((char *)h + keys[i].offset));
	}
	free(h->name);
	free(h->labels);
}

void hosts_free(struct hosts *h)
{
	for (size_t i = 0; i < h->n; i++)
		host_free(&h->list[i]);
	free(h->list);
	*h = (struct hosts){ 0 };
}

/* ---- one host */

static char *expand(const char *value, const char *name, struct err *e)
{
	struct buf b;

	buf_init(&b, CONF_LINE_MAX);
	for (const char *p = value; *p != '\0'; p++) {
		int r = *p != '%' ? buf_addc(&b, *p) : p[1] == 'n' ? buf_adds(&b, name) :
		    p[1] == '%' ? buf_addc(&b, '%') : -1;

		if (r == -1) {
			buf_release(&b);
			err_set(e, ERR_CONFIG, "\"%.64s\": behind %% stands n or %%", value);
			return NULL;
		}
		p += *p == '%';
	}
	return buf_steal(&b);
}

static int label_add(struct buf *labels, const char *word, size_t n, const char *value,
    struct err *e)
{
	char name[65];

	snprintf(name, sizeof(name), "%.*s", n < 64 ? (int)n : 64, word);
	if (n > 64 || !name_valid(name, 64))
		return err_set(e, ERR_CONFIG, "\"%s\" is no name of a label", name);
	if (buf_addc(labels, labels->len == 0 ? '{' : ',') == -1 ||
	    json_quote(labels, name, strlen(name)) == -1 || buf_addc(labels, ':') == -1 ||
	    json_quote(labels, value, strlen(value)) == -1)
		return err_set(e, ERR_CONFIG, "more than %d bytes of labels", LABELS_MAX);
	return 0;
}

static int unknown_key(const char *word, struct err *e)
{
	const char *names[KEYS], *near;

	for (size_t i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	near = nearest_word(word, names, KEYS);
	if (near == NULL)
		return err_set(e, ERR_CONFIG, "unknown key \"%.64s\"", word);
	return err_set(e, ERR_CONFIG, "unknown key \"%.64s\"; did you mean \"%s\"?", word, near);
}

/* One key=value; seen: which keys this line has set. */
static int word_take(struct host *h, const char *word, struct buf *labels, bool *seen,
    struct err *e)
{
	const char *equals = strchr(word, '=');
	char *value, key[65];
	size_t i;
	int r;

	if (equals == NULL || equals == word || equals[1] == '\0')
		return err_set(e, ERR_CONFIG, "\"%.64s\" is not key=value", word);
	value = expand(equals + 1, h->name, e);
	if (value == NULL)
		return -1;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word < 64 ? equals - word : 64), word);
	for (i = 0; i < KEYS && strcmp(keys[i].name, key) != 0; i++)
		;
	if (strncmp(word, LABEL, strlen(LABEL)) == 0)
		r = label_add(labels, word + strlen(LABEL),
		    (size_t)(equals - word) - strlen(LABEL), value, e);
	else if (i == KEYS)
		r = unknown_key(key, e);
	else if (seen[i])
		r = err_set(e, ERR_CONFIG, "%s is set twice", key);
	else if ((r = conf_set(h, &keys[i], value, e)) == -1)
		err_prefix(e, "%s", key);
	if (i < KEYS)
		seen[i] = true;
	free(value);
	return r;
}

static int host_check(const struct host *h, struct err *e)
{
	if (h->transport == HOST_COMMAND && h->command == NULL)
		return err_set(e, ERR_CONFIG, "transport=command needs a command=");
	if (h->transport != HOST_COMMAND && h->command != NULL)
		return err_set(e, ERR_CONFIG, "command= needs transport=command");
	if (h->dir != NULL && h->dir[0] == '-')
		return err_set(e, ERR_CONFIG, "dir: begins with -");
	return 0;
}

static int host_make(struct hosts *all, const char *name, const struct line *l, struct err *e)
{
	bool seen[KEYS] = { false };
	struct host *h;
	struct buf labels;
	int r = 0;

	if (all->n == HOSTS_MAX)
		return err_set(e, ERR_CONFIG, "more than %d hosts", HOSTS_MAX);
	if (!name_valid(name, HOST_NAME_MAX_BYTES) || strchr(name, '/') != NULL)
		return err_set(e, ERR_CONFIG, "\"%.64s\" is no name of a host", name);
	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	h = &all->list[all->n++];
	*h = (struct host){ .name = xstrdup(name), .line = l->number };
	for (size_t i = 0; i < KEYS; i++) {
		if (keys[i].fallback != NULL && conf_set(h, &keys[i], keys[i].fallback, e) == -1)
			return -1;
	}
	buf_init(&labels, LABELS_MAX);
	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = word_take(h, l->words[i], &labels, seen, e);
	if (r == 0 && labels.len > 0 && buf_addc(&labels, '}') == 0)
		h->labels = buf_steal(&labels);
	buf_release(&labels);
	return r == 0 ? host_check(h, e) : r;
}

/* ---- lines */

struct range {
	uint64_t from, to;
	int digits;		/* as many as the first number has */
	const char *rest;
};

/* At the [ of NAME[A-B]REST. */
static int range_read(const char *p, struct range *r, struct err *e)
{
	char a[10], b[10], end;

	if (sscanf(p, "[%9[0-9]-%9[0-9]%c", a, b, &end) != 3 || end != ']')
		return err_set(e, ERR_CONFIG, "\"%.64s\": a range is written [1-40]", p);
	r->digits = (int)strlen(a);
	r->from = strtoull(a, NULL, 10);
	r->to = strtoull(b, NULL, 10);
	r->rest = strchr(p, ']') + 1;
	if (r->from > r->to)
		return err_set(e, ERR_CONFIG, "\"%.64s\": the smaller number stands first", p);
	return 0;
}

static int line_take(struct hosts *all, const struct line *l, struct err *e)
{
	const char *open = strchr(l->name, '[');
	struct range r = { 0 };
	char name[256];

	if (open == NULL)
		return host_make(all, l->name, l, e);
	if (range_read(open, &r, e) == -1)
		return -1;
	for (uint64_t i = r.from; i <= r.to; i++) {
		snprintf(name, sizeof(name), "%.*s%0*" PRIu64 "%s", (int)(open - l->name), l->name,
		    r.digits, i, r.rest);
		if (host_make(all, name, l, e) == -1)
			return -1;
	}
	return 0;
}

static int line_read(struct hosts *all, const char *text, size_t n, size_t number, struct err *e)
{
	struct words w = { 0 };
	struct line l;
	int r = 0;

	if (n > CONF_LINE_MAX || memchr(text, '\0', n) != NULL)
		return err_set(e, ERR_CONFIG, n > CONF_LINE_MAX ? "the line is too long" :
		    "the line holds a NUL byte");
	if (words_split(text, n, &w, e) == -1)
		r = -1;
	l = (struct line){ .words = w.list + 1, .n = w.n - 1, .number = number };
	if (r == 0 && w.n > 0) {
		l.name = w.list[0];
		r = line_take(all, &l, e);
	}
	words_release(&w);
	return r;
}

/* ---- all */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct host *)a)->name, ((const struct host *)b)->name);
}

static int sort(const char *path, struct hosts *h, struct err *e)
{
	if (h->n > 0)
		qsort(h->list, h->n, sizeof(*h->list), by_name);
	for (size_t i = 1; i < h->n; i++) {
		const struct host *a = &h->list[i - 1], *b = &h->list[i];

		if (strcmp(a->name, b->name) == 0)
			return err_set(e, ERR_CONFIG, "%s:%zu: %s stands in line %zu, too", path,
			    a->line > b->line ? a->line : b->line, a->name,
			    a->line > b->line ? b->line : a->line);
	}
	return 0;
}

int hosts_parse(const char *path, const char *text, size_t n, struct hosts *h, struct err *e)
{
	const char *end = text + n, *p = text, *nl;
	size_t number;
	int r = 0;

	*h = (struct hosts){ 0 };
	for (number = 1; r == 0 && p < end; number++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		r = line_read(h, p, (size_t)(nl - p), number, e);
		if (r == -1)
			err_prefix(e, "%s:%zu", path, number);
	}
	if (r == 0)
		r = sort(path, h, e);
	if (r == -1) {
		hosts_free(h);
		if (e != NULL)
			e->code = ERR_CONFIG;
	}
	return r;
}

int hosts_load(const char *path, struct hosts *h, struct err *e)
{
	struct buf b;
	int r;

	*h = (struct hosts){ 0 };
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	buf_init(&b, FILE_MAX);
	r = conf_file_read(path, &b, e);
	if (r == 0)
		r = hosts_parse(path, b.data, b.len, h, e);
	buf_release(&b);
	return r;
}

const struct host *hosts_find(const struct hosts *h, const char *name)
{
	const struct host key = { .name = (char *)(uintptr_t)name };

	if (h->n == 0)
		return NULL;
	return bsearch(&key, h->list, h->n, sizeof(*h->list), by_name);
}

const char *host_transport_name(const struct host *h)
{
	return transports[h->transport];
}

const char *host_dir(const struct host *h, const char *instance)
{
	static char usual[64];

	if (h->dir != NULL)
		return h->dir;
	snprintf(usual, sizeof(usual), ".jobworker/%s", instance);
	return usual;
}

/* ---- what has changed */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_keys(const struct host *a, const struct host *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const void *x = (const char *)a + keys[i].offset;
		const void *y = (const char *)b + keys[i].offset;

		if (conf_is_text(keys[i].type) ? !same_text(*(char *const *)x, *(char *const *)y) :
		    *(const int64_t *)x != *(const int64_t *)y)
			return false;
	}
	return true;
}

bool host_same_way(const struct host *a, const struct host *b)
{
	return same_keys(a, b, WAY_KEYS);
}

bool host_equal(const struct host *a, const struct host *b)
{
	return same_keys(a, b, KEYS) && same_text(a->labels, b->labels);
}
