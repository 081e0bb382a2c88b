#!/usr/bin/env bats
# jobsim: every option; each policy against a reference that shares nothing with it.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

small=$BATS_TEST_DIRNAME/data/sim/small.swf

# figure NAME OPTION...: of a policy's simulation of the small trace.
figure() { jobsim --tsv "${@:2}" "$small" | awk -v name="$1" '$1 == name { print $2 }'; }

@test "jobsim: forms of output: --starts --tsv --json --users --plot" {
	exits 0 jobsim "$small"
	[ "${lines[0]}" = 'FIGURE                     default' ]
	[[ $output == *$'\nleft out: no run time            6\n'* ]]
	[ "$(figure no_run) $(figure jobs) $(figure refused) $(figure users)" = '6 388 6 12' ]
	exits 0 jobsim --starts "$small"
	[ "${#lines[@]}" -eq 388 ]
	[ "${lines[0]}" = '1 100' ]
	exits 0 jobsim --json "$small"
	[[ $output == '{"schema":"job/1","no_run":6,'*'"jobs":388,'*'{"user":"u1","jobs":'* ]]
	exits 0 jobsim --users "$small"
	[ "${#lines[@]}" -eq 13 ]
	exits 0 jobsim --plot "$JOB_TEST/p.svg" "$small"
	[[ $(cat "$JOB_TEST/p.svg") == '<svg '*'>default<'*'</svg>' ]]
	exits 64 jobsim --json --tsv "$small"
	exits 74 sh -c "jobsim '$small' >/dev/full"
	exits 73 jobsim --plot "$JOB_TEST/none/p.svg" "$small"
}

@test "jobsim: the machine: --procs --workers" {
	exits 0 jobsim --starts --procs 32 "$small"
	[ "${#lines[@]}" -lt 388 ]
	[ "$(figure refused --procs 65)" = 0 ]
	[ "$(figure wait_max --workers 400x64)" = 0.0 ]
	printf 'a 60 16G\n# b\nc 64\n' >"$JOB_TEST/workers"
	[ "$(figure refused --workers "$JOB_TEST/workers")" = 6 ]
	exits 65 jobsim --workers "$small" "$small"
	exits 64 jobsim --workers none "$small"
	exits 64 jobsim --workers 2x2 --procs 3 "$small"
	exits 64 jobsim --procs 0 "$small"
	grep -v Max "$small" >"$JOB_TEST/trace"
	exits 64 jobsim "$JOB_TEST/trace"
	[[ $stderr == *'use --procs or --workers'* ]]
	exits 0 jobsim --procs 64 "$JOB_TEST/trace"
}

@test "jobsim: settings: -p --policy --compare --set -c --config" {
	[ "$(figure wait_mean -p default)" = "$(figure wait_mean --policy default)" ]
	echo 'policy = fifo' >"$JOB_TEST/conf"
	fifo=$(figure wait_mean --set policy=fifo)
	[ "$(figure wait_mean -c "$JOB_TEST/conf")" = "$fifo" ]
	[ "$(figure wait_mean --config "$JOB_TEST/conf" --set policy=priority)" = \
	    "$(figure wait_mean --set policy=priority)" ]
	exits 0 jobsim --compare default,default "$small"
	[[ ${lines[0]} == FIGURE*default*default ]]
	exits 64 jobsim --compare default,none "$small"
	exits 64 jobsim --compare default,default --starts "$small"
	exits 78 jobsim --set polcy=fifo "$small"
	[[ $stderr == *'did you mean "policy"?'* ]]
	exits 78 jobsim --set policy "$small"
	exits 78 jobsim -c "$JOB_TEST/none" "$small"
}

# same POLICY TRACE PROCS: every job starts when the reference says.
same() {
	jobsim --policy "$1" --starts "$2" >"$JOB_TEST/starts"
	"$BATS_TEST_DIRNAME/sim/reference" "$1" "$2" >"$JOB_TEST/want"
	[ -s "$JOB_TEST/want" ]
	cmp "$JOB_TEST/starts" "$JOB_TEST/want"
}

@test "jobsim: fcfs, easy, sjbf, sjf and cons decide as a reference does" {
	for seed in 1 2 3; do
		"$BATS_TEST_DIRNAME/sim/make-trace" $seed 200 $((seed * 25)) >"$JOB_TEST/$seed"
		for policy in fcfs easy sjbf sjf cons; do
			same $policy "$JOB_TEST/$seed"
			[ $seed -gt 1 ] || same $policy "$small"
		done
	done
}

@test "jobsim: --estimates" {
	[ "$(figure wait_mean -p easy --estimates user)" = "$(figure wait_mean -p easy)" ]
	awk '!/^;/ { $9 = -1 } 1' "$small" >"$JOB_TEST/exact"
	exits 0 jobsim -p easy --estimates perfect --starts "$JOB_TEST/exact"
	[ "$(jobsim -p easy --starts "$JOB_TEST/exact")" = "$output" ]
	[ "$(figure wait_mean -p easy --estimates perfect)" != "$(figure wait_mean -p easy)" ]
	learned=$(figure wait_mean -p easy --estimates learned)
	[ "$learned" != "$(figure wait_mean -p easy)" ]
	[ "$(figure wait_mean -p easy --set plan_by=learned)" = "$learned" ]
	exits 64 jobsim --estimates none "$small"
}

@test "jobsim: a trace that is compressed, from standard input, malformed, or none" {
	gzip -c "$small" >"$JOB_TEST/small.gz"
	[ "$(jobsim "$JOB_TEST/small.gz")" = "$(jobsim "$small")" ]
	[ "$(jobsim - <"$JOB_TEST/small.gz")" = "$(jobsim "$small")" ]
	head -c 2000 "$JOB_TEST/small.gz" >"$JOB_TEST/cut"
	exits 65 jobsim "$JOB_TEST/cut"
	[[ $stderr == 'jobsim: '*'/cut: the compressed file ends too early' ]]
	{ cat "$small"; echo '1 2 3'; } >"$JOB_TEST/bad"
	exits 65 jobsim "$JOB_TEST/bad"
	[ "$stderr" = "jobsim: $JOB_TEST/bad:405: 3 fields, a job has 18" ]
	exits 65 jobsim /dev/null
	[[ $stderr == *'no job is left to simulate'* ]]
	exits 66 jobsim "$JOB_TEST/none"
	exits 64 jobsim
	exits 64 jobsim "$small" "$small"
}
