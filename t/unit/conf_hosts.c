/* Tests conf/hosts: the workers file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "conf/conf.h"
#include "conf/hosts.h"
#include "tap.h"

static struct hosts h;

static const char *parse(const char *text)
{
	static struct err e;

	err_clear(&e);
	if (hosts_parse("w", text, strlen(text), &h, &e) == -1) {
		is_int(e.code, ERR_CONFIG, "%s: the code", e.text);
		ok(h.n == 0 && h.list == NULL, "nothing is left");
	}
	return e.text;
}

static void test_defaults(void)
{
	const struct host *a;

	is_str(parse("# hosts\n\n  web1\n"), "", "a name is enough");
	is_int((int64_t)h.n, 1, "one host");
	a = hosts_find(&h, "web1");
	ok(a != NULL, "it is found");
	is_int(a->transport, HOST_SSH, "by ssh");
	is_int(a->port, 22, "port");
	is_int(a->cpus, CONF_AUTO, "what it says it has");
	is_int(a->memory, CONF_AUTO, "memory");
	is_int((int64_t)a->line, 3, "where it stands");
	ok(a->address == NULL && a->user == NULL && a->labels == NULL && a->dir == NULL, "unsaid");
	ok(hosts_find(&h, "web2") == NULL, "another is not");
	hosts_free(&h);
	is_str(parse(""), "", "no host at all");
	ok(hosts_find(&h, "web1") == NULL, "is none");
	hosts_free(&h);
	is_int(hosts_load("/nonexistent/workers", &h, NULL), 0, "no file: no hosts");
	is_int((int64_t)h.n, 0, "none");
}

static void test_keys(void)
{
	const struct host *a;

	is_str(parse("b address=10.0.0.1 user=job port=2222 identity=~/.ssh/id known_hosts=/k "
	    "dir=w compress=yes cpus=1.5 memory=2G disk=1T gpus=2 gpu_type=a100 "
	    "bandwidth=1000 resources=fpga=2,nic=1 region=eu zone=a label.disk=ssd "
	    "'label.note=a \"b\"'\n"
	    "a transport=command command=\"ssh -J x %n worker attach --dir 50%%\"\n"), "", "all");
	is_int((int64_t)h.n, 2, "two hosts");
	is_str(h.list[0].name, "a", "sorted");
	is_str(h.list[0].command, "ssh -J x a worker attach --dir 50%", "%%n is the name");
	a = hosts_find(&h, "b");
	is_str(a->address, "10.0.0.1", "address");
	is_str(a->user, "job", "user");
	is_int(a->port, 2222, "port");
	is_str(a->identity, "~/.ssh/id", "identity");
	is_str(a->known_hosts, "/k", "known_hosts");
	is_str(a->dir, "w", "dir");
	is_int(a->compress, 1, "compress");
	is_int(a->cpus, 1500, "cpus");
	is_int(a->memory, 2048, "memory");
	is_int(a->disk, 1048576, "disk");
	is_int(a->gpus, 2, "gpus");
	is_str(a->gpu_type, "a100", "their type");
	is_int(a->bandwidth, 1000, "bandwidth");
	is_str(a->resources, "fpga=2,nic=1", "resources");
	is_str(a->region, "eu", "region");
	is_str(a->zone, "a", "zone");
	is_str(a->labels, "{\"disk\":\"ssd\",\"note\":\"a \\\"b\\\"\"}", "labels");
	hosts_free(&h);
}

static void test_ranges(void)
{
	is_str(parse("web[08-11].example address=10.1.%n\nx"), "", "a range");
	is_int((int64_t)h.n, 5, "as many hosts");
	is_str(h.list[0].name, "web08.example", "with the zeros of the first");
	is_str(h.list[3].name, "web11.example", "up to the last");
	is_str(h.list[3].address, "10.1.web11.example", "each with its own values");
	hosts_free(&h);
	is_str(parse("n[9-10]"), "", "without zeros");
	is_str(h.list[0].name, "n10", "10");
	is_str(h.list[1].name, "n9", "9");
	hosts_free(&h);
}

static void test_refused(void)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "-oProxyCommand=x", "w:1: \"-oProxyCommand=x\" is no name of a host" },
		{ "a/b", "w:1: \"a/b\" is no name of a host" },
		{ "a\na b=c", "w:2: unknown key \"b\"" },
		{ "a usr=c", "w:1: unknown key \"usr\"; did you mean \"user\"?" },
		{ "a user", "w:1: \"user\" is not key=value" },
		{ "a user=", "w:1: \"user=\" is not key=value" },
		{ "a =x", "w:1: \"=x\" is not key=value" },
		{ "a user=-l", "w:1: user: \"-l\" is no name: at most 64 letters, digits and "
		    "._-:/@+" },
		{ "a address=-x", "w:1: address: \"-x\" is no name: at most 64 letters, digits and "
		    "._-:/@+" },
		{ "a resources=fpga", "w:1: resources: \"fpga\" is not NAME=N" },
		{ "a port=0", "w:1: port: '0' is out of range: 1 to 65535 is accepted" },
		{ "a port=1 port=2", "w:1: port is set twice" },
		{ "a transport=rsh", "w:1: transport: \"rsh\" is none of ssh or command" },
		{ "a transport=command", "w:1: transport=command needs a command=" },
		{ "a command=x", "w:1: command= needs transport=command" },
		{ "a dir=-x", "w:1: dir: begins with -" },
		{ "a address=%h", "w:1: \"%h\": behind % stands n or %" },
		{ "a label.=x", "w:1: \"\" is no name of a label" },
		{ "a label.-x=x", "w:1: \"-x\" is no name of a label" },
		{ "a\nb\na", "w:3: a stands in line 1, too" },
		{ "web[1-3]\nweb2", "w:2: web2 stands in line 1, too" },
		{ "web[3-1]", "w:1: \"[3-1]\": the smaller number stands first" },
		{ "web[1]", "w:1: \"[1]\": a range is written [1-40]" },
		{ "web[-3]", "w:1: \"[-3]\": a range is written [1-40]" },
		{ "web[1-3][4-5]", "w:1: \"web1[4-5]\" is no name of a host" },
		{ "w[0-99999]\nx", "w:2: more than 100000 hosts" },
		{ "a 'user=x", "w:1: a quote that does not end" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(parse(rows[i].text), rows[i].error, "%s", rows[i].text);
}

static void test_file(void)
{
	char path[512];
	struct err e;

	snprintf(path, sizeof(path), "%s/workers", tap_tmpdir());
	is_int(file_replace(-1, path, "a\nb", 3, 0666, &e), 0, "a file that anybody may write");
	is_int(hosts_load(path, &h, &e), -1, "is refused");
	ok(strstr(e.text, "everybody may write it") != NULL, "%s", e.text);
	is_int(file_replace(-1, path, "a\nb", 3, 0644, &e), 0, "a better one");
	is_int(hosts_load(path, &h, &e), 0, "is read");
	is_int((int64_t)h.n, 2, "whole");
	hosts_free(&h);
}

static void test_changes(void)
{
	static const struct {
		const char *a, *b;
		bool way, equal;
	} rows[] = {
		{ "a", "a", true, true },
		{ "a", "\na", true, true },
		{ "a", "a user=x", false, false },
		{ "a user=x", "a user=y", false, false },
		{ "a port=1", "a port=2", false, false },
		{ "a dir=1", "a dir=2", false, false },
		{ "a cpus=1", "a cpus=2", true, false },
		{ "a zone=1", "a", true, false },
		{ "a label.x=1", "a label.x=2", true, false },
	};
	struct hosts other;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parse(rows[i].a);
		other = h;
		parse(rows[i].b);
		is_int(host_same_way(&h.list[0], &other.list[0]), rows[i].way, "%s / %s: way",
		    rows[i].a, rows[i].b);
		is_int(host_equal(&h.list[0], &other.list[0]), rows[i].equal, "%s / %s: equal",
		    rows[i].a, rows[i].b);
		hosts_free(&other);
		hosts_free(&h);
	}
}

int main(void)
{
	test_defaults();
	test_keys();
	test_ranges();
	test_refused();
	test_file();
	test_changes();
	return tap_done();
}
