/* From the options of a program, the environment and the configuration to a spool. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fdio.h"
#include "tap.h"
#include "view/place.h"

static char first[300], second[300], conf[300], bad[300];

static void file_make(const char *path, const char *key, const char *value)
{
	char text[400];
	int n = snprintf(text, sizeof(text), "%s = %s\n", key, value);
	struct err e;

	if (file_replace(AT_FDCWD, path, text, (size_t)n, 0600, &e) == -1)
		abort();
}

static const char *opened(const char *spool, const char *config)
{
	static char path[400];
	struct spool s;
	struct err e;

	if (place_open(spool, config, &s, NULL, &e) == -1) {
		snprintf(path, sizeof(path), "%d", e.code);
		return path;
	}
	snprintf(path, sizeof(path), "%s", s.path);
	spool_close(&s);
	return path;
}

static void places(void)
{
	char code[8];

	setenv("JOB_CONFIG", conf, 1);
	unsetenv("JOB_SPOOL");
	is_str(opened(NULL, NULL), second, "the configuration's");
	setenv("JOB_SPOOL", first, 1);
	is_str(opened(NULL, NULL), first, "the environment's before it");
	is_str(opened(second, NULL), second, "the option's before both");
	snprintf(code, sizeof(code), "%d", ERR_CONFIG);
	is_str(opened(first, bad), code, "a configuration in error is told");
	snprintf(code, sizeof(code), "%d", ERR_UNAVAIL);
	is_str(opened("/nonexistent/spool", NULL), code, "and a spool that is not there");
}

static void kept(void)
{
	struct spool s;
	struct conf c;
	struct err e;

	is_int(place_open(first, conf, &s, &c, &e), 0, "with the configuration kept");
	is_str(c.spool, second, "it is there");
	conf_free(&c);
	spool_close(&s);
}

int main(void)
{
	const char *dir = tap_tmpdir();

	snprintf(first, sizeof(first), "%s/first", dir);
	snprintf(second, sizeof(second), "%s/second", dir);
	snprintf(conf, sizeof(conf), "%s/job.conf", dir);
	snprintf(bad, sizeof(bad), "%s/bad.conf", dir);
	if (mkdir(first, 0700) == -1 || mkdir(second, 0700) == -1)
		abort();
	file_make(conf, "spool", second);
	file_make(bad, "no_such_key", "x");
	places();
	kept();
	return tap_done();
}
