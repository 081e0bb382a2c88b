#!/usr/bin/env bats
# backup, restore, prune, vacuum, stats: on a scheduler that has run, and goes on to run.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

config() { printf '%s\n' "$@" >"$JOB_CONFIG"; }
of() { jobstat --json "$1" | sed -n "s/^ *\"$2\": \"*\([^\"]*[^\",]\)\"*,*$/\1/p" | head -n 1; }
is() { [ "$(of "$1" status)" = "$2" ]; }

# moved ID: the job stands in the history.
sql() { sqlite3 "$JOB_SPOOL/state.db" "$1"; }
moved() { [ "$(sql "SELECT count(*) FROM jobs WHERE job_id = $1")" = 0 ]; }

# What is very young is copied again.
copies_state_alone() { jobadm backup "$JOB_TEST/b" | grep -q ', 1 of them copied '; }

@test "backup: online, whole, only what is new; restore: it runs on" {
	config 'history_after = 0'
	start_jobd
	old=$(jobsub echo old)
	jobwait "$old"
	poll 10 moved "$old"
	held=$(jobsub -H echo held)
	run=$(jobsub -c 0.1 sleep 100)
	poll 10 is "$run" running
	exits 0 jobadm backup "$JOB_TEST/b"
	[[ $output == *" files, "* ]]
	exits 0 jobadm backup --verify "$JOB_TEST/b"
	[[ $output == *": whole, "* ]]
	poll 10 copies_state_alone
	# After it: one job ends that the backup has waiting, and one comes.
	jobctl release "$held"
	jobwait "$held"
	poll 10 moved "$held"
	late=$(jobsub echo late)
	jobwait "$late"
	jobcancel --now -W "$run"
	poll 10 moved "$late"
	poll 10 moved "$run"
	exits 75 jobadm restore "$JOB_TEST/b"
	[[ $stderr == *'stop jobd first'* ]]
	epoch=$(sql 'SELECT epoch FROM instance')
	instance=$(sql 'SELECT instance FROM instance')
	stop_jobd
	stop_worker
	exits 0 jobadm restore "$JOB_TEST/b"
	[[ $output == *'jobs had ended since the backup'* ]]
	[ -s "$JOB_SPOOL/state.db.replaced" ]
	[ "$(sql 'SELECT instance FROM instance')" = "$instance" ]
	[ "$(sql 'SELECT epoch FROM instance')" -gt "$epoch" ]
	start_jobd
	# Nothing is done twice, nothing is forgotten, no number is given out again.
	for id in "$old" "$held" "$late"; do
		is "$id" completed
	done
	new=$(jobsub echo new)
	[ "$new" -gt "$late" ]
	is "$new" queued
	exits 1 jobadm doctor
	[[ $output == *'jobadm restore --accept'* ]]
	exits 75 jobwait --timeout 100ms "$new"
	exits 0 jobadm restore --accept
	exits 0 jobwait "$new"
	[ "$(joblog "$new")" = new ]
	exits 65 jobadm restore --accept
	exits 0 jobd --check --spool "$JOB_SPOOL"
	stop_jobd
	start_jobd	# accepted for good
	exits 0 jobsub -W true
}

@test "restore: a spool that is gone altogether, in one step" {
	config 'history_after = 0'
	start_jobd
	a=$(jobsub echo kept)
	jobwait "$a"
	poll 10 moved "$a"
	b=$(jobsub -H echo later)
	jobadm backup "$JOB_TEST/b"
	stop_jobd
	stop_worker
	poll 10 no_processes
	rm -rf "$JOB_SPOOL"
	exits 0 jobadm restore --accept "$JOB_TEST/b"
	start_jobd
	[ "$(joblog "$a")" = kept ]
	jobctl release "$b"
	exits 0 jobwait "$b"
	exits 0 jobd --check --spool "$JOB_SPOOL"
}

@test "restore: schedules: what has run since is known, no number comes again" {
	config 'history_after = 0'
	start_jobd
	echo '# no hosts' >"$JOB_SPOOL/workers"
	first=$(jobsub --cron '0 0 1 1 *' -J first echo first)
	jobadm backup "$JOB_TEST/b"
	second=$(jobsub --cron '0 0 1 1 *' -J second echo second)
	a=$(jobcron run "$first")
	b=$(jobcron run "$second")
	jobwait "$a" "$b"
	poll 10 moved "$a"
	poll 10 moved "$b"
	nominal=$(sql 'SELECT cursor_at < nominal_at, nominal_at FROM schedules JOIN occurrences
		USING (schedule_id) WHERE schedule_id = 1')
	[[ $nominal == "1|"* ]]
	stop_jobd
	stop_worker
	rm "$JOB_SPOOL/workers"
	exits 0 jobadm restore --accept "$JOB_TEST/b"
	[ "$(cat "$JOB_SPOOL/workers")" = '# no hosts' ]
	start_jobd
	[ "$(sql 'SELECT outcome, job_id FROM occurrences WHERE schedule_id = 1')" = "run|$a" ]
	[ "$(sql 'SELECT runs, cursor_at FROM schedules WHERE schedule_id = 1')" = "$nominal" ]
	exits 0 jobcron list -h
	[[ $output == "$first "* && $output != *second* ]]
	[ "$(jobsub --cron '0 0 1 1 *' -J third echo third)" = s3 ]
	exits 0 jobd --check --spool "$JOB_SPOOL"
}

@test "restore: nothing is touched by what is no good backup" {
	start_jobd
	jobwait "$(jobsub echo one)"
	jobadm backup "$JOB_TEST/b"
	stop_jobd
	exits 66 jobadm restore "$JOB_TEST/none"
	exits 66 jobadm restore "$JOB_TEST"
	exits 64 jobadm restore
	exits 64 jobadm backup
	log=$(cd "$JOB_TEST/b" && find log -name stdout.log)
	echo changed >"$JOB_TEST/b/$log"
	exits 65 jobadm backup --verify "$JOB_TEST/b"
	[[ $stderr == *"$log has another size"* ]]
	before=$(sha256sum <"$JOB_SPOOL/state.db")
	exits 65 jobadm restore "$JOB_TEST/b"
	[ "$(sha256sum <"$JOB_SPOOL/state.db")" = "$before" ]
	mkdir "$JOB_TEST/other"
	JOB_SPOOL=$JOB_TEST/other/spool start_jobd --spool "$JOB_TEST/other/spool"
	exits 65 jobadm backup --spool "$JOB_TEST/other/spool" "$JOB_TEST/b"
	[[ $stderr == *'backup of another spool'* ]]
	kill -TERM "$(cat "$JOB_TEST/other/spool/jobd.pid")"
	kill -TERM "$(cut -d' ' -f1 "$JOB_TEST/other/spool/worker/lock")"
	poll 10 test ! -e "$JOB_TEST/other/spool/jobd.pid"
}

@test "backup: what was pruned from the spool stays in it" {
	config 'history_after = 0' 'local_worker = no'
	start_jobd
	mkdir -p "$JOB_SPOOL/log/2020/01/02/000/000/1/1"
	echo old >"$JOB_SPOOL/log/2020/01/02/000/000/1/1/stdout.log"
	jobadm backup "$JOB_TEST/b"
	exits 0 jobadm prune --older-than 30d --logs
	[ ! -e "$JOB_SPOOL/log/2020/01/02" ]
	jobadm backup "$JOB_TEST/b"
	[ "$(cat "$JOB_TEST/b/log/2020/01/02/000/000/1/1/stdout.log")" = old ]
	exits 0 jobadm backup --verify "$JOB_TEST/b"
}

@test "prune: days that are old enough, and no job of which is alive" {
	config 'local_worker = no' 'keep_logs = 30d' 'keep_history = 60d'
	start_jobd
	for age in 20 40 70; do
		day=$(date -u -d "-$age days" +%Y/%m/%d)
		mkdir -p "$JOB_SPOOL/log/$day/000/000/1/1" "$JOB_SPOOL/history/${day%/*}"
		echo text >"$JOB_SPOOL/log/$day/000/000/1/1/stdout.log"
		sqlite3 "$JOB_SPOOL/history/$day.db" 'CREATE TABLE x(y)'
	done
	days() { (cd "$JOB_SPOOL/$1" && find . -name "$2" | wc -l); }
	exits 0 jobadm prune --dry-run
	[[ ${lines[-1]} == '3 days, '*', would be removed' ]]
	[ "$(days log stdout.log) $(days history '*.db')" = '3 3' ]
	[[ $(jobadm prune --dry-run --json) == *'"what":"history","files":1,'*'"removed":false'* ]]
	stop_jobd
	sql "INSERT INTO days VALUES ($(($(date +%s) / 86400 - 70)), 1, 1, 1)"
	exits 0 jobadm prune
	[[ ${lines[-1]} == '1 days, '*', removed' ]]	# the oldest has a job that is alive
	[ "$(days log stdout.log) $(days history '*.db')" = '2 3' ]
	exits 64 jobadm prune --older-than soon
	exits 64 jobadm prune everything
	sql 'UPDATE days SET live = 0'
	exits 0 jobadm prune -Q
	[ -z "$output" ]
	[ "$(days log stdout.log) $(days history '*.db')" = '1 2' ]
}

@test "vacuum needs jobd to be away; stats tells how much there is" {
	start_jobd
	jobwait "$(jobsub echo one)"
	exits 75 jobadm vacuum
	exits 0 jobadm stats
	[[ $output == *'completed          1'* ]]
	[[ $output == *'jobd_commits '* ]]
	stop_jobd
	exits 0 jobadm vacuum
	[[ $output == 'state.db: '*' bytes, '*' before' ]]
	exits 0 jobadm stats --json
	[[ $output == '{"schema":"job/1",'*'"log_files":2,'* ]]
	[[ $output != *jobd_* ]]
	exits 64 jobadm vacuum now
	exits 64 jobadm stats now
}
