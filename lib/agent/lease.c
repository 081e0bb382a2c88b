/* lease: owns the page, and the instants at which heartbeats left. */
#include "agent/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/uuid.h"

#define LEASE_NAME "lease"

struct lease_page {
	char boot[UUID_TEXT];
	int64_t until;		/* written by the daemon alone, in one piece */
	int64_t length;		/* of the last jobd's leases; also read by supervisors */
	int64_t park;		/* of the lease when that jobd has ended */
};

static void until_set(struct lease_page *p, int64_t at)
{
	__atomic_store_n(&p->until, at, __ATOMIC_RELEASE);
}

int64_t lease_until(const struct lease_page *page)
{
	return __atomic_load_n(&page->until, __ATOMIC_ACQUIRE);
}

int64_t lease_look(const struct lease_page *page, int64_t now)
{
	int64_t until = lease_until(page);
	int64_t length = __atomic_load_n(&page->length, __ATOMIC_RELAXED);

	return until == LEASE_NONE || until - now < length ? until : now + length;
}

static int page_map(struct lease *l, int fd, struct err *e)
{
	void *p;

	if (ftruncate(fd, sizeof(struct lease_page)) == -1)
		return err_sys(e, errno == ENOSPC ? ERR_AGAIN : ERR_IO, LEASE_NAME);
	p = mmap(NULL, sizeof(struct lease_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return err_sys(e, ERR_OS, LEASE_NAME ": mmap");
	l->page = p;
	return 0;
}

int lease_open(struct lease *l, int dirfd, const char *boot, struct err *e)
{
	int fd = openat(dirfd, LEASE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r;

	*l = (struct lease){ .round_trip = -1 };
	if (fd == -1)
		return err_sys(e, ERR_CREATE, LEASE_NAME);
	/* A store to a page without a block behind it would be a signal on a full disk. */
	r = posix_fallocate(fd, 0, sizeof(struct lease_page));
	if (r != 0 && r != EOPNOTSUPP && r != EINVAL) {
		errno = r;
		err_sys(e, r == ENOSPC ? ERR_AGAIN : ERR_IO, LEASE_NAME);
		close(fd);
		return -1;
	}
	r = page_map(l, fd, e);
	close(fd);
	if (r == 0 && strncmp(l->page->boot, boot, UUID_TEXT) != 0) {
		until_set(l->page, 0);
		memcpy(l->page->boot, boot, UUID_TEXT);
	}
	return r;
}

void lease_close(struct lease *l)
{
	if (l->page != NULL)
		munmap(l->page, sizeof(*l->page));
	l->page = NULL;
}

/* A lease is not made shorter by an attachment: what was promised to jobd holds. */
void lease_attach(struct lease *l, int64_t interval, int64_t length, int64_t park, int64_t now)
{
	l->interval = length > 0 ? interval : 0;
	l->length = length;
	l->page->park = park;
	__atomic_store_n(&l->page->length, length, __ATOMIC_RELAXED);
	l->next = now;
	l->round_trip = -1;
	memset(l->sent, 0, sizeof(l->sent));
	if (length == 0)
		until_set(l->page, LEASE_NONE);
	else if (lease_until(l->page) == LEASE_NONE)
		until_set(l->page, now + length);
}

uint64_t lease_beat(struct lease *l, int64_t now)
{
	l->seq++;
	l->sent[l->seq % LEASE_BEATS] = now;
	l->next = now + l->interval;
	return l->seq;
}

void lease_renew(struct lease *l, uint64_t seq, int64_t now)
{
	int64_t sent = l->sent[seq % LEASE_BEATS];

	if (l->length == 0 || seq > l->seq || l->seq - seq >= LEASE_BEATS || sent == 0)
		return;
	l->round_trip = now - sent;
	/* After a parking lease this makes it shorter: jobd is back, and counts so. */
	until_set(l->page, sent + l->length);
}

void lease_park(struct lease *l, int64_t now)
{
	if (lease_until(l->page) != LEASE_NONE && l->page->park > 0)
		until_set(l->page, now + l->page->park);
}

bool lease_valid(const struct lease *l, int64_t now)
{
	return now < lease_until(l->page);
}
