#!/usr/bin/env bats
# How a job is run: each option that its worker carries out, seen from inside the job.

# shellcheck disable=SC2016 # the dollar is for the shell of the job
bats_require_minimum_version 1.5.0
load lib/common

ended() { jobwait -Q --timeout 20s "$@" || [ $? -ne 75 ]; }
reason() { jobstat --json "$1" | sed -n 's/^ *"reason": "\(.*\)",*$/\1/p' | head -n 1; }
detail() { jobstat "$1"; }

@test "jobsub --nice --rlimit: what the kernel is told" {
	start_jobd
	a=$(jobsub -c 0.1 --nice 7 --rlimit nofile=77:99 --rlimit core=0 --rlimit cpu=1m:unlimited \
	    --rlimit stack=1M --wrap \
	    'nice; ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -St; ulimit -Ss')
	b=$(jobsub -c 0.1 --rlimit nproc=1:100000000000 true)
	ended "$a" "$b"
	[ "$(joblog "$a" | paste -sd' ')" = "7 77 99 0 60 1024" ]
	if [ "$(id -u)" -ne 0 ]; then
		[ "$(reason "$b")" = LaunchFailed ]
		[[ $(detail "$b") == *'rlimit nproc'* ]]
	fi
	run jobsub --rlimit files=1 true
	[ "$status" -eq 64 ]
	[[ $output == *'--rlimit: "files" is no limit'* ]]
	run jobsub --nice 20 true
	[ "$status" -eq 64 ]
}

@test "jobsub --res --limit: amounts by name, in the request" {
	asked() { jobsub --dry-run "$@" true | tr -d ' \n'; }
	[[ $(asked -R fpga=2 --res lic=1) == *'"named":{"fpga":2,"lic":1}'* ]]
	[[ $(asked -L matlab --limit db:3) == *'"tokens":{"matlab":1,"db":3}'* ]]
	[[ $(asked -G a100:2) == *'"gpu_count":2,"gpu_type":"a100"'* ]]
	for bad in '-R fpga' '-R fpga=0' '-R a=1 -R a=2' '-L a:b' '-L a/b -L a/b:2'; do
		# shellcheck disable=SC2086 # an option and its value
		run jobsub --dry-run $bad true
		[ "$status" -eq 64 ]
	done
}

@test "jobsub --chdir-missing fail, create, home" {
	start_jobd
	jobsub -c 0.1 -D "$JOB_TEST/a" --chdir-missing fail pwd
	jobsub -c 0.1 -D "$JOB_TEST/b/c" --umask 027 --chdir-missing create pwd
	jobsub -c 0.1 -D "$JOB_TEST/d" --chdir-missing home -o out --wrap 'pwd; echo $JOB_DIR'
	: >"$JOB_TEST/file"
	jobsub -c 0.1 -D "$JOB_TEST/file" --chdir-missing create pwd
	ended 1 2 3 4
	[ "$(reason 1)" = DirMissing ]
	[ ! -e "$JOB_TEST/a" ]
	[ "$(joblog 2)" = "$JOB_TEST/b/c" ]
	[ "$(stat -c %a "$JOB_TEST/b" "$JOB_TEST/b/c" | paste -sd' ')" = "750 750" ]
	home=$(getent passwd "$(id -u)" | cut -d: -f6)
	[ "$(cat "$home/out")" = "$home"$'\n'"$home" ]
	rm "$home/out"
	[ ! -e "$JOB_TEST/d" ]
	[ "$(reason 4)" = DirMissing ]
	run jobsub --chdir-missing make true
	[ "$status" -eq 64 ]
}

@test "jobsub --scratch: a private folder, gone when the job is" {
	start_jobd
	a=$(jobsub -c 0.1 --scratch --wrap 'cd "$TMPDIR"; echo "$TMPDIR"; [ "$JOB_DIR" = "$TMPDIR" ]
	    stat -c %a .; mkdir -p sub/shut; : >sub/shut/f; chmod 0 sub/shut; ln -s / sub/root')
	b=$(jobsub -c 0.1 --scratch --wrap 'echo "$TMPDIR"; mktemp; exec sleep 100')
	c=$(jobsub -c 0.1 --wrap 'echo "$TMPDIR"')
	ended "$a" "$c"
	[ "$(joblog "$a" | sed -n 2p)" = 700 ]
	[ ! -e "$(joblog "$a" | head -n 1)" ]
	[ "$(joblog "$c")" = /tmp ]
	said() { [ "$(joblog "$b" | wc -l)" -eq 2 ]; }
	poll 10 said
	[ -d "$(joblog "$b" | head -n 1)" ]
	[[ $(joblog "$b" | tail -n 1) == "$(joblog "$b" | head -n 1)"/* ]]
	jobcancel --now -W "$b"
	[ -z "$(ls -A "$JOB_SPOOL/worker/scratch")" ]
}

@test "jobsub --scratch: also when its supervisor is killed, or the worker" {
	start_jobd
	a=$(jobsub -c 0.1 --no-requeue --scratch --wrap 'mkdir -p $TMPDIR/x/y; echo up; sleep 100')
	up() { [ "$(joblog "$a")" = up ]; }
	poll 10 up
	mkdir -p "$JOB_SPOOL/worker/scratch/99.1/left"
	for p in $(processes); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" != "job $a" ] || kill -KILL "$p"
	done
	ended "$a"
	[ "$(reason "$a")" = NodeLost ]
	[ ! -e "$JOB_SPOOL/worker/scratch/$a.1" ]
	stop_jobd
	stop_worker
	poll 10 no_processes
	start_jobd
	ended "$(jobsub true)"
	[ -z "$(ls -A "$JOB_SPOOL/worker/scratch")" ]
}

@test "jobsub --login: the profile is read, and the words arrive" {
	start_jobd
	home=$(getent passwd "$(id -u)" | cut -d: -f6)
	shell=$(getent passwd "$(id -u)" | cut -d: -f7)
	a=$(jobsub -c 0.1 --login -E HOME="$JOB_TEST/home" -- printf '[%s]' 'a  b' '$HOME' "c'd")
	b=$(jobsub -c 0.1 --login -E HOME="$JOB_TEST/home" --wrap 'echo "$MARK"')
	c=$(jobsub -c 0.1 -E HOME="$JOB_TEST/home" --wrap 'echo "$MARK"')
	d=$(jobsub -c 0.1 --login -E HOME="$JOB_TEST/home" /no/such/program)
	for f in .profile .bash_profile .zprofile; do
		echo 'MARK=from-the-profile; export MARK' >"$JOB_TEST/home/$f"
	done
	ended "$a"
	b=$(jobsub -c 0.1 --login -E HOME="$JOB_TEST/home" --wrap 'echo "$MARK"')
	ended "$b" "$c" "$d"
	[ "$(joblog -o "$a")" = "[a  b][\$HOME][c'd]" ]
	[ "$(joblog -o "$b")" = from-the-profile ] || { echo "$shell $home"; false; }
	[ -z "$(joblog -o "$c")" ]
	run -127 jobwait "$d"
}

@test "jobsub --env-file: lines as they are, with rules before and behind" {
	start_jobd
	printf '%s\n' '# comment' '' "A=two  words, 'quoted' \$HOME #x" 'TAKEN' 'B=1' 'UNSET' \
	    $'C=\xff\x01' >"$JOB_TEST/vars"
	export TAKEN=from-here LEFT=x
	a=$(jobsub -c 0.1 --env-file "$JOB_TEST/vars" -E -B -- printenv)
	cd "$JOB_TEST"
	b=$(jobsub -c 0.1 -E B=0,D=4 --env-file vars --wrap 'echo "$B $D"')
	ended "$a" "$b"
	joblog "$a" >"$JOB_TEST/got"
	grep -qxF "A=two  words, 'quoted' \$HOME #x" "$JOB_TEST/got"
	grep -qx TAKEN=from-here "$JOB_TEST/got"
	LC_ALL=C grep -qx $'C=\xff\x01' "$JOB_TEST/got"
	run ! grep -qE '^(B|LEFT|UNSET)=' "$JOB_TEST/got"
	[ "$(joblog "$b")" = "1 4" ]
	run jobsub --env-file /nonexistent true
	[ "$status" -eq 66 ]
	echo 'no name' >bad
	run jobsub --env-file bad true
	[ "$status" -eq 65 ]
	[[ $output == *'--env-file: bad: line 1: '* ]]
}

@test "jobsub --output: every pattern" {
	start_jobd
	cd "$JOB_TEST"
	a=$(jobsub -c 0.1 -J nm -o '%j.%A.%a.%n.%x.%u.%w.%Y.%m.%d.%%' -r 1 \
	    --retry-policy immediate --wrap 'echo "$JOB_STDOUT"; exit $((JOB_ATTEMPT == 1))')
	ended "$a"
	for n in 1 2; do
		name=$a.$a.0.$n.nm.$(id -un).local.$(date +%Y.%m.%d).%
		[ "$(cat "$name")" = "$JOB_TEST/$name" ]
	done
	run jobsub -o '%q' true
	[ "$status" -eq 64 ]
	[[ $output == *'--output: "%q" in it means nothing'* ]]
}

@test "jobsub --signal: a warning before the limit, to all or to the main process" {
	start_jobd
	# The child tells what it got; so does the main process.
	cat >"$JOB_TEST/work" <<'END'
#!/bin/bash
bash -c 'trap "echo child" USR1; while :; do sleep 0.02; done' &
trap 'echo main' USR1
trap 'exit 0' TERM
echo up
while :; do sleep 0.02; done
END
	chmod +x "$JOB_TEST/work"
	a=$(jobsub -c 0.1 -t 2s --signal USR1@1500ms "$JOB_TEST/work")
	b=$(jobsub -c 0.1 -t 2s --signal B:SIGUSR1@1500ms "$JOB_TEST/work")
	ended "$a" "$b"
	[ "$(reason "$a")" = Timeout ]
	[ "$(joblog "$a" | sort | paste -sd' ')" = "child main up" ]
	[ "$(joblog "$b" | sort | paste -sd' ')" = "main up" ]
	run jobsub --signal USR1@60 true
	[ "$status" -eq 64 ]
	[[ $output == *'--signal: the job has no time limit'* ]]
	run jobsub -t 60 --signal USR1 true
	[ "$status" -eq 64 ]
}

@test "jobsub --log-max --log-overflow: head and tail are kept, or the job is ended" {
	start_jobd
	a=$(jobsub -c 0.1 --log-max 2054B --wrap 'seq 100000; echo e >&2')
	b=$(jobsub -c 0.1 --log-max 2K --log-overflow truncate --wrap 'seq 300')
	ended "$a" "$b"
	seq 100000 >"$JOB_TEST/all"
	joblog -o "$a" >"$JOB_TEST/got"
	cut=$(($(stat -c %s "$JOB_TEST/all") - 2054))
	{
		head -c 1027 "$JOB_TEST/all"
		printf '\n[... %d bytes cut ...]\n' "$cut"
		tail -c 1027 "$JOB_TEST/all"
	} | cmp - "$JOB_TEST/got"
	[ "$(joblog -e "$a" 2>&1)" = e ]
	seq 300 | cmp - <(joblog -o "$b")
	[ "$(jobstat --json "$a" | grep -c '"status": "completed"')" -ge 1 ]
}

@test "jobsub --log-overflow kill ends a job that writes too much" {
	start_jobd
	a=$(jobsub -c 0.1 -r 3 --kill-grace 100ms --log-max 2K --log-overflow kill --wrap \
	    'trap "" TERM; echo up; while :; do echo more; done')
	ended "$a"
	[ "$(reason "$a")" = LogOverflow ]
	[ "$(joblog "$a" | head -n 1)" = up ]
	[[ $(joblog "$a" | tail -n 1) =~ ^'[... '[0-9]+' bytes cut ...]'$ ]]
	[ "$(joblog "$a" | head -n -1 | wc -c)" -le 2049 ]
	[ "$(jobstat --json "$a" | sed -n 's/^ *"attempts": \([0-9]*\),*$/\1/p')" = 1 ]
	run jobsub --log-overflow kill true
	[ "$status" -eq 64 ]
	[[ $output == *'--log-overflow: there is no log_max'* ]]
	run jobsub --log-max 1000B true
	[ "$status" -eq 64 ]
}

@test "jobsub --timestamps: each line with its time" {
	start_jobd
	a=$(jobsub -c 0.1 --timestamps --wrap 'echo one; printf two; sleep 0.05; echo; echo e >&2')
	ended "$a"
	stamp='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z '
	[ "$(joblog "$a" 2>&1 | grep -cE "$stamp")" -eq 3 ]
	[ "$(joblog -o "$a" | sed -E "s/$stamp//" | paste -sd' ')" = "one two" ]
	run jobsub --timestamps -o a -e b true
	[ "$status" -eq 64 ]
	[[ $output == *'--timestamps: it is for the log tree'* ]]
}

@test "jobsub --pty-output: the job sees a terminal, its bytes stay as they are" {
	start_jobd
	cd "$JOB_TEST"
	a=$(jobsub -c 0.1 --pty-output --wrap 'test -t 1 && test -t 2 && test ! -t 0 && echo tty
	    echo error >&2; printf "a\tb\r\n\003\004\377"; stty size <&1')
	b=$(jobsub -c 0.1 --wrap 'test -t 1 || echo none')
	c=$(jobsub -c 0.1 --pty-output -o out --wrap \
	    'test -t 1 || echo none; test -t 2 && echo tty >&2')
	d=$(jobsub -c 0.1 --pty-output -- seq 100000)
	ended "$a" "$b" "$c" "$d"
	printf 'tty\nerror\na\tb\r\n\003\004\37724 80\n' | cmp - <(joblog -o "$a")
	[ "$(joblog "$b")" = none ]
	[ "$(cat out)" = none ]
	[ "$(joblog -e "$c" 2>&1)" = tty ]
	seq 100000 | cmp - <(joblog -o "$d")
}
