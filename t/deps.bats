#!/usr/bin/env bats
# Jobs that wait for jobs: each type with real ones, and parents that are long over.

# shellcheck disable=SC2016 # the dollar is the job's
load lib/common

status_of() { jobq -h -a -A -o status -j "$1"; }
reason_of() { jobq -h -a -A -o reason -j "$1"; }
is() { [ "$(status_of "$1")" = "$2" ]; }
moved() {
	[ -z "$(sqlite3 -readonly "$JOB_SPOOL/state.db" \
	    "SELECT 1 FROM jobs WHERE job_id = $1")" ]
}

@test "jobsub -d: a parent that is in the history" {
	printf 'history_after = 0\n' >"$JOB_CONFIG"
	start_jobd
	good=$(jobsub true)
	bad=$(jobsub false)
	never=$(jobsub -H true)
	jobcancel "$never"
	jobwait -Q "$good" "$bad" "$never" || :
	poll 10 moved "$good"
	poll 10 moved "$bad"
	poll 10 moved "$never"
	for after in "ok:$good" "notok:$bad" "any:$never" "start:$bad" "start+1ms:$good"; do
		jobsub -W -d "$after" true
	done
	for after in "ok:$bad" "notok:$never" "start:$never"; do
		run jobsub -Q -W -d "$after" true
		[ "$status" -eq 125 ]
	done
	run jobsub -d ok:4711 true
	[ "$status" -eq 65 ]
	[[ $output == *"depends on job 4711, which does not exist" ]]
}

@test "jobsub -d start+D: after the start, not the end" {
	start_jobd
	mkfifo "$JOB_TEST/go"
	parent=$(jobsub -D "$JOB_TEST" --wrap 'read -r x <go')
	now=$(jobsub -d "start:$parent" true)
	later=$(jobsub -d "start+1h:$parent" true)
	jobwait -Q "$now"
	is "$parent" running
	[ "$(reason_of "$later")" = Dependency ]
	jobstat --why "$later" | grep -q "job $parent has started, and it waits a while longer"
	jobstat --json "$later" | grep -q '"delay_seconds": 3600'
	stop_jobd
	start_jobd
	echo >"$JOB_TEST/go"
	jobwait -Q "$parent"
	is "$later" queued
}

@test "jobsub --singleton: one after the other" {
	start_jobd
	mkfifo "$JOB_TEST/go"
	first=$(jobsub -J one -D "$JOB_TEST" --wrap 'read -r x <go')
	second=$(jobsub -J one --singleton true)
	third=$(jobsub -J one -d singleton true)
	jobsub -W -J other --singleton true
	[ "$(reason_of "$second")" = Singleton ]
	[ "$(reason_of "$third")" = Singleton ]
	jobstat --why "$third" | grep -q 'an earlier job of its owner and name is not over'
	echo >"$JOB_TEST/go"
	jobwait -Q "$first" "$second" "$third"
}
