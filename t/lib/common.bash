# shellcheck shell=bash
# common: what the tests of running programs share.  `load lib/common` in a .bats file gives
# each test a folder of its own, $JOB_TEST, a spool in it, $JOB_SPOOL, and the programs in PATH;
# afterwards no process that belongs to that spool may be left.
#
# A file with a setup or teardown of its own calls job_setup and job_teardown in them.

job_setup() {
	JOB_BUILD=${JOB_BUILD:-$(realpath "$BATS_TEST_DIRNAME/../build")}
	PATH=$JOB_BUILD/bin:$PATH
	JOB_TEST=$(mktemp -d "${BATS_TMPDIR:-/tmp}/job.XXXXXX")
	JOB_SPOOL=$JOB_TEST/spool
	HOME=$JOB_TEST/home
	JOB_CONFIG=$JOB_TEST/job.conf
	mkdir "$HOME"
	: >"$JOB_CONFIG"
	unset XDG_STATE_HOME XDG_CONFIG_HOME "${!JOBSUB_@}" JOBQ_FORMAT JOB_TIME_FORMAT
	unset JOBWORKER JOBNOTIFY
	export JOB_BUILD PATH JOB_TEST JOB_SPOOL HOME JOB_CONFIG TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1
}

job_teardown() {
	local left
	cd "$BATS_TEST_DIRNAME" || return
	if [ -z "$BATS_TEST_COMPLETED" ] && [ -s "$JOB_TEST/jobd.log" ]; then
		tail -n 50 "$JOB_TEST/jobd.log"
	fi
	left=0
	if [ -n "$JOBD_PID" ]; then
		stop_jobd || left=1
	fi
	stop_worker
	if ! poll "${JOB_PATIENCE:-5}" no_processes; then
		left=1
		echo "left behind by $JOB_SPOOL:"
		ps -o pid,ppid,stat,args -p "$(processes | paste -sd,)" || :
		end_all
	fi
	rm -rf "$JOB_TEST"
	return $left
}

setup() { job_setup; }
teardown() { job_teardown; }

# exits STATUS COMMAND...: like run, and the status must be this; needs bats 1.5.
# shellcheck disable=SC2154 # run sets status, output and stderr
exits() {
	local want=$1
	shift
	run --separate-stderr "$@"
	[ "$status" -eq "$want" ] || {
		echo "$*: exit status $status, not $want: $output $stderr"
		return 1
	}
}

# poll SECONDS COMMAND...: until the command succeeds, looking each 10 ms.  The seconds are those
# of a machine that has nothing else to do; a busy one is given six times as many.
poll() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * 6000000))
	shift
	until "$@"; do
		if [ "${EPOCHREALTIME/./}" -ge "$deadline" ]; then
			echo "not within the time limit: $*" >&2
			return 1
		fi
		sleep 0.01
	done
}

# start_jobd [OPTION...]: returns when jobd is ready; JOBD_PID is its process.
start_jobd() {
	if ! jobd --spool "$JOB_SPOOL" "$@" >>"$JOB_TEST/jobd.log" 2>&1 3>&- 4>&-; then
		cat "$JOB_TEST/jobd.log" >&2
		return 1
	fi
	JOBD_PID=$(cat "$JOB_SPOOL/jobd.pid")
}

# stop_jobd, kill_jobd: politely or not; return when it is gone.  Jobs run on.
stop_jobd() { end_jobd TERM; }
kill_jobd() { end_jobd KILL; }

end_jobd() {
	local pid=$JOBD_PID
	JOBD_PID=
	kill -"$1" "$pid" 2>/dev/null || return 0
	poll 10 gone "$pid" && return
	kill -KILL "$pid"
	return 1
}

# end_host NAME: the jobworker whose folder is $JOB_TEST/host-NAME.
end_host() {
	local pid
	pid=$(cut -d' ' -f1 "$JOB_TEST/host-$1/lock" 2>/dev/null) || return 0
	if grep -qzF "$JOB_TEST/host-$1" "/proc/$pid/cmdline" 2>/dev/null; then
		kill "$pid"
	fi
}

# The local jobworker would end by itself when it has been idle for a while; jobs run on.
worker_pid() { cut -d' ' -f1 "$JOB_SPOOL/worker/lock" 2>/dev/null; }
stop_worker() { stop_agent "$JOB_SPOOL/worker"; }

# stop_agent DIR: ends the jobworker that has this folder.
stop_agent() {
	local pid
	pid=$(cut -d' ' -f1 "$1/lock" 2>/dev/null)	# which may be another process by now
	if grep -qzF "$1" "/proc/${pid:-none}/cmdline" 2>/dev/null; then
		kill -TERM "$pid" || :
	fi
}

# gone PID: no such process, or one that has ended and waits for its parent.
gone() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ $stat =~ .*\)\ Z ]]
}

# The processes of this test's spool, one a line: those with JOB_SPOOL in their environment, or
# a folder or file of the test open, but for this shell.
processes() {
	local pid found
	found=$({
		grep -lzsxF "JOB_SPOOL=$JOB_SPOOL" /proc/[0-9]*/environ
		find /proc/[0-9]*/cwd /proc/[0-9]*/fd -lname "$JOB_TEST*" 2>/dev/null
	} | cut -d/ -f3 | sort -un)
	for pid in $found; do	# the pipe's own processes are gone by now
		[ "$pid" = $$ ] || gone "$pid" || echo "$pid"
	done
}

no_processes() { [ -z "$(processes)" ]; }

# Ends every process of the spool, jobs and all, for a test that means to leave some.
end_all() {
	local pid
	JOBD_PID=
	for pid in $(processes); do
		kill -KILL "$pid" 2>/dev/null || :
	done
	poll 5 no_processes
}

skip_unless_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}
