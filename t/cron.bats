#!/usr/bin/env bats
# jobcron: what the manuals show is what it prints; options; mistakes.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

# examples MANUAL: its commands that begin with jobcron, each with what must come out behind it.
examples() {
	awk '
	/^\.Bd/ { inside = 1; next }
	/^\.Ed/ { inside = shown = 0 }
	inside && /^\$ / { shown = /^\$ jobcron/ }
	inside && shown { print }' "$BATS_TEST_DIRNAME/../man/$1"
}

@test "the examples of the manuals" {
	for manual in jobcron.1 job-cron.7; do
		examples "$manual" >"$JOB_TEST/shown"
		[ -s "$JOB_TEST/shown" ]
		while IFS= read -r line; do
			echo "$line"
			[[ $line != '$ '* ]] || bash -c "${line#$ }"
		done < <(grep '^\$ ' "$JOB_TEST/shown") >"$JOB_TEST/printed"
		diff "$JOB_TEST/shown" "$JOB_TEST/printed"
	done
}

@test "jobcron next: options" {
	late=(jobcron next --tz America/New_York --from 2026-10-31 --until 2026-11-02 -h)
	exits 0 "${late[@]}" --utc --tsv '30 1 * * *'
	[ "$output" = $'2026-10-31T05:30:00Z\tSat 2026-10-31 01:30\t
2026-11-01T05:30:00Z\tSun 2026-11-01 01:30\tfirst of two' ]
	exits 0 "${late[@]}" --epoch --parsable --dst-fold second '30 1 * * *'
	[ "$output" = '1793424600|Sat 2026-10-31 01:30|
1793514600|Sun 2026-11-01 01:30|second of two' ]
	exits 0 "${late[@]}" --count 1 --no-header '30 1 * * *'
	[ "${#lines[@]}" -eq 1 ]
	exits 0 jobcron next -n1 -h --relative '@every 90m'
	[[ $output == 'in 1h'* ]]
	exits 0 jobcron next -n2 -h --utc --anchor 2026-01-01T00:10 --from 2026-01-01 '@every 90m'
	[[ ${lines[0]} == 2026-01-01T00:10:00Z* && ${lines[1]} == 2026-01-01T01:40:00Z* ]]
	exits 0 jobcron next -n1 -h --utc --from 2026-01-01 '@every 90m'
	[[ $output == 2026-01-01T01:30:00Z* ]]
	gap=(jobcron next -n1 --tz Europe/London --from 2026-03-29T00:00Z '15 1 * * *')
	exits 0 "${gap[@]}" --jsonl
	[ "$output" = '{"time":"2026-03-29T01:00:00.000Z","local":"2026-03-29T02:00:00+01:00",'`
	    `'"nominal":"2026-03-29T01:15:00","dst":"makeup","shut":null}' ]
	exits 0 "${gap[@]}" --json --dst-gap skip
	[[ $output == *'"schema": "job/1"'*'"fires"'*2026-03-30T00:15:00.000Z*'"dst": null'* ]]
	exits 0 jobcron next -n1 -h --utc --from 2026-01-01 --id s1 'H H * * *'
	one=$output
	exits 0 jobcron next -n1 -h --utc --from 2026-01-01 --id s2 'H H * * *'
	[ "$output" != "$one" ]
	exits 0 env JOB_TIME_FORMAT=utc jobcron next -n1 -h --from 2026-01-01 '@daily'
	[[ $output == 2026-01-01T00:00:00Z* ]]
}

@test "jobcron next: as an independent oracle has it" {
	command -v python3 >/dev/null || skip "needs python3"
	exits 0 "$BATS_TEST_DIRNAME/cron/oracle.py" --short "$JOB_BUILD/bin/jobcron"
	[[ $output == "8 zones"*" 0 differences" ]]
}

# outcomes SCHEDULE: what became of its occurrences, newest first, on one line.
outcomes() {
	jobcron show -n 50 --json "$1" | sed -n 's/^ *"outcome": "\(.*\)".*/\1/p' | paste -sd' '
}
listed() { [ "$(jobcron list -h | wc -l)" -eq "$1" ]; }
ran() { [ "$(jobcron list -h --tsv | cut -f 8)" -ge "$1" ]; }

@test "a schedule runs, is told, obeys, and survives jobd" {
	start_jobd
	exits 0 jobsub -J tick --every 1s --overlap allow --tz Europe/Berlin \
	    --wrap 'echo $JOB_SCHEDULE $JOB_SCHEDULED_EPOCH $JOB_SCHEDULED_TIME $JOB_CATCHUP'
	[ "$output" = s1 ]
	poll 10 ran 2
	jobwait -Q 1
	read -r schedule epoch time late <<<"$(joblog 1)"
	[ "$schedule $late" = "s1 0" ]
	[ "$(date -ud "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" = "$time" ]
	kill_jobd
	start_jobd
	poll 10 ran 4
	exits 0 jobcron pause s1
	exits 65 jobcron pause %tick
	[[ $stderr == *"s1: is paused"* ]]
	[ "$(jobcron list -h --tsv | cut -f 4)" = paused ]
	twice='SELECT count(*) - count(DISTINCT scheduled_time) FROM jobs'
	[ "$(sqlite3 -readonly "$JOB_SPOOL/state.db" "$twice")" -eq 0 ]
	without='SELECT count(*) FROM jobs LEFT JOIN occurrences USING (job_id)
	    WHERE outcome IS NULL'
	[ "$(sqlite3 -readonly "$JOB_SPOOL/state.db" "$without")" -eq 0 ]
}

@test "jobcron: orders; jobsub: every option of a schedule" {
	echo 'local_worker = no' >"$JOB_CONFIG"
	start_jobd
	jobsub -J night --cron '30 2 * * *' --catch-up all --catch-up-window 2d --catch-up-max 9 \
	    --overlap-max 9 --splay 5m --jitter 5m --until 2999-01-01 --count 50 \
	    --dst-gap skip --dst-fold both --anchor 2026-01-01 true
	exits 0 jobcron run s1
	[ "$output" = 1 ]
	exits 65 jobcron run s1
	[[ $stderr == *"job 1 of it has not ended; --force runs one more"* ]]
	exits 0 jobcron run --force %night
	[ "$output" = 2 ]
	exits 0 jobcron skip -n 2 1
	[ "$(outcomes s1)" = "skipped skipped run skipped run" ]
	past=(jobcron replay s1 --from "$(date -ud '4 days ago' +%F)"
	    --until "$(date -ud yesterday +%F)")
	exits 0 "${past[@]}"
	[ "$(outcomes s1)" = "skipped skipped run skipped run waiting waiting waiting" ]
	exits 66 "${past[@]}"
	exits 64 jobcron replay s1
	exits 0 jobcron next -n 1 --utc -h --from 2026-03-01 s1
	[[ $output == 2026-03-01T02:30:00Z* ]]
	exits 0 jobcron list -A --jsonl --spool "$JOB_SPOOL" --config "$JOB_CONFIG"
	[[ $output == '{"schedule_id":1,'*'"splay_seconds":300'*'"max_runs":50'* ]]
	exits 0 jobcron list --all-users -h --parsable --epoch
	[[ $output == "s1|night|"*"|30 2 * * *|UTC|"* ]]
	exits 0 jobcron show s1
	[[ $output == "Schedule s1"*"catch up"*all*NOMINAL* ]]
	exits 0 jobcron rm s1
	exits 66 jobcron resume s1
	[[ $stderr == *"no such schedule"* ]]
	[ -z "$(jobcron list -h)" ]
}

@test "jobsub --spec: a schedule as a document; job.conf: the zone of schedules" {
	printf '%s\n' 'local_worker = no' 'time_zone = Asia/Tokyo' >"$JOB_CONFIG"
	start_jobd
	jobsub --dry-run --every 90m --catch-up-max 3 --overlap-max 2 true >"$JOB_TEST/spec"
	exits 0 jobsub --spec "$JOB_TEST/spec"
	[ "$output" = s1 ]
	exits 0 jobcron list --jsonl
	[[ $output == *'"expression":"@every 90m","time_zone":"Asia/Tokyo"'* ]]
	[[ $output == *'"catch_up_max":3'*'"overlap_max":2'* ]]
	exits 0 jobcron next -n 1 -h --from 2026-03-01 '0 12 * * *'
	[[ $output == 2026-03-01T12:00:00+09:00* ]]
	printf 'time_zone = Asia/Nowhere\n' >"$JOB_CONFIG"
	exits 65 jobsub --cron @daily true
}

@test "jobsub --at: words, and a time zone" {
	at() { jobsub --dry-run --at "$@" true | sed -n 's/.*"begin_at": "\(.*\)".*/\1/p'; }
	[[ $(at 'noon dec 24 2027') == 2027-12-24T12:00:00.000Z ]]
	[[ $(at 'noon dec 24 2027' --tz Asia/Tokyo) == 2027-12-24T03:00:00.000Z ]]
	[[ $(TZ=America/New_York at 'noon dec 24 2027') == 2027-12-24T17:00:00.000Z ]]
	[[ $(TZ=America/New_York at 'noon dec 24 2027 UTC') == 2027-12-24T12:00:00.000Z ]]
	printf '%s\n' '#!/bin/sh' '#JOB --tz Asia/Tokyo' true >"$JOB_TEST/script"
	exits 0 jobsub --dry-run --at '2027-12-24T12:00' -f "$JOB_TEST/script"
	[[ $output == *'"begin_at": "2027-12-24T03:00:00.000Z"'* && $output != *time_zone* ]]
	exits 64 jobsub --at 'noon of tomorrow' true
	[[ $stderr == *"--at: 'noon of tomorrow' is not a time: 'of' is not understood"* ]]
	exits 65 jobsub --at noon --tz Asia/Nowhere true
}

@test "jobsub: schedules that cannot be" {
	echo 'local_worker = no' >"$JOB_CONFIG"
	start_jobd
	exits 65 jobsub --cron '0 0 30 2 *' true
	exits 65 jobsub --cron @daily --tz Europe/Berlni true
	exits 65 jobsub --cron @daily -H true
	exits 65 jobsub --cron @daily --overlap sometimes true
	exits 64 jobsub --tz Europe/Berlin true
	[[ $stderr == *'--tz: it belongs to a schedule'* ]]
	exits 64 jobsub --cron @daily --overlap-max 10001 true
	exits 64 jobsub --every 500ms true
	exits 64 jobsub --cron @daily -W true
	exits 0 jobsub --cron @daily --key k --overlap queue true
	[ "$output" = s1 ]
	exits 0 jobsub --cron @daily --key k --overlap queue true
	[ "$output" = s1 ]
	exits 65 jobsub --cron @weekly --key k --overlap queue true
	[[ $stderr == *"in use by schedule s1"* ]]
	exits 65 jobsub --cron @daily --key k --overlap queue --until 2999-01-01 true
	stop_jobd
	exits 0 jobsub --cron @weekly true
	[[ $stderr == *"waits in the spool"* ]]
	start_jobd
	poll 10 listed 2
	exits 65 jobsub --cron @daily --key k --overlap queue --count 3 true
	exits 0 jobsub --cron @daily --key k --overlap queue true
	[ "$output" = s1 ]
}

@test "jobcron: crontabs, in and out" {
	echo 'local_worker = no' >"$JOB_CONFIG"
	start_jobd
	cat >"$JOB_TEST/tab" <<-'EOF'
		MAILTO=anna
		CRON_TZ=Europe/Berlin
		# the nightly dump
		30 2 * * * /usr/local/bin/dump --all 50\% >/dev/null
		WORD = "two words"
		@daily cat%in
		CRON_TZ=Asia/Tokyo
		*/5 8-18 * * mon-fri true
	EOF
	exits 0 jobcron -T "$JOB_TEST/tab"
	[ -z "$output" ]
	[[ $stderr == *"tab:4: anna gets a mail when a run fails; output is kept for joblog"* ]]
	exits 0 jobcron import --dry-run -Q "$JOB_TEST/tab"
	[ -z "$output$stderr$(jobcron list -h)" ]
	exits 0 jobcron --check "$JOB_TEST/tab" --quiet
	exits 0 jobcron import "$JOB_TEST/tab"
	[ "$output" = $'s1\t30 2 * * *\tEurope/Berlin\tdump
s2\t@daily\tEurope/Berlin\tcat
s3\t*/5 8-18 * * mon-fri\tAsia/Tokyo\ttrue' ]
	exits 0 jobcron import "$JOB_TEST/tab"
	[ "$(jobcron list -h | wc -l)" -eq 3 ]
	id=$(jobcron run s1)
	exits 0 jobstat --json "$id"
	[[ $output == *'"comment": "the nightly dump"'* ]]
	exits 0 jobcron export
	[ "$output" = 'CRON_TZ=Europe/Berlin
MAILTO=anna
# s1 dump
# the nightly dump
30 2 * * * /usr/local/bin/dump --all 50\% >/dev/null
WORD=two words
# s2 cat
@daily cat%in
CRON_TZ=Asia/Tokyo
# s3 true
*/5 8-18 * * mon-fri true' ]
	jobcron export >"$JOB_TEST/again"
	exits 0 jobcron import "$JOB_TEST/again"	# it is what it was
	[ "$(jobcron list -h | wc -l)" -eq 3 ]
	exits 0 jobcron -l
	[ "$output" = "$(cat "$JOB_TEST/again")" ]
	printf '0 4 * * * %s true\n' "$(id -un)" >"$JOB_TEST/system"
	exits 0 jobcron import --system --tz UTC "$JOB_TEST/system"
	[ "$output" = $'s4\t0 4 * * *\tUTC\ttrue' ]
	printf '@reboot true\n61 * * * * true\n@daily true\n' >"$JOB_TEST/bad"
	exits 65 jobcron import "$JOB_TEST/bad"
	[[ $stderr == *"bad:1: "*"@reboot"*"bad:2: "*"61 is out of range"*"2 lines are wrong"* ]]
	[ "$(jobcron list -h | wc -l)" -eq 4 ]
	exits 66 jobcron import "$JOB_TEST/missing"
}

@test "jobcron: mistakes" {
	exits 65 jobcron next '0 0 30 2 *'
	[[ $stderr == *'never fires within 8 years'* && -z $output ]]
	exits 65 jobcron test '5/10 * * * *'
	[[ $stderr == *"minute field: '5/10'"* ]]
	exits 65 jobcron next --tz Europe/Berlni '@daily'
	[[ $stderr == *'did you mean Europe/Berlin?'* ]]
	exits 65 jobcron next --tz ../../../etc/passwd '@daily'
	exits 64 jobcron next 0 0 1 1 '*'
	[[ $stderr == *'in quotes'* ]]
	exits 64 jobcron nxet '@daily'
	[[ $stderr == *'did you mean next?'* ]]
	exits 64 jobcron next --dst-gap first '@daily'
	exits 64 jobcron next --dst-fold skip '@daily'
	exits 64 jobcron next --from soon '@daily'
	[[ $stderr == *--from* ]]
	exits 64 jobcron next -n 0 '@daily'
	exits 64 jobcron
}
