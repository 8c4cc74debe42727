#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# member_add_remove.sh - members come and go, are renamed, moved, set down and
# unregistered while traffic runs; a NIC that leaves is what it was before
# (GRP-2, GRP-6).

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	opened_and_restored
	up_stays_up
	mtu_restored
	mtu_of_a_member
	traffic_goes_on
	renamed
	set_down
	moved_to_another_netns
	unregistered
	new_mac
	last_one_removed
"

ip_host()
{
	ip -n "$host" "$@"
}

# show DEV FILTER: something of a link, by jq.
show()
{
	ip_host -d -j link show dev "$1" | jq -r ".[0] | $2"
}

is_up()
{
	[ "$(show "$1" '.flags | index("UP") != null')" = true ]
}

is_down()
{
	! is_up "$1"
}

carrier_of()
{
	show "$1" .linkinfo.info_data.active_member
}

on_member()
{
	[ "$(carrier_of "$1")" = "$2" ]
}

# A ping that runs until the case ends; answered_since says it is alive.
traffic()
{
	ip netns exec "$host" ping -n -q -i 0.05 "$TOPO_SUBNET.254" >/dev/null &
	defer kill_process $!
}

received()
{
	ip_host -s -j link show team0 | jq '.[0].stats64.rx.packets'
}

more_than()
{
	[ "$(received)" -gt "$1" ]
}

alive()
{
	eventually "frames come in after: $1" more_than $(($(received) + 2))
}

# Turns red if enslaving does not open the NIC, or release does not close it.
opened_and_restored()
{
	must ip_host link set eth2 down
	must ip_host link set eth2 master team0
	must is_up eth2
	same promiscuity 0 "$(show eth2 .promiscuity)"
	must ip_host link set eth2 nomaster
	must is_down eth2
	same promiscuity 0 "$(show eth2 .promiscuity)"
	same allmulti 0 "$(show eth2 .allmulti)"
	same "master of eth2" null "$(show eth2 .master)"
	log "GRP-2: a member that was down is opened, and closed when it leaves"
}

up_stays_up()
{
	must ip_host link set eth2 up
	must ip_host link set eth2 master team0
	must ip_host link set eth2 nomaster
	must is_up eth2
	must ip_host link set eth2 down
	log "GRP-2: a member that was up stays up when it leaves"
}

# Turns red if a member keeps the team's MTU.
mtu_restored()
{
	must ip_host link set eth2 mtu 1480
	must ip_host link set team0 mtu 1400
	must ip_host link set eth2 master team0
	same "MTU of the member" 1400 "$(show eth2 .mtu)"
	must ip_host link set team0 mtu 1300
	same "MTU of the member" 1300 "$(show eth2 .mtu)"
	must ip_host link set eth2 nomaster
	same "MTU restored" 1480 "$(show eth2 .mtu)"
	must ip_host link set eth2 mtu 1500
	must ip_host link set team0 mtu 1500
	must ip_host link set vnic0 mtu 1500
	log "GRP-2: a member takes the team's MTU and gets its own back"
}

# Turns red if the notifier for MTU is left out.
mtu_of_a_member()
{
	must ip_host link set eth1 mtu 1400
	same "MTU of the team" 1400 "$(show team0 .mtu)"
	same "MTU of a VNIC" 1400 "$(show vnic0 .mtu)"
	must ip_host link set team0 mtu 1500
	same "MTU of the member" 1500 "$(show eth1 .mtu)"
	must ip_host link set vnic0 mtu 1500
	log "GRP-6: a member's smaller MTU makes the team's and its VNICs' smaller"
}

# Turns red if a frame in flight meets a member that is half gone.
traffic_goes_on()
{
	local i

	traffic
	alive "start"
	for i in 1 2 3; do
		must ip_host link set eth2 master team0
		must ip_host link set eth1 nomaster
		alive "eth2 instead of eth1"
		must ip_host link set eth1 master team0
		must ip_host link set eth2 nomaster
		alive "eth1 instead of eth2"
	done
	log "GRP-2: members are added and removed while traffic runs"
}

renamed()
{
	traffic
	must ip_host link set eth1 name nic1
	alive "rename"
	same "member of the team" nic1 "$(carrier_of team0)"
	must ip_host link set nic1 name eth1
	log "GRP-6: a member is renamed while traffic runs"
}

set_down()
{
	must ip_host link set eth2 master team0
	traffic
	must ip_host link set "$(carrier_of team0)" down
	alive "the member that carried is down"
	must ip_host link set eth1 up
	must ip_host link set eth2 up
	must ip_host link set eth2 nomaster
	eventually "back on eth1" on_member team0 eth1
	log "GRP-6: a member is set down while traffic runs"
}

# Turns red if a NIC that moves away stays a member.
moved_to_another_netns()
{
	must ip_host link set eth2 master team0
	must ip_host link set team0 type vnicteam member eth2
	traffic
	alive "start on eth2"
	must ip_host link set eth2 netns "$remote"
	alive "eth2 has gone to another namespace"
	same "members" 1 "$(show team0 .linkinfo.info_data.members)"
	same "master there" null "$(ip -n "$remote" -j link show eth2 | jq -r '.[0].master')"
	must ip -n "$remote" link set eth2 netns "$host"
	must ip_host link set team0 type vnicteam member auto
	log "GRP-6: a member that moves to another namespace leaves the team"
}

# Turns red if a reference is kept: unregistering would wait for ever.
unregistered()
{
	must ip_host link add left type veth peer name right
	must ip_host link set right up
	must ip_host link set left master team0
	must ip_host link set vnic0 type vnic member left
	eventually "vnic0 on left" on_member vnic0 left
	must ip_host link del left
	same "members" 1 "$(show team0 .linkinfo.info_data.members)"
	same "vnic0" eth1 "$(carrier_of vnic0)"
	must ip_host link set vnic0 type vnic member auto
	log "GRP-6: a member that is unregistered leaves the team, its VNICs go on"
}

# Turns red if the table of own addresses keeps the old MAC.
new_mac()
{
	local old

	old=$(show eth1 .address)
	traffic
	must ip_host link set eth1 address 02:00:00:00:44:01
	alive "new MAC of a member"
	refused "taken" ip_host link add link team0 name vnic9 \
		address 02:00:00:00:44:01 type vnic
	must ip_host link add link team0 name vnic9 address "$old" type vnic
	must ip_host link del vnic9
	must ip_host link set eth1 address "$old"
	log "GRP-6: a member's MAC is changed while traffic runs"
}

last_one_removed()
{
	traffic
	must ip_host link set eth1 nomaster
	same "state of vnic0" standby "$(show vnic0 .linkinfo.info_data.state)"
	same "members" 0 "$(show team0 .linkinfo.info_data.members)"
	must ip_host link set eth1 master team0
	alive "the last member came back"
	log "GRP-2: the last member is removed and comes back"
}

trap 'defer_scopes_cleanup; topo_destroy "${NS_LIST[@]}"' EXIT
topo_create 2 || exit
ip -n "$host" -batch - <<-BATCH
	link add team0 type vnicteam
	link set eth1 master team0
	link set team0 up
	addr add $TOPO_SUBNET.1/24 dev team0
	link add link team0 name vnic0 up type vnic
BATCH
tests_main
