#!/usr/bin/env bats
# Where jobs run: what workers have by name, gpus, tokens, labels.

# shellcheck disable=SC2016,SC2034 # the dollar is the job's
load lib/common

teardown() {
	touch "$JOB_TEST/go"
	[ -z "$JOBD_PID" ] || stop_jobd
	end_host a
	end_host b
	job_teardown
}

of() { jobstat --json "$1" | sed -n "s/^ *\"$2\": \"*\([^\"]*[^\",]\)\"*,*$/\1/p" | head -n 1; }
is() { [ "$(of "$1" status)" = "$2" ]; }
because() { [ "$(of "$1" reason)" = "$2" ]; }
refused() {
	run jobsub "${@:2}" true
	[ "$status" -eq 69 ]
	[[ $output == *"$1"* ]]
}

@test "jobsub: gpus, resources by name and tokens are booked, and the job is told" {
	cat >"$JOB_CONFIG" <<-'EOC'
		cpus = 8
		gpus = 3
		gpu_type = a100
		bandwidth = 1000
		resources = fpga=2,nic=1
		tokens = matlab=1
	EOC
	start_jobd
	wait='until [ -e go ]; do sleep 0.01; done'
	cd "$JOB_TEST"
	a=$(jobsub -G a100:2 -R fpga=2 -L matlab --bw 400 --wrap \
	    "echo \$JOB_GPUS \$JOB_GPU_IDS \$CUDA_VISIBLE_DEVICES \$JOB_RES_FPGA \$JOB_BW; $wait")
	poll 10 is "$a" running
	b=$(jobsub -E ALL,CUDA_VISIBLE_DEVICES=7 -G 1 \
	    --wrap 'echo $JOB_GPU_IDS $CUDA_VISIBLE_DEVICES')
	jobwait -Q --timeout 20s "$b"
	[ "$(joblog "$b")" = "2 2" ]
	c=$(jobsub -R fpga=1 true)
	d=$(jobsub -L matlab true)
	e=$(jobsub -G 2 true)
	poll 10 because "$c" Resources
	poll 10 because "$d" Limit
	jobstat --why "$c" | grep -q 'busy: fpga: 1 wanted, 0 free of 2'
	jobstat --why "$e" | grep -q '(sooner) *worker local has room now for gpus 1 instead of 2'
	jobstat --why --json "$e" | grep -q '"text": "worker local has room now for gpus 1'
	jobstat --why "$d" | grep -q 'Limit'
	jobstat --why "$e" | grep -q 'busy: gpus: 2 wanted, 1 free of 3'
	[ "$(jobadm worker list -h -o gpus,gputype,bw,res,resfree | tr -s ' ')" = \
	    "1/3 a100 600/1000 fpga=2,nic=1 fpga=0,nic=1" ]
	[ "$(jobq -h -j "$a" -o gpu,gputype,res,tokens | tr -s ' ')" = "2 a100 fpga=2 matlab=1" ]
	# what is booked is booked still when jobd comes back
	kill_jobd
	start_jobd
	poll 10 is "$a" running
	f=$(jobsub -G 1 --wrap 'echo $JOB_GPU_IDS')
	jobwait -Q --timeout 20s "$f"
	[ "$(joblog "$f")" = 2 ]
	because "$c" Resources
	because "$d" Limit
	touch go
	jobwait -Q --timeout 20s "$a" "$c" "$d" "$e"
	[ "$(joblog "$a")" = "2 0,1 0,1 2 400" ]
	refused 'asks for 3 fpga, the largest worker has 2' -R fpga=3
	refused 'asks for the token oracle, which job.conf does not name' -L oracle
	refused 'asks for 2 of the token matlab, of which there are 1' -L matlab:2
	refused 'there is no worker as it must be (v100)' -G v100:1
	sed -i 's/matlab=1/matlab=2/' "$JOB_CONFIG"
	kill -HUP "$JOBD_PID"
	poll 10 jobsub -L matlab:2 true
}

@test "jobsub: labels, names and regions say which workers may run a job" {
	cat >"$JOB_CONFIG" <<-'EOC'
		local_worker = no
		prefer = zone=b
	EOC
	mkdir -m 700 "$JOB_SPOOL"
	for name in a b; do
		echo "$name transport=command command='jobworker attach --dir $JOB_TEST/host-%n'" \
		    "cpus=2 zone=$name label.arch=$name-64" \
		    "$([ $name = a ] && echo label.ssd=yes)"
	done >"$JOB_SPOOL/workers"
	PATH=$JOB_BUILD/bin:$PATH
	start_jobd
	poll 20 eval '[ "$(jobadm worker list -h -o health | grep -cw healthy)" = 2 ]'
	on() {
		local id
		id=$(jobsub "${@:2}" true)
		jobwait -Q --timeout 20s "$id"
		[ "$(of "$id" worker_node_id)" = "$1" ]
	}
	on b -J plain
	on a --prefer zone=a
	on a --constraint ssd
	on a -C 'arch=a-64&!gone'
	on b -C '!ssd'
	on a --worker a
	on a -x b
	on a --exclude 'b*'
	on b --exclusive
	refused 'there is no worker as it must be (arch=c-64)' -C arch=c-64
	run jobsub -C 'a&' true
	[ "$status" -eq 64 ]
	[[ $output == *'--constraint: "a&": a name or a value is expected at ""'* ]]
	id=$(jobsub -C ssd -c 2 sleep 60)
	poll 10 is "$id" running
	other=$(jobsub -w 'a*' true)
	poll 10 because "$other" Resources
	jobstat --why "$other" >"$JOB_TEST/why"
	grep -q 'worker b can never run it: it is none of a\*' "$JOB_TEST/why"
	grep -q 'worker a is busy: cpus: 1 wanted, 0 free of 2' "$JOB_TEST/why"
	[ "$(jobadm worker list -h -o name,zone,labels | tr -s ' ' | head -n 1)" = \
	    'a a {"arch":"a-64","ssd":"yes"}' ]
	jobcancel -Q -W "$id"
	jobwait -Q --timeout 20s "$other"
}
