#!/usr/bin/env bats
# Hostile input: whatever bytes a user hands over are the same bytes at the job, and do no harm
# to a terminal, a table, a document or a path.

# shellcheck disable=SC2016,SC1003 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

ended() { jobwait -Q --timeout 30s "$@" || [ $? -ne 75 ]; }

# The worst that fits in a word: each byte but NUL.
every_byte() { printf '%b' "$(printf '\\0%03o' $(seq 1 255))"; }

# clean FILE: nothing in it could act on a terminal: no control but newline, and all of it UTF-8.
clean() {
	run ! env LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$1"
	iconv -f UTF-8 -t UTF-8 "$1" >"$1.utf8"
	cmp "$1" "$1.utf8"
}

# looked_at ID: what all programs print of a job, into one file.
looked_at() {
	{
		jobq -a -h -o id,name,command,tags,comment "$1"
		jobq -a --parsable -o id,name,command,comment "$1"
		jobq -a --json "$1"
		jobq -a --jsonl -o name,command "$1"
		jobstat "$1"
		jobstat --json "$1"
		jobstat --why "$1"
		jobq -a -l "$1"
	} >"$JOB_TEST/looked"
}

@test "arguments and environment: every byte, quotes, what looks like an option" {
	start_jobd
	bytes=$(every_byte; echo x) && bytes=${bytes%x}
	odd=("$bytes" '' ' ' "'" '"' '\' '$(id)' '`id`' '; id' '| id' '&' '-rf' '--' '%s%n' '*' \
	    '~' $'a\nb' $'\r' $'\033]0;x\a' $'\303(' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' \
	    '../..' '\0')
	printf '%s\0' "${odd[@]}" >"$JOB_TEST/want"
	cat >"$JOB_TEST/args" <<'END'
#!/bin/bash
printf '%s\0' "$@"
END
	chmod +x "$JOB_TEST/args"
	a=$(jobsub -- "$JOB_TEST/args" "${odd[@]}")
	export HOSTILE=$bytes
	b=$(jobsub -E HOSTILE,OTHER="${bytes//,/}" -- bash -c 'printf "%s" "$HOSTILE"')
	printf 'FROM_FILE=%s\n' "${bytes//$'\n'/}" >"$JOB_TEST/vars"
	c=$(jobsub --env-file "$JOB_TEST/vars" -- bash -c 'printf "%s" "$FROM_FILE"')
	ended "$a" "$b" "$c"
	joblog -o "$a" | cmp - "$JOB_TEST/want"
	printf '%s' "$bytes" | cmp - <(joblog -o "$b")
	printf '%s' "${bytes//$'\n'/}" | cmp - <(joblog -o "$c")
	looked_at "$a"
	clean "$JOB_TEST/looked"
}

@test "names, tags, remarks, paths: at the job as they are, elsewhere harmless" {
	start_jobd
	name=$'n \'"$(id)`\\;|é\xff%j'
	comment=$'one\ntwo\t"\'\\ \xc3('
	dir=$JOB_TEST/$'d\x01\x1b[31m\'"\\ $(id)\xff%j'
	mkdir "$dir"
	a=$(jobsub -J "$name" --tag "t=v'\"\\\$(id)" --comment "$comment" -D "$dir" \
	    -o $'out\x02%x\xfe' --wrap 'printf "%s\0" "$JOB_NAME" "$PWD"')
	ended "$a"
	printf '%s\0' "$name" "$dir" | cmp - "$dir/"$'out\x02'"$name"$'\xfe'
	looked_at "$a"
	clean "$JOB_TEST/looked"
	jobq -a --json "$a" | grep -q '"job_name"'
	joblog --path "$a" >"$JOB_TEST/path" || :
	for bad in $'a\nb' $'\x1b[2J' 'a/b' ''; do
		run jobsub -J "$bad" true
		[ "$status" -ne 0 ]
		printf '%s\n' "$output" >"$JOB_TEST/looked"
		clean "$JOB_TEST/looked"
	done
	for bad in '-A a;b' '-q a|b' '-u -x'; do
		# shellcheck disable=SC2086 # an option and its value
		run jobsub $bad true
		[ "$status" -eq 64 ]
	done
	run jobsub --comment $'\x1b[2J' true
	[ "$status" -eq 64 ]
}

@test "sizes: 10,000 words, words and variables of 128 KiB, a MiB of environment" {
	start_jobd
	mapfile -t words < <(seq 10000)
	a=$(jobsub -- bash -c 'echo $#; echo "${@: -1}"' sh "${words[@]}")
	big=$(head -c 131000 /dev/zero | tr '\0' 'x')
	b=$(jobsub -- bash -c 'printf %s "$1" | wc -c' sh "$big")
	for i in 1 2 3 4 5 6 7 8; do
		echo "BIG$i=$big"
	done >"$JOB_TEST/vars"
	c=$(jobsub --env-file "$JOB_TEST/vars" -- bash -c 'echo $((${#BIG1} + ${#BIG8}))')
	ended "$a" "$b" "$c"
	[ "$(joblog "$a" | paste -sd' ')" = "10000 10000" ]
	[ "$(joblog "$b")" = 131000 ]
	[ "$(joblog "$c")" = 262000 ]
	looked_at "$a"
	[ "$(wc -c <"$JOB_TEST/looked")" -lt 100000 ]
	# More than Linux takes in one word is told at once, not when the job starts.
	head -c 1048576 /dev/zero | tr '\0' 'y' >"$JOB_TEST/mega"
	{
		printf '#!/bin/sh\n: '
		cat "$JOB_TEST/mega"
		printf '\necho long\n'
	} >"$JOB_TEST/script"
	d=$(jobsub -f "$JOB_TEST/script")
	ended "$d"
	[ "$(joblog "$d")" = long ]
	{ printf '{"command":["echo","'; cat "$JOB_TEST/mega"; printf '"]}'; } >"$JOB_TEST/spec"
	run jobsub --spec "$JOB_TEST/spec"
	[ "$status" -eq 65 ]
	[[ $output == *'Linux takes at most 131071'* ]]
	{ printf 'A='; cat "$JOB_TEST/mega"; } >"$JOB_TEST/vars"
	run jobsub --env-file "$JOB_TEST/vars" true
	[ "$status" -eq 65 ]
	run jobsub --comment "$big" true
	[ "$status" -eq 64 ]
	[ "${#output}" -lt 1000 ]
}

# at_terminal COMMAND...: what it prints when its output is a terminal.
at_terminal() { script -qec "$(printf '%q ' "$@")" /dev/null </dev/null | sed 's/\r$//'; }

@test "on a terminal: whatever users supplied, nothing acts on it" {
	start_jobd
	nasty=$'\e]0;title\a\e[31m\xc2\x9b31m\r\b\x7f'
	printf '#!/bin/sh\n: "%s"\nexit 1\n' "$nasty" >"$JOB_TEST/script"
	id=$(BAD=$nasty jobsub -E BAD --comment x --tag "a=b" -f "$JOB_TEST/script")
	named=$(jobsub -- sh -c ": '$nasty'; exit 3")
	cron=$(jobsub --cron '0 0 1 1 *' -- echo "$nasty")
	ended "$id" "$named"
	jobstat --script "$id" | cmp - "$JOB_TEST/script"	# no terminal: byte for byte
	for args in "jobstat --script $id $named" "jobstat --env $id" "jobstat $named" \
	    "jobstat --events $named" "jobstat --attempts $named" "jobstat --why $named" \
	    "jobq -a -l" "jobq -a -o id,command" "jobq -a --tsv -o id,command" \
	    "jobq -a --parsable -o command" "jobq -a --jsonl -o command" "jobq -a --joblog" \
	    "jobstat --json --script --env $id" "jobcron list" "jobcron show $cron" \
	    "jobadm worker list" "jobadm stats" "jobstat"; do
		# shellcheck disable=SC2086 # words
		at_terminal $args >"$JOB_TEST/looked"
		[ -s "$JOB_TEST/looked" ] || { echo "$args: nothing"; false; }
		clean "$JOB_TEST/looked" || { echo "$args"; cat -v "$JOB_TEST/looked"; false; }
		run ! env LC_ALL=C grep -q $'\xc2[\x80-\x9f]' "$JOB_TEST/looked"
	done
	grep -q title <(at_terminal jobstat --script "$id")	# it is there, and harmless
	at_terminal jobstat "%$nasty" >"$JOB_TEST/looked"
	clean "$JOB_TEST/looked"
}

@test "documents and files of options that are nonsense" {
	start_jobd
	for text in '' '{' '[]' '"x"' '{"command":"\u0000"}' '{"command":"\ud800"}' \
	    '{"command":["true"],"job_name":"\u001b[2J"}' '{"command":{"a":1}}' \
	    '{"command":"x","command":"y"}' '{"env":{"":"x"},"command":"x"}' \
	    '{"env":{"A=B":"x"},"command":"x"}' $'{"command":"\xff"}'; do
		printf '%s' "$text" >"$JOB_TEST/spec"
		run jobsub --spec "$JOB_TEST/spec"
		[ "$status" -eq 65 ] || { echo "$text: $status $output"; false; }
		printf '%s\n' "$output" >"$JOB_TEST/looked"
		clean "$JOB_TEST/looked"
	done
	every_byte >"$JOB_TEST/jobsub.conf"
	run jobsub true
	[ "$status" -eq 78 ]
	printf '%s\n' "$output" >"$JOB_TEST/looked"
	clean "$JOB_TEST/looked"
	rm "$JOB_TEST/jobsub.conf"
	head -c 100000 /dev/urandom >"$JOB_TEST/random"
	run jobsub --bulk "$JOB_TEST/random"
	[ "$status" -eq 65 ]
	[ -z "$(jobq -h -a)" ]
}
