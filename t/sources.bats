#!/usr/bin/env bats
# Where jobsub's options come from: the command line, JOBSUB_<OPTION>, #JOB lines or a document,
# the user's file, the system's file; and which of them wins.

# shellcheck disable=SC2016 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

# layers N OPTION A B C D E: says the option with value A in the system's file, B in the user's,
# C in the script, D in the environment, E on the command line, but only in the lowest N of these;
# prints the request.  A flag has no values: it is given in layer N alone.
layers() {
	local n=$1 option=$2 name=JOBSUB_${2^^} line=()
	name=${name//-/_}
	shift 2
	rm -rf "$JOB_TEST/jobsub.conf" "$HOME/.config"
	mkdir "$HOME/.config"
	unset "${!JOBSUB_@}"
	printf '#!/bin/sh\n' >"$JOB_TEST/script"
	[ "$n" -lt 1 ] || echo "# of the system"$'\n'"--$option $1" >"$JOB_TEST/jobsub.conf"
	[ "$n" -lt 2 ] || echo "--$option $2" >"$HOME/.config/jobsub.conf"
	[ "$n" -lt 3 ] || echo "#JOB --$option $3" >>"$JOB_TEST/script"
	[ "$n" -lt 4 ] || export "$name=$4"
	[ "$n" -lt 5 ] || line=("--$option" "$5")
	echo true >>"$JOB_TEST/script"
	jobsub --dry-run "${line[@]}" -f "$JOB_TEST/script"
}

@test "five layers, each above the one before" {
	while read -r option field a b c d e; do
		for n in 1 2 3 4 5; do
			values=("$a" "$b" "$c" "$d" "$e")
			layers "$n" "$option" "${values[@]}" >"$JOB_TEST/request"
			want="\"$field\": \"?${values[n - 1]#core=}\"?,?\$"
			grep -qE "$want" "$JOB_TEST/request" || {
				echo "--$option in $n layers:"
				cat "$JOB_TEST/request"
				return 1
			}
			[ "$(grep -c "\"$field\"" "$JOB_TEST/request")" -eq 1 ]
		done
	done <<'END'
name job_name v w x y z
priority priority 1 2 3 4 5
time max_execution_time 10 20 30 40 50
retry-delay retry_delay_seconds 11 12 13 14 15
queue queue q1 q2 q3 q4 q5
success-codes success_codes 1 2 3 4 5
output stdout_path o1 o2 o3 o4 o5
rlimit core core=1 core=2 core=3 core=4 core=5
END
}

@test "tags and rules of the environment add up" {
	[[ $(layers 5 tag a=1 b=1 a=2 c=1 c=2 | tr -d ' \n') == \
	    *'"tags":{"a":"2","b":"1","c":"2"}'* ]]
	[[ $(layers 5 env A=1,B=1 C=1 -B C=2 D=1 | tr -d ' \n') == \
	    *'"env":{"A":"1","C":"2","D":"1"}'* ]]
}

@test "flags in the environment; what is no option there is told" {
	[[ $(JOBSUB_HOLD=1 jobsub --dry-run true) == *'"hold": true'* ]]
	for off in 0 no ''; do
		[[ $(JOBSUB_HOLD=$off jobsub --dry-run true) != *hold* ]]
	done
	JOBSUB_HOLD=x run jobsub --dry-run true
	[ "$status" -eq 64 ]
	JOBSUB_MEN=4G run jobsub --dry-run true
	[ "$status" -eq 64 ]
	[[ $output == *'JOBSUB_MEN: there is no such option'* ]]
	JOBSUB_BULK=x run jobsub --dry-run true
	[ "$status" -eq 64 ]
}

@test "a document stands where a script would" {
	mkdir "$HOME/.config"
	echo '-p 1 -q user --comment user' >"$HOME/.config/jobsub.conf"
	echo '{"command": ["true"], "queue": "doc", "comment": "doc"}' >"$JOB_TEST/spec"
	JOBSUB_COMMENT=outer jobsub --dry-run --spec "$JOB_TEST/spec" >"$JOB_TEST/request"
	grep -q '"priority": 1$' "$JOB_TEST/request"
	grep -q '"queue": *"doc"' "$JOB_TEST/request"
	grep -q '"comment": *"outer"' "$JOB_TEST/request"
	JOBSUB_COMMENT=outer jobsub --dry-run --comment line --bulk "$JOB_TEST/spec" \
	    >"$JOB_TEST/request"
	grep -q '"queue": *"doc"' "$JOB_TEST/request"
	grep -q '"comment": *"line"' "$JOB_TEST/request"
}

@test "files of options: XDG_CONFIG_HOME, errors, options of jobsub itself" {
	mkdir "$JOB_TEST/xdg" "$HOME/.config"
	echo '-q home' >"$HOME/.config/jobsub.conf"
	echo "-q 'xdg' # said here" >"$JOB_TEST/xdg/jobsub.conf"
	export XDG_CONFIG_HOME=$JOB_TEST/xdg
	jobsub --dry-run true | grep -q '"queue": *"xdg"'
	XDG_CONFIG_HOME=relative jobsub --dry-run true | grep -q '"queue": *"home"'
	echo '-q ok' >"$XDG_CONFIG_HOME/jobsub.conf"
	echo '--men 4G' >>"$XDG_CONFIG_HOME/jobsub.conf"
	run jobsub --dry-run true
	[ "$status" -eq 78 ]
	[[ $output == *"$XDG_CONFIG_HOME/jobsub.conf: line 2: "*'did you mean --mem?'* ]]
	echo 'word' >"$XDG_CONFIG_HOME/jobsub.conf"
	run jobsub --dry-run true
	[ "$status" -eq 78 ]
	echo '--spool /x' >"$XDG_CONFIG_HOME/jobsub.conf"
	run jobsub --dry-run true
	[ "$status" -eq 78 ]
	echo '-p 9999' >"$XDG_CONFIG_HOME/jobsub.conf"
	run jobsub --dry-run true
	[ "$status" -ne 0 ]
	rm "$XDG_CONFIG_HOME/jobsub.conf"
	mkdir "$JOB_TEST/etc"
	: >"$JOB_TEST/etc/job.conf"
	echo '-q other' >"$JOB_TEST/etc/jobsub.conf"
	jobsub --dry-run --config "$JOB_TEST/etc/job.conf" true | grep -q '"queue": *"other"'
}
