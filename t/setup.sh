#!/bin/bash
# setup.sh [build]: sees to the packages that the checks need, or the build alone, on Debian: as
# root it installs what is missing, else it names it and stops with 69.  Says nothing when all
# is there.

packages=(
	gcc make pkg-config libc6-dev
	libbsd-dev libmd-dev libsqlite3-dev libevent-dev libjansson-dev zlib1g-dev libssh2-1-dev
	libcurl4-openssl-dev
)
commands=(gcc make pkg-config)
if [ "${1:-check}" = check ]; then
	packages+=(
		bats sqlite3 procps util-linux strace socat file tzdata python3	# to test
		openssh-client openssh-server iproute2		# to test hosts
		clang libclang-rt-dev				# to fuzz, and as a second compiler
		mandoc shellcheck universal-ctags patch		# to lint
	)
	commands+=(bats sqlite3 ps setpriv strace socat file ip clang nm)
	commands+=(mandoc shellcheck ctags patch)
fi

if [ -e /etc/debian_version ] && command -v dpkg-query >/dev/null; then
	# shellcheck disable=SC2016 # the dollars are dpkg-query's
	present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null)
	missing=()
	for p in "${packages[@]}"; do
		grep -qx "installed $p" <<<"$present" || missing+=("$p")
	done
	how="as root: apt-get install --no-install-recommends ${missing[*]}"
else
	missing=()
	for c in "${commands[@]}"; do
		command -v "$c" >/dev/null || missing+=("$c")
	done
	how="install what provides ${missing[*]}"
fi

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ] || [ "${how%%:*}" != "as root" ]; then
	echo "packages are missing; $how" >&2
	exit 69
fi

# Without an index, or with one of last year, the first attempt fails.
install() {
	apt-get -qq -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "${missing[@]}"
}

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! log=$( (install || { apt-get -qq update && install; }) 2>&1 </dev/null); then
	echo "$log" >&2
	echo "cannot install: ${missing[*]}" >&2
	exit 69
fi
