#!/usr/bin/env bats
# The output of jobs on other hosts, by way of the command transport: it comes back over a
# connection of its own, byte for byte, whatever is cut meanwhile.

load lib/common

setup() {
	job_setup
	printf 'local_worker = no\nheartbeat = 1s\nlease = 5s\nkill_grace = 0s\n' >>"$JOB_CONFIG"
	cat >"$JOB_TEST/cable" <<-'SCRIPT'
	#!/bin/sh
	test ! -e "$JOB_TEST/cut-$1" || { echo "cable $1 is cut" >&2; exit 1; }
	echo $$ >>"$JOB_TEST/cables-$1"
	exec jobworker attach --dir "$JOB_TEST/host-$1"
	SCRIPT
	chmod +x "$JOB_TEST/cable"
	mkdir -m 700 "$JOB_SPOOL"
	cd "$JOB_TEST" || return
}

teardown() {
	local dir
	[ -z "$JOBD_PID" ] || stop_jobd	# it would start them again
	for dir in "$JOB_TEST"/host-*; do
		stop_agent "$dir"
	done
	job_teardown
}

host() {
	echo "$1 transport=command command='$JOB_TEST/cable %n' cpus=${2:-4}" >>"$JOB_SPOOL/workers"
}
worker_of() { cut -d' ' -f1 "$JOB_TEST/host-$1/lock"; }
log_pid() { pgrep -P "$JOBD_PID" -f 'jobd: log'; }
log_of() { joblog --path "$@" "$JOB"; }
idle() { [ -z "$(ls -A "$JOB_TEST/host-a/out")" ]; }	# all of it is acknowledged

# submit [OPTION...] TEXT: JOB is its number.
submit() { JOB=$(jobsub -D "$JOB_TEST" "${@:1:$#-1}" --wrap "${*: -1}"); }

# Writes numbered lines to both streams until `finish` is there, and keeps what it wrote.
# shellcheck disable=SC2016 # the job expands it
writer='exec 3>wrote.out 4>wrote.err; i=0
	while [ ! -e finish ]; do
		i=$((i + 1)); s=$(printf "%s %0200d" $i $i)
		echo "$s"; echo "$s" >&3; echo "err $i" >&2; echo "err $i" >&4
		[ $((i % 50)) -ne 0 ] || sleep 0.01
	done'

# What is in the log is what the writer has written, no more and no less.
writer_is_whole() {
	touch finish
	jobwait "$JOB"
	joblog "$JOB" >got.out 2>got.err
	cmp wrote.out got.out
	cmp wrote.err got.err
	poll 10 idle
}
grows_beyond() { [ "$(stat -c %s "$(log_of -o)" 2>/dev/null || echo 0)" -gt "$1" ]; }
grown() { stat -c %s "$(log_of -o)"; }

@test "what a job writes on a host is in the log when it has ended, and gone from the host" {
	host a
	start_jobd
	submit 'echo out; echo err >&2'
	jobwait "$JOB"
	[ "$(joblog -o "$JOB")" = out ]
	[ "$(joblog -e "$JOB" 2>&1)" = err ]
	[ "$(log_of -o)" = "$(echo "$JOB_SPOOL"/log/*/*/*/000/000/1/1/stdout.log)" ]
	joblog --meta "$JOB" | grep -q '"stdout_bytes": 4'
	poll 5 idle
	submit true
	jobwait "$JOB"
	[ -z "$(joblog "$JOB" 2>&1)" ]
	[ ! -e "$(dirname "$(log_of -o)")" ]
	grep -q "JOB_LOG_DIR=$JOB_TEST/host-a/out/3.1" <(
		submit env
		jobwait "$JOB"
		joblog "$JOB"
	)
}

@test "five megabytes of each stream, byte for byte, in both kinds of --log-max" {
	host a
	head -c 5000000 /dev/urandom >big
	start_jobd
	submit 'cat big & cat big >&2; wait'
	jobwait "$JOB"
	joblog "$JOB" >out 2>err
	cmp big out
	cmp big err
	poll 10 idle
	submit --log-max 1M 'cat big'
	jobwait "$JOB"
	joblog "$JOB" >out
	cmp -n 500000 big out
	[ "$(tail -c 262144 big | cksum)" = "$(tail -c 262144 out | cksum)" ]
	grep -qa 'bytes cut' out
	submit --timestamps 'echo x'
	jobwait "$JOB"
	joblog "$JOB" | grep -q '^20[0-9-]*T[0-9:.]*Z x$'
}

@test "joblog -f shows what a host's job writes while it runs" {
	host a
	start_jobd
	submit 'echo one; while [ ! -e go ]; do sleep 0.02; done; echo two'
	joblog -f "$JOB" >live 3>&- &
	poll 5 grep -q one live
	[ ! -e go ]
	touch go
	wait $!
	[ "$(cat live)" = $'one\ntwo' ]
}

@test "the connections are cut again and again: nothing is lost or comes twice" {
	host a
	start_jobd
	submit "$writer"
	for _ in 1 2 3; do
		poll 10 grows_beyond "$(($(grown 2>/dev/null || echo 0) + 100000))"
		touch cut-a
		# shellcheck disable=SC2046 # numbers of processes
		kill -KILL $(cat cables-a) 2>/dev/null || :
		: >cables-a
		rm cut-a
	done
	writer_is_whole
}

@test "the log process, jobworker and jobd are killed: nothing is lost or comes twice" {
	host a
	start_jobd
	submit "$writer"
	poll 10 grows_beyond 100000
	kill -KILL "$(log_pid)"
	poll 10 grows_beyond "$(($(grown) + 100000))"
	kill -KILL "$(worker_of a)"
	poll 10 grows_beyond "$(($(grown) + 100000))"
	kill -KILL "$(pgrep -P "$JOBD_PID" -f 'jobd: cable')"
	poll 10 grows_beyond "$(($(grown) + 100000))"
	kill_jobd
	start_jobd
	poll 15 grows_beyond "$(($(grown) + 100000))"
	writer_is_whole
}

@test "a job that ends while its host is cut off: its output comes afterwards" {
	host a
	start_jobd
	submit 'echo one; while [ ! -e go ]; do sleep 0.02; done; cat big; echo two'
	head -c 300000 /dev/urandom >big
	poll 5 grows_beyond 0
	touch cut-a
	# shellcheck disable=SC2046 # numbers of processes
	kill $(cat cables-a) 2>/dev/null || :
	touch go
	poll 5 grep -q '"cause": "exit"' host-a/out/1.1/execution_metadata.json
	rm cut-a
	jobwait "$JOB"
	joblog "$JOB" >got
	cmp <(echo one; cat big; echo two) got
}

@test "a worker may not write the log of a job that another one has" {
	host a
	host b
	start_jobd
	poll 10 test -d host-b/out
	sed -i /^b/d "$JOB_SPOOL/workers"
	poll 15 grep -q 'worker b: is no worker any more' "$JOB_SPOOL/jobd.log"
	submit 'echo mine'
	jobwait "$JOB"
	host b
	mkdir host-b/out/1.1 host-b/out/9.1
	echo forged >host-b/out/1.1/stdout.log
	echo forged >host-b/out/9.1/stderr.log
	said() { grep -q "worker b: the output of $1 stays there: $2" "$JOB_SPOOL/jobd.log"; }
	poll 15 said 1.1 'it was not given'
	poll 5 said 9.1 'there is no such job'
	[ "$(joblog 1)" = mine ]
	[ "$(cat host-b/out/1.1/stdout.log)" = forged ]
}

@test "a flood holds up neither another job's output nor its end" {
	host a
	start_jobd
	submit --log-max 1G 'while [ ! -e finish ]; do cat /dev/zero | head -c 1000000; done'
	poll 10 grows_beyond 1000000
	for _ in 1 2 3; do
		began=$(date +%s%3N)
		[ "$(submit 'echo quick' && jobwait "$JOB" && joblog "$JOB")" = quick ]
		[ $(($(date +%s%3N) - began)) -lt 5000 ]
	done
	touch finish
	jobwait 1
	poll 20 idle
}
