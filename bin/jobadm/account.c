/*
 * account: who shares the site, what they used, and how many shares they have.
 */
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "cli/field.h"
#include "jobadm.h"

#define SHARES_MAX 1000000

static int ask_accounts(struct jobadm *a, struct view *v, row_fn fn, void *arg, struct err *e)
{
	(void)a;
	return view_accounts(v, fn, arg, e);
}

static int account_list(struct jobadm *a, char *const *words, struct err *e)
{
	if (words[0] != NULL)
		return err_set(e, ERR_USAGE, "account list takes no names");
	return listing_run(a, &account_fields, ACCOUNT_FIELDS, "accounts", ask_accounts, e);
}

/* [user] shares=N; N 0: what the configuration says. */
static int words_read(const struct jobadm *a, char *const *words, const char **user,
    int64_t *shares, struct err *e)
{
	const char *setting = words[0];

	*user = NULL;
	if (setting != NULL && strchr(setting, '=') == NULL) {
		*user = setting;
		setting = words[1];
	}
	if (setting == NULL || strncmp(setting, "shares=", 7) != 0 ||
	    words[*user != NULL ? 2 : 1] != NULL)
		return err_set(e, ERR_USAGE, "write account set [--team TEAM] [USER] shares=N");
	if (*user == NULL && a->team == NULL)
		return err_set(e, ERR_USAGE, "account set: neither a user nor a --team is named");
	if (num_i64(setting + 7, 0, SHARES_MAX, shares, e) == -1)
		return err_prefix(e, "shares");
	return 0;
}

static int account_set(struct jobadm *a, char *const *words, struct err *e)
{
	struct msg *m = msg_new(MSG_ACCOUNT_SET), *reply = NULL;
	struct client *client = client_new(&a->spool);
	const char *user;
	int64_t shares;
	int r = words_read(a, words, &user, &shares, e);

	if (r == 0 && ((user != NULL && msg_add(m, F_USER, user) == -1) ||
	    (a->team != NULL && msg_add(m, F_ACCOUNT, a->team) == -1) ||
	    msg_add_u64(m, F_SHARES, (uint64_t)shares) == -1))
		r = err_set(e, ERR_USAGE, "the name is too long");
	if (r == 0)
		r = client_call(client, m, &reply, e);
	msg_free(reply);
	msg_free(m);
	client_free(client);
	return r == 0 ? EXIT_OK : -1;
}

int account_run(struct jobadm *a, char *const *words, struct err *e)
{
	static const struct verb verbs[] = {
		{ "list", account_list }, { "set", account_set }, { NULL, NULL },
	};

	return verbs_run(a, "account", verbs, words, e);
}
