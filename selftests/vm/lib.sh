# shellcheck shell=bash disable=SC2034 # names for those who source this
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh - what every part of the lab shares: messages, steps with a log,
# the cache with its keys and locks, and running a command in the build root.
# Sourced by the programs of this folder.

set -euo pipefail
umask 022

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM_DIR/../.." && pwd)
CACHE=${VNICTEAM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/vnicteam}
LOGS=$CACHE/log

SUITE=trixie
FLAVOUR=deb13-amd64
DEFAULT_SERIES=7.2
DEBUG_SERIES=7.3
LLVM=-19
# Raise one of these to have that item made anew.
ROOT_VERSION=2
KERNEL_VERSION=2
TREE_VERSION=2
DEBUG_VERSION=1

# Where things are seen inside the build root and inside the VM.
IN_CHECKOUT=/mnt/vnicteam
IN_LINUX=/mnt/linux

# --- messages ---------------------------------------------------------------

say() {
	printf '%s\n' "$*" >&2
}

die() {
	printf 'vnicteam: %s\n' "$*" >&2
	exit 1
}

# step NOUN WHAT HINT COMMAND...: runs COMMAND with its output in a log and
# prints one line: NOUN, WHAT and how long it took. HINT is the remedy.
step() {
	local noun=$1 what=$2 hint=$3 start=$SECONDS rc log
	shift 3
	log=$LOGS/$noun.log
	mkdir -p "$LOGS"
	printf '%-9s %s ... ' "$noun" "$what" >&2
	set +e
	( set -e; "$@" ) >"$log" 2>&1 </dev/null
	rc=$?
	set -e
	if [ "$rc" -eq 0 ]; then
		say "$((SECONDS - start)) s"
		return
	fi
	say "failed"
	tail -n 20 "$log" >&2
	die "could not $what: $hint (whole log: $log)"
}

# --- host -------------------------------------------------------------------

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -- "$@"
	fi
}

need_root() {
	[ "$(id -u)" -eq 0 ] && return
	command -v sudo >/dev/null 2>&1 ||
		die "$1 needs root and there is no sudo: run make as root, or install sudo."
	sudo -v || die "$1 needs root and sudo refused: run make as root."
}

need_arch() {
	[ "$(uname -m)" = x86_64 ] ||
		die "this machine is $(uname -m), and only amd64 is supported: use an amd64 machine."
}

# need_space GB: the file system of the cache has that much free.
need_space() {
	local free
	free=$(($(stat -f -c '%a * %S' "$CACHE") / 1000000000))
	[ "$free" -ge "$1" ] ||
		die "$free GB are free in $CACHE and $1 GB are needed: free some or set VNICTEAM_CACHE to another disk."
}

# need_package PROGRAM PACKAGE: installs the host package unless it is there.
need_package() {
	command -v "$1" >/dev/null 2>&1 && return
	command -v apt-get >/dev/null 2>&1 ||
		die "$1 is missing and this host has no apt-get: install $1 by hand."
	need_root "installing $2"
	step host "install the host package $2" "install $2 by hand" install_package "$2"
}

install_package() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends "$1"
}

# --- cache ------------------------------------------------------------------

hash_of() {
	sha256sum | cut -c1-12
}

root_packages() {
	sed -e 's/#.*//' "$VM_DIR/root.packages" | tr -s ' \t\n' '\n' | sed '/^$/d'
}

root_key() {
	{ echo "$SUITE $ROOT_VERSION"; root_packages; } | hash_of
}

root_dir() {
	echo "$CACHE/root-$(root_key)"
}

# A version that ends so is the debug kernel of that stock version's source.
is_debug() {
	[[ $1 == *-debug ]]
}

kernel_dir() {
	echo "$CACHE/kernel-$1-$KERNEL_VERSION"
}

# A tree depends on the compilers only; the root must be there.
tree_dir() {
	echo "$CACHE/tree-$1-$({ echo "$TREE_VERSION"; cat "$(root_dir)/etc/toolchain"; } | hash_of)"
}

# The debug kernel is what its configuration, source and compilers make it.
debug_dir() {
	echo "$CACHE/debug-$1-$({
		echo "$DEBUG_VERSION"
		cat "$TOP/.config.fragment" "$VM_DIR/debug.config" "$(root_dir)"/etc/toolchain*
	} | hash_of)"
}

# cached PATH NOUN MAKER: makes PATH with `MAKER PATH.tmp`, once, under a lock.
# The name appears only when the item is complete.
cached() {
	local path=$1 noun=$2 maker=$3
	[ -e "$path" ] && return
	{ mkdir -p "$CACHE" && [ -w "$CACHE" ]; } 2>/dev/null ||
		die "cannot write the cache $CACHE: set VNICTEAM_CACHE to a folder that you may write."
	exec 9>"$CACHE/.lock-$noun"
	if ! flock -n 9; then
		say "$(printf '%-9s' "$noun") another make is at it: waiting"
		flock 9
	fi
	if [ ! -e "$path" ]; then
		remove "$path.tmp"
		"$maker" "$path.tmp"
		as_root mv "$path.tmp" "$path"
	fi
	exec 9>&-
}

remove() {
	[ -e "$1" ] || return 0
	as_root rm -rf --one-file-system -- "$1"
}

# --- the build root ---------------------------------------------------------

# in_root [-u] [SOURCE:TARGET[:ro]]... -- COMMAND...: runs COMMAND in the build
# root with the folders bound to their targets, in a mount namespace of its
# own, so that nothing stays mounted. -u runs it as the user who called make.
in_root() {
	local root user='' pass=() name
	root=$(root_dir)
	if [ "$1" = -u ]; then
		user="$(id -u):$(id -g)"
		shift
	fi
	local binds=()
	while [ "$1" != -- ]; do
		binds+=("$1")
		shift
	done
	shift
	for name in http_proxy https_proxy no_proxy TERM; do
		[ -z "${!name:-}" ] || pass+=("$name=${!name}")
	done
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root unshare --mount --propagation private -- bash -euc '
		root=$1 user=$2 count=$3
		shift 3
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		for file in resolv.conf hosts; do
			[ ! -e "/etc/$file" ] || mount --bind "/etc/$file" "$root/etc/$file"
		done
		for ((; count > 0; count--)); do
			IFS=: read -r from to mode <<<"$1"
			mount --bind "$from" "$root$to"
			[ "$mode" != ro ] || mount -o remount,bind,ro "$root$to"
			shift
		done
		[ -z "$user" ] || exec chroot --userspec="$user" "$root" "$@"
		exec chroot "$root" "$@"
	' in_root "$root" "$user" "${#binds[@]}" "${binds[@]}" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
		"${pass[@]}" "$@"
}
