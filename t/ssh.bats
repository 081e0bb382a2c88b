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
	cd / || return	# who looks for what is left must not be in there
	[ -z "$JOBD_PID" ] || stop_jobd
	[ -z "$SSHD_PID" ] || poll 10 no_sessions
	[ -z "$SSHD_PID" ] || stop_sshd
	job_teardown
}

no_sessions() { ! pgrep -P "$SSHD_PID" >/dev/null; }

# The worker outlives its jobd, and may be started again, by a session that is over, to hear
# jobd's last words: it is ended as often as it is met.
no_processes() {
	local pid
	pid=$(cut -d' ' -f1 "$JOB_TEST/w/lock" 2>/dev/null)
	if grep -qzF "$JOB_TEST/w" "/proc/${pid:-none}/cmdline" 2>/dev/null; then
		kill "$pid"
	fi
	[ -z "$(processes)" ]
}

# start_sshd TYPE [PORT [OPTION...]]: with one host key of that type, which is then in known_hosts.
# A login shell there finds no profile: the machine's own may wait for others, for a minute.
start_sshd() {
	[ -e "host_$1" ] || ssh-keygen -q -t "$1" -N '' -f "host_$1"
	PORT=${2:-$((20000 + RANDOM % 20000))}
	/usr/sbin/sshd -D -E "$JOB_TEST/sshd.log" -f /dev/null -p "$PORT" \
	    -o "HostKey=$JOB_TEST/host_$1" -o "AuthorizedKeysFile=$JOB_TEST/authorized" \
	    -o UsePAM=no -o StrictModes=no -o "SetEnv=HOME=$JOB_TEST/home" \
	    -o ListenAddress=127.0.0.1 -o PidFile=none "${@:3}" 3>&- 4>&- &
	SSHD_PID=$!
	listens() { socat -u OPEN:/dev/null "TCP:127.0.0.1:$PORT"; }
	poll 10 listens 2>/dev/null
	echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "host_$1.pub")" >known
}

stop_sshd() {
	kill "$SSHD_PID"
	SSHD_PID=
}

host() {
	echo "h address=127.0.0.1 port=$PORT identity=$JOB_TEST/user known_hosts=$JOB_TEST/known" \
	    "dir=$JOB_TEST/w cpus=1" >"$JOB_SPOOL/workers"
}

runs() { [ "$(jobq -h -a -j 1 -o status)" = running ]; }
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

@test "output comes back over the session, whole, also when it is cut" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	head -c 3000000 /dev/urandom >big
	# shellcheck disable=SC2016 # the job expands it
	jobsub -D "$JOB_TEST" --wrap 'cat big; while [ ! -e go ]; do sleep 0.02; done; cat big >&2'
	half() { [ "$(stat -c %s "$(joblog --path -o 1)" 2>/dev/null || echo 0)" -gt 100000 ]; }
	poll 10 half
	kill "$(pgrep -f -P "$SSHD_PID" sshd)"
	touch go
	poll 15 grep -q 'worker h attached, holds 1' "$JOB_SPOOL/jobd.log"
	jobwait 1
	joblog 1 >out 2>err
	cmp big out
	cmp big err
	acknowledged() { [ -z "$(ls -A w/out)" ]; }
	poll 5 acknowledged
}

@test "compress=yes is agreed on with the host" {
	start_sshd ed25519 "" -o LogLevel=DEBUG1
	host
	sed -i 's/$/ compress=yes/' "$JOB_SPOOL/workers"
	start_jobd
	poll 20 attached
	jobsub --wrap 'head -c 1000000 /dev/zero; echo end'
	jobwait 1
	[ "$(joblog 1 | wc -c)" -eq 1000004 ]
	grep -q 'Enabling compression' sshd.log
}

# ---- what jobd and a host tell each other when the host is back: see job-hosts(7)

# The door first: else jobd is in again at once.
cut_off() {
	local sessions
	readarray -t sessions < <(pgrep -f -P "$SSHD_PID" sshd)
	stop_sshd
	kill "${sessions[@]}" || :	# one of a check may have ended by itself
}

# back LINE: it is reached again, at the same port, once jobd has said so.
back() {
	start_sshd ed25519 "$PORT"
	poll 30 grep -q "$1" "$JOB_SPOOL/jobd.log"
}
away() { jobadm worker list -h -o health | grep -q unhealthy; }
executions() { jobstat --json "$1" | sed -n 's/.*"execution_count": \([0-9]*\).*/\1/p'; }

@test "a job that has ended while its host was away: its result counts" {
	sed -i 's/^lease = .*/lease = 5m/' "$JOB_CONFIG"
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	jobsub -D "$JOB_TEST" --wrap 'echo x >>starts; while [ ! -e finish ]; do sleep 0.02; done'
	poll 10 test -e starts
	cut_off
	poll 20 away
	touch finish
	has_ended() { jobworker status --dir w | grep -q ' ended '; }
	PATH=w/bin:$PATH
	ln -s "$(basename w/bin/jobworker-*)" w/bin/jobworker
	poll 10 has_ended
	back 'worker h attached, holds 1'
	jobwait 1
	[ "$(executions 1)" -eq 1 ]
	[ "$(wc -l <starts)" -eq 1 ]
}

@test "an order that is lost with the connection is given again" {
	sed -i 's/^lease = .*/lease = 5m/' "$JOB_CONFIG"
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	cables() { pgrep -f "attach --dir $JOB_TEST/w"; }
	# shellcheck disable=SC2046 # numbers of processes
	kill -STOP $(cables)	# what jobd says from now on comes to here
	jobsub -D "$JOB_TEST" --wrap 'echo x >>starts'
	given() { [ "$(jobq -h -a -j 1 -o status)" = scheduled ]; }
	poll 10 given
	# shellcheck disable=SC2046
	kill -KILL $(cables)
	jobwait 1
	[ "$(executions 1)" -eq 2 ]
	[ "$(wc -l <starts)" -eq 1 ]
	[[ $(jobstat --attempts 1) == *NeverStarted* ]]
}

@test "a host that has lost its records: its job has ended before it runs again" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	# shellcheck disable=SC2016 # the job expands it
	jobsub -D "$JOB_TEST" --wrap 'exec 9>>lock; flock -n 9 || echo twice >>twice
		echo x >>starts; while [ ! -e finish ]; do sleep 0.02; done'
	poll 10 test -e starts
	cut_off
	former=$(cut -d' ' -f1 w/lock)
	kill "$former"
	poll 10 gone "$former"
	rm -r w
	start_sshd ed25519 "$PORT"
	twice_started() { [ "$(wc -l <starts)" -eq 2 ]; }
	poll 60 twice_started
	[ ! -e twice ]
	touch finish
	jobwait 1
	[[ $(jobstat --attempts 1) == *NodeLost* ]]
}

@test "a job that this state does not know is ended, and told of" {
	start_sshd ed25519
	host
	start_jobd
	poll 20 attached
	jobadm backup "$JOB_TEST/b"
	jobsub -D "$JOB_TEST" --wrap 'echo $$ >pid; while [ ! -e finish ]; do sleep 0.02; done'
	poll 10 test -s pid
	stop_jobd
	jobadm restore --accept "$JOB_TEST/b"
	start_jobd
	poll 30 grep -q 'worker h: 1.1 runs there, and should not: it is' "$JOB_SPOOL/jobd.log"
	poll 20 gone "$(cat pid)"
}

# Another version of the program: the same with another number in it, as long as ours.
other_version() {
	local version
	version=$("$JOB_BUILD/bin/jobworker" --version)
	OTHER=$(tr 0-9 9 <<<"${version#* }")
	LC_ALL=C sed "s/${version#* }/$OTHER/g" "$JOB_BUILD/bin/jobworker" >former
	chmod +x former
	[ "$(./former --version)" = "jobworker $OTHER" ]
}
version_is() { jobadm worker list -h -o health,version | grep -q "^healthy *$1\$"; }

@test "a jobworker of another version is replaced, while its job runs on" {
	start_sshd ed25519
	other_version
	host
	JOBWORKER=$PWD/former start_jobd
	poll 20 version_is "$OTHER"	# also once it was tried in vain
	grep -q "h: its jobworker is of version $OTHER, and is replaced by" "$JOB_SPOOL/jobd.log"
	jobsub -D "$JOB_TEST" --wrap 'echo x >>starts; while [ ! -e finish ]; do sleep 0.02; done'
	poll 10 test -e starts
	former=$(cut -d' ' -f1 w/lock)
	stop_jobd
	start_jobd
	poll 20 gone "$former"
	version=$("$JOB_BUILD/bin/jobworker" --version)
	poll 20 version_is "${version#* }"
	[ "$(jobadm worker list -h -o skew)" = - ]
	runs
	touch finish
	jobwait 1
	[ "$(wc -l <starts)" -eq 1 ]
	[ "$(jobq -h -a -j 1 -o status)" = completed ]
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
	stop_sshd
	poll 20 says 'Connection refused'
}

# ---- jobadm worker add, check, rm

# add OPTION...: the host h, behind our sshd.
add() {
	jobadm worker add h --address 127.0.0.1 --port "$PORT" --identity "$JOB_TEST/user" \
	    --known-hosts "$JOB_TEST/known" --dir "$JOB_TEST/w" "$@"
}

@test "jobadm worker add: one command, from nothing to a worker that runs jobs" {
	start_sshd ed25519
	printf '# ours\n\n' >"$JOB_SPOOL/workers"
	start_jobd
	run add --cpus 1 --region eu --zone a --label disk='two words'
	echo "$output"
	[ "$status" -eq 0 ]
	for step in 'key *ED25519 SHA256:[A-Za-z0-9+/]* is known$' \
	    'login *as .* with .*/user' 'program *jobworker-.* was put there' \
	    'start *jobworker .* answers' 'host *[a-z0-9_]*, ' 'user ' \
	    'folder *can be written to' 'limits ' 'clock *[+-][0-9]* ms' \
	    'file *stands in' 'jobd *has attached it'; do
		grep -qE "^(OK|WARN) +h +$step" <<<"$output"
	done
	print=$(ssh-keygen -lf host_ed25519.pub | cut -d' ' -f2)
	[[ $output == *"ED25519 $print is known"* ]]
	[ "$(head -n 2 "$JOB_SPOOL/workers")" = "# ours" ]
	line=$(tail -n 1 "$JOB_SPOOL/workers")
	[[ $line == "h address=127.0.0.1 port=$PORT "*" label.disk='two words'" ]]
	jobsub -D "$JOB_TEST" --wrap 'echo there >who'
	jobwait 1
	run add
	[ "$status" -eq 65 ]
	[[ $output == *"h stands in line 3 of $JOB_SPOOL/workers"* ]]
	run jobadm worker check h --json
	[[ $output == '{"schema":"job/1","steps":[{"worker":"h","step":"key",'* ]]
	run jobadm worker check --all
	[ "$status" -eq 0 ]
	[[ $output == *"program"*"is there"* && $output == *"jobd     is attached"* ]]
	run jobadm worker probe h
	[[ $output == *" host "* && $output != *" login "* ]]
}

@test "jobadm worker add: a key that is not known is refused, or taken with --accept-new" {
	start_sshd ed25519
	mv known right
	: >known
	start_jobd
	run add
	[ "$status" -eq 77 ]
	print=$(ssh-keygen -lf host_ed25519.pub | cut -d' ' -f2)
	[[ $output == "FAIL  h key "*"$print"*"compare it"* ]]
	[ ! -s known ]
	[ ! -s "$JOB_SPOOL/workers" ]
	run add --accept-new
	[ "$status" -eq 0 ]
	cmp known right
	[[ $output == *"is known from now on"* ]]
	ssh-keygen -q -t ed25519 -N '' -f stranger
	echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 stranger.pub)" >known
	cp known before
	run jobadm worker check --accept-new h
	[ "$status" -eq 1 ]
	[[ $output == *"is not the one that is known"*"ssh-keygen -R"* ]]
	cmp known before
}

@test "jobadm worker add: a key is asked for at a terminal" {
	start_sshd ed25519
	: >known
	start_jobd
	at_terminal() {
		script -qec "jobadm worker add h --address 127.0.0.1 --port $PORT \
		    --dir $JOB_TEST/w --identity $JOB_TEST/user \
		    --known-hosts $JOB_TEST/known" /dev/null
	}
	run at_terminal <<<no
	[[ $output == *"Does the host really have this key?"* && $output == *FAIL* ]]
	[ ! -s known ]
	run at_terminal <<<yes
	[[ $output == *"is known from now on"* ]]
	[ -s known ]
	poll 20 attached
}

@test "jobadm worker add: what fails is said with its remedy, and nothing is written" {
	start_sshd ed25519
	start_jobd
	run add --transport nonsense
	[ "$status" -eq 64 ]
	run add --label nonsense
	[ "$status" -eq 64 ]
	: >authorized
	run add
	[ "$status" -eq 77 ]
	[[ $output == *"FAIL  h login "* ]]
	cp user.pub authorized
	echo rubbish >w
	run add
	[ "$status" -eq 73 ]
	[[ $output == *"FAIL  h program "*"jobworker cannot be put there"*"see that the folder"* ]]
	rm w
	stop_sshd
	run add
	[ "$status" -eq 69 ]
	[[ $output == *"FAIL  h connect "*"Connection refused: see that the host is up"* ]]
	[ ! -e "$JOB_SPOOL/workers" ]
	stop_jobd
	run add
	[ "$status" -eq 69 ]
	run jobadm worker check x
	[ "$status" -eq 66 ]
}

@test "jobadm worker rm: not while jobs run there, unless --force" {
	start_sshd ed25519
	printf '# ours\n' >"$JOB_SPOOL/workers"
	start_jobd
	add --cpus 1
	jobsub -D "$JOB_TEST" --wrap 'while [ ! -e finish ]; do sleep 0.02; done'
	poll 10 runs
	run jobadm worker rm h
	[ "$status" -eq 65 ]
	[[ $output == *"jobs run there"* ]]
	jobadm worker rm --force h
	[ "$(cat "$JOB_SPOOL/workers")" = "# ours" ]
	run jobadm worker rm --force h
	[ "$status" -eq 66 ]
	touch finish
}

# ---- job-hosts(7)

# What the page calls web1 is our sshd, and its home is a folder of the test.
play() {
	echo "$1" >>played
	eval "$1"
}

as_on_the_page() {
	jobadm() {
		local more=()
		[ "$2" != add ] || more=(--address 127.0.0.1 --port "$PORT" --cpus 1 \
		    --dir "$JOB_TEST/w" --identity "$JOB_TEST/user" --known-hosts "$JOB_TEST/known")
		[ -z "$answer_yes" ] || more+=(--accept-new)
		command jobadm "$@" "${more[@]}"
	}

	ssh-keygen() {
		if [ "$1" = -R ]; then
			command ssh-keygen -R "[127.0.0.1]:$PORT" -f known
		else
			command ssh-keygen "$@"
		fi
	}

	ssh() {
		mkdir -p home/.jobworker
		ln -sfn "$JOB_TEST/w" home/.jobworker/x
		(cd home && sh -c "$2")
	}
}

attached_web1() { jobadm worker list -h -o health | grep -q '^healthy'; }

@test "the tasks of job-hosts(7), played, and no command of it left out" {
	skip_unless_root
	answer_yes=
	as_on_the_page
	start_sshd ed25519
	: >known
	start_jobd
	play 'jobadm worker add web1 --user root --accept-new'
	play 'jobadm worker list'
	play 'jobadm worker check --all'
	jobsub -D "$JOB_TEST" --wrap 'while [ ! -e finish ]; do sleep 0.02; done; touch ended'
	poll 10 runs

	# an upgrade: the daemon is ended, and its job runs on
	play 'jobadm worker list -o name,version,skew'
	former=$(cut -d' ' -f1 w/lock)
	# shellcheck disable=SC2016 # the host expands it
	play 'ssh web1 '"'"'kill $(cut -d" " -f1 .jobworker/*/lock)'"'"
	poll 10 gone "$former"
	# once more at least: the first new connection may meet what is left of the former daemon
	again() { [ "$(grep -c 'worker web1 attached' "$JOB_SPOOL/jobd.log")" -ge 2 ]; }
	poll 20 again
	poll 10 runs || { jobstat --attempts 1; false; }

	# out of service, and a new disk
	run jobadm worker rm web1
	[ "$status" -eq 65 ]
	touch finish
	play "jobadm worker drain --reason 'new kernel' --wait web1"
	[ -e ended ]
	former=$(cut -d' ' -f1 w/lock)
	mv w old	# at once: jobd starts another there as soon as it can
	kill "$former"
	poll 10 gone "$former"
	play 'jobadm worker check web1' | grep 'was put there\|is there'
	play 'jobadm worker resume web1'
	jobsub -D "$JOB_TEST" true
	jobwait 2
	play "jobadm worker drain --reason 'new kernel' --deadline 30m web1"
	play 'jobadm worker resume web1'

	# another key
	cut_off
	poll 20 away
	rm host_ed25519
	before=$(cat known)
	start_sshd ed25519 "$PORT"
	echo "$before" >known
	run jobadm worker check web1
	[[ $output == *"is not the one that is known"* ]]
	play 'ssh-keygen -R web1'
	answer_yes=1
	play 'jobadm worker check web1'
	answer_yes=

	# lost, and gone for good
	poll 20 attached_web1
	cut_off
	poll 20 away
	play 'jobadm worker lost --confirmed-dead web1'
	play 'jobadm worker rm web1'
	sed -n 's/^\.Dl \$ //p' "$BATS_TEST_DIRNAME/../man/job-hosts.7" | sed 's/\\(dq/"/g' |
	    sort -u >page
	sort -u played | diff page -
}
