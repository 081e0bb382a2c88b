# shellcheck shell=bash
# lib: what the fault campaigns share: a spool of their own, jobs that record by themselves that
# they ran (job.sh), and a checker that believes only those records and what was acknowledged.
#
# $dir/acked has a line for each acknowledged job:
#	NUMBER ID EXIT LEAST MOST ENDS LINES
# it ends with EXIT (or one of some, "0|125") as jobwait tells it, has begun LEAST to MOST times,
# each beginning has an end if ENDS is 1, and its last execution wrote LINES lines ("-": any).

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
PATH=$(realpath "${JOB_BUILD:-$here/../../build}/bin"):$PATH
bad=0

# campaign NAME: a folder with a spool in it.
campaign() {
	name=$1
	dir=$(mktemp -d "${TMPDIR:-/tmp}/job$name.XXXXXX") || exit 73
	export PATH JOB_SPOOL=$dir/spool JOB_CONFIG=$dir/job.conf
	touch "$dir/acked" "$dir/ledger" "$JOB_CONFIG"
}

fail() {
	echo "$name: $*"
	bad=1
}

# until_ SECONDS COMMAND...
until_() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# keep_submitting KEY: numbers that are as odd as KEY, until it is told to stop; each again until
# it is acknowledged, also after a cut of the power: the key makes one job of all tries.  A job
# that ran at a cut may run again, unless it has --no-requeue, as half of them.
keep_submitting() {
	local n id exit may lost
	n=$(awk -v k="$1" '$1 % 2 == k % 2 { n = $1 } END { print n ? n + 2 : k }' "$dir/acked")
	while [ ! -e "$dir/stop" ]; do
		exit=$((n % 7 == 0 ? 3 : 0)) may='1 99' lost=
		[ $((n % 4)) -lt 2 ] || { may='0 1' lost='|125'; }
		if id=$(jobsub -Q --key "k$n" -J "n$n" ${lost:+--no-requeue} -- "$here/job.sh" \
		    "$dir/ledger" "$n" "$exit" $((n % 50)) 0.$((n % 2))$((n % 9)) \
		    2>>"$dir/jobsub.log"); then
			echo "$n $id $exit$lost $may 0 ${lines:-$((n % 50))}" >>"$dir/acked"
			n=$((n + 2))
		fi
		sleep 0.0$((RANDOM % 9))
	done
}

# Pids are used again soon: one counts only while its process names this spool.
ours() { [ -n "$1" ] && tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "$JOB_SPOOL"; }
end() { ours "$2" && kill "-$1" "$2" 2>/dev/null; }
worker_pid() { awk '{ print $1; exit }' "$JOB_SPOOL/worker/lock" 2>/dev/null; }
jobd_pid() { cat "$JOB_SPOOL/jobd.pid" 2>/dev/null; }

start() {
	# one that was killed holds its lock until the kernel has taken it apart
	until_ 5 jobd --spool "$JOB_SPOOL" >>"$dir/start.log" 2>&1 ||
		fail "jobd did not start: $(tail -n 1 "$dir/start.log")"
}

live() { jobq -A -h --count -t queued,scheduled,running | awk '{ n += $NF } END { print n + 0 }'; }
ended() { [ "$(live 2>/dev/null)" = 0 ]; }
# A request whose submitter was killed before it had its name is none.
taken_up() {
	[ -z "$(find "$JOB_SPOOL/incoming" -maxdepth 1 -type f ! -name 'tmp.*' 2>/dev/null)" ]
}
# Whoever looks after a machine starts a jobd that is gone.
up() { ours "$(jobd_pid)" || start; }
settled() { up; taken_up && ended; }
forgotten() { [ -z "$(ls -A "$JOB_SPOOL/worker/exec" 2>/dev/null)" ]; }

# A request that was left in the spool after a try that was accepted, but whose answer was lost,
# is that job by its key; its own UUID leads nowhere then, but its name does.
known() {	# NUMBER ID
	id=$2
	case $2 in
	*-*) jobstat "$2" >/dev/null 2>&1 || id=%n$1 ;;
	esac
}

# What was said to be settled may have been the last that a dying jobd left to be read, and a
# commit of which it did not know how it ended is there when the next one looks.
over() {	# ID: $got is its status
	up
	jobwait -Q --timeout 1s "$1" >/dev/null 2>&1
	got=$?
	[ "$got" != 75 ]
}

check_job() {	# NUMBER ID EXIT LINES
	local want got
	known "$1" "$2"
	set -- "$1" "$id" "$3" "$4"
	until_ 20 over "$2"
	[[ $got =~ ^($3)$ ]] || fail "job $2 (number $1) ended with $3, jobwait says $got"
	[ "$4" != - ] && [ "$got" != 125 ] || return 0
	grep -q "^E $1 " "$dir/ledger" || fail "job $2 (number $1) has no end, jobwait says $got"
	want=$(for ((i = 0; i < $4; i++)); do echo "job $1 line $i"; done)
	got=$(joblog -o "$2" 2>/dev/null)
	[ "$want" = "$got" ] || fail "job $2 (number $1): its output is not what it wrote"
	got=$(joblog -e "$2" 2>&1 >/dev/null)
	[ "$got" = "job $1 error" ] || fail "job $2 (number $1): its error output is '$got'"
}

# What the jobs wrote themselves against what was acknowledged.
check_ledger() {
	awk -v acked="$dir/acked" '
	$1 == "S" { s[$2]++ }
	$1 == "E" { e[$2]++ }
	END {
		while ((getline line < acked) > 0) {
			split(line, a)
			known[n = a[1]] = 1
			if (s[n] + 0 < a[4] || s[n] + 0 > a[5] || (a[6] && e[n] != s[n]))
				print "job " a[2] " (number " n ") began " s[n] + 0 " times, not " \
				    a[4] " to " a[5] ", and ended " e[n] + 0
		}
		for (n in s)
			if (s[n] > 1 && !(n in known))
				print "number " n " (not acknowledged) began " s[n] " times"
	}' "$dir/ledger"
}

processes_left() {
	local p
	grep -lzF "$dir" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | while read -r p; do
		[ "$p" != $$ ] || continue
		grep -qz '^JOB_COOKIE=' "/proc/$p/environ" 2>/dev/null && echo "$p"
	done
}

# check SECONDS: waits until all is settled, then compares.
check() {
	local line n id exit least most ends lines left
	until_ "$1" settled || fail "not settled in time: $(jobq -A -h 2>&1 | head -5)"
	# a record that could not be removed goes when the next daemon looks
	until_ 10 forgotten || { end TERM "$(worker_pid)" && until_ 10 forgotten; } ||
		fail "the worker still holds $(ls -m "$JOB_SPOOL/worker/exec")"
	[ -s "$dir/acked" ] || fail "nothing was accepted"
	# shellcheck disable=SC2034 # some are the ledger's
	[ "$bad" = 1 ] || while read -r n id exit least most ends lines; do
		check_job "$n" "$id" "$exit" "$lines"
	done <"$dir/acked"
	check_ledger >"$dir/ledger.wrong" || fail "the ledger cannot be read"
	while IFS= read -r line; do
		fail "$line"
	done <"$dir/ledger.wrong"
	left=$(processes_left)
	[ -z "$left" ] || fail "processes left: $left"
}

# stall_syncs SECONDS: from now on each sync of jobd takes so long; until stall_end.
stall_syncs() {
	strace -qq -f -p "$(jobd_pid)" -e trace=fsync,fdatasync \
	    -e inject=fsync,fdatasync:delay_enter=$(($1 * 1000000)) 2>>"$dir/strace" &
	tracer=$!
	disown "$tracer"
	until_ 10 jobd_traced || fail "jobd is not traced"
}
jobd_traced() { grep -q 'TracerPid:	[1-9]' "/proc/$(jobd_pid)/status"; }
stall_end() {
	[ -z "$tracer" ] || kill "$tracer" 2>/dev/null
	tracer=
}
tracer=

# What is left of a campaign that failed is kept, to be looked at.
clean() {
	end TERM "$(jobd_pid)" && until_ 10 not ours "$(jobd_pid)"
	end TERM "$(worker_pid)" && until_ 10 not ours "$(worker_pid)"
	if [ "$bad" = 0 ]; then
		rm -rf "$dir"
	else
		echo "$name: what is left is in $dir"
	fi
}
not() { ! "$@"; }
