#!/bin/bash
# coverage.sh BUILD: what the tests have reached of lib/, by folder, in lines and in branches, and
# in BUILD/missed each line that they have not, with the reason:
#	untold	it belongs to processes that leave with _exit(2) or are killed, which tell nothing
#		of what they have run: the supervisors and what they start
#	error	it is the way out of a fault that nobody has made
#	left	no test comes there
set -u

cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:?usage: coverage.sh BUILD}")
missed=$build/missed
: >"$missed" || exit 1

# Lines are "count:number:text", branches "branch N taken M"; "call" is no decision.
for notes in "$build"/obj/lib/*/*.gcno; do
	source=${notes#"$build/obj/"}
	source=${source%.gcno}.c
	gcov -b -c -t -o "$notes" "$source" 2>/dev/null |
	awk -v file="$source" -v missed="$missed" '
	function why(text) {
		if (file ~ /^lib\/agent\//)
			return "untold"
		if (text ~ /err_(set|sys|prefix)|log_(warn|error)|fail|goto / ||
		    text ~ /return (-1|NULL|false);/)
			return "error"
		return "left"
	}
	/^ *-: *0:Source:/ { ours = index($0, ":" file) }
	!ours { next }
	/^branch/ { all++; if ($3 == "taken" && $4 > 0) taken++; next }
	/^ *[0-9#=*]+\**: *[0-9]+:/ {
		split($0, part, ":")
		lines++
		if (part[1] !~ /[#=]/) { reached++; next }
		text = $0
		sub(/^[^:]*:[^:]*:[ \t]*/, "", text)
		print why(text) " " file ":" part[2] + 0 ": " text >>missed
	}
	END { split(file, way, "/"); print way[2], lines + 0, reached + 0, all + 0, taken + 0 }'
done | awk '
function row(name, l, r, b, t) {
	printf "%-10s %6d lines %6.1f %%  %6d branches %6.1f %%\n", name, l, 100 * r / (l ? l : 1),
	    b, 100 * t / (b ? b : 1)
}
{ l[$1] += $2; r[$1] += $3; b[$1] += $4; t[$1] += $5 }
END {
	for (name in l) {
		row(name, l[name], r[name], b[name], t[name])
		al += l[name]; ar += r[name]; ab += b[name]; at += t[name]
	}
	row("lib", al, ar, ab, at)
}'
cut -d' ' -f1 "$missed" | sort | uniq -c | awk -v missed="${missed#"$PWD/"}" '
{ n += $1; list = list (NR > 1 ? ", " : "") $1 " " $2 }
END { print "not reached: " n + 0 " lines (" list "), in " missed }'
