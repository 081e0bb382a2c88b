/* Tests transport/cable: requests with a descriptor, and what is said of them. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "transport/cable.h"

static int ends[2];
static struct buf store;

static void test_round(void)
{
	struct cable_target out = { .id = 77, .name = "web1", .transport = "command",
		.user = "u", .command = "ssh 'a b'", .accept = "any",
		.watch = "1", .compress = "yes", .replace = "yes",
		.last = "x\0y", .last_len = 3 }, in;
	char text[8] = "";
	int pair[2], stream = -1;
	struct err e;

	is_int(cable_take(ends[1], &in, &store, &stream, &e), 0, "nothing yet");
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	is_int(cable_ask(ends[0], &out, pair[1], &e), 0, "asked");
	close(pair[1]);
	is_int(cable_take(ends[1], &in, &store, &stream, &e), 1, "taken");
	is_int((int64_t)in.id, 77, "its number");
	is_str(in.name, "web1", "name");
	is_str(in.transport, "command", "transport");
	is_str(in.user, "u", "user");
	is_str(in.command, "ssh 'a b'", "command");
	is_str(in.accept, "any", "which key may be new");
	is_str(in.watch, "1", "whether steps are told");
	is_str(in.compress, "yes", "compress");
	is_str(in.replace, "yes", "replace");
	ok(in.address == NULL && in.port == NULL && in.identity == NULL &&
	    in.known_hosts == NULL, "what was not said is not there");
	ok(in.last_len == 3 && memcmp(in.last, "x\0y", 3) == 0, "any bytes as last words");
	is_int(write(stream, "hello", 5), 5, "the descriptor is the stream");
	is_int(read(pair[0], text, 5), 5, "to the one who asked");
	is_str(text, "hello", "as it was sent");
	close(stream);
	is_int(read(pair[0], text, 5), 0, "and ends with it");
	close(pair[0]);
}

static void test_drop(void)
{
	struct cable_target in;
	struct err e;
	int stream = 0;

	cable_drop(ends[0], 77);
	is_int(cable_take(ends[1], &in, &store, &stream, &e), 1, "a stream is dropped");
	is_int((int64_t)in.id, 77, "which one");
	is_int(stream, -1, "and none comes with it");
}

static void test_long(void)
{
	static char text[70000];
	struct cable_target out = { .id = 1, .name = "a", .transport = "ssh", .command = text };
	struct err e;

	memset(text, 'x', sizeof(text) - 1);
	is_int(cable_ask(ends[0], &out, 0, &e), -1, "too long a command");
	is_int(e.code, ERR_CONFIG, "%s", e.text);
}

static void test_full(void)
{
	struct cable_target out = { .id = 1, .name = "a", .transport = "ssh" }, in;
	struct err e;
	int n = 0, stream, taken = 0;

	while (cable_ask(ends[0], &out, 0, &e) == 0)
		n++;
	is_int(e.code, ERR_AGAIN, "who is not heard is not waited for: %s", e.text);
	while (cable_take(ends[1], &in, &store, &stream, &e) == 1) {
		taken++;
		close(stream);
	}
	is_int(taken, n, "what was asked is all there");
}

static void test_answers(void)
{
	static char text[1000];
	struct cable_answer a;
	struct err e;

	is_int(cable_hear(ends[0], &a, &e), 0, "nothing is said");
	cable_say(ends[1], 5, CABLE_JOINED, ERR_NONE, "");
	cable_say(ends[1], 6, CABLE_OVER, ERR_UNAVAIL, "no route");
	is_int(cable_hear(ends[0], &a, &e), 1, "an answer");
	is_int((int64_t)a.id, 5, "to the first");
	is_int(a.news, CABLE_JOINED, "it is joined");
	is_int(cable_hear(ends[0], &a, &e), 1, "another");
	is_int((int64_t)a.id, 6, "to the second");
	ok(a.news == CABLE_OVER && a.code == ERR_UNAVAIL, "it is over");
	is_str(a.text, "no route", "with its reason");
	memset(text, 'x', sizeof(text) - 1);
	cable_say(ends[1], 7, CABLE_OVER, ERR_PERM, text);
	is_int(cable_hear(ends[0], &a, &e), 1, "and a long one");
	is_int((int64_t)strlen(a.text), CABLE_TEXT_MAX - 1, "is cut");
}

static void test_broken(void)
{
	struct cable_target in;
	struct cable_answer a;
	struct err e;
	int stream = -1;

	(void)!write(ends[0], "rubbish", 7);
	is_int(cable_take(ends[1], &in, &store, &stream, &e), -1, "rubbish is refused");
	is_int(e.code, ERR_DATA, "%s", e.text);
	(void)!write(ends[0], "1\0a\0ssh\0\0\0\0\0\0\0", 15);
	is_int(cable_take(ends[1], &in, &store, &stream, &e), -1, "without a stream, too");
	close(ends[0]);
	is_int(cable_take(ends[1], &in, &store, &stream, &e), -1, "the other side has gone");
	is_int(e.code, ERR_NONE, "which is an end, and no error");
	close(ends[1]);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	close(ends[1]);
	is_int(cable_hear(ends[0], &a, &e), -1, "nobody answers any more");
	is_int(e.code, ERR_IO, "%s", e.text);
	close(ends[0]);
}

int main(void)
{
	buf_init(&store, 1 << 20);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	test_round();
	test_drop();
	test_long();
	test_full();
	test_answers();
	test_broken();
	buf_release(&store);
	return tap_done();
}
