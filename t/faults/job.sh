#!/bin/sh
# The job of the crash tests: records by itself that it ran, prints what it was told to, and
# ends as it was told to.  job.sh LEDGER NUMBER EXIT LINES PAUSE
# One printf is one write(2) to a file opened for appending: records never mix.
printf 'S %s %s\n' "$2" "$JOB_FENCE" >>"$1"
i=0
while [ "$i" -lt "$4" ]; do
	echo "job $2 line $i"
	i=$((i + 1))
done
sleep "$5"
echo "job $2 error" >&2
printf 'E %s %s\n' "$2" "$JOB_FENCE" >>"$1"
exit "$3"
