# shellcheck shell=bash
# day: a scripted day of submissions, retries, limits of time, dependencies, cancellations,
# reruns and a bulk, which goes on whatever happens to jobd and jobworker.  What is asked for is
# asked for again until it is acknowledged, as a careful user would.
# shellcheck disable=SC2154 # dir and here are those of lib.bash

n=0

# again COMMAND...: sees to a jobd, and repeats the command until it says 0 or 1.
again() {
	local end=$((SECONDS + 20))
	while [ "$SECONDS" -lt "$end" ]; do
		up
		"$@" >"$dir/answer" 2>>"$dir/day.log"
		case $? in
		0 | 1) return 0 ;;
		esac
		sleep 0.02
	done
	fail "in vain: $* ($(tail -n 1 "$dir/day.log"))"
	return 1
}

# a_job EXIT LEAST MOST ENDS LINES PAUSE [OPTION...]: submits one, $id is its name.
a_job() {
	local exit=$1 least=$2 most=$3 ends=$4 lines=$5 pause=$6 own=0
	shift 6
	n=$((n + 1))
	[ "$exit" -gt 100 ] || own=$exit
	again jobsub -Q --key "k$n" -J "n$n" "$@" -- "$here/job.sh" "$dir/ledger" "$n" "$own" \
	    "${lines/-/3}" "$pause" || return
	id=$(cat "$dir/answer")
	echo "$n $id $exit $least $most $ends $lines" >>"$dir/acked"
}

began() { up; grep -q "^S $1 " "$dir/ledger"; }

# The keys make a line that is sent again the same job.
a_bulk() {
	local i first=$((n + 1))
	for ((i = 0; i < $1; i++)); do
		n=$((n + 1))
		printf '{"command":["%s","%s","%d","0","2","0"],"key":"k%d","job_name":"n%d"}\n' \
		    "$here/job.sh" "$dir/ledger" "$n" "$n" "$n"
	done >"$dir/bulk"
	again jobsub -Q --bulk "$dir/bulk" || return
	while read -r id; do
		echo "$((first++)) $id 0 1 1 1 2" >>"$dir/acked"
	done <"$dir/answer"
}

# Held and cancelled: never runs.  Cancelled while it runs: has no end of its own.
some_cancels() {
	a_job 125 0 0 0 - 0 -H
	again jobcancel -Q "$id"
	a_job 125 1 1 0 - 30
	until_ 20 began "$n" || fail "job $id does not begin"
	again jobcancel -Q "$id"
}

# An answer that was lost leaves open whether it is run a second time.
a_rerun() {
	local most=1
	a_job 3 1 1 1 2 0
	until_ 20 over "$id" || fail "job $id does not end"
	up
	jobctl rerun "$id" >>"$dir/day.log" 2>&1 && most=2
	sed -i "s/^$n .*/$n $id 3 $most 2 1 2/" "$dir/acked"
}

# day TIMES
day() {
	local i
	for ((i = 0; i < $1; i++)); do
		a_job 0 1 1 1 5 0
		first=$id
		a_job 0 1 1 1 2 0 -d "ok:$first"
		a_job 125 0 0 0 - 0 -d "notok:$first"
		a_job 3 1 1 1 7 0.02
		a_job 3 3 3 1 - 0 -r 2 --retry-policy immediate
		a_job 124 1 1 0 - 30 -t 200ms --kill-grace 100ms
		a_job 0 1 1 1 200 0.1
		a_bulk 4
		some_cancels
		a_rerun
	done
	up
}
