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

@test "jobsub --bulk --atomic: lines that name each other" {
	start_jobd
	cat >"$JOB_TEST/steps" <<-'END'
		{"ref":"c","command":"echo c >>out","dependencies":[{"ref":"a"},{"ref":"b"}]}

		{"ref":"a","command":"echo a >>out"}
		{"ref":"b","command":"echo b >>out; exit 7","dependencies":[{"ref":"a"}]}
		{"command":"./tell","dependencies":[{"ref":"b","dependency_type":"failure"}]}
	END
	cd "$JOB_TEST"
	printf '#!/bin/sh\nenv | grep ^JOB_PARENT | sort >told\n' >tell
	chmod +x tell
	mapfile -t id < <(jobsub --bulk steps --atomic)
	[ "${id[*]}" = "3 1 2 4" ]
	jobwait -Q "${id[@]}" || :
	[ "$(paste -sd, out)" = a,b ]
	is 3 cancelled
	[ "$(tail -n 3 told | paste -sd" ")" = \
	    "JOB_PARENT_2_REASON=NonZeroExit JOB_PARENT_2_STATUS=7 JOB_PARENT_IDS=2" ]
	[ "$(jobq -a --tree -h -o name | tr -dc '\n' | wc -l)" -ge 4 ]
}

@test "jobsub --bulk --atomic: a circle or a name of nobody refuses all, with its line" {
	start_jobd
	jobsub -W true	# so the worker is known
	cd "$JOB_TEST"
	printf '%s\n' '{"command":"true"}' '' \
	    '{"ref":"a","command":"true","dependencies":[{"ref":"b"}]}' \
	    '{"ref":"b","command":"true","dependencies":[{"ref":"a"}]}' >circle
	run jobsub --bulk circle --atomic
	[ "$status" -eq 65 ]
	[[ $output == *"line 3: dependencies: it would wait for itself, by way of line 4"* ]]
	printf '%s\n' '{"command":"true","dependencies":[{"ref":"x"}]}' >nobody
	run jobsub --bulk nobody --atomic
	[ "$status" -eq 65 ]
	[[ $output == *'line 1: dependencies: no line has the name "x"'* ]]
	printf '%s\n' '{"ref":"c","command":"true","dependencies":[{"ref":"d"}]}' \
	    '{"ref":"d","command":"true","resources":{"cpu_cores":90000}}' >large
	run jobsub --bulk large --atomic
	[ "$status" -eq 69 ]
	[[ $output == *"line 2: "* ]]
	run jobsub --bulk nobody
	[ "$status" -eq 65 ]
	[[ $output == *"names go with --bulk and --atomic"* ]]
	[ "$(jobq -h -a -A -o id)" = 1 ]
}

# The script of job(7), with steps of which one fails or none.
workflow() {
	sed -n '/^\.Ss Workflows/,/^\.Ed/p' "$BATS_TEST_DIRNAME/../man/job.7" |
	    sed -n '/^#!/,/^\.Ed/p' | sed '/^\.Ed/d; s/\\e$/\\/' >"$JOB_TEST/flow"
	printf '#!/bin/sh\necho %s $1 >>out\n' fetch >"$JOB_TEST/fetch"
	printf '#!/bin/sh\necho half $1 >>out\n[ $1 != %s ]\n' "$1" >"$JOB_TEST/half"
	printf '#!/bin/sh\necho merge >>out\n' >"$JOB_TEST/merge"
	chmod +x "$JOB_TEST"/{flow,fetch,half,merge}
	(cd "$JOB_TEST" && PATH=$PATH:. ./flow)
}

@test "job(7): the workflow does as it says" {
	start_jobd
	workflow none
	[ "$(sort "$JOB_TEST/out" | paste -sd,)" = 'fetch,half left,half right,merge' ]
	[ "$(tail -n 1 "$JOB_TEST/out")" = merge ]
	is "$(cat "$JOB_TEST/alarm.id")" cancelled
}

@test "job(7): and its handler is told what failed" {
	start_jobd
	run workflow left
	[[ $output == *merge* ]]
	jobwait -Q "$(cat "$JOB_TEST/alarm.id")"
	grep -q '^JOB_PARENT_2_STATUS=1$' "$JOB_TEST/alarm.txt"
	grep -q '^JOB_PARENT_2_REASON=NonZeroExit$' "$JOB_TEST/alarm.txt"
	grep -q '^JOB_PARENT_4_REASON=DependencyFailed$' "$JOB_TEST/alarm.txt"
	grep -q '^JOB_PARENT_IDS=1 2 3 4$' "$JOB_TEST/alarm.txt"
}
