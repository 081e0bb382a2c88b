#!/usr/bin/env bats
# Notices: mail, programs and URLs; receivers that are dead; what is on record.

# shellcheck disable=SC2016,SC2154 # the dollar is the job's; run sets stderr
bats_require_minimum_version 1.5.0
load lib/common

setup() {
	job_setup
	mkdir "$JOB_TEST/got"
	# What sendmail and programs get, a file each.
	for p in sendmail page; do
		printf '#!/bin/sh\n{ echo "args $*"; env; cat; } >%s/got/.%s.$$\n%s\n' \
		    "$JOB_TEST" $p "mv $JOB_TEST/got/.$p.\$\$ $JOB_TEST/got/$p.\$\$" >"$JOB_TEST/$p"
		chmod +x "$JOB_TEST/$p"
	done
	printf '%s\n' "sendmail = $JOB_TEST/sendmail" 'notice_retry = 1s' >"$JOB_CONFIG"
}

teardown() {
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || :
	job_teardown
}

# notices [COLUMN]: of all, a line each, oldest first.
notices() {
	sqlite3 -readonly "$JOB_SPOOL/state.db" \
	    "SELECT ${1:-state} FROM notices ORDER BY notice_id" | paste -sd' '
}
says() { [ "$(notices "$1")" = "$2" ] || { notices "$1"; false; }; }
there() { ls "$JOB_TEST/got/$1".* >/dev/null 2>&1; }

# serve ANSWER: an HTTP server that keeps what it gets in $JOB_TEST/body, on port $PORT;
# "never" takes the connection and says nothing.
serve() {
	python3 - "$1" "$JOB_TEST" 3>&- 4>&- <<-'EOF' &
		import http.server, os, sys, time
		answer, folder = sys.argv[1], sys.argv[2]
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        if answer == 'never':
		            time.sleep(3600)
		        body = self.rfile.read(int(self.headers['Content-Length']))
		        with open(folder + '/.body', 'ab') as f:
		            f.write(body + b'\n')
		        os.replace(folder + '/.body', folder + '/body')
		        self.send_response(int(answer))
		        self.end_headers()
		    def log_message(self, *args):
		        pass
		server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
		server.daemon_threads = True
		with open(folder + '/.port', 'w') as f:
		    f.write(str(server.server_address[1]))
		os.rename(folder + '/.port', folder + '/port')
		server.serve_forever()
	EOF
	SERVER=$!
	poll 20 test -e "$JOB_TEST/port"
	PORT=$(cat "$JOB_TEST/port")
}

@test "a job that fails: a mail and a program, once, and on record" {
	start_jobd
	exits 0 jobsub -J dump --notify failed:mail:anna --notify all:cmd:"$JOB_TEST/page" -- \
	    sh -c 'exit 3'
	poll 20 says state 'sent sent sent'
	says event 'started failed first-failure'
	says channel 'cmd mail cmd'
	cat "$JOB_TEST"/got/sendmail.* >"$JOB_TEST/mail"
	grep -qx 'args -oi anna' "$JOB_TEST/mail"
	grep -qx 'To: anna' "$JOB_TEST/mail"
	grep -qx 'Subject: job 1 (dump): failed (NonZeroExit, exit status 3)' "$JOB_TEST/mail"
	grep -qx 'joblog 1 have more.\|jobstat 1 and joblog 1 have more.' "$JOB_TEST/mail"
	grep -lx 'JOB_NOTICE_EVENT=first-failure' "$JOB_TEST"/got/page.* >"$JOB_TEST/which"
	[ "$(wc -l <"$JOB_TEST/which")" -eq 1 ]
	page=$(cat "$(cat "$JOB_TEST/which")")
	for line in JOB_ID=1 JOB_NAME=dump JOB_STATUS=failed JOB_EXIT_CODE=3 \
	    'event     first-failure'; do
		grep -qx "$line" <<<"$page"
	done
	exits 0 jobstat --json 1
	[[ $output == *'"notify": "failed:mail:anna\nall:cmd:'* ]]
}

@test "a URL: the document, and what is not taken is tried again" {
	command -v python3 >/dev/null || skip "needs python3"
	serve 503
	start_jobd
	exits 0 jobsub --notify "ended:hook:http://127.0.0.1:$PORT/x" true
	refused() { [[ $(notices attempts) == [2-9] ]]; }
	poll 30 refused
	says error 'the receiver answered with status 503'
	says state pending
	stop_jobd
	kill "$SERVER"
	rm "$JOB_TEST/port" "$JOB_TEST/body"
	serve 200
	sqlite3 "$JOB_SPOOL/state.db" \
	    "UPDATE notices SET target = 'http://127.0.0.1:$PORT/x', next_at = 1"
	start_jobd			# a restart knows what is not sent
	poll 30 says state sent
	grep -q '"notice_id":1,"event":"ended","at":".*Z","job_id":1,.*"status":"completed"' \
	    "$JOB_TEST/body"
	[ "$(wc -l <"$JOB_TEST/body")" -eq 1 ]
	python3 -m json.tool "$JOB_TEST/body" >/dev/null
}

@test "a receiver that never answers delays nothing" {
	command -v python3 >/dev/null || skip "needs python3"
	serve never
	start_jobd
	for name in 1 2 3 4 5; do
		jobsub -J "$name" --notify "ended:hook:http://127.0.0.1:$PORT/" \
		    --notify ended:mail:anna true
	done
	exits 0 jobwait 1 2 3 4 5
	sent() { [ "$(notices "channel || state" | grep -o mailsent | wc -l)" -eq 5 ]; }
	poll 20 sent
	[ "$(notices "channel || state" | grep -o hookpending | wc -l)" -eq 5 ]
	exits 0 jobsub -W true
	# One is under way, not five; and jobd ends at once in spite of it.
	[ "$(pgrep -c -P "$JOBD_PID" jobnotify)" -eq 1 ]
	stop_jobd
	[ "$(notices "channel || state" | grep -o hookpending | wc -l)" -eq 5 ]
}

@test "a schedule: first failure, recovery, late" {
	start_jobd
	exits 0 jobsub -J tick --every 1s --expect-by 1s \
	    --notify first-failure,recovery,late:cmd:"$JOB_TEST/page" \
	    --wrap "test -e $JOB_TEST/good"
	told() { [[ $(notices event) == *"$1"* ]]; }
	poll 20 told first-failure
	poll 20 told late
	touch "$JOB_TEST/good"
	poll 20 told recovery
	jobcron rm s1
	[ "$(notices event | grep -o first-failure | wc -l)" -eq 1 ]
	paged() { grep -qsx 'JOB_NOTICE_EVENT=recovery' "$JOB_TEST"/got/page.*; }
	poll 20 paged
}

@test "too many are not sent, but on record" {
	echo 'notice_rate = 2' >>"$JOB_CONFIG"
	start_jobd
	jobsub --notify mail:anna true
	jobsub --notify mail:anna true
	jobsub --notify mail:anna true
	jobsub --notify mail:anna true
	over() { [ "$(notices | grep -o 'sent\|limited' | wc -l)" -eq 4 ]; }
	poll 20 over
	[[ $(notices) == *limited* ]]
	[ "$(find "$JOB_TEST/got" -name 'sendmail.*' | wc -l)" -eq "$(notices |
	    grep -o sent | wc -l)" ]
}

@test "what cannot be a notice" {
	start_jobd
	for wrong in mail:-oi cmd:page hook:ftp://x flailed:mail:anna late:mail:anna mail; do
		exits 64 jobsub --notify "$wrong" true
		[[ $stderr == *'--notify: '* ]]
	done
	exits 0 jobsub --notify late:mail:anna --every 1h true
	echo '{"command":"true","notify":["failed:mail:anna","x"]}' >"$JOB_TEST/spec"
	exits 65 jobsub --spec "$JOB_TEST/spec"
	[[ $stderr == *"notify: 'x': write EVENTS:mail:ADDRESS"* ]]
	echo nonsense >"$JOB_TEST/nonsense"
	exits 65 jobnotify <"$JOB_TEST/nonsense"
	exits 65 jobnotify --sendmail /bin/false </dev/null
	exits 64 jobnotify x </dev/null
	[[ $(jobnotify --help) == 'usage: jobnotify '* ]]
	# Without the program that sends, notices wait.
	export JOBNOTIFY=$JOB_TEST/nowhere
	stop_jobd
	start_jobd
	exits 0 jobsub --notify mail:anna true
	missing() { [[ $(notices error) == *nowhere* ]]; }
	poll 20 missing
}
