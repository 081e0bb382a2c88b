/* rows: every column of every table comes back from a copy and from a message. */
#include "view/rows.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

/* A value that is different in each column, and valid for its kind. */
static void fill(const struct table *t, void *row, int64_t seed)
{
	static char texts[128][64];
	int64_t n = seed;

	memset(row, 0, t->size);
	for (const struct column *c = t->columns; c->name; c++, n++) {
		void *p = (char *)row + c->offset;

		switch (c->kind) {
		case COL_TEXT:
			snprintf(texts[n % 128], 64, "text %s\n\\ %d", c->name, (int)n);
			*(const char **)p = texts[n % 128];
			break;
		case COL_UUID:
			uuid_new(p);
			break;
		case COL_BLOB:
			*(const void **)p = "blob\0bytes";
			((int64_t *)p)[1] = 10;
			break;
		case COL_BOOL:
			*(int64_t *)p = 1;
			break;
		case COL_STATUS:
		case COL_REASON:
		case COL_CAUSE:
		case COL_CLASS:
		case COL_RETRY:
		case COL_DEPTYPE:
		case COL_DEPSTATE:
		case COL_WSTATUS:
		case COL_WHEALTH:
			*(int64_t *)p = n % 3;
			break;
		default:
			*(int64_t *)p = n % 2 ? n * 1000003 : -1;
		}
	}
}

/* The columns in which two rows differ, with one of the flags or (0) of any kind. */
static int differences(const struct table *t, const void *a, const void *b, unsigned absent)
{
	int n = 0;

	for (const struct column *c = t->columns; c->name; c++) {
		const char *pa = (const char *)a + c->offset, *pb = (const char *)b + c->offset;
		bool same;

		if (c->kind == COL_TEXT) {
			const char *sa, *sb;

			memcpy(&sa, pa, sizeof(sa));
			memcpy(&sb, pb, sizeof(sb));
			same = (c->flags & absent) ? sb == NULL :
			    sa && sb && strcmp(sa, sb) == 0;
		} else if (c->kind == COL_BLOB) {
			same = true;
		} else {
			static const char zero[16];
			size_t size = c->kind == COL_UUID ? 16 : 8;

			same = memcmp((c->flags & absent) ? zero : pa, pb, size) == 0;
		}
		if (!same) {
			fprintf(stderr, "# %s.%s differs\n", t->name, c->name);
			n++;
		}
	}
	return n;
}

static void check(const struct table *t, int64_t seed, unsigned except)
{
	char row[1024] __attribute__((aligned(16))), back[1024] __attribute__((aligned(16)));
	struct arena *a = arena_new();
	struct msg *m = msg_new(MSG_ROW), *read = NULL;
	struct buf b;
	size_t used;
	void *copy;

	fill(t, row, seed);
	copy = row_keep(a, t, row);
	is_int(differences(t, row, copy, 0), 0, "%s: a copy is the same", t->name);

	is_int(row_to_msg(t, row, except, m), 0, "%s: fits into a message", t->name);
	buf_init(&b, 1 << 20);
	is_int(msg_encode(m, &b), 0, "%s: is encoded", t->name);
	is_int(msg_decode(b.data, b.len, &read, &used, NULL), 1, "%s: is decoded", t->name);
	is_int(row_from_msg(t, read, a, back, NULL), 0, "%s: is read", t->name);
	is_int(differences(t, row, back, except), 0, "%s: comes back without %x", t->name, except);
	msg_free(m);
	msg_free(read);
	buf_release(&b);
	arena_free(a);
}

static void check_blob(void)
{
	struct arena *a = arena_new();
	struct job_row row = { .launch = "a\0b", .launch_size = 3 }, *copy;

	copy = row_keep(a, &table_jobs, &row);
	ok(copy->launch != row.launch && memcmp(copy->launch, "a\0b", 3) == 0,
	    "a copy has its own blob");
	arena_free(a);
}

static void check_bad(void)
{
	struct msg *m = msg_new(MSG_ROW);
	struct arena *a = arena_new();
	struct dep_row row;
	struct err e;

	msg_add(m, F_COLUMN, "job_id 12");
	msg_add(m, F_COLUMN, "of_a_newer_version 5");
	msg_add(m, F_COLUMN, "dependency_type failure");
	is_int(row_from_msg(&table_dependencies, m, a, &row, &e), 0, "an unknown column is passed");
	ok(row.job_id == 12 && row.type == DEP_NOTOK && row.parent_id == 0, "the others are read");
	msg_add(m, F_COLUMN, "depends_on_job_id twelve");
	is_int(row_from_msg(&table_dependencies, m, a, &row, &e), -1, "no number: refused");
	msg_free(m);
	m = msg_new(MSG_ROW);
	msg_add(m, F_COLUMN, "noblank");
	is_int(row_from_msg(&table_dependencies, m, a, &row, &e), -1, "so is a field of one word");
	msg_free(m);
	arena_free(a);
}

int main(void)
{
	const struct table *tables[] = { &table_jobs, &table_executions, &table_dependencies,
	    &table_workers };

	for (size_t i = 0; i < 4; i++) {
		check(tables[i], 1, 0);
		check(tables[i], 2, 0);
		check(tables[i], 1, COL_PRIVATE);
	}
	check_blob();
	check_bad();
	return tap_done();
}
