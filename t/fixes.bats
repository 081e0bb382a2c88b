#!/usr/bin/env bats
# What went wrong once: a spool that goes away, ids that got lost, words that misled.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own
bats_require_minimum_version 1.5.0
load lib/common

logged() { grep -q -- "$1" "$2"; }
other_inode() { [ -S "$JOB_SPOOL/sock" ] && [ "$(stat -c %i "$JOB_SPOOL/sock")" != "$1" ]; }

# front: jobd in front, without a worker; its exit status is in $JOB_TEST/status.
front() {
	echo 'local_worker = no' >"$JOB_CONFIG"
	{
		jobd -f --spool "$JOB_SPOOL" >>"$JOB_TEST/jobd.log" 2>&1 3>&- 4>&- && r=0 || r=$?
		echo "$r" >"$JOB_TEST/status"
	} 3>&- 4>&- &
	poll 10 logged ready: "$JOB_TEST/jobd.log"
}

@test "a spool that is put aside ends jobd, with one line" {
	front
	mv "$JOB_SPOOL" "$JOB_TEST/aside"
	poll 10 test -s "$JOB_TEST/status"
	[ "$(cat "$JOB_TEST/status")" = 74 ]
	[ "$(grep -c 'jobs run on' "$JOB_TEST/jobd.log")" -eq 1 ]
	logged "$JOB_SPOOL: this spool was removed" "$JOB_TEST/jobd.log"
}

@test "a spool that is removed ends jobd" {
	front
	rm -rf "$JOB_SPOOL"
	poll 10 test -s "$JOB_TEST/status"
	[ "$(cat "$JOB_TEST/status")" = 74 ]
}

@test "a lock that is replaced ends jobd, which leaves what is there to the other one" {
	front
	rm "$JOB_SPOOL/lock"
	touch "$JOB_SPOOL/lock" "$JOB_SPOOL/jobd.pid"
	poll 10 test -s "$JOB_TEST/status"
	[ "$(cat "$JOB_TEST/status")" = 74 ]
	logged 'lock was removed' "$JOB_TEST/jobd.log"
	[ -e "$JOB_SPOOL/jobd.pid" ]
	[ -e "$JOB_SPOOL/sock" ]
}

@test "jobs run on when the spool is put aside, and it can be put back" {
	start_jobd
	pid=$JOBD_PID
	id=$(jobsub -- sleep 3)
	exits 0 jobwait --until started "$id"
	mv "$JOB_SPOOL" "$JOB_TEST/aside"
	poll 10 gone "$pid"
	mv "$JOB_TEST/aside" "$JOB_SPOOL"
	start_jobd
	exits 0 timeout 20 jobwait "$id"
}

@test "a socket that is lost is made again" {
	start_jobd
	before=$(stat -c %i "$JOB_SPOOL/sock")
	rm "$JOB_SPOOL/sock"
	poll 10 other_inode "$before"
	exits 0 jobsub -W true
	logged 'made again' "$JOB_SPOOL/jobd.log"
	mkdir "$JOB_TEST/x"
	mv "$JOB_SPOOL/sock" "$JOB_TEST/x"
	poll 10 test -S "$JOB_SPOOL/sock"
	exits 0 jobsub -W true
}

@test "without any time, what has ended is told, and what has not is 75" {
	start_jobd
	id=$(jobsub --key one -- sh -c 'exit 7')
	exits 7 jobwait "$id"
	for _ in 1 2 3; do
		exits 7 jobwait --timeout 0 "$id"
	done
	exits 7 jobsub -W --timeout 0 --key one -- sh -c 'exit 7'
	uuid=$(jobstat --json "$id" | sed -n 's/.*"job_uuid": "\([^"]*\)".*/\1/p')
	exits 7 jobwait --timeout 0 "$uuid"
	id=$(jobsub -H true)
	exits 75 timeout 2 jobwait --timeout 0 "$id"
	exits 75 timeout 2 jobsub -H -W --timeout 0 true
	exits 66 jobwait --timeout 0 4711
	exits 66 timeout 5 jobwait 9223372036854775807
	exits 66 timeout 5 jobwait 9223372036854775800-9223372036854775807
}

@test "an id is not lost with stdout" {
	start_jobd
	exits 74 bash -c 'jobsub true >/dev/full'
	[[ $stderr = *'No space left on device; accepted: 1' ]]
	exits 74 bash -c 'jobsub true >&-'
	[[ $stderr = *'Bad file descriptor; accepted: 2' ]]
	exits 74 bash -c 'jobsub --json -W true >/dev/full'
	[[ $stderr = *'accepted: '* ]]
	[[ $stderr != *$'\n'* ]]
	printf '{"command":["true"]}\n%.0s' {1..300} >"$JOB_TEST/bulk"
	exits 74 bash -c "jobsub --bulk '$JOB_TEST/bulk' >/dev/full"
	[[ $stderr = *'accepted: 4 5 6 '*' ...' ]]
	stop_jobd
	exits 74 bash -c 'jobsub -Q true >/dev/full'
	uuid=$(cd "$JOB_SPOOL/incoming" && echo *-*)
	[[ $stderr = *"accepted: $uuid" ]]
}

@test "a request in the spool waits while it cannot be looked up" {
	local day uuid
	echo 'history_after = 0' >"$JOB_CONFIG"
	start_jobd
	jobwait "$(jobsub true)"
	poll 10 moved
	stop_jobd
	uuid=$(jobsub -Q -d ok:1 true)
	day=$(find "$JOB_SPOOL/history" -name '*.db')
	mv "$day" "$JOB_TEST/day"
	ln -s nowhere "$day"
	start_jobd
	poll 5 logged 'look-up: ' "$JOB_SPOOL/jobd.log"
	[ -e "$JOB_SPOOL/incoming/$uuid" ]
	stop_jobd
	rm "$day"
	mv "$JOB_TEST/day" "$day"
	start_jobd
	poll 10 known "$uuid"
	jobwait --timeout 10s "$uuid"
}
moved() { [ "$(sqlite3 "$JOB_SPOOL/state.db" 'SELECT count(*) FROM jobs')" = 0 ]; }
known() { jobstat "$1" | grep -q '^Job '; }

@test "a closed descriptor is not taken for a file of ours" {
	start_jobd
	exits 0 bash -c "jobsub -Q true <&- >'$JOB_TEST/id' 2>&-"
	[ "$(cat "$JOB_TEST/id")" = 1 ]
	exits 74 bash -c 'jobq -a >&-'
}

@test "jobcancel takes only states that can be cancelled" {
	for s in completed ended all F queued,failed; do
		exits 64 jobcancel -t "$s" --yes
		[[ $stderr = *'only jobs that are queued'* ]]
	done
	start_jobd
	id=$(jobsub -H true)
	exits 0 jobcancel -t queued,scheduled,R --yes
	exits 125 jobwait "$id"
}

@test "an empty name of a spool, and a directory of somebody else's making" {
	cd "$HOME"
	exits 64 jobd --spool ''
	[[ $stderr = *'the path of the spool is empty'* ]]
	[ -z "$(ls -A "$HOME")" ]
	mkdir "$JOB_TEST/open"
	chmod 777 "$JOB_TEST/open"
	exits 77 jobd --spool "$JOB_TEST/open"
	[[ $stderr = *"chmod 700 $JOB_TEST/open"* ]]
	[ "$(stat -c %a "$JOB_TEST/open")" = 777 ]
	[ -z "$(ls -A "$JOB_TEST/open")" ]
}

@test "completed is 0 whatever the program's code, failed is never 0" {
	start_jobd
	exits 0 jobsub -W --success-codes 0,3 -- sh -c 'exit 3'
	exits 1 jobsub -W --success-codes 3 true
}

@test "all programs have the same version" {
	for p in "$JOB_BUILD"/bin/*; do
		name=${p##*/}
		exits 0 "$p" --version
		[ "$output" = "$name 0.1.0" ]
	done
}

@test "jobsub speaks of options, and of fields where JSON was given" {
	start_jobd
	while IFS='|' read -r options words; do
		# shellcheck disable=SC2086 # words
		exits 64 jobsub $options true
		[ "${stderr%%"$words"*}" = 'jobsub: ' ]
		# shellcheck disable=SC2086 # words
		exits 64 jobsub --dry-run $options true
		[ "${stderr%%"$words"*}" = 'jobsub: ' ]
	done <<-'END'
		-d ok:5,ok:5|--after: 5 is given twice
		--retry-policy x|--retry-policy: "x" is none
		--retry-delay 9h --retry-max-delay 1|--retry-max-delay: it is below --retry-delay
		--at +2h --deadline +1h|--deadline: it is not after --at
		--key-scope active|--key-scope: there is no --key that
		--append|--append goes with --output
		--on-dep-fail hold|--on-dep-fail goes with --after
		--on-dep-fail x -d ok:1|--on-dep-fail: "x"
		-u a&b|--user: "a&b"
		-q -x|--queue: "-x"
		-o %q|--output:
		--success-codes x|--success-codes:
	END
	exits 64 jobsub ''
	[ "${stderr%%$'\n'*}" = 'jobsub: there is no command' ]
	echo '{"command":["true"],"retry":{"max_retries":1,"retry_policy":"x"}}' >"$JOB_TEST/spec"
	exits 65 jobsub --spec "$JOB_TEST/spec"
	[[ $stderr != *--retry-policy* ]]
}

@test "a script that is too long, or has no name" {
	start_jobd
	truncate -s 17M "$JOB_TEST/long"
	exits 65 jobsub -f "$JOB_TEST/long"
	[[ $stderr = *"$JOB_TEST/long: more than 16777216 bytes" ]]
	exits 65 bash -c "jobsub -f - <'$JOB_TEST/long'"
	[[ $stderr = *'standard input: more than'* ]]
	exits 64 jobsub -f ''
	[[ $stderr = *'the name of the script is empty'* ]]
}

@test "doctor: modes that shut the owner out, numbers, and news that are old" {
	start_jobd
	exits 0 jobsub -W true
	exits 0 jobadm worker list
	[ -z "$stderr" ]
	chmod 500 "$JOB_SPOOL/incoming"
	exits 1 jobadm doctor -Q
	[[ $output = *'FAIL  modes-closed '*"chmod u+rwx $JOB_SPOOL/incoming"* ]]
	chmod 700 "$JOB_SPOOL/incoming"
	chmod 500 "$JOB_SPOOL"
	exits 1 jobadm doctor -Q
	[[ $output = *'FAIL  modes-closed '*"chmod u+rwx $JOB_SPOOL/."* ]]
	chmod 700 "$JOB_SPOOL"
	exits 0 jobadm doctor
	stop_jobd
	jobsub -Q true
	exits 1 jobadm doctor
	[[ $output = *'1 request waits: jobd takes it up'* ]]
	[[ $output = *'WARN  worker-unknown '*'when jobd ran last'* ]]
	jobsub -Q true
	exits 1 jobadm doctor
	[[ $output = *'2 requests wait: jobd takes them up'* ]]
	exits 0 jobadm worker list
	[[ $output = *local* ]]
	[[ $stderr = *'jobd does not run'* ]]
	exits 0 jobadm -Q worker list
	[ -z "$stderr" ]
}

@test "a jobd that is silent is not to be started" {
	start_jobd
	kill -STOP "$JOBD_PID"
	exits 0 jobsub true
	kill -CONT "$JOBD_PID"
	[[ $stderr = *"jobd (process $JOBD_PID) does not answer: the request waits"* ]]
	[[ $stderr != *starts* ]]
	stop_jobd
	exits 0 jobsub true
	[[ $stderr = *"jobd does not answer: "*"; 'jobd' starts it" ]]
}

@test "jobq names a job that is not there" {
	start_jobd
	id=$(jobsub -W true)
	exits 0 jobq 999999
	[ "$stderr" = 'jobq: no such job: 999999' ]
	exits 1 jobq -e -j 999999,7000-7002
	[ "$stderr" = 'jobq: no such job: 999999 7000-7002' ]
	exits 0 jobq --json 999999
	[[ $stderr = *'no such job'* ]]
	exits 0 jobq "$id"
	[ -z "$stderr" ]
	exits 1 jobq -e -t queued "$id"
	[ -z "$stderr" ]
}
