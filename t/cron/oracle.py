#!/usr/bin/env python3
"""oracle.py [--short] [--batch FIRES] [--seed N] JOBCRON: cron fires, computed a second way.

Written from the description of expressions in job-cron(7), not from the program's code, and built
on another idea: every local minute that an expression names is looked up in Python's zoneinfo,
which has a reader of time zone files of its own.  What JOBCRON prints for the same expression must
be the same, for every zone of the system.  Zones whose clocks agree over all the years share one
computation; JOBCRON is still asked about each.  With --batch, t/helper/fires is asked instead, a
process for each expression, and both sides compare the SHA-256 of all fires.
"""

import argparse
import array
import bisect
import functools
import hashlib
import multiprocessing
import random
import subprocess
import sys
import zoneinfo
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

UTC = timezone.utc
DAY = 86400
EPOCH = datetime(1970, 1, 1)
FIELDS = (("minute", 0, 59, 59), ("hour", 0, 23, 23), ("day", 1, 31, 28), ("month", 1, 12, 12),
          ("weekday", 0, 7, 6))
NAMES = {name: i for i, name in enumerate("sun mon tue wed thu fri sat".split())}
NAMES.update({name: i + 1 for i, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split())})
NICKNAMES = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
             "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
             "@hourly": "0 * * * *"}
FIXED = """
30 2 * * *|0,30 2 * * *|0 2,3 * * *|30 * * * *|0 */2 * * *|30 1 * * *|*/20 1 * * *|15 1 * * *
15 2 * * *|45 1 * * *|0 0 * * *|30 4 1,15 * 5|0 12 */2 * 1|0 0 29 2 *|0 0 L * *|59 23 L 2 *
0 0 * * 1#1,fri#5|@yearly|@monthly|@weekly|@daily|@hourly|*/5 * * * *|* 0-3 * * *|* 1-2 * 3,10,11 *
59 0-23 * * *|7 0-22 * * *|0 3 * * sun|30 2 * 3 0|0 0 1-7 * 1|0 0 1-7 * */1|*/7 */5 */3 */2 */2
H H * * *|H/15 H(0-3) H * *|0 0 31 * *|30 2 8 3 *|0 1 * * 7|5-55/10 2,14 * * mon-fri|@every 7h
* * * * *|17 23 * 12 6#5|0 2 L * 0#5
""".replace("\n", "|")


def value(text):
    return NAMES[text.lower()] if text.isalpha() else int(text)


def hashed(field, count):
    digest = hashlib.sha256(("s1" + field).encode()).digest()
    return int.from_bytes(digest[:8], "big") % count


def values(index, text):
    """The set of what one field names; ("L",) and ("#", k, weekday) stand for themselves."""
    name, low, high, hash_high = FIELDS[index]
    out = set()
    for item in text.split(","):
        if item in "Ll":
            out.add("L")
            continue
        if "#" in item:
            day, k = item.split("#")
            out.add(("#", int(k), value(day) % 7))
            continue
        spread, _, step = item.partition("/")
        if spread[0] == "H":
            first, last = low, hash_high if not step else high - (index == 4)
            if "(" in spread:
                first, last = map(value, spread[2:-1].split("-"))
            if step:
                out.update(range(first + hashed(name, int(step)), last + 1, int(step)))
            else:
                out.add(first + hashed(name, last - first + 1))
            continue
        if spread == "*":
            first, last = low, high
        else:
            ends = [value(word) for word in spread.split("-")]
            first, last = ends[0], ends[-1]
        out.update(range(first, last + 1, int(step or 1)))
    return {v % 7 for v in out if isinstance(v, int)} | {
        v for v in out if not isinstance(v, int)} if index == 4 else out


class Expression:
    def __init__(self, text, gap="auto", fold="auto"):
        self.text = text
        self.gap, self.fold_way = gap, fold
        self.every = None
        if text.startswith("@every"):
            unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]
            self.every = int(text[6:-1]) * unit
            self.args, self.dense = [], False
            return
        words = NICKNAMES.get(text, text).split()
        self.minutes, self.hours, self.days, self.months, self.weekdays = (
            values(i, word) for i, word in enumerate(words))
        self.stars = words[2][0] == "*" or words[4][0] == "*"
        hourly = self.hours == set(range(24))
        self.makeup = gap == "makeup" or (gap == "auto" and not hourly)
        self.fold = fold if fold != "auto" else "both" if hourly else "first"
        self.args = ["--dst-gap", gap, "--dst-fold", fold]
        self.times = sorted(h * 60 + m for h in self.hours for m in self.minutes)
        self.dense = len(self.times) > 60

    def on(self, day):
        last = monthrange(day.year, day.month)[1]
        weekday = (day.weekday() + 1) % 7
        by_day = day.day in self.days or ("L" in self.days and day.day == last)
        by_weekday = weekday in self.weekdays or (
            ("#", (day.day - 1) // 7 + 1, weekday) in self.weekdays)
        right = by_day and by_weekday if self.stars else by_day or by_weekday
        return day.month in self.months and right


def seconds(day):
    return (day - EPOCH.date()).days * DAY


def offset(zone, at):
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone)
    return moment.utcoffset() // timedelta(seconds=1)


def offset_of_local(zone, local):
    moment = (EPOCH + timedelta(seconds=local)).replace(tzinfo=zone)
    return moment.utcoffset() // timedelta(seconds=1)


def changes_of(zone, start, end):
    """Instants at which the offset changes, looked for in steps of six hours."""
    found, step = [], 6 * 3600
    known = offset(zone, start)
    for at in range(start + step, end + step, step):
        now = offset(zone, at)
        if now == known:
            continue
        low, high = at - step, at
        while high - low > 1:
            middle = (low + high) // 2
            if offset(zone, middle) == known:
                low = middle
            else:
                high = middle
        found.append((high, known, now))
        known = now
    return tuple(found)


class Clock:
    """The local time of zones that agree, with the days on which it does not run straight."""

    def __init__(self, zone, start, end):
        self.zone, self.start, self.end = zone, start, end
        self.changes = changes_of(zone, start - 3 * 86400, end + 3 * 86400)
        self.key = (offset(zone, start), self.changes)
        self.odd = {}
        for at, _, _ in self.changes:
            near = datetime.fromtimestamp(at, UTC).date()
            for days in range(-2, 3):
                self.odd[near + timedelta(days)] = at

    def instants(self, expression, local):
        """When a local minute of an odd day fires."""
        first, second = (local.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        early, late = int(first.timestamp()), int(second.timestamp())
        shown = first.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None)
        if shown != local:
            return [self.odd[local.date()]] if expression.makeup else []
        return {"first": [early], "second": [late], "both": [early, late]}[expression.fold]

    def stretches(self, start, end):
        """Local time from start to end, cut so that days run straight or each is an odd one."""
        days = sorted(day for day in self.odd)
        at = start - 2 * DAY
        for day in days + [None]:
            stop = seconds(day) if day else end + 2 * DAY
            if at < stop:
                yield at, stop, False
            if day:
                yield stop, stop + DAY, True
                at = stop + DAY

    def fires(self, expression, locals_, start, end):
        """locals_: all local minutes that the expression names, as seconds, in order."""
        if expression.every:
            return list(range(start + expression.every, end, expression.every))
        out, odd = [], set()
        for low, high, is_odd in self.stretches(start, end):
            part = locals_[bisect.bisect_left(locals_, low):bisect.bisect_left(locals_, high)]
            if is_odd:
                for local in part:
                    odd.update(self.instants(expression, EPOCH + timedelta(seconds=local)))
            elif part:
                ahead = offset_of_local(self.zone, low)
                out += [local - ahead for local in part]
        out = sorted(out + list(odd))
        return out[bisect.bisect_left(out, start):bisect.bisect_left(out, end)]


def random_field(index, rng):
    _, low, high, _ = FIELDS[index]
    kind = rng.random()
    if index in (2, 3, 4) and kind < 0.55:
        return "*"
    if kind < 0.65:
        return "*/%d" % rng.randint(1, min(high, 20))
    items = []
    for _ in range(rng.randint(1, 3)):
        first, last = sorted((rng.randint(low, high), rng.randint(low, high)))
        items.append(rng.choice((str(first), "%d-%d" % (first, last),
                                 "%d-%d/%d" % (first, last, rng.randint(1, 6)))))
    if index == 2 and rng.random() < 0.1:
        items.append("L")
    if index == 4 and rng.random() < 0.2:
        items.append("%d#%d" % (rng.randint(0, 7), rng.randint(1, 5)))
    return ",".join(items)


def expressions(rng, count):
    out = [Expression(text) for text in FIXED.split("|") if text]
    while len(out) < count:
        text = " ".join(random_field(i, rng) for i in range(5))
        if rng.random() < 0.6:      # most of what may go wrong, goes wrong at night
            words = text.split()
            words[1] = rng.choice(("0", "1", "2", "3", "0-3", "1,2", "*/2", "*", "23", "22-23"))
            text = " ".join(words)
        ways = rng.random() < 0.3
        out.append(Expression(text, rng.choice(("auto", "makeup", "skip")) if ways else "auto",
                              rng.choice(("auto", "first", "second", "both")) if ways else "auto"))
    return out[:count]


def windows(expression, clock):
    """What is compared: all the years; of a dense expression the days around each change."""
    if not expression.dense:
        return [(clock.start, clock.end)]
    spans = [(at - 86400, at + 86400) for at, _, _ in clock.changes
             if clock.start + 86400 <= at < clock.end - 86400]
    return spans or [(clock.start, clock.start + 3 * 86400)]


def ask(program, name, expression, start, end):
    stamp = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
             for at in (start, end))
    run = subprocess.run([program, "next", "--epoch", "--tsv", "-h", "--tz", name, "--id", "s1",
                          "--from", next(stamp), "--until", next(stamp), *expression.args,
                          expression.text], capture_output=True, text=True, check=False)
    if run.returncode == 65 and "never fires" in run.stderr:
        return []
    if run.returncode != 0:
        return [run.stderr]
    return [int(line.split("\t", 1)[0]) for line in run.stdout.splitlines()]


def hash_of(fires):
    numbers = array.array("q", fires)
    if sys.byteorder == "big":
        numbers.byteswap()
    return "%d %s" % (len(fires), hashlib.sha256(numbers.tobytes()).hexdigest())


@functools.lru_cache(maxsize=4)
def local_times(expression, start, end):
    """Every local minute of these days, and two around them, that the expression names."""
    first = datetime.fromtimestamp(start, UTC).date() - timedelta(2)
    days = (first + timedelta(n) for n in range((end - start) // DAY + 5))
    return [seconds(day) + 60 * minute
            for day in days if expression.every is None and expression.on(day)
            for minute in expression.times]


def questions(expression, clocks):
    """For each zone: what is asked, and what must come out."""
    for clock, names in clocks:
        for start, end in windows(expression, clock):
            want = clock.fires(expression, local_times(expression, start, end), start, end)
            for name in names:
                yield name, start, end, want


def complaint(expression, name, got, want):
    off = sorted(set(map(str, got)) ^ set(map(str, want)))[:3]
    return "%s '%s' %s: %d fires, not %d; first: %s" % (
        name, expression.text, " ".join(expression.args), len(got), len(want), off)


def compare(options, clocks, expression):
    """One expression, all zones: (compared, complaints)."""
    bad, compared, lines, wanted = [], 0, [], []
    for name, start, end, want in questions(expression, clocks):
        compared += len(want)
        if options.batch:
            lines.append("%s\t%s\t%s\t%d\t%d\t%s\n" % (
                name, expression.gap, expression.fold_way, start, end, expression.text))
            wanted.append((name, start, end, hash_of(want)))
        elif (got := ask(options.program, name, expression, start, end)) != want:
            bad.append(complaint(expression, name, got, want))
    if options.batch:
        run = subprocess.run([options.batch], input="".join(lines), capture_output=True,
                             text=True, check=False)
        answers = run.stdout.splitlines()
        if run.returncode != 0 or len(answers) != len(wanted):
            bad.append("'%s': %s" % (expression.text, run.stderr))
        bad += ["%s '%s' %s from %d: %s, not %s" % (
            name, expression.text, " ".join(expression.args), start, got, want)
            for (name, start, end, want), got in zip(wanted, answers) if got != want]
    return compared, bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--batch", help="t/helper/fires, to be asked instead of the program")
    parser.add_argument("--short", action="store_true", help="a few zones and years")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=2026, help="the first year")
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--count", type=int, default=200, help="how many expressions")
    options = parser.parse_args()
    if options.short:
        options.years, options.count = 2, 24
    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
                  for year in (options.first, options.first + options.years))
    names = sorted(zoneinfo.available_timezones() - {"localtime"})
    if options.short:
        names = [name for name in names if name in (
            "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo",
            "America/Havana", "Asia/Kolkata", "Africa/Casablanca", "UTC")]
    clocks = {}
    for name in names:
        clock = Clock(zoneinfo.ZoneInfo(name), start, end)
        clocks.setdefault(clock.key, (clock, []))[1].append(name)
    rng = random.Random(options.seed)
    chosen = expressions(rng, options.count)
    if options.short:
        chosen = [e for e in chosen if not e.dense]
    compared, bad = 0, []
    task = functools.partial(compare, options, list(clocks.values()))
    with multiprocessing.Pool(options.jobs) as pool:
        for count, complaints in pool.imap_unordered(task, chosen):
            compared += count
            bad += complaints
    for line in bad[:50]:
        print(line, file=sys.stderr)
    print("%d zones (%d clocks), %d expressions, %d years from %d: %d fires compared, "
          "%d differences" % (len(names), len(clocks), len(chosen), options.years,
                              options.first, compared, len(bad)))
    return 1 if bad or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
