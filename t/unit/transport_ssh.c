/* Tests transport/ssh against a real sshd of its own on a loopback port. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "tap.h"
#include "transport/ssh.h"

#define WAIT_MS 20000
#define BIG 3000000
#define MANY 8

static const char *dir;
static char identity[256], other[256], known[256], port[16];
static pid_t daemon_pid;

static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	pid_t pid;
	int status = -1;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, &status, 0);
	return status;
}

static int port_free(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)bind(fd, (struct sockaddr *)&a, len);
	(void)getsockname(fd, (struct sockaddr *)&a, &len);
	close(fd);
	return ntohs(a.sin_port);
}

static bool listens(const char *number)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtol(number, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), r = connect(fd, (struct sockaddr *)&a, sizeof(a));

	close(fd);
	return r == 0;
}

/* With one host key of that type; 0: it did not come up. */
static pid_t sshd(const char *type, const char *number)
{
	char path[256], key[300], pidfile[300], keys[300], p[32];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/host_%s", dir, type);
	if (run("test -e %s || ssh-keygen -q -t %s -N '' -f %s", path, type, path) != 0)
		return 0;
	snprintf(key, sizeof(key), "HostKey=%s", path);
	snprintf(keys, sizeof(keys), "AuthorizedKeysFile=%s/authorized", dir);
	snprintf(pidfile, sizeof(pidfile), "PidFile=%s/sshd.pid", dir);
	snprintf(p, sizeof(p), "%s", number);
	pid = fork();
	if (pid == 0) {
		execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-q", "-f", "/dev/null", "-p", p,
		    "-o", key, "-o", keys, "-o", pidfile, "-o", "UsePAM=no", "-o",
		    "StrictModes=no", "-o", "ListenAddress=127.0.0.1", "-o", "MaxSessions=20",
		    (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < WAIT_MS / 10; i++) {
		if (listens(number))
			return pid;
		usleep(10000);
	}
	return 0;
}

static void stop(pid_t pid)
{
	kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

/* ---- one session */

/* Waits for what the session and a stream want; false at the limit. */
static bool wait_for(const struct ssh *s, struct ssh_stream *const *t, int n, int64_t until)
{
	struct pollfd p[MANY + 1];
	int want, i;

	p[0].fd = ssh_want(s, &want);
	p[0].events = (short)want;
	for (i = 0; i < n; i++) {
		p[i + 1].fd = t[i] != NULL ? ssh_stream_want(t[i], &want) : -1;
		p[i + 1].events = t[i] != NULL ? (short)want : 0;
	}
	return now_read().boot < until && poll(p, (nfds_t)n + 1, 100) != -1;
}

static struct ssh *begin(const struct ssh_target *t, struct err *e)
{
	struct ssh *s;

	err_clear(e);
	s = ssh_new(t, e);
	ok(s != NULL, "begun: %s", e->text);
	return s;
}

static int go(struct ssh *s, struct err *e)
{
	int64_t until = now_read().boot + WAIT_MS;
	int r;

	while ((r = ssh_step(s, e)) == 0 && wait_for(s, NULL, 0, until))
		;
	return r;
}

static struct ssh_target usual(void)
{
	return (struct ssh_target){ .address = "127.0.0.1", .port = port, .identity = identity,
		.known_hosts = known };
}

static struct ssh *login(void)
{
	struct ssh_target t = usual();
	struct err e;
	struct ssh *s = begin(&t, &e);

	is_int(go(s, &e), 1, "logged in %s", e.text);
	return s;
}

/* Moves until all have ended. */
static void finish(struct ssh *s, struct ssh_stream **t, int n)
{
	int64_t until = now_read().boot + WAIT_MS;
	const char *said;
	struct err e = { .text = "" };
	int left = n, status, r = 1;

	while (left > 0 && (r == 1 || wait_for(s, t, n, until))) {
		r = ssh_move(s, &e);
		if (r == -1)
			break;
		left = 0;
		for (int i = 0; i < n; i++)
			left += !ssh_stream_over(t[i], &status, &said);
	}
	is_int(left, 0, "all have ended %s", e.text);
}

/* One command: its status; out gets what it prints, said its last word on stderr. */
static int command(struct ssh *s, const char *text, const char *in, char *out, size_t size,
    char *said, size_t said_size)
{
	struct ssh_stream *t;
	const char *word;
	int fds[2], status = -2;
	ssize_t n;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	(void)!write(fds[0], in, strlen(in));
	shutdown(fds[0], SHUT_WR);
	t = ssh_exec(s, text, fds[1]);
	finish(s, &t, 1);
	(void)ssh_stream_over(t, &status, &word);
	snprintf(said, said_size, "%s", word);
	n = read(fds[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	ssh_stream_free(t);
	return status;
}

static void test_commands(void)
{
	struct ssh *s = login();
	char out[256], said[256];

	is_int(command(s, "echo a b", "", out, sizeof(out), said, sizeof(said)), 0, "a command");
	is_str(out, "a b\n", "what it prints");
	is_int(command(s, "cat; exit 3", "to and fro", out, sizeof(out), said, sizeof(said)), 3,
	    "another, on the same session");
	is_str(out, "to and fro", "what it was told");
	is_int(command(s, "echo one >&2; echo two >&2; exit 1", "", out, sizeof(out), said,
	    sizeof(said)), 1, "one that complains");
	is_str(said, "two", "its last word");
	ssh_free(s);
}

/* Many at once, with more data than any buffer holds. */
static void test_many(void)
{
	static char data[BIG], back[BIG];
	struct ssh *s = login();
	struct ssh_stream *t[MANY];
	char path[300];
	int fds[MANY][2], out[MANY];

	for (int i = 0; i < BIG; i++)
		data[i] = (char)(i * 7 + i / 251);
	snprintf(path, sizeof(path), "%s/data", dir);
	is_int(file_replace(AT_FDCWD, path, data, BIG, 0600, NULL), 0, "a file");
	for (int i = 0; i < MANY; i++) {
		char text[400];

		socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]);
		snprintf(text, sizeof(text), "cat %s; cat >/dev/null", path);
		t[i] = ssh_exec(s, text, fds[i][1]);
		snprintf(path, sizeof(path), "%s/back%d", dir, i);
		out[i] = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
		/* Another process takes what comes, as jobd would. */
		if (fork() == 0) {
			for (int j = 0; j <= i; j++)
				close(fds[j][1]);
			for (ssize_t n; (n = read(fds[i][0], back, sizeof(back))) > 0;)
				(void)!write(out[i], back, (size_t)n);
			_exit(0);
		}
		shutdown(fds[i][0], SHUT_WR);
		close(fds[i][0]);
		snprintf(path, sizeof(path), "%s/data", dir);
	}
	finish(s, t, MANY);
	for (int i = 0; i < MANY; i++)
		(void)wait(NULL);
	for (int i = 0; i < MANY; i++) {
		is_int(pread(out[i], back, BIG, 0), BIG, "stream %d: all of it", i);
		ok(memcmp(back, data, BIG) == 0, "stream %d: byte for byte", i);
		close(out[i]);
	}
	ssh_free(s);
}

static void test_file(void)
{
	struct ssh *s = login();
	struct ssh_stream *t;
	char path[300], text[400];
	struct stat st;
	const char *said;
	int status;

	snprintf(path, sizeof(path), "%s/data", dir);
	snprintf(text, sizeof(text), "cat >%s/copy", dir);
	t = ssh_exec(s, text, open(path, O_RDONLY));
	finish(s, &t, 1);
	ok(ssh_stream_over(t, &status, &said) && status == 0, "a file is sent");
	snprintf(path, sizeof(path), "%s/copy", dir);
	ok(stat(path, &st) == 0 && st.st_size == BIG, "whole");
	ssh_stream_free(t);
	ssh_free(s);
}

/* ---- what is refused */

static void refused(const struct ssh_target *t, enum err_code code, const char *part,
    bool other_way)
{
	struct err e;
	struct ssh *s = begin(t, &e);

	is_int(go(s, &e), -1, "refused");
	is_int(e.code, code, "%s", e.text);
	ok(strstr(e.text, part) != NULL, "%s", e.text);
	is_int(ssh_other_way(s), other_way, "whether ssh(1) may do better");
	ssh_free(s);
}

static void test_refused(void)
{
	struct ssh_target t = usual();
	char rsa_port[16];
	pid_t pid;

	t.known_hosts = "/dev/null";
	refused(&t, ERR_PERM, "its host key is not known", true);
	t = usual();
	snprintf(other, sizeof(other), "%s/wrong_hosts", dir);
	is_int(run("sed 's/\\(AAAAC3NzaC1lZDI1NTE5AAAAI\\)..../\\1AAAA/' %s >%s", known, other), 0,
	    "another key");
	t.known_hosts = other;
	refused(&t, ERR_PERM, "is not the one that is known", false);
	t = usual();
	snprintf(other, sizeof(other), "%s/stranger", dir);
	is_int(run("ssh-keygen -q -t ed25519 -N '' -f %s", other), 0, "a stranger's key");
	t.identity = other;
	refused(&t, ERR_PERM, "no key lets", true);
	t = usual();
	snprintf(rsa_port, sizeof(rsa_port), "%d", port_free());
	t.port = rsa_port;
	refused(&t, ERR_UNAVAIL, "Connection refused", false);
	pid = sshd("rsa", rsa_port);
	ok(pid != 0, "a host with an RSA key alone");
	refused(&t, ERR_UNAVAIL, "key exchange", true);
	stop(pid);
	t = usual();
	t.address = "no.such.host.invalid";
	refused(&t, ERR_UNAVAIL, "no.such.host.invalid: ", false);
}

/* A key that is not known, taken beforehand; then it is known. */
static void test_accepted(void)
{
	struct ssh_target t = usual();
	const char *key;
	char fresh[300], kind[16], print[SSH_KEY_MAX];
	struct err e;
	struct ssh *s;

	snprintf(fresh, sizeof(fresh), "%s/new/known_hosts", dir);
	t.known_hosts = fresh;
	t.accept = "SHA256:another";
	refused(&t, ERR_PERM, "its host key is not known", true);
	s = begin(&t, &e);
	(void)go(s, &e);
	is_int(ssh_trust(s, &key), SSH_UNKNOWN, "what is shown");
	is_int(sscanf(key, "%15s %79s", kind, print), 2, "%s", key);
	is_str(kind, "ED25519", "its kind");
	is_int(run("ssh-keygen -lf %s/host_ed25519.pub | grep -qF ' %s '", dir, print), 0,
	    "as ssh-keygen(1) shows it: %s", print);
	ssh_free(s);
	t.accept = print;
	s = begin(&t, &e);
	is_int(go(s, &e), 1, "this one is accepted %s", e.text);
	is_int(ssh_trust(s, &key), SSH_ADDED, "and written down");
	ssh_free(s);
	is_int(run("cmp -s %s %s", known, fresh), 0, "as ssh(1) would");
	t.accept = NULL;
	s = begin(&t, &e);
	is_int(go(s, &e), 1, "from now on it is known %s", e.text);
	is_int(ssh_trust(s, &key), SSH_KNOWN, "as any other");
	ssh_free(s);
}

/* Of another kind: ssh(1) would ask for that; nothing new is believed. */
static void test_other_kind(void)
{
	struct ssh_target t = usual();
	char file[300];

	snprintf(file, sizeof(file), "%s/rsa_hosts", dir);
	is_int(run("{ printf '[127.0.0.1]:%s '; cut -d' ' -f1,2 %s/host_rsa.pub; } >%s", port, dir,
	    file), 0, "known by an RSA key");
	t.known_hosts = file;
	t.accept = SSH_ACCEPT_ANY;
	refused(&t, ERR_PERM, "by a host key of another kind", true);
	is_int(run("test $(wc -l <%s) -eq 1", file), 0, "nothing was added");
}

static bool prepare(void)
{
	if (access("/usr/sbin/sshd", X_OK) == -1)
		return false;
	if (geteuid() == 0)
		(void)mkdir("/run/sshd", 0755);
	snprintf(identity, sizeof(identity), "%s/user", dir);
	snprintf(known, sizeof(known), "%s/known_hosts", dir);
	snprintf(port, sizeof(port), "%d", port_free());
	if (run("ssh-keygen -q -t ed25519 -N '' -f %s && cp %s.pub %s/authorized", identity,
	    identity, dir) != 0)
		return false;
	daemon_pid = sshd("ed25519", port);
	return daemon_pid != 0;
}

int main(void)
{
	dir = tap_tmpdir();
	signal(SIGPIPE, SIG_IGN);
	if (!prepare()) {
		ok(false, "an sshd of our own");
		return tap_done();
	}
	is_int(run("{ printf '[127.0.0.1]:%s '; cut -d' ' -f1,2 %s/host_ed25519.pub; } >%s", port,
	    dir, known), 0, "its key is known");
	test_commands();
	test_many();
	test_file();
	test_refused();
	test_accepted();
	test_other_kind();
	stop(daemon_pid);
	return tap_done();
}
