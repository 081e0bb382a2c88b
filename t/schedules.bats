#!/usr/bin/env bats
# jobcron: schedules made and changed: add, set, edit, and the crontab in an editor.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

setup() {
	job_setup
	echo 'local_worker = no' >"$JOB_CONFIG"
	export TMPDIR=$JOB_TEST
	unset VISUAL EDITOR
}

# editor TEXT...: from now on the editor is a shell script of these lines; $1 is the file.
editor() {
	printf '%s\n' '#!/bin/sh' "$@" >"$JOB_TEST/editor"
	chmod +x "$JOB_TEST/editor"
	export EDITOR=$JOB_TEST/editor
}

# field NAME: of the one schedule there is.
field() { jobcron list --json | sed -n "s/^ *\"$1\": \"\?\([^\",]*\)\"\?,\?$/\1/p"; }

@test "jobcron add: a schedule, with the options of jobsub" {
	start_jobd
	exits 0 jobcron add -J night --cron '30 2 * * *' --tz Europe/Berlin -m 4G echo 'a b'
	[ "$output" = s1 ]
	[ "$(field schedule_name) $(field time_zone)" = "night Europe/Berlin" ]
	exits 64 jobcron add true
	[[ $stderr == *'--cron or --every says when'* ]]
	exits 65 jobcron add --cron '0 0 30 2 *' true
}

@test "jobcron set: some things change, the others stay" {
	start_jobd
	jobsub -J night --cron '30 2 * * *' --until 2999-01-01 --overlap queue -t 1h -E A=1 \
	    --tag x=y /bin/echo 'a b'
	id=$(field schedule_uuid)
	exits 0 jobcron set s1 --cron '0 3 * * *' --tz Asia/Tokyo --splay 5m
	[ "$output" = "changed s1" ]
	[ "$(field expression)|$(field time_zone)|$(field overlap)" = "0 3 * * *|Asia/Tokyo|queue" ]
	[ "$(field splay_seconds) $(field schedule_uuid)" = "300 $id" ]
	[[ $(field until_at) == 2999* && $(field command) == "/bin/echo 'a b'" ]]
	exits 0 jobcron set --unset until --unset overlap %night -p 700 --wrap 'echo new'
	[ "$(field until_at) $(field overlap)" = "null skip" ]
	job=$(jobcron run s1)
	exits 0 jobstat --json "$job"
	[[ $output == *'"priority": 700'*'"max_execution_time": 3600'* ]]
	[[ $output == *'"x":"y"'* ]]
	exits 0 jobcron set s1 -- printf '%s\n' -x
	[ "$(field command)" = "printf '%s\\\\n' -x" ]
	kill_jobd
	start_jobd
	[ "$(field command)" = "printf '%s\\\\n' -x" ]	# a restart knows the last one
	exits 64 jobcron set s1 --every 500ms
	exits 65 jobcron set s1 --cron '0 0 30 2 *'
	exits 65 jobcron set s1 --tz Asia/Nowhere
	exits 64 jobcron set s1 -W
	exits 64 jobcron set s1 --unset until_at
	exits 64 jobcron set --splay 5m
	exits 64 jobcron --unset until set s1
	exits 66 jobcron set s9 --splay 5m
	[ "$(field expression)" = "0 3 * * *" ]
}

@test "jobcron edit: the document of a schedule" {
	start_jobd
	jobsub -J night --cron '30 2 * * *' --overlap queue true
	editor 'sed -i s/queue/allow/ "$1"'
	exits 0 jobcron edit s1
	[ "$output $(field overlap)" = "changed s1 allow" ]
	exits 0 jobcron edit s1		# there is nothing to change any more
	[[ -z $output && $stderr == *'nothing is changed'* ]]
	editor 'sed -i s/allow/sometimes/ "$1"'
	exits 65 jobcron edit s1
	[[ $stderr == *'"sometimes" is none of'*'what was edited is in '* ]]
	grep -q sometimes "${stderr##* }"
	[ "$(field overlap)" = allow ]
	editor 'exit 3'
	exits 69 jobcron edit s1
	export VISUAL='sed -i s/night/day/'
	exits 0 jobcron edit -Q %night
	[ "$(field schedule_name)" = day ]
	exits 66 jobcron edit %night
	exits 64 jobcron edit
}

@test "jobcron -e: the crontab in an editor" {
	start_jobd
	jobsub --every 1h true		# is not in the crontab
	editor 'cat >"$1" <<"EOF"' 'CRON_TZ=UTC' 'SHELL=/bin/bash' '# nightly' \
	    '30 2 * * * dump 50\%' 'A = " x "' '@daily cat%in 5\%%two' '@every 90m tick' 'EOF'
	exits 0 jobcron -e
	[ "$output" = $'added s2\nadded s3\nadded s4' ]
	exits 0 jobcron -l
	tab=$output
	[ "$tab" = 'CRON_TZ=UTC
SHELL=/bin/bash
# s2 dump
# nightly
30 2 * * * dump 50\%
A=" x "
# s3 cat
@daily cat%in 5\%%two
# s4 tick
@every 90m tick' ]
	editor ':'
	exits 0 jobcron -e
	[[ -z $output && $stderr == *'nothing is changed'* ]]
	editor 'printf "\n" >>"$1"'	# the same entries
	exits 0 jobcron --edit
	[ -z "$output" ]
	[ "$(jobcron --list)" = "$tab" ]
	jobcron pause s2
	editor 'sed -i -e "s/^30 2/31 2/" -e "/cat/d" -e "s/nightly/& run/" "$1"' \
	    'echo "0 1 * * * true" >>"$1"'
	exits 0 jobcron -e
	[ "$output" = $'changed s2\nadded s5\nremoved s3' ]
	exits 0 jobcron -l
	[ "$output" = 'CRON_TZ=UTC
SHELL=/bin/bash
# s2 dump (paused)
# nightly run
31 2 * * * dump 50\%
A=" x "
# s4 tick
@every 90m tick
# s5 true
0 1 * * * true' ]
	# One without the variable, behind those that have it.
	editor 'sed -i "1i SHELL=/bin/bash\n@weekly plain" "$1"'
	exits 0 jobcron -e
	[ "$output" = 'added s6' ]
	[[ $(jobcron -l) == *$'\n#unset A\n# s6 plain\n@weekly plain' ]]
	editor 'echo "61 * * * * true" >>"$1"; sed -i "/tick/d" "$1"'
	exits 65 jobcron -e
	[[ $stderr == *'crontab:'*'61 is out of range'*'nothing is changed; what was'* ]]
	[[ $(jobcron -l) == *tick* ]]
	exits 64 jobcron -e -l
}

@test "calendars and blackouts: what is planned, and what is left out" {
	printf '%s\n' '[calendar bank]' 'days = 2026-12-25, sat, sun' >>"$JOB_CONFIG"
	start_jobd
	exits 65 jobsub --cron '0 9 * * *' --calendar bnak true
	[[ $stderr == *"there is no calendar 'bnak'"* ]]
	exits 65 jobsub --cron '0 9 * * *' --blackout 25:00-26:00 true
	[[ $stderr == *"--blackout: '25:00-26:00' is no window"* ]]
	exits 64 jobsub --blackout sat true
	exits 64 jobsub --max-silence 1d true
	exits 0 jobsub --cron '0 */6 * * *' --blackout '@bank, mon-thu 05:00-13:00' true
	exits 0 jobcron next -n 5 -h --tsv --utc --from 2026-12-24 s1
	[ "$output" = $'2026-12-24T00:00:00Z\tThu 2026-12-24 00:00\t
2026-12-24T06:00:00Z\tThu 2026-12-24 06:00\tnot run: blackout
2026-12-24T12:00:00Z\tThu 2026-12-24 12:00\tnot run: blackout
2026-12-24T18:00:00Z\tThu 2026-12-24 18:00\t
2026-12-25T00:00:00Z\tFri 2026-12-25 00:00\tnot run: blackout' ]
	exits 0 jobcron set s1 --unset blackout --calendar bank
	exits 0 jobcron next -n 1 --jsonl --from 2026-12-24 s1
	[[ $output == *'"shut":"calendar"}' ]]
	[ "$(field calendar) $(field blackout)" = "bank null" ]
	echo 'local_worker = no' >"$JOB_CONFIG"
	kill -HUP "$JOBD_PID"
	stands() { [ "$(field detail)" = 'job.conf does not name its calendar' ]; }
	poll 10 stands
	stop_jobd
	start_jobd		# what has no calendar does not run by mistake
	stands
}

@test "--expect-by and --max-silence: an alert, until a run has ended well" {
	: >"$JOB_CONFIG"
	start_jobd
	alert() { [ "$(jobcron list -h --tsv | cut -f 9)" = "$1" ]; }
	exits 0 jobsub -J dump --every 1s --expect-by 1500ms --wrap "test -e $JOB_TEST/good"
	poll 15 alert late
	exits 0 jobstat
	[[ $output == *'alerts '*'s1 (dump) late since '* ]]
	exits 0 jobstat --json
	[[ $output == *'"alert": "late"'* ]]
	exits 0 jobcron show s1
	[[ $output == *'expected within '*'alert '*'late since '* ]]
	touch "$JOB_TEST/good"
	poll 15 alert ''
	run ! grep -q alert <(jobstat)
	jobcron pause s1
	exits 0 jobcron set --unset expect-by --max-silence 1s --cron '0 0 1 1 *' s1
	jobcron resume s1
	poll 15 alert silence
}

@test "jobcron list --at-once: what is due at the same time" {
	start_jobd
	jobsub -J a --cron '0 0 1 1 *' true
	jobsub -J b --cron '0 0 1 2 *' true
	exits 0 jobcron list -h --at-once
	[ -z "$output" ]
	jobsub -J c --cron '0 0 1 2 *' true
	jobsub -J d --cron @yearly true
	jobcron pause "$(jobsub -J e --cron @yearly true)"
	exits 0 jobcron list -h --tsv --at-once
	[ "$(cut -f 2 <<<"$output" | paste -sd,)" = a,d,b,c ]
	exits 0 jobcron list -A --at-once --jsonl
	[ "${#lines[@]}" -eq 4 ]
}
