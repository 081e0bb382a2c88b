#!/bin/bash
# One name is one function: no two libraries define the same, whoever links them.

libs=("${BUILD:-build}"/lib/lib*.a)
[ -e "${libs[0]}" ] || { echo "${libs[0]} is not built"; exit 1; }
nm -A --defined-only "${libs[@]}" 2>/dev/null | awk '
NF == 3 && $2 ~ /[TDBR]/ && $3 !~ /^__/ {
	split($1, at, ":")
	if ($3 in where) { print $3 " is in " where[$3] " and in " at[1]; found = 1 }
	where[$3] = at[1]
}
END { exit found }'
