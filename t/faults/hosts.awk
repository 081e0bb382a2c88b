# hosts.awk: the checker of t/faults/hosts.  Reads these, with `file` set to 1 to 5,
#	jobs		NUMBER ID STATUS EXIT EXECUTIONS REASON
#	executions	NUMBER EXECUTION WORKER CAUSE
#	frozen		F|T HOST TIME: a host stood still from, until
#	sightings	NUMBER.EXECUTION TIME: when it was last seen alive
#	ledgers		HOST B|D|E NUMBER EXECUTION TIME [HOST EXECUTION]
# and prints what is wrong.  n: how many jobs were accepted; moment: how long a host that stood
# still may take to end what is stale, in milliseconds.  The file `figures` gets the number of
# executions that began, of those that did so after another came to its end, of those that were
# stale after their host had stood still, and how long the last of these went on, in milliseconds.

file == 1 {
	seen_job[$1]++
	status[$1] = $3
	code[$1] = $4
	last[$1] = $5
	reason[$1] = $6
}

file == 2 {
	worker[$1, $2] = $3
	cause[$1, $2] = $4
}

file == 3 && $1 == "F" { from[$2, ++times[$2]] = $3 }
file == 3 && $1 == "T" { until[$2, times[$2]] = $3 }

file == 4 { sub(/\./, SUBSEP, $1); sighted[$1] = $2 }

file == 5 && $2 == "B" {
	begins[$3, $4]++
	begun++
	if (worker[$3, $4] != $1)
		wrong("number " $3 " began execution " $4 " on " $1 ", jobd knows of '" \
		    worker[$3, $4] "'")
}

file == 5 && $2 == "E" {
	ends[$3, $4]++
	all_ends[$3]++
}

# Two at a time: the other one has to be on a host that stands still, or did so a moment ago.
file == 5 && $2 == "D" {
	stale++
	still = 0
	for (i = 1; i <= times[$6]; i++)
		if (from[$6, i] <= $5 && $5 <= until[$6, i] + moment)
			still = until[$6, i]
	late = sighted[$3, $7] - still
	if (late > moment)
		wrong("number " $3 ": execution " $4 " on " $1 " began while " $7 " was on " $6)
	else if (late > latest)
		latest = late
}

END {
	for (i = 1; i <= n; i++) {
		if (seen_job[i] != 1)
			wrong("number " i " is there " seen_job[i] + 0 " times")
		else
			check(i, last[i])
	}
	for (key in begins)
		if (begins[key] > 1 || ends[key] > 1)
			wrong("number " key ": one execution began " begins[key] " times")
	for (i in all_ends)
		if (all_ends[i] > 1)
			twice++
	print begun + 0, twice + 0, stale + 0, latest + 0 >figures
}

# A few are enough to look at.
function wrong(what) {
	if (++wrongs <= 10)
		print what
}

function check(i, x,   want) {
	want = i % 7 == 0 ? 3 : 0
	if (status[i] != (want ? "failed" : "completed") || code[i] != want)
		wrong("number " i " is " status[i] ", exit " code[i] ", " reason[i])
	else if (!begins[i, x] || !ends[i, x])
		wrong("number " i ": execution " x " is not in the ledger of " worker[i, x])
	else if (cause[i, x] != "exit")
		wrong("number " i ": execution " x " ended as " cause[i, x])
}
