#!/bin/bash
# Scripts are clean, and no test waits by the clock: `poll` waits for what it waits for.

. t/lib/lint.bash

files=$(scripts)
# shellcheck disable=SC2086 # names are words
shellcheck -x -f gcc $files || found=1
# shellcheck disable=SC2046
! grep -nE '^[[:space:]]*sleep[[:space:]]' /dev/null $(grep '[.]bats$' <<<"$files") || found=1
exit $found
