#!/usr/bin/env bats
# Jobs that are steered while they wait and run: set, suspend, resume.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

of() { jobstat --json "$1" | sed -n "s/^ *\"$2\": \"*\([^\"]*[^\",]\)\"*,*$/\1/p" | head -n 1; }
is() { [ "$(of "$1" status)" = "$2" ]; }
because() { [ "$(of "$1" reason)" = "$2" ]; }
lines() { joblog "$1" | wc -l; }
count='while :; do echo x; sleep 0.02; done'

# more ID N: the job has written more than N lines.
more() { [ "$(lines "$1")" -gt "$2" ]; }

# still FILE...: the processes whose numbers stand there are stopped, or wait for a child that is.
still() {
	local f
	for f; do
		[[ $(cat "/proc/$(cat "$JOB_TEST/$f")/stat") =~ .*\)\ [TD] ]] || return
	done
}

@test "set: what waits is changed in every respect, and starts so" {
	start_jobd
	id=$(jobsub -H -J one --tag a=1 --tag b=2 true)
	jobctl set "$id" prio=800 time=2h mem=128M cpus=0.5 disk=1M queue=night account=team \
	    name=two tag=b= tag=c=3 comment='later on' retries=2 retry-policy=fixed \
	    retry-delay=5 retry-max-delay=9 retry-jitter=0 retry-on=oom no-retry-on=3 \
	    success-codes=0,7 no-requeue=yes kill-signal=INT kill-grace=3 on-dep-fail=hold \
	    queue-timeout=1h deadline=+1d
	for pair in job_name=two priority=800 queue=night account=team cpu_cores=0.5 \
	    memory_gb=0.125 comment='later on' max_retries=2 retry_policy=fixed retry_on=oom \
	    no_retry_on=3 success_codes=0,7 max_execution_time=7200; do
		[ "$(of "$id" "${pair%%=*}")" = "${pair#*=}" ] || {
			echo "${pair%%=*} is $(of "$id" "${pair%%=*}")"
			return 1
		}
	done
	[[ $(jobstat --json "$id" | tr -d " \n") == *'"tags":{"a":"1","c":"3"}'* ]]
	jobctl set "$id" at=+1h
	jobctl release "$id"
	because "$id" BeginTime
	jobctl set "$id" at= deadline= comment=
	[ "$(of "$id" comment)" = null ]
	jobwait "$id"
}

@test "set: where it runs, what it takes of the site, how long it should" {
	printf 'tokens = lic=2\nresources = fpga=2\n' >"$JOB_CONFIG"
	start_jobd
	worker_known() { [[ $(jobadm worker list -h) == *active* ]]; }
	poll 10 worker_known
	id=$(jobsub -H -R fpga=1 --wrap 'echo "$JOB_RES_FPGA"')
	jobctl set "$id" res=fpga=2 limit=lic:2 exclusive=yes singleton=yes constraint='!old' \
	    prefer=zone=a worker='loc*' exclude=web1 estimate=5m retry-mem=2x
	for pair in named_resources=fpga=2 tokens=lic=2 exclusive=true singleton=true \
	    constraints='!old' prefer=zone=a on_workers='loc*' not_workers=web1 \
	    estimate_seconds=300 retry_mem=2x; do
		[ "$(of "$id" "${pair%%=*}")" = "${pair#*=}" ] || {
			echo "${pair%%=*} is $(of "$id" "${pair%%=*}")"
			return 1
		}
	done
	exits 1 jobctl set "$id" res=fpga=3
	[[ $stderr == *'asks for 3 fpga, the largest worker has 2'* ]]
	exits 1 jobctl set "$id" limit=lic:3
	exits 1 jobctl set "$id" worker=web1 exclude=
	jobctl release "$id"
	jobwait --timeout 20s "$id"
	[ "$(joblog "$id")" = 2 ]
	id=$(jobsub -H -L lic --exclusive --singleton -C '!old' --estimate 1m true)
	jobctl set "$id" limit= exclusive=no singleton=no constraint= estimate=
	for name in tokens constraints estimate_seconds; do
		[ "$(of "$id" "$name")" = null ]
	done
	[ "$(of "$id" exclusive) $(of "$id" singleton)" = 'false false' ]
}

@test "set: refused whole, with the reason; others of the same request are changed" {
	start_jobd
	run=$(jobsub -c 0.1 sleep 100)
	wait=$(jobsub -H true)
	poll 10 is "$run" running
	exits 1 jobctl set "$run" "$wait" prio=1 mem=1G
	[[ $stderr == *"$run: is running: memory_gb can be changed only while it is queued"* ]]
	[ "$(of "$run" priority) $(of "$wait" priority)" = '500 1' ]
	exits 1 jobctl set "$wait" cpus=99999
	exits 64 jobctl set "$wait"
	exits 64 jobctl set prio=1
	exits 64 jobctl set "$wait" prio=
	exits 64 jobctl set "$wait" colour=red
	exits 1 jobctl set "$wait" deadline=2020-01-01
	jobcancel --now -W "$run" "$wait"
	exits 1 jobctl set "$run" prio=1
}

@test "set: a running job gets more time, or less, also over restarts" {
	start_jobd
	a=$(jobsub -c 0.1 -t 1 sleep 100)
	poll 10 is "$a" running
	jobctl set "$a" time=+10m
	b=$(jobsub -c 0.1 -t 10m sleep 100)
	poll 10 is "$b" running
	kill_jobd
	start_jobd
	jobctl set "$b" time=2
	exits 124 jobwait "$b"
	is "$a" running
	jobctl set "$a" time=-9m
	[ "$(of "$a" max_execution_time)" = 61 ]
	jobcancel --now -W "$a"
}

@test "suspend, resume: all of a job stands, its clock too, whoever is started anew" {
	start_jobd
	id=$(jobsub -c 0.1 -t 1m --wrap "(setsid sh -c 'echo \$\$ >$JOB_TEST/two; $count' &)
	    echo \$\$ >$JOB_TEST/one; $count")
	poll 10 more "$id" 2
	poll 10 is "$id" running
	exits 0 jobctl suspend -v "$id"
	[[ $stderr == *"$id: suspended"* ]]
	because "$id" Suspended
	poll 10 still one two
	kill_jobd
	kill -KILL "$(worker_pid)"
	start_jobd
	because "$id" Suspended
	still one two
	jobctl resume "$id"
	n=$(lines "$id")
	poll 10 more "$id" "$n"
	because "$id" null
	exits 1 jobctl resume "$id"
	jobctl suspend "$id"
	jobcancel --now -W "$id"
	because "$id" ByUser
}

@test "suspend: a job that is suspended can be requeued, and runs as any other then" {
	start_jobd
	id=$(jobsub -c 0.1 --wrap "echo up; $count")
	poll 10 more "$id" 0
	poll 10 is "$id" running
	jobctl suspend "$id"
	jobctl requeue --now "$id"
	again() { [[ $(jobq -h -o executions -j "$id") == 2 ]]; }
	poll 10 again
	poll 10 because "$id" null
	poll 10 more "$id" 1
	jobcancel --now -W "$id"
}

@test "top, expedite, move: who goes first, and to another queue" {
	start_jobd
	full=$(jobsub -c "$(nproc)" -- sh -c 'sleep 100')
	poll 10 is "$full" running
	a=$(jobsub -c "$(nproc)" -p 600 true)
	b=$(jobsub -c "$(nproc)" true)
	later=$(jobsub -c "$(nproc)" --at +1h true)
	exits 0 jobctl top -v "$b"
	[[ $stderr == *"$b: goes first"* ]]
	[ "$(of "$b" priority)" = 601 ]
	exits 0 jobctl expedite "$later"
	[ "$(of "$later" priority)" = 1000 ]
	because "$later" Resources
	exits 1 jobctl top "$full"
	[[ $stderr == *'only a job that waits for room can pass others'* ]]
	exits 0 jobctl move night "$a" "$b"
	[ "$(of "$a" queue)" = night ]
	[ "$(of "$b" queue)" = night ]
	exits 64 jobctl move
	exits 64 jobctl move night
	jobcancel -Q --now -W "$full" "$a" "$b" "$later"
}

@test "rerun: what is in the history runs again as it was, under a new number" {
	printf 'history_after = 0\n' >"$JOB_CONFIG"
	start_jobd
	cd "$JOB_TEST"
	printf '#!/bin/sh\necho "$1 $VALUE in $PWD"\ntest -e ok\n' >script
	# Long enough to stand apart from the row, as what is shared does.
	printf '# %04000d\n' 0 >>script
	one=$(VALUE=7 jobsub -c 0.1 -E VALUE -J again --tag a=b -t 1m -f script word)
	two=$(jobsub -c 0.1 -J well true)
	jobwait -Q "$one" "$two" || :
	moved() { [ "$(sqlite3 "$JOB_SPOOL/state.db" 'SELECT count(*) FROM jobs')" = 0 ]; }
	poll 10 moved
	touch ok
	exits 0 jobctl rerun --only failed "$one-$two"
	new=$output
	[ "$new" = $((two + 1)) ]
	exits 0 jobwait --timeout 20s "$new"
	[ "$(joblog "$new")" = "word 7 in $JOB_TEST" ]
	[ "$(joblog "$one")" = "word 7 in $JOB_TEST" ]	# the old one stays what it was
	is "$one" failed
	[ "$(of "$new" rerun_of)" = "$one" ]
	[ "$(of "$new" job_name)" = again ]
	[ "$(of "$new" max_execution_time)" = 60 ]
	poll 10 moved
	exits 1 jobctl rerun "$two" "$one"
	[[ $stderr == *"$two: is completed: submit it anew"* ]]
	[ "$output" -gt "$new" ]
}
