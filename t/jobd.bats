#!/usr/bin/env bats
# jobd as a program: start, stop, options, signals, its lock, its socket.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own
load lib/common

setup() {
	job_setup
	echo 'local_worker = no' >"$JOB_CONFIG"
	TALK=$JOB_BUILD/t/helper/talk
}

logged() { grep -q -- "$1" "$JOB_SPOOL/jobd.log"; }
queued() { [ "$(jobq -h -a | wc -l)" -eq "$1" ]; }

# ask TYPE FIELDS...: one message to jobd's socket, and the answer's lines.
ask() {
	local head
	head=$(printf '%s\n' "${@:2}")$'\n'
	printf 'job1 %s %d 0\n%s' "$1" "${#head}" "$head" |
		"$TALK" "$JOB_SPOOL/sock" "${LINES_WANTED:-2}"
}

# hold N TEXT: a connection on which TEXT is sent, until the process in held.N is killed.
hold() {
	{
		exec 3>&- 4>&-
		printf '%s' "$2"
		tail -f /dev/null &
		echo $! >"$JOB_TEST/held.$1"
		wait
	} | "$TALK" "$JOB_SPOOL/sock" >/dev/null 3>&- 4>&- &
}

# ---- options

@test "-t: a good configuration is silent, a bad one is named with its line" {
	jobd -t
	printf 'cpus = 2\nprioritty = 3\n' >"$JOB_CONFIG"
	run jobd -t
	[ "$status" -eq 78 ]
	[[ $output = *"job.conf:2: "* ]]
	[ ! -e "$JOB_SPOOL" ]
}

@test "-T: the effective configuration is itself a configuration" {
	echo 'default_retries = 4' >>"$JOB_CONFIG"
	jobd -T >"$JOB_TEST/effective"
	grep -q '^default_retries = 4' "$JOB_TEST/effective"
	grep -q '^local_worker = no' "$JOB_TEST/effective"
	jobd -t -c "$JOB_TEST/effective"
}

@test "what is not there yet is refused with a word" {
	for o in --once --standby --backup=x; do
		run jobd "$o"
		[ "$status" -eq 69 ]
		[[ $output = *"not there yet"* ]]
	done
	run jobd operand
	[ "$status" -eq 64 ]
}

# ---- start and stop

@test "it answers when the command returns, and leaves nothing but its state" {
	start_jobd
	[ -S "$JOB_SPOOL/sock" ]
	[ "$(cat "$JOB_SPOOL/lock")" = "$JOBD_PID" ]
	id=$(jobsub -- true)
	[ "$id" = 1 ]
	stop_jobd
	[ ! -e "$JOB_SPOOL/sock" ]
	[ ! -e "$JOB_SPOOL/jobd.pid" ]
	logged 'stopped'
	queued 1
}

@test "in the background: what the caller has open is not kept open" {
	start_jobd 17>"$JOB_TEST/held"
	[ -z "$(find /proc/[0-9]*/fd -lname "$JOB_TEST/held" 2>/dev/null)" ]
}

@test "in front: it logs to stderr and ends with 0 when asked to" {
	jobd -f --spool "$JOB_SPOOL" 2>"$JOB_TEST/err" 3>&- 4>&- &
	pid=$!
	poll 5 grep -q ready "$JOB_TEST/err"
	kill -INT $pid
	wait $pid
	grep -q stopped "$JOB_TEST/err"
	[ ! -e "$JOB_SPOOL/jobd.log" ]
}

@test "a second jobd says who has the spool, and the first goes on" {
	start_jobd
	run jobd --spool "$JOB_SPOOL"
	[ "$status" -eq 75 ]
	[[ $output = *"runs already, pid $JOBD_PID"* ]]
	jobsub -Q -- true
}

@test "a killed jobd is followed by another, with all that was accepted" {
	start_jobd
	for i in 1 2 3; do jobsub -- true; done
	kill_jobd
	[ -e "$JOB_SPOOL/jobd.pid" ]
	start_jobd
	[ "$(jobsub -- true)" = 4 ]
	queued 4
	logged 'epoch 2'
}

@test "too few descriptors are told as such, however few there are" {
	for n in 5 8 13 16 63; do
		run bash -c "ulimit -n $n; exec jobd -f --spool '$JOB_SPOOL'" 3>&- 4>&-
		[ "$status" -eq 71 ]
		[[ $output = *"only $n files may be open at once, at least 64 are needed"* ]]
		[ ! -e "$JOB_SPOOL" ]
	done
	bash -c "ulimit -n 64; exec jobd --spool '$JOB_SPOOL'" 3>&- 4>&-
	JOBD_PID=$(cat "$JOB_SPOOL/jobd.pid")
	[ "$(jobsub -- true)" = 1 ]
	stop_jobd
}

@test "a spool path longer than a socket address" {
	JOB_SPOOL=$JOB_TEST/$(printf 'a%.0s' {1..200})/$(printf 'b%.0s' {1..200})
	start_jobd
	[ "$(jobsub -- true)" = 1 ]
	stop_jobd
}

@test "a relative spool is the same spool later on" {
	cd "$JOB_TEST"
	jobd --spool spool 3>&- 4>&-
	JOBD_PID=$(cat "$JOB_SPOOL/jobd.pid")
	[ "$(jobsub -- true)" = 1 ]
	kill -HUP "$JOBD_PID"
	poll 5 logged 'configuration read again'
}

@test "a spool that is not safe is refused" {
	mkdir "$JOB_SPOOL"
	touch "$JOB_SPOOL/file"
	chmod 777 "$JOB_SPOOL"
	run jobd --spool "$JOB_SPOOL"
	[ "$status" -eq 77 ]
	[[ $output = *"chmod"* ]]
}

@test "without jobworker it says so" {
	: >"$JOB_CONFIG"
	cp "$JOB_BUILD/bin/jobd" "$JOB_TEST/alone"
	PATH=/usr/bin:/bin run "$JOB_TEST/alone" --spool "$JOB_SPOOL"
	[ "$status" -eq 69 ]
	[[ $output = *"jobworker: not found"* ]]
	[ ! -e "$JOB_SPOOL/sock" ]
}

@test "a worker that does not start is tried again, and said once" {
	printf '#!/bin/sh\necho "no luck today" >&2\nexit 1\n' >"$JOB_TEST/worker"
	chmod +x "$JOB_TEST/worker"
	: >"$JOB_CONFIG"
	JOBWORKER=$JOB_TEST/worker start_jobd
	poll 5 logged 'no luck today'
	jobsub -Q -- true
	[ "$(grep -c 'no luck' "$JOB_SPOOL/jobd.log")" -eq 1 ]
	stop_jobd
}

@test "the service manager is told" {
	command -v socat >/dev/null || skip "socat is missing"
	socat -u "UNIX-RECV:$JOB_TEST/notify" "OPEN:$JOB_TEST/told,creat,append" 3>&- 4>&- &
	pid=$!
	poll 5 test -S "$JOB_TEST/notify"
	NOTIFY_SOCKET=$JOB_TEST/notify start_jobd
	poll 5 grep -q READY=1 "$JOB_TEST/told"
	stop_jobd
	poll 5 grep -q STOPPING=1 "$JOB_TEST/told"
	kill $pid
}

# ---- signals

@test "HUP: a new configuration is taken, a bad one is not" {
	start_jobd
	[ "$(ask status 'seq 1' | head -n 1 | cut -d' ' -f2)" = ok ]
	printf 'local_worker = no\nmax_queued = 1\nhistory_after = 2h\n' >"$JOB_CONFIG"
	kill -HUP "$JOBD_PID"
	poll 5 logged 'configuration read again'
	logged 'need a restart: history_after'
	jobsub -Q -- true
	run jobsub -- true
	[ "$status" -eq 75 ]
	echo 'max_queued = many' >"$JOB_CONFIG"
	kill -HUP "$JOBD_PID"
	poll 5 logged 'stays as it was: .*job.conf:1'
	JOB_CONFIG=/dev/null run jobsub -- true
	[ "$status" -eq 75 ]
}

@test "HUP: the log file is opened anew" {
	start_jobd
	mv "$JOB_SPOOL/jobd.log" "$JOB_TEST/old.log"
	kill -HUP "$JOBD_PID"
	poll 5 test -s "$JOB_SPOOL/jobd.log"
}

@test "USR1: numbers in the log" {
	start_jobd
	jobsub -Q -- true
	kill -USR1 "$JOBD_PID"
	poll 5 logged 'queued 1, scheduled 0, running 0'
}

# ---- the socket

@test "what is no message gets one error and the connection's end" {
	start_jobd
	run "$TALK" "$JOB_SPOOL/sock" <<<'GET / HTTP/1.1'
	[ "$(grep -c '^job1 error' <<<"$output")" -eq 1 ]
	[[ $output = *"code 2"* ]]
	jobsub -Q -- true
}

@test "a request that is none, and one that lacks a field" {
	start_jobd
	[[ $(LINES_WANTED=4 ask ok 'seq 7') = *"ok is no request"* ]]
	[[ $(LINES_WANTED=3 ask submit 'seq 7') = *"uuid is missing"* ]]
	[[ $(LINES_WANTED=4 ask control 'seq 7' 'op dance' 'target 1') = *"dance"* ]]
	[[ $(LINES_WANTED=4 ask wait 'seq 7' 'target 99') = *"no such job"* ]]
	[[ $(LINES_WANTED=4 ask batch 'seq 7' 'count 100000') = *"1 to 10000"* ]]
}

@test "a client that stays silent, or stops in the middle, delays nobody" {
	start_jobd
	for i in {1..20}; do
		hold "$i" $'job1 submit 5000000 0\nuuid '
	done
	jobsub -Q -- true
	for i in {1..20}; do
		poll 5 test -s "$JOB_TEST/held.$i"
		kill "$(cat "$JOB_TEST/held.$i")"
	done
}

@test "no more connections than are allowed; who is refused is told" {
	printf 'local_worker = no\nmax_connections = 2\n' >"$JOB_CONFIG"
	start_jobd
	hold 1 ''
	hold 2 ''
	poll 5 test -s "$JOB_TEST/held.2"
	refused() { ask status 'seq 1' | grep -q 'too many connections'; }
	poll 5 refused
	for i in 1 2; do kill "$(cat "$JOB_TEST/held.$i")"; done
	served() { jobsub -Q -- true; }
	poll 5 served
}

@test "other users are not served by a personal jobd" {
	skip_unless_root
	start_jobd
	chmod 711 "$JOB_TEST" "$JOB_SPOOL"
	chmod 666 "$JOB_SPOOL/sock"
	head=$'op cancel\ntarget 1\n'
	cp "$TALK" "$JOB_TEST/talk"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$JOB_TEST/talk" "$JOB_SPOOL/sock" \
		<<<"job1 control ${#head} 0"$'\n'"$head"
	echo "$output"
	[[ $output = *"code 10"*"serves root only"* ]]
}

# ---- requests left in the spool

@test "requests left while it was away are taken once, in order" {
	start_jobd
	stop_jobd
	for i in 1 2 3; do jobsub -J "n$i" -- true 2>/dev/null; done
	[ "$(find "$JOB_SPOOL/incoming" -maxdepth 1 -type f | wc -l)" -eq 3 ]
	start_jobd
	poll 5 queued 3
	[ "$(jobq -h -a -o name -S id | paste -sd,)" = n1,n2,n3 ]
	poll 5 test "$(find "$JOB_SPOOL/incoming" -maxdepth 1 -type f | wc -l)" -eq 0
}

@test "what is no request is put aside with a reason" {
	start_jobd
	uuid=01890a5d-ac96-774b-bcce-b302099a8057
	echo rubbish >"$JOB_SPOOL/x"
	mv "$JOB_SPOOL/x" "$JOB_SPOOL/incoming/$uuid"
	poll 5 test -e "$JOB_SPOOL/incoming/rejected/$uuid"
	[ -s "$JOB_SPOOL/incoming/rejected/$uuid.reason" ]
	[ ! -e "$JOB_SPOOL/incoming/$uuid" ]
}

# ---- trouble

@test "--check: a sound state, and a damaged one" {
	run jobd --check --spool "$JOB_SPOOL"
	[ "$status" -eq 69 ]
	start_jobd
	for i in {1..50}; do jobsub -Q -- true; done
	run jobd --check --spool "$JOB_SPOOL"
	[ "$status" -eq 0 ]
	[ "$output" = "no finding" ]
	stop_jobd
	dd if=/dev/urandom of="$JOB_SPOOL/state.db" bs=1 seek=20000 count=3000 conv=notrunc \
		2>/dev/null
	run jobd --check --spool "$JOB_SPOOL"
	[ "$status" -ne 0 ]
}

@test "a full disk puts new requests off, and nothing is lost" {
	skip_unless_root
	mkdir "$JOB_SPOOL"
	mount -t tmpfs -o size=1m,mode=700 none "$JOB_SPOOL" || skip "no mount"
	trap 'umount -l "$JOB_SPOOL"' EXIT
	start_jobd
	[ "$(jobsub -- true)" = 1 ]
	dd if=/dev/zero of="$JOB_SPOOL/fill" bs=4k 2>/dev/null || :
	for i in {1..40}; do
		timeout 2 jobsub -Q -- sh -c "echo $(printf '%02000d' 0)" 2>/dev/null || break
	done
	poll 5 logged 'tried again each second'
	run jobsub -- true
	[ "$status" -eq 75 ]
	rm "$JOB_SPOOL/fill"
	poll 5 logged 'can be written again'
	jobsub -Q -- true
	stop_jobd
	umount "$JOB_SPOOL"
	trap - EXIT
}

@test "a job gets the site's PATH and learns where the spool is" {
	echo 'env_path = /opt/site/bin:/usr/bin:/bin' >"$JOB_CONFIG"
	start_jobd
	# shellcheck disable=SC2016 # the job's shell expands it
	id=$(jobsub --wrap 'echo "$PATH $JOB_SPOOL"')
	jobwait --timeout 20s "$id"
	[ "$(joblog "$id")" = "/opt/site/bin:/usr/bin:/bin $JOB_SPOOL" ]
}
