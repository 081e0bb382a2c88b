#!/usr/bin/env bats
# The short form of `make crash`: SIGKILL at random moments, then count.

load lib/common

@test "kill -9 of jobd, of jobworker and of both: nothing lost, doubled or left" {
	run "$BATS_TEST_DIRNAME/faults/random" 8
	echo "$output"
	[ "$status" -eq 0 ]
}
