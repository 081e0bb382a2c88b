#!/usr/bin/env bats
# jobsub --pipe: a job in a pipeline, as if its command ran in the place of jobsub.

# shellcheck disable=SC2016 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

reason() { jobstat --json "$1" | sed -n 's/^ *"reason": "\(.*\)",*$/\1/p' | head -n 1; }
is() { [ "$(jobq -h -a -o state "$1")" = "$2" ]; }
no_fifo() { [ -z "$(find "$JOB_TEST/tmp" -name 'jobsub.*')" ]; }
setup() {
	job_setup
	mkdir "$JOB_TEST/tmp"
	export TMPDIR=$JOB_TEST/tmp
}

@test "bytes both ways, both streams, and the status" {
	start_jobd
	head -c 3000000 /dev/urandom >"$JOB_TEST/in"
	jobsub --pipe cat <"$JOB_TEST/in" >"$JOB_TEST/out" 2>"$JOB_TEST/err"
	cmp "$JOB_TEST/in" "$JOB_TEST/out"
	[ ! -s "$JOB_TEST/err" ]
	run --separate-stderr jobsub --pipe --wrap 'tr a-z A-Z; echo problem >&2; exit 7' \
	    <<<"some text"
	[ "$status" -eq 7 ]
	[ "$output" = "SOME TEXT" ]
	# shellcheck disable=SC2154 # run sets it
	[ "$stderr" = problem ]
	[ "$(printf 'b\na\n' | jobsub --pipe sort | jobsub --pipe head -n 1)" = a ]
	run --separate-stderr jobsub --pipe -v true </dev/null
	[[ $stderr == *'job '[0-9]* ]]
	[ -z "$output" ]
	run -127 jobsub --pipe /no/such/program </dev/null
	no_fifo
}

@test "ends that are closed: no input, none that is read, no reader" {
	start_jobd
	[ "$(jobsub --pipe cat </dev/null)" = "" ]
	[ "$(jobsub --pipe echo x <&-)" = x ]
	[ "$(yes | jobsub --pipe --wrap 'exec <&-; sleep 0.1; echo ok')" = ok ]
	[ "$(yes | jobsub --pipe head -n 2 | paste -sd' ')" = "y y" ]
	# A job that would write for ever ends when its reader does.
	[ "$(jobsub --pipe yes </dev/null | head -n 1)" = y ]
	poll 10 is last failed
	[ "$(reason last)" = Signal ]
	no_fifo
}

@test "input that comes late reaches the job, and its answers come at once" {
	start_jobd
	coproc JOB { jobsub --pipe --wrap 'while read -r l; do echo "<$l>"; done' 3>&- 4>&-; }
	for word in one two three; do
		echo "$word" >&"${JOB[1]}"
		read -r -t 10 answer <&"${JOB[0]}"
		[ "$answer" = "<$word>" ]
	done
	in=${JOB[1]}
	exec {in}>&-
	wait "$JOB_PID"
}

# attached COMMAND...: in the background, with its pid in $pid and its job in $id.
attached() {
	# What runs in the background of a script ignores these two.
	env --default-signal=INT,QUIT jobsub --pipe -v "$@" </dev/null >"$JOB_TEST/out" \
	    2>"$JOB_TEST/err" 3>&- 4>&- &
	pid=$!
	poll 10 grep -q '^jobsub: job ' "$JOB_TEST/err"
	id=$(sed -n 's/^jobsub: job //p' "$JOB_TEST/err")
}
up() { grep -q up "$JOB_TEST/out"; }

@test "signals are passed on" {
	start_jobd
	for sig in INT TERM HUP QUIT USR1 USR2; do
		attached --wrap \
		    "trap 'echo got; exit 9' $sig; echo up; while :; do sleep 0.02; done"
		poll 10 up
		kill -"$sig" "$pid"
		wait "$pid" || [ $? -eq 9 ]
		[ "$(cat "$JOB_TEST/out")" = $'up\ngot' ]
	done
	attached --wrap 'echo up; exec sleep 100'
	poll 10 up
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 143 ]
	attached --cancel-on-int --wrap 'trap "" INT; echo up; exec sleep 100'
	poll 10 up
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 143 ]
	no_fifo
}

@test "a job that has not begun is cancelled by what would end it" {
	echo 'local_worker = no' >"$JOB_CONFIG"
	start_jobd
	attached true
	kill -USR1 "$pid"
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 125 ]
	is "$id" cancelled
	run jobsub --pipe --timeout 50ms true </dev/null
	[ "$status" -eq 75 ] || { echo "$status: $output"; false; }
	[[ $output == *'the job goes on'* ]]
	no_fifo
}

@test "what cannot be attached is refused" {
	start_jobd
	for bad in '-i x' '-o x' '-e x' '--key k' '-u nobody'; do
		# shellcheck disable=SC2086 # an option and its value
		run jobsub --pipe $bad true </dev/null
		[ "$status" -eq 64 ]
		[[ $output == *'not together with --pipe'* ]]
	done
	run jobsub --pipe -r 1 true </dev/null
	[ "$status" -eq 65 ]
	[[ $output == *'--pipe: its input cannot be sent twice'* ]]
	run jobsub --pipe --bulk /dev/null
	[ "$status" -eq 64 ]
	TMPDIR=/no/such run jobsub --pipe true </dev/null
	[ "$status" -eq 73 ]
	[ -z "$(jobq -h -a)" ]
	no_fifo
}

@test "jobd goes and comes back; a jobsub that is killed is an end of input" {
	start_jobd
	mkdir "$JOB_TEST/tmp/100%x"
	export TMPDIR=$JOB_TEST/tmp/100%x
	mkfifo "$JOB_TEST/feed"
	jobsub --pipe -Q --wrap 'cat; echo end' <"$JOB_TEST/feed" >"$JOB_TEST/out" 3>&- 4>&- &
	pid=$!
	exec {feed}>"$JOB_TEST/feed"
	echo up >&"$feed"
	poll 10 up
	kill_jobd
	echo more >&"$feed"
	eval "start_jobd $feed>&-"	# else it would hold our end, too
	exec {feed}>&-
	wait "$pid"
	[ "$(cat "$JOB_TEST/out")" = $'up\nmore\nend' ]
	jobsub --pipe --wrap 'echo up >&2; cat; echo end' <"$JOB_TEST/feed" >"$JOB_TEST/out" 2>&1 \
	    3>&- 4>&- &
	pid=$!
	exec {feed}>"$JOB_TEST/feed"
	poll 10 up
	kill -KILL "$pid"
	wait "$pid" || :
	exec {feed}>&-
	jobwait --timeout 20s last
	[ "$(joblog -o last)" = end ]
}
