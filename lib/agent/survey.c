/*
 * survey: what an administrator wants to know of this host before it gets jobs.
 *
 * Told to whoever may attach, without attaching.  It changes nothing but a file in
 * the agent's folder, which goes again: so it is known whether results can be kept.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/impl.h"
#include "base/clock.h"
#include "base/fdio.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_CONFIG_MAX (1u << 18)
#define SSHD_SESSIONS 10		/* what sshd does when it is not told */
#define DEVICES_MAX 64
#define TRIAL_NAME "probe"

/* The first line counts, as for sshd; Match blocks and included files are not seen. */
static uint64_t sessions_in(const char *text)
{
	static const char key[] = "maxsessions";
	const char *line = text;
	char *end;
	unsigned long n;

	while (line != NULL) {
		line += strspn(line, " \t\n");
		if (strncasecmp(line, key, sizeof(key) - 1) == 0) {
			n = strtoul(line + sizeof(key) - 1, &end, 10);
			if (end != line + sizeof(key) - 1)
				return n;
		}
		line = strchr(line, '\n');
	}
	return SSHD_SESSIONS;
}

/* False: it cannot be read, and so nothing is known. */
static bool sshd_sessions(uint64_t *n)
{
	struct buf b;
	bool known;

	buf_init(&b, SSHD_CONFIG_MAX);
	known = file_read(AT_FDCWD, SSHD_CONFIG, &b, NULL) == 0 && buf_addc(&b, '\0') == 0;
	if (known)
		*n = sessions_in(b.data);
	buf_release(&b);
	return known;
}

static uint64_t devices(void)
{
	char path[32];
	uint64_t n = 0;

	for (int i = 0; i < DEVICES_MAX; i++) {
		snprintf(path, sizeof(path), "/dev/nvidia%d", i);
		n += access(path, F_OK) == 0;
	}
	return n;
}

/* Whether something can be kept in our folder; -1 with e. */
static int folder_try(const struct agent *a, struct err *e)
{
	static const char text[] = "whether this folder can be written to\n";

	if (file_replace(a->dirfd, TRIAL_NAME, text, sizeof(text) - 1, 0600, e) == -1)
		return -1;
	(void)unlinkat(a->dirfd, TRIAL_NAME, 0);
	return 0;
}

struct msg *agent_survey(const struct agent *a, uint64_t seq)
{
	static const enum msg_field same[] = {
		F_VERSION, F_CPUS, F_MEM, F_DISK, F_GPUS, F_LIMITS
	};
	struct msg *m = msg_new(MSG_W_PROBED), *hello;
	const char *user = getenv("USER");
	uint64_t sessions;
	struct utsname host;
	struct err e;

	(void)msg_add_u64(m, F_SEQ, seq);
	hello = probe_hello(&a->config, "probe", &a->journal.id, &a->cgroups);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		(void)msg_add(m, same[i], msg_str(hello, same[i]));
	msg_free(hello);
	if (uname(&host) == 0)
		(void)msg_add(m, F_ARCH, host.machine);
	(void)msg_add(m, F_USER, user != NULL ? user : "");
	(void)msg_add_u64(m, F_UID, geteuid());
	(void)msg_add_u64(m, F_COUNT, devices());
	if (sshd_sessions(&sessions))
		(void)msg_add_u64(m, F_SESSIONS, sessions);
	if (folder_try(a, &e) == -1)
		(void)msg_add(m, F_TEXT, e.text);
	(void)msg_add_i64(m, F_AT, now_read().wall);	/* last, as near to the answer as can be */
	return m;
}
