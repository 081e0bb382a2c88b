#!/bin/bash
# How long and how tangled things may get; there is no list of exceptions.  Spans of functions
# come from ctags, the rest is counted on text without comments and literals.  Nesting is the
# deepest control statement's indentation.

. t/lib/lint.bash

files=$(sources '*.[ch]')
# shellcheck disable=SC2086 # names are words
ctags --languages=C --langmap=C:.c.h --kinds-C=f --sort=no -x --_xformat='%F %n %e %N' $files |
awk -f t/lib/strip.awk -f <(cat <<'AWK'
function over(what, n, limit) {
	if (n <= limit)
		return
	print FILENAME ":" (name == "" ? 1 : first) ": " (name == "" ? "" : name ": ") \
	    what " " n ", at most " limit
	found = 1
}

# The number of parameters in text, a function from its name's line on.
function parameters(text,   i, c, depth, n, any) {
	text = substr(text, index(text, name) + length(name))
	n = 1
	for (i = index(text, "("); i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			break
		else if (c == "," && depth == 1)
			n++
		any = any c
	}
	return any ~ /^\([ \t]*(void)?[ \t]*$/ ? 0 : n
}

function complexity(text,   n, i, words, w) {
	n = 1 + gsub(/&&|\|\||\?/, " ", text)
	words = split(text, w, /[^A-Za-z0-9_]+/)
	for (i = 1; i <= words; i++)
		if (w[i] ~ /^(if|for|while|case)$/ || w[i] ~ /_FOREACH(_[A-Z]+)*$/)
			n++
	return n
}

function finish() {
	over("lines", last - first + 1, 80)
	over("parameters", parameters(body), 7)
	over("complexity", complexity(body), 20)
	over("nesting", deepest, 4)
	name = ""
}

FILENAME == "-" {
	key = $1 SUBSEP $2
	end[key] = $3
	called[key] = $4
	next
}

{ line = strip($0) }

(FILENAME, FNR) in end {
	first = FNR
	last = end[FILENAME, FNR]
	name = called[FILENAME, FNR]
	body = ""
	deepest = 0
}

name != "" {
	if (line !~ /^[ \t]*#/)
		body = body "\n" line
	if (match(line, /^\t+(} )?(if|for|while|switch|do|else|[A-Z_]+_FOREACH[A-Z_]*)[ ({]/)) {
		match(line, /^\t+/)
		if (RLENGTH > deepest)
			deepest = RLENGTH
	}
	if (FNR == last)
		finish()
}

{ length_of[FILENAME] = FNR }

END {
	name = ""
	for (FILENAME in length_of)
		over("lines", length_of[FILENAME], FILENAME ~ /\.h$/ ? 120 : 700)
	exit found
}
AWK
) - $files
