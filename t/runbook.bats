#!/usr/bin/env bats
# The cases of job-runbook(7), played: the trouble is made, the page followed, the trouble over.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

config() { printf '%s\n' "$@" >"$JOB_CONFIG"; }
of() { jobstat --json "$1" | sed -n "s/^ *\"$2\": \"*\([^\"]*[^\",]\)\"*,*$/\1/p" | head -n 1; }
is() { [ "$(of "$1" status)" = "$2" ]; }
because() { [ "$(of "$1" reason)" = "$2" ]; }
finds() { jobadm doctor | grep -q " $1 "; }
heals() { jobadm doctor >/dev/null; }

teardown() {
	job_teardown || return
	! mountpoint -q "$JOB_TEST" || umount "$JOB_TEST"
}

@test "the disk is full: old output goes, and jobd goes on by itself" {
	[ "$(id -u)" = 0 ] || skip 'a file system of its own needs root'
	mkdir "$JOB_SPOOL"
	chmod 700 "$JOB_SPOOL"
	mount -t tmpfs -o size=80m,mode=700 none "$JOB_SPOOL" || skip 'mount is not permitted'
	config 'local_worker = no'
	start_jobd
	kept=$(jobsub true)
	mkdir -p "$JOB_SPOOL/log/2020/01/02/000/000/1/1"
	cat /dev/zero >"$JOB_SPOOL/log/2020/01/02/000/000/1/1/stdout.log" 2>/dev/null || :
	refused() { jobsub true 2>/dev/null; [ $? -eq 75 ]; }
	poll 20 refused
	finds space-full
	exits 0 jobadm prune --dry-run --logs --older-than 30d
	[[ $output == *'2020-01-02  logs '* ]]
	exits 0 jobadm prune --logs --older-than 30d
	poll 20 jobsub true
	is "$kept" queued
	run ! finds jobd-full
	stop_jobd
	umount "$JOB_SPOOL"
}

@test "jobd does not start: it says why, and what to do is done" {
	config 'nonsense = 1'
	exits 78 jobd --spool "$JOB_SPOOL"
	[[ $stderr == *"job.conf:1: unknown key"* ]]
	exits 78 jobd -t
	config ''
	start_jobd
	exits 75 jobd --spool "$JOB_SPOOL"
	[[ $stderr == *"runs already, pid $JOBD_PID"* ]]
	stop_jobd
	uuid=$(jobsub true 2>/dev/null)	# left in the spool
	chmod 777 "$JOB_SPOOL"
	exits 77 jobd --spool "$JOB_SPOOL"
	[[ $stderr == *chmod* ]]
	exits 1 jobadm doctor
	[[ $output == *'spool-missing '*'chmod go-w'* ]]
	chmod 700 "$JOB_SPOOL"
	start_jobd
	exits 0 jobwait "$uuid"
}

@test "a job hangs: looked at, given time, begun anew, ended" {
	start_jobd
	id=$(jobsub -c 0.1 -t 1m --wrap 'echo here; sleep 1000')
	said() { joblog "$id" | grep -q here; }
	poll 10 said
	poll 10 is "$id" running
	jobctl suspend "$id"
	because "$id" Suspended
	jobctl resume "$id"
	jobctl set "$id" time=+2h
	[ "$(of "$id" max_execution_time)" = 7260 ]
	jobctl requeue --now "$id"
	second() { [ "$(jobq -h -o executions -j "$id")" -eq 2 ]; }
	poll 10 second
	exits 0 jobcancel --now -W "$id"
}

@test "a job is lost: found by name and UUID, and run again" {
	config 'history_after = 0'
	start_jobd
	id=$(jobsub -J lost --no-requeue -c 0.1 sleep 1000)
	poll 10 is "$id" running
	[[ $(jobq -h -a -A -n lost --since -7d -o id) == "$id" ]]
	# Its supervisor is killed, so that nobody knows how it ended.
	kill -KILL "$(jobworker status --dir "$JOB_SPOOL/worker" |
	    awk -v x="$id.1" '$1 == x { print $3 }')"
	poll 20 because "$id" NodeLost
	[[ $(jobstat --attempts "$id") == *NodeLost* ]]
	sql() { sqlite3 "$JOB_SPOOL/state.db" "$1"; }
	moved() { [ "$(sql "SELECT count(*) FROM jobs WHERE job_id = $id")" = 0 ]; }
	poll 10 moved
	new=$(jobctl rerun "$id")
	[ "$new" -gt "$id" ]
	exits 0 jobworker sweep --dir "$JOB_SPOOL/worker"
	jobcancel --now -W "$new"
}

@test "a damaged database: the doctor says so, and a backup brings it back" {
	config 'history_after = 0'
	start_jobd
	one=$(jobsub echo one)
	jobwait "$one"
	held=$(jobsub -H true)
	jobadm backup "$JOB_TEST/b"
	stop_jobd
	stop_worker
	dd if=/dev/urandom of="$JOB_SPOOL/state.db" bs=1 seek=8192 count=3000 conv=notrunc \
	    2>/dev/null
	exits 1 jobadm doctor
	[[ $output == *'FAIL  database-damaged '* ]]
	cp -a "$JOB_SPOOL" "$JOB_TEST/broken"
	exits 0 jobadm backup --verify "$JOB_TEST/b"
	exits 0 jobadm restore "$JOB_TEST/b"
	start_jobd
	is "$held" queued
	finds jobd-restored
	jobadm restore --accept
	poll 10 heals
	exits 0 jobsub --wait true
}

@test "a user floods the queue: others first, held, let go, ended" {
	config 'local_worker = no'
	start_jobd
	for _ in 1 2 3; do jobsub -c 0.1 true; done
	waiting() { jobq -h -A -t PD -o id; }
	[ "$(jobq -A -t PD -h -o user | sort -u)" = "$(id -un)" ]
	waiting | jobctl set prio=100 -
	[ "$(jobq -A -h -o pri | sort -u)" = 100 ]
	waiting | jobctl hold --reason 'too many' -
	because 2 Held
	waiting | jobctl release -
	run ! because 2 Held
	[ "$(jobcancel --dry-run -t PD | wc -l)" = 3 ]
	exits 0 jobcancel --yes -t PD
	[ -z "$(waiting)" ]
}
