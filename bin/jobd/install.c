/*
 * install: what is said to a host's shell, so that this very jobworker is there.
 *
 * Owns those texts and the name of the file: its version and the beginning of its
 * SHA-256, so that another build is another file, and one that is in use is never
 * written to.  The account's shell may be any: it gets one quoted word for sh(1).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "base/text.h"
#include "process.h"
#include "route_impl.h"

#define PROGRAM_MAX (64u << 20)
#define TEXT_MAX 16384
#define HASH_LEN 16

const char *text_mark(struct err *e)
{
	static char name[64];		/* found out once */
	char hash[SHA256_HEX], *path;
	struct buf b;

	if (name[0] != '\0')
		return name;
	path = worker_program(e);
	if (path == NULL)
		return NULL;
	buf_init(&b, PROGRAM_MAX);
	if (file_read(AT_FDCWD, path, &b, e) == 0) {
		sha256_hex(b.data, b.len, hash);
		(void)snprintf(name, sizeof(name), "%s-%.*s", JOB_VERSION, HASH_LEN, hash);
	}
	buf_release(&b);
	free(path);
	return name[0] != '\0' ? name : NULL;
}

int install_file(struct err *e)
{
	char *path = worker_program(e);
	int fd;

	if (path == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		err_sys(e, ERR_NOINPUT, "%s", path);
	free(path);
	return fd;
}

/* One word of sh(1); the caller frees. */
static char *quoted(const char *word)
{
	struct buf b;

	buf_init(&b, 4 * TEXT_MAX);
	(void)shell_quote(&b, word);
	return buf_steal(&b);
}

static char *text(const struct route *r, const char *action, struct err *e)
{
	const char *m = text_mark(e);
	char *dir, *script, *word, *all;

	if (m == NULL)
		return NULL;
	dir = quoted(r->dir);
	script = xasprintf("D=%s; case $D in /*) ;; *) D=$HOME/$D ;; esac; "
	    "W=$D/bin/jobworker-%s; %s", dir, m, action);
	word = quoted(script);
	all = xasprintf("exec /bin/sh -c %s", word);
	free(dir);
	free(script);
	free(word);
	return all;
}

char *text_check(const struct route *r, struct err *e)
{
	return text(r, "test -x \"$W\"", e);
}

/* It is tried before it gets its name: a host of another kind cannot run it. */
char *text_install(const struct route *r, struct err *e)
{
	return text(r, "umask 077; T=$W.$$; mkdir -p \"$D/bin\" && cat >\"$T\" && "
	    "chmod 700 \"$T\" && \"$T\" --version >/dev/null && mv \"$T\" \"$W\" || "
	    "{ rm -f \"$T\"; exit 1; }", e);
}

char *text_attach(const struct route *r, bool replace, struct err *e)
{
	return text(r, replace ? "exec \"$W\" attach --dir \"$D\" --replace" :
	    "exec \"$W\" attach --dir \"$D\"", e);
}

bool program_is_there(void)
{
	const char *p = getenv("PATH");
	size_t n;

	for (; p != NULL && *p != '\0'; p += n + (p[n] == ':')) {
		char *path;
		bool there;

		n = strcspn(p, ":");
		path = xasprintf("%.*s/ssh", (int)n, p);
		there = access(path, X_OK) == 0;
		free(path);
		if (there)
			return true;
	}
	return false;
}

static void add_option(struct buf *b, const char *option, const char *value)
{
	char *word;

	if (value == NULL)
		return;
	word = quoted(value);
	(void)buf_addf(b, " %s%s", option, word);
	free(word);
}

char *text_program(const struct route *r, const char *words)
{
	struct buf b;

	buf_init(&b, 4 * TEXT_MAX);
	(void)buf_addf(&b, "exec ssh -T -o BatchMode=yes -o StrictHostKeyChecking=%s "
	    "-o ConnectTimeout=20 -o ServerAliveInterval=15",
	    r->accept != NULL && strcmp(r->accept, SSH_ACCEPT_ANY) == 0 ? "accept-new" : "yes");
	if (r->compress)
		(void)buf_adds(&b, " -C");
	add_option(&b, "-p ", r->port);
	add_option(&b, "-l ", r->user);
	add_option(&b, "-i ", r->identity);
	add_option(&b, "-o UserKnownHostsFile=", r->known_hosts);
	add_option(&b, "-- ", r->address);
	add_option(&b, "", words);
	return buf_steal(&b);
}
