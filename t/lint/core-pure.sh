#!/bin/bash
# The core does no I/O, reads no clock and no environment: its archive may leave undefined only
# what is pure.  Sanitizers add calls of their own, so their builds are not looked at.

[ -z "$SAN" ] || exit 0
lib=${BUILD:-build}/lib
libc=" memchr memcpy memmove memset memcmp strlen strnlen strcmp strncmp strcasecmp strlcat
 strlcpy strchr strrchr strcspn strspn snprintf qsort bsearch free abort __assert_fail
 __stack_chk_fail
 __memcpy_chk __memmove_chk __memset_chk __snprintf_chk __strlcpy_chk
 _GLOBAL_OFFSET_TABLE_ bcmp __udivti3 __divti3 "
pure=(alloc amounts buf codes err growth hash num ranges text uuid vis)

# Functions of libbase that are not pure although their file is, and the other way round.
impure='^uuid_new$|^err_sys$'
calendar='^civil_'

defined() { nm --defined-only "$@" 2>/dev/null | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }'; }

allowed=$(mktemp)
trap 'rm -f "$allowed"' EXIT
{
	tr -s ' \t' '\n' <<<"$libc"
	defined "$lib/libcore.a"
	for o in "${pure[@]}"; do
		defined "${BUILD:-build}/obj/lib/base/$o.o" | grep -Ev "$impure"
	done
	defined "$lib/libbase.a" | grep -E "$calendar"
} | sort -u >"$allowed"

[ -e "$lib/libcore.a" ] || { echo "$lib/libcore.a is not built"; exit 1; }
nm -A -u "$lib/libcore.a" 2>/dev/null | awk -v allowed="$allowed" '
BEGIN { while ((getline s <allowed) > 0) ok[s] = 1 }
NF && !($NF in ok) { split($1, at, ":"); print at[2] ": core may not use " $NF; found = 1 }
END { exit found }
'
