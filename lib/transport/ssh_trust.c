/*
 * ssh_trust: whether a host's key is the one that is known for it.
 *
 * Owns the rule, which is ssh(1)'s with StrictHostKeyChecking=yes: a key that is not
 * known is refused like a wrong one, unless the caller accepts it beforehand.  Only a
 * host of which nothing is known can be accepted; its key is then written down.
 */
#include <bsd/string.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "transport/ssh_impl.h"

#define SITE_FILE "/etc/ssh/ssh_known_hosts"
#define LINE_BYTES 4096
#define PRINT_BYTES 32		/* of a SHA-256 */

/* What libssh2 calls a kind of key here and there, and what people call it. */
static const struct kind {
	int type, known;
	const char *name;
} kinds[] = {
	{ LIBSSH2_HOSTKEY_TYPE_RSA, LIBSSH2_KNOWNHOST_KEY_SSHRSA, "RSA" },
	{ LIBSSH2_HOSTKEY_TYPE_ECDSA_256, LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ECDSA" },
	{ LIBSSH2_HOSTKEY_TYPE_ECDSA_384, LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ECDSA" },
	{ LIBSSH2_HOSTKEY_TYPE_ECDSA_521, LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ECDSA" },
	{ LIBSSH2_HOSTKEY_TYPE_ED25519, LIBSSH2_KNOWNHOST_KEY_ED25519, "ED25519" },
};

struct host_key {
	const char *bytes;
	size_t len;
	const struct kind *kind;	/* NULL: none that we know */
};

static struct host_key host_key(const struct ssh *s)
{
	struct host_key k = { .kind = NULL };
	int type;

	k.bytes = libssh2_session_hostkey(s->session, &k.len, &type);
	for (size_t i = 0; k.bytes != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			k.kind = &kinds[i];
	return k;
}

/* As ssh-keygen -l shows it: base 64 of the SHA-256, without the padding. */
static void fingerprint(struct ssh *s, const struct host_key *k)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *hash = libssh2_hostkey_hash(s->session, LIBSSH2_HOSTKEY_HASH_SHA256);
	char text[PRINT_BYTES * 4 / 3 + 2];
	unsigned bits = 0, have = 0, n = 0;

	for (int i = 0; hash != NULL && i < PRINT_BYTES; i++) {
		bits = bits << 8 | (unsigned char)hash[i];
		for (have += 8; have >= 6; have -= 6)
			text[n++] = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		text[n++] = digits[bits << (6 - have) & 63];
	text[n] = '\0';
	(void)snprintf(s->host_key, sizeof(s->host_key), "%s SHA256:%s", k->kind->name, text);
}

/* ---- files */

static void read_file(LIBSSH2_KNOWNHOSTS *known, const char *path)
{
	if (access(path, R_OK) == 0)
		(void)libssh2_knownhost_readfile(known, path, LIBSSH2_KNOWNHOST_FILE_OPENSSH);
}

/* The file that is written to, too; NULL: there is no home.  The caller frees. */
static char *own_file(const struct ssh *s)
{
	const char *home = getenv("HOME");

	if (s->known_hosts != NULL)
		return xstrdup(s->known_hosts);
	return home != NULL ? xasprintf("%s/.ssh/known_hosts", home) : NULL;
}

static void read_files(const struct ssh *s, LIBSSH2_KNOWNHOSTS *known)
{
	char *path = own_file(s);

	if (path != NULL)
		read_file(known, path);
	free(path);
	if (s->known_hosts == NULL)
		read_file(known, SITE_FILE);
}

/* The line of a known_hosts file for this key; its length, or -1. */
static int line_make(const struct ssh *s, const struct host_key *k, char *line, size_t size)
{
	LIBSSH2_KNOWNHOSTS *one = libssh2_knownhost_init(s->session);
	bool usual = strcmp(s->port, "22") == 0;
	struct libssh2_knownhost *entry;
	size_t len = 0;
	char *name;

	if (one == NULL)
		return -1;
	name = usual ? xstrdup(s->address) : xasprintf("[%s]:%s", s->address, s->port);
	if (libssh2_knownhost_addc(one, name, NULL, k->bytes, k->len, NULL, 0,
	    LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | k->kind->known,
	    &entry) != 0 || libssh2_knownhost_writeline(one, entry, line, size, &len,
	    LIBSSH2_KNOWNHOST_FILE_OPENSSH) != 0)
		len = 0;
	free(name);
	libssh2_knownhost_free(one);
	return len > 0 ? (int)len : -1;
}

/* ~/.ssh is made where it is missing. */
static void folder_make(const char *path)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');

	if (slash != NULL && slash != dir) {
		*slash = '\0';
		(void)dir_make(AT_FDCWD, dir, 0700, NULL);
	}
	free(dir);
}

static int append(const char *path, const char *line, size_t n, struct err *e)
{
	int fd, r;

	folder_make(path);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, ERR_CREATE, "%s", path);
	r = fd_write_all(fd, line, n, e);
	if (r == 0 && fsync(fd) == -1)
		r = err_sys(e, ERR_IO, "%s", path);
	close(fd);
	return r;
}

static int remember(struct ssh *s, const struct host_key *k, struct err *e)
{
	char line[LINE_BYTES], *path = own_file(s);
	int r, n = path != NULL ? line_make(s, k, line, sizeof(line)) : -1;

	if (n == -1)
		r = err_set(e, ERR_OS, "%s: its host key cannot be written down", s->address);
	else
		r = append(path, line, (size_t)n, e);
	free(path);
	if (r == 0)
		s->trust = SSH_ADDED;
	return r;
}

/* ---- judgement */

static bool is_accepted(const struct ssh *s)
{
	const char *print = strchr(s->host_key, ' ');

	return s->accept != NULL && print != NULL && (strcmp(s->accept, SSH_ACCEPT_ANY) == 0 ||
	    strcmp(s->accept, print + 1) == 0);
}

static int changed(struct ssh *s, struct err *e)
{
	s->trust = SSH_CHANGED;
	return err_set(e, ERR_PERM, "%s: its host key (%s) is not the one that is known: "
	    "somebody may be in between, or it was installed anew; if you know that it was, "
	    "remove the old key with ssh-keygen -R %s", s->address, s->host_key, s->address);
}

static int unknown(struct ssh *s, const struct host_key *k, bool other_kind, struct err *e)
{
	if (!other_kind && is_accepted(s))
		return remember(s, k, e);
	/* By a key of another kind, or by rules of its own, ssh(1) may know it. */
	s->other_way = true;
	if (other_kind)
		return err_set(e, ERR_PERM, "%s: it is known by a host key of another kind than "
		    "the one that it shows (%s)", s->address, s->host_key);
	s->trust = SSH_UNKNOWN;
	return err_set(e, ERR_PERM, "%s: its host key is not known: compare it (%s), and put it "
	    "into the known_hosts file (jobadm worker check does, or ssh-keyscan %s)", s->address,
	    s->host_key, s->address);
}

static int check(const struct ssh *s, LIBSSH2_KNOWNHOSTS *known, const struct host_key *k,
    int kind)
{
	return libssh2_knownhost_checkp(known, s->address, (int)strtol(s->port, NULL, 10),
	    k->bytes, k->len, LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | kind,
	    NULL);
}

int ssh_check_host(struct ssh *s, struct err *e)
{
	LIBSSH2_KNOWNHOSTS *known = libssh2_knownhost_init(s->session);
	struct host_key k = host_key(s);
	int any, same;

	if (known == NULL)
		return err_set(e, ERR_OS, "known hosts: out of memory");
	if (k.kind == NULL) {
		libssh2_knownhost_free(known);
		return err_set(e, ERR_UNAVAIL, "%s: a host key of a kind that is not known",
		    s->address);
	}
	fingerprint(s, &k);
	read_files(s, known);
	any = check(s, known, &k, 0);
	same = check(s, known, &k, k.kind->known);
	libssh2_knownhost_free(known);
	if (any == LIBSSH2_KNOWNHOST_CHECK_MATCH) {
		s->trust = SSH_KNOWN;
		return 0;
	}
	if (same == LIBSSH2_KNOWNHOST_CHECK_MISMATCH)
		return changed(s, e);
	return unknown(s, &k, any == LIBSSH2_KNOWNHOST_CHECK_MISMATCH, e);
}

enum ssh_trust ssh_trust(const struct ssh *s, const char **key)
{
	*key = s->host_key;
	return s->trust;
}
