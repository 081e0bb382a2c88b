#!/usr/bin/env bats
# Arrays: one job for many indices.

# shellcheck disable=SC2016 # the dollar is the job's
bats_require_minimum_version 1.5.0
load lib/common

lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# array_of: of the first job of a JSON document, in one line.
array_of() {
	python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)["jobs"][0]["array"], separators=(",", ":")))'
}

@test "an array: its elements' environment, files, statuses and places" {
	start_jobd
	run -0 jobsub -a 2-6:2,9 -o "$JOB_TEST/out.%A.%a" --wrap \
	    'echo $JOB_ARRAY_ID $JOB_ARRAY_INDEX $JOB_ARRAY_COUNT $JOB_ARRAY_MIN $JOB_ARRAY_MAX
	    [ $JOB_ARRAY_INDEX != 4 ] || exit 7'
	[ "$output" = 1 ]
	run -7 jobwait --timeout 30 1
	run -0 cat "$JOB_TEST"/out.1.{2,4,6,9}
	[ "$output" = "1 2 4 2 9
1 4 4 2 9
1 6 4 2 9
1 9 4 2 9" ]
	run -0 jobq -h -a -o id,state,elements
	[ "$output" = "1  failed  CD 3, F 1" ]
	run -0 jobq -h -a -r -o id,job_id,index,state,exit
	[ "$output" = "1_2  2  2  completed  0
1_4  3  4  failed     7
1_6  4  6  completed  0
1_9  5  9  completed  0" ]
	run -0 jobq --json 1
	[ "$(array_of <<<"$output")" = '{"array_id":1,"indices":"2-6:2,9",'\
'"max_running":null,"halt":null,"elements":{"completed":3,"failed":1},"exit_statuses":{"7":1}}' ]
	run -0 jobstat --json 1_9
	[ "$(array_of <<<"$output")" = \
	    '{"array_id":1,"indices":"2-6:2,9","index":9}' ]
	run -0 jobstat 1_4
	[[ $output == *"element       4 of array 1"* ]]
	run -65 joblog 1
	[[ $output == *"job 1 is an array: name an element of it, as 1_2, or see --all-failed"* ]]
	run -66 jobwait 1_3
	run -0 jobd --check
}

@test "an array: what failed is run again, and only that" {
	start_jobd
	echo 1 >"$JOB_TEST/fails"
	run -1 jobsub -W --timeout 30 -a 1-3 --wrap "echo \$JOB_ARRAY_INDEX | tee -a '$JOB_TEST/ran'
	    [ \$JOB_ARRAY_INDEX != 2 ] || exit \$(cat '$JOB_TEST/fails')"
	run -0 joblog --all-failed 1
	[ "$output" = "joblog: job 3:
2" ]
	echo 0 >"$JOB_TEST/fails"
	run -0 jobctl rerun 1
	run -0 jobwait --timeout 30 1
	run -0 sort "$JOB_TEST/ran"
	[ "$output" = "1
2
2
3" ]
	run -1 jobctl rerun 1
	[[ $output == *"1: is completed: submit it anew"* ]]
}

@test "an array: elements by their indices, without any that runs" {
	start_jobd
	run -0 jobsub -H --array 1-1000%2 true
	run -0 jobcancel "1_[1-400:2]" 1_7 1_500
	run -0 jobq -h -o id,where
	[ "$output" = "1  (Held) PD 799, CA 201" ]
	run -0 jobstat 1_7
	[[ $output == *"cancelled (ByUser)"* ]]
	run -0 jobstat --why 1_8
	[[ $output == *Held* ]]
	run -0 jobq -h -r -o id -N 1
	[ "$output" = 1_1000 ]
	run -66 jobcancel 1_2000
	run -0 jobctl release 1_8
	run -0 jobwait --timeout 30 1_8
	run -0 jobq -h -o id,elements
	[ "$output" = "1  PD 798, CD 1, CA 201" ]
	run -0 jobcancel last
	run -125 jobwait --timeout 30 1
	run -0 jobd --check
}

@test "an array: too many failures halt it; a job waits for the whole" {
	start_jobd
	run -0 jobsub -H -a 1-50%1 --max-fails 2% --wrap 'exit $((JOB_ARRAY_INDEX < 4))'
	run -0 jobsub -d notok:1 true
	run -0 jobctl release 1
	run -125 jobwait --timeout 30 1
	run -0 jobq -h -a -o id,state,elements 1
	[ "$output" = "1  failed  F 2, CA 48" ]
	run -0 jobstat 1_50
	[[ $output == *"cancelled (ArrayHalted)"* ]]
	run -0 jobwait --timeout 30 52
}

@test "an array: jobd is killed in its midst; nothing is lost, nothing runs twice" {
	start_jobd
	run -0 jobsub -a 1-60%8 --wrap "echo \$JOB_ARRAY_INDEX >>'$JOB_TEST/ran'; sleep 0.1"
	poll 30 lines "$JOB_TEST/ran" 5
	kill_jobd
	start_jobd
	poll 30 lines "$JOB_TEST/ran" 30
	kill_jobd
	start_jobd
	run -0 jobwait --timeout 60 1
	run -0 sort -n "$JOB_TEST/ran"
	[ "$output" = "$(seq 60)" ]
	run -0 jobq -h -a -o elements
	[ "$output" = "CD 60" ]
	run -0 jobd --check
}

@test "an array: what it cannot be" {
	start_jobd
	run -64 jobsub -a 5-1 true
	[[ $output == *'--array: "5-1" is no list of numbers as 1-9:2,12'* ]]
	run -64 jobsub --halt soon,fail=1 true
	[[ $output == *"--halt: it belongs to an array, and this is none"* ]]
	run -64 jobsub --array-limit 2 true
	run -64 jobsub -a 1-2 --halt now true
	run -64 jobsub -a 1-2 --max-fails many true
	run -64 jobsub -a 1-2 --pipe true
	run -69 jobsub -a 1-2 --every 1h true
	[[ $output == *"--array: arrays of schedules are not there yet"* ]]
}
