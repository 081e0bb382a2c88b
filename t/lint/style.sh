#!/bin/bash
# The look of a file: tabs, 100 columns, no blank behind the text, a line end at the end.

. t/lib/lint.bash

files="Makefile $(sources '*.[ch]') $(sources '*.awk') $(scripts)"
# shellcheck disable=SC2086 # names are words
awk '
function finding(text) {
	print FILENAME ":" FNR ": " text
	found = 1
}

function expanded(s,   i) {
	while (i = index(s, "\t"))
		s = substr(s, 1, i - 1) substr("        ", 1 + (i - 1) % 8) substr(s, i + 1)
	return s
}

/[ \t\r]$/ { finding("a blank at the end") }
length(expanded($0)) > 100 { finding("longer than 100 columns") }
FILENAME ~ /\.[ch]$/ && /^\t*        / { finding("indented by blanks") }
END { exit found }
' $files || found=1
for f in $files; do
	[ -z "$(tail -c 1 "$f")" ] || finding "$f: no line end at the end"
done
exit $found
