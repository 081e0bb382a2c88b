#!/bin/bash
# A private jobd in a temporary spool runs a small real workload in front of the reader.
# Ends by itself in well under two minutes and leaves nothing behind.
# shellcheck disable=SC2016 # $JOB_... is for the job's shell, not for this one
set -u

bin=${JOB_BUILD:-build}/bin
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
PATH=$bin:$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/jobdemo.XXXXXX") || exit 73
export PATH JOB_SPOOL=$dir/spool
export -n JOB_CONFIG

finish() {
	[ -n "${jobd:-}" ] && kill "$jobd" 2>/dev/null
	for _ in $(seq 500); do
		kill -0 "${jobd:-none}" 2>/dev/null || break
		sleep 0.01
	done
	worker=$(awk '{ print $1; exit }' "$JOB_SPOOL/worker/lock" 2>/dev/null)
	[ -n "$worker" ] && kill "$worker" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n# %s\n' "$*"; }

show() {
	local word
	printf '$'
	for word; do
		case $word in
		*[!A-Za-z0-9_./:+=,-]*) printf ' %s' "${word@Q}" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
}

# Shows a command as it is typed, and runs it.
run() {
	show "$@"
	"$@"
}

# The same for a job submission, keeping the id that it prints.
submit() {
	show jobsub "$@"
	id=$(jobsub "$@") || exit 1
	printf '%s\n' "$id"
}

say "A daemon, with no configuration and no root"
run jobd --spool "$JOB_SPOOL" || exit 1
jobd=$(cat "$JOB_SPOOL/jobd.pid")

say "Submit a command: the answer is its number, and it is on disk by then"
submit echo "hello from a job"
run jobwait "$id"
run joblog "$id"

say "A chain: the report runs when the data is there, the alarm only if that fails"
submit -J fetch --wrap 'sleep 2; seq 1 5'
fetch=$id
submit -J report -d "ok:$fetch" --wrap 'echo "report made"'
report=$id
submit -J alarm -d "notok:$fetch" --wrap 'echo "this will not run"'
alarm=$id

say "A job that fails twice and is tried again, with growing pauses"
submit -J flaky -r 3 --retry-delay 1s \
    --wrap 'echo "attempt $JOB_ATTEMPT"; test "$JOB_ATTEMPT" -ge 3'
flaky=$id

say "One that is not yet due, and one that waits for a person"
submit -J later --at +1h true
submit -J held -H -p 900 true
held=$id

say "The queue"
run jobq
say "Why does job $report wait?"
run jobstat --why "$report"

say "Stop jobd with SIGKILL while jobs run; submit meanwhile; start it again"
kill -9 "$jobd"
printf '$ kill -9 %s\n' "$jobd"
submit -J meanwhile echo "left in the spool, run later"
uuid=$id
run jobd --spool "$JOB_SPOOL" || exit 1
jobd=$(cat "$JOB_SPOOL/jobd.pid")

say "Nothing was lost"
run jobwait "$fetch" "$report" "$flaky" "$uuid"
run jobq -a
say "The retried job in full"
run jobstat --attempts "$flaky"
run joblog -a all "$flaky"
say "What became of the alarm"
run jobstat "$alarm"

say "Let the held one go, and look at the machine"
run jobctl release "$held"
run jobwait "$held"
run jobstat
