#!/usr/bin/env bats
# Each option of each program that users call does what --help says of it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

# config LINE...: what jobd and the tools read.
config() { printf '%s\n' "$@" >"$JOB_CONFIG"; }

# of ID FIELD: the field in the job's document, without quotes.
of() { jobstat --json "$1" | sed -n "s/^ *\"$2\": \"*\([^\"]*[^\",]\)\"*,*$/\1/p" | head -n 1; }
is() { [ "$(of "$1" status)" = "$2" ]; }
waits_for() { [ "$(of "$1" waits_for)" = "$2" ]; }
because() { [ "$(of "$1" reason)" = "$2" ]; }
ended() { jobwait -Q --timeout 20s "$@" || [ $? -ne 75 ]; }
dead() { [ "$(of "$1" completed_at)" != null ]; }

# gap ID: seconds from the end of the last attempt to the next one.
gap() {
	local from to
	because "$1" RetryWait || poll 10 because "$1" RetryWait || return
	from=$(date -d "$(jobstat --json "$1" | sed -n 's/.*"completed_at": "\(.*\)".*/\1/p' |
	    tail -n 1)" +%s%3N)
	to=$(date -d "$(of "$1" next_retry_at)" +%s%3N)
	echo $(((to - from) / 1000))
}

ids() { jobq -h -o id "$@" | paste -sd,; }

@test "every program: --help, --version, --spool, --config" {
	for p in jobsub jobq jobstat joblog jobwait jobcancel jobctl jobcron jobadm jobd jobsim; do
		exits 0 "$p" --help
		[[ ${lines[0]} == "usage: $p "* ]]
		[ -z "$stderr" ]
		exits 0 "$p" --version
		[[ ${lines[0]} == "$p "* ]]
		exits 0 "$p" -V
		case $p in
		jobq | jobcron | jobadm) ;;	# -h is theirs for the header
		*) exits 0 "$p" -h ;;
		esac
	done
	config 'local_worker = no'
	start_jobd
	jobsub -H true
	here=$JOB_SPOOL
	config "spool = $here" 'local_worker = no'
	for way in "--spool $here" "--config $JOB_TEST/job.conf"; do
		# shellcheck disable=SC2034 # for the programs
		JOB_SPOOL='' JOB_CONFIG=/dev/null
		unset JOB_SPOOL
		# shellcheck disable=SC2086 # an option and its value
		{
			exits 0 jobsub $way -H true
			exits 0 jobq $way -h
			[ -n "$output" ]
			exits 0 jobstat $way 1
			exits 0 joblog $way 1
			exits 75 jobwait $way --timeout 20ms 1
			exits 0 jobctl hold $way 1
			exits 0 jobcancel $way last
			exits 0 jobadm worker list $way
		}
		JOB_SPOOL=$here
		export JOB_SPOOL
	done
	[ "$(jobq -h -a | wc -l)" -eq 3 ]
}

@test "jobsub: --file --wrap --spec --bulk --atomic" {
	config 'local_worker = no'
	start_jobd
	echo 'echo in the file' >"$JOB_TEST/script"
	echo '{"command": "true", "job_name": "spec"}' >"$JOB_TEST/spec"
	a=$(jobsub --file "$JOB_TEST/script" word)
	[ "$(jobstat --script "$a")" = 'echo in the file' ]
	a=$(jobsub --wrap 'a | b')
	[ "$(jobstat --script "$a")" = "/bin/sh -c 'a | b'" ]
	a=$(jobsub --spec "$JOB_TEST/spec")
	[ "$(of "$a" job_name)" = spec ]
	cat "$JOB_TEST/spec" "$JOB_TEST/spec" >"$JOB_TEST/bulk"
	[ "$(jobsub --bulk "$JOB_TEST/bulk" | wc -l)" -eq 2 ]
	echo '{}' >>"$JOB_TEST/bulk"
	before=$(jobq -h | wc -l)
	exits 65 jobsub --bulk "$JOB_TEST/bulk" --atomic
	[ "$(jobq -h | wc -l)" -eq "$before" ]
	exits 65 jobsub --bulk "$JOB_TEST/bulk"
	[ "$(jobq -h | wc -l)" -eq $((before + 2)) ]
}

@test "jobsub: who it is: --name --tag --comment --account --queue --key --key-scope" {
	config 'local_worker = no'
	start_jobd
	a=$(jobsub --name n --tag a=b --tag c=d --comment rem --account team --queue night true)
	[ "$(jobq -h -j "$a" --parsable -o name,account,q,tags)" = \
	    'n|team|night|{"a":"b","c":"d"}' ]
	[ "$(of "$a" comment)" = rem ]
	b=$(jobsub -J m -A crew -q day true)
	[ "$(jobq -h -j "$b" --parsable -o name,account,q)" = 'm|crew|day' ]
	for scope in active window forever; do
		a=$(jobsub --key "k-$scope" --key-scope "$scope" true)
		[ "$(jobsub --key "k-$scope" --key-scope "$scope" true)" = "$a" ]
		[ "$(of "$a" key_scope)" = "$scope" ]
		jobcancel "$a"
		b=$(jobsub --key "k-$scope" --key-scope "$scope" true)
		if [ "$scope" = active ]; then [ "$b" != "$a" ]; else [ "$b" = "$a" ]; fi
	done
	exits 64 jobsub --key-scope never --key k true
}

@test "jobsub: what it needs: --cpus --mem --disk --gpus --bw" {
	config 'cpus = 4' 'memory = 1G' 'disk = 1G' 'gpus = 2'
	start_jobd
	show='echo $JOB_CPUS $JOB_MEM_MB $JOB_DISK_MB $JOB_GPUS'
	a=$(jobsub --cpus 1.5 --mem 64M --disk 32M --gpus 1 --wrap "$show")
	b=$(jobsub -c 2 -m 128 -G 2 --wrap "$show")
	ended "$a" "$b"
	[[ $(joblog "$a") == '1.5 64 32 '* ]]
	[[ $(joblog "$b") == '2 128 0 '* ]]
	[ "$(of "$a" gpu_count)" = 1 ]
	[ "$(of "$b" gpu_count)" = 2 ]
	for much in '--cpus 5' '--mem 2G' '--disk 2G' '--gpus 3' '--bw 100M'; do
		# shellcheck disable=SC2086 # an option and its value
		exits 69 jobsub $much true
	done
	[[ $(jobsub --dry-run --bw 1G true) == *'"bandwidth_mbps": 1000'* ]]
}

@test "jobsub: when: --priority --hold --at --time --deadline --queue-timeout --estimate" {
	config 'cpus = 1'
	start_jobd
	a=$(jobsub --priority 7 --hold --at @2000000000 --time 90 --deadline @2000000100 \
	    --queue-timeout 5m --estimate 30 true)
	[ "$(jobq -h -j "$a" --utc --parsable -o pri,reason,limit,begin,deadline)" = \
	    '7|Held|01:30|2033-05-18T03:33:20Z|2033-05-18T03:35:00Z' ]
	[ "$(of "$a" queue_timeout_seconds) $(of "$a" estimate_seconds)" = '300 30' ]
	b=$(jobsub --at +1h true)
	because "$b" BeginTime
	c=$(jobsub --time 200ms --kill-grace 1s sleep 100)
	d=$(jobsub --deadline +1s -H true)
	e=$(jobsub --queue-timeout 200ms -H true)
	ended "$c" "$d"
	because "$c" Timeout
	because "$d" Deadline
	is "$e" queued	# who holds a job does not want it to expire
	jobctl release "$e"
	block=$(jobsub sleep 100)
	f=$(jobsub --queue-timeout 200ms true)
	ended "$f"
	because "$f" Expired
	jobcancel --now -W "$block"
}

@test "jobsub: more memory for the next attempt: --retry-mem" {
	start_jobd
	exits 64 jobsub --retry-mem 2 true
	[[ $stderr == *'--retry-mem: 2 is no growth: write 2x or 1.5x:64G'* ]]
	exits 65 jobsub --spec - <<<'{"command":"true","retry":{"retry_mem":"x"}}'
	[[ $stderr == *'retry_mem: "x" is no growth: 2x or 1.5x:64G is one' ]]
	jobsub --dry-run -m 1G --retry-mem 2x:64G true | grep -q '"retry_mem": "2x:64G"'
	job=$(jobsub -H -m 1G --retry-mem 2x:64G true)
	[ "$(of "$job" retry_mem)" = 2x:64G ]
	jobstat --json "$job" | grep -q '"max_retries": 3'
}

@test "jobsub: after others: --after --on-dep-fail" {
	config 'local_worker = no'
	start_jobd
	a=$(jobsub true)
	b=$(jobsub --after "ok:$a" true)
	c=$(jobsub --after "ok:$a" --on-dep-fail hold true)
	d=$(jobsub -d "ok:$a" --on-dep-fail cancel true)
	e=$(jobsub -d "any:$a" true)
	because "$b" Dependency
	jobcancel "$a"
	poll 5 because "$b" DependencyFailed
	poll 5 is "$d" cancelled
	is "$c" queued
	run ! because "$c" Dependency
	run ! because "$e" Dependency
	is "$e" queued
}

@test "jobsub: how it is tried again: --retries --retry-*" {
	start_jobd
	fixed=(-c 0.1 --retry-jitter 0 --retry-delay 100 --retry-policy fixed)
	a=$(jobsub -c 0.1 --retries 5 "${fixed[@]}" false)
	b=$(jobsub -c 0.1 -r 5 --retry-jitter 0 --retry-delay 100 --retry-max-delay 150 false)
	c=$(jobsub -c 0.1 -r 5 --retry-jitter 0 --retry-delay 100 false)
	d=$(jobsub -c 0.1 -r 2 --retry-policy immediate false)
	e=$(jobsub -c 0.1 -r 1 --retry-jitter 100 --retry-delay 1000 false)
	[ "$(gap "$a") $(gap "$b") $(gap "$c")" = "100 100 100" ]
	[ "$(of "$a" max_retries)" = 5 ]
	n=$(gap "$e")
	[ "$n" -gt 1000 ]
	[ "$n" -le 2000 ]
	jobctl requeue --now "$a" "$b" "$c"
	twice() { [ "$(of "$1" attempts)" = 2 ] && because "$1" RetryWait; }
	for id in "$a" "$b" "$c"; do poll 10 twice "$id"; done
	[ "$(gap "$a") $(gap "$b") $(gap "$c")" = "100 150 200" ]
	ended "$d"
	[ "$(of "$d" attempts)" = 3 ]
}

@test "jobsub: which ends: --retry-on --no-retry-on --success-codes --no-requeue" {
	start_jobd
	quick=(-c 0.1 -r 1 --retry-policy immediate)
	a=$(jobsub "${quick[@]}" --wrap 'exit 64')
	b=$(jobsub "${quick[@]}" --retry-on 64 --wrap 'exit 64')
	c=$(jobsub "${quick[@]}" --no-retry-on 7 --wrap 'exit 7')
	d=$(jobsub "${quick[@]}" --success-codes 0,7 --wrap 'exit 7')
	ended "$a" "$b" "$c" "$d"
	[ "$(of "$a" attempts) $(of "$b" attempts) $(of "$c" attempts)" = "1 2 1" ]
	is "$d" completed
	[ "$(jobsub --dry-run --no-requeue true | grep -c '"no_requeue": true')" = 1 ]
}

@test "jobsub: --retry-on and --no-retry-on take classes, ranges and signals" {
	start_jobd
	quick=(-c 0.1 -r 1 --retry-policy immediate)
	while read -r want on off command; do
		ids+=("$(jobsub "${quick[@]}" --retry-on "$on" --no-retry-on "$off" \
		    --wrap "$command")")
		wanted+=("$want")
	done <<'END'
2 60-64 1 exit 62
1 60-64 62 exit 62
2 user 1 exit 64
1 64 user exit 64
1 oom SIGKILL kill -KILL $$
1 oom SIG* kill -KILL $$
2 oom SIGTERM kill -KILL $$
1 error,7 error exit 7
2 transient,permanent 1 exit 70
END
	late=$(jobsub "${quick[@]}" --kill-grace 0 -t 100ms --retry-on timeout sleep 100)
	once=$(jobsub "${quick[@]}" --kill-grace 0 -t 100ms sleep 100)
	ended "${ids[@]}" "$late" "$once"
	for i in "${!ids[@]}"; do
		[ "$(of "${ids[i]}" attempts)" = "${wanted[i]}" ] || {
			jobstat "${ids[i]}"
			return 1
		}
	done
	[ "$(of "$late" attempts) $(of "$once" attempts)" = "2 1" ]
}

@test "jobsub: a lost job is run again, but with --no-requeue" {
	# nobody knows whether what it held still runs, until its lease is over
	printf '%s\n' 'heartbeat = 1s' 'lease = 2s' 'kill_grace = 1s' >"$JOB_CONFIG"
	start_jobd
	a=$(jobsub -c 0.1 --wrap "echo >>$JOB_TEST/a; exec sleep 100")
	b=$(jobsub -c 0.1 --no-requeue --wrap "echo >>$JOB_TEST/b; exec sleep 100")
	poll 10 test -s "$JOB_TEST/a"
	poll 10 test -s "$JOB_TEST/b"
	kill_jobd
	end_all
	rm -r "$JOB_SPOOL/worker"	# as on a machine that was made anew
	start_jobd
	again() { [ "$(wc -l <"$JOB_TEST/a")" -eq 2 ]; }
	poll 10 again
	poll 10 is "$b" failed
	[ "$(wc -l <"$JOB_TEST/b")" -eq 1 ]
	jobcancel --now -W "$a"
}

@test "jobsub: how it is ended: --kill-signal --kill-grace" {
	start_jobd
	stubborn='trap "" TERM; while :; do sleep 1; done'
	a=$(jobsub -c 0.1 --kill-signal USR1 --wrap \
	    "trap 'echo usr1; exit 0' USR1; echo up; while :; do sleep 0.05; done")
	b=$(jobsub -c 0.1 --kill-grace 100ms --wrap "echo up; $stubborn")
	up() { [ "$(joblog -o "$1" | head -n 1)" = up ]; }
	poll 10 up "$a"
	poll 10 up "$b"
	jobcancel -W "$a" "$b"	# the default of 30 s would be too long for the test
	[ "$(joblog "$a" | tail -n 1)" = usr1 ]
}

@test "jobsub: around it: --chdir --env --umask --user --env-type" {
	start_jobd
	mkdir "$JOB_TEST/there"
	export WANTED=1
	a=$(jobsub --chdir "$JOB_TEST/there" --env WANTED,B=2 --umask 0137 --env-type host \
	    --wrap 'echo "$PWD $WANTED $B $(umask)"')
	b=$(jobsub -D /tmp -E B=3 --wrap 'echo "$PWD $WANTED $B"')
	ended "$a" "$b"
	[ "$(joblog "$a")" = "$JOB_TEST/there 1 2 0137" ]
	[ "$(joblog "$b")" = "/tmp  3" ]
	exits 64 jobsub --env-type container true
	for user in -u --user; do	# system.bats runs one
		exits 69 jobsub "$user" nobody true
		[[ $stderr == *'as its owner only'* ]]
	done
}

@test "jobsub: its files: --output --error --input --append" {
	start_jobd
	cd "$JOB_TEST"
	echo given >in
	echo old >out
	echo old >kept
	a=$(jobsub --output out --error err --input in --wrap 'cat; echo e >&2')
	b=$(jobsub -o kept -e kept2 -i in --append --wrap cat)
	ended "$a" "$b"
	[ "$(cat out err)" = $'given\ne' ]
	[ "$(cat kept)" = $'old\ngiven' ]
}

@test "jobsub: what it waits for and prints: --wait --timeout --cancel-on-int, the forms" {
	config 'local_worker = no'
	start_jobd
	exits 75 jobsub --wait --timeout 50ms true
	[ "$output" = 1 ]
	exits 75 jobsub -W -Q --timeout 50ms true
	jobsub -W --cancel-on-int true >"$JOB_TEST/id" 2>&1 3>&- 4>&- &
	pid=$!
	poll 5 test -s "$JOB_TEST/id"
	kill -TERM "$pid"
	wait "$pid" || [ $? -eq 130 ]
	is 3 cancelled
	exits 0 jobsub --parsable true
	[ "$output" = '4|queued|0' ]
	exits 0 jobsub --json true
	[[ $output == *'"job_id":5,'* ]]
	exits 0 jobsub --dry-run true
	[ "$(jobq -h -a | wc -l)" -eq 5 ]
	jobsub --key k true
	exits 0 jobsub --verbose --key k true
	[[ $stderr == *'there before'* ]]
	exits 0 jobsub -v --key k true
	[[ $stderr == *'there before'* ]]
	exits 0 jobsub --key k true
	[ -z "$stderr" ]
	stop_jobd
	exits 0 jobsub true
	[ -n "$stderr" ]
	for quiet in -Q --quiet; do
		exits 0 jobsub "$quiet" true
		[ -z "$stderr" ]
	done
}

@test "jobsub --user, and what users see of each other: jobq --me, -u, -A, jobcancel -u" {
	skip_unless_root
	config 'user = daemon' 'local_worker = no'
	chmod 755 "$JOB_TEST"
	chmod 644 "$JOB_CONFIG"
	cd /
	mkdir -m 755 "$JOB_TEST/bin"
	cp "$JOB_BUILD"/bin/* "$JOB_TEST/bin"
	PATH=$JOB_TEST/bin:$PATH
	start_jobd
	mine=$(jobsub -H -D / true)
	theirs=$(jobsub -H -D / --user nobody true)
	[ "$(jobsub --dry-run -u nobody true | grep -c '"run_as": "nobody"')" = 1 ]
	as() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
	other=$(as jobsub -H -D / true)
	[ "$(ids)" = "$(ids --me)" ]
	[[ ,$(ids), == *,$mine,* ]]
	[[ ,$(ids), != *,$other,* ]]
	[ "$(ids --me "$mine" "$other")" = "$mine" ]
	[ "$(ids "$mine" "$other")" = "$mine,$other" ]
	[[ ,$(ids -u nobody), == *,$other,* ]]
	[[ ,$(ids --user nobody), != *,$mine,* ]]
	for all in -A --all-users; do
		[ "$(ids "$all")" = "$mine,$theirs,$other" ]
	done
	[ "$(jobcancel --dry-run -u nobody)" = "$(ids -u nobody | tr , '\n')" ]
	[ "$(jobcancel --dry-run --user nobody)" = "$(ids -u nobody | tr , '\n')" ]
}

# Three jobs: done (failed once before), bad, and one that waits.
some_jobs() {
	start_jobd
	good=$(jobsub -c 0.1 -J good -p 5 --tag t=a -r 1 --retry-policy immediate --wrap \
	    'echo "try $JOB_ATTEMPT"; echo second; echo err >&2; exit $((JOB_ATTEMPT == 1))')
	bad=$(jobsub -c 0.1 -J bad -q slow -p 9 --wrap 'exit 3')
	held=$(jobsub -J held -H -E A=1 -- sleep 9)
	ended "$good" "$bad"
}

@test "jobq: which jobs, in the long names too" {
	some_jobs
	[ "$(ids)" = "$held" ]
	[ "$(ids --all)" = "$good,$bad,$held" ]
	[ "$(ids -a)" = "$good,$bad,$held" ]
	for other in -u --user; do
		[ -z "$(ids -a "$other" nobody)" ]
		[ "$(ids "$other" "$(id -un)")" = "$held" ]
	done
	[ "$(ids --jobs "$bad")" = "$bad" ]
	[ "$(ids -j "$bad")" = "$bad" ]
	[ "$(ids --state failed)" = "$bad" ]
	[ "$(ids -t CD)" = "$good" ]
	[ "$(ids -a --name good)" = "$good" ]
	[ "$(ids -a -n bad)" = "$bad" ]
	[ "$(ids -a --tag t=a)" = "$good" ]
	[ "$(ids -a --queue slow)" = "$bad" ]
	[ "$(ids -a -q slow)" = "$bad" ]
	[ "$(ids -a --worker local)" = "$good,$bad" ]
	[ "$(ids -a -w local)" = "$good,$bad" ]
	[ -z "$(ids -a --since +1h)" ]
	[ "$(ids -a --since 1h)" = "$good,$bad,$held" ]
	[ -z "$(ids -a --until 1h)" ]
	[ "$(ids -a --sort pri)" = "$good,$bad,$held" ]
	[ "$(ids -a -S pri-)" = "$held,$bad,$good" ]
	[ "$(ids -a --limit 1)" = "$held" ]
	[ "$(ids -a -N 2)" = "$bad,$held" ]
	exits 1 jobq --exit-status -n none
	exits 1 jobq -e -n none
	exits 0 jobq -n none
}

@test "jobq: in which form, in the long names too" {
	some_jobs
	[ "$(jobq | wc -l) $(jobq --no-header | wc -l) $(jobq -h | wc -l)" = "2 1 1" ]
	[[ $(jobq --long | head -n 1) == *COMMAND ]]
	[[ $(jobq -l | head -n 1) == *COMMAND ]]
	[ "$(jobq -h --format name)" = held ]
	[ "$(jobq -h -o name)" = held ]
	[ "$(jobq --parsable -o id,st)" = "ID|ST"$'\n'"$held|PD" ]
	[ "$(jobq --tsv -o id,st)" = $'ID\tST\n'"$held"$'\tPD' ]
	[ "$(jobq --jsonl -o id)" = "{\"id\":$held}" ]
	jobq --json | grep -q '"schema": "job/1"'
	jobq -a --count | grep -Eq '^failed +1$'
	[[ $(jobq -h --utc -o submitted) =~ Z$ ]]
	[[ $(jobq -h --epoch -o submitted) =~ ^[0-9]{10}$ ]]
	[[ $(jobq -h --relative -o submitted) =~ ^(now|.*ago)$ ]]
}

@test "jobstat: every option" {
	some_jobs
	[[ $(jobstat --why "$held") == *Held* ]]
	[ "$(jobstat --attempts "$good" | wc -l)" -eq 3 ]
	[[ $(jobstat --usage "$good") == *'CPU S'* ]]
	[[ $(jobstat --usage "$good") != "$(jobstat --attempts "$good")" ]]
	[ "$(jobstat --script "$held")" = 'sleep 9' ]
	[ "$(jobstat --env "$held")" = A=1 ]
	jobstat --json "$held" | grep -q '"job_name": "held"'
	exits 0 jobstat --exit-status "$good"
	exits 1 jobstat -e "$bad"
	exits 2 jobstat -e "$held"
	[[ $(jobstat --utc "$held" | grep submitted) =~ [0-9]Z\ on ]]
	[[ $(jobstat --epoch "$held" | grep submitted) =~ \ [0-9]{10}\ on ]]
	[[ $(jobstat --relative "$held" | grep submitted) =~ (now|ago)\ on ]]
}

@test "joblog: every option" {
	some_jobs
	[ "$(joblog "$good" 2>/dev/null)" = $'try 2\nsecond' ]
	for option in -o --stdout; do
		[ "$(joblog "$option" "$good" 2>&1)" = $'try 2\nsecond' ]
	done
	for option in -e --stderr; do
		[ "$(joblog "$option" "$good" 2>&1)" = err ]
	done
	for option in -n --lines; do
		[ "$(joblog -o "$option" 1 "$good")" = second ]
	done
	for option in '-a 1' '--attempt 1' --prev; do
		# shellcheck disable=SC2086 # an option and its value
		[ "$(joblog -o $option -n 9 "$good" | head -n 1)" = 'try 1' ]
	done
	[ "$(joblog -o --attempt all "$good" 2>/dev/null | grep -c try)" -eq 2 ]
	[ "$(joblog --path -o "$good" | xargs head -n 1)" = 'try 2' ]
	joblog --meta "$good" | grep -q '"exit_code": 0'
	exits 3 joblog --follow --exit-status "$bad"
	exits 0 joblog -f "$bad"
	exits 0 joblog "$held"
	[ -n "$stderr" ]
	for quiet in -Q --quiet; do
		exits 0 joblog "$quiet" "$held"
		[ -z "$stderr" ]
	done
	go=$(jobsub -H echo late)
	joblog --follow "$go" >"$JOB_TEST/late" 2>/dev/null 3>&- 4>&- &
	jobctl release "$go"
	wait $!
	[ "$(cat "$JOB_TEST/late")" = late ]
}

@test "jobwait: every option" {
	some_jobs
	exits 3 jobwait --all "$good" "$bad"
	exits 75 jobwait --timeout 50ms "$good" "$held"
	exits 0 jobwait --any "$good" "$held"
	exits 75 jobwait --any --all --timeout 20ms "$good" "$held"	# the last one counts
	exits 0 jobwait --until started "$bad"
	exits 3 jobwait --until ended "$bad"
	exits 3 jobwait --until ok "$held" "$bad"
	exits 1 jobwait --count-failed "$good" "$bad"
	exits 0 jobwait "$good"
	[ -z "$stderr" ]
	for option in -v --verbose; do
		exits 0 jobwait "$option" "$good"
		[[ $stderr == *completed* ]]
	done
	exits 75 jobwait --timeout 20ms "$held"
	[ -n "$stderr" ]
	for option in -Q --quiet; do
		exits 75 jobwait "$option" --timeout 20ms "$held"
		[ -z "$stderr" ]
	done
}

@test "jobcancel: every option but its filters" {
	start_jobd
	loop='while :; do sleep 0.05; done'
	a=$(jobsub -c 0.1 --wrap "trap 'echo one' USR1; echo up; $loop")
	b=$(jobsub -c 0.1 --kill-grace 1h --wrap "trap '' TERM; echo up; $loop")
	c=$(jobsub -H true)
	said() { joblog -o "$1" | grep -q "$2"; }
	poll 10 said "$a" up
	poll 10 said "$b" up
	jobcancel -s USR1 "$a"
	poll 5 said "$a" one
	jobcancel --signal KILL "$a"
	ended "$a"
	because "$a" Signal
	exits 0 timeout 60 jobcancel --now --wait --reason 'so it is' "$b"	# else an hour
	is "$b" cancelled
	[ "$(of "$b" detail)" = 'so it is' ]
	exits 0 jobcancel --dry-run "$c"
	[ "$output" = "$c" ]
	is "$c" queued
	asked() { script -qec "jobcancel $*" /dev/null; }	# at a terminal of its own
	for ask in -i --interactive; do
		asked "$ask" "$c" <<<n || [ $? -eq 66 ]
		is "$c" queued
	done
	exits 66 setsid -w jobcancel -i "$c"
	[[ $stderr == *'there is no terminal to ask at'* ]]
	asked -i "$c" <<<y
	is "$c" cancelled
	exits 1 jobcancel "$c"
	exits 0 jobcancel -Q "$c"
	exits 0 jobcancel --quiet "$c"
	for option in -v --verbose; do
		exits 0 jobcancel "$option" "$(jobsub -H true)"
		[[ $stderr == *cancelled* ]]
	done
	exits 0 jobcancel --json "$(jobsub -H true)"
	[[ $output == *'"done":true'* ]]
	d=$(jobsub -c 0.1 sleep 100)
	exits 0 jobcancel -W "$d"
	is "$d" cancelled
	exits 64 jobcancel -b "$d"
	for option in -b --batch; do
		child="sh -c 'trap \"touch $JOB_TEST/child\" USR1; while :; do sleep 0.05; done' &"
		d=$(jobsub -c 0.1 --wrap "$child trap 'kill \$!; echo main; exit 0' USR1; echo up
		    $loop")
		poll 10 said "$d" up
		jobcancel "$option" -s USR1 "$d"
		ended "$d"
		said "$d" main
		[ ! -e "$JOB_TEST/child" ]
	done
}

@test "jobcancel --children: what depends on it at any depth, and nothing else" {
	config 'local_worker = no'
	start_jobd
	a=$(jobsub true)
	b=$(jobsub -d "any:$a" true)
	c=$(jobsub -d "notok:$b" --on-dep-fail hold true)
	d=$(jobsub -d "any:$a:$c" true)
	other=$(jobsub true)
	[ "$(jobcancel --children --dry-run "$a" | paste -sd,)" = "$d,$c,$b,$a" ]
	exits 0 jobcancel --children "$b"	# -v tells whom
	is "$a" queued
	is "$other" queued
	for id in "$b" "$c" "$d"; do
		is "$id" cancelled
		because "$id" ByUser
	done
	e=$(jobsub -d "any:$a" true)
	jobcancel "$a"
	is "$e" queued	# let go, where --children would have ended it
}

@test "jobcancel: every filter, in both names" {
	config 'cpus = 2'
	start_jobd
	run=$(jobsub -c 0.1 -J run sleep 100)
	poll 10 is "$run" running
	one=$(jobsub -H -J one -q night --tag k=1 true)
	chosen() { jobcancel --dry-run "$@" | paste -sd,; }
	for f in '-n one' '--name one' '--tag k' '--tag k=1' '-q night' '--queue night' \
	    '-t queued' '--state PD'; do
		# shellcheck disable=SC2086 # an option and its value
		[ "$(chosen $f)" = "$one" ]
	done
	[ "$(chosen -w local)" = "$run" ]
	[ "$(chosen --worker local)" = "$run" ]
	[ "$(chosen -u "$(id -un)")" = "$run,$one" ]
	exits 66 jobcancel --dry-run --user nobody
	exits 64 jobcancel -n one </dev/null
	exits 0 jobcancel --yes -n one
	is "$one" cancelled
	is "$run" running
	jobcancel --now -W "$run"
}

@test "jobctl: every option" {
	start_jobd
	a=$(jobsub -c 0.1 -r 1 --retry-delay 1h false)
	poll 10 because "$a" RetryWait
	exits 1 jobctl requeue "$a"
	[ -n "$stderr" ]
	for quiet in -Q --quiet; do
		exits 1 jobctl requeue "$quiet" "$a"
		[ -z "$stderr" ]
	done
	jobctl requeue --now "$a"
	ended "$a"
	is "$a" failed
	jobctl rerun --only cancelled "$a"
	is "$a" failed
	b=$(jobsub -H true)
	for option in -v --verbose; do
		exits 0 jobctl hold "$option" --reason 'the disk' "$b"
		[[ $stderr == *held* ]]
	done
	[ "$(of "$b" detail)" = 'the disk' ]
	[ "$(jobctl hold --dry-run "$b")" = "$b" ]
	exits 0 jobctl release --json "$b"
	[[ $output == *"\"target\":\"$b\",\"done\":true"* ]]
}

@test "jobadm: every option" {
	start_jobd
	jobwait "$(jobsub true)"
	rows() { jobadm worker list "$@" | wc -l; }
	[ "$(rows) $(rows -h) $(rows --no-header)" = "2 1 1" ]
	for option in -o --format; do
		[ "$(jobadm worker list -h "$option" name)" = local ]
	done
	[ "$(jobadm worker list --parsable -o name,state)" = $'WORKER|STATE\nlocal|active' ]
	[ "$(jobadm worker list --tsv -o name,state)" = $'WORKER\tSTATE\nlocal\tactive' ]
	[[ $(jobadm worker list --json) == '{"schema":"job/1","workers":['* ]]
	exits 64 jobadm worker drain local
	jobadm worker drain --reason 'new disk' local
	[[ $(jobadm worker list) == *'new disk'* ]]
	run jobadm doctor
	[[ $output == *'OK '* ]]
	for quiet in -Q --quiet; do
		[[ $(jobadm doctor "$quiet") != *'OK '* ]]
	done
}

@test "jobd: every option" {
	printf 'default_retries = 4\nlocal_worker = no\n' >"$JOB_TEST/other"
	echo 'nonsense = 1' >"$JOB_TEST/bad"
	for t in -t --test; do
		jobd "$t"
		exits 78 jobd "$t" -c "$JOB_TEST/bad"
	done
	for t in -T --print; do
		jobd "$t" --config "$JOB_TEST/other" | grep -q '^default_retries = 4'
	done
	for f in -f --foreground; do
		jobd "$f" -c "$JOB_TEST/other" --spool "$JOB_TEST/alt" 2>"$JOB_TEST/err" 3>&- 4>&- &
		pid=$!
		poll 5 grep -q ready "$JOB_TEST/err"
		[ "$(cat "$JOB_TEST/alt/lock")" = "$pid" ]
		kill -TERM "$pid"
		wait "$pid"
		: >"$JOB_TEST/err"
	done
	exits 0 jobd --check --spool "$JOB_TEST/alt"
	[ "$output" = 'no finding' ]
}

@test "job.conf: [queue]: which there are, and whom they take" {
	config 'cpus = 1' '[queue night]' 'max_priority = 600' 'max_time_limit = 2h'
	start_jobd
	run --separate-stderr jobsub -q nigth true
	[ "$status" -eq 65 ]
	[[ $stderr == *"there is no queue 'nigth'; did you mean 'night'?"* ]]
	run --separate-stderr jobsub -q night -t 1h -p 700 true
	[ "$status" -eq 77 ]
	run --separate-stderr jobsub -q night true
	[ "$status" -eq 65 ]
	a=$(jobsub -q night -t 1h -p 600 sleep 100)
	b=$(jobsub -q night -t 1h -p 600 true)
	config 'cpus = 1' '[queue night]' 'state = stopped'
	kill -HUP "$JOBD_PID"
	poll 10 because "$b" QueueStopped
	is "$a" running
	c=$(jobsub true)
	jobcancel --now -W "$a"
	ended "$c"
	config 'cpus = 1' '[queue night]' 'state = draining'
	kill -HUP "$JOBD_PID"
	ended "$b"
	run jobsub -q night true
	[ "$status" -eq 75 ]
}

@test "jobadm queue: made, filled, stopped, drained and taken away while jobd runs" {
	config 'cpus = 1' '[queue day]' 'max_priority = 600'
	start_jobd
	exits 66 jobadm queue set night users=ann
	[[ $stderr == *'there is no queue night: add makes it'* ]]
	exits 78 jobadm queue add night usrs=ann
	[[ $stderr == *'unknown key "usrs" of a [queue]; did you mean "users"?'* ]]
	exits 0 jobadm queue add night max_priority=700 default_priority=650 default_time_limit=90
	exits 65 jobadm queue add night
	[ "$(jobadm queue list --parsable -o name,from,state,max_priority,default_cpus)" = \
	    $'QUEUE|FROM|STATE|max_priority|default_cpus\nday|job.conf|open|600|auto
night|spool|open|700|auto' ]
	exits 65 jobsub -q evening true
	exits 77 jobsub -q night -p 701 true
	a=$(jobsub -q night sleep 100)
	[ "$(of "$a" priority) $(of "$a" max_execution_time)" = '650 90' ]
	poll 10 is "$a" running
	exits 75 jobadm queue rm night
	b=$(jobsub -q night true)
	exits 0 jobadm queue stop night
	poll 10 because "$b" QueueStopped
	exits 0 jobadm queue set day max_priority=100
	exits 77 jobsub -q day -p 101 true
	kill -TERM "$JOBD_PID"
	poll 10 gone "$JOBD_PID"
	start_jobd
	poll 10 because "$b" QueueStopped
	jobcancel --now -W "$a"
	because "$b" QueueStopped
	exits 0 jobadm queue drain night
	ended "$b"
	exits 75 jobsub -q night true
	exits 0 jobadm queue open night
	c=$(jobsub -q night true)
	ended "$c"
	exits 0 jobadm queue set day max_priority=
	jobsub -q day -p 600 true
	exits 0 jobadm queue rm night
	exits 65 jobsub -q night true
	exits 66 jobadm queue rm day
	[[ $(jobadm queue list --json) == '{"schema":"job/1","queues":[{"name":"day",'* ]]
}

@test "a queue with windows starts jobs in them alone" {
	config 'cpus = 1' 'time_zone = Europe/Berlin'
	start_jobd
	# a day that is neither today nor beside it, wherever one is
	exits 0 jobadm queue add week windows="$(LC_ALL=C date -u -d '+3 days' +%a) 10:00-11:00"
	exits 78 jobadm queue set week windows=noon
	a=$(jobsub -q week true)
	poll 10 because "$a" Window
	[[ $(jobstat --why "$a") == *'its queue starts no jobs at this time of the week'* ]]
	ended "$(jobsub true)"
	because "$a" Window
	exits 0 jobadm queue set week windows=mon-sun
	ended "$a"
}

@test "jobadm quota: what is within bounds starts, what is not waits and says why" {
	config 'cpus = 4'
	start_jobd
	me=$(id -un)
	exits 0 jobadm quota set user "$me" max_running=1 max_cpus=2
	a=$(jobsub sleep 100)
	poll 10 is "$a" running
	b=$(jobsub true)
	poll 10 because "$b" QuotaJobs
	waits_for "$b" "user $me"
	[[ $(jobstat --why "$b") == *"QuotaJobs"*"user $me has 1 of 1 jobs"* ]]
	[ "$(jobadm quota list --parsable -o kind,name,running,cpus,queued)" = \
	    $'KIND|NAME|RUNNING|CPUS|QUEUED\nuser|'"$me|1/1|1/2|1" ]
	exits 69 jobsub -c 3 true
	[[ $stderr == *"asks for 3 cpus, user $me may have 2 at once"* ]]
	exits 64 jobadm quota set queue night max_running=1
	exits 64 jobadm quota set user
	exits 78 jobadm quota set site max_rate=1
	exits 0 jobadm quota set site max_running=1
	exits 0 jobadm quota rm user "$me"
	poll 10 waits_for "$b" site
	exits 66 jobadm quota rm user "$me"
	exits 0 jobadm quota rm site
	ended "$b"
	jobcancel --now -W "$a"
	[ -z "$(jobadm quota list -h)" ]
}

@test "a token that others have is named" {
	config 'cpus = 4' 'tokens = lic=1,db=1'
	start_jobd
	a=$(jobsub -L db -L lic sleep 100)
	poll 10 is "$a" running
	b=$(jobsub -L lic true)
	poll 10 because "$b" Limit
	waits_for "$b" lic
	[ "$(jobq -h -o reason -j "$b")" = Limit:lic ]
	[[ $(jobstat --why "$b") == *'others have the tokens that it asks for: lic'* ]]
	jobcancel --now -W "$a"
	ended "$b"
}
