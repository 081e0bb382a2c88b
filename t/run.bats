#!/usr/bin/env bats
# Jobs run, are tried again, depend on each other, end in time and as a whole.

# shellcheck disable=SC2016,SC1003 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

status_of() { jobstat --json "$1" | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p' | head -n 1; }
reason_of() { jobstat --json "$1" | sed -n 's/.*"reason": *"\([A-Za-z]*\)".*/\1/p' | head -n 1; }
is() { [ "$(status_of "$1")" = "$2" ]; }
for_reason() { [ "$(reason_of "$1")" = "$2" ]; }
written() { [ -s "$1" ]; }

@test "a failing command is not run again by itself" {
	start_jobd
	id=$(jobsub -- sh -c "echo x >>$JOB_TEST/ran; exit 1")
	run jobwait "$id"
	[ "$status" -eq 1 ]
	[ "$(wc -l <"$JOB_TEST/ran")" -eq 1 ]
	for_reason "$id" NonZeroExit
}

@test "retries: as many as asked for, each with its number" {
	start_jobd
	id=$(jobsub -r 2 --retry-policy immediate -- sh -c 'echo "$JOB_ATTEMPT $JOB_FENCE"; exit 9')
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 9 ]
	[ "$(joblog -a all -o "$id" | grep -c .)" -ge 3 ]
	[ "$(joblog -o "$id")" = "3 3" ]
}

@test "a retry waits its time and says so" {
	start_jobd
	id=$(jobsub -r 1 --retry-delay 1h -- false)
	poll 5 for_reason "$id" RetryWait
	jobctl requeue --now "$id"
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 1 ]
}

@test "user and permanent errors are not retried, unless asked for" {
	start_jobd
	id=$(jobsub -r 3 --retry-policy immediate -- sh -c "echo x >>$JOB_TEST/a; exit 64")
	jobwait --timeout 20s "$id" || :
	[ "$(wc -l <"$JOB_TEST/a")" -eq 1 ]
	id=$(jobsub -r 1 --retry-policy immediate --retry-on 64 -- \
	    sh -c "echo x >>$JOB_TEST/b; exit 64")
	jobwait --timeout 20s "$id" || :
	[ "$(wc -l <"$JOB_TEST/b")" -eq 2 ]
}

@test "dependencies: ok, notok, any" {
	start_jobd
	good=$(jobsub -H true)
	bad=$(jobsub -H false)
	a=$(jobsub -d "ok:$good" true)
	b=$(jobsub -d "notok:$good" true)
	c=$(jobsub -d "notok:$bad" true)
	d=$(jobsub -d "any:$bad,ok:$good" true)
	e=$(jobsub -d "ok:$b" true)
	for_reason "$a" Dependency
	jobctl release "$good" "$bad"
	jobwait --timeout 20s "$a" "$c" "$d"
	poll 5 is "$b" cancelled
	poll 5 is "$e" cancelled
	for_reason "$e" DependencyFailed
}

@test "priorities, then first come first served" {
	start_jobd
	cpus=$(nproc)
	block=$(jobsub -c "$cpus" -- sh -c "until [ -e $JOB_TEST/go ]; do sleep 0.02; done")
	poll 5 is "$block" running
	ids=()
	for p in 100 500 500 900; do
		ids+=("$(jobsub -c "$cpus" -p "$p" -- sh -c "echo \$JOB_ID >>$JOB_TEST/order")")
	done
	: >"$JOB_TEST/go"
	jobwait --timeout 20s "${ids[@]}"
	[ "$(paste -sd' ' "$JOB_TEST/order")" = "${ids[3]} ${ids[1]} ${ids[2]} ${ids[0]}" ]
}

@test "the run limit ends the whole tree, and TERM is tried first" {
	start_jobd
	id=$(jobsub -t 1s --kill-grace 5s -- \
	    bash -c "trap 'echo term >>$JOB_TEST/said; exit 0' TERM; sleep 100 & wait")
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 124 ]
	[ "$(cat "$JOB_TEST/said")" = term ]
	for_reason "$id" Timeout
}

@test "who ignores TERM is killed after the grace" {
	start_jobd
	id=$(jobsub -t 1s --kill-grace 1s -- bash -c 'trap "" TERM; while :; do sleep 1; done')
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 124 ]
}

@test "a daemonized grandchild does not survive its job" {
	start_jobd
	id=$(jobsub -- bash -c "(setsid setsid sleep 1000 & echo \$! >$JOB_TEST/pid) ; exit 0")
	jobwait --timeout 20s "$id"
	written "$JOB_TEST/pid"
	run ! kill -0 "$(cat "$JOB_TEST/pid")"
}

@test "cancel: queued at once, running with its children" {
	start_jobd
	id=$(jobsub -H true)
	jobcancel "$id"
	is "$id" cancelled
	for_reason "$id" ByUser
	id=$(jobsub -- bash -c "sleep 1000 & echo \$! >$JOB_TEST/pid; wait")
	poll 5 written "$JOB_TEST/pid"
	jobcancel --now "$id"
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 125 ]
	is "$id" cancelled
	run ! kill -0 "$(cat "$JOB_TEST/pid")"
	run jobcancel "$id"
	[ "$status" -eq 1 ] || [ "$status" -eq 66 ]
	jobcancel -Q "$id"
}

@test "a job for later waits for its time" {
	start_jobd
	id=$(jobsub --at +1h true)
	for_reason "$id" BeginTime
	id=$(jobsub --at +1s true)
	jobwait --timeout 20s "$id"
}

@test "deadline and queue timeout" {
	start_jobd
	id=$(jobsub --deadline +1s --kill-grace 1s sleep 100)
	run jobwait --timeout 20s "$id"
	is "$id" failed
	for_reason "$id" Deadline
	block=$(jobsub -c "$(nproc)" sleep 100)
	id=$(jobsub --queue-timeout 1s true)
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 125 ]
	for_reason "$id" Expired
	jobcancel --now "$block"
	jobwait --timeout 20s "$block" || :
}

@test "rerun begins a new series" {
	start_jobd
	id=$(jobsub -- sh -c "echo x >>$JOB_TEST/ran; test \$(wc -l <$JOB_TEST/ran) -eq 2")
	run jobwait "$id"
	[ "$status" -eq 1 ]
	jobctl rerun "$id"
	jobwait --timeout 20s "$id"
	run jobctl rerun "$id"
	[ "$status" -ne 0 ]
}

@test "a drained worker takes nothing, and the job says so" {
	start_jobd
	jobwait "$(jobsub true)"
	jobadm worker drain local --reason "new disk"
	id=$(jobsub true)
	for_reason "$id" WorkersUnavailable
	jobadm worker list | grep -q 'new disk'
	jobadm worker undrain local
	jobwait --timeout 20s "$id"
}

@test "memory beyond the limit is recognised" {
	start_jobd
	id=$(jobsub -m 64M -- bash -c 'x=$(head -c 300000000 /dev/zero | tr "\0" x); echo "${#x}"')
	jobwait --timeout 30s "$id" || :
	[ "$(status_of "$id")" = failed ]
	jobstat --attempts "$id" | grep -Eq 'cgroup|rlimit'
	[ "$(id -u)" -ne 0 ] || for_reason "$id" OutOfMemory
}

# hungry MIB: a job that keeps so much in memory, and fails when it is not let.
hungry() { echo "head -c ${1}M /dev/zero | { tail -n 1 >/dev/null || exit 9; }"; }
booked() { jobstat --json "$1" | sed -n 's/.*"memory_gb": *\([0-9.]*\).*/\1/p' | head -n 1; }
attempts() { jobstat --json "$1" | sed -n 's/.*"attempts": *\([0-9]*\).*/\1/p' | head -n 1; }

@test "out of memory, by the kernel's word: again with more, up to a bound" {
	[ "$(id -u)" -eq 0 ] || skip 'a cgroup of its own needs root'
	start_jobd
	more=(jobsub -m 64M -r 5 --retry-policy immediate)
	id=$("${more[@]}" --retry-mem 2x:128M --wrap "$(hungry 90)")
	jobwait --timeout 60s "$id" || [ $? -ne 75 ]
	jobstat --attempts "$id" | grep -q cgroup || skip 'no memory cgroup here'
	is "$id" completed
	[ "$(attempts "$id") $(booked "$id")" = '2 0.125' ]
	id=$("${more[@]}" --retry-mem 2x:128M --wrap "$(hungry 200)")
	jobwait --timeout 60s "$id" || [ $? -ne 75 ]
	for_reason "$id" OutOfMemory
	is "$id" failed			# there is no more than 128M
	[ "$(attempts "$id") $(booked "$id")" = '2 0.125' ]
	id=$("${more[@]}" --wrap "$(hungry 90)")
	jobwait --timeout 60s "$id" || [ $? -ne 75 ]
	for_reason "$id" OutOfMemory
	[ "$(attempts "$id")" = 1 ]	# without the option it is not tried again
}

@test "joblog -f follows from the queue to the end" {
	start_jobd
	id=$(jobsub -H -- bash -c 'for i in 1 2 3; do echo "line $i"; sleep 0.1; done')
	joblog -f "$id" >"$JOB_TEST/followed" 3>&- 4>&- &
	follower=$!
	jobctl release "$id"
	wait "$follower"
	[ "$(cat "$JOB_TEST/followed")" = "$(printf 'line %s\n' 1 2 3)" ]
}

@test "doctor finds nothing to complain about" {
	start_jobd
	jobwait "$(jobsub true)"
	run jobadm doctor
	echo "$output"
	[ "$status" -eq 0 ]
}
