/* Tests base/uuid: the layout of version 7, order, text both ways, threads and forks. */
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "tap.h"

#define MANY 20000
#define THREADS 4

static void test_new(void)
{
	struct uuid u;
	int64_t before = now_read().wall, after;

	uuid_new(&u);
	after = now_read().wall;
	is_int(u.b[6] >> 4, 7, "the version is 7");
	is_int(u.b[8] >> 6, 2, "the variant is RFC 9562's");
	ok(uuid_time(&u) >= before && uuid_time(&u) <= after, "the time is now");
	ok(!uuid_is_nil(&u), "a new one is not nil");
}

static void test_order(void)
{
	static struct uuid all[MANY];
	int i, wrong = 0, time_wrong = 0;

	for (i = 0; i < MANY; i++)
		uuid_new(&all[i]);
	for (i = 1; i < MANY; i++) {
		wrong += memcmp(all[i - 1].b, all[i].b, 16) >= 0;
		wrong += uuid_equal(&all[i - 1], &all[i]);
		time_wrong += uuid_time(&all[i]) < uuid_time(&all[i - 1]);
		wrong += all[i].b[6] >> 4 != 7 || all[i].b[8] >> 6 != 2;
	}
	is_int(wrong, 0, "%d in a row rise", MANY);
	is_int(time_wrong, 0, "and so do their times");
	ok(uuid_time(&all[MANY - 1]) < now_read().wall + 100, "without running ahead of the clock");
}

static void test_text(void)
{
	/* RFC 9562 A.6 */
	static const char vector[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	struct uuid u, v = { { 0 } };
	char text[UUID_TEXT];
	int i, wrong = 0;

	is_int(uuid_parse(vector, &u), 0, "the RFC's example is read");
	is_int(uuid_time(&u), INT64_C(0x17f22e279b0), "its time");
	uuid_format(&u, text);
	is_str(text, vector, "and written");
	ok(uuid_is_nil(&v), "nil is nil");
	uuid_format(&v, text);
	is_str(text, "00000000-0000-0000-0000-000000000000", "and can be written");
	is_int(uuid_parse(text, &v), 0, "and read");
	for (i = 0; i < 1000; i++) {
		uuid_new(&u);
		uuid_format(&u, text);
		wrong += strlen(text) != 36 || uuid_parse(text, &v) != 0 || !uuid_equal(&u, &v);
	}
	is_int(wrong, 0, "text and back");
}

static void test_refused(void)
{
	static const char *const bad[] = { "", "0", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
	    " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
	    "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
	    "017f22e2-79b0-7cc3-98c4+dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
	    "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739/f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398\xc3", "-",
	    "../../../../../../../../../../../../et" };
	static const char good[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	struct uuid u = { { 1 } }, same = u;
	char text[UUID_TEXT];
	size_t i, wrong = 0;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(uuid_parse(bad[i], &u), -1, "refused: '%s'", bad[i]);
	ok(uuid_equal(&u, &same), "and nothing is written");
	for (i = 0; i < 36; i++) {
		memcpy(text, good, sizeof(good));
		text[i] = text[i] == '-' ? '0' : '-';
		wrong += uuid_parse(text, &u) != -1;
		text[i] = '\0';
		wrong += uuid_parse(text, &u) != -1;
	}
	is_int(wrong, 0, "any dash elsewhere, and any end before the end");
}

static void *make_many(void *arg)
{
	struct uuid *all = arg;
	int i;

	for (i = 0; i < MANY / THREADS; i++)
		uuid_new(&all[i]);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

/* The first 60 bits without the version are the stamp, which no two may share. */
static void test_threads(void)
{
	static struct uuid all[MANY];
	pthread_t t[THREADS];
	int i, same = 0;

	for (i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, make_many, all + i * (MANY / THREADS));
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	qsort(all, MANY, sizeof(all[0]), compare);
	for (i = 1; i < MANY; i++)
		same += memcmp(all[i - 1].b, all[i].b, 8) == 0;
	is_int(same, 0, "threads share no stamp");
}

static void test_fork(void)
{
	struct uuid mine, theirs;
	int fds[2];
	pid_t pid;

	if (pipe(fds) == -1 || (pid = fork()) == -1) {
		ok(false, "fork");
		return;
	}
	if (pid == 0) {
		uuid_new(&theirs);
		_exit(write(fds[1], &theirs, sizeof(theirs)) != sizeof(theirs));
	}
	uuid_new(&mine);
	ok(read(fds[0], &theirs, sizeof(theirs)) == sizeof(theirs), "the child makes one");
	ok(memcmp(mine.b + 8, theirs.b + 8, 8) != 0, "and its random part is another");
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	test_new();
	test_order();
	test_text();
	test_refused();
	test_threads();
	test_fork();
	return tap_done();
}
