#!/usr/bin/env bats
# joblog: lines that are chosen, several jobs, several who look.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

ids() { paste -sd,; }

setup() {
	job_setup
	# The home of a job is its user's, not this one's.
	until_go="until [ -e '$JOB_TEST/go' ]; do sleep 0.05; done"
}

@test "joblog: --grep, --since and -t choose lines, and tell when" {
	start_jobd
	stamped=$(jobsub --timestamps --wrap 'echo one; echo two; echo err >&2')
	plain=$(jobsub --wrap 'seq 20; seq 100 120 >&2')
	jobwait "$stamped" "$plain"
	[ "$(joblog -o --grep '^1' -n 2 "$plain" | ids)" = 18,19 ]
	[ "$(joblog -o --grep '^(3|20)$' "$plain" | ids)" = 3,20 ]
	[ "$(joblog -o --grep 'tw' "$stamped" | cut -c 26-)" = two ]
	[[ $(joblog -o --utc -t "$stamped" | head -n 1) =~ ^20[0-9-]+T[0-9:]+Z\ one$ ]]
	[[ $(joblog -o --epoch --timestamps "$stamped" | tail -n 1) =~ ^[0-9]{10}\ two$ ]]
	[[ $(joblog -o --relative -t "$stamped" | tail -n 1) =~ ^(now|.*ago)\ two$ ]]
	[ "$(joblog -e -n 1 -t "$plain" 2>&1)" = '- 120' ]
	at=$(joblog -o -t --utc "$stamped" | tail -n 1 | cut -d ' ' -f 1)
	[ "$(joblog --since "$at" -o "$stamped" 2>/dev/null | wc -l)" -ge 1 ]
	[ -n "$(joblog --since 00:00 -o "$stamped" 2>/dev/null)" ]	# today's, not tomorrow's
	exits 0 joblog --since +1h "$stamped"
	[ -z "$output" ]
	exits 0 joblog -o --since 1h "$plain"
	[ "${#lines[@]}" -eq 20 ]
	[ -z "$stderr" ]
	slow=$(jobsub --wrap "echo begun; $until_go; echo on")
	running() { [ "$(joblog -o "$1" 2>/dev/null)" = begun ]; }
	poll 10 running "$slow"
	exits 0 joblog --since 0s "$slow"
	[[ $stderr = *"job $slow: its lines have no times"* ]]
	joblog -f -t --utc -o "$slow" >"$JOB_TEST/out" 3>&- 4>&- &
	pid=$!
	poll 10 grep -qx -- '- begun' "$JOB_TEST/out"
	touch "$JOB_TEST/go"
	wait "$pid"
	[[ $(tail -n 1 "$JOB_TEST/out") =~ ^20[0-9-]+T[0-9:]+Z\ on$ ]]
}

@test "joblog: several jobs, from several places, and all that failed" {
	start_jobd
	a=$(jobsub -c 0.1 -J a --wrap "$until_go; seq 3000")
	b=$(jobsub -c 0.1 -J b -d "ok:$a" --wrap 'echo b; exit 3')
	for n in 1 2 3; do
		joblog -f "$a" >"$JOB_TEST/$n" 2>&1 3>&- 4>&- &
		pids[n]=$!
	done
	joblog -f -o --exit-status "$a" "$b" >"$JOB_TEST/both" 2>"$JOB_TEST/told" 3>&- 4>&- &
	both=$!
	touch "$JOB_TEST/go"
	for n in 1 2 3; do
		wait "${pids[n]}"
		seq 3000 | cmp - "$JOB_TEST/$n"
	done
	status=0
	wait "$both" || status=$?
	[ "$status" -eq 3 ]
	[ "$(wc -l <"$JOB_TEST/both")" -eq 3001 ]
	[ "$(cat "$JOB_TEST/told")" = "joblog: job $a:
joblog: job $b:" ]
	[ "$(joblog -Q -o -n 1 "$a" "$b" | ids)" = 3000,b ]
	c=$(jobsub -J c --wrap 'seq 30; exit 1')
	jobwait -Q "$c" || :
	[ "$(joblog --all-failed -Q | head -n 2 | ids)" = b,21 ]
	[ "$(joblog --all-failed -Q | wc -l)" -eq 11 ]
	exits 0 joblog --all-failed -n 1 "$a-$c"
	[ "$output" = $'b\n30' ]
	[ "$stderr" = "joblog: job $b:
joblog: job $c:" ]
	[ "$(joblog --path -o "$a" "$b" | wc -l)" -eq 2 ]
	exits 0 joblog --all-failed "$a"
	[ "$stderr" = 'joblog: no job has failed' ]
	exits 66 joblog -f -o -a 2 "$a" "$b"
	[[ $stderr = *"job $a has had no attempt 2"*"job $b has had no attempt 2"* ]]
}

@test "joblog: a file of the user's own that is cut or replaced meanwhile" {
	start_jobd
	id=$(jobsub -o "$JOB_TEST/own" --wrap "echo first; $until_go")
	poll 10 test -s "$JOB_TEST/own"
	joblog -f "$id" >"$JOB_TEST/out" 3>&- 4>&- &
	pid=$!
	seen() { grep -q "$1" "$JOB_TEST/out"; }
	poll 10 seen first
	: >"$JOB_TEST/own"
	echo cut >>"$JOB_TEST/own"
	poll 10 seen cut
	mv "$JOB_TEST/own" "$JOB_TEST/own.1"
	echo another file >"$JOB_TEST/own"
	poll 10 seen 'another file'
	rm "$JOB_TEST/own"
	touch "$JOB_TEST/go"
	wait "$pid"
}


# late LOG PID: joblog has looked several times; now the rest of the output comes.
late() {
	looked() {
		[ "$(sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$2/status" 2>/dev/null ||
		    echo 99)" -ge 10 ]
	}
	poll 10 looked "$@"
	echo a3 >>"$1"
	cp "$JOB_TEST/meta" "${1%/*}/execution_metadata.json"
	status=0
	wait "$2" || status=$?
}

@test "joblog -n: nothing is printed before the rest has come from a job's host" {
	start_jobd
	id=$(jobsub --wrap 'echo a1; echo a2')
	jobwait "$id"
	log=$(joblog --path -o "$id")
	stop_jobd
	sqlite3 "$JOB_SPOOL/state.db" "UPDATE job_executions SET worker_node_id = 'web1'"
	mv "${log%/*}/execution_metadata.json" "$JOB_TEST/meta"
	for option in --lines=1 '-n1 --grep a'; do
		status=75
		# It waits for five seconds, in which a busy machine may not come to the rest.
		for ((tries = 0; tries < 5 && status == 75; tries++)); do
			printf 'a1\na2\n' >"$log"
			rm -f "${log%/*}/execution_metadata.json"
			# shellcheck disable=SC2086 # words
			joblog -o $option "$id" >"$JOB_TEST/out" 2>/dev/null 3>&- 4>&- &
			late "$log" $!
		done
		[ "$status" -eq 0 ]
		[ "$(cat "$JOB_TEST/out")" = a3 ]
	done
}
