#!/usr/bin/env bats
# The agent's program: its options, its life in the background, and the cable to it.  What jobs
# get and how they end is tested in C, in t/unit/agent_*.c.

load lib/common

setup() {
	job_setup
	DIR=$JOB_TEST/w
}

teardown() {
	[ ! -e "$DIR/lock" ] || end_worker || :
	job_teardown
}

daemon() { cut -d' ' -f1 "$DIR/lock"; }

end_worker() {
	local pid
	pid=$(daemon)
	grep -qzxF "$DIR" "/proc/$pid/cmdline" 2>/dev/null || return 0
	kill -TERM "$pid"
	poll 10 gone "$pid"
}

# A greeting as jobd says it; its length is counted for the prefix.
greeting() {
	local head
	printf -v head '%s\n' "instance 019a9f00-1234-7abc-8def-0123456789ab" "epoch ${1:-1}" \
	    "version 0" "worker local"
	printf 'job1 attach %d 0\n%s' "${#head}" "$head"
}

@test "usage: nothing, nonsense, too much" {
	run jobworker
	[ "$status" -eq 64 ]
	run jobworker nonsense --dir "$DIR"
	[ "$status" -eq 64 ]
	run jobworker run
	[ "$status" -eq 64 ]
	[[ $output == *"--dir is missing"* ]]
	run jobworker run --dir "$DIR" --cpus many
	[ "$status" -eq 64 ]
	run jobworker run --dir "$DIR" --nonsense
	[ "$status" -eq 64 ]
	run jobworker status --dir "$DIR" more
	[ "$status" -eq 64 ]
	[ ! -e "$DIR" ]
}

@test "--help and --version go to stdout" {
	jobworker --help | grep -q '^usage: jobworker run'
	jobworker --version | grep -q '^jobworker [0-9]'
}

@test "probe says what there is, and what was configured" {
	jobworker probe | grep -q '^{"schema":"job/1".*"cpu_cores":[0-9.]*,"memory_mb":[0-9]*'
	run jobworker probe --cpus 1.5 --mem 2G --disk 10G --gpus 3
	[[ $output == *'"cpu_cores":1.500,"memory_mb":2048,"disk_mb":10240,"gpu_count":3,'* ]]
}

@test "run returns when the socket is there; a second one says who has the folder" {
	jobworker run --dir "$DIR"
	[ -S "$DIR/sock" ]
	pid=$(daemon)
	run jobworker run --dir "$DIR"
	[ "$status" -eq 75 ]
	[ "$output" = "jobworker: $DIR: held by jobworker, process $pid" ]
	kill -TERM "$pid"
	poll 5 gone "$pid"
	[ ! -e "$DIR/sock" ]
	grep -q 'ready in' "$DIR/jobworker.log"
}

@test "a folder that cannot be made is an error of whoever starts it" {
	: >"$JOB_TEST/file"
	run jobworker run --dir "$JOB_TEST/file/w"
	[ "$status" -eq 73 ]
	[[ $output == "jobworker: "* ]]
}

@test "a daemon in the background holds no descriptor of its caller" {
	jobworker run --dir "$DIR" 2>&1 | cat	# would wait for the end of the pipe
	[ -z "$(find "/proc/$(daemon)/fd" -lname 'pipe:*' -newer "$DIR/lock" -name '[012]')" ]
}

@test "attach starts the daemon and joins stdin and stdout to it" {
	run jobworker attach --dir "$DIR" < <(greeting)
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "job1 hello "* ]]
	[[ $output == *"held_end"*"count 0" ]]
	pid=$(daemon)
	run jobworker attach --dir "$DIR" < <(greeting 2)
	[[ ${lines[0]} == "job1 hello "* ]]
	[ "$(daemon)" = "$pid" ]
}

@test "attach hands on a refusal" {
	jobworker attach --dir "$DIR" < <(greeting 5) >/dev/null
	run jobworker attach --dir "$DIR" < <(greeting 4)
	[[ ${lines[0]} == "job1 refuse "* ]]
	[[ $output == *"epoch 4 is over: 5 has been here"* ]]
}

@test "two that attach at once meet at one daemon" {
	jobworker attach --dir "$DIR" < <(greeting) >"$JOB_TEST/a" &
	jobworker attach --dir "$DIR" < <(greeting) >"$JOB_TEST/b"
	wait $!
	# The second makes the first void, maybe before that one has been answered.
	cat "$JOB_TEST/a" "$JOB_TEST/b" | grep -q '^job1 hello '
	[ "$(pgrep -cf "^jobworker attach --dir $DIR")" -eq 1 ]
}

@test "status, sweep and kill where there is nothing" {
	run jobworker status --dir "$DIR"
	[ "$status" -eq 66 ]
	jobworker run --dir "$DIR"
	run jobworker status --dir "$DIR"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	run jobworker sweep --dir "$DIR"
	[ "$output" = 0 ]
	run jobworker kill --dir "$DIR" 1.1
	[ "$status" -eq 66 ]
	run jobworker kill --dir "$DIR" 1
	[ "$status" -eq 64 ]
}

@test "root's socket belongs to the user that may attach, and nobody else gets in" {
	skip_unless_root
	chmod 711 "$JOB_TEST"
	jobworker run --dir "$DIR" --allow-uid 65534
	[ "$(stat -c '%u %a' "$DIR/sock")" = "65534 600" ]
	[ "$(stat -c '%u %a' "$DIR")" = "0 711" ]
	run setpriv --reuid 65534 --clear-groups "$JOB_BUILD/bin/jobworker" attach --dir "$DIR" \
	    < <(greeting)
	[[ ${lines[0]} == "job1 hello "* ]]
	run setpriv --reuid 65533 --clear-groups "$JOB_BUILD/bin/jobworker" attach --dir "$DIR" \
	    < <(greeting)
	[ "$status" -eq 77 ]
}

@test "a folder of another user is refused" {
	skip_unless_root
	chmod 711 "$JOB_TEST"
	mkdir -m 755 "$DIR"
	run setpriv --reuid 65534 --clear-groups "$JOB_BUILD/bin/jobworker" run --dir "$DIR"
	[ "$status" -eq 77 ]
	[[ $output == *"belongs to user 0, not to us"* ]]
}
