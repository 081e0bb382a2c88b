#!/bin/bash
# Calls that are never the right one, typedefs of structs, and work left for later.

. t/lib/lint.bash

# shellcheck disable=SC2046 # names are words
awk -f t/lib/strip.awk -f <(cat <<'AWK'
BEGIN {
	n = split("strcpy strcat stpcpy sprintf vsprintf gets strncpy strncat atoi atol atoll " \
	    "atof strtok system popen mktemp tmpnam alloca", names, " ")
	for (i = 1; i <= n; i++)
		banned[names[i]] = 1
}

function finding(text) {
	print FILENAME ":" FNR ": " text
	found = 1
}

{
	line = strip($0)
	rest = line
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		word = substr(rest, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", word)
		if (word in banned)
			finding("banned: " word)
		rest = substr(rest, RSTART + RLENGTH)
	}
}

line ~ /^[ \t]*typedef[ \t]+(struct|union)/ { finding("a typedef of a struct") }
/(^|[^A-Za-z])(TODO|FIXME)([^A-Za-z]|$)/ { finding("work left for later") }
END { exit found }
AWK
) $(sources '*.[ch]') /dev/null
