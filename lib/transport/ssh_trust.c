/*
 * ssh_trust: whether a host's key is the one that is known for it.
 *
 * Owns the rule, which is ssh(1)'s with StrictHostKeyChecking=yes: a key that is not
 * known is refused like a wrong one.  Nobody is asked, and nothing is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "transport/ssh_impl.h"

#define SITE_FILE "/etc/ssh/ssh_known_hosts"

static void read_file(LIBSSH2_KNOWNHOSTS *known, const char *path)
{
	if (access(path, R_OK) == 0)
		(void)libssh2_knownhost_readfile(known, path, LIBSSH2_KNOWNHOST_FILE_OPENSSH);
}

static void read_files(const struct ssh *s, LIBSSH2_KNOWNHOSTS *known)
{
	const char *home = getenv("HOME");
	char *path;

	if (s->known_hosts != NULL) {
		read_file(known, s->known_hosts);
		return;
	}
	if (home != NULL) {
		path = xasprintf("%s/.ssh/known_hosts", home);
		read_file(known, path);
		free(path);
	}
	read_file(known, SITE_FILE);
}

static int judge(struct ssh *s, int verdict, struct err *e)
{
	switch (verdict) {
	case LIBSSH2_KNOWNHOST_CHECK_MATCH:
		return 0;
	case LIBSSH2_KNOWNHOST_CHECK_MISMATCH:
		return err_set(e, ERR_PERM, "%s: its host key is not the one that is known: "
		    "somebody may be in between, or it was installed anew; if you know that it "
		    "was, remove the old key with ssh-keygen -R %s", s->address, s->address);
	default:
		/* It may be known by a key of another kind, which ssh(1) would ask for. */
		s->other_way = true;
		return err_set(e, ERR_PERM, "%s: its host key is not known: compare it, and put it "
		    "into the known_hosts file (ssh-keyscan %s)", s->address, s->address);
	}
}

int ssh_check_host(struct ssh *s, struct err *e)
{
	LIBSSH2_KNOWNHOSTS *known = libssh2_knownhost_init(s->session);
	size_t len;
	int port = (int)strtol(s->port, NULL, 10), type, verdict = LIBSSH2_KNOWNHOST_CHECK_FAILURE;
	const char *key = libssh2_session_hostkey(s->session, &len, &type);

	if (known == NULL)
		return err_set(e, ERR_OS, "known hosts: out of memory");
	read_files(s, known);
	if (key != NULL)
		verdict = libssh2_knownhost_checkp(known, s->address, port, key, len,
		    LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, NULL);
	libssh2_knownhost_free(known);
	return judge(s, verdict, e);
}
