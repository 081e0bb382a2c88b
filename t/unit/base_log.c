/* Tests base/log: the form of a line, levels, escapes, errno, a stderr that is full. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "tap.h"

static int saved_stderr;
static int capture[2];

/* From here to captured(), stderr is a pipe. */
static void capture_start(void)
{
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	if (pipe(capture) == -1)
		exit(1);
	fd_nonblock(capture[1]);
	dup2(capture[1], STDERR_FILENO);
	close(capture[1]);
}

static const char *captured(void)
{
	static struct buf b;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	buf_release(&b);
	buf_init(&b, 1 << 20);
	fd_read_all(capture[0], &b, NULL);
	close(capture[0]);
	return b.data != NULL ? b.data : "";
}

/* What stands behind "TIME NAME[PID]: ", which is checked; NULL when it is off. */
static const char *body(const char *line, const char *name)
{
	char head[100], at[32];
	struct err e = { 0 };
	int64_t ms;

	if (strlen(line) < 26)
		return NULL;
	memcpy(at, line, 24);
	at[24] = '\0';
	if (clock_parse(at, 1, &ms, &e) == -1 || ms > now_read().wall ||
	    ms < now_read().wall - 60000)
		return NULL;
	snprintf(head, sizeof(head), " %s[%d]: ", name, (int)getpid());
	return strncmp(line + 24, head, strlen(head)) == 0 ? line + 24 + strlen(head) : NULL;
}

static void test_form(void)
{
	capture_start();
	log_info("before init");
	is_str(body(captured(), program_invocation_short_name), "info: before init\n",
	    "without log_init the program is named after its file");
	log_init("jobd", false);
	capture_start();
	log_error("disk %s is %d%% full", "sda", 99);
	is_str(body(captured(), "jobd"), "error: disk sda is 99% full\n", "log_error");
	capture_start();
	log_warn("w");
	is_str(body(captured(), "jobd"), "warning: w\n", "log_warn");
	capture_start();
	log_info("%s", "");
	is_str(body(captured(), "jobd"), "info: \n", "log_info of nothing");
}

static void test_levels(void)
{
	static const char *const want[] = { "error: e\n", "warning: w\n", "info: i\n",
	    "debug: d\n" };
	const char *line;
	int max, i, wrong = 0;

	for (max = LOG_L_ERROR; max <= LOG_L_DEBUG; max++) {
		log_level((enum log_level)max);
		capture_start();
		log_error("e");
		log_warn("w");
		log_info("i");
		log_debug("d");
		line = captured();
		for (i = 0; i <= max; i++) {
			line = body(line, "jobd");
			if (line == NULL || strncmp(line, want[i], strlen(want[i])) != 0) {
				wrong++;
				break;
			}
			line += strlen(want[i]);
		}
		wrong += line == NULL || *line != '\0';
	}
	is_int(wrong, 0, "every level lets through what is as grave or graver");
	log_level(LOG_L_INFO);
}

static void test_escapes(void)
{
	char big[20000];
	const char *s;

	capture_start();
	log_info("%s", "a\nfake line\r\x1b[31m\t\xff \xc3\xa4");
	is_str(body(captured(), "jobd"), "info: a\\nfake line\\r\\033[31m\\t\\377 \xc3\xa4\n",
	    "no control gets out");
	memset(big, '\x01', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	capture_start();
	log_info("%s", big);
	s = body(captured(), "jobd");
	ok(s != NULL && strlen(s) == 6 + 4 * 4095 + 1 && s[strlen(s) - 1] == '\n',
	    "a long text is cut and is still a line");
}

static void test_errno(void)
{
	capture_start();
	errno = ENOSPC;
	log_error("x");
	is_int(errno, ENOSPC, "errno stays");
	log_debug("x");
	is_int(errno, ENOSPC, "also when nothing is written");
	captured();
}

/* Nobody reads, and the pipe is non-blocking: the daemon goes on. */
static void test_full(void)
{
	int i;

	capture_start();
	for (i = 0; i < 2000; i++)
		log_info("line %d of a log that nobody reads, which is no reason to stop", i);
	ok(strlen(captured()) <= 65536, "a full stderr does not stop us");
	capture_start();
	close(STDERR_FILENO);
	log_error("into nothing");
	captured();
	ok(true, "nor does a closed one");
}

/* Each line is one write, so that lines of many processes stay whole. */
static void test_one_write(void)
{
	char line[300];
	int fds[2], i, wrong = 0;
	ssize_t r;

	/* A packet pipe keeps each write apart. */
	if (pipe2(fds, O_DIRECT | O_NONBLOCK) == -1)
		return;
	saved_stderr = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	for (i = 0; i < 10; i++)
		log_warn("a line");
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	for (i = 0; i < 10; i++) {
		r = read(fds[0], line, sizeof(line) - 1);
		line[r > 0 ? r : 0] = '\0';
		wrong += body(line, "jobd") == NULL || strchr(line, '\n') != line + r - 1;
	}
	is_int(wrong, 0, "a line is one write");
	close(fds[0]);
	close(fds[1]);
}

/* There may be no syslogd here: that nothing goes to stderr is what shows. */
static void test_syslog(void)
{
	log_init("jobd-test", true);
	capture_start();
	log_debug("not this");
	log_info("a line for syslog, from a test");
	is_str(captured(), "", "nothing on stderr with syslog");
	log_init("jobd", false);
	capture_start();
	log_info("back");
	is_str(body(captured(), "jobd"), "info: back\n", "and back again");
}

int main(void)
{
	test_form();
	test_levels();
	test_escapes();
	test_errno();
	test_full();
	test_one_write();
	test_syslog();
	return tap_done();
}
