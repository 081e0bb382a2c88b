/* Tests agent/lease: from when a lease counts, and what makes it longer or shorter. */
#include <string.h>
#include <unistd.h>

#include "agent/lease.h"
#include "base/fdio.h"
#include "base/uuid.h"
#include "tap.h"

#define BOOT "00000000-0000-4000-8000-000000000001"
#define OTHER_BOOT "00000000-0000-4000-8000-000000000002"

static int dir;
static struct lease l;

static void test_fresh(void)
{
	struct err e;

	is_int(lease_open(&l, dir, BOOT, &e), 0, "made");
	ok(!lease_valid(&l, 0), "a worker that nobody has attached to has no lease");
	is_int(lease_beat(&l, 0), 1, "heartbeats have numbers");
	lease_renew(&l, 1, 5);
	ok(!lease_valid(&l, 5), "without an attachment they renew nothing");
}

static void test_counting(void)
{
	uint64_t a, b;

	lease_attach(&l, 30, 120, 1000, 100);
	is_int(l.next, 100, "the first heartbeat is due at once");
	ok(!lease_valid(&l, 100), "an attachment alone is no lease");
	a = lease_beat(&l, 100);
	is_int(l.next, 130, "the next one an interval later");
	lease_renew(&l, a, 190);
	is_int(l.round_trip, 90, "the round trip");
	is_int(lease_until(l.page), 220, "counts from the sending, however late the answer");
	ok(lease_valid(&l, 219) && !lease_valid(&l, 220), "to the millisecond");
	b = lease_beat(&l, 200);
	lease_renew(&l, b + 1, 210);
	is_int(lease_until(l.page), 220, "one that was never sent renews nothing");
	lease_renew(&l, b, 500);
	is_int(lease_until(l.page), 320, "an acknowledgement that was stuck is worth little");
	ok(!lease_valid(&l, 500), "and may be worth nothing");
}

static void test_many(void)
{
	uint64_t first = lease_beat(&l, 1000), last = first;

	for (int i = 1; i < LEASE_BEATS; i++)
		last = lease_beat(&l, 1000 + i);
	lease_renew(&l, first, 1100);
	is_int(lease_until(l.page), 1120, "the oldest on its way counts");
	(void)lease_beat(&l, 2000);
	lease_renew(&l, first, 2001);
	is_int(lease_until(l.page), 1120, "one that is forgotten does not");
	lease_renew(&l, last, 2002);
	is_int(lease_until(l.page), 1000 + LEASE_BEATS - 1 + 120, "the last of those does");
}

static void test_attach_again(void)
{
	uint64_t old = lease_beat(&l, 3000);

	lease_attach(&l, 30, 120, 1000, 3100);
	lease_renew(&l, old, 3110);
	ok(!lease_valid(&l, 3110), "a heartbeat to the former jobd renews nothing");
}

static void test_park(void)
{
	lease_park(&l, 4000);
	is_int(lease_until(l.page), 5000, "jobd has ended: a long lease");
	is_int(lease_look(l.page, 4000), 4120, "looked at as often as a lease is long");
	is_int(lease_look(l.page, 4950), 5000, "and at its end");
	lease_attach(&l, 30, 120, 1000, 4100);
	is_int(lease_until(l.page), 5000, "jobd is back: as long as before");
	lease_renew(&l, lease_beat(&l, 4100), 4101);
	is_int(lease_until(l.page), 4220, "until it renews: then as it counts");
}

static void test_restart(void)
{
	struct lease other;
	struct err e;

	is_int(lease_open(&other, dir, BOOT, &e), 0, "another daemon");
	is_int(lease_until(other.page), 4220, "finds the lease of the former");
	lease_attach(&other, 30, 120, 1000, 4200);
	lease_renew(&other, lease_beat(&other, 4200), 4201);
	is_int(lease_until(l.page), 4320, "and who has the page from before sees it renewed");
	lease_close(&other);
	is_int(lease_open(&other, dir, OTHER_BOOT, &e), 0, "after a reboot");
	is_int(lease_until(other.page), 0, "it is over: clocks began anew");
	lease_close(&other);
}

static void test_none(void)
{
	lease_attach(&l, 30, 0, 0, 6000);
	ok(lease_valid(&l, INT64_MAX - 1), "a worker beside jobd needs no lease");
	is_int(l.interval, 0, "and no heartbeats");
	is_int(lease_look(l.page, 6000), LEASE_NONE, "nobody looks");
	lease_park(&l, 6000);
	is_int(lease_until(l.page), LEASE_NONE, "it cannot be made worse by parking");
	lease_attach(&l, 30, 120, 1000, 7000);
	is_int(lease_until(l.page), 7120, "one that needs a lease from now on has one at first");
	lease_close(&l);
	lease_close(&l);
}

int main(void)
{
	dir = dir_open(-1, tap_tmpdir(), NULL);
	test_fresh();
	test_counting();
	test_many();
	test_attach_again();
	test_park();
	test_restart();
	test_none();
	close(dir);
	return tap_done();
}
