/* machine: the two ways to write one, and what is refused. */
#include <string.h>

#include "sim/machine.h"
#include "tap.h"

static const char *shorthand(struct machine *m, const char *words)
{
	static struct err e;

	err_clear(&e);
	memset(m, 0, sizeof(*m));
	return machine_shorthand(m, words, &e) == 0 ? "" : e.text;
}

static const char *listed(struct machine *m, const char *text)
{
	static struct err e;

	err_clear(&e);
	memset(m, 0, sizeof(*m));
	return machine_read(m, "f", text, strlen(text), &e) == 0 ? "" : e.text;
}

static void test_shorthand(void)
{
	struct machine m;

	is_str(shorthand(&m, "3x32:128G"), "", "three workers");
	is_int(m.n, 3, "are three");
	is_int(m.cpus, 96000, "cpus of all");
	is_str(m.workers[2].name, "w3", "name");
	is_int(m.workers[2].mem, 128 << 10, "memory");
	machine_release(&m);
	is_str(shorthand(&m, "1x0.5"), "", "half a cpu");
	ok(m.cpus == 500 && m.workers[0].mem > INT64_C(1) << 32, "and memory without end");
	machine_release(&m);
	ok(strstr(shorthand(&m, "32"), "write NxC") != NULL, "no x");
	ok(strstr(shorthand(&m, "a:bx2"), "write NxC") != NULL, "memory in front");
	ok(*shorthand(&m, "x2") != '\0' && *shorthand(&m, "0x2") != '\0' &&
	    *shorthand(&m, "2x0") != '\0' && *shorthand(&m, "2x2:") != '\0' &&
	    *shorthand(&m, "9999999x1") != '\0' && *shorthand(&m, "") != '\0', "other words");
	is_int(m.n, 0, "nothing half made");
	machine_release(&m);
}

static void test_list(void)
{
	struct machine m;

	is_str(listed(&m, "# mine\na 4\n\nb\t8.5 16G - 2\nc 1 - 1T"), "", "a list");
	is_int(m.n, 3, "three");
	is_int(m.cpus, 13500, "cpus of all");
	ok(m.workers[1].mem == 16384 && m.workers[1].gpus == 2 &&
	    m.workers[1].disk == m.workers[0].disk, "memory, gpus, disk");
	is_int(m.workers[2].disk, 1 << 20, "disk");
	machine_release(&m);
	is_str(listed(&m, "a 1\na 2\n"), "f:2: worker a stands there twice", "twice");
	machine_release(&m);
	is_str(listed(&m, "a\n"), "f:1: worker a has no cpus", "no cpus");
	machine_release(&m);
	is_str(listed(&m, "-a 1\n"), "f:1: \"-a\" is no name", "no name");
	machine_release(&m);
	is_str(listed(&m, "a 1 - - 1 x\n"), "f:1: more than name, cpus, memory, disk, gpus",
	    "too much");
	machine_release(&m);
	is_str(listed(&m, "# nothing\n"), "f: no worker stands there", "nothing");
	machine_release(&m);
	ok(strstr(listed(&m, "a x\n"), "f:1: ") != NULL, "no number");
	machine_release(&m);
}

int main(void)
{
	test_shorthand();
	test_list();
	return tap_done();
}
