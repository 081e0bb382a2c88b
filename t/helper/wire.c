/*
 * wire HUB-DEVICE PID: a cable between the network namespace it is started in and that of process
 * PID, with faults.
 *
 * The near end is the tun device HUB-DEVICE, which is there already and stays; the far end, eth0,
 * is made here.  Packets go from one to the other until standard input ends.  A line there says
 * what happens to them from then on:
 *
 *	WAYS DELAY LOSS RATE
 *
 * WAYS: "both" for a whole cable, "in" or "out" for packets that reach the host alone, or leave it
 * alone, "none" for a cut one.  DELAY in milliseconds and LOSS in per cent are those of each way;
 * RATE in kbit/s, or 0.  No kernel has to know netem for that.
 */
#include <bsd/sys/queue.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65536
#define WAITING_MAX 2000	/* packets a way, as many as a cheap router would keep */
#define AT_ONCE 64

struct packet {
	STAILQ_ENTRY(packet) link;
	long long due;
	size_t n;
	char bytes[];
};

struct way {
	int from, to;
	const char *name;
	STAILQ_HEAD(, packet) waiting;
	int n;
	long long busy;		/* until the last packet has passed, at this rate */
};

static struct {
	char ways[8];
	double delay, loss, rate;
} state = { .ways = "both" };

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int tun_open(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd == -1 || ioctl(fd, TUNSETIFF, &r) == -1) {
		perror(name);
		exit(1);
	}
	return fd;
}

/* The process stays there; what it has open of the near side is enough. */
static void enter(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || setns(fd, CLONE_NEWNET) == -1) {
		perror(path);
		exit(1);
	}
}

static int passes(const struct way *w)
{
	if (strcmp(state.ways, "both") != 0 && strcmp(state.ways, w->name) != 0)
		return 0;
	return state.loss == 0 || drand48() * 100 >= state.loss;
}

static void take(struct way *w, const char *bytes, size_t n)
{
	struct packet *p;
	long long now = now_us();

	if (!passes(w) || w->n >= WAITING_MAX)
		return;
	p = malloc(sizeof(*p) + n);
	if (p == NULL)
		return;
	if (w->busy < now)
		w->busy = now;
	if (state.rate > 0)
		w->busy += (long long)((double)n * 8000 / state.rate);
	p->due = w->busy + (long long)(state.delay * 1000);
	p->n = n;
	memcpy(p->bytes, bytes, n);
	STAILQ_INSERT_TAIL(&w->waiting, p, link);
	w->n++;
}

/* In microseconds, when the next one is due, or -1. */
static long long deliver(struct way *w)
{
	struct packet *p;

	while ((p = STAILQ_FIRST(&w->waiting)) != NULL && p->due <= now_us()) {
		STAILQ_REMOVE_HEAD(&w->waiting, link);
		w->n--;
		if (write(w->to, p->bytes, p->n) == -1 && errno == EBADFD)
			exit(0);	/* the host is gone */
		free(p);
	}
	return p != NULL ? p->due : -1;
}

static void collect(struct way *w)
{
	static char bytes[PACKET_MAX];
	ssize_t n = 1;

	for (int i = 0; i < AT_ONCE && n > 0; i++) {
		n = read(w->from, bytes, sizeof(bytes));
		if (n > 0)
			take(w, bytes, (size_t)n);
	}
	if (n == -1 && errno == EBADFD)
		exit(0);
}

static void obey(const char *line)
{
	char ways[8];
	double delay, loss, rate;

	if (sscanf(line, "%7s %lf %lf %lf", ways, &delay, &loss, &rate) != 4) {
		fprintf(stderr, "wire: what is '%s'?\n", line);
		exit(2);
	}
	snprintf(state.ways, sizeof(state.ways), "%s", ways);
	state.delay = delay;
	state.loss = loss;
	state.rate = rate;
}

/* Lines come whole: each is one write to a pipe. */
static void commands(void)
{
	char text[4096], *rest = text, *line;
	ssize_t n = read(STDIN_FILENO, text, sizeof(text) - 1);

	if (n <= 0)
		exit(0);
	text[n] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			obey(line);
}

static void wait_for(const struct way *in, const struct way *out, long long due)
{
	struct pollfd p[] = { { STDIN_FILENO, POLLIN, 0 }, { in->from, POLLIN, 0 },
	    { out->from, POLLIN, 0 } };
	long long left = due == -1 ? 0 : due - now_us();
	struct timespec t;

	if (left < 0)
		left = 0;
	t.tv_sec = left / 1000000;
	t.tv_nsec = left % 1000000 * 1000;
	ppoll(p, 3, due == -1 ? NULL : &t, NULL);
	if (p[0].revents != 0)
		commands();
}

int main(int argc, char **argv)
{
	struct way in = { .name = "in" }, out = { .name = "out" };
	long long a, b;

	if (argc != 3) {
		fputs("usage: wire HUB-DEVICE PID\n", stderr);
		return 2;
	}
	STAILQ_INIT(&in.waiting);
	STAILQ_INIT(&out.waiting);
	in.from = out.to = tun_open(argv[1]);
	enter(argv[2]);
	out.from = in.to = tun_open("eth0");
	srand48(getpid());
	for (;;) {
		a = deliver(&in);
		b = deliver(&out);
		wait_for(&in, &out, a == -1 || (b != -1 && b < a) ? b : a);
		collect(&in);
		collect(&out);
	}
}
