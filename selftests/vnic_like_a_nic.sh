#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# vnic_like_a_nic.sh - what works on a NIC works on a VNIC: addresses, VLANs,
# bridges, macvtap and macvlan, ethtool, MTU, statistics, another namespace
# (VNIC-1).

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	addresses
	duplicate_address_detection
	vlan_device
	bridge_with_address
	bridge_for_others
	macvlan_passthru
	macvtap_passthru
	ipvlan_device
	packet_capture
	ethtool_shows
	features_follow
	mtu
	statistics
	container
	new_mac
	many_on_one_member
	tcp
"

ip_host()
{
	ip -n "$host" "$@"
}

in_host()
{
	ip netns exec "$host" "$@"
}

show()
{
	ip_host -d -j link show dev "$1" | jq -r ".[0] | $2"
}

# answers ADDRESS [NETNS]: an echo comes back.
answers()
{
	ip netns exec "${2:-$host}" ping -n -c 1 -W 20 "$1"
}

# Turns red if either direction does not work for the IP stack.
addresses()
{
	must ip_host addr add $TOPO_SUBNET.10/24 dev vnic0
	must ip_host addr add ${TOPO_SUBNET6}10/64 dev vnic0 nodad
	must answers $TOPO_SUBNET.254
	must answers ${TOPO_SUBNET6}fe
	must answers $TOPO_SUBNET.10 "$remote"
	log "VNIC-1: a VNIC carries IPv4 and IPv6"
}

dad_is_over()
{
	[ "$(ip_host -j addr show dev vnic0 |
		jq 'any(.[0].addr_info[]; (.tentative or .dadfailed))')" = false ]
}

# Turns red if a VNIC hears its own neighbour solicitation from another member.
duplicate_address_detection()
{
	must ip_host addr add ${TOPO_SUBNET6}11/64 dev vnic0
	eventually "duplicate address detection has found nothing" dad_is_over
	log "VNIC-1: a VNIC does not take itself for a neighbour with its address"
}

# Turns red if tags are lost on the way in or out.
vlan_device()
{
	must ip_host link add link vnic0 name vnic0.7 up type vlan id 7
	must ip_host addr add 198.51.100.1/24 dev vnic0.7
	must ip -n "$remote" link add link r0 name r0.7 up type vlan id 7
	must ip -n "$remote" addr add 198.51.100.2/24 dev r0.7
	must answers 198.51.100.2
	must ip_host link del vnic0.7
	must ip -n "$remote" link del r0.7
	log "VNIC-1: a VLAN device over a VNIC carries traffic"
}

bridge_with_address()
{
	must ip_host link add br0 type bridge forward_delay 0
	must ip_host link set vnic1 master br0
	must ip_host link set br0 up
	must ip_host addr add $TOPO_SUBNET.20/24 dev br0
	must answers $TOPO_SUBNET.20 "$remote"
	must ip_host link del br0
	log "VNIC-1: a VNIC is the port of a bridge that has an address"
}

# Turns red if a promiscuous VNIC gets frames for its own MAC only: others
# behind the bridge, such as VMs, would hear nothing.
bridge_for_others()
{
	local inner=inner-$RANDOM

	must ip netns add "$inner"
	defer ip netns del "$inner"
	must ip_host link add br0 type bridge forward_delay 0
	defer ip -n "$host" link del br0
	must ip_host link set vnic1 master br0
	must ip_host link add b0 type veth peer name i0 netns "$inner"
	must ip_host link set b0 master br0
	must ip_host link set b0 up
	must ip_host link set br0 up
	must ip -n "$inner" link set i0 up
	must ip -n "$inner" addr add $TOPO_SUBNET.30/24 dev i0
	must answers $TOPO_SUBNET.254 "$inner"
	must answers $TOPO_SUBNET.30 "$remote"
	log "VNIC-1: hosts behind a bridge on a VNIC reach the network"
}

macvlan_passthru()
{
	must ip_host link add link vnic1 name mv0 up type macvlan mode passthru
	must ip_host addr add $TOPO_SUBNET.40/24 dev mv0
	must answers $TOPO_SUBNET.40 "$remote"
	must ip_host link del mv0
	must ip_host link add link vnic1 name mv0 up type macvlan mode bridge
	must ip_host addr add $TOPO_SUBNET.40/24 dev mv0
	must answers $TOPO_SUBNET.40 "$remote"
	must ip_host link del mv0
	log "VNIC-1: a VNIC carries a macvlan, in passthrough and with a MAC of its own"
}

# What a VM plugs into: frames come out of a character device.
macvtap_passthru()
{
	local index

	must ip_host link add link vnic1 name tap0 up type macvtap mode passthru
	index=$(show tap0 .ifindex)
	same "MAC" "$(show vnic1 .address)" "$(show tap0 .address)"
	in_host python3 "$(dirname "$0")/lib/tap.py" tap0 "$index" "$remote" r0
	check_err $? "no frame through the tap"
	must ip_host link del tap0
	log "VNIC-1: a VNIC carries a macvtap in passthrough, both ways"
}

ipvlan_device()
{
	must ip_host link add link vnic1 name iv0 type ipvlan mode l2
	must ip_host link set iv0 up
	must ip_host addr add $TOPO_SUBNET.50/24 dev iv0
	must answers $TOPO_SUBNET.50 "$remote"
	must ip_host link del iv0
	log "VNIC-1: a VNIC carries an ipvlan"
}

# Turns red if frames are shown on the member only.
packet_capture()
{
	local said

	said=$(
		in_host timeout 30 tcpdump -n -p -i vnic0 -c 2 icmp 2>&1 &
		busywait "$BUSYWAIT_TIMEOUT" in_host grep -q " 0003 " /proc/net/packet
		answers $TOPO_SUBNET.254 >/dev/null
		wait
	)
	[[ $said == *"echo request"* && $said == *"echo reply"* ]]
	check_err $? "$said"
	log "VNIC-1: tcpdump on a VNIC sees both directions"
}

ethtool_shows()
{
	local said

	said=$(in_host ethtool -i vnic0)
	[[ $said == *"driver: vnic"* ]]
	check_err $? "ethtool -i: $said"
	said=$(in_host ethtool vnic0)
	# veth says 10 Gbit/s: that of the member.
	[[ $said == *"Speed: 10000Mb/s"* && $said == *"Duplex: Full"* &&
		$said == *"Link detected: yes"* ]]
	check_err $? "ethtool: $said"
	said=$(in_host ethtool -i team0)
	[[ $said == *"driver: vnicteam"* ]]
	check_err $? "ethtool -i: $said"
	must in_host ethtool -k vnic0
	must in_host ethtool -T vnic0
	log "VNIC-1: ethtool shows driver, speed and link of a VNIC"
}

# feature DEV NAME: on or off
feature()
{
	in_host ethtool -k "$1" | sed -n "s/^[[:space:]]*$2: \([a-z]*\).*/\1/p"
}

# Turns red if features are fixed, or not computed again when members change.
# Checksums the core does for any NIC, so that they stay on.
features_follow()
{
	must in_host ethtool -K eth1 sg off
	same "scatter-gather with one member's" on "$(feature vnic0 scatter-gather)"
	must in_host ethtool -K eth2 sg off
	same "scatter-gather without members'" off "$(feature vnic0 scatter-gather)"
	same "TSO without members'" off "$(feature vnic0 tcp-segmentation-offload)"
	must answers $TOPO_SUBNET.254
	must in_host ethtool -K eth1 sg on tso on
	must in_host ethtool -K eth2 sg on tso on
	same "scatter-gather with members'" on "$(feature vnic0 scatter-gather)"
	same "TSO" on "$(feature vnic0 tcp-segmentation-offload)"
	same "checksums" on "$(feature vnic0 tx-checksumming)"
	must in_host ethtool -K vnic0 gro off
	must in_host ethtool -K vnic0 gro on
	log "VNIC-1: a VNIC's offload features follow its members'"
}

# Turns red if the VNIC's MTU is not its own.
mtu()
{
	must ip_host link set vnic0 mtu 1400
	same "MTU" 1400 "$(show vnic0 .mtu)"
	same "MTU of the team" 1500 "$(show team0 .mtu)"
	must answers $TOPO_SUBNET.254
	refused "" ip_host link set vnic0 mtu 1501
	must ip_host link set team0 mtu 2000
	must ip_host link set vnic0 mtu 2000
	same "MTU of a member" 2000 "$(show eth1 .mtu)"
	must ip_host link set team0 mtu 1500
	same "MTU" 1500 "$(show vnic0 .mtu)"
	log "VNIC-1: a VNIC has an MTU of its own, up to the team's"
}

stat_of()
{
	ip_host -s -j link show dev "$1" | jq ".[0].stats64.$2"
}

# Turns red if anything but what goes through the VNIC is counted.
statistics()
{
	local rx tx

	rx=$(stat_of vnic0 rx.packets) tx=$(stat_of vnic0 tx.packets)
	must in_host ping -n -q -c 20 -i 0.002 -I vnic0 $TOPO_SUBNET.254
	rx=$(($(stat_of vnic0 rx.packets) - rx)) tx=$(($(stat_of vnic0 tx.packets) - tx))
	# ARP and IPv6 may add a few.
	((rx >= 20 && rx < 60 && tx >= 20 && tx < 60))
	check_err $? "20 echos were counted as rx $rx tx $tx"
	(($(stat_of vnic0 rx.bytes) >= 20 * 98))
	check_err $? "bytes"
	same "errors" 0 "$(($(stat_of vnic0 rx.errors) + $(stat_of vnic0 tx.errors)))"
	log "VNIC-1: a VNIC counts its own packets and bytes"
}

# Turns red if a VNIC that has moved loses its member.
container()
{
	local inner=inner-$RANDOM

	must ip netns add "$inner"
	must ip_host link set vnic1 netns "$inner" name eth0
	must ip -n "$inner" link set eth0 up
	must ip -n "$inner" addr add $TOPO_SUBNET.60/24 dev eth0
	must answers $TOPO_SUBNET.254 "$inner"
	must answers $TOPO_SUBNET.60 "$remote"
	must answers $TOPO_SUBNET.10 "$inner"
	must ip -n "$inner" link set eth0 netns "$host" name vnic1
	must ip_host link set vnic1 up
	must ip netns del "$inner"
	log "VNIC-1: a VNIC moves to a container's namespace and back"
}

# Turns red if the MAC table is not changed with the address.
new_mac()
{
	must ip_host link set vnic0 address 02:00:00:00:88:01
	must ip_host neigh flush dev vnic0
	must ip -n "$remote" neigh flush dev r0
	must answers $TOPO_SUBNET.10 "$remote"
	same "what the remote host learned" 02:00:00:00:88:01 \
		"$(ip -n "$remote" -j neigh show $TOPO_SUBNET.10 | jq -r '.[0].lladdr')"
	log "VNIC-1: a VNIC's MAC is changed while it is up"
}

many_on_one_member()
{
	local i

	must ip -n "$host" -batch - <<-BATCH
		$(for i in 1 2 3 4; do
			echo "link add link team0 name many$i type vnic member eth1"
			echo "link set many$i up"
			echo "addr add $TOPO_SUBNET.10$i/24 dev many$i"
		done)
	BATCH
	for i in 1 2 3 4; do
		must answers "$TOPO_SUBNET.10$i" "$remote"
		must ip_host link del "many$i"
	done
	log "VNIC-2: one member carries many VNICs"
}

# Turns red if offloads are lied about: segments would be dropped or corrupt.
tcp()
{
	local sum

	must ip -n "$remote" neigh flush dev r0
	sum=$(in_host python3 "$(dirname "$0")/lib/tcp.py" "$remote" $TOPO_SUBNET.254)
	same "bytes that arrived as they were sent" "intact" "$sum"
	log "VNIC-1: TCP through a VNIC is intact, both ways"
}

trap 'defer_scopes_cleanup; topo_destroy "${NS_LIST[@]}"' EXIT
topo_create 2 || exit
ip -n "$host" -batch - <<-BATCH
	link add team0 type vnicteam
	link set eth1 master team0
	link set eth2 master team0
	link set team0 up
	link add link team0 name vnic0 up type vnic
	link add link team0 name vnic1 up type vnic
BATCH
tests_main
