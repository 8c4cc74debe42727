#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# member_refused.sh - devices that cannot be members of a team, and loops, are
# refused with a sentence that says why, and nothing is changed (GRP-2).

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	loopback
	not_ethernet
	team_in_team
	vnic_as_member
	member_twice
	member_of_another_team
	handler_taken
	handler_kept
	bond_port
	loop_by_vlan
	loop_by_macvlan
	loop_by_bridge
	loop_by_bond
	loop_over_two_teams
	vnic_over_no_team
	still_usable
"

ip_host()
{
	ip -n "$host" "$@"
}

# What there is, without what changes by itself.
state()
{
	ip_host -d link show | sed -E 's/NO-CARRIER,//; s/,LOWER_UP//; s/ state [A-Z]+//'
}

# not_a_member REGEX DEV [TEAM]: DEV is refused, says so, and all is as it was.
not_a_member()
{
	local before after

	before=$(state)
	refused "$1" ip_host link set "$2" master "${3:-team0}"
	after=$(state)
	[ "$before" = "$after" ] ||
		check_err 1 "refusing $2 changed: $(diff <(echo "$before") <(echo "$after") | head -n 6)"
}

members_of()
{
	field "$1" members
}

# All that follow turn red if their check is left out or does not name the
# device: the layers below would refuse some of them, but without a word.
loopback()
{
	not_a_member "lo.*loopback|loopback.*lo" lo
	log "GRP-2: loopback is refused"
}

not_ethernet()
{
	modprobe -q tun
	must ip_host tuntap add tun0 mode tun
	not_a_member "tun0.*Ethernet|Ethernet.*tun0" tun0
	ip_host link del tun0
	log "GRP-2: a device that is not Ethernet is refused"
}

team_in_team()
{
	ip_host link add team1 type vnicteam
	not_a_member "team1" team1
	not_a_member "team0" team0
	ip_host link del team1
	log "GRP-2: a team is refused, the team itself too"
}

vnic_as_member()
{
	ip_host link add team1 type vnicteam
	ip_host link add link team0 name vnic0 type vnic
	not_a_member "vnic0" vnic0
	not_a_member "vnic0" vnic0 team1
	ip_host link del team1
	ip_host link del vnic0
	log "GRP-2: a VNIC of any team is refused"
}

# Turns red if rtnetlink's request for what is so already takes the NIC out.
member_twice()
{
	local before

	before=$(state)
	must ip_host link set eth1 master team0
	same "state" "$before" "$(state)"
	log "GRP-2: a member that is added once more stays what it is"
}

# Turns red if a member is known to two teams. It is rtnetlink that takes a NIC
# from its old master before it asks the new one.
member_of_another_team()
{
	ip_host link add team1 type vnicteam
	must ip_host link set eth1 master team1
	same "members of team0" 0 "$(members_of team0)"
	same "members of team1" 1 "$(members_of team1)"
	must ip_host link set eth1 master team0
	same "members of team1" 0 "$(members_of team1)"
	ip_host link del team1
	log "GRP-2: a NIC is in one team at most: a new team takes it from the old"
}

handler_taken()
{
	ip_host link add mv0 link eth2 type macvlan
	not_a_member "eth2" eth2
	ip_host link del mv0
	ip_host link add iv0 link eth2 type ipvlan
	not_a_member "eth2" eth2
	ip_host link del iv0
	log "GRP-2: a NIC whose receive handler is taken is refused"
}

# Turns red if a member's receive handler can be taken from the team.
handler_kept()
{
	local before

	before=$(state)
	refused "" ip_host link add mv0 link eth1 type macvlan
	refused "" ip_host link add iv0 link eth1 type ipvlan
	same "state" "$before" "$(state)"
	log "GRP-2: a member cannot carry a macvlan or ipvlan as well"
}

bond_port()
{
	if ! ip_host link add bond0 type bond mode active-backup 2>/dev/null; then
		log_test_skip "GRP-2: no bonding in this kernel"
		return
	fi
	must ip_host link set eth2 down
	must ip_host link set eth2 master bond0
	must ip_host link set eth2 nomaster
	must ip_host link set bond0 master team0
	same "master of bond0" team0 "$(ip_host -j link show bond0 | jq -r '.[0].master')"
	must ip_host link set bond0 nomaster
	ip_host link del bond0
	log "GRP-2: a bond is an Ethernet netdev and can be a member"
}

loop_by_vlan()
{
	ip_host link add link team0 name team0.5 type vlan id 5
	not_a_member "team0" team0.5
	ip_host link add link team0 name vnic0 type vnic
	ip_host link add link vnic0 name vnic0.5 type vlan id 5
	not_a_member "vnic0|team0" vnic0.5
	ip_host link del team0.5
	ip_host link del vnic0
	log "GRP-2: a loop through a VLAN device is refused"
}

loop_by_macvlan()
{
	ip_host link add link team0 name mv0 type macvlan
	not_a_member "mv0|team0" mv0
	ip_host link del mv0
	ip_host link add link team0 name vnic0 type vnic
	ip_host link add link vnic0 name mv1 type macvlan
	not_a_member "mv1|vnic0|team0" mv1
	ip_host link del vnic0
	log "GRP-2: a loop through a macvlan is refused"
}

loop_by_bridge()
{
	ip_host link add br0 type bridge
	ip_host link add link team0 name vnic0 type vnic
	must ip_host link set vnic0 master br0
	not_a_member "br0|vnic0|team0" br0
	ip_host link del br0
	ip_host link del vnic0
	log "GRP-2: a loop through a bridge over a VNIC is refused"
}

loop_by_bond()
{
	if ! ip_host link add bond0 type bond mode active-backup 2>/dev/null; then
		log_test_skip "GRP-2: no bonding in this kernel"
		return
	fi
	ip_host link add link team0 name vnic0 type vnic
	must ip_host link set vnic0 master bond0
	not_a_member "bond0|vnic0|team0" bond0
	ip_host link del bond0
	ip_host link del vnic0
	log "GRP-2: a loop through a bond over a VNIC is refused"
}

loop_over_two_teams()
{
	ip_host link add team1 type vnicteam
	ip_host link add link team0 name vnic0 up type vnic
	ip_host link add link vnic0 name vnic0.5 type vlan id 5
	must ip_host link set vnic0.5 master team1
	ip_host link add link team1 name vnic1 type vnic
	ip_host link add link vnic1 name vnic1.5 type vlan id 5
	not_a_member "vnic1|team" vnic1.5
	ip_host link del team1
	ip_host link del vnic0
	log "GRP-2: a loop through another team is refused"
}

vnic_over_no_team()
{
	local before

	before=$(state)
	refused "team" ip_host link add link eth2 name vnic0 type vnic
	refused "team" ip_host link add link lo name vnic0 type vnic
	refused "" ip_host link add name vnic0 type vnic
	ip_host link add link team0 name vnic1 type vnic
	refused "team" ip_host link add link vnic1 name vnic0 type vnic
	ip_host link del vnic1
	same "state" "$before" "$(state)"
	log "VNIC-1: a VNIC on a device that is no team is refused"
}

# Turns red if a refusal took the NIC half in.
still_usable()
{
	must ip_host link set eth2 master team0
	same "members" 2 "$(members_of team0)"
	must ip_host link set eth2 nomaster
	must ip_host link add mv0 link eth2 type macvlan
	must ip_host link del mv0
	log "GRP-2: after all refusals the NIC can be a member, and can leave"
}

trap 'topo_destroy "${NS_LIST[@]}"' EXIT
topo_create 2 || exit
ip_host link add team0 type vnicteam
ip_host link set eth1 master team0
ip_host link set team0 up
tests_main
