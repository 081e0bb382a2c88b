/*
 * A journal of any bytes: it opens or is refused, is cut to what is sound, opens
 * again without a cut and says the same; listing what it holds does no harm.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/inspect.h"
#include "agent/journal.h"
#include "agent/execfile.h"
#include "base/fdio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static char path[64];
static int dir;

static void folder_remove(void)
{
	unlinkat(dir, JOURNAL_NAME, 0);
	unlinkat(dir, EXECFILE_DIR "/7.1", 0);
	unlinkat(dir, EXECFILE_DIR, AT_REMOVEDIR);
	rmdir(path);
}

static void folder_make(void)
{
	/* In memory where there is such a place: a run is nothing but files. */
	snprintf(path, sizeof(path), "/dev/shm/fuzz.XXXXXX");
	if (mkdtemp(path) == NULL) {
		snprintf(path, sizeof(path), "/tmp/fuzz.XXXXXX");
		must(mkdtemp(path) != NULL, "a folder");
	}
	dir = dir_open(AT_FDCWD, path, NULL);
	must(dir != -1 && mkdirat(dir, EXECFILE_DIR, 0700) == 0, "its folders");
	atexit(folder_remove);
}

struct seen {
	size_t blocks, bytes;
};

static void replay(void *arg, const struct msg *m, size_t size)
{
	struct seen *s = arg;

	must(msg_type(m) != MSG_J_HEAD, "a head is not handed on");
	s->blocks++;
	s->bytes += size;
}

static void item(void *arg, const struct inspected *i)
{
	size_t *n = arg;

	must(i->state != NULL, "a state");
	++*n;
}

static void file_put(const char *name, const uint8_t *data, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	must(fd != -1 && write(fd, data, size) == (ssize_t)size, "write");
	close(fd);
}

static void record_any(const uint8_t *data, size_t size)
{
	struct execfile r;
	int fd;

	file_put(EXECFILE_DIR "/7.1", data, size);
	fd = openat(dir, EXECFILE_DIR "/7.1", O_RDONLY);
	if (execfile_read(fd, &r, NULL) == 0)
		must(r.sound <= (off_t)size, "what is sound is in the file");
	execfile_release(&r);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen first = { 0, 0 }, second = { 0, 0 };
	struct journal j;
	struct err e;
	size_t cut, n = 0;
	off_t sound;

	if (dir == 0)
		folder_make();
	record_any(data, size);
	file_put(JOURNAL_NAME, data, size);
	if (journal_open(&j, dir, replay, &first, &cut, &e) == -1)
		return 0;
	sound = j.size;
	must((size_t)sound + cut <= size && first.bytes <= (size_t)sound, "sizes");
	must(j.begun || first.blocks == 0, "nothing without a head");
	journal_close(&j);
	must(journal_open(&j, dir, replay, &second, &cut, &e) == 0, "opens again");
	must(cut == 0 && j.size == sound, "without a cut");
	must(memcmp(&first, &second, sizeof(first)) == 0, "and says the same");
	journal_close(&j);
	must(inspect_list(path, item, &n, &e) == 0, "a list");
	must(n <= first.blocks, "of no more than there is");
	return 0;
}
