#!/usr/bin/env bats
# The short form of `make hosts`: hosts behind sshd, each fault of network and host once.

load lib/common

@test "a network and its hosts at their worst: no job is lost, none doubled, none left" {
	run "$BATS_TEST_DIRNAME/faults/hosts" 4 200 15 6 1
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output != *": skipped: "* ]] || skip "${output##*: skipped: }"
}
