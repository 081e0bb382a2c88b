#!/usr/bin/env bats
# A worker host behind a real sshd, one of our own on a loopback port.

load lib/common

setup() {
	job_setup
	[ -x /usr/sbin/sshd ] || skip "needs sshd"
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	printf 'local_worker = no\nheartbeat = 1s\nlease = 4s\nkill_grace = 0s\n' >>"$JOB_CONFIG"
	cd "$JOB_TEST" || return
	ssh-keygen -q -t ed25519 -N '' -f user
	cp user.pub authorized
	mkdir -m 700 "$JOB_SPOOL"
}

teardown() {
	[ -z "$JOBD_PID" ] || stop_jobd
	[ -z "$SSHD_PID" ] || kill "$SSHD_PID"
	poll 10 none_left
	job_teardown
}

# The worker outlives its jobd, and is started again to hear jobd's last words.
none_left() {
	local pid
	pid=$(cut -d' ' -f1 "$JOB_TEST/w/lock" 2>/dev/null)
	if grep -qzF "$JOB_TEST/w" "/proc/${pid:-none}/cmdline" 2>/dev/null; then
		kill "$pid"
	fi
	no_processes
}

# start_sshd TYPE: with one host key of that type, which is then in known_hosts.
start_sshd() {
	[ -e "host_$1" ] || ssh-keygen -q -t "$1" -N '' -f "host_$1"
	PORT=$((20000 + RANDOM % 20000))
	/usr/sbin/sshd -D -q -f /dev/null -p "$PORT" -o "HostKey=$JOB_TEST/host_$1" \
	    -o "AuthorizedKeysFile=$JOB_TEST/authorized" -o UsePAM=no -o StrictModes=no \
	    -o ListenAddress=127.0.0.1 -o PidFile=none 3>&- 4>&- &
	SSHD_PID=$!
	listens() { socat -u OPEN:/dev/null "TCP:127.0.0.1:$PORT"; }
	poll 10 listens 2>/dev/null
	echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "host_$1.pub")" >known
}

host() {
	echo "h address=127.0.0.1 port=$PORT identity=$JOB_TEST/user known_hosts=$JOB_TEST/known" \
	    "dir=$JOB_TEST/w cpus=1" >"$JOB_SPOOL/workers"
}

attached() { jobadm worker list -h -o name,health | grep -q '^h *healthy'; }
says() { jobadm worker list -h -o reason | grep -q "$1"; }

@test "a host with nothing but sshd: jobworker is put there, and runs jobs" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	grep -q 'worker h: jobworker is put there' "$JOB_SPOOL/jobd.log"
	[ "$(find w/bin -type f | wc -l)" -eq 1 ]
	cmp w/bin/jobworker-* "$JOB_BUILD/bin/jobworker"
	# shellcheck disable=SC2016 # the job expands it
	jobsub -D "$JOB_TEST" --wrap 'echo $JOB_WORKER >who'
	jobwait 1
	[ "$(cat who)" = h ]
}

@test "a session that is cut ends no job; jobworker is not put there again" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	jobsub -D "$JOB_TEST" --wrap 'echo x >>starts; while [ ! -e finish ]; do sleep 0.02; done'
	poll 5 test -e starts
	kill "$(pgrep -f -P "$SSHD_PID" sshd)"
	poll 15 grep -q 'worker h attached, holds 1' "$JOB_SPOOL/jobd.log"
	touch finish
	jobwait 1
	[ "$(wc -l <starts)" -eq 1 ]
	[ "$(grep -c 'jobworker is put there' "$JOB_SPOOL/jobd.log")" -eq 1 ]
}

@test "jobd is killed: the worker hears of it over the session" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	kill_jobd
	poll 5 grep -q 'jobd of epoch 1 has ended' w/jobworker.log
	start_jobd
	poll 20 attached
}

@test "a host key that is unknown or another is refused, with what to do" {
	start_sshd ed25519
	: >known
	host
	start_jobd
	poll 20 says 'its host key is not known: compare it'
	[ ! -e w ]
	ssh-keygen -q -t ed25519 -N '' -f stranger
	echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 stranger.pub)" >known
	poll 20 says 'is not the one that is known: somebody may be in between'
	[ ! -e w ]
}

@test "a host with an RSA key alone is reached over ssh(1)" {
	start_sshd rsa
	host
	start_jobd
	poll 20 attached
	grep -q 'worker h: over ssh(1), since: .*key exchange' "$JOB_SPOOL/jobd.log"
	jobsub -D "$JOB_TEST" --wrap 'echo there >who'
	jobwait 1
	[ "$(cat who)" = there ]
}

@test "a host that is not there, and one that lets nobody in" {
	start_sshd ed25519
	: >authorized
	host
	start_jobd
	poll 20 says 'Permission denied\|no key lets'
	kill "$SSHD_PID"
	SSHD_PID=
	poll 20 says 'Connection refused'
}
