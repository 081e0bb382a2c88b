/* What jobctl set can say, as fields of a message, and what it is told otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/change.h"
#include "tap.h"

static const struct submit_context context = { .now = 1795428000000, .cwd = "/" };

/* "field=value ..." of the message, or the error's words. */
static char *take(const char *const *words, enum err_code *code)
{
	struct msg *m = msg_new(MSG_CONTROL);
	const char *value;
	enum msg_field f;
	size_t iter = 0;
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, 4096);
	buf_adds(&b, "");
	for (; *words != NULL; words++) {
		if (change_take(*words, &context, m, &e) == -1)
			break;
	}
	if (*words != NULL)
		buf_adds(&b, e.text);
	while (*words == NULL && msg_each(m, &iter, &f, &value))
		buf_addf(&b, "%s%s=%s", b.len > 0 ? " " : "", msg_field_name(f), value);
	*code = e.code;
	msg_free(m);
	return buf_steal(&b);
}

static const struct { const char *words[3], *want; } good[] = {
	{ { "prio=800", "queue=x" }, "priority=800 queue=x" },
	{ { "priority=0" }, "priority=0" }, { { "time=2h" }, "time=7200000" },
	{ { "time=+2h" }, "time_more=7200000" }, { { "time=-30m" }, "time_more=-1800000" },
	{ { "time=" }, "drop=time" }, { { "cpus=0.5" }, "cpus=500" }, { { "mem=8G" }, "mem=8192" },
	{ { "disk=1G" }, "disk=1024" }, { { "gpus=2" }, "gpus=2" }, { { "bw=1G" }, "bw=1000" },
	{ { "account=team" }, "account=team" }, { { "name=n" }, "name=n" },
	{ { "tag=a=b", "tag=c=" }, "tag=a=b drop=tag:c" }, { { "comment=x y" }, "comment=x y" },
	{ { "comment=" }, "drop=comment" }, { { "at=now" }, "begin=1795428000000" },
	{ { "begin=+1h" }, "begin=1795431600000" }, { { "at=" }, "drop=begin" },
	{ { "deadline=+1d" }, "deadline=1795514400000" }, { { "deadline=" }, "drop=deadline" },
	{ { "queue-timeout=1h" }, "queue_timeout=3600000" },
	{ { "queue-timeout=" }, "drop=queue_timeout" }, { { "retries=3" }, "retries=3" },
	{ { "retry-policy=fixed", "retry-delay=5" }, "retry_policy=fixed retry_delay=5000" },
	{ { "retry-max-delay=60" }, "retry_max_delay=60000" },
	{ { "retry-jitter=5%" }, "retry_jitter=5" }, { { "retry-on=oom" }, "retry_on=oom" },
	{ { "no-retry-on=" }, "drop=no_retry_on" }, { { "success-codes=0,2" },
	    "success_codes=0,2" },
	{ { "no-requeue=yes" }, "no_requeue=1" }, { { "no-requeue=no" }, "drop=no_requeue" },
	{ { "kill-signal=HUP" }, "kill_signal=1" }, { { "kill-grace=5" }, "kill_grace=5000" },
	{ { "on-dep-fail=hold" }, "on_dep_fail=hold" },
	{ { "gpus=a100:2" }, "gpu_type=a100 gpus=2" },
	{ { "res=fpga=2", "res=nic=1" }, "res=fpga=2 res=nic=1" }, { { "res=" }, "drop=res" },
	{ { "limit=lic", "limit=db:3" }, "limit_token=lic=1 limit_token=db=3" },
	{ { "limit=" }, "drop=limit_token" },
	{ { "constraint=zone=a&!old" }, "constraint=zone=a&!old" },
	{ { "prefer=zone=a" }, "prefer=zone=a" }, { { "prefer=" }, "drop=prefer" },
	{ { "worker=web*", "exclude=web9" }, "on_workers=web* not_workers=web9" },
	{ { "exclusive=yes", "singleton=no" }, "exclusive=1 drop=singleton" },
	{ { "estimate=90s" }, "estimate=90000" }, { { "retry-mem=2x" }, "retry_mem=2x" },
};

static const struct { const char *word, *want; } bad[] = {
	{ "priorty=1", "priorty= cannot be set; did you mean priority=?" },
	{ "env=X", "env= cannot be set" }, { "priority=", "priority: the value is empty" },
	{ "priority=x", NULL }, { "time=+x", NULL }, { "tag=x",
	    "tag: x is not a tag: write tag=KEY=VALUE, or tag=KEY= to take it away" },
	{ "tag==x", NULL }, { "no-requeue=maybe", "no-requeue: maybe: write yes or no" },
	{ "limit=lic=1", "limit: lic=1 is no token: write NAME, or NAME:N for N of it" },
	{ "exclusive=1", "exclusive: 1: write yes or no" },
	{ "mem=lots", NULL }, { "at=someday", NULL },
};

int main(void)
{
	enum err_code code;
	char *got;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		got = take(good[i].words, &code);
		is_str(got, good[i].want, "%s", good[i].words[0]);
		free(got);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *words[] = { bad[i].word, NULL };

		got = take(words, &code);
		is_int(code, ERR_USAGE, "%s: %s", bad[i].word, got);
		if (bad[i].want != NULL)
			is_str(got, bad[i].want, "in these words");
		free(got);
	}
	ok(change_is("prio=1") && !change_is("@tag=x") && !change_is("%n=1") && !change_is("12"),
	    "what is a change, and what a selector");
	return tap_done();
}
