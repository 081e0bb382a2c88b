/*
 * load: what is simulated: a workload, and the machine that it is given to.
 *
 * Owns how the kind of a file is known: by how it begins.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/gzip.h"
#include "jobsim.h"
#include "sim/swf.h"

#define FILE_MAX ((size_t)4 << 30)

/* A file, or standard input for "-", expanded if it is compressed. */
static int read_text(const char *path, struct buf *text, struct err *e)
{
	struct buf raw;
	int r;

	buf_init(&raw, FILE_MAX);
	if (strcmp(path, "-") == 0)
		r = fd_read_all(STDIN_FILENO, &raw, e);
	else
		r = file_read(AT_FDCWD, path, &raw, e);
	if (r == 0 && gzip_is(raw.data, raw.len)) {
		if ((r = gzip_expand(raw.data, raw.len, text, e)) == -1)
			err_prefix(e, "%s", path);
		buf_release(&raw);
	} else if (r == 0) {
		*text = raw;
	} else {
		buf_release(&raw);
	}
	return r;
}

int load_work(struct jobsim *s, const char *path, struct err *e)
{
	struct buf text;
	int r;

	work_init(&s->work);
	buf_init(&text, FILE_MAX);
	r = read_text(path, &text, e);
	if (r == 0)
		r = swf_read(&s->work, path, text.data, text.len, e);
	buf_release(&text);
	if (r == -1)
		return -1;
	work_settle(&s->work);
	if (s->work.n == 0)
		return err_set(e, ERR_DATA, "%s: no job is left to simulate: %zu have no run time, "
		    "%zu no processors, %zu no submit time", path, s->work.no_run, s->work.no_cpus,
		    s->work.no_submit);
	return 0;
}

static int load_list(struct jobsim *s, struct err *e)
{
	struct buf text;
	int r;

	buf_init(&text, FILE_MAX);
	r = read_text(s->workers, &text, e);
	if (r == 0)
		r = machine_read(&s->machine, s->workers, text.data, text.len, e);
	buf_release(&text);
	return r;
}

int load_machine(struct jobsim *s, struct err *e)
{
	int64_t cpus = s->cpus > 0 ? s->cpus : s->work.cpus;

	if (s->workers != NULL && access(s->workers, F_OK) == 0)
		return load_list(s, e);
	if (s->workers != NULL)
		return machine_shorthand(&s->machine, s->workers, e);
	if (cpus == 0)
		return err_set(e, ERR_USAGE, "the workload does not say how large the machine is: "
		    "use --procs or --workers");
	machine_add(&s->machine, "machine", cpus)->gpus = 1024;
	return 0;
}
