#!/bin/sh
# A run of a schedule: records by itself which one it is and when it began and ended.
#	tick.sh LEDGER SECONDS
printf 'S %s %s %s %s\n' "$JOB_SCHEDULE" "$JOB_SCHEDULED_EPOCH" "$JOB_ID" "$(date +%s%3N)" >>"$1"
sleep "$2"
printf 'E %s %s %s %s\n' "$JOB_SCHEDULE" "$JOB_SCHEDULED_EPOCH" "$JOB_ID" "$(date +%s%3N)" >>"$1"
