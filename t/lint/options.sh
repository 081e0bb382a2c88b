#!/bin/bash
# Each option in the --help of a program for users is mentioned by a test of running programs,
# on a line with the program's name, or in a test whose title has it or says "every program".

. t/lib/lint.bash

# mentions PROGRAM: the options that tests of the program mention, by either name.
mentions() {
	cat t/*.bats 2>/dev/null | awk -v program="$1" '
	/^@test/ { inside = index($0, program) || /every program/ }
	/^}/ { inside = 0 }
	inside || $0 ~ "(^|[^a-z])" program "([^a-z]|$)"' |
	grep -oE -e '(^|[^a-zA-Z0-9-])--?[a-zA-Z][a-z-]*' | grep -oE -e '--?[a-zA-Z].*' | sort -u
}

for p in "${BUILD:-build}"/bin/job*; do
	name=${p##*/}
	[ "$name" != jobworker ] || continue	# it is no program for users
	[ -x "$p" ] || { echo "$p is not built"; exit 1; }
	known=$(mentions "$name")
	while read -r option; do
		grep -qxF -e "$option" <<<"$known" || finding "$name: no test mentions $option"
	done < <("$p" --help | grep -E '^ +-' | grep -oE -e '^ +(-[a-zA-Z], )?--[a-z-]+' |
	    grep -oE -e '-[-a-zA-Z]+')
done
exit $found
