/*
 * visit: goes to a host step by step, and says of each how it went.
 *
 * Owns the remedies: what stands behind a step that failed says what to do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hosts.h"

/* What is tried next after this was told, and what helps when that fails. */
static const struct stage {
	const char *step, *remedy;
} stages[] = {
	[CABLE_STEP_UNKNOWN] = { "key", NULL },
	[CABLE_STEP_KEY] = { "login", NULL },
	[CABLE_STEP_LOGIN] = { "program", "see that the folder (dir=) can be written to "
	    "there, that there is room, and that the host is of the same kind as this jobworker" },
	[CABLE_STEP_WAY] = { "login", NULL },
	[CABLE_STEP_PROGRAM] = { "start", "see jobworker.log in the worker's folder there" },
};

static const struct stage first_stages[] = {
	[HOST_SSH] = { "connect", "see that the host is up, and that its sshd listens at this "
	    "address= and port=" },
	[HOST_COMMAND] = { "connect", "try the command= by hand" },
};

/* How each step is called when it went well; NULL: it is told otherwise. */
static const char *const names[] = {
	[CABLE_STEP_KEY] = "key", [CABLE_STEP_LOGIN] = "login", [CABLE_STEP_WAY] = "way",
	[CABLE_STEP_PROGRAM] = "program"
};

struct going {
	struct visit *v;
	const struct stage *stage;
	char unknown[CABLE_TEXT_MAX];	/* its key, while it is not known */
};

static void on_step(void *arg, enum cable_news news, const char *text)
{
	struct going *g = arg;

	if (news == CABLE_JOINED)
		return;		/* to what, only its answer tells */
	g->stage = &stages[news];
	if (news == CABLE_STEP_UNKNOWN)
		(void)snprintf(g->unknown, sizeof(g->unknown), "%s", text);
	else if (news == CABLE_STEP_WAY && g->unknown[0] != '\0')
		return;		/* it has been told, and ssh(1) knows no better */
	else if (names[news] != NULL && !g->v->brief)
		steps_say(&g->v->steps, RESULT_OK, names[news], "%s%s",
		    news == CABLE_STEP_WAY ? "over ssh(1), since: " : "", text);
}

static int reach(struct going *g, const struct host *h, const char *accept, struct reached *out,
    struct err *e)
{
	struct cable_target t = { .name = h->name, .transport = host_transport_name(h),
		.address = h->address, .user = h->user, .identity = h->identity,
		.known_hosts = h->known_hosts, .command = h->command,
		.dir = host_dir(h, g->v->instance), .accept = accept };
	char port[16];

	(void)snprintf(port, sizeof(port), "%" PRId64, h->port);
	t.port = port;
	g->stage = &first_stages[h->transport];
	g->unknown[0] = '\0';
	return reach_host(&g->v->reach, &t, on_step, g, out, e);
}

/* Asks a person; the fingerprint, which is what is accepted, or NULL. */
static const char *key_asked(const struct going *g, const struct host *h)
{
	const char *print = strchr(g->unknown, ' ');
	char answer[16];

	if (print == NULL || g->v->a->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return NULL;
	fprintf(stderr, "%s: its host key is not known: %s\nDoes the host really have this key? "
	    "(yes or no) ", h->name, g->unknown);
	if (fgets(answer, sizeof(answer), stdin) == NULL || strcmp(answer, "yes\n") != 0)
		return NULL;
	return print + 1;
}

static void tell_failed(struct going *g, const struct err *e)
{
	struct steps *s = &g->v->steps;

	if (g->unknown[0] != '\0')
		steps_fail(s, ERR_PERM, "key", "%s is not known: compare it with the host's own "
		    "(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then say --accept-new, "
		    "or answer yes at a terminal", g->unknown);
	else
		steps_fail(s, e->code, g->stage->step, "%s%s%s", e->text,
		    g->stage->remedy != NULL ? ": " : "",
		    g->stage->remedy != NULL ? g->stage->remedy : "");
}

int visit_host(struct visit *v, const struct host *h, const char *accept, struct reached *out)
{
	struct going g = { .v = v };
	const char *asked;
	char print[CABLE_TEXT_MAX];
	struct err e;
	int r;

	v->steps.host = h->name;
	r = reach(&g, h, accept, out, &e);
	asked = r == -1 && g.unknown[0] != '\0' ? key_asked(&g, h) : NULL;
	if (asked != NULL) {
		(void)snprintf(print, sizeof(print), "%s", asked);
		r = reach(&g, h, print, out, &e);
	}
	if (r == -1)
		tell_failed(&g, &e);
	return r;
}

/* ---- begin and end */

static int instance_ask(struct visit *v, struct err *e)
{
	struct client *c = client_new(&v->a->spool);
	struct msg *m = msg_new(MSG_STATUS), *reply = NULL;
	const char *instance = NULL;
	int r = client_call(c, m, &reply, e);

	if (r == 0)
		instance = status_value(reply, "instance");
	if (r == 0 && instance == NULL)
		r = err_set(e, ERR_UNAVAIL, "jobd does not say which spool it serves");
	if (instance != NULL)
		(void)snprintf(v->instance, sizeof(v->instance), "%s", instance);
	msg_free(reply);
	msg_free(m);
	client_free(c);
	return r;
}

int visit_begin(struct visit *v, const struct jobadm *a, struct err *e)
{
	*v = (struct visit){ .a = a, .reach = { .fd = -1, .pid = -1 } };
	if (instance_ask(v, e) == -1 || reach_open(&v->reach, a->spool.owner, e) == -1)
		return -1;
	steps_begin(&v->steps, a);
	return 0;
}

void visit_end(struct visit *v)
{
	steps_end(&v->steps);
	reach_close(&v->reach);
}
