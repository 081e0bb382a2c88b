# Counts the results in a TAP stream: prints "passed failed skipped", and on stderr what is wrong
# with the stream itself, which counts as one failure more.  status is the program's exit status,
# reports the number of lines that a sanitizer wrote.

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1; all = /# *[Ss][Kk][Ii][Pp]/ }
/^not ok/ { bad++ }
/^ok/ { if (/# *[Ss][Kk][Ii][Pp]/) skip++; else good++ }
/^Bail out!/ { bailed = 1 }

function problem() {
	if (status == 124 || status == 137)
		return "it ran into the time limit"
	if (status > 128)
		return "it was ended by signal " status - 128
	if (reports)
		return "a sanitizer reported"
	if (bailed)
		return "it bailed out"
	if (!planned)
		return "it printed no plan"
	if (plan != good + bad + skip)
		return "it planned " plan " tests and ran " good + bad + skip
	if (plan == 0 && !all)
		return "it has no tests"
	if (status && !bad)
		return "its exit status was " status
	return ""
}

END {
	why = problem()
	if (why != "") {
		print why >"/dev/stderr"
		bad++
	}
	print good + 0, bad + 0, skip + (planned && plan == 0 && all)
}
