# shellcheck shell=bash
# What the lints share.  They run in the project's root and print one line for each finding.

# shellcheck disable=SC2034 # who sources this exits with it
found=0

finding() {
	echo "$*"
	found=1
}

# sources PATTERN: files beside and below the C code; no name in here has a blank.
sources() {
	find lib bin t -name "$1" 2>/dev/null | sort
}

# Scripts: what says so in its first line, and what is sourced.
scripts() {
	find .ci t contrib etc -path t/data -prune -o -type f -print 2>/dev/null | sort |
	while read -r f; do
		case $f in
		*.bash | *.bats) echo "$f" ;;
		*) head -c 64 "$f" | sed -n 1p | grep -aqE '^#!.*(/| )(ba)?sh$' && echo "$f" ;;
		esac
	done
}
