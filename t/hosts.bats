#!/usr/bin/env bats
# Workers on other hosts, by way of the command transport: a script is the cable, and each
# "host" is a folder.  What is done to the cable is done to the connection.

load lib/common

setup() {
	job_setup
	cat >>"$JOB_CONFIG" <<-CONF
	local_worker = no
	heartbeat = 1s
	lease = 2s
	kill_grace = 0s
	CONF
	cat >"$JOB_TEST/cable" <<-'SCRIPT'
	#!/bin/sh
	test ! -e "$JOB_TEST/cut-$1" || { echo "cable $1 is cut" >&2; exit 1; }
	echo $$ >>"$JOB_TEST/cables-$1"	# one for orders, one for output
	exec jobworker attach --dir "$JOB_TEST/host-$1"
	SCRIPT
	chmod +x "$JOB_TEST/cable"
	mkdir -m 700 "$JOB_SPOOL"
}

teardown() {
	local dir
	[ -z "$JOBD_PID" ] || stop_jobd	# it would start them again
	for dir in "$JOB_TEST"/host-*; do
		end_host "${dir##*/host-}"
	done
	job_teardown
}

# cables HOST [-SIGNAL]: to all its connections that ever were.
cables() {
	# shellcheck disable=SC2046 # numbers of processes
	kill ${2:+"$2"} $(cat "$JOB_TEST/cables-$1") 2>/dev/null || :
}

hosts() {
	local host
	for host; do
		echo "$host transport=command command='$JOB_TEST/cable %n' cpus=1"
	done >"$JOB_SPOOL/workers"
}

attached() { jobadm worker list -h -o name,health | grep -q "^$1 *healthy"; }
state_is() { [ "$(jobq -h -a -j "$1" -o status)" = "$2" ]; }
worker_of() { jobq -h -a -j "$1" -o worker; }

# A job that says when it began, and each 20 ms that it is there.
# shellcheck disable=SC2016 # the job expands it
submit_witness() {
	jobsub -D "$JOB_TEST" "$@" --wrap 'echo "$JOB_WORKER.$JOB_FENCE" >>starts
		while [ ! -e finish ]; do
			date +%s%3N >"seen-$JOB_WORKER"; sleep 0.02
		done'
}
starts() { wc -l <"$JOB_TEST/starts"; }
started() { [ -e "$JOB_TEST/starts" ] && [ "$(starts)" -eq "$1" ]; }

@test "hosts of the workers file run jobs, and say who they are" {
	hosts a b c
	start_jobd
	poll 5 attached a
	poll 5 attached b
	poll 5 attached c
	for _ in 1 2 3; do
		# shellcheck disable=SC2016 # the job expands it
		jobsub -D "$JOB_TEST" --wrap 'echo $JOB_WORKER >>who
			until [ $(wc -l <who) -ge 3 ]; do sleep 0.02; done'
	done
	jobwait 1 2 3
	[ "$(sort "$JOB_TEST/who" | paste -sd' ')" = "a b c" ]
}

@test "the file is read again when it changes; a bad one changes nothing" {
	start_jobd
	jobsub true
	[ "$(jobq -h -o reason)" = WorkersUnavailable ]
	hosts a
	poll 5 attached a
	jobwait 1
	echo 'b usr=x' >>"$JOB_SPOOL/workers"
	poll 5 grep -q 'workers:2: unknown key "usr"; did you mean "user"?' "$JOB_SPOOL/jobd.log"
	attached a
	hosts b
	poll 5 attached b
	run jobadm worker list -h -o name,status,reason
	[[ $output == *"a "*inactive*"not in the workers file any more"* ]]
}

@test "a host that cannot be reached is listed with the reason, and called again" {
	touch "$JOB_TEST/cut-a"
	hosts a
	start_jobd
	says() { jobadm worker list -h -o name,health,reason | grep -q "$1"; }
	poll 5 says 'a *unhealthy *cable a is cut'
	rm "$JOB_TEST/cut-a"
	poll 15 attached a
	[ "$(jobadm worker list -h -o reason)" = - ]
}

@test "a connection that is lost ends no job; it is adopted" {
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	cables a
	poll 5 grep -q 'worker a attached, holds 1' "$JOB_SPOOL/jobd.log"
	touch "$JOB_TEST/finish"
	jobwait 1
	[ "$(starts)" -eq 1 ]
}

@test "a host that is cut off ends its job with its lease, then another runs it" {
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	hosts a b
	poll 5 attached b
	touch "$JOB_TEST/cut-a"
	cables a -STOP	# half open: nothing is said, nothing is heard
	poll 10 started 2
	first=$(cat "$JOB_TEST/seen-a")
	poll 5 test -s "$JOB_TEST/seen-b"
	[ "$first" = "$(cat "$JOB_TEST/seen-a")" ]	# it was over before the other began
	[ "$(cat "$JOB_TEST/starts")" = $'a.1\nb.2' ]
	run jobadm worker list -h -o name,health,reason
	[[ $output == *"a "*unhealthy*"cable a is cut"* ]]
	grep -q 'worker a: lost: its lease is over' "$JOB_SPOOL/jobd.log"
	touch "$JOB_TEST/finish"
	jobwait 1
	[[ $(jobstat --attempts 1) == *NodeLost* ]]
	while read -r pid; do
		poll 5 gone "$pid"	# though it was stopped
	done <"$JOB_TEST/cables-a"
	rm "$JOB_TEST/cut-a"
	poll 15 attached a
	[ "$(starts)" -eq 2 ]
}

# In a network where nothing more is heard of it, a host stops for longer than its lease: another
# runs its job, and what it says of it when it goes on is late.
@test "the result of a lost execution that comes back late is kept, and changes nothing" {
	hosts a
	start_jobd
	submit_witness
	poll 10 started 1
	hosts a b
	poll 10 attached b
	touch "$JOB_TEST/cut-a"
	cables a -STOP
	poll 20 started 2
	rm "$JOB_TEST/cut-a"
	kept() { jobstat --attempts 1 | grep -q '^ *1 .* a .*NodeLost.* fenced'; }
	poll 30 kept
	touch "$JOB_TEST/finish"
	jobwait 1
	jobstat --attempts --json 1 | grep -A1 '"late_result": "fenced"' | grep '"late_at": "20'
	[[ $(jobstat --events 1) == *"late result "*"told after it was given up: fenced"* ]]
	[ "$(jobq -h -a -j 1 -o worker,status)" = "b  completed" ]
}

@test "jobd is killed: its last words keep jobs from ending with their lease" {
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	kill_jobd
	poll 5 grep -q 'jobd of epoch 1 has ended' "$JOB_TEST/host-a/jobworker.log"
	until=$(($(date +%s%3N) + 3000))	# longer than the lease
	lives() { [ "$(cat "$JOB_TEST/seen-a")" -gt $until ]; }
	poll 10 lives
	start_jobd
	poll 5 attached a
	touch "$JOB_TEST/finish"
	jobwait 1
	[ "$(starts)" -eq 1 ]
}

@test "with the last words lost, too, the lease holds: the job ends, and runs again" {
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	kill -KILL "$(pgrep -P "$JOBD_PID" -f 'jobd: cable')"
	touch "$JOB_TEST/cut-a"
	cables a
	ended() { ! pgrep -f 'JOB_WORKER[.][$]JOB_FENCE' >/dev/null; }
	poll 6 ended
	rm "$JOB_TEST/cut-a"
	poll 15 started 2
	touch "$JOB_TEST/finish"
	jobwait 1
	[[ $(jobstat --attempts 1) == *NodeLost* ]]
}

@test "worker lost --confirmed-dead gives its jobs to others at once" {
	sed -i 's/^lease = .*/lease = 1h/' "$JOB_CONFIG"
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	run jobadm worker lost --confirmed-dead a
	[ "$status" -eq 65 ]
	[[ $output == *"it is attached, and so not dead"* ]]
	run jobadm worker lost a
	[ "$status" -eq 64 ]
	hosts a b
	poll 5 attached b
	touch "$JOB_TEST/cut-a"
	kill -STOP "$(cut -d' ' -f1 "$JOB_TEST/host-a/lock")"	# as good as dead
	cables a
	down() { ! attached a; }
	poll 5 down
	jobadm worker lost --confirmed-dead a
	poll 5 started 2
	touch "$JOB_TEST/finish"
	jobwait 1
	kill -CONT "$(cut -d' ' -f1 "$JOB_TEST/host-a/lock")"
}

@test "a job that is not to be requeued fails when its host is lost" {
	hosts a
	start_jobd
	submit_witness --no-requeue
	poll 5 started 1
	touch "$JOB_TEST/cut-a"
	cables a -STOP
	run jobwait 1
	[ "$status" -eq 125 ]
	[ "$(jobq -h -a -j 1 -o status,reason)" = "failed  NodeLost" ]
}

@test "jobadm worker add: a host behind a command; what it has is held against what is said" {
	start_jobd
	run jobadm worker add a --transport command --command "$JOB_TEST/cable %n" --cpus 1000 \
	    --memory 1G --disk 2G --gpus 3 --user me
	[ "$status" -eq 0 ]
	[[ $output == *"WARN  a host     the workers file gives it 1000 cpus"* ]]
	has=$(jobadm worker list --parsable -h -o cpus,mem,disk,gpus)
	[ "$has" = '1000/1000|1G/1G|2G/2G|3/3' ]
	way="transport=command command='$JOB_TEST/cable %n'"
	[ "$(cat "$JOB_SPOOL/workers")" = "a $way cpus=1000 memory=1G disk=2G gpus=3 user=me" ]
	touch "$JOB_TEST/cut-b"
	run jobadm worker add b --transport command --command "$JOB_TEST/cable %n"
	[ "$status" -eq 69 ] || { echo "$status: $output"; false; }
	[[ $output == *"FAIL  b connect  cable b is cut: try the command= by hand"* ]]
	[ "$(wc -l <"$JOB_SPOOL/workers")" -eq 1 ]
}

@test "jobadm worker drain --requeue sends its jobs elsewhere; resume takes it back" {
	hosts a b
	start_jobd
	poll 5 attached a
	poll 5 attached b
	submit_witness
	poll 5 started 1
	first=$(worker_of 1)
	jobadm worker drain --reason 'new disk' --requeue --wait "$first"
	poll 5 started 2
	[ "$(worker_of 1)" != "$first" ]
	run jobadm worker list -h -o name,state,running,reason
	[[ $output == *"$first "*draining*0*"new disk"* ]]
	jobadm worker resume "$first"
	attached "$first"
	touch "$JOB_TEST/finish"
	jobwait 1
}

@test "jobadm worker drain --deadline lets jobs run on for a while" {
	hosts a
	start_jobd
	submit_witness
	poll 5 started 1
	exits_64() { run jobadm worker drain --reason x --deadline soon a; [ "$status" -eq 64 ]; }
	exits_64
	jobadm worker drain --reason x --deadline 200ms a	# returns when it is gone
	[ "$(jobq -h -a -j 1 -o status,reason)" = "queued  WorkersUnavailable" ]
	hosts a b
	poll 5 started 2
	jobsub -D "$JOB_TEST" --wrap 'touch finish'
	hosts a b c
	jobwait 1 2
	jobadm worker drain --reason x --wait b c
}

@test "a host that cannot start jobs is drained, and says why" {
	hosts a
	start_jobd
	poll 5 attached a
	rm -r "$JOB_TEST/host-a/exec"	# where it keeps its records
	jobsub true
	state() { jobadm worker list -h -o state,health,reason | grep -q "$1"; }
	poll 10 state 'draining *degraded *3 jobs in a row could not start: '
	jobcancel -Q 1	# or it would be drained again, at once
	jobadm worker resume a
	poll 5 state 'active  *healthy'
}

@test "jobadm worker list tells how far away a host and its clock are" {
	hosts a
	start_jobd
	poll 5 attached a
	told() { jobadm worker list -h -o rtt,clock,heard | grep -qE "$1"; }
	poll 5 told '^ *[0-9]+ms +[+-][0-9]+ms +00:0'
	run jobadm worker list --json
	[[ $output == *'"since":"20'*'"round_trip_ms":'*'"clock_offset_ms":'* ]]
	[ "$(jobadm worker list -h -o skew)" = - ]
}
