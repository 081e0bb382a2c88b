/*
 * manifest: reading, writing and checking the list of a backup.
 *
 * Promises that a list which was cut off or changed is not taken, by the sum in its
 * last line, and that no path in it leads out of the folder.
 */
#include "spool/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"

#define MANIFEST_MAX (1u << 30)
#define MAGIC "job-backup 1"
#define FIELDS 5		/* of a file's line */

void manifest_release(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->files[i].path);
	free(m->files);
	*m = (struct manifest){ .n = 0 };
}

void manifest_add(struct manifest *m, const struct manifest_file *f)
{
	if ((m->n & (m->n - 1)) == 0)
		m->files = xreallocarray(m->files, m->n == 0 ? 1 : m->n * 2, sizeof(*m->files));
	m->files[m->n] = *f;
	m->files[m->n++].path = xstrdup(f->path);
}

static int by_path(const void *a, const void *b)
{
	const struct manifest_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

const struct manifest_file *manifest_find(const struct manifest *m, const char *path)
{
	const struct manifest_file key = { .path = (char *)(uintptr_t)path };

	return m->n == 0 ? NULL : bsearch(&key, m->files, m->n, sizeof(key), by_path);
}

/* ---- writing */

static void text_make(const struct manifest *m, struct buf *b)
{
	char uuid[UUID_TEXT], sum[SHA256_HEX];

	uuid_format(&m->instance, uuid);
	buf_addf(b, MAGIC "\ninstance %s\nepoch %" PRId64 "\nnext_id %" PRId64 "\nmade %" PRId64
	    "\n", uuid, m->epoch, m->next_id, m->made);
	for (size_t i = 0; i < m->n; i++) {
		const struct manifest_file *f = &m->files[i];

		buf_addf(b, "file %s %" PRIu64 " %" PRId64 " %s\n", f->hash, f->size, f->mtime,
		    f->path);
	}
	sha256_hex(b->data, b->len, sum);
	buf_addf(b, "sum %s\n", sum);
}

int manifest_write(struct manifest *m, int dirfd, struct err *e)
{
	struct buf b;
	int r;

	if (m->n > 0)
		qsort(m->files, m->n, sizeof(m->files[0]), by_path);
	buf_init(&b, MANIFEST_MAX);
	text_make(m, &b);
	r = file_replace(dirfd, MANIFEST_NAME, b.data, b.len, 0600, e);
	buf_release(&b);
	return r;
}

/* ---- reading */

/* Everything that a spool has in a backup is named so: no way leads out. */
static bool path_valid(const char *s)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789._/";

	return *s != '\0' && *s != '/' && s[strspn(s, good)] == '\0' && strstr(s, "..") == NULL;
}

static int file_take(struct manifest *m, char *line)
{
	struct manifest_file f = { .size = 0 };
	char *word[FIELDS];

	for (int i = 0; i < FIELDS; i++)
		if ((word[i] = strsep(&line, " ")) == NULL)
			return -1;
	if (line != NULL || strlen(word[1]) != SHA256_HEX - 1 || !path_valid(word[4]) ||
	    num_u64(word[2], 0, INT64_MAX, &f.size, NULL) == -1 ||
	    num_i64(word[3], 0, INT64_MAX, &f.mtime, NULL) == -1)
		return -1;
	memcpy(f.hash, word[1], SHA256_HEX);
	f.path = word[4];
	if (m->n > 0 && strcmp(m->files[m->n - 1].path, f.path) >= 0)
		return -1;
	manifest_add(m, &f);
	return 0;
}

static int number_take(const char *line, const char *name, int64_t *out)
{
	size_t n = strlen(name);

	if (line == NULL || strncmp(line, name, n) != 0 || line[n] != ' ')
		return -1;
	return num_i64(line + n + 1, 0, INT64_MAX, out, NULL);
}

static int lines_take(struct manifest *m, char *text)
{
	char *line = strsep(&text, "\n");

	if (line == NULL || strcmp(line, MAGIC) != 0)
		return -1;
	line = strsep(&text, "\n");
	if (line == NULL || strncmp(line, "instance ", 9) != 0 ||
	    uuid_parse(line + 9, &m->instance) == -1 ||
	    number_take(strsep(&text, "\n"), "epoch", &m->epoch) == -1 ||
	    number_take(strsep(&text, "\n"), "next_id", &m->next_id) == -1 ||
	    number_take(strsep(&text, "\n"), "made", &m->made) == -1)
		return -1;
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
		if (strncmp(line, "file ", 5) != 0 || file_take(m, line) == -1)
			return -1;
	}
	return 0;
}

/* The sum in the last line is that of what stands before, which is left alone then. */
static int sum_take(struct buf *b)
{
	static const char name[] = "sum ";
	size_t n = sizeof(name) - 1 + SHA256_HEX;
	char sum[SHA256_HEX];

	if (b->len < n || b->data[b->len - 1] != '\n' ||
	    memcmp(b->data + b->len - n, name, sizeof(name) - 1) != 0)
		return -1;
	sha256_hex(b->data, b->len - n, sum);
	if (memcmp(b->data + b->len - SHA256_HEX, sum, SHA256_HEX - 1) != 0)
		return -1;
	b->data[b->len - n] = '\0';
	return 0;
}

int manifest_read(struct manifest *m, int dirfd, struct err *e)
{
	struct err why;
	struct buf b;
	int r = 1;

	*m = (struct manifest){ .n = 0 };
	buf_init(&b, MANIFEST_MAX);
	if (file_read(dirfd, MANIFEST_NAME, &b, &why) == -1) {
		r = why.code == ERR_NOINPUT ? 0 : -1;
		if (r == -1)
			*e = why;
	} else if (sum_take(&b) == -1 || lines_take(m, b.data) == -1) {
		manifest_release(m);
		r = err_set(e, ERR_DATA, MANIFEST_NAME " is damaged");
	}
	buf_release(&b);
	return r;
}

/* ---- checking */

/* What is wrong with it, or NULL. */
static const char *file_wrong(int dirfd, const struct manifest_file *f)
{
	int fd = openat(dirfd, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	const char *wrong = NULL;
	char hash[SHA256_HEX];
	struct stat st;

	if (fd == -1)
		return errno == ENOENT ? "is missing" : "cannot be read";
	if (fstat(fd, &st) == -1 || sha256_fd(fd, hash) == -1)
		wrong = "cannot be read";
	else if ((uint64_t)st.st_size != f->size)
		wrong = "has another size";
	else if (strcmp(hash, f->hash) != 0)
		wrong = "has other content";
	close(fd);
	return wrong;
}

void manifest_verify(const struct manifest *m, int dirfd,
    void (*fn)(void *arg, const char *finding), void *arg)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *wrong = file_wrong(dirfd, &m->files[i]);
		char *text;

		if (wrong == NULL)
			continue;
		text = xasprintf("%s %s", m->files[i].path, wrong);
		fn(arg, text);
		free(text);
	}
}
