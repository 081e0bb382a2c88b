/* conf: the keys, their values both ways, and the papers that describe them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/log.h"
#include "conf/impl.h"
#include "core/core.h"
#include "tap.h"

static size_t count(void)
{
	size_t n = 0;

	while (conf_key(n) != NULL)
		n++;
	return n;
}

static size_t index_of(const char *name, size_t len)
{
	size_t i;

	for (i = 0; conf_key(i) != NULL; i++) {
		if (strlen(conf_key(i)->name) == len && strncmp(conf_key(i)->name, name, len) == 0)
			break;
	}
	return i;
}

static const struct conf_key *key(const char *name)
{
	return conf_key(index_of(name, strlen(name)));
}

static void rows(void)
{
	struct conf c;

	ok(conf_load("/dev/null", &c, NULL) == 0, "the defaults");
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		const struct conf_key *k = conf_key(i);
		struct buf b;

		buf_init(&b, 10000);
		conf_format(&c, i, &b);
		if (k->fallback == NULL)
			is_int(b.len, 0, "%s: nothing", k->name);
		else
			is_str(b.data, k->fallback, "%s: the default as it is written", k->name);
		ok(k->offset < offsetof(struct conf, origin), "%s: inside the struct", k->name);
		for (size_t j = 0; j < i; j++) {
			if (conf_key(j)->offset == k->offset || strcmp(conf_key(j)->name,
			    k->name) == 0)
				ok(false, "%s and %s are the same", k->name, conf_key(j)->name);
		}
		buf_release(&b);
	}
	ok(count() <= CONF_KEYS_MAX, "room for all");
	is_int(c.policy, POLICY_HYBRID, "the policy is core's");
	is_int(c.backfill_order, BACKFILL_SHORTEST, "so is the order behind a head");
	is_int(c.log_level, LOG_L_INFO, "the level is base's");
	is_int(c.cpus, CONF_AUTO, "auto");
	is_int(c.default_cpus, 1000, "thousandths");
	is_int(c.kill_grace, 30000, "ms");
	is_int(c.uuid_keep, INT64_C(48) * 3600000, "48 h");
	is_int(c.lease, 120000, "120 s");
	conf_free(&c);
}

static void there_and_back(void)
{
	static const struct {
		const char *key, *in, *out;
	} values[] = {
		{ "cpus", "1.5", "1.5" }, { "cpus", "0.001", "0.001" }, { "cpus", "16", "16" },
		{ "cpus", "2.050", "2.05" }, { "cpus", "auto", "auto" },
		{ "memory", "1536", "1536M" }, { "memory", "2048M", "2G" }, { "memory", "1.5G",
		    "1536M" },
		{ "memory", "1B", "1M" }, { "memory", "1T", "1024G" }, { "default_memory", "0", "0"
		    },
		{ "gpus", "0", "0" }, { "gpus", "auto", "auto" },
		{ "kill_grace", "0", "0s" }, { "kill_grace", "90", "90s" }, { "kill_grace", "120s",
		    "2m" },
		{ "kill_grace", "1.5s", "1500ms" }, { "kill_grace", "none", "0s" },
		{ "default_time_limit", "1-12:00:00", "36h" }, { "default_time_limit", "0", "none"
		    },
		{ "default_time_limit", "7d", "7d" }, { "policy", "fifo", "fifo" },
		{ "syslog", "on", "yes" }, { "syslog", "false", "no" }, { "syslog", "true", "yes" },
		{ "log_level", "warning", "warning" }, { "spool", "/x y", "/x y" },
		{ "retry_on", "1-5,oom", "1-5,oom" }, { "env_path", "/a:/b", "/a:/b" },
	};
	struct conf c, again;
	struct buf b;
	struct err e;

	buf_init(&b, 10000);
	ok(conf_load("/dev/null", &c, NULL) == 0, "the defaults");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		buf_reset(&b);
		is_int(conf_set(&c, key(values[i].key), values[i].in, &e), 0, "%s = %s",
		    values[i].key, values[i].in);
		conf_format(&c, index_of(values[i].key, strlen(values[i].key)), &b);
		is_str(b.data, values[i].out, "%s = %s is written", values[i].key, values[i].in);
	}
	buf_reset(&b);
	is_int(conf_print(&c, &b), 0, "all of it");
	ok(strstr(b.data, "retry_on = 1-5,oom\t# default\n") != NULL, "a line with its origin");
	ok(strstr(b.data, "# user is not set\n") != NULL, "what is not set");
	is_int(conf_load_text("x", b.data, b.len, &again, &e), 0, "is read back: %s", e.text);
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		struct buf x, y;

		buf_init(&x, 1000);
		buf_init(&y, 1000);
		conf_format(&c, i, &x);
		conf_format(&again, i, &y);
		is_str(y.data, x.data, "%s is the same", conf_key(i)->name);
		buf_release(&x);
		buf_release(&y);
	}
	conf_free(&again);
	conf_free(&c);
	buf_release(&b);
}

static void reloading(void)
{
	struct conf a, b;
	struct buf names;

	buf_init(&names, 1000);
	conf_load("/dev/null", &a, NULL);
	conf_load("/dev/null", &b, NULL);
	is_int(conf_restart_needed(&a, &b, &names), 0, "nothing has changed");
	conf_set(&b, key("kill_grace"), "1s", NULL);
	conf_set(&b, key("retry_on"), "75", NULL);
	is_int(conf_restart_needed(&a, &b, &names), 0, "only what a reload takes");
	is_int(names.len, 0, "no name");
	conf_set(&b, key("spool"), "/x", NULL);
	conf_set(&b, key("cpus"), "4", NULL);
	is_int(conf_restart_needed(&a, &b, &names), 2, "two need a restart");
	is_str(names.data, "spool, cpus", "their names");
	is_int(conf_restart_needed(&b, &a, NULL), 2, "the other way round");
	conf_free(&a);
	conf_free(&b);
	buf_release(&names);
}

/* ---- job.conf(5) and the sample; tests run in the top folder */

static void text_of(const char *path, struct buf *b)
{
	struct err e;

	buf_init(b, 1 << 20);
	if (file_read(AT_FDCWD, path, b, &e) == -1)
		ok(false, "%s: %s", path, e.text);
}

/* What stands behind each `before` at the start of a line is a key, and each key does. */
static void names_match(const char *path, const struct buf *b, const char *before,
    bool others)
{
	bool seen[CONF_KEYS_MAX] = { false };
	const char *p = b->data;
	size_t i, n;

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p == NULL ? NULL : p + 1) {
		if (strncmp(p, before, strlen(before)) != 0)
			continue;
		n = strspn(p + strlen(before), "abcdefghijklmnopqrstuvwxyz_");
		i = index_of(p + strlen(before), n);
		if (conf_key(i) != NULL)
			seen[i] = true;
		else if (!others)
			ok(false, "%s: no key %.*s", path, (int)n, p + strlen(before));
	}
	for (i = 0; conf_key(i) != NULL; i++)
		ok(seen[i], "%s has %s", path, conf_key(i)->name);
}

static void manual(void)
{
	static const char path[] = "man/job.conf.5";
	char want[400];
	struct buf b;
	char *keys;

	text_of(path, &b);
	keys = b.data == NULL ? NULL : strstr(b.data, "\n.Sh KEYS\n");
	if (!ok(keys != NULL, "%s has a section KEYS", path))
		return;
	*strstr(keys, "\n.Sh ENVIRONMENT\n") = '\0';
	names_match(path, &(struct buf){ .data = keys }, ".It Ic ", false);
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		const struct conf_key *k = conf_key(i);

		snprintf(want, sizeof(want), ".It Ic %s\n(%s; %s%s; %s)\n", k->name,
		    conf_type_name(k->type), k->fallback != NULL ? "default " : "no default",
		    k->fallback != NULL ? k->fallback : "", k->reload ? "reload" : "restart");
		ok(strstr(keys, want) != NULL, "%s: type, default and reload of %s", path, k->name);
	}
	buf_release(&b);
}

static void sample(void)
{
	static const char path[] = "etc/job.conf";
	struct conf c;
	struct buf b, live;
	struct err e;
	const char *end;

	text_of(path, &b);
	names_match(path, &b, "#", true);
	is_int(conf_load_text(path, b.data, b.len, &c, &e), 0, "%s as it is", path);
	for (size_t i = 0; conf_key(i) != NULL; i++)
		ok(c.origin[i] == NULL, "%s leaves %s alone", path, conf_key(i)->name);
	conf_free(&c);

	/* With every line that is a key made live. */
	buf_init(&live, 1 << 20);
	for (const char *p = b.data; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		if (p[0] == '#' && p[1] >= 'a' && p[1] <= 'z' && strncmp(p, "#include", 8) != 0)
			p++;
		buf_add(&live, p, (size_t)(end - p) + 1);
	}
	is_int(conf_load_text(path, live.data, live.len, &c, &e), 0, "%s made live: %s", path,
	    e.text);
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		struct buf v;

		buf_init(&v, 1000);
		conf_format(&c, i, &v);
		ok(c.origin[i] != NULL, "%s is there", conf_key(i)->name);
		if (conf_key(i)->fallback != NULL)
			is_str(v.data, conf_key(i)->fallback, "%s shows its default",
			    conf_key(i)->name);
		buf_release(&v);
	}
	conf_free(&c);
	buf_release(&live);
	buf_release(&b);
}

int main(void)
{
	rows();
	there_and_back();
	reloading();
	manual();
	sample();
	return tap_done();
}
