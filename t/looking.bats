#!/usr/bin/env bats
# jobq, jobstat, joblog: what they show of real jobs, in every form.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

ids() { paste -sd,; }

# Three jobs: one that completed, one that failed after a retry, one that is held.
some_jobs() {
	start_jobd
	good=$(jobsub -J good --tag team=a -c 0.5 -- bash -c 'echo out; echo err >&2')
	bad=$(jobsub -J bad -r 1 --retry-policy immediate -p 700 --wrap \
	    'echo "try $JOB_ATTEMPT"; echo more; exit 3')
	held=$(jobsub -J 'held one' -H -t 5m -m 10M --tag team=b -d "ok:$good" -- sleep 9)
	jobwait -Q "$good" "$bad" || :
}

@test "jobq: which jobs" {
	some_jobs
	[ "$(jobq -h -o id)" = "$held" ]
	[ "$(jobq -h -a -o id | ids)" = "$good,$bad,$held" ]
	[ "$(jobq -h -A --all -o id | ids)" = "$good,$bad,$held" ]
	[ "$(jobq -h -a --me -o id | ids)" = "$good,$bad,$held" ]
	[ "$(jobq -h -a -u "$(id -un)" -o id | ids)" = "$good,$bad,$held" ]
	[ -z "$(jobq -h -a -u nobody-at-all -o id)" ]
	[ "$(jobq -h -t failed -o id)" = "$bad" ]
	[ "$(jobq -h -t cd,PD -o id | ids)" = "$good,$held" ]
	[ "$(jobq -h -a -n good,bad -o id | ids)" = "$good,$bad" ]
	[ "$(jobq -h -a --tag team=a -o id)" = "$good" ]
	[ "$(jobq -h -a --tag team -o id | ids)" = "$good,$held" ]
	[ "$(jobq -h -a -q default -w local -o id | ids)" = "$good,$bad" ]
	[ -z "$(jobq -h -a -q night -o id)" ]
	[ "$(jobq -h -a --since 1h --until now -o id | ids)" = "$good,$bad,$held" ]
	[ -z "$(jobq -h -a --until 1h)" ]
	[ "$(jobq -h -a -N 2 -o id | ids)" = "$bad,$held" ]
	[ "$(jobq -h -j "$good" -o id)" = "$good" ]
	[ "$(jobq -h -o id "$bad" "$good" last | ids)" = "$bad,$good,$held" ]
	[ "$(echo "$bad @team=b" | jobq -h -o id - | ids)" = "$bad,$held" ]
	exits 1 jobq -e -n nothing
	exits 0 jobq -e
	exits 0 jobq -n nothing
}

@test "jobq: in which order and form" {
	some_jobs
	[ "$(jobq -a -h -S pri- -o id | ids)" = "$bad,$good,$held" ]
	[ "$(jobq -a -h -S name- -N 1 -o id)" = "$held" ]
	[ "$(jobq -a -o id:6,name:12:\> | head -n 2)" = "    ID          NAME
     $good          good" ]
	[ "$(jobq -a --parsable -o name,st,try,exit,limit)" = "NAME|ST|TRY|EXIT|LIMIT
good|CD|1/1|0|
bad|F|2/2|3|
held one|PD|0/1||05:00" ]
	[ "$(jobq -h --tsv -o name,mem,where)" = "held one	10M	(Held)" ]
	[ "$(JOBQ_FORMAT=name,cpu jobq -h -j "$good")" = "good  0.5" ]
	[ "$(jobq -a --count -h | tr -s ' ' | ids)" = \
	    "queued 1,scheduled 0,running 0,completed 1,failed 1,cancelled 0" ]
	jobq -a --count --json | grep -q '"failed": 1'
	[[ $(jobq -l | head -n 1) = *COMMAND ]]
	[[ $(jobq | head -n 1) = ID*WORKER/REASON ]]
	jobq -a --jsonl -o id,st | grep -qxF "{\"id\":$bad,\"st\":\"F\"}"
	[ "$(jobq -a --jsonl | wc -l)" -eq 3 ]
	jobq -a --json | grep -q '"job_name": "held one"'
	[[ $(jobq -h --utc -o submitted) =~ ^[0-9-]+T[0-9:]+Z$ ]]
	[[ $(jobq -h --epoch -o submitted) =~ ^[0-9]{10}$ ]]
	[[ $(jobq -h --relative -o submitted) =~ ^(now|.*ago)$ ]]
	[[ $(JOB_TIME_FORMAT=epoch jobq -h -o submitted) =~ ^[0-9]{10}$ ]]
	exits 64 env JOB_TIME_FORMAT=x jobq
	exits 64 jobq -o nothing
	exits 64 jobq -t nothing
	exits 64 jobq no-such-word
	exits 64 jobq --watch=0
	exits 64 jobq --watch --json
	exits 64 jobq --tree --tsv
	exits 69 jobq --spool "$JOB_TEST/none"
}

@test "jobq: --tree draws what depends on what, a shared job once" {
	printf 'local_worker = no\n' >"$JOB_CONFIG"
	start_jobd
	a=$(jobsub -J a true)
	b=$(jobsub -J b -d "ok:$a" true)
	c=$(jobsub -J c -d "any:$a" true)
	d=$(jobsub -J d -d "ok:$b,notok:$c" true)
	jobsub -J alone true
	[ "$(LC_ALL=C jobq --tree -h -o name | tr -s ' ')" = "$a a
5            alone" ] || [ "$(LC_ALL=C jobq --tree -h -o name | tr -s ' ')" = "$a a
|- ok $b b
| \`- ok $d d
\`- any $c c
 \`- notok $d (shown above)
5 alone" ]
	[ "$(jobq --tree -h -o name "$c" | tr -s ' ')" = "$c c
└─ notok $d d" ]
	[ "$(jobq --tree -h -N 1 -o st | tr -s ' ')" = '5 PD' ]
	[[ $(jobq --tree | head -n 1) = JOB*NAME*USER*ST*TIME*WORKER/REASON ]]
}

@test "jobq: --start tells when, --joblog what has been, -r is a line for each" {
	printf 'cpus = 1\n' >"$JOB_CONFIG"
	start_jobd
	a=$(jobsub -t 100 sleep 60)
	stuck=$(jobsub -H true)
	b=$(jobsub -t 50 true)
	c=$(jobsub true)
	is() { [ "$(jobq -h -j "$1" -o st)" = "$2" ]; }
	poll 10 is "$a" R
	[ "$(jobq -h --start -o id | ids)" = "$b,$c,$stuck" ]
	[[ $(jobq --start | head -n 1) = ID*LIMIT*START* ]]
	at=$(jobq -h --epoch -j "$a" -o started)
	[ "$(jobq -h --epoch --start -o start | tr -d ' ' | ids)" = \
	    "$((at + 100)),$((at + 150)),-" ]
	[ "$(jobq -h --epoch -j "$c" -o start)" = $((at + 150)) ]
	jobq --start --json -j "$b" | grep -q '"estimated_start_time": "20'
	jobq --json -j "$b" | grep -q '"estimated_start_time": null'
	jobctl release "$stuck"
	jobcancel -W --now "$a"
	d=$(jobsub --wrap 'exit 3')
	e=$(jobsub --wrap 'kill -9 $$')
	jobwait -Q "$b" "$c" "$d" "$e" "$stuck" || :
	jobq --joblog -j "$d" -j "$e" -j "$b" >"$JOB_TEST/log"
	[ "$(head -n 1 "$JOB_TEST/log")" = \
	    $'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand' ]
	[ "$(cut -f 1,2,5-9 "$JOB_TEST/log" | tail -n 3)" = \
	    "$d	local	0	0	3	0	/bin/sh -c 'exit 3'
$e	local	0	0	0	9	/bin/sh -c 'kill -9 \$\$'
$b	local	0	0	0	0	true" ]
	[[ $(cut -f 3 "$JOB_TEST/log" | tail -n 1) =~ ^[0-9]{10}\.[0-9]{3}$ ]]
	[ "$(jobq --joblog -h | wc -l)" -eq 6 ]
	[ "$(jobq -a -h -r -o id | wc -l)" -eq 6 ]
	[ "$(jobq -a -h --array -o id | wc -l)" -eq 6 ]
}

@test "jobq: --watch looks again until it is interrupted" {
	printf 'local_worker = no\n' >"$JOB_CONFIG"
	start_jobd
	jobsub -J first true
	jobq --watch=0.1 -o name >"$JOB_TEST/out" 2>&1 3>&- 4>&- &
	pid=$!
	seen() { grep -q "$1" "$JOB_TEST/out"; }
	poll 5 seen first
	jobsub -J second true
	poll 5 seen second
	stop_jobd
	mv "$JOB_SPOOL/state.db" "$JOB_SPOOL/aside"
	poll 5 seen 'jobq: .*no state yet'
	mv "$JOB_SPOOL/aside" "$JOB_SPOOL/state.db"
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 130 ]
}

@test "jobstat: a job in full, in part, and as JSON" {
	some_jobs
	exits 0 jobstat "$bad"
	[[ $output = *'failed (NonZeroExit), exit status 3'* ]]
	[[ $output = *'attempts      2 of 2'* ]]
	exits 0 jobstat --why "$held"
	[[ $output = *"Held "*"jobctl release $held"* ]]
	exits 0 jobstat --why "$good"
	[[ $output = *'is completed'* ]]
	[ "$(jobstat --attempts "$bad" | wc -l)" -eq 3 ]
	[[ $(jobstat --usage "$bad") = *'CPU S'* ]]
	[ "$(jobstat --script "$good")" = "bash -c 'echo out; echo err >&2'" ]
	with=$(printf '#!/bin/sh\necho "it is"\n' | jobsub -E NONE,A=1 -H -f -)
	[ "$(jobstat --script "$with")" = '#!/bin/sh
echo "it is"' ]
	[ "$(jobstat --env "$with")" = A=1 ]
	jobstat --json "$bad" >"$JOB_TEST/json"
	grep -q '"status": "failed"' "$JOB_TEST/json"
	grep -q '"error_class": "error"' "$JOB_TEST/json"
	grep -q '"priority": 700' "$JOB_TEST/json"
	[ "$(grep -c '"execution_id"' "$JOB_TEST/json")" -eq 3 ]
	url=$(sed -n 's/.*"stdout_log_url": "file:\/\/\(.*\)",*/\1/p' "$JOB_TEST/json" | tail -n 1)
	[ "$(head -n 1 "$url")" = "try 2" ]
	jobstat --json --why "$held" | grep -q '"reason": "Held"'
	jobstat --prio "$held" | grep -q '  500  priority'
	jobstat --prio --json "$held" | grep -q '"fair_share": '
	exits 0 jobstat -e "$good"
	exits 1 jobstat -e "$good" "$bad"
	exits 2 jobstat -e "$held" "$bad"
	exits 66 jobstat "$good" 4711
	[[ $output = *"Job $good"* ]]
	[[ $stderr = *'no such job: 4711'* ]]
	exits 0 jobstat --events "$bad"
	mapfile -t events < <(awk 'NR > 1 { print $2 }' <<<"$output")
	[ "${events[0]}" = submitted ]
	[ "${events[-1]}" = failed ]
	[ "$(printf '%s\n' "${events[@]}" | grep -c '^started$')" -eq 2 ]
	[[ $output = *'failed (NonZeroExit), exit status 3'* ]]
	jobstat --json --events "$bad" >"$JOB_TEST/json"
	[ "$(grep -c '"event": "ended"' "$JOB_TEST/json")" -eq 2 ]
}

@test "jobstat: the whole system" {
	some_jobs
	exits 0 jobstat
	[[ $output = *"jobd          runs (process $JOBD_PID) since "* ]]
	[[ $output = *'1 queued, 0 scheduled, 0 running, 1 completed, 1 failed'* ]]
	[[ $output = *"oldest queued job $held (held one)"* ]]
	[[ $output = *'local '*'active'* ]]
	jobstat --json | grep -q '"running": true'
	stop_jobd
	[[ $(jobstat) = *'does not run'* ]]
}

@test "joblog: both streams, attempts, lines and paths" {
	some_jobs
	exits 0 joblog "$good"
	[ "$output" = out ]
	[ "$stderr" = err ]
	[ "$(joblog -o "$good" 2>&1)" = out ]
	[ "$(joblog -e "$good" 2>&1)" = err ]
	[ "$(joblog "$bad" | ids)" = "try 2,more" ]
	[ "$(joblog -n 1 "$bad")" = more ]
	[ "$(joblog -a 1 "$bad" | ids)" = "try 1,more" ]
	[ "$(joblog --prev "$bad" | ids)" = "try 1,more" ]
	[ "$(joblog "$bad.1" | ids)" = "try 1,more" ]
	[ "$(joblog -Q -a all "$bad" 2>&1 | ids)" = "try 1,more,try 2,more" ]
	[ "$(cat "$(joblog --path -o "$good")")" = out ]
	[ "$(joblog --path "$good" | wc -l)" -eq 2 ]
	joblog --meta "$bad" | grep -q '"exit_code": 3'
	exits 3 joblog -f --exit-status "$bad"
	exits 0 joblog "$held"
	[[ $stderr = *'has not started yet: it is queued, Held'* ]]
	exits 66 joblog -a 9 "$bad"
	exits 66 joblog --prev "$good"
	exits 66 joblog 4711
	exits 64 joblog
	exits 64 joblog --exit-status "$bad"
	exits 64 joblog --grep '(' "$bad"
	exits 64 joblog --all-failed -f
	exits 64 joblog --all-failed --path
	exits 64 joblog "$bad.1" "$good"
	exits 66 joblog "$good" 4711
}

@test "joblog: output that went to files of the user's own" {
	start_jobd
	id=$(jobsub -D "$JOB_TEST" -o 'out.%j.%n.%x' -J mine --wrap 'echo here')
	jobwait "$id"
	[ "$(joblog "$id")" = here ]
	[ "$(joblog --path -o "$id")" = "$JOB_TEST/out.$id.1.mine" ]
	id=$(jobsub -D "$JOB_TEST" -o one -e one --wrap 'echo a; echo b >&2')
	jobwait "$id"
	[ "$(joblog "$id" 2>&1 | ids)" = a,b ]
}

@test "a request without a job is told, with jobd and without" {
	start_jobd
	stop_jobd
	uuid=$(jobsub -Q -d ok:4711 true)
	exits 0 jobstat "$uuid"
	[[ $output = *waiting* ]]
	exits 2 jobstat -e "$uuid"
	jobstat --json "$uuid" | grep -q '"request": "waiting"'
	exits 66 joblog "$uuid"
	[[ $stderr = *'waits in the spool'* ]]
	start_jobd
	poll 5 test -e "$JOB_SPOOL/incoming/rejected/$uuid"
	exits 1 jobstat -e "$uuid"
	[[ $output = *rejected*4711* ]]
}

@test "a request of a key that is in use is the job that has it, under its UUID as well" {
	printf 'local_worker = no\n' >"$JOB_CONFIG"
	start_jobd
	id=$(jobsub --key nightly true)
	stop_jobd
	uuid=$(jobsub -Q --key nightly true)
	start_jobd
	taken() { [ ! -e "$JOB_SPOOL/incoming/$uuid" ]; }
	poll 10 taken
	exits 0 jobstat "$uuid"
	[[ $output = "Job $id"* ]]
	[ "$(jobq -h -o id "$uuid")" = "$id" ]
	exits 0 jobctl set "$uuid" prio=7
	exits 0 jobcancel "$uuid"
	exits 125 jobwait --timeout 10s "$uuid"
	jobsub -d "any:$uuid" true
}

@test "what a user supplied cannot reach the terminal, a closed pipe is no error" {
	start_jobd
	bad=$(printf 'a\033[31m\nb')
	id=$(jobsub -H -J x -- echo "$bad")
	for c in "jobq -l" "jobq -o id,command,tags" "jobq --tsv -o command" "jobq --json" \
	    "jobstat $id" "jobstat --json $id" "jobstat --why $id"; do
		# shellcheck disable=SC2086 # words
		exits 0 $c
		[[ $output != *$'\033'* ]]
	done
	[ "$(jobq -h --tsv -o command | wc -l)" -eq 1 ]
	[ "$(jobstat --script "$id")" = "echo '$bad'" ]
	exits 74 bash -c 'jobq -l >/dev/full'
	jobq -l | true
}
