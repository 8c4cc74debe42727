#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# link_create_delete.sh - teams and VNICs are made, changed and removed by ip(8),
# in any network namespace, and leave nothing behind (GRP-1, VNIC-1, CTL-1).

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	team_and_vnics
	many_teams
	any_netns
	netns_deletion
	vnic_of_another_netns
	macs
	names
"

ip_host()
{
	ip -n "$host" "$@"
}

# info DEV KEY [NETNS]: what ip -d shows of a link's kind.
info()
{
	ip -n "${3:-$host}" -d -j link show dev "$1" |
		jq -r ".[0].linkinfo.info_data.$2"
}

exists()
{
	ip -n "${2:-$host}" link show dev "$1" >/dev/null 2>&1
}

missing()
{
	! exists "$@"
}

# Turns red if dellink of a team leaves its VNICs, or members with a master.
team_and_vnics()
{
	must ip_host link add team0 type vnicteam
	must ip_host link set eth1 master team0
	must ip_host link set team0 up
	must ip_host link add link team0 name vnic0 type vnic
	must ip_host link add link team0 name vnic1 type vnic
	same "link of vnic0" team0 "$(ip_host -j link show vnic0 | jq -r '.[0].link')"
	same "kind" vnic "$(ip_host -d -j link show vnic0 | jq -r '.[0].linkinfo.info_kind')"
	same "VNICs" 2 "$(info team0 vnics)"
	must ip_host link del vnic1
	same "VNICs after a deletion" 1 "$(info team0 vnics)"
	must ip_host link del team0
	must missing team0
	must missing vnic0
	same "master of eth1" null "$(ip_host -j link show eth1 | jq -r '.[0].master')"
	log "GRP-1: a team is created, and removed together with its VNICs"
}

# Turns red if teams share anything.
many_teams()
{
	local i

	must ip -n "$host" -batch - <<-BATCH
		$(for i in 0 1 2 3; do
			echo "link add team$i type vnicteam grace $i"
			echo "link add link team$i name vnic$i type vnic"
		done)
	BATCH
	must ip_host link set eth1 master team1
	must ip_host link set eth2 master team2
	for i in 0 1 2 3; do
		same "grace of team$i" "$i" "$(info team$i grace)"
		same "VNICs of team$i" 1 "$(info team$i vnics)"
	done
	must ip_host link del team1
	must exists team2
	must exists vnic2
	must ip_host link del team0
	must ip_host link del team2
	must ip_host link del team3
	log "GRP-1: many teams live side by side"
}

# Turns red if creation depends on the first namespace.
any_netns()
{
	local ns

	for ns in "$host" "$remote"; do
		must ip -n "$ns" link add team0 type vnicteam
		must ip -n "$ns" link add link team0 name vnic0 type vnic
		must ip -n "$ns" link del team0
	done
	# From one namespace into another.
	must ip_host link add team7 netns "$remote" type vnicteam
	must exists team7 "$remote"
	must ip -n "$remote" link del team7
	log "GRP-1: teams are created in any network namespace"
}

# Turns red if a namespace that goes leaks its links: unregistering waits for ever.
netns_deletion()
{
	local gone=gone-$RANDOM

	must ip netns add "$gone"
	must ip -n "$gone" -batch - <<-BATCH
		link add v0 type veth peer name v1
		link add v2 type veth peer name v3
		link add team0 type vnicteam
		link set v0 master team0
		link set v2 master team0
		link set v1 up
		link set v3 up
		link set team0 up
		link add link team0 name vnic0 up type vnic
		link add link team0 name vnic1 up type vnic
		addr add 192.0.2.77/24 dev vnic0
	BATCH
	must ip -n "$gone" link set vnic1 netns "$remote"
	must ip netns del "$gone"
	eventually "vnic1 went with its team" missing vnic1 "$remote"
	log "GRP-1: a namespace that is deleted takes its teams and their VNICs along"
}

# Turns red if a VNIC in another namespace survives its team or is not counted.
vnic_of_another_netns()
{
	must ip_host link add team0 type vnicteam
	must ip_host link set eth1 master team0
	must ip_host link set team0 up
	must ip_host link add link team0 name vnic0 type vnic
	must ip_host link set vnic0 netns "$remote"
	must ip -n "$remote" link set vnic0 up
	same "state there" active "$(info vnic0 state "$remote")"
	must ip_host link del team0
	must missing vnic0 "$remote"
	log "GRP-1: deleting a team deletes its VNICs in other namespaces"
}

# Turns red if random MACs are not, or a given one is not taken.
macs()
{
	local mac

	must ip_host link add team0 type vnicteam
	must ip_host link add link team0 name vnic0 type vnic
	must ip_host link add link team0 name vnic1 type vnic
	must ip_host link add link team0 name vnic2 address 02:00:00:00:12:34 type vnic
	mac=$(ip_host -j link show vnic0 | jq -r '.[0].address')
	[[ $mac =~ ^.[26ae]: ]]
	check_err $? "$mac is not a unicast MAC, locally administered"
	same "different MACs" 2 "$(ip_host -j link show type vnic |
		jq -r '[.[].address] | .[0:2] | unique | length')"
	same "given MAC" 02:00:00:00:12:34 "$(ip_host -j link show vnic2 | jq -r '.[0].address')"
	# NET_ADDR_RANDOM
	same "addr_assign_type" 1 "$(ip netns exec "$host" cat /sys/class/net/vnic0/addr_assign_type)"
	must ip_host link del team0
	log "VNIC-1: a VNIC has a random MAC or the one it is given"
}

# Turns red if a name is kept anywhere instead of the netdev.
names()
{
	must ip_host link add team0 type vnicteam
	must ip_host link set eth1 master team0
	must ip_host link set team0 up
	must ip_host link add link team0 name vnic0 type vnic
	must ip_host link set team0 name red
	must ip_host link set vnic0 name apple
	must ip_host link set eth1 name nic
	same "member" nic "$(info apple active_member)"
	same "link" red "$(ip_host -j link show apple | jq -r '.[0].link')"
	refused "exists" ip_host link add link red name apple type vnic
	must ip_host link del red
	must ip_host link set nic name eth1
	log "GRP-6: teams, members and VNICs can be renamed"
}

trap 'topo_destroy "${NS_LIST[@]}"' EXIT
topo_create 2 || exit
tests_main
