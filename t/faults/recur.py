#!/usr/bin/env python3
"""recur.py STATE_DB CURSORS LEDGER: each instant that was due has one run or one decision.

The instants are counted here, from the period and its beginning; what ran is what the runs wrote
into LEDGER.  Prints figures; what is wrong goes to standard error, and the status is 1.
"""

import collections
import re
import sqlite3
import sys

wrong = []


def complain(text, *args):
    wrong.append(text % args)


def instants(expression, anchor, cursor):
    """All that were due up to the cursor, in ms; a schedule begins when it is made."""
    if expression == "* * * * *":       # the zone is ahead by half hours: minutes are minutes
        return list(range(anchor - anchor % 60000 + 60000, cursor + 1, 60000))
    period = int(re.fullmatch(r"@every (\d+)s", expression).group(1)) * 1000
    return list(range(anchor + period, cursor + 1, period))


def ledger_read(path):
    begun, ended = collections.defaultdict(list), {}
    for line in open(path, encoding="ascii"):
        kind, schedule, epoch, job, at = line.split()
        if kind == "S":
            begun[int(job)].append((int(schedule[1:]), int(epoch) * 1000, int(at)))
        else:
            ended[int(job)] = int(at)
    return begun, ended


def check_rows(schedule, due, rows, last):
    """Nothing due without its row, no row for what was not due."""
    for at in due:
        if at not in rows:
            complain("s%d: %d was due, and nothing is known of it", schedule, at)
    for at in rows:
        if at <= last and at not in due:
            complain("s%d: %d was not due, but %s", schedule, at, rows[at][0])


def check_runs(schedule, rows, jobs, begun):
    """Each run has a job of its own, which ran once; nothing else ran."""
    for at, (outcome, reason, job) in rows.items():
        if outcome == "waiting":
            complain("s%d: %d waits still", schedule, at)
        if outcome != "run":
            continue
        status, of, scheduled = jobs.get(job, (None, None, None))
        if of != schedule or scheduled != at:
            complain("s%d: %d is said to be job %d, which is s%s %s", schedule, at, job, of,
                     scheduled)
        times = len(begun.get(job, ()))
        if times > 1 or (status == "completed" and times != 1):
            complain("s%d: %d: job %d is %s, and began %d times", schedule, at, job, status, times)
        if begun.get(job) and begun[job][0][:2] != (schedule, at):
            complain("job %d thinks that it is s%d %d", job, *begun[job][0][:2])


def check_overlap(schedule, begun, ended):
    """Where runs exclude each other, one begins when the one before it has ended."""
    spans = sorted((starts[0][2], ended.get(job), job) for job, starts in begun.items()
                   if starts[0][0] == schedule)
    for (_, end, first), (start, _, second) in zip(spans, spans[1:]):
        if end is not None and start < end:
            complain("s%d: job %d began %d ms before job %d had ended", schedule, second,
                     end - start, first)


def main():
    database, cursors, ledger = sys.argv[1:]
    base = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
    begun, ended = ledger_read(ledger)
    jobs = {job: rest for job, *rest in base.execute(
        "SELECT job_id, status, schedule_id, scheduled_time FROM jobs")}
    seen = collections.Counter()
    total = 0
    for line in open(cursors, encoding="ascii"):
        schedule, expression, anchor, cursor, overlap, most, state = line.rstrip("\n").split("|")
        schedule, anchor, cursor, most = int(schedule), int(anchor), int(cursor), int(most)
        due = instants(expression, anchor, cursor)
        rows = {at: rest for at, *rest in base.execute(
            "SELECT nominal_at, outcome, reason, job_id FROM occurrences WHERE schedule_id = ?",
            (schedule,))}
        check_rows(schedule, due, rows, cursor)
        check_runs(schedule, rows, jobs, begun)
        if overlap != "allow":
            check_overlap(schedule, begun, ended)
        runs = sum(row[0] == "run" for row in rows.values())
        if most and (runs > most or (state == "ended" and runs != most)):
            complain("s%d: %d runs, not %d", schedule, runs, most)
        total += len(due)
        seen.update(rows[at][0] for at in due if at in rows)
    owned = {job for job, in base.execute("SELECT job_id FROM occurrences WHERE outcome = 'run'")}
    for job in set(jobs) | set(begun):
        if job not in owned:
            complain("job %d belongs to no instant", job)
    for line in wrong:
        print(line, file=sys.stderr)
    print("%d instants, %s; %d jobs ran" % (total, ", ".join(
        "%d %s" % (n, word) for word, n in sorted(seen.items())), len(begun)))
    return 1 if wrong or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
