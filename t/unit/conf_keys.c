/*
 * conf: each key at its limits and beyond them, includes of every kind, and what a
 * reload can take.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "conf/impl.h"
#include "core/core.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ---- values: what is kept is shown; NULL: refused */

static const struct { const char *key, *value, *shown; } values[] = {
	{ "spool", "/", "/" }, { "spool", "relative", NULL }, { "spool", "~/x", NULL },
	{ "user", "job", "job" }, { "user", "-job", NULL }, { "user", "a b", NULL },
	{ "policy", "priority", "priority" }, { "policy", "fifo", "fifo" },
	{ "policy", "fairshare", "fairshare" }, { "policy", "Fifo", NULL },
	{ "age_interval", "0", "0s" }, { "age_interval", "366d", NULL },
	{ "age_step", "1001", NULL }, { "age_step", "0", "0" },
	{ "fair_weight", "1000000", "1000000" },
	{ "fair_weight", "-1", NULL }, { "fair_half_life", "1h", "1h" },
	{ "fair_half_life", "x", NULL },
	{ "backfill_reservations", "0", "0" }, { "backfill_reservations", "all", "all" },
	{ "backfill_reservations", "1000", "1000" }, { "backfill_reservations", "1001", NULL },
	{ "backfill_reservations", "auto", NULL }, { "backfill_order", "queue", "queue" },
	{ "backfill_order", "longest", NULL }, { "plan_by", "learned", "learned" },
	{ "plan_by", "guess", NULL }, { "reserve_after", "0", "0s" },
	{ "reserve_after", "366d", NULL }, { "placement", "spread", "spread" },
	{ "placement", "even", NULL }, { "prefer", "zone=a|!old", "zone=a|!old" },
	{ "prefer", "zone=", NULL }, { "tokens", "a=1,b=2", "a=1,b=2" }, { "tokens", "a", NULL },
	{ "tokens", "a=0", NULL }, { "tokens", "a=1,a=2", NULL }, { "tokens", "a=1,", NULL },
	{ "gpu_type", "a100", "a100" }, { "gpu_type", "a b", NULL }, { "bandwidth", "0", "0" },
	{ "bandwidth", "1G", NULL }, { "resources", "fpga=2", "fpga=2" },
	{ "resources", "fpga=x", NULL }, { "default_retries", "all", NULL },
	{ "private_jobs", "yes", "yes" }, { "private_jobs", "1", NULL },
	{ "private_jobs", "Yes", NULL }, { "local_worker", "off", "no" },
	{ "cpus", "0.001", "0.001" }, { "cpus", "0", NULL }, { "cpus", "100000", "100000" },
	{ "cpus", "100000.001", NULL }, { "cpus", "-1", NULL }, { "cpus", "auto", "auto" },
	{ "cpus", "1.0001", NULL },
	{ "memory", "1M", "1M" }, { "memory", "0", NULL }, { "memory", "1000000000M",
	    "1000000000M" },
	{ "memory", "1000000001M", NULL }, { "memory", "auto", "auto" }, { "memory", "x", NULL },
	{ "disk", "1023M", "1023M" }, { "disk", "1024M", "1G" }, { "disk", "", NULL },
	{ "gpus", "1024", "1024" }, { "gpus", "1025", NULL }, { "gpus", "-1", NULL },
	{ "default_cpus", "auto", NULL }, { "default_cpus", "2", "2" },
	{ "default_memory", "auto", NULL }, { "default_memory", "1B", "1M" },
	{ "default_priority", "0", "0" }, { "default_priority", "1000", "1000" },
	{ "default_priority", "1001", NULL }, { "default_priority", "1.5", NULL },
	{ "default_time_limit", "none", "none" }, { "default_time_limit", "36525d", "36525d" },
	{ "default_time_limit", "36526d", NULL }, { "default_time_limit", "soon", NULL },
	{ "default_retries", "1000", "1000" }, { "default_retries", "1001", NULL },
	{ "default_queue", "a/b", "a/b" }, { "default_queue", "a,b", NULL },
	{ "retry_on", "1,75-78,SIGHUP", "1,75-78,SIGHUP" }, { "retry_on", "nonsense", NULL },
	{ "retry_on", "9-1", NULL }, { "no_retry_on", "256", NULL },
	{ "kill_grace", "1d", "1d" }, { "kill_grace", "86401s", NULL },
	{ "dispatch_ahead", "0", "0" }, { "dispatch_ahead", "17", NULL },
	{ "time_zone", "Europe/Berlin", "Europe/Berlin" }, { "time_zone", "a b", NULL },
	{ "misfire_grace", "10m", "10m" }, { "misfire_grace", "0", NULL },
	{ "catch_up_rate", "600", "600" }, { "catch_up_rate", "0", NULL },
	{ "notice_rate", "0", "0" }, { "notice_rate", "1000001", NULL },
	{ "notice_retry", "1s", "1s" }, { "notice_retry", "0", NULL },
	{ "notice_commands", "/a, /b", "/a, /b" }, { "sendmail", "/bin/mail", "/bin/mail" },
	{ "sendmail", "mail", NULL },
	{ "max_requeues", "0", "0" }, { "max_requeues", "none", NULL },
	{ "env_path", "/bin", "/bin" }, { "env_path", "/bin:", NULL }, { "env_path", ":", NULL },
	{ "env_path", "/bin:rel", NULL }, { "env_path", "/bin:/sbin", "/bin:/sbin" },
	{ "max_running", "0", NULL }, { "max_running", "10", "10" },
	{ "max_running", "none", "none" }, { "max_cpus", "2.5", "2.5" }, { "max_cpus", "x", NULL },
	{ "max_memory", "4G", "4G" }, { "max_memory", "all", NULL }, { "max_disk", "none", "none" },
	{ "max_gpus", "1.5", NULL },
	{ "max_queued", "0", NULL }, { "max_queued", "100000000", "100000000" },
	{ "max_queued", "100000001", NULL }, { "max_connections", "65536", "65536" },
	{ "max_connections", "65537", NULL }, { "max_connections", "0", NULL },
	{ "max_requests_per_connection", "1000000", "1000000" },
	{ "max_requests_per_connection", "1000001", NULL },
	{ "history_after", "0", "0s" }, { "history_after", "365d", "365d" },
	{ "history_after", "366d", NULL }, { "uuid_keep", "59m", NULL },
	{ "compress_logs_after", "0", "0s" }, { "compress_logs_after", "36526d", NULL },
	{ "keep_logs", "1d", "1d" }, { "keep_logs", "23h", NULL },
	{ "keep_history", "36525d", "36525d" }, { "keep_history", "0", NULL },
	{ "uuid_keep", "1h", "1h" }, { "heartbeat", "999ms", NULL }, { "heartbeat", "1s", "1s" },
	{ "heartbeat", "61m", NULL }, { "lease", "1999ms", NULL }, { "lease", "2s", "2s" },
	{ "lease", "25h", NULL }, { "stop_lease", "2d", "2d" },
	{ "stop_lease", "1s", NULL }, { "workers_file", "/w", "/w" }, { "workers_file", "w", NULL },
	 { "log_level", "debug", "debug" }, { "log_level", "loud", NULL },
	{ "syslog", "true", "yes" }, { "syslog", "maybe", NULL },
};

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (conf_key(i) != NULL && strcmp(conf_key(i)->name, name) != 0)
		i++;
	return i;
}

static void check_values(void)
{
	bool good[CONF_KEYS_MAX] = { false }, bad[CONF_KEYS_MAX] = { false };

	for (size_t i = 0; i < N(values); i++) {
		size_t k = index_of(values[i].key);
		struct conf c;
		struct buf b, before;
		struct err e = { .text = "" };

		conf_load_text("x", "", 0, &c, NULL);
		buf_init(&b, 1000);
		buf_init(&before, 1000);
		conf_format(&c, k, &before);
		is_int(conf_set(&c, conf_key(k), values[i].value, &e),
		    values[i].shown != NULL ? 0 : -1, "%s = %s %s", values[i].key, values[i].value,
		    e.text);
		conf_format(&c, k, &b);
		if (values[i].shown != NULL) {
			is_str(b.data, values[i].shown, "is kept");
		} else {
			ok(e.code == ERR_CONFIG && e.text[0] != '\0', "is said");
			is_str(b.len ? b.data : "", before.len ? before.data : "",
			    "and changes nothing");
		}
		good[k] |= values[i].shown != NULL;
		bad[k] |= values[i].shown == NULL;
		buf_release(&b);
		buf_release(&before);
		conf_free(&c);
	}
	for (size_t k = 0; conf_key(k) != NULL; k++)
		ok(good[k] || bad[k] || conf_key(k)->type == CONF_CODES, "%s was tried",
		    conf_key(k)->name);
}

/* ---- texts as a whole */

static const struct { const char *text, *why; } texts[] = {
	{ "nonsense = 1\n", "x:1: unknown key \"nonsense\"" },
	{ "\n\nspol = /x\n", "x:3: unknown key \"spol\"; did you mean \"spool\"?" },
	{ "cpus = 1\ncpus = 2\n", "x:2: cpus is set twice in this file (x:1)" },
	{ "cpus\n", "x:1: \"cpus\" is neither" }, { "= 1\n", "x:1: no key in front of =" },
	{ "cpus =\n", "x:1: cpus has no value" }, { "cpus = # 3\n", "x:1: cpus has no value" },
	{ "cpus = x\n", "x:1: cpus: " },
	{ "include /x\n", "x:1: include is of use in a file only" },
	{ "[queue q]\ncpus = 1\n", "x:2: unknown key \"cpus\" of a [queue]" },
	{ "[queue]\n", "x:1: [queue ]: \"\" is no name" }, { "[queue a b]\n", "is no name" },
	{ "[queue q\n", "x:1: a section is written [kind name]" },
	{ "[queue q] x\n", "x:1: a section is written [kind name]" },
	{ "[queu q]\n", "unknown section \"queu\"; did you mean \"queue\"?" },
	{ "[zzzzzzzz q]\n", "x:1: unknown section \"zzzzzzzz\"" }, { "[]\n", "unknown section" },
	{ "lease = 10s\nheartbeat = 6s\n", "lease must be at least twice heartbeat" },
	{ "keep_logs = 31d\nkeep_history = 30d\n", "keep_logs must not be longer than" },
	{ "history_after = 3d\n", "uuid_keep must not be shorter than history_after" },
	{ "log_level = loud\n", "\"loud\" is none of error, warning, info or debug" },
	{ "policy = x\n", "\"x\" is none of fifo, priority, shortest, fairshare or hybrid" },
	{ "memory = 0\n", "1M to 1000000000M is accepted" },
};

static const struct { const char *text, *key, *shown; } fine[] = {
	{ "", "cpus", "auto" }, { "cpus=2", "cpus", "2" }, { "\tcpus \t=\t 2 \r\n", "cpus", "2" },
	{ "#cpus = 2\n", "cpus", "auto" }, { "cpus = 2 # two\n", "cpus", "2" },
	{ "spool = /a#b\n", "spool", "/a#b" }, { "spool = /a #b\n", "spool", "/a" },
	{ "spool = /a=b\n", "spool", "/a=b" }, { "[queue q]\n", "cpus", "auto" },
	{ "  [ queue  q ]  \n", "cpus", "auto" },
	{ "lease = 12s\nheartbeat = 6s\n", "lease", "12s" },
	{ "history_after = 2d\n", "history_after", "2d" },
};

static void check_texts(void)
{
	struct conf c;
	struct buf b;
	struct err e;

	for (size_t i = 0; i < N(texts); i++) {
		is_int(conf_load_text("x", texts[i].text, strlen(texts[i].text), &c, &e), -1,
		    "text %zu", i);
		is_int(e.code, ERR_CONFIG, "text %zu: code", i);
		ok(strstr(e.text, texts[i].why) != NULL, "text %zu: '%s' in '%s'", i, texts[i].why,
		    e.text);
	}
	for (size_t i = 0; i < N(fine); i++) {
		if (!ok(conf_load_text("x", fine[i].text, strlen(fine[i].text), &c, &e) == 0,
		    "fine %zu", i))
			continue;
		buf_init(&b, 1000);
		conf_format(&c, index_of(fine[i].key), &b);
		is_str(b.data, fine[i].shown, "fine %zu: %s", i, fine[i].key);
		buf_release(&b);
		conf_free(&c);
	}
	is_int(conf_load_text("x", "cpus\0= 2", 8, &c, &e), -1, "a NUL");
	ok(strstr(e.text, "x:1: the line holds a NUL byte") != NULL, "is told: %s", e.text);
}

/* ---- files and includes */

static char dir[300];

static void put(const char *name, const char *text)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, text, strlen(text), NULL) < 0)
		ok(false, "%s is written", path);
	close(fd);
}

static int load(const char *name, struct conf *c, struct err *e)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	err_clear(e);
	return conf_load(path, c, e);
}

static void check_includes(void)
{
	static const struct { const char *text; int64_t retries; const char *why; } mains[] = {
		{ "include one.conf\n", 1, NULL }, { "include ./one.conf\n", 1, NULL },
		{ "default_retries = 9\ninclude one.conf\n", 1, NULL },
		{ "include one.conf\ndefault_retries = 9\n", 9, NULL },
		{ "include d/*.conf\n", 3, NULL }, { "include d/[12].conf\n", 2, NULL },
		{ "include none/*.conf\n", 0, NULL }, { "include d/*.none\n", 0, NULL },
		{ "include d/2.conf\ninclude d/2.conf\n", 2, NULL },
		{ "include none.conf\n", 0, "none.conf" }, { "include\n", 0, "neither" },
		{ "include d/bad.txt\n", 0, "d/bad.txt:2: unknown key" },
		{ "include main\n", 0, "nest deeper than 8" },
		{ "include d/a\ninclude d/a\n", 0, "nest deeper than 8" },
		{ "include open.conf\n", 0, "everybody may write it" },
		{ "include d\n", 0, "d" }, { "include = 1\n", 0, "unknown key \"include\"" },
		{ "[queue q]\ninclude one.conf\n", 1, NULL },
		{ "include section\ndefault_retries = 4\n", 4, NULL },
	};
	char open_path[400];
	struct conf c;
	struct err e;

	snprintf(open_path, sizeof(open_path), "%s/d", dir);
	mkdir(open_path, 0700);
	put("one.conf", "default_retries = 1\n");
	put("d/1.conf", "default_retries = 1\n");
	put("d/2.conf", "default_retries = 2\n");
	put("d/3.conf", "default_retries = 3\n");
	put("d/bad.txt", "\nwhat = 1\n");
	put("d/a", "include b\n");
	put("d/b", "include a\n");
	put("section", "[queue q]\n");
	put("open.conf", "default_retries = 1\n");
	snprintf(open_path, sizeof(open_path), "%s/open.conf", dir);
	chmod(open_path, 0666);
	for (size_t i = 0; i < N(mains); i++) {
		int r;

		put("main", mains[i].text);
		r = load("main", &c, &e);
		is_int(r, mains[i].why == NULL ? 0 : -1, "includes %zu %s", i, e.text);
		if (r == 0) {
			is_int(c.default_retries, mains[i].retries, "includes %zu: the value", i);
			conf_free(&c);
		} else {
			ok(mains[i].why != NULL && strstr(e.text, mains[i].why) != NULL,
			    "includes %zu: '%s'", i, e.text);
			is_int(e.code, ERR_CONFIG, "includes %zu: code", i);
		}
	}
}

static void check_many_files(void)
{
	static char text[CONF_FILES_MAX * 20];
	struct conf c;
	struct err e;
	size_t n = 0;

	put("empty", "");
	for (int i = 0; i < CONF_FILES_MAX - 1; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "include empty\n");
	put("main", text);
	is_int(load("main", &c, &e), 0, "a thousand files %s", e.text);
	conf_free(&c);
	snprintf(text + n, sizeof(text) - n, "include empty\n");
	put("main", text);
	is_int(load("main", &c, &e), -1, "one more");
	ok(strstr(e.text, "main:1000: more than 1000 files") != NULL, "is too many: %s", e.text);
}

/* ---- reload: each key by itself */

static void check_reload(void)
{
	static const char *const other[] = { "/else", "other", "fifo", "all", "queue",
	    "learned", "1m",
	    "spread", "a=b", "t=1", "2m",
	    "2", "3", "1h", "yes", "/w", "no", "3", "2G", "3G", "1", "a100",
	    "1", "r=1", "2", "64M", "1", "1h", "3",
	    "q2", "75", "76", "1s", "3", "1", "Asia/Tokyo", "2m", "2", "2", "2m", "/x", "/mail",
	    "/bin", "10", "10", "10G", "10G", "10", "10", "10", "10",
	    "2h", "3d", "2h", "30d", "3000d", "10s", "5m", "2d", "debug", "yes" };
	struct conf a, b;

	for (size_t i = 0; conf_key(i) != NULL; i++) {
		const struct conf_key *k = conf_key(i);
		struct buf names;
		struct err e = { .text = "" };

		if (!ok(i < N(other), "%s has another value here", k->name))
			break;
		buf_init(&names, 1000);
		conf_load_text("x", "", 0, &a, NULL);
		conf_load_text("x", "", 0, &b, NULL);
		is_int(conf_set(&b, k, other[i], &e), 0, "%s = %s %s", k->name, other[i], e.text);
		is_int(conf_restart_needed(&a, &b, &names), k->reload ? 0 : 1, "%s: %s", k->name,
		    k->reload ? "a reload is enough" : "a restart is needed");
		is_str(names.len ? names.data : "", k->reload ? "" : k->name, "%s: named", k->name);
		conf_free(&a);
		conf_free(&b);
		buf_release(&names);
	}
}

/* ---- one setting, as from a command line */

static const char *assigned(struct conf *c, const char *setting)
{
	static struct err e;

	err_clear(&e);
	return conf_assign(c, setting, &e) == 0 ? "" : e.text;
}

static void test_assign(void)
{
	struct core_conf core;
	struct conf c;
	struct err e;

	is_int(conf_load_text("f", "", 0, &c, &e), 0, "all defaults");
	is_str(assigned(&c, "max_requeues=7"), "", "a setting");
	is_str(assigned(&c, " max_requeues = 9 "), "", "the same again, with blanks");
	is_str(assigned(&c, "retry_on = 75"), "", "another");
	ok(strstr(assigned(&c, "max_requeues=x"), "--set:1: max_requeues: ") != NULL,
	    "a bad value");
	ok(strstr(assigned(&c, "max_requeue=1"), "did you mean \"max_requeues\"?") != NULL,
	    "an unknown key");
	is_int(c.max_requeues, 9, "the last good one counts");
	conf_core(&c, &c.sections, &core);
	is_int(core.max_requeues, 9, "and reaches the core");
	is_str(core.retry_on, "75", "as texts do");
	ok(core.reservations == 1 && core.backfill_order == BACKFILL_SHORTEST &&
	    core.plan_by == PLAN_LIMIT &&
	    core.reserve_after == 600000, "the plan");
	ok(core.age_interval == 60000 && core.age_step == 1 && core.fair_weight == 100 &&
	    core.fair_half_life == 7 * INT64_C(86400000), "the priority");
	ok(core.max_queued == c.max_queued && core.policy == (enum policy)c.policy &&
	    core.cascade > 0 && !core.read_only && core.no_retry_on == NULL, "with the others");
	conf_free(&c);
}

int main(void)
{
	test_assign();
	snprintf(dir, sizeof(dir), "%s", tap_tmpdir());
	check_values();
	check_texts();
	check_includes();
	check_many_files();
	check_reload();
	return tap_done();
}
