#!/usr/bin/env bats
# Exit statuses are a contract with scripts: each of them once where it applies.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

all=(jobsub jobq jobstat joblog jobwait jobcancel jobctl jobcron jobadm jobd jobsim)
everyone=("${all[@]}" jobworker)

# seen STATUS COMMAND...: this was looked at, of the program among the words.
seen() {
	local status=$1 word
	for word in "${@:2}"; do
		if [[ " ${everyone[*]} " = *" $word "* ]]; then
			echo "$word $status" >>"$BATS_FILE_TMPDIR/seen"
			return
		fi
	done
}

# exits STATUS COMMAND...: like run, and the status must be this.
exits() {
	local want=$1
	shift
	run --separate-stderr "$@"
	[ "$status" -eq "$want" ] || {
		echo "$*: exit status $status, not $want: $output $stderr"
		return 1
	}
	seen "$want" "$@"
}

# ends STATUS COMMAND...: the same where 127 is right, which `run` takes for a mistake.
ends() {
	status=0
	"${@:2}" >"$JOB_TEST/ends" 2>&1 || status=$?
	[ "$status" -eq "$1" ] || {
		echo "${*:2}: exit status $status, not $1: $(cat "$JOB_TEST/ends")"
		return 1
	}
	seen "$@"
}

config() { printf '%s\n' "$@" >"$JOB_CONFIG"; }

# full COMMAND...: its standard output is a full disk.
full() { "$@" >/dev/full; }

@test "0: success" {
	start_jobd
	exits 0 jobsub true
	exits 0 jobwait 1
	for look in 'jobq -a' 'jobstat 1' 'joblog 1' 'jobadm worker list' 'jobadm doctor'; do
		# shellcheck disable=SC2086 # words
		exits 0 $look
	done
	id=$(jobsub -H true)
	exits 0 jobctl hold "$id"
	exits 0 jobcancel "$id"
}

@test "1: some could not be done, or nothing was found" {
	config 'local_worker = no'
	start_jobd
	id=$(jobsub true)
	exits 1 jobq -e -n none
	exits 1 jobcancel "$id" 4711
	exits 1 jobctl hold "$id"
	exits 1 jobstat -e "$id"
	exits 1 jobadm doctor
}

@test "64: usage, by every program, told with a word and where help is" {
	config 'local_worker = no'
	start_jobd
	for p in "${all[@]}"; do
		exits 64 "$p" --no-such-option
		[ -z "$output" ]
		[[ $stderr == "$p: "*"no-such-option"*"--help"* ]]
	done
	for p in joblog jobwait jobcancel jobctl jobcron jobadm jobsub; do
		exits 64 "$p"
	done
	exits 64 jobd operand
	exits 64 jobq -t nothing
	exits 64 jobstat no-such-word
	exits 64 jobsub -c many true
	exits 64 jobsub -t
}

# Found by whatever looks at it: the option's parser, the request check, another program.
@test "64: a bad value of an option; the same line in a script is 65" {
	config 'local_worker = no'
	start_jobd
	while IFS='|' read -r -a words; do
		exits 64 jobsub "${words[@]}" true
		[[ $stderr == "jobsub: --"*"--help"* ]]
		printf '#JOB %s\ntrue\n' "${words[*]}" >"$JOB_TEST/script"
		exits 65 jobsub -f "$JOB_TEST/script"
		[[ $stderr == *"--"* ]]
	done <<-END
		-J|a/b
		--tag|x
		--tag|-x=1
		--tag|latin=$(printf 'caf\351')
		-c|0
		-m|1X
		--bw|x
		-p|1001
		--at|never
		-t|x
		--at|+2h|--deadline|+1h
		-d|foo:1
		-d|ok:5,ok:5
		--retry-policy|x
		--retry-on|x!
		--success-codes|300
		--kill-grace|2d
		--umask|9
		--env-type|x
		-o|%q
		-u|a&b
	END
	exits 0 env JOBSUB_TIMEOUT=5 JOBSUB_ON_DEP_FAIL=hold jobsub --dry-run true
	exits 64 jobsub --append true
	[[ $stderr == *'--append goes with --output'* ]]
	exits 64 jobsub --timeout 5 true
	[[ $stderr == *'--timeout goes with --wait'* ]]
	exits 64 jobsub --cancel-on-int true
	[[ $stderr == *'--cancel-on-int goes with --wait'* ]]
	[ "$(jobq -a -A -h)" = '' ]
	while read -r -a words; do
		exits 64 "${words[@]}"
	done <<-'END'
		jobsub -W --timeout x true
		jobq --since x
		jobq -N x
		jobq -o x
		jobstat 1-
		jobwait --timeout x 1
		jobwait --until x 1
		jobcancel -s x 1
		jobctl rerun --only x 1
		joblog -n x 1
	END
}

@test "65: what was asked for is wrong in itself" {
	config 'local_worker = no'
	start_jobd
	jobsub -H --key k true
	exits 65 jobsub --key k false
	exits 65 jobsub -d ok:4711 true
	echo '{"command":' >"$JOB_TEST/bad"
	exits 65 jobsub --spec "$JOB_TEST/bad"
	exits 65 jobsub --bulk "$JOB_TEST/bad"
	: >"$JOB_TEST/empty"
	exits 65 jobsub -f "$JOB_TEST/empty"
	stop_jobd
	dd if=/dev/urandom of="$JOB_SPOOL/state.db" bs=1 seek=20000 count=3000 conv=notrunc \
	    2>/dev/null
	exits 65 jobd --check --spool "$JOB_SPOOL"
}

@test "66: no such job, no such file, no such worker" {
	config 'local_worker = no'
	start_jobd
	for look in jobstat joblog jobwait jobcancel 'jobctl hold' 'jobctl rerun'; do
		# shellcheck disable=SC2086 # words
		exits 66 $look 4711
		[[ $stderr == *4711* ]]
	done
	for option in -f --spec --bulk; do
		exits 66 jobsub "$option" "$JOB_TEST/missing"
	done
	exits 66 jobadm worker drain --reason why nobody
}

@test "69: nobody there, nothing there yet, or it never fits" {
	for p in jobq jobstat 'joblog 1' 'jobwait 1' 'jobcancel 1' 'jobctl hold 1' \
	    'jobadm worker list' 'jobsub true' 'jobd --check'; do
		# shellcheck disable=SC2086 # words
		exits 69 $p
		[[ $stderr == "${p%% *}: "* ]]
	done
	start_jobd
	jobwait "$(jobsub true)"
	exits 69 jobsub -c 100000 true
	exits 69 jobsub --each-line f true
	exits 69 jobadm role
	stop_jobd
	exits 69 jobcancel 1
	exits 69 jobctl hold 1
	exits 69 jobadm worker drain --reason why local
	mv "$JOB_SPOOL/incoming" "$JOB_SPOOL/away"	# neither the daemon nor the spool
	exits 69 jobsub true
	[[ $stderr == *'cannot be left in the spool'* ]]
}

@test "70: a database that none of these programs can have left like this" {
	config 'local_worker = no'
	start_jobd
	jobsub -H true
	stop_jobd
	sqlite3 "$JOB_SPOOL/state.db" 'ALTER TABLE jobs RENAME TO gone'
	for p in jobq 'jobstat 1' 'joblog 1' 'jobwait %true' jobd; do
		# shellcheck disable=SC2086 # words
		exits 70 $p
		[[ $stderr == "${p%% *}: "*"no such table: jobs"* ]]
	done
}

@test "70: a jobd that meets such a database tells those who ask" {
	config 'local_worker = no'
	start_jobd
	sqlite3 "$JOB_SPOOL/state.db" 'ALTER TABLE jobs RENAME TO gone;
		ALTER TABLE worker_nodes RENAME TO gone_too'
	for p in 'jobctl hold 4711' 'jobcancel 4711' 'jobsub --key k true' 'jobadm worker list'; do
		# shellcheck disable=SC2086 # words
		exits 70 $p
		[[ $stderr == "${p%% *}: "*"no such table"* ]]
	done
}

@test "73: files of the daemon cannot be made" {
	config 'local_worker = no'
	: >"$JOB_TEST/file"
	exits 73 jobd --spool "$JOB_TEST/file/spool"
}

@test "74: what was to be printed could not be written" {
	config 'local_worker = no'
	start_jobd
	id=$(jobsub -H true)
	for p in 'jobsub -H true' jobq "jobstat $id" 'jobadm doctor' 'jobadm worker list' \
	    "jobcancel --dry-run $id" "jobctl hold --json $id" 'jobd -T'; do
		# shellcheck disable=SC2086 # words
		exits 74 full $p
		[[ $stderr == *"${p%% *}: "* ]]
	done
	for p in "${all[@]}"; do
		exits 74 full "$p" --help
		exits 74 full "$p" --version
	done
}

@test "74: joblog, too" {
	start_jobd
	id=$(jobsub echo text)
	jobwait "$id"
	exits 74 full joblog "$id"
	exits 74 full joblog --path "$id"
	exits 74 full joblog --meta "$id"
}

@test "75: later; the wait is over; another has the spool" {
	config 'local_worker = no' 'max_queued = 1'
	start_jobd
	id=$(jobsub true)
	exits 75 jobsub true
	exits 75 jobwait --timeout 20ms "$id"
	jobcancel "$id"
	exits 75 jobsub -W --timeout 20ms true
	exits 75 jobd
	[[ $stderr == *"runs already"* ]]
}

@test "75: jobd has no connection left" {
	config 'local_worker = no' 'max_connections = 1'
	start_jobd
	cron=$(jobsub --cron @daily true)
	id=$(jobsub -H true)
	stop_jobd
	start_jobd	# where the first one to come has the only connection
	socat -d -d -u "UNIX-CONNECT:$JOB_SPOOL/sock" OPEN:/dev/null 2>"$JOB_TEST/said" 3>&- 4>&- &
	waiting=$!
	poll 10 grep -q 'data transfer loop' "$JOB_TEST/said"
	for p in "jobctl hold $id" "jobcancel $id" "jobcron pause $cron" \
	    'jobadm worker drain --reason why local'; do
		# shellcheck disable=SC2086 # words
		exits 75 $p
		[[ $stderr == "${p%% *}: "*'too many connections: try later' ]]
	done
	kill -TERM "$waiting"
	wait "$waiting" || [ $? -eq 143 ]
}

@test "75: another program has locked the state" {
	config 'local_worker = no'
	start_jobd
	jobsub -H true
	stop_jobd
	coproc LOCKER { sqlite3 "$JOB_SPOOL/state.db" 3>&- 4>&-; }
	locker=$LOCKER_PID
	echo 'PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE instance SET turn = turn;
	    SELECT "locked";' >&"${LOCKER[1]}"
	while read -r line <&"${LOCKER[0]}"; do
		[ "$line" != locked ] || break
	done
	[ "$line" = locked ]
	looks=(jobq 'jobstat 1' 'joblog 1' 'jobcron list' 'jobcancel %true')
	for i in "${!looks[@]}"; do	# each waits two seconds for the lock
		# shellcheck disable=SC2086 # words
		${looks[i]} >/dev/null 2>"$JOB_TEST/said.$i" 3>&- 4>&- &
		pids[i]=$!
	done
	for i in "${!looks[@]}"; do
		status=0
		wait "${pids[i]}" || status=$?
		[ "$status" -eq 75 ]
		grep -q "^${looks[i]%% *}: .*locked by another program" "$JOB_TEST/said.$i"
		# shellcheck disable=SC2086 # words
		seen 75 ${looks[i]}
	done
	echo '.quit' >&"${LOCKER[1]}"
	poll 10 gone "$locker"
}

@test "77: a spool that others could write in, by every program that goes there" {
	config 'local_worker = no'
	start_jobd
	id=$(jobsub -H true)
	chmod 777 "$JOB_SPOOL"
	for p in 'jobsub true' jobq "jobstat $id" "joblog $id" "jobwait $id" "jobcancel $id" \
	    "jobctl hold $id" 'jobcron list' 'jobadm worker list'; do
		# shellcheck disable=SC2086 # words
		exits 77 $p
		[[ $stderr == "${p%% *}: "*"others may write in this spool"*"chmod go-w"* ]]
	done
	chmod 700 "$JOB_SPOOL"
}

@test "77: not permitted" {
	mkdir "$JOB_SPOOL"
	touch "$JOB_SPOOL/file"
	chmod 777 "$JOB_SPOOL"
	exits 77 jobd
	rm -r "$JOB_SPOOL"
	skip_unless_root
	chmod 755 "$JOB_TEST"
	mkdir -m 755 "$JOB_TEST/bin"
	cp "$JOB_BUILD"/bin/* "$JOB_TEST/bin"
	PATH=$JOB_TEST/bin:$PATH
	config 'user = daemon' 'local_worker = no'
	chmod 644 "$JOB_CONFIG"
	cd /
	start_jobd
	id=$(jobsub -H true)
	as() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
	exits 77 as jobsub -u bin true
	exits 77 as jobctl release "$id"
	exits 77 as jobstat --env "$id"
	exits 77 as jobstat --script "$id"
	exits 77 as jobcron pause "$(jobsub --cron @daily true)"
	exits 77 as jobadm worker drain --reason why local
	exits 1 as jobcancel "$id" "$(as jobsub -H true)"
	exits 77 as jobcancel "$id"
}

@test "78: every program tells what is wrong with the configuration" {
	config 'nonsense = 1'
	for p in 'jobsub true' jobq jobstat 'joblog 1' 'jobwait 1' 'jobcancel 1' 'jobctl hold 1' \
	    'jobadm worker list' jobd 'jobd -t'; do
		# shellcheck disable=SC2086 # words
		exits 78 $p
		[[ $stderr == "${p%% *}: "*job.conf:1:* ]]
	done
}

@test "jobwait, jobsub -W, joblog --exit-status: the job's own, and those of its end" {
	start_jobd
	a=$(jobsub -c 0.1 --wrap 'exit 7')
	b=$(jobsub -c 0.1 --wrap 'kill -USR1 $$')
	c=$(jobsub -c 0.1 -t 200ms sleep 60)
	d=$(jobsub -H true)
	: >"$JOB_TEST/plain"
	e=$(jobsub -c 0.1 "$JOB_TEST/plain")
	f=$(jobsub -c 0.1 /no/such/program)
	g=$(jobsub -c 0.1 -d "ok:$a" true)
	h=$(jobsub -c 0.1 --wrap 'exit 255')
	ok=$(jobsub -c 0.1 true)
	jobcancel "$d"
	for row in "$a 7" "$b 138" "$c 124" "$d 125" "$e 126" "$f 127" "$g 125" "$h 255" \
	    "$ok 0"; do
		# shellcheck disable=SC2086 # words
		set -- $row
		ends "$2" jobwait --timeout 20s "$1"
		ends "$2" joblog -f --exit-status "$1"
	done
	# several: the highest, or how many
	ends 127 jobwait "$a" "$f" "$ok"
	exits 255 jobwait "$h" "$b"
	exits 2 jobwait --count-failed "$a" "$f" "$ok"
	exits 0 jobwait --count-failed "$ok"
	for way in 7:'exit 7' 143:'kill -TERM $$' 0:true; do
		exits "${way%%:*}" jobsub -W -c 0.1 --wrap "${way#*:}"
	done
	exits 124 jobsub -W -c 0.1 -t 200ms sleep 60
	exits 126 jobsub -W -c 0.1 "$JOB_TEST/plain"
	exits 5 joblog -f --exit-status "$(jobsub -c 0.1 --wrap 'exit 5')"
	ends 127 jobsub -W -c 0.1 /no/such/program
	exits 125 jobsub -W -d "notok:$ok" true
}

@test "--count-failed: at most 101" {
	config 'local_worker = no'
	start_jobd
	for _ in {1..103}; do echo '{"command":["true"]}'; done | jobsub --bulk - >/dev/null
	jobcancel 1-103
	exits 101 jobwait --count-failed 1-103
	exits 100 jobwait --count-failed 1-100
}

# interrupt PID: SIGINT as soon as the process catches it, which must then exit with 130.
interrupt() {
	local pid=$1
	caught() {	# SIGINT is the second bit of the mask
		local mask
		mask=$(sed -n 's/^SigCgt:.*\(.\)$/\1/p' "/proc/$pid/status")
		[ $((0x${mask:-0} & 2)) -ne 0 ]
	}
	poll 5 caught
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 130 ]
}

@test "130: interrupted, and the jobs go on" {
	start_jobd
	id=$(jobsub -c 0.1 --wrap 'trap "" TERM; echo up; while :; do sleep 0.05; done')
	poll 10 grep -q up <(joblog -f "$id")
	# What a shell without job control starts in the background ignores SIGINT.
	for p in "jobwait $id" 'jobsub -W -H true' "jobcancel -W $id"; do
		# shellcheck disable=SC2086 # words
		env --default-signal=INT $p >"$JOB_TEST/out" 2>&1 3>&- 4>&- &
		interrupt $!
		# shellcheck disable=SC2086 # words
		seen 130 $p
	done
	[ "$(jobq -h -o st "$id" last | paste -sd' ')" = 'CG PD' ]
	jobcancel --now -W "$id"
}

@test "jobadm: backups that are none, folders that cannot be made, a jobd that runs" {
	config 'local_worker = no'
	start_jobd
	: >"$JOB_TEST/file"
	exits 65 jobadm restore --accept
	exits 66 jobadm restore "$JOB_TEST"
	exits 73 jobadm backup "$JOB_TEST/file/b"
	exits 75 jobadm vacuum
}

@test "jobcron: each of its own" {
	config 'local_worker = no'
	exits 69 jobcron list
	start_jobd
	id=$(jobsub --cron @daily true)
	exits 0 jobcron list
	other=$(jobsub --cron @daily true)
	jobcron pause "$other"
	exits 1 jobcron pause "$id" "$other"
	exits 65 jobcron next '61 * * * *'
	exits 66 jobcron show s77
	exits 74 full jobcron list
}

@test "jobsim: each of its own" {
	printf '; MaxProcs: 2\n1 0 0 10 1 10 -1 1 20 -1 1 1 1 1 1 1 -1 -1\n' >"$JOB_TEST/swf"
	exits 0 jobsim "$JOB_TEST/swf"
	exits 65 jobsim /dev/null
	exits 66 jobsim "$JOB_TEST/none"
	exits 73 jobsim --plot "$JOB_TEST/none/p.svg" "$JOB_TEST/swf"
	exits 74 full jobsim "$JOB_TEST/swf"
	exits 78 jobsim --set polcy=fifo "$JOB_TEST/swf"
}

@test "jobworker: each of its own" {
	: >"$JOB_TEST/file"
	mkdir -m 700 "$JOB_TEST/none" "$JOB_TEST/bad" "$JOB_TEST/held"
	jobworker run --dir "$JOB_TEST/held" 3>&- 4>&-
	exits 75 jobworker run --dir "$JOB_TEST/held" -f
	[[ $stderr == *"$JOB_TEST/held: held by jobworker, process "* ]]
	mv "$JOB_TEST/held/sock" "$JOB_TEST/aside"
	jobworker attach --dir "$JOB_TEST/held" </dev/null 2>"$JOB_TEST/said" 3>&- 4>&- &
	attach=$!	# it tries for five seconds
	echo garbage >"$JOB_TEST/bad/journal"
	exits 0 jobworker probe
	exits 64 jobworker
	exits 65 jobworker run --dir "$JOB_TEST/bad"
	exits 66 jobworker status --dir "$JOB_TEST/missing"
	exits 71 prlimit --nofile=4 jobworker run --dir "$JOB_TEST/none"
	exits 73 jobworker run --dir "$JOB_TEST/file/w"
	exits 74 full jobworker probe
	status=0
	wait "$attach" || status=$?
	[ "$status" -eq 69 ]
	seen 69 jobworker
	grep -q "^jobworker: $JOB_TEST/held: sock: connect" "$JOB_TEST/said"
	stop_agent "$JOB_TEST/held"
	skip_unless_root
	chmod 755 "$JOB_TEST"
	install -m 755 "$JOB_BUILD/bin/jobworker" "$JOB_TEST/jobworker"
	exits 77 setpriv --reuid nobody --regid nogroup --clear-groups "$JOB_TEST/jobworker" \
	    run --dir "$JOB_TEST/none" -f
	seen 77 jobworker
}

# few_descriptors COMMAND...: with few enough of them the system is what refuses.
few_descriptors() {
	local n st
	for n in {6..20}; do
		st=0
		prlimit --nofile="$n" "$@" || st=$?
		[ "$st" -ne 71 ] || return 71
		[ "$st" -ne 0 ] || stop_jobd
	done
}

@test "jobd, jobwait, jobstat, jobq, jobsub: what is left" {
	config 'local_worker = no'
	exits 0 jobd -t
	exits 71 few_descriptors jobd
	start_jobd
	held=$(jobsub -H true)
	exits 2 jobstat -e "$held"
	exits 73 env TMPDIR="$JOB_CONFIG" jobsub --pipe true
	env --default-signal=INT jobq --watch=1 >"$JOB_TEST/out" 2>&1 3>&- 4>&- &
	interrupt $!
	seen 130 jobq
	stop_jobd
	id=$(jobsub -Q --key k true)
	other=$(jobsub -Q --key k false)
	start_jobd
	exits 65 jobwait --timeout 10s "$other"
	[ -n "$id" ]
}

# told_by PROGRAM: the statuses in its manual, a line each; of a sum one, no ranges.
told_by() {
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh /p' "$BATS_TEST_DIRNAME"/../man/"$1".[18] |
	    sed -n 's/^\.It \([0-9].*\)/\1/p' | tr -d ' ' | tr , '\n' | sed 's/^128+N$/138/; /-/d'
}

@test "every status of every manual was looked at here" {
	[ "$BATS_SUITE_TEST_NUMBER" -gt 10 ] || skip 'the other tests did not run'
	skip_unless_root
	for p in "${everyone[@]}"; do
		told_by "$p" | sed "s/^/$p /"
	done | sort -u >"$JOB_TEST/told"
	[ "$(wc -l <"$JOB_TEST/told")" -gt 100 ]
	sort -u "$BATS_FILE_TMPDIR/seen" >"$JOB_TEST/seen"
	comm -23 "$JOB_TEST/told" "$JOB_TEST/seen" >"$JOB_TEST/missing"
	[ ! -s "$JOB_TEST/missing" ] || { cat "$JOB_TEST/missing"; false; }
}
