#!/usr/bin/env bats
# Each check of the source finds what it is for, and is content with what is right.
# shellcheck disable=SC2030,SC2031 # output is bats's, and local to each test

setup() {
	root=$BATS_TEST_DIRNAME/..
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p lib/base lib/core lib/ev bin/jobd t man .ci
	cp -r "$root/t/lint" "$root/t/lib" t
	cp "$root/Makefile" .
	export BUILD=build
	unset SAN
}

# plant FILE: from stdin.
plant() {
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

accepts() {
	run "t/lint/$1.sh"
	echo "$output"
	[ "$status" -eq 0 ]
}

refuses() {
	run "t/lint/$1.sh"
	echo "$output"
	[ "$status" -eq 1 ]
	shift
	for text; do
		[[ $output = *"$text"* ]]
	done
}

@test "layers: a folder sees what its row names" {
	plant lib/core/job.c <<<'#include "base/err.h"'
	plant lib/ev/loop.c <<<'#include <event2/event.h>'
	plant bin/jobd/main.c <<<'#include "jobd.h"
#include "core/job.h"'
	accepts layers
}

@test "layers: looking upward, sideways or at another's library is refused" {
	plant lib/base/a.c <<<'#include "core/job.h"'
	plant lib/ev/b.c <<<'#include "logs/write.h"'
	plant lib/core/c.c <<<'#include <sqlite3.h>'
	plant lib/core/d.c <<<'#include "e.h"'
	plant bin/jobd/main.c <<<'#  include <event2/buffer.h>'
	plant lib/misc/f.c <<<'int f;'
	refuses layers "base may not include core" "ev may not include logs" \
	    "core may not include <sqlite3.h>" 'write "folder/header"' \
	    "bin may not include <event2/buffer.h>" "no such folder in the table of layers: misc"
}

# long NAME LINES: a function of so many lines.
long() {
	echo "int $1(void) {"
	for ((i = 2; i < $2; i++)); do
		echo "	f();"
	done
	echo "}"
}

@test "budgets: at the limits all is well" {
	plant lib/core/a.c <<<"$(long a 80)
int b(int a, int b, int c, int d, int e, int f, int (*g)(int, int)) {
	/* if if if */
	switch (a) {
	case 1: case 2: case 3: case 4: case 5: case 6:
		if (b && c && d && e && f)
			for (;;)
				while (a)
					g(1, 2);
	}
	return a && b || c && d || e ? f ? 1 : '?' : \"if (a && b) for while case ? && &&\"[a];
}"
	accepts budgets
}

@test "budgets: beyond them nothing is" {
	plant lib/core/a.c <<<"$(long a 81)
int b(int a, int b, int c, int d, int e, int f, int (*g)(int, int), int h) { return 0; }
int c(int a) {
	if (a)
		if (a)
			if (a)
				if (a)
					if (a)
						return 1;
	return 0;
}
int d(int a) {
	return a ? 1 : a ? 2 : a ? 3 : a ? 4 : a ? 5 : a && a && a && a && a || a || a || a || a ||
	    a || a || a || a || a || a || a;
}"
	for ((i = 0; i < 121; i++)); do echo; done | plant lib/core/a.h
	for ((i = 0; i < 701; i++)); do echo; done | plant lib/core/b.c
	refuses budgets "a: lines 81" "b: parameters 8" "c: nesting 5" "d: complexity 21" \
	    "a.h:1: lines 121" "b.c:1: lines 701"
	[ "${#lines[@]}" -eq 6 ]
}

@test "banned: calls, but not names in comments, texts and longer names" {
	plant lib/base/a.c <<<'/* sprintf(
 * gets( */
int f(void) { return my_gets("strcpy(a, b)") + fgets(b) + gets_more(1); } // atoi('
	accepts banned
	plant lib/base/a.c <<<'int f(void) { g("/*"); return atoi (a) + sprintf(b, "c"); }
typedef struct x x;
/* FIXME */'
	refuses banned "a.c:1: banned: atoi" "a.c:1: banned: sprintf" "a.c:2: a typedef" \
	    "a.c:3: work left"
}

@test "headers: a header that needs another, or has no guard" {
	plant lib/base/a.h <<<'#ifndef BASE_A_H
#define BASE_A_H
#include <stddef.h>
size_t f(void);
#endif'
	accepts headers
	plant lib/base/b.h <<<'size_t f(void);'
	refuses headers "b.h: does not compile alone" "b.h: has no line #ifndef BASE_B_H"
}

core_of() {
	mkdir -p build/obj/lib/base build/lib
	plant lib/base/hash.c <<<'int hash(void) { return 1; }'
	plant lib/base/uuid.c <<<'int uuid_new(void) { return 1; }'
	plant lib/base/fdio.c <<<'int fd_open(void) { return 1; }'
	for f in hash uuid fdio; do
		cc -c -o build/obj/lib/base/$f.o lib/base/$f.c
	done
	ar rc build/lib/libbase.a build/obj/lib/base/*.o
	rm -f build/lib/libcore.a
	cc -x c -c -o a.o - && cc -x c -c -o b.o - <<<'int other(void) { return 1; }'
	ar rc build/lib/libcore.a a.o b.o
}

@test "core-pure: memory, text and its own functions, but no clock and no I/O" {
	core_of <<<'int hash(void), other(void);
unsigned long strlen(const char *);
int turn(const char *s) { return hash() + other() + (int)strlen(s); }'
	accepts core-pure
	core_of <<<'int uuid_new(void), fd_open(void), time(long *), getenv(const char *);
int turn(void) { return uuid_new() + fd_open() + time(0) + getenv("A"); }'
	refuses core-pure "a.o: core may not use uuid_new" "core may not use fd_open" \
	    "core may not use time" "core may not use getenv"
}

@test "man: a program without a manual, a manual with an error" {
	plant bin/jobq.c <<<'int main;'
	refuses man "bin/jobq.c: has no manual"
	plant man/jobq.1 <<<'.Dd November 23, 2026
.Dt JOBQ 1
.Os
.Sh NAME
.Nm jobq
.Nd list jobs'
	accepts man
	echo '.Xy z' >>man/jobq.1
	refuses man "unknown macro"
}

@test "shell: what shellcheck says, and waiting by the clock" {
	printf '#!/bin/bash\n%s\n' "rm \$1" >t/a.sh
	printf '%s\n' '@test "x" {' '	sleep 1' '}' >t/b.bats
	refuses shell "t/a.sh:2" "t/b.bats:2"
	rm t/a.sh t/b.bats
	accepts shell
}

@test "style: blanks, long lines, indentation" {
	plant lib/base/a.c <<<"int a;
	int $(printf '%087d' 0);
int f(int a,
    int b);"
	accepts style
	printf '%s\n' 'int a; ' "	int $(printf '%088d' 0);" '        int c;' >lib/base/a.c
	printf 'int d;' >>lib/base/a.c
	refuses style "a.c:1: a blank" "a.c:2: longer" "a.c:3: indented" "a.c: no line end"
}

@test "places: a path of somebody's machine" {
	accepts places
	plant README <<<'see /wor''k/notes'
	refuses places "README:1"
}

# tap STATUS: the counts of a TAP stream on stdin.
tap() {
	run awk -v status="$1" -v reports="${2:-0}" -f t/lib/tap.awk
	echo "$output"
}

@test "counting: passes, failures, skips" {
	tap 1 <<<$'1..4\nok 1\nnot ok 2\nok 3 # skip no root\nok 4'
	[ "$output" = "2 1 1" ]
	tap 0 <<<'1..0 # SKIP not here'
	[ "$output" = "0 0 1" ]
}

@test "counting: a stream that is not whole is one failure more" {
	tap 0 <<<$'1..2\nok 1'
	[ "${lines[*]}" = "it planned 2 tests and ran 1 1 1 0" ]
	tap 0 <<<$'ok 1'
	[ "${lines[*]}" = "it printed no plan 1 1 0" ]
	tap 0 <<<'1..0'
	[ "${lines[*]}" = "it has no tests 0 1 0" ]
	tap 139 <<<$'1..1\nok 1'
	[ "${lines[*]}" = "it was ended by signal 11 1 1 0" ]
	tap 124 <<<$'1..1'
	[ "${lines[*]}" = "it ran into the time limit 0 1 0" ]
	tap 3 <<<$'1..1\nok 1'
	[ "${lines[*]}" = "its exit status was 3 1 1 0" ]
	tap 0 7 <<<$'1..1\nok 1'
	[ "${lines[*]}" = "a sanitizer reported 1 1 0" ]
}

@test "mutants: a fault that does not fit the code any more is refused" {
	plant lib/core/a.c <<<'int a;'
	printf '%s\n' 'A fault.' '--- a/lib/core/a.c' '+++ b/lib/core/a.c' '@@ -1,1 +1,1 @@' \
	    '-int a;' '+int b;' | plant t/mutants/a.patch
	accepts mutants
	plant lib/core/a.c <<<'long a;'
	refuses mutants "t/mutants/a.patch does not apply"
}

@test "symbols: a function that two libraries have" {
	mkdir -p build/lib
	one() { echo "int $2(void); int $2(void) { return 1; }" | gcc -c -x c - -o "$1.o"
		ar rc "build/lib/lib$1.a" "$1.o"; }
	one core turn
	one agent order
	accepts symbols
	one agent turn
	refuses symbols "turn is in"
}
