# shellcheck shell=bash
# net: hosts h1, h2, ... that are namespaces of this machine, each with a network, processes, a
# small disk and an sshd of its own, and a wire (t/helper/wire.c) to where they are made.  That,
# too, is a machine of its own (net_enter), with which they all end; nothing of them is to be seen
# from outside.
#
# A host's folder, $dir/net/N, holds its disk, which outlives a loss of power, its host key and
# its home.
# shellcheck disable=SC2154 # dir, here and helper are those of the campaign

# net_enter COMMAND...: runs it as the first process of a new machine, without networks.
net_enter() {
	exec unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
	    "$@"
}

# What lacks, or nothing: then hosts can be made.
net_lacks() {
	[ -x /usr/sbin/sshd ] || { echo "needs sshd"; return; }
	command -v ip >/dev/null || { echo "needs ip(8)"; return; }
	[ -w /dev/net/tun ] || { echo "needs /dev/net/tun"; return; }
	unshare --net --mount --pid --uts --ipc --fork --mount-proc true 2>/dev/null ||
		echo "namespaces may not be made"
}

net_address() { echo "198.18.$1.2"; }
init_of() { cat "$dir/net/$1/init"; }

# net_make N...: keys and disks, before the first boot.
net_make() {
	local i h
	mkdir -p "$dir/net"
	[ -e "$dir/user" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/user"
	mkdir -p /run/sshd
	ip link set lo up
	for i; do
		h=$dir/net/$i
		mkdir -p "$h/disk" "$h/home"
		mount -t tmpfs -o size="${NET_DISK:-24m}" none "$h/disk"
		ssh-keygen -q -t ed25519 -N '' -f "$h/key"
		echo "$(net_address "$i") $(cut -d' ' -f1,2 "$h/key.pub")" >>"$dir/known"
		ip tuntap add mode tun name "p$i"
		ip addr add "198.18.$i.1" peer "$(net_address "$i")" dev "p$i"
		ip link set "p$i" up
		mkfifo "$h/wire"
	done
}

# The first process of a host.
net_init() {
	local h=$dir/net/$1
	mount -t proc proc /proc
	mount --bind "$h/boot_id" /proc/sys/kernel/random/boot_id
	mount --bind "$h/home" ~root	# whose shell may do things at each login
	mount -t tmpfs none /sys/fs/cgroup	# this machine's are not the host's
	hostname "h$1"
	ip link set lo up
	until ip link set eth0 up 2>/dev/null; do sleep 0.02; done
	ip addr add "$(net_address "$1")" peer "198.18.$1.1" dev eth0
	exec /usr/sbin/sshd -D -E "$h/sshd.log" -f /dev/null -o "HostKey=$h/key" -o PidFile=none \
	    -o "AuthorizedKeysFile=$dir/user.pub" -o UsePAM=no -o StrictModes=no -o UseDNS=no
}

# host_boot N: power on; returns when its sshd answers.
host_boot() {
	local h=$dir/net/$1 unshare
	cat /proc/sys/kernel/random/uuid >"$h/boot_id"
	setsid unshare --net --mount --uts --ipc --pid --fork --kill-child --propagation private \
	    "$0" --host "$dir" "$1" >>"$h/log" 2>&1 </dev/null &
	unshare=$!
	disown
	until_ 20 host_begun "$1" "$unshare" || fail "host $1 does not start: $(tail -n 1 "$h/log")"
	"$helper/wire" "p$1" "$(init_of "$1")" <>"$h/wire" >>"$h/log" 2>&1 &
	echo $! >"$h/wire.pid"
	disown
	until_ 20 host_answers "$1" || fail "host $1 does not boot: $(tail -n 1 "$h/log")"
}

host_begun() { pgrep -P "$2" >"$dir/net/$1/init"; }
host_answers() { (exec 3<>"/dev/tcp/$(net_address "$1")/22") 2>/dev/null; }

# host_kill N: power off.  What it had on its disk is there when it is on again.
host_kill() {
	local f
	for f in "$dir/net/$1"/{init,wire.pid}; do
		[ ! -s "$f" ] || kill -KILL "$(cat "$f")"
	done
	until_ 20 host_empty "$1" || fail "host $1 does not die"
}

host_pids() {
	local ns
	ns=$(readlink "/proc/$(init_of "$1")/ns/pid") || return
	ns=${ns//[!0-9]/}
	ps -eo pid=,pidns=,stat= | awk -v ns="$ns" '$2 == ns && $3 !~ /^[Z'"${2:-}"']/ { print $1 }'
}
host_empty() { [ -z "$(host_pids "$1")" ]; }

# host_in N COMMAND...: as if typed there.
host_in() { nsenter -t "$(init_of "$1")" -m -p -n -u -- "${@:2}"; }

# host_wire N WAYS [DELAY LOSS RATE]: see t/helper/wire.c.
host_wire() { echo "$2 ${3:-0} ${4:-0} ${5:-0}" >"$dir/net/$1/wire"; }

# What forks meanwhile is stopped in the next round.
host_freeze() {
	local pids
	while pids=$(host_pids "$1" T) && [ -n "$pids" ]; do
		# shellcheck disable=SC2086 # numbers
		kill -STOP $pids 2>/dev/null
	done
}

host_thaw() {
	# shellcheck disable=SC2046 # numbers
	kill -CONT $(host_pids "$1") 2>/dev/null
}

# host_sessions N: the sshds that serve somebody there.
host_sessions() { ps --ppid "$(init_of "$1")" -o pid=,comm= | awk '$2 ~ /^sshd/ { print $1 }'; }

# net_keep: for one who looks what went wrong, the disks as they are now.
net_keep() {
	local i
	for i in "$dir"/net/*; do cp -a "$i/disk" "$i/kept"; done
}

# net_end: power off everywhere, and no disk left in the way.
net_end() {
	local i
	for i in "$dir"/net/*; do
		host_kill "${i##*/}"
		umount "$i/disk"
	done
}
