#!/usr/bin/env bats
# The examples of the manuals, run as they stand: none is refused for its words.

# shellcheck disable=SC2016 # the dollar is the example's
bats_require_minimum_version 1.5.0
load lib/common

man=$BATS_TEST_DIRNAME/../man

# examples PAGE: the commands of each of its blocks, which go on from each other, ended by a NUL;
# what is indented below one belongs to it.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" | sed 's/\\e/\\/g; s/\\&//g' | awk '
	function out() { if (text != "") printf "%s%c", text, 0; text = "" }
	/^\.Dl \$ / { text = substr($0, 7); out(); next }
	/^\.Bd/ { inside = 1; next }
	/^\.Ed/ { out(); inside = 0 }
	inside && /^\$ / { text = text (text == "" ? "" : "\n") substr($0, 3); more = 1; next }
	inside && more && /^ / { text = text "\n" $0; next }
	{ more = 0 }'
}

# block PAGE N: the N-th literal block of its examples.
block() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" | sed 's/\\e/\\/g; s/\\&//g' |
	    awk -v n="$2" '/^\.Bd/ { k++; next } /^\.Ed/ { if (k == n) exit } k == n'
}

# stub NAME...: programs of others that examples name; they end well and read what they get.
stub() {
	local name
	for name; do
		printf '#!/bin/sh\n[ -t 0 ] || cat >/dev/null\n' >"$JOB_TEST/stubs/$name"
		chmod 755 "$JOB_TEST/stubs/$name"
	done
}

# A spool with the jobs that examples name, ended or held, and a folder with their programs.
scene() {
	mkdir "$JOB_TEST/stubs" "$JOB_TEST/here"
	stub make tar mail ssh less jq zcat dump report
	PATH=$JOB_TEST/stubs:$PATH
	cd "$JOB_TEST/here" || return
	for f in fetch crunch half merge left right aggregate; do
		printf '#!/bin/sh\nexit 0\n' >"$f"
		chmod 755 "$f"
	done
	touch a.dat events.gz
	start_jobd
	for i in {1..124}; do
		echo "{\"command\":[\"true\"],\"job_name\":\"n$i\"}"
	done | jobsub -H --bulk - >/dev/null
	jobcancel 100-124
}

# What an example names that is not there to be changed is put into the test's folder; to hosts
# goes ssh.bats.
moved() {
	sed "/worker add/d; /worker check/d
	    s,/backup/job,$JOB_TEST/backup,g; s,/tmp/try,$JOB_TEST/try,g
	    s,/var/spool/job/worker,$JOB_SPOOL/worker,g; s,~/\.local/state/job,$JOB_SPOOL,g"
}

# accepted COMMAND: it is run, and no program of ours refuses its words.
accepted() {
	local status=0
	timeout 60 bash -c "$1" >"$JOB_TEST/out" 2>"$JOB_TEST/err" 3>&- 4>&- </dev/null ||
	    status=$?
	[ "$status" -ne 124 ] || { echo "$1: does not end"; return 1; }
	! grep -qE "^job[a-z]+: try 'job|not there yet|command not found" "$JOB_TEST/err" || {
		echo "$1"
		cat "$JOB_TEST/err"
		return 1
	}
}

@test "every command of every manual" {
	scene
	n=0
	for page in "$man"/*.[1578]; do
		while IFS= read -r -d '' commands; do
			n=$((n + 1))
			case $commands in
			'jobd -f'* | 'kill '*) ;;	# the next test
			*.swf*) ;;			# traces that nobody has here
			*) accepted "$(moved <<<"$commands")" ;;
			esac
		done < <(examples "$page")
		jobadm worker undrain local	# of which an example took it
	done
	[ "$n" -gt 35 ]
}

@test "jobd in front, and how it is stopped" {
	printf 'local_worker = no\n' >"$JOB_TEST/job.conf"
	cd "$JOB_TEST"
	mapfile -t lines < <(examples "$man/jobd.8" | tr '\0' '\n' | moved)
	[[ ${lines[2]} = 'jobd -f -c ./job.conf --spool '* ]]
	bash -c "exec ${lines[2]}" 2>"$JOB_TEST/err" 3>&- 4>&- &
	pid=$!
	poll 10 grep -q ready "$JOB_TEST/err"
	JOB_SPOOL=$JOB_TEST/try
	bash -c "${lines[3]//"$JOB_TEST/spool"/"$JOB_SPOOL"}"
	wait "$pid"
}

@test "documents, crontabs" {
	printf 'local_worker = no\n' >"$JOB_CONFIG"
	start_jobd
	block "$man/jobspec.5" 1 >"$JOB_TEST/spec"
	jobsub --spec "$JOB_TEST/spec"
	block "$man/jobspec.5" 2 >"$JOB_TEST/bulk"
	[ "$(jobsub --bulk "$JOB_TEST/bulk" --atomic | wc -l)" -eq 4 ]
	block "$man/jobcrontab.5" 1 >"$JOB_TEST/tab"
	jobcron -T "$JOB_TEST/tab"
	jobcron import "$JOB_TEST/tab"
	[ "$(jobcron list -h | wc -l)" -eq 3 ]
}

runs() { [ "$(jobq -h -o st -j "$1")" = R ]; }

# Times and paths, who and where, are others here; what stands first in a line is not.
lines_of() {
	sed -E 's/^(  [a-z ]{12}).*/\1/; /^  (eligible|in force) /d
	    s/[0-9]{2}:[0-9]{2}/00:00/; s/anna/USER/; s/'"$(id -un)"'/USER/; s/ +/ /g' "$1"
}

@test "the first minute of the README" {
	printf 'cpus = 2\n' >"$JOB_CONFIG"
	cd "$HOME"
	sed -n '/^## What it is like/,/^## What it promises/s/^    //p' "$man/../README.md" \
	    >"$JOB_TEST/shown"
	while IFS= read -r line; do
		echo "$line"
		command=${line#$ }
		# It takes as long as the reader: until the next but one.
		command=${command/sleep 4;/"until [ -e $JOB_TEST/go ]; do sleep 0.05; done;"}
		case $command in
		jobd) start_jobd ;;
		jobq) poll 20 runs 2 && jobq ;;
		joblog*) touch "$JOB_TEST/go" ;;&
		*) bash -c "$command" 2>&1 ;;
		esac
	done < <(grep '^\$ ' "$JOB_TEST/shown") >"$JOB_TEST/printed"
	diff <(lines_of "$JOB_TEST/shown") <(lines_of "$JOB_TEST/printed")
}
