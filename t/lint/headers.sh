#!/bin/bash
# Each header compiles alone, in any order, and has the guard FOLDER_FILE_H.

. t/lib/lint.bash

flags=$(make -s warnings) || exit 1
for h in $(sources '*.h'); do
	# shellcheck disable=SC2086 # the flags are words, and CC may be two
	${CC:-gcc} $flags -fsyntax-only -x c "$h" || finding "$h: does not compile alone"
	guard=$(sed 's|^lib/||; s|^bin/||; s|[/.-]|_|g; s|.*|\U&|' <<<"$h")
	for line in "#ifndef $guard" "#define $guard"; do
		grep -qx "$line" "$h" || finding "$h: has no line $line"
	done
done
exit $found
