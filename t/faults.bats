#!/usr/bin/env bats
# The short form of `make faults`: a few faults of each kind, then count.

load lib/common

quiet() {
	run "$BATS_TEST_DIRNAME/faults/$1" "${@:2}"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "kill -9 of jobd at a sync, at a write" {
	quiet sweep jobd fsync,fdatasync signal=SIGKILL 2
	quiet sweep jobd write,pwrite64 signal=SIGKILL 1
}

@test "kill -9 of jobworker at a write, at a fork" {
	quiet sweep jobworker write,fdatasync signal=SIGKILL 2
	quiet sweep jobworker clone,clone3,fork,vfork signal=SIGKILL 1
}

@test "an input/output error of jobd's disk, a full one of jobworker's" {
	quiet sweep jobd fsync,fdatasync error=EIO 1
	quiet sweep jobworker write error=ENOSPC 1
}

@test "power cuts, here and on a host" {
	quiet power jobd 3
	quiet power worker 3
}

@test "a full disk under load, and room again" { quiet full 1; }

@test "a disk that stalls" { quiet stall 2; }

@test "a crowd, stops and starts, and bad company" { quiet clients 60 3 0; }

@test "no memory, now and then" {
	[[ $CFLAGS != *--coverage* ]] || skip "what counts the lines needs memory, too"
	quiet nomem 97 5
}

@test "each instant of a schedule is accounted for" {
	command -v python3 >/dev/null || skip "needs python3"
	quiet recur 6 1
}
