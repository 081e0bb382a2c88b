# shellcheck shell=bash
# lib: what the scripts of the bench share: the table, spools of their own, figures.
#
# A figure stands beside its yardstick, taken in the same run; ratios are what to compare,
# since the machine's other load moves both.  Whoever loads this has made $dir, for all files.
# shellcheck disable=SC2154

timing=$JOB_BUILD/t/bench/timing
missed=0

calc() { awk "BEGIN { printf \"$1\", $2 }"; }
is() { awk "BEGIN { exit !($1) }"; }

# row WHAT FIGURE UNIT YARDSTICK AT-LEAST AIM [RATIO]: AT-LEAST and AIM as "<= 3" or ">= 0.5";
# they are about the ratio, where there is one, else about the figure.
row() {
	local judged=${7:-$2} verdict=MISSED
	if is "$judged $6"; then
		verdict=aim
	elif is "$judged $5"; then
		verdict=ok
	else
		missed=$((missed + 1))
	fi
	printf '%-46s %9s %-7s %-31s %6s  %-9s %-9s %s\n' "$1" "$2" "$3" "$4" "${7:--}" "$5" "$6" \
		"$verdict"
}

heading() {
	printf '%-46s %9s %-7s %-31s %6s  %-9s %-9s\n' what here '' yardstick ratio 'at least' aim
}

# median: of the numbers on standard input.
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# bulk N: a batch of N jobs of /bin/true.
bulk() { yes '{"command":["/bin/true"]}' | head -n "$1"; }

# spool NAME: from now on the programs use this one, which is made.
spool() {
	export JOB_SPOOL=$dir/$1 JOB_CONFIG=$dir/$1.conf
	[ -e "$JOB_CONFIG" ] || : >"$JOB_CONFIG"
}

begin() { jobd && jobwait "$(jobsub /bin/true)" || exit 1; }

live() { jobq -A -h --count -t queued,scheduled,running | awk '{ n += $NF } END { print n + 0 }'; }

# drained: returns when nothing is left to run; jobd says so, nobody looks in a circle.
drained() {
	jobwait "$(jobsub --priority 0 /bin/true)" >/dev/null
	until [ "$(live)" = 0 ]; do sleep 0.02; done
}

queue_up() {
	jobadm worker drain local --reason bench || exit 1
	bulk "$1" | jobsub --bulk - >/dev/null || exit 1
}

queue_array() {
	jobadm worker drain local --reason bench || exit 1
	jobsub -a "1-$1" /bin/true >/dev/null || exit 1
}

cancel_all() { jobcancel -Q --yes -t queued -u "$(id -un)" >/dev/null; }

# drain N [HOW]: jobs a second, from the release of N queued ones to the end of the last.
drain() {
	local start
	"${2:-queue_up}" "$1"
	start=${EPOCHREALTIME/./}
	jobadm worker undrain local
	drained
	calc %.0f "$1 * 1e6 / (${EPOCHREALTIME/./} - $start)"
}

# floor N: the same without a scheduler.
floor() { calc %.0f "$1 / $("$timing" run sh -c "seq $1 | xargs -P2 -n1 /bin/true")"; }

stop_spool() {
	kill "$(cat "$JOB_SPOOL/jobd.pid" 2>/dev/null)" 2>/dev/null
	kill "$(awk '{ print $1; exit }' "$JOB_SPOOL/worker/lock" 2>/dev/null)" 2>/dev/null
	while kill -0 "$(cat "$JOB_SPOOL/jobd.pid" 2>/dev/null)" 2>/dev/null; do sleep 0.02; done
}
