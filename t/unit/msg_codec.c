/*
 * Blocks: their exact bytes, what a decoder waits for, what it refuses and in
 * which words, and the limits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "msg/impl.h"
#include "tap.h"

#define ID "019aae5c-7c00-7a01-8f3e-2b7d90c4e511"

/* Decodes a block that a test wrote; a copy of exact size lets sanitizers see an overrun. */
static int decode(const char *p, size_t n, struct msg **m, size_t *used, struct err *e)
{
	char *copy = xmemdup(p, n);
	int r;

	err_clear(e);
	r = msg_decode(copy, n, m, used, e);
	free(copy);
	return r;
}

/* The head with the right first line in front. */
static void block(struct buf *b, const char *type, const char *head, const char *body)
{
	buf_reset(b);
	buf_addf(b, "job1 %s %zu %zu\n%s%s", type, strlen(head), strlen(body), head, body);
}

static void test_bytes(void)
{
	static const char want[] =
	    "job1 submit 133 10\n"
	    "seq 7\n"
	    "uuid " ID "\n"
	    "name \n"
	    "arg two words\n"
	    "arg tab\\tnl\\nbs\\\\\n"
	    "arg \\303\\251\\001\\177\n"
	    "begin -1\n"
	    "hold 1\n"
	    "env A= b \n"
	    "script body";
	struct msg *m = msg_new(MSG_SUBMIT), *d;
	struct buf b;
	struct err e;
	size_t used, n;

	buf_init(&b, 1 << 16);
	buf_adds(&b, "before");
	msg_add_u64(m, F_SEQ, 7);
	msg_add(m, F_UUID, ID);
	msg_add(m, F_NAME, "");
	msg_add(m, F_ARG, "two words");
	msg_add(m, F_ARG, "tab\tnl\nbs\\");
	msg_add(m, F_ARG, "\303\251\001\177");
	msg_add_i64(m, F_BEGIN, -1);
	msg_add_u64(m, F_HOLD, 1);
	msg_add(m, F_ENV, "A= b ");
	msg_set_body(m, "script body", 10);
	is_int(msg_encode(m, &b), 0, "encode");
	ok(strncmp(b.data, "before", 6) == 0, "what was in the buffer stays");
	buf_consume(&b, 6);
	buf_adds(&b, "y");
	is_str(b.data, want, "the bytes of a block");
	buf_adds(&b, "job1 what follows does not matter");
	is_int(decode(b.data, b.len, &d, &used, &e), 1, "decode");
	is_int(used, sizeof(want) - 2, "bytes used");
	is_int(msg_type(d), MSG_SUBMIT, "type");
	is_str(msg_str(d, F_NAME), "", "the empty name");
	is_str(msg_str(d, F_ENV), "A= b ", "blanks at the end of a value");
	is_int(msg_i64(d, F_BEGIN, 0), -1, "a signed number");
	is_int(msg_count(d, F_ARG), 3, "arguments");
	ok(memcmp(msg_body(d, &n), "script bod", 10) == 0 && n == 10, "the body");
	is_int(msg_add(d, F_QUEUE, "night"), 0, "a decoded message takes more fields");
	msg_free(d);
	msg_free(m);
	buf_release(&b);
}

static void test_empty(void)
{
	struct msg *m = msg_new(MSG_STATUS);
	struct buf b;
	struct err e;
	size_t used;

	buf_init(&b, 1 << 10);
	is_int(msg_encode(m, &b), 0, "encode a message without fields");
	is_str(b.data, "job1 status 0 0\n", "its bytes");
	msg_free(m);
	is_int(decode(b.data, b.len, &m, &used, &e), 1, "decode it");
	is_int(used, b.len, "all used");
	msg_free(m);
	is_int(msg_decode(NULL, 0, &m, &used, &e), 0, "nothing is the begin of a message");
	is_int(msg_decode("x", 1, &m, &used, NULL), -1, "the error may be NULL");
	buf_release(&b);
}

/* out's maximum and the head's: out is as it was. */
static void test_encode_full(void)
{
	struct msg *m = msg_new(MSG_LAUNCH);
	struct buf b;
	size_t need;

	msg_add(m, F_ARG, "some argument");
	msg_set_body(m, "body", 4);
	buf_init(&b, 1000);
	msg_encode(m, &b);
	need = b.len;
	buf_release(&b);
	for (size_t max = 0; max <= need; max++) {
		buf_init(&b, max + 3);
		buf_adds(&b, "old");
		if ((msg_encode(m, &b) == 0) != (max == need) ||
		    (max < need && strcmp(b.data, "old") != 0)) {
			ok(false, "encode %zu bytes into %zu", need, max);
			break;
		}
		buf_release(&b);
	}
	ok(true, "a block fits or leaves the buffer alone");
	msg_free(m);

	m = msg_new(MSG_LAUNCH);
	for (int i = 0; i < 4; i++) {
		char *s = xmalloc(2 << 20);

		memset(s, 1, 2 << 20);
		msg_addn(m, F_ENV, s, 2 << 20);
		free(s);
	}
	buf_init(&b, 100u << 20);
	is_int(msg_encode(m, &b), -1, "no head above its limit");
	is_int(b.len, 0, "and nothing of it");
	buf_release(&b);
	msg_free(m);
}

static void test_waits(void)
{
	static const char text[] = "job1 launch 6 4\narg x\nbody";
	struct msg *m;
	struct err e;
	size_t used, n;

	for (n = 0; n < sizeof(text) - 1; n++) {
		if (decode(text, n, &m, &used, &e) != 0 || m != NULL ||
		    used != (n < 16 ? 0 : sizeof(text) - 1))
			break;
	}
	is_int(n, sizeof(text) - 1, "each beginning waits, and knows for how much");
	is_int(decode("job1 submit 25165824 67108864\n", 30, &m, &used, &e), 0, "the largest");
	is_int(used, 30 + MSG_HEAD_MAX + MSG_BODY_MAX, "and its length");
}

/* First lines that are none. */
static void test_prefix(void)
{
	static const struct {
		const char *line;
		const char *text;
	} bad[] = {
		{ "x", "no message: it begins \"x\"" },
		{ "jox", "no message: it begins \"jox\"" },
		{ "\n", "no message: it begins \"\"" },
		{ "GET / HTTP/1.1\r\n", "no message: it begins \"GET / HTTP/1.1\\r\"" },
		{ "job1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		    "no message: it begins \"job1 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"..." },
		{ "job2 ping 6 0\n", "no message of version 1: \"job2 ping 6 0\"" },
		{ "job ping 6 0\n", "no message of version 1: \"job ping 6 0\"" },
		{ "job1\n", "unknown message type \"\"" },
		{ "job1 \n", "unknown message type \"\"" },
		{ "job1  ping 6 0\n", "unknown message type \"\"" },
		{ "job1 pin 6 0\n", "unknown message type \"pin\"" },
		{ "job1 PING 6 0\n", "unknown message type \"PING\"" },
		{ "job1 p\033[2Jg 6 0\n", "unknown message type \"p\\033[2Jg\"" },
		{ "job1 ping\n", "ping message: \"\" is no head length up to 25165824" },
		{ "job1 ping  6 0\n", "ping message: \"\" is no head length up to 25165824" },
		{ "job1 ping 06 0\n", "ping message: \"06\" is no head length up to 25165824" },
		{ "job1 ping +6 0\n", "ping message: \"+6\" is no head length up to 25165824" },
		{ "job1 ping -6 0\n", "ping message: \"-6\" is no head length up to 25165824" },
		{ "job1 ping 25165825 0\n",
		    "ping message: \"25165825\" is no head length up to 25165824" },
		{ "job1 ping 99999999999999999999 0\n",
		    "ping message: \"99999999999999999999\" is no head length up to 25165824" },
		{ "job1 ping 6\n", "ping message: \"\" is no body length up to 67108864" },
		{ "job1 ping 6 \n", "ping message: \"\" is no body length up to 67108864" },
		{ "job1 ping 6 00\n", "ping message: \"00\" is no body length up to 67108864" },
		{ "job1 ping 6 0 \n", "ping message: \"0 \" is no body length up to 67108864" },
		{ "job1 ping 6 0 0\n", "ping message: \"0 0\" is no body length up to 67108864" },
		{ "job1 ping 6 0\r\n", "ping message: \"0\\r\" is no body length up to 67108864" },
		{ "job1 data 6 67108865\n",
		    "data message: \"67108865\" is no body length up to 67108864" },
		{ "job1 ping 6 1\n", "ping message: a body of 1 bytes where none may be" },
	};
	struct msg *m;
	struct err e;
	size_t used;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int r = decode(bad[i].line, strlen(bad[i].line), &m, &used, &e);

		ok(r == -1 && m == NULL && used == 0 && e.code == ERR_DATA, "refused: %s",
		    bad[i].line);
		is_str(e.text, bad[i].text, "in the right words");
	}
}

/* Heads that are none; an error leaves no message behind. */
static void test_heads(void)
{
	static const struct {
		const char *type;
		const char *head;
		const char *text;
	} bad[] = {
		{ "batch", "", "batch message: field count is missing" },
		{ "batch", "seq 1\n", "batch message: field count is missing" },
		{ "error", "text x\n", "error message: field code is missing" },
		{ "batch", "count 1\ncount 1\n", "batch message: field count is there twice" },
		{ "batch", "count 1\nseq 1\nseq 2\n",
		    "batch message: field seq is there twice" },
		{ "batch", "count 1\ncolour red\n",
		    "batch message: field \"colour\" has no place in it" },
		{ "batch", "name x\ncount 1\n",
		    "batch message: field \"name\" has no place in it" },
		{ "batch", "Count 1\n", "batch message: field \"Count\" has no place in it" },
		{ "batch", " count 1\n", "batch message: field \"\" has no place in it" },
		{ "batch", "\ncount 1\n", "batch message: the line \"\" has no blank" },
		{ "batch", "count\n", "batch message: the line \"count\" has no blank" },
		{ "batch", "count\t1\n", "batch message: the line \"count\\t1\" has no blank" },
		{ "batch", "count 1",
		    "batch message: the head ends inside the line \"count 1\"" },
		{ "batch", "count 1\ns",
		    "batch message: the head ends inside the line \"s\"" },
		{ "batch", "count \n",
		    "batch message: field count: \"\" is no plain decimal number" },
		{ "batch", "count 01\n",
		    "batch message: field count: \"01\" is no plain decimal number" },
		{ "batch", "count  1\n",
		    "batch message: field count: \" 1\" is no plain decimal number" },
		{ "batch", "count 1 \n",
		    "batch message: field count: \"1 \" is no plain decimal number" },
		{ "batch", "count 18446744073709551616\n", "batch message: field count: "
		    "\"18446744073709551616\" is no plain decimal number" },
		{ "batch", "count 111111111111111111111\n", "batch message: field count: "
		    "\"111111111111111111111\" has 21 bytes, at most 20 may be" },
		{ "wait", "until 123456789\n",
		    "wait message: field until: \"123456789\" has 9 bytes, at most 8 may be" },
		{ "launch", "append 2\n",
		    "launch message: field append: \"2\" is neither 0 nor 1" },
		{ "submit", "uuid 019AAE5C-7C00-7A01-8F3E-2B7D90C4E511\n",
		    "submit message: field uuid: \"019AAE5C-7C00-7A01-8F3E-2B7D90C4E511\" "
		    "is no UUID in small letters" },
		{ "submit", "begin -0\n",
		    "submit message: field begin: \"-0\" is no plain decimal number" },
		{ "launch", "arg a\\000b\n",
		    "launch message: field arg: \"a\\\\000b\" holds a NUL byte" },
		{ "launch", "arg \\\n", "launch message: field arg: \"\\\\\" is no vis(3) text" },
		{ "launch", "arg \\x41\n",
		    "launch message: field arg: \"\\\\x41\" is no vis(3) text" },
		{ "launch", "arg \\101\n",
		    "launch message: field arg: \"\\\\101\" is no vis(3) text" },
		{ "launch", "arg a\tb\n",
		    "launch message: field arg: \"a\\tb\" is no vis(3) text" },
		{ "launch", "arg caf\303\251\n",
		    "launch message: field arg: \"caf\\303\\251\" is no vis(3) text" },
		{ "launch", "arg \a234567890123456789012345678901234567890123\n",
		    "launch message: field arg: \"\\a234567890123456789012345678901234567890\"... "
		    "is no vis(3) text" },
	};
	struct msg *m;
	struct err e;
	struct buf b;
	size_t used;

	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int r;

		block(&b, bad[i].type, bad[i].head, "");
		r = decode(b.data, b.len, &m, &used, &e);
		ok(r == -1 && m == NULL && used == 0 && e.code == ERR_DATA, "refused: %s",
		    b.data);
		is_str(e.text, bad[i].text, "in the right words");
	}
	buf_release(&b);
}

/* A NUL is a byte like others: it ends nothing. */
static void test_raw_nul(void)
{
	static const char line[] = "job1 ping 6\0 0\n";
	static const char head[] = "job1 launch 6 0\narg \0\n";
	struct msg *m;
	struct err e;
	size_t used;

	is_int(decode(line, sizeof(line) - 1, &m, &used, &e), -1, "a NUL in the first line");
	is_str(e.text, "ping message: \"6\\000\" is no head length up to 25165824", "and words");
	is_int(decode(head, sizeof(head) - 1, &m, &used, &e), -1, "a NUL in a value");
	is_str(e.text, "launch message: field arg: \"\\000\" is no vis(3) text", "and words");
}

/* The longest value of a field, written as it is and with four bytes for each. */
static void test_lengths(void)
{
	struct buf b, head;
	struct msg *m;
	struct err e;
	size_t used;

	buf_init(&b, 1 << 16);
	buf_init(&head, 1 << 16);
	for (int escaped = 0; escaped < 2; escaped++) {
		for (size_t n = 255; n <= 256; n++) {
			buf_reset(&head);
			buf_adds(&head, "uuid " ID "\nname ");
			for (size_t i = 0; i < n; i++)
				buf_adds(&head, escaped ? "\\001" : "x");
			buf_addc(&head, '\n');
			block(&b, "submit", head.data, "");
			is_int(decode(b.data, b.len, &m, &used, &e), n == 255 ? 1 : -1,
			    "a name of %zu bytes%s", n, escaped ? ", escaped" : "");
			if (m != NULL)
				is_int(strlen(msg_str(m, F_NAME)), 255, "and its length");
			else
				ok(strstr(e.text, "has 256 bytes, at most 255 may be") != NULL,
				    "and the words");
			msg_free(m);
		}
	}
	buf_release(&head);
	buf_release(&b);
}

static void test_field_limit(void)
{
	struct buf b, head;
	struct msg *m;
	struct err e;
	size_t used;

	buf_init(&b, 4 << 20);
	buf_init(&head, 4 << 20);
	for (int i = 0; i < MSG_FIELDS_MAX; i++)
		buf_adds(&head, i % 2 == 0 ? "arg \n" : "env \n");
	block(&b, "launch", head.data, "");
	is_int(decode(b.data, b.len, &m, &used, &e), 1, "as many fields as may be");
	is_int(msg_count(m, F_ARG), MSG_FIELDS_MAX / 2, "are all there");
	msg_free(m);
	buf_adds(&head, "env \n");
	block(&b, "launch", head.data, "");
	is_int(decode(b.data, b.len, &m, &used, &e), -1, "one more is refused");
	is_str(e.text, "launch message: more than 200000 fields", "in the right words");
	buf_release(&head);
	buf_release(&b);
}

int main(void)
{
	test_bytes();
	test_empty();
	test_encode_full();
	test_waits();
	test_prefix();
	test_heads();
	test_raw_nul();
	test_lengths();
	test_field_limit();
	return tap_done();
}
