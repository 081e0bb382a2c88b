/*
 * jobadm: looks after a scheduler; a noun, mostly a verb, then names and options.
 *
 * main.c owns the command line.  What belongs to later versions is known here, so
 * that it is refused with a clear word.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/operands.h"
#include "jobadm.h"

static const char *const usage[] = {
	"worker list [options]",
	"worker drain --reason text [--wait] [--deadline D] [--requeue] name ...",
	"worker undrain|resume name ...",
	"worker lost --confirmed-dead name ...",
	"worker add name [--accept-new] [keys of workers(5)]", "worker rm [--force] name ...",
	"worker check --all|name ... [--accept-new]", "worker probe --all|name ...",
	"account list [-h] [-o fields | --json | --parsable | --tsv]",
	"account set [--team team] [user] shares=N",
	"queue list [-h] [-o fields | --json | --parsable | --tsv]",
	"queue add name [key=value ...]", "queue set name key=value ...",
	"queue open|stop|drain|rm name",
	"quota list [-h] [-o fields | --json | --parsable | --tsv]",
	"quota set user name|team name|site key=value ...", "quota rm user name|team name|site",
	"doctor [--json]", "backup [--verify] dir", "restore [--accept] dir", "restore --accept",
	"prune [--dry-run] [--logs] [--older-than D]", "vacuum", "stats [--json]", NULL
};

enum {
	OPT_REASON, OPT_TEAM, OPT_DEAD, OPT_NO_HEADER, OPT_FIELDS, OPT_JSON, OPT_PARSABLE, OPT_TSV,
	OPT_QUIET, OPT_VERIFY, OPT_ACCEPT, OPT_DRY, OPT_LOGS, OPT_OLDER,
	OPT_ACCEPT_NEW, OPT_ALL, OPT_FORCE, OPT_WAIT, OPT_REQUEUE, OPT_DEADLINE,
	OPT_SPOOL, OPT_CONFIG,
	OPT_LABEL, OPT_ADDRESS, OPT_USER, OPT_PORT, OPT_IDENTITY, OPT_KNOWN_HOSTS, OPT_DIR,
	OPT_TRANSPORT, OPT_COMMAND, OPT_CPUS, OPT_MEMORY, OPT_DISK, OPT_GPUS, OPT_REGION, OPT_ZONE
};

static const struct opt opts[] = {
	{ 0, "reason", "TEXT", "worker drain: why; it is shown in the list", OPT_REASON },
	{ 0, "wait", NULL, "worker drain: until nothing runs there any more", OPT_WAIT },
	{ 0, "deadline", "D", "worker drain: jobs that run longer than that are queued again",
	    OPT_DEADLINE },
	{ 0, "requeue", NULL, "worker drain: its jobs are queued again at once", OPT_REQUEUE },
	{ 0, "team", "TEAM", "account set: of this team, or a user's within it", OPT_TEAM },
	{ 0, "confirmed-dead", NULL, "worker lost: nothing of it runs any more", OPT_DEAD },
	{ 'h', "no-header", NULL, "list: no header", OPT_NO_HEADER },
	{ 'o', "format", "FIELDS", "list: these fields, as name:width,...", OPT_FIELDS },
	{ 0, "accept-new", NULL, "worker add, check: a host of which no key is known is believed",
	    OPT_ACCEPT_NEW },
	{ 0, "all", NULL, "worker check, probe: every host", OPT_ALL },
	{ 0, "force", NULL, "worker rm: though jobs run there", OPT_FORCE },
	{ 0, "address", "HOST", "worker add: a host name or number", OPT_ADDRESS },
	{ 0, "user", "NAME", "worker add: as whom to log in", OPT_USER },
	{ 0, "port", "N", "worker add: of its sshd", OPT_PORT },
	{ 0, "identity", "FILE", "worker add: a private key", OPT_IDENTITY },
	{ 0, "known-hosts", "FILE", "worker add: where its key is known", OPT_KNOWN_HOSTS },
	{ 0, "dir", "DIR", "worker add: the worker's folder there", OPT_DIR },
	{ 0, "transport", "HOW", "worker add: ssh or command", OPT_TRANSPORT },
	{ 0, "command", "TEXT", "worker add: what leads to a jobworker attach there", OPT_COMMAND },
	{ 0, "cpus", "N", "worker add: what it has, instead of what it says", OPT_CPUS },
	{ 0, "memory", "SIZE", "worker add: the same", OPT_MEMORY },
	{ 0, "disk", "SIZE", "worker add: the same", OPT_DISK },
	{ 0, "gpus", "N", "worker add: the same", OPT_GPUS },
	{ 0, "region", "WORD", "worker add: where it is", OPT_REGION },
	{ 0, "zone", "WORD", "worker add: where it is", OPT_ZONE },
	{ 0, "label", "K=V", "worker add: anything else (may be repeated)", OPT_LABEL },
	{ 0, "json", NULL, "print JSON", OPT_JSON },
	{ 0, "parsable", NULL, "list: fields separated by |", OPT_PARSABLE },
	{ 0, "tsv", NULL, "list: fields separated by tabs", OPT_TSV },
	{ 'Q', "quiet", NULL, "no notices; doctor: only what is not OK", OPT_QUIET },
	{ 0, "verify", NULL, "backup: look whether one is whole, make none", OPT_VERIFY },
	{ 0, "accept", NULL, "restore: let jobs be started again", OPT_ACCEPT },
	{ 0, "dry-run", NULL, "prune: tell what would be removed, remove nothing", OPT_DRY },
	{ 0, "logs", NULL, "prune: output only, not the records", OPT_LOGS },
	{ 0, "older-than", "D", "prune: instead of what job.conf says", OPT_OLDER },
	{ 0, "spool", "DIR", "which installation", OPT_SPOOL },
	{ 0, "config", "FILE", "read this configuration", OPT_CONFIG },
	{ 0, NULL, NULL, NULL, 0 }
};

static const struct program program = {
	"jobadm", usage, "Looks after a scheduler.", opts, true
};

struct noun {
	const char *name;
	int (*run)(struct jobadm *a, char *const *words, struct err *e);	/* NULL: later */
};

static const struct noun nouns[] = {
	{ "worker", worker_run }, { "account", account_run }, { "doctor", doctor_run },
	{ "backup", backup_run }, { "restore", restore_run }, { "prune", prune_run },
	{ "vacuum", vacuum_run }, { "stats", stats_run },
	{ "queue", queue_run }, { "quota", quota_run },
	{ "role", NULL }, { "token", NULL }, { "audit", NULL },
	{ "hold", NULL }, { "unhold", NULL },
};

#define NOUNS (sizeof(nouns) / sizeof(nouns[0]))

static bool *flag_of(struct jobadm *a, int id)
{
	bool *const flags[] = {
		[OPT_NO_HEADER] = &a->list.no_header, [OPT_JSON] = &a->json,
		[OPT_QUIET] = &a->quiet, [OPT_DEAD] = &a->confirmed_dead,
		[OPT_VERIFY] = &a->verify, [OPT_ACCEPT] = &a->accept, [OPT_DRY] = &a->dry,
		[OPT_LOGS] = &a->logs, [OPT_ACCEPT_NEW] = &a->accept_new,
		[OPT_ALL] = &a->all, [OPT_FORCE] = &a->force,
		[OPT_WAIT] = &a->wait, [OPT_REQUEUE] = &a->requeue, [OPT_ZONE] = NULL
	};

	return flags[id];
}

/* Options that are a key of the workers file. */
static const char *const host_keys[] = {
	[OPT_LABEL] = "label.", [OPT_ADDRESS] = "address=", [OPT_USER] = "user=",
	[OPT_PORT] = "port=", [OPT_IDENTITY] = "identity=", [OPT_KNOWN_HOSTS] = "known_hosts=",
	[OPT_DIR] = "dir=", [OPT_TRANSPORT] = "transport=", [OPT_COMMAND] = "command=",
	[OPT_CPUS] = "cpus=", [OPT_MEMORY] = "memory=", [OPT_DISK] = "disk=",
	[OPT_GPUS] = "gpus=", [OPT_REGION] = "region=", [OPT_ZONE] = "zone=",
};

static void host_word(struct jobadm *a, const char *key, const char *value)
{
	char *word = xasprintf("%s%s", key, value);

	words_add(&a->host, word);
	free(word);
}

static int option(void *ctx, int id, const char *value, struct err *e)
{
	struct jobadm *a = ctx;
	bool *flag = flag_of(a, id);

	(void)e;
	if (id >= OPT_LABEL) {
		host_word(a, host_keys[id], value);
		return 0;
	}
	if (flag != NULL) {
		*flag = true;
		return 0;
	}
	switch (id) {
	case OPT_REASON:
		a->reason = value;
		break;
	case OPT_TEAM:
		a->team = value;
		break;
	case OPT_FIELDS:
		a->fields = value;
		break;
	case OPT_PARSABLE:
		a->list.format = LIST_PARSABLE;
		break;
	case OPT_TSV:
		a->list.format = LIST_TSV;
		break;
	case OPT_DEADLINE:
		a->deadline = value;
		break;
	case OPT_OLDER:
		a->older_than = value;
		break;
	case OPT_SPOOL:
		a->spool_option = value;
		break;
	default:
		a->config = value;
	}
	return 0;
}

static const struct noun *noun_find(const char *name, struct err *e)
{
	const char *names[NOUNS], *near;

	for (size_t i = 0; i < NOUNS; i++) {
		names[i] = nouns[i].name;
		if (strcmp(names[i], name) != 0)
			continue;
		if (nouns[i].run != NULL)
			return &nouns[i];
		err_set(e, ERR_UNAVAIL, "%s: not there yet", name);
		return NULL;
	}
	near = nearest_word(name, names, NOUNS);
	err_set(e, ERR_USAGE, "unknown noun %.64s%s%s%s", name,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
	return NULL;
}

static int run(struct jobadm *a, int argc, char **argv, struct err *e)
{
	int at = opts_parse(&program, argc, argv, option, a, e), n;
	const struct noun *noun;

	if (at == -1)
		return -1;
	if (at == argc)
		return err_set(e, ERR_USAGE, "there is no noun: worker, account, queue, quota, "
		    "doctor, backup, restore, prune, vacuum or stats");
	noun = noun_find(argv[at], e);
	if (noun == NULL)
		return -1;
	n = operands_parse(&program, argc - at, argv + at, option, a, e);
	if (n == -1)
		return -1;
	argv[at + 1 + n] = NULL;
	return noun->run(a, argv + at + 1, e);
}

int main(int argc, char **argv)
{
	struct jobadm a = { .program = &program, .spool = { .fd = -1 } };
	struct err e;
	int status = run(&a, argc, argv, &e);

	if (status == -1)
		status = cli_fail(&program, &e);
	if (a.spool.fd != -1)
		spool_close(&a.spool);
	conf_free(&a.conf);
	words_release(&a.host);
	return cli_finish(&program, status);
}
