#!/usr/bin/env bats
# What the manuals promise, held against the programs.

# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

man=$BATS_TEST_DIRNAME/../man
src=$BATS_TEST_DIRNAME/..

# lacks FILE WORD...: the words that do not stand in the file.
lacks() {
	local file=$1 word
	shift
	for word; do
		grep -qF -- "$word" "$file" || echo "$word"
	done
}

@test "every code of the doctor has its remedy, and every remedy its code" {
	codes=$(sed -n 's/.*RESULT_[A-Z]*, "\([a-z]*-[a-z]*\)",.*/\1/p' "$src/bin/jobadm/checks.c" |
	    sort -u)
	[ "$(wc -w <<<"$codes")" -gt 30 ]
	# shellcheck disable=SC2086 # words
	[ -z "$(lacks "$man/jobadm.8" $codes)" ]
	told=$(sed -n '/^The findings of/,/^\.El/p' "$man/jobadm.8" | sed -n 's/^\.It //p' |
	    tr -d ' ' | tr , '\n' | sort -u)
	[ "$told" = "$codes" ]
}

# diagnostics PAGE: the text of that section, in one line.
diagnostics() {
	sed -n '/^\.Sh DIAGNOSTICS/,$p' "$1" | sed -E 's/^\.[A-Z][a-z] //; s/\\[&-]?|"//g' |
	    tr '\n' ' ' | tr -s ' '
}

# untold FILE...: the messages of these C files that $JOB_TEST/told does not have.
untold() {
	cat "$@" 2>/dev/null | awk -f "$BATS_TEST_DIRNAME/lib/messages.awk" | sort -u |
	    while IFS= read -r text; do
		grep -qF -- "$text" "$JOB_TEST/told" || echo "$text"
	done
}

@test "every message of a program stands in its manual, those of libraries in one" {
	for p in jobsub jobq jobstat joblog jobwait jobcancel jobctl jobcron jobadm jobd jobworker \
	    jobsim; do
		diagnostics "$man/$p".[18] >"$JOB_TEST/told"
		untold "$src/bin/$p".c "$src/bin/$p"/*.c | sed "s/^/$p: /"
	done >"$JOB_TEST/missing"
	for page in "$man"/*.[1578]; do
		diagnostics "$page"
	done >"$JOB_TEST/told"
	untold "$src"/lib/*/*.c >>"$JOB_TEST/missing"
	[ ! -s "$JOB_TEST/missing" ] || { cat "$JOB_TEST/missing"; false; }
	# It sees what is missing, and every message that there is.
	[ "$(cat "$src"/bin/joblog/*.c | awk -f "$BATS_TEST_DIRNAME/lib/messages.awk" |
	    wc -l)" -ge 12 ]
	run ! grep -qF 'has no output yet' <(diagnostics "$man/jobq.1")
}

@test "each option stands in --help and in the manual" {
	for p in jobsub jobq jobstat joblog jobwait jobcancel jobctl jobcron jobadm jobd jobsim; do
		"$p" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE '[-]-[a-z-]+' |
		    sort -u >"$JOB_TEST/help"
		# Of jobd only the list: its text names options of others.
		sed ':a; /\\$/ { N; s/\\\n//; ba }' "$man/$p".[18] |
		    grep -E "$([ "$p" = jobd ] && echo '^\.It Fl' || echo .)" |
		    grep -oE 'Fl -[a-z-]+' | sed 's/Fl -/--/' |
		    sort -u >"$JOB_TEST/man"
		diff "$JOB_TEST/help" "$JOB_TEST/man"
	done
}

@test "every name of jobctl set stands in its manual" {
	names=$(sed -n 's/^	{ "\([a-z-]*\)", .*take_.*/\1/p' "$src/lib/cli/change.c")
	[ "$(wc -w <<<"$names")" -gt 25 ]
	# shellcheck disable=SC2086 # words
	[ -z "$(lacks "$man/jobctl.1" $names)" ]
}

@test "every exit status of a manual is one of the enum, and means what job(7) says" {
	known=$(sed -n '/^enum .*exit.* {/,/};/p' "$src"/lib/{cli/cli.h,core/ending.h} |
	    grep -o '= [0-9]*' | tr -d '= ' | sort -nu)
	for page in "$man"/*.[18]; do
		told=$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh /p' "$page" | sed -n 's/^\.It //p' |
		    grep -x '[0-9]\+' | grep -vxF -e 2 -e "$known" || :)
		[ -z "$told" ] || {
			echo "$page: $told"
			return 1
		}
	done
}

@test "apropos finds each case of the runbook" {
	mkdir -p "$JOB_TEST/man/man1" "$JOB_TEST/man/man7" "$JOB_TEST/man/man8"
	cp "$man"/*.1 "$JOB_TEST/man/man1"
	cp "$man"/*.7 "$JOB_TEST/man/man7"
	cp "$man"/*.8 "$JOB_TEST/man/man8"
	mandb -q -c "$JOB_TEST/man" 2>/dev/null || skip 'no index of manuals can be made here'
	for words in 'disk is full' 'does not start' 'job hangs' 'job is lost' 'restore a backup' \
	    'floods the queue'; do
		apropos -M "$JOB_TEST/man" "$words" | grep -q job-runbook || {
			echo "$words: not found"
			return 1
		}
	done
}
