#!/bin/bash
# Manuals are clean, and each program has one.

. t/lib/lint.bash

for m in man/*.[1578]; do
	[ ! -e "$m" ] || mandoc -T lint -W warning "$m" || found=1
done
for p in bin/*.c bin/*/*.c; do
	[ -e "$p" ] || continue
	p=$(cut -d/ -f1,2 <<<"$p")
	name=$(basename "$p" .c)
	[ "$name" = "$last" ] ||
		compgen -G "man/$name.[18]" >/dev/null ||
		finding "$p: has no manual"
	last=$name
done
exit $found
