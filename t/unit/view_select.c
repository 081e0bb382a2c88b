/* select, walk: which words name jobs, and which jobs they find. */
#include "view/select.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"
#include "view/walk.h"
#include "viewkit.h"

static void refused(const char *word, enum err_code code, const char *why)
{
	struct selection *s = selection_new();
	struct err e = { .code = ERR_NONE };

	is_int(selection_add(s, word, &e), -1, "'%s' is refused", word);
	is_int(e.code, code, "with the right code");
	ok(strstr(e.text, why) != NULL, "and says why: %s", e.text);
	selection_free(s);
}

static void check_words(void)
{
	static const char *const good[] = { "1", "9223372036854775807", "3-7", "5-5", "last",
	    "last:12", "12_7", "12_[1-9:2,20]", "%name", "%100-120", "@a=b", "@a=", "@a=b=c",
	    "01a208e5-95a7-76a6-a4b2-e514941fd6cb" };
	struct selection *s = selection_new();
	int64_t first = 0, last = 0;
	struct err e;

	ok(selection_empty(s), "nothing is selected at first");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_int(selection_add(s, good[i], &e), 0, "'%s' is a word", good[i]);
	ok(!selection_empty(s) && !selection_range(s, &first, &last), "many words are no range");
	selection_free(s);

	s = selection_new();
	selection_add(s, "100-120", &e);
	ok(selection_range(s, &first, &last) && first == 100 && last == 120, "one range is one");
	selection_free(s);

	refused("", ERR_USAGE, "names no job");
	refused("0", ERR_USAGE, "names no job");
	refused("-5", ERR_USAGE, "options stand in front of the jobs");
	refused("5-", ERR_USAGE, "names no job");
	refused("5-x", ERR_USAGE, "names no job");
	refused("7-3", ERR_USAGE, "ends before it begins");
	refused("99999999999999999999", ERR_USAGE, "names no job");
	refused("12x", ERR_USAGE, "names no job");
	refused("%", ERR_USAGE, "names no job");
	refused("@tag", ERR_USAGE, "@NAME=VALUE");
	refused("@=x", ERR_USAGE, "@NAME=VALUE");
	refused("last:", ERR_USAGE, "last:");
	refused("last:0", ERR_USAGE, "last:0");
	refused("latest", ERR_USAGE, "names no job");
	refused("12_", ERR_USAGE, "names no job");
	refused("12_x", ERR_USAGE, "names no job");
	refused("_7", ERR_USAGE, "names no job");
	refused("12_[]", ERR_USAGE, "names no job");
	refused("12_[9-1]", ERR_USAGE, "names no job");
	refused("12_[1-9", ERR_USAGE, "names no job");
	refused("01a208e5-95a7-76a6-a4b2-e514941fd6cX", ERR_USAGE, "names no job");
}

/* ---- finding */

/* "3 1 2 | nosuch" of words between blanks. */
static void finds(struct view *v, const char *words, unsigned statuses, const char *want)
{
	struct selection *s = selection_new();
	struct selected found;
	char *copy = strdup(words), *rest = copy, *word;
	struct buf b;
	struct err e = { .text = "" };

	while ((word = strsep(&rest, " ")) != NULL)
		selection_add(s, word, &e);
	buf_init(&b, 1000);
	buf_adds(&b, "");
	is_int(selection_find(s, v, statuses, &found, &e), 0, "%s: looked up", words);
	for (size_t i = 0; i < found.n; i++)
		buf_addf(&b, "%s%d", i ? " " : "", (int)found.ids[i]);
	for (size_t i = 0; i < found.nunknown; i++)
		buf_addf(&b, " | %s", found.unknown[i]);
	is_str(b.data ? b.data : "", want, "%s: finds", words);
	buf_release(&b);
	selected_release(&found);
	selection_free(s);
	free(copy);
}

static void check_find(struct view *v, const struct uuid *u)
{
	char text[UUID_TEXT], words[100];

	finds(v, "3 1 3 2", 0, "3 1 2");
	finds(v, "77", 0, "77");
	finds(v, "2-4", 0, "2 3 4");
	finds(v, "3 2-4", 0, "3 2 4");
	finds(v, "8-100", 0, "8 9 10");
	finds(v, "50-60", 0, " | 50-60");
	finds(v, "1-10", 1u << JOB_RUNNING, "3 6 9");
	finds(v, "last", 0, "9");
	finds(v, "last:3", 0, "9 8 7");
	finds(v, "last:100", 0, "9 8 7 6 5 4 3 2 1");
	finds(v, "%odd", 0, "1 3 5 7 9");
	finds(v, "%odd", 1u << JOB_QUEUED, "1 5 7");
	finds(v, "%stranger", 0, " | %stranger");
	finds(v, "%nobody 1", 0, "1 | %nobody");
	finds(v, "@team=b", 0, "4 8");
	finds(v, "@team=c", 0, " | @team=c");
	uuid_format(u, text);
	finds(v, text, 0, "5");
	snprintf(words, sizeof(words), "01a208e5-95a7-76a6-a4b2-e514941fd6cb %s 5", text);
	finds(v, words, 0, "5 | 01a208e5-95a7-76a6-a4b2-e514941fd6cb");
}

static void check_input(struct view *v, const char *folder)
{
	char path[300];
	int fd, keep = dup(STDIN_FILENO);

	snprintf(path, sizeof(path), "%s/ids", folder);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ok(fd >= 0 && write(fd, "3 2\n\n\t7-8\r\n%odd\n", 16) == 16, "a list of words");
	lseek(fd, 0, SEEK_SET);
	dup2(fd, STDIN_FILENO);
	finds(v, "1 -", 0, "1 3 2 7 8 5 9");
	lseek(fd, 0, SEEK_SET);
	finds(v, "- -", 0, "3 2 7 8 1 5 9");
	dup2(keep, STDIN_FILENO);
	close(keep);
	close(fd);
}

/* ---- walking */

static int add_id(void *arg, const void *row)
{
	return buf_addf(arg, "%d ", (int)((const struct job_row *)row)->id);
}

static bool not_six(void *arg, const struct job_row *row)
{
	(void)arg;
	return row->id != 6;
}

static void walks(struct view *v, struct walk w, const char *want, const char *what)
{
	struct buf b;
	struct err e;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "");
	is_int(walk_jobs(v, &w, add_id, &b, &e), 0, "%s: walked", what);
	is_str(b.data ? b.data : "", want, "%s", what);
	buf_release(&b);
}

static void check_walk(struct view *v)
{
	struct selection *s = selection_new();
	struct err e;

	walks(v, (struct walk){ .max = 0 }, "1 2 3 4 5 6 7 8 9 10 ", "all");
	walks(v, (struct walk){ .mine = true }, "1 2 3 4 5 6 7 8 9 ", "my own");
	walks(v, (struct walk){ .names = "odd,stranger" }, "1 3 5 7 9 10 ", "two names");
	walks(v, (struct walk){ .names = "odd" }, "1 3 5 7 9 ", "a name");
	walks(v, (struct walk){ .users = "kit,other", .queues = "default" },
	    "1 2 3 4 5 6 7 8 9 10 ", "users and a queue");
	walks(v, (struct walk){ .users = "ki" }, "", "no part of a name");
	walks(v, (struct walk){ .workers = "local,h2" }, "3 6 9 ", "workers");
	walks(v, (struct walk){ .filter.statuses = 1u << JOB_RUNNING, .match = not_six }, "3 9 ",
	    "a status and more");
	walks(v, (struct walk){ .filter.newest_first = true, .max = 3 }, "10 9 8 ", "the latest");
	walks(v, (struct walk){ .filter.since = KIT_DAY + 4, .filter.until = KIT_DAY + 6 },
	    "4 5 6 ", "a time");
	selection_add(s, "9", &e);
	selection_add(s, "99", &e);
	selection_add(s, "1-2", &e);
	walks(v, (struct walk){ .words = s }, "9 1 2 ", "words");
	walks(v, (struct walk){ .words = s, .filter.statuses = 1u << JOB_QUEUED }, "1 2 ",
	    "words and a status");
	walks(v, (struct walk){ .words = s, .max = 1 }, "9 ", "the first of words");
	selection_free(s);
	s = selection_new();
	selection_add(s, "4-6", &e);
	walks(v, (struct walk){ .words = s }, "4 5 6 ", "a range");
	selection_free(s);
	s = selection_new();
	selection_add(s, "last:3", &e);
	selection_add(s, "5", &e);
	selection_add(s, "12", &e);
	selection_add(s, "2", &e);
	walks(v, (struct walk){ .words = s }, "9 8 7 5 2 ", "close together, as named");
	walks(v, (struct walk){ .words = s, .max = 2 }, "9 8 ", "the first two of them");
	selection_free(s);
	ok(list_holds("a,bc,d", "bc") && list_holds("a", "a") && list_holds("a,", "") &&
	    !list_holds("a,bc", "b") && !list_holds("abc", "bc") && !list_holds("a", NULL),
	    "a comma list holds whole words");
}

/* ---- arrays */

static struct job_row *element(struct kit *k, int64_t id, int64_t index)
{
	struct job_row *row = kit_job(k, id, "many");

	row->array_id = 21;
	row->array_index = index;
	row->array_spec = "1-9:2";
	return row;
}

static void check_array(void)
{
	struct selection *s = selection_new();
	struct job_row row;
	struct view *v;
	struct kit k;
	struct err e;

	kit_open(&k);
	kit_job(&k, 20, "one");
	element(&k, 21, 0)->array_left = "1-2";
	element(&k, 22, 1)->status = JOB_RUNNING;
	element(&k, 26, 9);
	kit_job(&k, 27, "one");
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	finds(v, "21_5", 0, "24");
	finds(v, "21_[1-4,9]", 0, "22 23 26");
	finds(v, "21_4", 0, " | 21_4");
	finds(v, "20_1", 0, " | 20_1");
	finds(v, "%many", 0, "21");
	finds(v, "last:2", 0, "27 21");
	is_int(view_job(v, 24, &row, &e), 1, "an element without a row");
	ok(row.array_index == 5 && row.status == JOB_QUEUED && row.array_id == 21, "is there");
	is_int(view_job(v, 28, &row, &e), 0, "but none behind the last");
	walks(v, (struct walk){ .max = 0 }, "20 21 22 26 27 ", "what has a row");
	walks(v, (struct walk){ .filter.wholes = true }, "20 21 27 ", "arrays as one");
	walks(v, (struct walk){ .elements = true }, "20 22 23 24 26 27 ", "their elements");
	walks(v, (struct walk){ .elements = true, .filter.statuses = 1u << JOB_RUNNING }, "22 ",
	    "those that run");
	walks(v, (struct walk){ .elements = true, .max = 3 }, "20 22 23 ", "the first of them");
	selection_add(s, "21", &e);
	walks(v, (struct walk){ .elements = true, .words = s }, "22 23 24 26 ", "of one array");
	selection_free(s);
	view_close(v);
	kit_close(&k);
}

int main(void)
{
	struct uuid u = { .b = { 0 } };
	struct view *v;
	struct kit k;
	struct err e;

	check_words();
	check_array();
	kit_open(&k);
	for (int64_t id = 1; id <= 10; id++) {
		struct job_row *row = kit_job(&k, id, id % 2 ? "odd" : "even");

		row->status = id % 3 ? JOB_QUEUED : JOB_RUNNING;
		row->worker = id % 3 ? NULL : "local";
		row->tags = id % 4 ? "{\"team\":\"a\"}" : "{\"team\":\"b\"}";
		if (id == 5)
			u = row->uuid;
		if (id == 10) {
			row->uid = 4242;
			row->user = "other";
			row->name = "stranger";
		}
	}
	kit_commit(&k);
	v = view_open(&k.spool, &e);
	ok(v != NULL, "a view");
	if (v) {
		check_find(v, &u);
		check_input(v, k.path);
		check_walk(v);
	}
	view_close(v);
	kit_close(&k);
	return tap_done();
}
