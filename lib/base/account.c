/*
 * account: a user id's account.
 *
 * Owns nothing but the C library's one buffer of fgetpwent(3).
 */
#include "base/account.h"

#include <stdio.h>

#include "base/command.h"

#define ANSWER_MAX (1u << 16)
#define ANSWER_MS 10000

static const struct passwd *find(FILE *f, uid_t uid)
{
	const struct passwd *pw = NULL;

	while (f != NULL && (pw = fgetpwent(f)) != NULL && pw->pw_uid != uid)
		continue;
	if (f != NULL)
		fclose(f);
	return pw;
}

static const struct passwd *ask(uid_t uid)
{
	char number[16];
	const char *argv[] = { "getent", "passwd", number, NULL };
	const struct passwd *pw = NULL;
	struct buf out;
	int status;

	(void)snprintf(number, sizeof(number), "%u", (unsigned)uid);
	buf_init(&out, ANSWER_MAX);
	if (command_read(argv, ANSWER_MS, &out, &status, NULL) == 0 && status == 0 && out.len > 0)
		pw = find(fmemopen(out.data, out.len, "r"), uid);
	buf_release(&out);
	return pw;
}

const struct passwd *account_of(uid_t uid)
{
	const struct passwd *pw = find(fopen("/etc/passwd", "re"), uid);

	return pw != NULL ? pw : ask(uid);
}
