#!/usr/bin/env bats
# What the shells offer behind the names of our programs.

# shellcheck disable=SC2154 # COMPREPLY is the completion's
bats_require_minimum_version 1.5.0
load lib/common

contrib=$BATS_TEST_DIRNAME/../contrib/completion

# offered WORD...: what bash would offer for the last of these words, in one line.
offered() {
	(
		# shellcheck source=/dev/null
		. "$contrib/job.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		_job_complete "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		echo "${COMPREPLY[*]}"
	)
}

# The same of zsh: its _job, which is told to print instead of to offer.
zsh_offered() {
	JOB_COMPLETION=$contrib/job.bash zsh -f -c '
		compadd() { print -rl -- "${(@P)@[-1]}" }
		_files() { print files }
		_command_names() { print commands }
		file=$1; shift
		words=("$@") CURRENT=$#
		. $file' zsh "$contrib/_job" "$@"
}

some() {
	printf 'local_worker = no\n' >"$JOB_CONFIG"
	start_jobd
	one=$(jobsub -H -J first true)
	two=$(jobsub -H -J second -q night true)
	cron=$(jobsub --cron @daily -J third true)
}

@test "bash: verbs, options, live ids and names, values" {
	some
	[ "$(offered jobctl ex)" = expedite ]
	[[ " $(offered jobctl '') " = *' hold '*' rerun '*' set '*' move '* ]]
	[ "$(offered jobctl hold '')" = "$two %second $one %first" ]
	[ "$(offered jobcancel %s)" = %second ]
	[ "$(offered jobstat --ev)" = --events ]
	[ "$(offered joblog -f "${two:0:1}" | tr ' ' '\n' | grep -cx "$two")" -eq 1 ]
	[ "$(offered jobq -q n)" = night ]
	[ "$(offered jobq -t fa)" = failed ]
	[ "$(offered jobctl rerun --only c)" = cancelled ]
	[ "$(offered jobsub -d "ok:$one")" = "ok:$one" ]
	[ "$(offered jobcron pa)" = pause ]
	[ "$(offered jobcron show s)" = "$cron" ]
	[ "$(offered jobcron show %)" = %third ]
	[[ " $(offered jobadm '') " = *' backup '*' worker '* ]]
	[ "$(offered jobadm worker dr)" = drain ]
	touch "$JOB_TEST/script"
	[ "$(offered jobsub -f "$JOB_TEST/scr")" = "$JOB_TEST/script" ]
}

@test "zsh: the same, with what stands behind a word" {
	command -v zsh >/dev/null || skip 'there is no zsh here'
	some
	[ "$(zsh_offered jobctl hold '' | paste -sd' ')" = "$two $one" ]
	zsh_offered jobctl '' | grep -qx expedite
	zsh_offered jobstat -- | grep -qx -- --events
	[ "$(zsh_offered jobq -t '' | paste -sd' ')" = \
	    'queued scheduled running completed failed cancelled' ]
	zsh_offered jobcron show '' | grep -qx "$cron"
	[ "$(zsh_offered jobsub -f '')" = files ]
	[ "$(zsh_offered jobsub '')" = commands ]
}
