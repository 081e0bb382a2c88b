/*
 * ssh: from a name to a session that is logged in.
 *
 * A function for each state.  Rules of libssh2 that the code rests on: a call that
 * would block is repeated with the same arguments; which way it waits is asked for
 * after each, and none means both; nothing is cleaned up politely, since that may
 * wait for a host that is gone.
 */
#include "transport/ssh.h"

#include <bsd/string.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "transport/ssh_impl.h"

#define KEY_ORDER "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,ssh-rsa"
#define UNACKED_MS 60000	/* sent, and not acknowledged by the host's kernel */

static const char *const usual_keys[] = { "id_ed25519", "id_ecdsa" };

#define USUAL_KEYS ((int)(sizeof(usual_keys) / sizeof(usual_keys[0])))

int ssh_error(struct ssh *s, struct err *e, const char *what)
{
	char *text = NULL;
	int len = 0;

	(void)libssh2_session_last_error(s->session, &text, &len, 0);
	return err_set(e, ERR_UNAVAIL, "%s: %s: %.*s", s->address, what, len, text != NULL ? text :
	    "");
}

/* ---- the making */

static char *keep(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

/* "~/x" is in the home of who jobd is. */
static char *keep_path(const char *path)
{
	const char *home = getenv("HOME");

	if (path != NULL && strncmp(path, "~/", 2) == 0 && home != NULL)
		return xasprintf("%s%s", home, path + 1);
	return keep(path);
}

static char *own_name(void)
{
	const struct passwd *pw = getpwuid(geteuid());

	return xstrdup(pw != NULL ? pw->pw_name : "root");
}

static int session_make(struct ssh *s, struct err *e)
{
	static bool ready;

	if (!ready && libssh2_init(0) != 0)
		return err_set(e, ERR_OS, "libssh2 cannot be used");
	ready = true;
	s->session = libssh2_session_init();
	if (s->session == NULL)
		return err_set(e, ERR_OS, "a session: out of memory");
	libssh2_session_set_blocking(s->session, 0);
	(void)libssh2_session_method_pref(s->session, LIBSSH2_METHOD_HOSTKEY, KEY_ORDER);
	(void)libssh2_session_flag(s->session, LIBSSH2_FLAG_COMPRESS, s->compress);
	return 0;
}

struct ssh *ssh_new(const struct ssh_target *t, struct err *e)
{
	struct ssh *s = xcalloc(1, sizeof(*s));

	s->fd = -1;
	TAILQ_INIT(&s->streams);
	s->address = xstrdup(t->address);
	s->port = xstrdup(t->port != NULL ? t->port : "22");
	s->user = t->user != NULL ? xstrdup(t->user) : own_name();
	s->identity = keep_path(t->identity);
	s->known_hosts = keep_path(t->known_hosts);
	s->accept = keep(t->accept);
	s->compress = t->compress;
	if (session_make(s, e) == 0)
		s->resolver = resolver_new(s->address, s->port, e);
	if (s->resolver != NULL)
		return s;
	ssh_free(s);
	return NULL;
}

void ssh_free(struct ssh *s)
{
	if (s == NULL)
		return;
	/* The connection first: then nothing below can wait for the host. */
	if (s->fd != -1)
		close(s->fd);
	while (!TAILQ_EMPTY(&s->streams))
		ssh_stream_free(TAILQ_FIRST(&s->streams));
	if (s->agent != NULL)
		libssh2_agent_free(s->agent);
	if (s->session != NULL)
		(void)libssh2_session_free(s->session);
	resolver_free(s->resolver);
	free(s->address);
	free(s->port);
	free(s->user);
	free(s->identity);
	free(s->known_hosts);
	free(s->accept);
	free(s);
}

/* ---- states: 1 on to the next, 0 wait, -1 failed */

static int connect_next(struct ssh *s, struct err *e)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int r;

	while ((r = resolver_next(s->resolver, &addr, &len, e)) == 1) {
		s->fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (s->fd != -1 && (connect(s->fd, (struct sockaddr *)&addr, len) == 0 ||
		    errno == EINPROGRESS))
			return 1;
		err_sys(e, ERR_UNAVAIL, "%s", s->address);
		if (s->fd != -1)
			close(s->fd);
		s->fd = -1;
	}
	return r;
}

static int on_resolve(struct ssh *s, struct err *e)
{
	return connect_next(s, e);
}

static int on_connect(struct ssh *s, struct err *e)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	socklen_t len = sizeof(errno);
	int one = 1, unacked = UNACKED_MS;

	if (poll(&p, 1, 0) != 1)
		return 0;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &errno, &len) == -1 || errno != 0) {
		err_sys(e, ERR_UNAVAIL, "%s", s->address);
		close(s->fd);
		s->fd = -1;
		/* Another address of it, if there is one; we stay in this state. */
		return connect_next(s, e) == 1 ? 0 : -1;
	}
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof(unacked));
	return 1;
}

static int on_handshake(struct ssh *s, struct err *e)
{
	int r = libssh2_session_handshake(s->session, s->fd);

	if (r == LIBSSH2_ERROR_EAGAIN)
		return 0;
	if (r == 0)
		return 1;
	/* It may have nothing but an RSA key, and want signatures that we cannot check. */
	s->other_way = r == LIBSSH2_ERROR_KEX_FAILURE || r == LIBSSH2_ERROR_HOSTKEY_INIT ||
	    r == LIBSSH2_ERROR_HOSTKEY_SIGN || r == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE ||
	    r == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED;
	return ssh_error(s, e, "key exchange");
}

static int on_host_key(struct ssh *s, struct err *e)
{
	return ssh_check_host(s, e) == 0 ? 1 : -1;
}

/* The agent's keys, one by one: 1 in, 0 wait, -1 none of them. */
static int try_agent(struct ssh *s)
{
	int r;

	if (s->agent_done || s->identity != NULL || getenv("SSH_AUTH_SOCK") == NULL)
		return -1;
	if (!s->agent_begun) {
		s->agent_begun = true;
		s->agent = libssh2_agent_init(s->session);
		if (s->agent == NULL || libssh2_agent_connect(s->agent) != 0 ||
		    libssh2_agent_list_identities(s->agent) != 0 ||
		    libssh2_agent_get_identity(s->agent, &s->agent_key, NULL) != 0)
			s->agent_key = NULL;
	}
	while (s->agent_key != NULL) {
		r = libssh2_agent_userauth(s->agent, s->user, s->agent_key);
		if (r == 0)
			(void)snprintf(s->login, sizeof(s->login), "%s of the agent",
			    s->agent_key->comment != NULL ? s->agent_key->comment : "a key");
		if (r == 0 || r == LIBSSH2_ERROR_EAGAIN)
			return r == 0;
		if (libssh2_agent_get_identity(s->agent, &s->agent_key, s->agent_key) != 0)
			s->agent_key = NULL;
	}
	s->agent_done = true;
	return -1;
}

/* The next key file that is there, or NULL; the caller frees. */
static char *key_file(const struct ssh *s)
{
	const char *home = getenv("HOME");

	if (s->identity != NULL)
		return s->key == 0 ? xstrdup(s->identity) : NULL;
	if (s->key >= USUAL_KEYS || home == NULL)
		return NULL;
	return xasprintf("%s/.ssh/%s", home, usual_keys[s->key]);
}

static int try_files(struct ssh *s)
{
	char *path;
	int r;

	while ((path = key_file(s)) != NULL) {
		r = access(path, R_OK) == -1 ? LIBSSH2_ERROR_FILE :
		    libssh2_userauth_publickey_fromfile_ex(s->session, s->user,
		    (unsigned)strlen(s->user), NULL, path, NULL);
		if (r == 0)
			strlcpy(s->login, path, sizeof(s->login));
		free(path);
		if (r == 0 || r == LIBSSH2_ERROR_EAGAIN)
			return r == 0;
		s->key++;
	}
	return -1;
}

static int on_auth(struct ssh *s, struct err *e)
{
	int r = try_agent(s);

	if (r == -1)
		r = try_files(s);
	if (r != -1)
		return r;
	/* An RSA key, a certificate, or whatever ssh_config(5) says for this host. */
	s->other_way = true;
	return err_set(e, ERR_PERM, "%s: no key lets %s in: put the public key into its "
	    "authorized_keys", s->address, s->user);
}

static int on_up(struct ssh *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

int ssh_step(struct ssh *s, struct err *e)
{
	static int (*const steps[])(struct ssh *s, struct err *e) = {
		[SSH_RESOLVE] = on_resolve, [SSH_CONNECT] = on_connect,
		[SSH_HANDSHAKE] = on_handshake, [SSH_HOST_KEY] = on_host_key,
		[SSH_AUTH] = on_auth, [SSH_UP] = on_up,
	};
	int r = 1;

	while (r == 1 && s->state < SSH_UP) {
		r = steps[s->state](s, e);
		if (r == 1)
			s->state++;
	}
	if (r == -1)
		s->state = SSH_FAILED;
	return r == -1 ? -1 : s->state == SSH_UP;
}

void ssh_login(const struct ssh *s, const char **user, const char **key)
{
	*user = s->user;
	*key = s->login;
}

bool ssh_other_way(const struct ssh *s)
{
	return s->other_way;
}

int ssh_want(const struct ssh *s, int *want)
{
	int way;

	if (s->state == SSH_RESOLVE) {
		*want = POLLIN;
		return resolver_fd(s->resolver);
	}
	if (s->state == SSH_CONNECT) {
		*want = POLLOUT;
		return s->fd;
	}
	way = libssh2_session_block_directions(s->session);
	/* What comes is always wanted: it may be for any stream. */
	*want = POLLIN | (way & LIBSSH2_SESSION_BLOCK_OUTBOUND ? POLLOUT : 0);
	return s->fd;
}
