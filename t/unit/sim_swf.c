/* swf: every rule of the format, and that what is no trace is refused with its place. */
#include <stdio.h>
#include <string.h>

#include "sim/swf.h"
#include "tap.h"

#define JOB "1 10 -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n"

/* Reads text into w: "" or the error. */
static const char *reading(struct work *w, const char *text)
{
	static struct err e;

	err_clear(&e);
	work_init(w);
	return swf_read(w, "f", text, strlen(text), &e) == 0 ? "" : e.text;
}

static void test_job(void)
{
	const struct work_job *j;
	struct work w;

	is_str(reading(&w, JOB), "", "a job");
	is_int(w.n, 1, "is one");
	j = &w.jobs[0];
	is_int(j->number, 1, "number");
	is_int(j->submit, 10000, "submit, ms");
	is_int(j->run, 5000, "run");
	is_int(j->limit, 60000, "the requested time is its limit");
	is_int(j->cpus, 4000, "the requested processors count");
	is_str(j->user, "u7", "user");
	is_str(j->account, "g3", "group");
	is_str(j->name, "p2", "program");
	is_str(j->queue, "q1", "queue");
	is_int(j->uid, 7, "the user's number");
	work_release(&w);
	is_str(reading(&w, "1 10 -1 5 2 -1 -1 -1 0 -1 1 -1 -1 -1 -1 -1 -1 -1"), "",
	    "little is known, no end of line");
	j = &w.jobs[0];
	is_int(j->cpus, 2000, "else those that were allocated");
	is_int(j->limit, 5000, "no request: the run time");
	ok(j->user == NULL && j->account == NULL && j->queue == NULL, "nobody's");
	work_release(&w);
	is_str(reading(&w, "\t1  10.9 -1 5.5 2 1.25 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1 \r\n"
	    "\r\n \n"),
	    "", "tabs, CR, empty lines, fractions");
	ok(w.n == 1 && w.jobs[0].submit == 10000 && w.jobs[0].run == 5000, "which are cut off");
	work_release(&w);
}

static int64_t machine(const char *header)
{
	struct work w;
	int64_t cpus;

	is_str(reading(&w, header), "", "a header");
	cpus = w.cpus;
	work_release(&w);
	return cpus;
}

static void test_header(void)
{
	is_int(machine("; MaxProcs: 12\n; MaxNodes: 3\n"), 12000, "processors");
	is_int(machine("; MaxNodes: 3\n;MaxProcs:12 \n"), 12000, "in whichever order");
	is_int(machine(";   MaxNodes:\t3\n; Note: MaxProcs: 9\n"), 3000, "else nodes");
	is_int(machine("; MaxProcs: -1\n; MaxNodes: 3\n"), 3000, "-1 is as good as nothing");
	is_int(machine("; MaxProcs: many\n;\n; \n;MaxProcs"), 0, "or nothing");
}

static void test_settled(void)
{
	static const char text[] =
	    "1 30 -1 5 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n"
	    "2 20 -1 0 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n"	/* no run time */
	    "3 20 -1 5 0 -1 -1 -1 9 -1 1 1 1 1 1 -1 -1 -1\n"	/* no processors */
	    "4 -1 -1 5 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n"	/* no instant */
	    "5 20 -1 5 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n"
	    "6 30 -1 5 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n"
	    "7 20 -1 5 2 -1 -1 2 9 -1 1 1 1 1 1 -1 -1 -1\n";
	struct work w;
	char order[64] = "";
	size_t i;

	is_str(reading(&w, text), "", "seven jobs");
	work_settle(&w);
	ok(w.no_run == 1 && w.no_cpus == 1 && w.no_submit == 1, "three are left out, counted");
	for (i = 0; i < w.n; i++)
		snprintf(order + strlen(order), sizeof(order) - strlen(order), " %d",
		    (int)w.jobs[i].number);
	is_str(order, " 5 7 1 6", "by instant, then as they stand");
	work_release(&w);
}

static void test_refused(void)
{
	static const struct { const char *text, *error; } bad[] = {
		{ "; x\n1 2 3\n", "f:2: 3 fields, a job has 18" },
		{ JOB "1\n", "f:2: 1 fields, a job has 18" },
		{ "1 10 -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1 9\n", "f:1: more than 18 fields" },
		{ "1 x -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n",
		    "f:1: field 2 is no number: \"x\"" },
		{ "1 1e3 -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n",
		    "f:1: field 2 is no number: \"1e3\"" },
		{ "1 - -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n",
		    "f:1: field 2 is no number: \"-\"" },
		{ "1 1.2.3 -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n",
		    "f:1: field 2 is no number: \"1.2.3\"" },
		{ "1 9999999999999 -1 5 2 -1 -1 4 60 -1 1 7 3 2 1 -1 -1 -1\n",
		    "f:1: field 2 is no number: \"9999999999999\"" },
		{ "PK\003\004 and more of it", "f:1: field 1 is no number: \"PK\003\004\"" },
	};
	struct work w;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_str(reading(&w, bad[i].text), bad[i].error, "refused");
		work_release(&w);
	}
	is_str(reading(&w, ""), "", "an empty file");
	is_int(w.n, 0, "has no job");
	work_release(&w);
}

int main(void)
{
	test_job();
	test_header();
	test_settled();
	test_refused();
	return tap_done();
}
