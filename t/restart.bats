#!/usr/bin/env bats
# Stops, restarts and crashes that jobs do not notice.

bats_require_minimum_version 1.5.0
load lib/common

status_of() { jobstat --json "$1" | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p' | head -n 1; }
is() { [ "$(status_of "$1")" = "$2" ]; }

@test "jobs run on while jobd is stopped, and their end is taken up" {
	start_jobd
	id=$(jobsub -- sh -c "until [ -e $JOB_TEST/go ]; do sleep 0.02; done; echo done; exit 5")
	poll 5 is "$id" running
	stop_jobd
	: >"$JOB_TEST/go"
	is "$id" running
	start_jobd
	run jobwait --timeout 20s "$id"
	[ "$status" -eq 5 ]
	[ "$(joblog "$id")" = "done" ]
}

@test "the same after kill -9 of jobd" {
	start_jobd
	id=$(jobsub -- sh -c "until [ -e $JOB_TEST/go ]; do sleep 0.02; done; echo done")
	poll 5 is "$id" running
	kill_jobd
	: >"$JOB_TEST/go"
	start_jobd
	jobwait --timeout 20s "$id"
	[ "$(joblog "$id")" = "done" ]
}

@test "kill -9 of jobworker: it comes back and adopts what runs" {
	start_jobd
	id=$(jobsub -- sh -c \
	    "echo x >>$JOB_TEST/ran; until [ -e $JOB_TEST/go ]; do sleep 0.02; done; echo done")
	poll 5 is "$id" running
	kill -9 "$(worker_pid)"
	: >"$JOB_TEST/go"
	jobwait --timeout 20s "$id"
	[ "$(wc -l <"$JOB_TEST/ran")" -eq 1 ]
	[ "$(joblog "$id")" = "done" ]
}

@test "looking works without jobd" {
	start_jobd
	id=$(jobsub echo text)
	jobwait --timeout 20s "$id"
	stop_jobd
	[ "$(joblog "$id")" = text ]
	is "$id" completed
	jobq -a | grep -qw "$id"
	start_jobd
	kill_jobd
	is "$id" completed
	[ "$(joblog "$id")" = text ]
}

@test "queued jobs, holds and retry waits survive a restart" {
	start_jobd
	held=$(jobsub -H true)
	later=$(jobsub --at +1h true)
	retry=$(jobsub -r 1 --retry-delay 1h false)
	child=$(jobsub -d "ok:$held" true)
	reason_is() { jobstat --json "$1" | grep -q "\"reason\": *\"$2\""; }
	poll 5 reason_is "$retry" RetryWait
	kill_jobd
	start_jobd
	reason_is "$held" Held
	reason_is "$later" BeginTime
	reason_is "$retry" RetryWait
	reason_is "$child" Dependency
	jobctl release "$held"
	jobwait --timeout 20s "$child"
	jobctl requeue --now "$retry"
	run jobwait --timeout 20s "$retry"
	[ "$status" -eq 1 ]
}

@test "a disk that stalls delays replies and nothing else" {
	skip_unless_root
	command -v strace || skip "no strace"
	start_jobd
	jobwait "$(jobsub true)"
	id=$(jobsub -- sh -c "until [ -e $JOB_TEST/go ]; do sleep 0.02; done")
	poll 5 is "$id" running
	strace -qq -f -p "$JOBD_PID" -e trace=fsync,fdatasync \
	    -e inject=fsync,fdatasync:delay_enter=20000000 \
	    2>"$JOB_TEST/strace" 3>&- 4>&- &
	tracer=$!
	poll 5 grep -q "TracerPid:	[1-9]" "/proc/$JOBD_PID/status"
	jobsub true >"$JOB_TEST/slow" 3>&- 4>&- &
	slow=$!
	jobq >/dev/null
	jobstat "$id" >/dev/null
	kill -0 "$slow"		# its answer waits for the disk; these did not
	kill "$tracer"
	wait "$slow"
	: >"$JOB_TEST/go"
	jobwait --timeout 60s "$id" "$(cat "$JOB_TEST/slow")"
}
