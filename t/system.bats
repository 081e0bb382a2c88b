#!/usr/bin/env bats
# A system installation: jobd as a user of its own, the worker as root, jobs as whoever submitted.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own
bats_require_minimum_version 1.5.0
load lib/common

# Accounts that every machine has: one for jobd, two who submit.
SERVER=daemon ONE=nobody OTHER=bin

setup() {
	job_setup
	skip_unless_root
	echo "user = $SERVER" >"$JOB_CONFIG"
	chmod 755 "$JOB_TEST"
	chmod 644 "$JOB_CONFIG"
	mkdir "$JOB_TEST/bin"
	cp "$JOB_BUILD"/bin/* "$JOB_BUILD/t/helper/talk" "$JOB_TEST/bin"
	chmod 755 "$JOB_TEST/bin" "$JOB_TEST"/bin/*
	PATH=$JOB_TEST/bin:$PATH
	cd /
}

teardown() {
	[ "$(id -u)" -ne 0 ] || end_worker
	job_teardown
}

# The worker is root's and outlives jobd.
end_worker() {
	local pid
	[ -n "$JOBD_PID" ] && { stop_jobd || :; }
	pid=$(worker_pid) || return 0
	kill -TERM "$pid" 2>/dev/null || :
}

worker_pid() { cut -d' ' -f1 "$JOB_SPOOL/worker/lock" 2>/dev/null; }
as() { setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups --inh-caps=-all "${@:2}"; }
run_as() { run as "$@"; }
logged() { grep -q -- "$1" "$JOB_SPOOL/jobd.log"; }
owner_of() { stat -c %U "/proc/$1"; }
child() { pgrep -P "$JOBD_PID" -f "$1"; }
view_runs() { [ -n "$(child 'jobd: view')" ]; }

@test "who is who: jobd and the view are a user of their own, the keeper and the worker are root" {
	start_jobd
	[ "$(owner_of "$JOBD_PID")" = "$SERVER" ]
	grep -q '^NoNewPrivs:.1' "/proc/$JOBD_PID/status"
	poll 5 view_runs
	[ "$(owner_of "$(child 'jobd: view')")" = "$SERVER" ]
	[ "$(owner_of "$(child 'jobd: keeper')")" = root ]
	poll 5 logged 'worker local attached'
	[ "$(owner_of "$(worker_pid)")" = root ]
	keeper=$(child 'jobd: keeper')
	stop_jobd
	poll 5 gone "$keeper"
}

@test "a job runs as its submitter, in his groups" {
	start_jobd
	id=$(as "$ONE" jobsub -D /tmp -- id)
	as "$ONE" jobwait --timeout 20s "$id"
	[ "$(joblog -o "$id")" = "$(as "$ONE" id)" ]
	id=$(jobsub -D /tmp -- id -un)
	jobwait --timeout 20s "$id"
	[ "$(joblog -o "$id")" = root ]
}

@test "a notice runs only what the configuration allows, as the daemon's user" {
	printf '#!/bin/sh\nid -un >%s/told.new; mv %s/told.new %s/told\n' "$JOB_TEST/out" \
	    "$JOB_TEST/out" "$JOB_TEST/out" >"$JOB_TEST/page"
	chmod 755 "$JOB_TEST/page"
	mkdir "$JOB_TEST/out"
	chown "$SERVER" "$JOB_TEST/out"
	echo "notice_commands = /bin/other, $JOB_TEST/page" >>"$JOB_CONFIG"
	start_jobd
	run_as "$ONE" jobsub -D /tmp --notify "cmd:/bin/true" true
	[ "$status" -eq 77 ]
	[[ $output == *'--notify: /bin/true is not among notice_commands'* ]]
	as "$ONE" jobsub -D /tmp --notify "cmd:$JOB_TEST/page" true
	poll 20 test -s "$JOB_TEST/out/told"
	[ "$(cat "$JOB_TEST/out/told")" = "$SERVER" ]
}

@test "nobody but an administrator runs jobs as somebody else" {
	start_jobd
	run_as "$ONE" jobsub -u "$OTHER" -- id
	[ "$status" -eq 77 ]
	id=$(jobsub -u "$OTHER" -D /tmp -- id -un)
	jobwait --timeout 20s "$id"
	[ "$(joblog -o "$id")" = "$OTHER" ]
}

@test "other users can neither read nor lock the state" {
	start_jobd
	as "$ONE" jobsub -Q -H -- true
	for f in state.db state.db-wal state.db-shm lock jobd.log history log worker; do
		run_as "$ONE" head -c 1 "$JOB_SPOOL/$f"
		[ "$status" -ne 0 ]
	done
	run_as "$ONE" ls "$JOB_SPOOL/incoming"
	[ "$status" -ne 0 ]
	run_as "$ONE" ls "$JOB_SPOOL"
	[ "$status" -ne 0 ]
	run_as "$ONE" touch "$JOB_SPOOL/x"
	[ "$status" -ne 0 ]
}

@test "the view shows what one may see" {
	start_jobd
	id=$(as "$ONE" jobsub -H -J mine --comment hidden -- sh -c 'echo secret')
	[[ $(as "$ONE" jobstat --json "$id") = *secret* ]]
	[[ $(as "$OTHER" jobstat --json "$id") != *secret* ]]
	[[ $(as "$OTHER" jobstat --json "$id") != *hidden* ]]
	[[ $(as "$OTHER" jobq -A -h) = *mine* ]]
	[[ $(jobstat --json "$id") = *secret* ]]
	stop_jobd
	echo 'private_jobs = yes' >>"$JOB_CONFIG"
	start_jobd
	[[ $(as "$ONE" jobq -A -h) = *mine* ]]
	[[ $(as "$OTHER" jobq -A -h) != *mine* ]]
	run_as "$OTHER" jobstat "$id"
	[ "$status" -eq 66 ]
	run_as "$OTHER" jobwait --timeout 5s "$id"
	[ "$status" -eq 66 ]
}

@test "the view is started again when it ends, and works while jobd is dead" {
	start_jobd
	id=$(as "$ONE" jobsub -H -J mine -- true)
	poll 5 view_runs
	kill -9 "$(child 'jobd: view')"
	poll 5 view_runs
	[[ $(as "$ONE" jobq -h) = *mine* ]]
	view=$(child 'jobd: view')
	kill_jobd
	[[ $(as "$ONE" jobq -h) = *mine* ]]
	start_jobd
	poll 10 gone "$view"
	[[ $(as "$ONE" jobq -h) = *mine* ]]
}

@test "the view's socket is made again when it is lost, for a view of its own" {
	start_jobd
	as "$ONE" jobsub -H -J mine -- true
	poll 5 view_runs
	view=$(child 'jobd: view')
	rm "$JOB_SPOOL/view.sock"
	poll 10 test -S "$JOB_SPOOL/view.sock"
	poll 10 gone "$view"
	[[ $(as "$ONE" jobq -h) = *mine* ]]
	logged 'view.sock was gone: made again'
}

@test "another's job cannot be touched" {
	start_jobd
	id=$(as "$ONE" jobsub -H -- true)
	run_as "$OTHER" jobcancel "$id"
	[ "$status" -eq 77 ]
	as "$ONE" jobcancel "$id"
}

@test "a request that was left in the spool is its owner's" {
	start_jobd
	stop_jobd
	uuid=$(as "$ONE" jobsub -D /tmp -- id -un 2>/dev/null)
	start_jobd
	as "$ONE" jobwait --timeout 20s "$uuid"
	[ "$(joblog -o "$uuid")" = "$ONE" ]
}

@test "a request in another's name is put aside" {
	start_jobd
	stop_jobd
	uuid=$(as "$ONE" jobsub -u root -- id 2>/dev/null) || skip "jobsub refuses it"
	start_jobd
	poll 5 test -s "$JOB_SPOOL/incoming/rejected/$uuid.reason"
}

@test "workers are an administrator's" {
	start_jobd
	poll 5 logged 'worker local attached'
	run_as "$ONE" jobadm worker drain local --reason test
	[ "$status" -eq 77 ]
	jobadm worker drain local --reason test
	jobadm worker undrain local
}
