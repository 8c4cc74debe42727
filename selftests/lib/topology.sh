#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# topology.sh - the network all tests run in: a host with N NICs, each on a
# switch of its own that knows nothing of teams, and a remote host.
#
#    netns $host                  netns $lan                 netns $remote
#   +-----------+      +-------------------------------+      +--------+
#   |      eth1 |------| p1 [sw1] ----- q0             |------| r0     |
#   |            |      |      | trunk                  |      +--------+
#   |      eth2 |------| p2 [sw2]                      |
#   |            |      |      | trunk                  |
#   |      eth3 |------| p3 [sw3]                      |
#   +-----------+      +-------------------------------+
#
# Trunks join the switches to one LAN: what is broadcast comes in on every
# member. A frame sent on pN from within $lan arrives at ethN and nowhere else,
# and what leaves by ethN is seen on pN.
#
# NICs are veth pairs, or, with MEMBERS=vm, NICs of the VM, whose links can be
# cut: ethN is the VM's member N-1, or the Nth of VM_MEMBERS. SWITCH_OF="1 2 1"
# puts eth3 on sw1 too.
#
# Sourced by shell tests (with ktap.sh); a program for the others:
#   topology.sh create N       prints "host=NAME lan=NAME remote=NAME"
#   topology.sh destroy NAME...

# shellcheck source-path=SCRIPTDIR source=ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/ktap.sh"

: "${MEMBERS:=veth}"
: "${VM_MEMBERS:=0 1 2 3 4 5}"
: "${SWITCH_OF:=1 2 3 4 5 6}"
TOPO_SUBNET=192.0.2
TOPO_SUBNET6=2001:db8::
export TOPO_SUBNET TOPO_SUBNET6

# topo_create N: makes the namespaces and what is in them.
topo_create()
{
	# setup_ns assigns names to these.
	# shellcheck disable=SC2034
	host='' lan='' remote=''
	setup_ns host lan remote || return
	ip netns exec "$lan" sysctl -wq net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	# VNICs of one subnet in one namespace: each answers for itself only.
	ip netns exec "$host" sysctl -wq net.ipv4.conf.all.arp_ignore=1 \
		net.ipv4.conf.all.arp_announce=2
	if [ "$MEMBERS" = vm ]; then
		topo_vm_members "$1" || return
	fi
	topo_lan "$1" | ip -n "$lan" -batch - || return
	topo_remote | ip -n "$remote" -batch - || return
	# A switch hears of a plain NIC's carrier up to a second late.
	[ "$MEMBERS" != vm ] ||
		loopy_wait "sleep 0.1" "$BUSYWAIT_TIMEOUT" topo_ports_forward
}

topo_ports_forward()
{
	! bridge -n "$lan" link show | grep -qv "state forwarding"
}

topo_lan()
{
	local i j switches last=0

	read -ra switches <<<"$SWITCH_OF"
	for ((i = 1; i <= $1; i++)); do
		j=${switches[i - 1]}
		for ((; last < j; last++)); do
			echo "link add sw$((last + 1)) type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
			echo "link set sw$((last + 1)) up"
		done
		[ "$MEMBERS" = vm ] || echo "link add p$i type veth peer name eth$i netns $host"
		echo "link set p$i master sw$j up"
	done
	for ((i = 1; i < last; i++)); do
		j=$((i + 1))
		echo "link add t$i type veth peer name u$j"
		echo "link set t$i master sw$i up"
		echo "link set u$j master sw$j up"
	done
	echo "link add q0 type veth peer name r0 netns $remote"
	echo "link set q0 master sw1 up"
}

topo_remote()
{
	echo "link set r0 up"
	echo "addr add $TOPO_SUBNET.254/24 dev r0"
	echo "addr add ${TOPO_SUBNET6}fe/64 dev r0 nodad"
}

# The VM's NICs take the names of the drawing.
topo_vm_members()
{
	local i nics

	read -ra nics <<<"$VM_MEMBERS"
	# shellcheck disable=SC1090 # the VM's
	. "${VM_LIB:?MEMBERS=vm needs the VM}" || return
	for ((i = 1; i <= $1; i++)); do
		vm_set_link "${nics[i - 1]}" on || return
		topo_take "$(vm_nic member "${nics[i - 1]}")" "$host" "eth$i" || return
		topo_take "$(vm_nic wire "${nics[i - 1]}")" "$lan" "p$i" || return
	done
}

topo_take()
{
	ip link set "$1" down && ip link set "$1" netns "$2" name "$3"
}

# field DEV KEY [NETNS]: the word after KEY in what ip -d shows of a device of
# $host or another namespace.
field()
{
	local shown

	# shellcheck disable=SC2154 # assigned by setup_ns
	shown=$(ip -n "${3:-$host}" -d link show dev "$1") || return
	[[ $shown =~ [[:space:]]"$2"[[:space:]]+([^[:space:]]+) ]] && echo "${BASH_REMATCH[1]}"
}

# Gives the VM's NICs back. The names they get in the first namespace do not
# matter: vm_nic finds them.
topo_destroy()
{
	local ns path

	for ns in "$@"; do
		if [ "$MEMBERS" = vm ]; then
			for path in $(ip netns exec "$ns" sh -c 'ls -d /sys/class/net/*/device' 2>/dev/null); do
				path=${path%/device}
				ip -n "$ns" link set "${path##*/}" netns 1 name "nic$RANDOM"
			done
		fi
		cleanup_ns "$ns"
	done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	case ${1:-} in
	create)
		topo_create "$2" >&2 || exit
		echo "host=$host lan=$lan remote=$remote"
		;;
	destroy)
		shift
		topo_destroy "$@"
		;;
	*)
		echo "usage: topology.sh create N | destroy NAME..." >&2
		exit 1
		;;
	esac
fi
