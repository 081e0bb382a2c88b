#!/usr/bin/env bats
# The tools that ask jobd for something: what they print, and how they exit.  No worker is
# needed for that: jobs only wait, and end when they are cancelled.

# shellcheck disable=SC2016 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

setup() {
	job_setup
	echo 'local_worker = no' >"$JOB_CONFIG"
}

is_running() { [ "$(jobq -h -o state "$1")" = running ]; }

@test "--dry-run checks and shows, and submits nothing" {
	start_jobd
	exits 0 jobsub --dry-run -J x -- echo 'two words'
	[[ $output == *'"job_name": "x"'* && $output == *'"two words"'* ]]
	exits 0 jobsub --dry-run --json -p 7 true
	[[ $output == *'"priority":7'* ]]
	exits 64 jobsub --dry-run -o 'out.%q' true
	[ -z "$(jobq -A -a -h)" ]
}

@test "jobsub --test-only: would it fit, and when" {
	echo 'cpus = 2' >"$JOB_CONFIG"
	start_jobd
	jobwait "$(jobsub true)"
	exits 0 jobsub --test-only true
	[ "$output" = now ]
	[ -z "$stderr" ]
	exits 69 jobsub --test-only -c 3 true
	[[ $stderr == *'the largest worker has'* ]]
	[ -z "$output" ]
	a=$(jobsub -c 2 -t 1h sleep 100)
	poll 10 is_running "$a"
	exits 0 jobsub --test-only true
	begin=$(date -d "$(jobstat --json "$a" | sed -n 's/.*"started_at": "\(.*\)".*/\1/p' |
	    head -n 1)" +%s)
	start=$(date -d "$output" +%s)
	[ "$start" -ge $((begin + 3600)) ]
	[ "$start" -le $((begin + 3605)) ]
	[[ $stderr == *'it would wait: Resources'* ]]
	exits 0 jobsub --test-only -Q --at +2h true
	[ -z "$stderr" ]
	[ "$(date -d "$output" +%s)" -ge $((begin + 7195)) ]
	exits 0 jobsub --test-only -d "ok:$a" true
	[ "$output" = unknown ]
	[[ $stderr == *'it would wait: Dependency'* ]]
	exits 0 jobsub --test-only --json -H true
	[[ $output == *'"job_id":null,"estimated_start_time":null,"reason":"Held"'* ]]
	exits 65 jobsub --test-only -d ok:999 true
	b=$(jobsub -H --key k true)
	exits 0 jobsub --test-only -H --key k true
	[[ $stderr == *"it is job $b already"* ]]
	exits 64 jobsub --test-only --bulk /dev/null
	[ "$(jobq -a -h | wc -l)" -eq 3 ]
	jobcancel --now -W "$a"
	stop_jobd
	exits 69 jobsub --test-only true
	[ -z "$(find "$JOB_SPOOL/incoming" -type f)" ]
}

@test "options of a script: below the command line, told when they are wrong or too late" {
	start_jobd
	printf '#!/bin/sh\n#JOB -J inner -p 3\ntrue\n#JOB -H\n' >"$JOB_TEST/script"
	exits 0 jobsub --dry-run -J outer -f "$JOB_TEST/script"
	[[ $output == *'"outer"'* && $output == *'"priority": 3'* && $output != *'"hold"'* ]]
	[[ $stderr == *"line 4: #JOB behind the first command"* ]]
	exits 0 jobsub --dry-run -Q -f "$JOB_TEST/script"
	[ -z "$stderr" ]
	for bad in '--mme 4G' '--help' '-f other' 'word' "-J 'open"; do
		printf '#JOB %s\n' "$bad" >"$JOB_TEST/script"
		exits 65 jobsub -f "$JOB_TEST/script"
		[[ $stderr == *"line 1"* ]]
	done
	exits 66 jobsub -f "$JOB_TEST/missing"
	: >"$JOB_TEST/script"
	exits 65 jobsub -f "$JOB_TEST/script"
}

@test "a bulk line that is wrong is told with its number, and the rest goes on" {
	start_jobd
	printf '%s\n' '{"command":["true"]}' '{"command":' '' '{"colour":1}' '{"command":"x"}' \
		>"$JOB_TEST/bulk"
	exits 65 jobsub --bulk "$JOB_TEST/bulk"
	[ "${#lines[@]}" -eq 2 ]
	[[ $stderr == *"line 2:"* && $stderr == *"line 4:"* && $stderr != *"line 5"* ]]
	before=$(jobq -A -a -h | wc -l)
	exits 65 jobsub --atomic --bulk "$JOB_TEST/bulk"
	[[ $stderr == *"line 2"* ]]
	[ "$(jobq -A -a -h | wc -l)" -eq "$before" ]
	printf '{"command":["true"]}\n%.0s' 1 2 3 >"$JOB_TEST/bulk"
	exits 0 jobsub --atomic --bulk "$JOB_TEST/bulk"
	[ "${#lines[@]}" -eq 3 ]
	exits 64 jobsub --atomic true
	exits 66 jobsub --bulk "$JOB_TEST/missing"
}

@test "an option on the command line replaces the field in each entry" {
	start_jobd
	echo '{"command":["true"],"job_name":"a","tags":{"k":"v"},"scheduling":{"priority":1}}' |
		jobsub --bulk - -J b -H >"$JOB_TEST/id"
	jobstat --json "$(cat "$JOB_TEST/id")" >"$JOB_TEST/json"
	grep -q '"job_name": *"b"' "$JOB_TEST/json"
	grep -q '"priority": *1[,}]' "$JOB_TEST/json"
	grep -q '"k": *"v"' "$JOB_TEST/json"
	grep -q '"reason": *"Held"' "$JOB_TEST/json"
}

@test "jobs of a slow writer of lines do not wait for its end" {
	start_jobd
	mkfifo "$JOB_TEST/lines"
	jobsub --bulk - <"$JOB_TEST/lines" >"$JOB_TEST/ids" 3>&- 4>&- &
	exec 5>"$JOB_TEST/lines"
	echo '{"command":["true"]}' >&5
	poll 5 test -s "$JOB_TEST/ids"
	exec 5>&-
	wait $!
}

@test "the forms of an answer" {
	start_jobd
	exits 0 jobsub --parsable -H --key k true
	[[ $output == 1\|queued\|0 ]]
	exits 0 jobsub --parsable -H --key k true
	[[ $output == 1\|queued\|1 ]]
	exits 0 jobsub --json -H --key k true
	[[ $output == '{"schema":"job/1","jobs":[{"job_id":1,'*'"duplicate":true'* ]]
	exits 65 jobsub --key k false
	stop_jobd
	exits 0 jobsub -Q --json true
	[[ $output == *'"job_id":null'*'"left_in_spool":true'* ]]
	[ -z "$stderr" ]
}

@test "an interrupt ends the waiting and not the job, unless asked for" {
	start_jobd
	jobsub -W -J waited true >"$JOB_TEST/id" 2>"$JOB_TEST/err" 3>&- 4>&- &
	pid=$!
	poll 5 test -s "$JOB_TEST/id"
	kill -TERM "$pid"
	run wait "$pid"
	wait "$pid" || [ $? -eq 130 ]
	grep -q "jobcancel $(cat "$JOB_TEST/id")" "$JOB_TEST/err"
	[ "$(jobq -h -j "$(cat "$JOB_TEST/id")" -o state)" = queued ]
	jobsub -W --cancel-on-int true >"$JOB_TEST/id2" 3>&- 4>&- &
	pid=$!
	poll 5 test -s "$JOB_TEST/id2"
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 130 ]
	[ "$(jobq -h -j "$(cat "$JOB_TEST/id2")" -o state)" = cancelled ]
	exits 75 jobsub -W --timeout 50ms true
}

@test "jobwait: which jobs, until when, which status" {
	start_jobd
	a=$(jobsub -J a true) b=$(jobsub -J b true)
	jobcancel "$a"
	exits 125 jobwait "$a"
	exits 125 jobwait -v %a
	[[ $stderr == *"cancelled, ByUser"* ]]
	exits 75 jobwait --timeout 50ms "$a" "$b"
	exits 125 jobwait --any "$b" "$a"
	exits 125 jobwait --until ok "$b" "$a"
	exits 1 jobwait --count-failed "$a"
	exits 66 jobwait 4711
	exits 64 jobwait nonsense
	exits 64 jobwait
	stop_jobd
	exits 125 jobwait "$a"
	exits 75 jobwait --timeout 50ms "$b"
	[[ $stderr == *"does not answer"* ]]
}

@test "jobwait waits for a request in the spool, and tells when it is refused" {
	start_jobd
	stop_jobd
	good=$(jobsub -Q true) bad=$(jobsub -Q -d ok:4711 true)
	jobwait "$bad" 2>"$JOB_TEST/err" 3>&- 4>&- &
	pid=$!
	start_jobd
	wait "$pid" || [ $? -eq 65 ]
	grep -q 4711 "$JOB_TEST/err"
	jobcancel "$good"
	exits 125 jobwait "$good"
}

@test "jobcancel: words, filters, and questions" {
	start_jobd
	for i in 1 2 3 4 5 6; do jobsub -J "n$((i % 2))" --tag "i=$i" true; done
	exits 0 jobcancel 1
	exits 1 jobcancel 1
	[[ $stderr == *"is cancelled already"* ]]
	exits 0 jobcancel -Q 1
	exits 66 jobcancel 4711
	exits 1 jobcancel 2 4711
	exits 64 jobcancel
	exits 64 jobcancel -n n1 </dev/null
	exits 0 jobcancel --dry-run -n n1
	[ "$output" = $'3\n5' ]
	exits 0 jobcancel --yes -n n1 --tag i=3
	exits 66 jobcancel --yes -n n1 --tag i=3
	exits 0 jobcancel --yes -t queued -n n0 4-5
	exits 0 jobcancel --json 5-6
	[[ $output == *'"target":"5","done":true'*'"target":"6","done":true'* ]]
	[ -z "$(jobq -A -h)" ]
	exits 1 jobcancel -s USR1 6
	exits 64 jobcancel -s NOPE 6
	exits 64 jobcancel -b 6
	stop_jobd
	exits 69 jobcancel 6
}

@test "jobctl: hold, release, rerun, and what is not there yet" {
	start_jobd
	a=$(jobsub true) b=$(jobsub true)
	exits 0 jobctl hold "$a" --reason why
	jobq -h -j "$a" -o reason | grep -q Held
	exits 0 jobctl release "$a"
	exits 1 jobctl requeue "$a"
	exits 1 jobctl rerun "$a"
	jobcancel "$a"
	exits 1 jobctl hold "$a" "$b"
	exits 0 jobctl rerun --only failed "$a"
	[ "$(jobq -h -j "$a" -o state)" = cancelled ]
	exits 0 jobctl rerun --only cancelled "$a-$b"
	[ "$(jobq -h -j "$a" -o state)" = queued ]
	exits 66 jobctl hold 4711
	exits 69 jobctl rerun --with-dependents "$a"
	exits 64 jobctl hodl "$a"
	exits 64 jobctl hold
	exits 64 jobctl hold --now "$a"
}

@test "doctor: each finding with its remedy" {
	start_jobd
	run jobadm doctor
	[ "$status" -eq 1 ]
	[[ $output == *"OK    jobd-ok"* && $output == *"FAIL  worker-none"* ]]
	chmod 644 "$JOB_SPOOL/state.db"
	run jobadm doctor -Q
	[[ $output == *"chmod 0600 $JOB_SPOOL/state.db"* && $output != *"OK "* ]]
	stop_jobd
	run jobadm doctor --json
	[[ $output == *'"check":"jobd","code":"jobd-away","result":"FAIL","text":"does not run'* ]]
	echo 'nonsense = 1' >"$JOB_CONFIG"
	run jobadm doctor
	[[ $output == *"FAIL  config"*":1:"* ]]
	run jobadm --spool "$JOB_TEST/none" doctor
	[ "$status" -eq 1 ]
	[[ $output == *"FAIL  spool"* && $output != *"jobd  "*"OK"* ]]
}

@test "jobadm: account: who used how much, and how many shares each has" {
	printf '%s\n' '[user ann]' 'shares = 2' >"$JOB_CONFIG"
	start_jobd
	jobsub -W -A ops true
	me=$(id -un)
	exits 0 jobadm account list --parsable
	[[ $output == *"ops|$me|1|"* ]]
	exits 0 jobadm account set --team ops "$me" shares=4
	exits 0 jobadm account set --team ops shares=5
	exits 0 jobadm account set ann shares=0
	[ "$(jobadm account list -h --parsable -o team,user,shares)" = "|ann|2
ops||5
ops|$me|4" ]
	jobadm account list --json | grep -q '"shares_set":4'
	stop_jobd
	start_jobd
	[ "$(jobadm account list -h --parsable -o team,shares | tail -n 1)" = 'ops|4' ]
	exits 64 jobadm account set "$me" shares=x
	exits 64 jobadm account set shares=1
	exits 64 jobadm account set ann
	exits 64 jobadm account
}

@test "jobadm: what is not there yet, and what is missing" {
	start_jobd
	exits 0 jobadm worker list
	exits 0 jobadm worker list --json
	[[ $output == '{"schema":"job/1","workers":['* ]]
	exits 69 jobadm role
	exits 69 jobadm worker add x
	exits 64 jobadm worker drain local
	exits 66 jobadm worker drain nobody --reason why
	exits 64 jobadm wroker list
	exits 64 jobadm
}

@test "--dry-run prints what --spec and --bulk take, and it is the same request" {
	cd "$JOB_TEST"
	printf '#!/bin/sh\n#JOB -t 90s\necho "$1"\n' >script
	: >vars
	# Two ways to say each: what --dry-run makes of its own document is that document.
	while read -r line; do
		eval "set -- $line"
		jobsub --dry-run "$@" >one
		jobsub --dry-run --spec one >two
		cmp one two
		tr -d '\n' <one >three
		echo >>three
		jobsub --dry-run --bulk three >four
		jobsub --dry-run --bulk four >five
		cmp four five
		jobsub --dry-run --spec four >six
		cmp one six
	done <<'END'
true
-- echo 'two  words' '' '"' '\' $'tab\t\n\001' 'é€'
--wrap 'a | b'
-f script 'an arg'
-c 0.1 -m 100 --disk 1 -G a100:2 --bw 1.5G -R a=1 -R b=2 -L t:3 true
-J n --tag a=b --tag 'c=d e' --comment x --key k --key-scope active -A acc -q q true
-p 0 -H --at +1h -t 1.5s --deadline +2h --queue-timeout 5m true
-d ok:1,any:2 --on-dep-fail hold true
-d notok:1?any:2 true
-r 2 --retry-policy fixed --retry-delay 1.5s --retry-max-delay 3 --retry-jitter 5% true
--no-retry-on 7 true
--retry-on oom,75 --no-retry-on SIGSEGV --success-codes 0,3 --no-requeue true
-t 60 --signal B:USR1@5 --kill-signal INT --kill-grace 0 true
-D /x --chdir-missing home --scratch --login --umask 027 --nice -3 --rlimit core=0 true
-E A=1,B=x=y --env-file vars -u nobody --env-type host true
-o o.%j -i in --append --log-max 2K --log-overflow kill --timestamps --pty-output true
END
	exits 65 jobsub --dry-run true $'\xff'
	[[ $stderr == *'command: it holds bytes that are no UTF-8'* ]]
}
