#!/usr/bin/env bats
# The helpers of the other tests, with a stand-in for jobd that leaves a job behind.

load lib/common

setup() {
	job_setup
	mkdir "$JOB_TEST/bin"
	PATH=$JOB_TEST/bin:$PATH
	cat >"$JOB_TEST/bin/jobd" <<-'EOS'
		#!/bin/bash
		mkdir -p "$2"
		[ "$3" != bad ] || { echo "jobd: bad option"; exit 64; }
		[ "$3" != job ] || (cd / && exec setsid sleep 300) &
		(trap 'exit 0' TERM; while :; do sleep 0.01; done) &
		echo $! >"$2/jobd.pid"
	EOS
	chmod +x "$JOB_TEST/bin/jobd"
}

@test "a daemon is started and stopped" {
	start_jobd
	pid=$JOBD_PID
	kill -0 "$pid"
	[[ $(processes) = *$pid* ]]
	stop_jobd
	gone "$pid"
	poll 5 no_processes
}

@test "a daemon that is killed is gone" {
	start_jobd
	pid=$JOBD_PID
	kill_jobd
	gone "$pid"
}

@test "a daemon that does not start says why" {
	run start_jobd bad
	[ "$status" -ne 0 ]
	[ "$output" = "jobd: bad option" ]
}

@test "what a test leaves behind is found, named, ended, and fails the test" {
	start_jobd job
	export JOB_PATIENCE=0
	run job_teardown
	[ "$status" -ne 0 ]
	[[ $output = *"left behind by $JOB_SPOOL"*"sleep 300"* ]]
}
