#!/usr/bin/env bats
# jobsub: what is handed over arrives as it was, and what cannot be taken is refused in words.

# shellcheck disable=SC2016,SC1003 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

# ended ID STATUS: waits for the job's end and holds it to this exit status.
ended() {
	run jobwait --timeout 20s "$1"
	[ "$status" -eq "$2" ] || {
		jobstat "$1"
		return 1
	}
}

@test "prints the number and nothing else" {
	start_jobd
	run --separate-stderr jobsub true
	[ "$status" -eq 0 ]
	[[ $output =~ ^[0-9]+$ ]]
	[ -z "$stderr" ]
	ended "$output" 0
}

@test "arguments arrive byte for byte, without a shell" {
	start_jobd
	cat >"$JOB_TEST/args" <<'END'
#!/bin/bash
printf '[%s]' "$@"
END
	chmod +x "$JOB_TEST/args"
	odd=("two  words" '' "quo'te\"s" '$HOME' '*' $'tab\tnew\nline' $'\xff\xfe' -- -x '\' 'é')
	id=$(jobsub -- "$JOB_TEST/args" "${odd[@]}")
	ended "$id" 0
	joblog -o "$id" >"$JOB_TEST/got"
	printf '[%s]' "${odd[@]}" >"$JOB_TEST/want"
	cmp "$JOB_TEST/got" "$JOB_TEST/want"
}

@test "a script is kept as it was at submission, with its #JOB lines" {
	start_jobd
	cat >"$JOB_TEST/script" <<'END'
#!/bin/bash
#JOB -J from-the-script --tag a=b
#JOB -p 700
echo "first $1"
END
	id=$(jobsub -H -f "$JOB_TEST/script" one)
	echo 'echo changed' >"$JOB_TEST/script"
	jobctl release "$id"
	ended "$id" 0
	[ "$(joblog "$id")" = "first one" ]
	jobstat --json "$id" >"$JOB_TEST/json"
	grep -q '"job_name": *"from-the-script"' "$JOB_TEST/json"
	grep -q '"priority": *700' "$JOB_TEST/json"
}

@test "a script from standard input, without a first line, runs under sh" {
	start_jobd
	id=$(echo 'echo "shell $0" | sed "s, .*, ok,"' | jobsub -f -)
	ended "$id" 0
	[ "$(joblog "$id")" = "shell ok" ]
}

@test "--wrap is shell text" {
	start_jobd
	id=$(jobsub --wrap 'echo a b | wc -w | tr -d " "')
	ended "$id" 0
	[ "$(joblog "$id")" = 2 ]
}

@test "the environment is clean unless asked for" {
	start_jobd
	export LEAK=1 WANTED=2
	id=$(jobsub -- env)
	ended "$id" 0
	joblog "$id" >"$JOB_TEST/env"
	run ! grep -q '^LEAK=' "$JOB_TEST/env"
	for name in JOB_ID JOB_ATTEMPT JOB_FENCE JOB_SPOOL JOB_CPUS JOB_WORKER HOME USER LOGNAME \
	    SHELL PATH; do
		grep -q "^$name=" "$JOB_TEST/env"
	done
	grep -qx "JOB_ID=$id" "$JOB_TEST/env"
	id=$(jobsub -E WANTED,SET=x=y -- env)
	ended "$id" 0
	joblog "$id" >"$JOB_TEST/env"
	grep -qx 'WANTED=2' "$JOB_TEST/env"
	grep -qx 'SET=x=y' "$JOB_TEST/env"
	run ! grep -q '^LEAK=' "$JOB_TEST/env"
	id=$(jobsub -E ALL -- env)
	ended "$id" 0
	joblog "$id" | grep -qx 'LEAK=1'
}

@test "a job has descriptors 0, 1 and 2 and no other" {
	start_jobd
	id=$(jobsub -- ls /proc/self/fd)	# ls itself opens the folder, as the next free one
	ended "$id" 0
	[ "$(joblog "$id" | paste -sd' ')" = "0 1 2 3" ]
}

@test "the working directory is that of the submission, or the one named" {
	start_jobd
	mkdir "$JOB_TEST/here" "$JOB_TEST/there"
	cd "$JOB_TEST/here"
	id=$(jobsub pwd)
	other=$(jobsub -D "$JOB_TEST/there" pwd)
	none=$(jobsub -D "$JOB_TEST/missing" pwd)
	ended "$id" 0
	ended "$other" 0
	[ "$(joblog "$id")" = "$JOB_TEST/here" ]
	[ "$(joblog "$other")" = "$JOB_TEST/there" ]
	ended "$none" 125
	jobstat --json "$none" | grep -q '"reason": *"DirMissing"'
}

@test "-o and -e send the output to files, with patterns" {
	start_jobd
	cd "$JOB_TEST"
	id=$(jobsub -J nm -o 'out.%x.%j.%n' -e err.txt --wrap 'echo o; echo e >&2')
	ended "$id" 0
	[ "$(cat "out.nm.$id.1")" = o ]
	[ "$(cat err.txt)" = e ]
}

@test "a job without output leaves no file in the log tree" {
	start_jobd
	id=$(jobsub true)
	ended "$id" 0
	[ -z "$(find "$JOB_SPOOL/log" -type f)" ]
}

@test "output lands in the tree of the day" {
	start_jobd
	id=$(jobsub echo text)
	ended "$id" 0
	day=$(date -u +%Y/%m/%d)
	path=$(find "$JOB_SPOOL/log/$day" -name stdout.log)
	[ "$(cat "$path")" = text ]
	joblog --path "$id" | grep -qxF "$path"
	[ -f "${path%/*}/execution_metadata.json" ]
}

@test "the brief's document is taken by --spec" {
	start_jobd
	cat >"$JOB_TEST/spec" <<'END'
{"job_name": "portfolio", "job_type": "batch", "command": "echo spec $JOB_NAME",
 "resources": {"cpu_cores": 1, "memory_gb": 0.125},
 "scheduling": {"priority": 750, "max_execution_time": 3600},
 "retry": {"max_retries": 3, "retry_policy": "exponential_backoff", "retry_delay_seconds": 60},
 "tags": {"team": "portfolio"}}
END
	id=$(jobsub --spec "$JOB_TEST/spec")
	ended "$id" 0
	[ "$(joblog "$id")" = "spec portfolio" ]
	echo '{"command": "true", "colour": "red"}' >"$JOB_TEST/bad"
	run jobsub --spec "$JOB_TEST/bad"
	[ "$status" -eq 65 ]
	[[ $output == *colour* ]]
}

@test "--bulk prints one number a line, in order; --atomic takes all or nothing" {
	start_jobd
	for i in 1 2 3 4 5; do
		echo "{\"command\":[\"true\"],\"job_name\":\"n$i\"}"
	done >"$JOB_TEST/bulk"
	jobsub --bulk "$JOB_TEST/bulk" >"$JOB_TEST/ids"
	[ "$(wc -l <"$JOB_TEST/ids")" -eq 5 ]
	sort -nc "$JOB_TEST/ids"
	[ "$(jobstat --json "$(sed -n 3p "$JOB_TEST/ids")" | grep -c '"job_name": *"n3"')" -eq 1 ]
	before=$(jobq -a -A -h | wc -l)
	echo '{"command":["true"],"dependencies":[{"job_id":99999,"dependency_type":"success"}]}' \
	    >>"$JOB_TEST/bulk"
	run jobsub --bulk "$JOB_TEST/bulk" --atomic
	[ "$status" -eq 65 ]
	[ "$(jobq -a -A -h | wc -l)" -eq "$before" ]
}

@test "a key makes one job of a hundred parallel submissions" {
	start_jobd
	for i in $(seq 100); do
		jobsub -Q --key nightly -- sh -c 'echo ran' >>"$JOB_TEST/ids" 3>&- 4>&- &
	done
	wait
	[ "$(wc -l <"$JOB_TEST/ids")" -eq 100 ]
	[ "$(sort -u "$JOB_TEST/ids" | wc -l)" -eq 1 ]
	run jobsub --key nightly -- sh -c 'echo something else'
	[ "$status" -eq 65 ]
	[[ $output == *"$(head -n 1 "$JOB_TEST/ids")"* ]]
}

@test "what can never run is refused with the reason" {
	start_jobd
	jobwait "$(jobsub true)"
	run jobsub -c 100000 true
	[ "$status" -eq 69 ]
	[[ $output == *cpus* ]]
	run jobsub -d ok:987654 true
	[ "$status" -eq 65 ]
	[[ $output == *987654* ]]
}

@test "what is not there yet is refused, never ignored" {
	start_jobd
	for option in '--each-line f' '--or cpus=2' '--image x'; do
		# shellcheck disable=SC2086 # an option and its value
		run jobsub $option true
		[ "$status" -eq 69 ]
		[[ $output == *"not there yet"* ]]
	done
}

@test "usage errors exit 64 and name the option" {
	run jobsub --no-such-option true
	[ "$status" -eq 64 ]
	[[ $output == *no-such-option* ]]
	run jobsub
	[ "$status" -eq 64 ]
	run jobsub -p 1001 true
	[ "$status" -eq 64 ]
}

@test "without jobd the request waits in the spool and is taken up once" {
	start_jobd
	stop_jobd
	run --separate-stderr jobsub -- sh -c "echo x >>$JOB_TEST/ran"
	[ "$status" -eq 0 ]
	[[ $output =~ ^[0-9a-f]{8}-[0-9a-f-]{27}$ ]]
	[ -n "$stderr" ]
	uuid=$output
	run jobstat "$uuid"
	[ "$status" -eq 0 ]
	start_jobd
	ended "$uuid" 0
	[ "$(cat "$JOB_TEST/ran")" = x ]
	[ -z "$(find "$JOB_SPOOL/incoming" -maxdepth 1 -type f)" ]
}

@test "a request left in the spool that cannot be accepted is kept aside with its reason" {
	start_jobd
	stop_jobd
	uuid=$(jobsub -Q -d ok:4711 true)
	start_jobd
	poll 5 test -e "$JOB_SPOOL/incoming/rejected/$uuid"
	run jobstat "$uuid"
	[[ $output == *4711* ]]
}

@test "-W gives the job's status" {
	start_jobd
	run jobsub -W --wrap 'exit 7'
	[ "$status" -eq 7 ]
	run jobsub -W --wrap 'kill -TERM $$'
	[ "$status" -eq 143 ]
	run jobsub -W /no/such/program
	[ "$status" -eq 127 ]
	: >"$JOB_TEST/plain"
	run jobsub -W "$JOB_TEST/plain"
	[ "$status" -eq 126 ]
	run jobsub -W -t 1s sleep 60
	[ "$status" -eq 124 ]
}
