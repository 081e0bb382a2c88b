#!/bin/bash
# run.sh PART...: runs parts of the checks and counts them.  A part is build, lint, unit, bats,
# fuzz or fuzz-short.  What fails is shown in full; the last line is the sum.  `make check` and
# its relatives set MAKE, BUILD, SAN, CC; T=PATTERN picks tests by name.
# shellcheck disable=SC2153 # MAKE and the like come from outside

cd "$(dirname "$0")/.." || exit 1
[ "$*" = unit ] || t/setup.sh || exit
export BUILD=${BUILD:-build}
JOB_BUILD=$(realpath -m "$BUILD")
export JOB_BUILD
make=("${MAKE:-make}" -s -k "-j$(nproc)")
passed=0 failed=0 skipped=0
out=$(mktemp -d) || exit 1
chmod 711 "$out"
trap 'rm -rf "$out"' EXIT
trap 'stop; exit 130' INT TERM

# Tests that run, oldest first: two at a time, and their results come in the order of starting.
at_once=2 started=0
patience=1
[ -z "$SAN" ] || patience=4	# what is watched at each step takes its time
names=() pids=() folders=()

# shellcheck disable=SC2317 # the trap calls it
stop() {
	[ ${#pids[@]} -eq 0 ] || kill -INT "${pids[@]}" 2>/dev/null
	wait
}

# result NAME PASSED FAILED SKIPPED [FILE...]: one line, and the files in full after a failure.
result() {
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
	if [ "$3" -eq 0 ]; then
		printf '  %-7s %s\n' ok "$1 ($2$([ "$4" -eq 0 ] || echo ", $4 skipped"))"
		return
	fi
	printf '  %-7s %s (%d passed, %d failed)\n' FAILED "$1" "$2" "$3"
	shift 4
	cat "$@" </dev/null
}

# whole NAME COMMAND...: a command that is one test by itself, silent when it passes.
whole() {
	if "${@:2}" >"$out/log" 2>&1; then
		result "$1" 1 0 0
	else
		echo "exit status $?" >>"$out/log"
		result "$1" 0 1 0 "$out/log"
	fi
}

# tap NAME SECONDS COMMAND...: starts a command that prints TAP.  A sanitizer's report counts
# even if the program that died was one that nobody waited for.
tap() {
	[ ${#pids[@]} -lt "$at_once" ] || tap_end
	dir=$out/$((++started))
	mkdir -m 711 "$dir"
	mkdir -m 1777 "$dir/reports"
	options=log_path=$dir/reports/san:allow_addr2line=1
	ASAN_OPTIONS=$options UBSAN_OPTIONS=$options:print_stacktrace=1 \
	    timeout -k 5 "$2" "${@:3}" >"$dir/tap" 2>"$dir/err" </dev/null &
	names+=("$1") pids+=($!) folders+=("$dir")
}

# tap_end: waits for the one that was started first, and counts.
tap_end() {
	dir=${folders[0]}
	{ wait "${pids[0]}"; status=$?; } 2>/dev/null	# where bash would tell of a signal
	find "$dir/reports" -type f -exec cat {} + >"$dir/found"
	awk -v status="$status" -v reports="$(wc -l <"$dir/found")" -f t/lib/tap.awk \
	    "$dir/tap" >"$dir/sum" 2>"$dir/why"
	read -r p f s <"$dir/sum"
	grep -v '^ok ' "$dir/tap" >"$dir/shown"
	result "${names[0]}" "$p" "$f" "$s" "$dir/shown" "$dir/err" "$dir/found" "$dir/why"
	names=("${names[@]:1}") pids=("${pids[@]:1}") folders=("${folders[@]:1}")
}

taps_end() {
	while [ ${#pids[@]} -gt 0 ]; do
		tap_end
	done
}

# named FILE...: those whose name fits T.
named() {
	for f; do
		[ -e "$f" ] || continue
		n=${f##*/}
		# shellcheck disable=SC2254 # T is a pattern
		case ${n%.*} in ${T:-*}) echo "$f" ;; esac
	done
}

# If it fails it is the last part: yesterday's programs would fail the rest, at length.
run_build() {
	whole "build" "${make[@]}" all tests
	[ "$failed" -eq 0 ]
}

run_lint() {
	for f in $(named t/lint/*.sh); do
		whole "$f" "$f"
	done
}

run_unit() {
	for f in $(named t/unit/*_*.c); do
		tap "${f%.c}" $((60 * patience)) "$BUILD/${f%.c}"
	done
	taps_end
}

run_bats() {
	for f in $(named t/*.bats); do
		tap "$f" $((300 * patience)) bats --tap --print-output-on-failure "$f"
	done
	taps_end
}

# fuzz CORPUS SETTING...: clang's build is kept apart, since it watches each branch of every
# library.  What is found for the corpus is kept there, and the input of a crash beside it.
fuzz() {
	corpus=$1
	shift
	[ -n "$(named t/fuzz/*.c)" ] || return
	whole "build for fuzzing" "${make[@]}" CC=clang SAN=fuzz BUILD=build/fuzz fuzzers
	for f in $(named t/fuzz/*.c); do
		name=$(basename "$f" .c)
		mkdir -p "$corpus/$name"
		seeds=()
		[ -d "t/data/fuzz/$name" ] && seeds=("t/data/fuzz/$name")
		ASAN_OPTIONS='' UBSAN_OPTIONS=print_stacktrace=1 whole "$f $*" \
		    "build/fuzz/t/fuzz/$name" "$@" -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
		    -artifact_prefix="build/fuzz/$name." "$corpus/$name" "${seeds[@]}"
	done
}

for part; do
	case $part in
	build) run_build || break ;;
	lint) run_lint ;;
	unit) run_unit ;;
	bats) run_bats ;;
	fuzz-short) fuzz "$out/corpus" -runs=20000 -max_total_time=10 -seed=1 ;;
	fuzz)
		limit=-runs=${FUZZ_RUNS:-1000000}
		[ -z "$FUZZ_SECONDS" ] || limit=-max_total_time=$FUZZ_SECONDS
		fuzz build/fuzz/corpus "$limit"
		;;
	*) echo "unknown part: $part" >&2; exit 64 ;;
	esac
done

[ $((passed + failed)) -gt 0 ] || failed=1
[ "$skipped" -eq 0 ] && skips='' || skips=", $skipped skipped"
echo "$passed passed, $failed failed$skips"
[ "$failed" -eq 0 ]
