#!/usr/bin/env bats
# Logs of days gone by: compressed by jobd in the background, read as if they were not.

# shellcheck disable=SC2016 # the dollar is the job's
bats_require_minimum_version 1.5.0
load lib/common

# age DAYS: as if all that is in the spool had been submitted so many days ago.  Needs a
# stopped jobd and a history that holds all of it.
age() {
	local today=$(($(date +%s) / 86400)) db was
	was=$((today - $1))
	day_path() { date -u -d "@$(($1 * 86400))" +%Y/%m/%d; }
	mkdir -p "$JOB_SPOOL/history/$(day_path "$was")" "$JOB_SPOOL/log/$(day_path "$was")"
	rmdir "$JOB_SPOOL/history/$(day_path "$was")" "$JOB_SPOOL/log/$(day_path "$was")"
	mv "$JOB_SPOOL/history/$(day_path "$today").db" "$JOB_SPOOL/history/$(day_path "$was").db"
	mv "$JOB_SPOOL/log/$(day_path "$today")" "$JOB_SPOOL/log/$(day_path "$was")"
	find "$JOB_SPOOL/log" -type f -exec touch -d "@$((was * 86400 + 3600))" {} +
	for db in "$JOB_SPOOL/history/$(day_path "$was").db" "$JOB_SPOOL/state.db"; do
		sqlite3 "$db" "UPDATE jobs SET created_at = created_at - $1 * 86400000"
	done
	sqlite3 "$JOB_SPOOL/state.db" "UPDATE days SET day = day - $1"
}

moved() { [ "$(sqlite3 -readonly "$JOB_SPOOL/state.db" 'SELECT sum(live) FROM days')" = 0 ]; }

@test "an older day's logs become smaller, and read as before" {
	printf 'history_after = 0\ncompress_logs_after = 1d\n' >"$JOB_CONFIG"
	start_jobd
	big=$(jobsub --wrap 'seq 20000; seq 9000 >&2')
	small=$(jobsub echo few)
	jobwait "$big" "$small"
	joblog "$big" >"$JOB_TEST/out" 2>"$JOB_TEST/err"
	poll 10 moved
	stop_jobd
	age 3
	plain=$(joblog --path -o "$big")
	[ -s "$plain" ]
	start_jobd
	poll 10 test -e "$plain.gz"
	poll 5 test ! -e "$plain"
	[ "$(joblog --path -o "$big")" = "$plain.gz" ]
	[ "$(gzip -dc "$plain.gz" | cksum)" = "$(cksum <"$JOB_TEST/out")" ]
	joblog "$big" 2>"$JOB_TEST/err2" | cmp - "$JOB_TEST/out"
	cmp "$JOB_TEST/err2" "$JOB_TEST/err"
	[ "$(joblog -o -n 2 "$big")" = $'19999\n20000' ]
	[ "$(joblog "$small")" = few ]
	[ -e "$(joblog --path -o "$small")" ]
	poll 5 grep -q 'jobd: tidy.*2 logs compressed' "$JOB_SPOOL/jobd.log"
	url=$(jobstat --json "$big" | sed -n 's/.*"stdout_log_url": "file:\/\/\(.*\)",*/\1/p')
	[ -e "$url" ]
}

@test "a day that is not old enough, or still has a job that lives, stays as it is" {
	printf 'history_after = 0\n' >"$JOB_CONFIG"
	start_jobd
	big=$(jobsub --wrap 'seq 20000')
	jobwait "$big"
	poll 10 moved
	stop_jobd
	age 1
	plain=$(joblog --path -o "$big")
	day=${plain%%/000/*}
	jobd --tidy 86400000 --spool "$JOB_SPOOL"
	[ -e "$plain" ]
	[ ! -e "$day/compressed" ]
	sqlite3 "$JOB_SPOOL/state.db" 'UPDATE days SET live = 1'
	jobd --tidy 0 --spool "$JOB_SPOOL"
	[ -e "$plain" ]
	sqlite3 "$JOB_SPOOL/state.db" 'UPDATE days SET live = 0'
	jobd --tidy 0 --spool "$JOB_SPOOL"
	[ ! -e "$plain" ]
	[ -e "$day/compressed" ]
}
