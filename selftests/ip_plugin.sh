#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# ip_plugin.sh - the plugins of ip(8) set and show every attribute of teams,
# members and VNICs, explain themselves, and say what is wrong with an argument
# (CTL-1, GRP-5, VNIC-5, VNIC-6, PLC-6).

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

HEADER=$(dirname "$0")/../include/uapi/linux/vnicteam.h

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	options_of_a_team
	options_of_a_vnic
	options_of_a_member
	rates
	nothing_is_missing
	help
	wrong_arguments
	refused_by_the_kernel
	statistics
	batch
	without_plugins
"

ip_host()
{
	ip -n "$host" "$@"
}

# info DEV KEY: what ip -d -j shows of a link's kind; member DEV KEY: of its
# part in a team.
info()
{
	ip_host -d -j link show dev "$1" | jq -r ".[0].linkinfo.info_data.$2"
}

member()
{
	ip_host -d -j link show dev "$1" | jq -r ".[0].linkinfo.info_slave_data.$2"
}

# keys DEV info_data|info_slave_data: all that ip -d -j shows of it.
keys()
{
	ip_host -d -j link show dev "$1" | jq -r ".[0].linkinfo.$2 | keys[]"
}

# A team that is up, with two members and a VNIC, for one case.
team()
{
	must ip_host link add team0 type vnicteam
	defer ip -n "$host" link del team0
	must ip_host link set eth1 master team0
	must ip_host link set eth2 master team0
	must ip_host link set team0 up
	must ip_host link add link team0 name vnic0 type vnic
}

# Turns red if an option is not set, not shown, or shown under another name.
options_of_a_team()
{
	local option shown

	must ip_host link add team0 type vnicteam monitor_interval 20 announce_count 4 \
		announce_interval 50 announce_rate 500 grace 7
	defer ip -n "$host" link del team0
	for option in monitor_interval:20 announce_count:4 announce_interval:50 \
		announce_rate:500 grace:7; do
		same "$option" "${option#*:}" "$(info team0 "${option%:*}")"
	done
	shown=$(ip_host -d link show team0)
	[[ $shown == *"vnicteam monitor_interval 20 announce_count 4"* ]]
	check_err $? "not shown: $shown"
	must ip_host link set eth1 master team0
	must ip_host link set eth2 master team0
	must ip_host link set team0 type vnicteam member eth2 grace 8
	same member eth2 "$(info team0 member)"
	same grace 8 "$(info team0 grace)"
	same announce_count 4 "$(info team0 announce_count)"
	must ip_host link set team0 type vnicteam member auto
	same member auto "$(info team0 member)"
	same members 2 "$(info team0 members)"
	log "CTL-1: ip sets and shows every option of a team, in JSON too"
}

options_of_a_vnic()
{
	local mode

	team
	must ip_host link add link team0 name vnic1 type vnic mode vepa member eth2 vlan 10 \
		spoofchk on mac_change off
	same mode vepa "$(info vnic1 mode)"
	same member eth2 "$(info vnic1 member)"
	same active_member eth2 "$(info vnic1 active_member)"
	same state active "$(info vnic1 state)"
	same moves 0 "$(info vnic1 moves)"
	same move_cause none "$(info vnic1 move_cause)"
	same vlan 10 "$(info vnic1 vlan)"
	same spoofchk true "$(info vnic1 spoofchk)"
	same mac_change false "$(info vnic1 mac_change)"
	same text "vlan 10 spoofchk on mac_change off" "$(ip_host -d link show vnic1 |
		grep -o 'vlan.*mac_change [^ ]*')"
	for mode in private bridge vepa; do
		must ip_host link set vnic1 type vnic mode $mode
		same mode $mode "$(info vnic1 mode)"
	done
	must ip_host link set vnic1 type vnic member eth1 vlan none spoofchk off mac_change on
	same member eth1 "$(info vnic1 member)"
	same mode vepa "$(info vnic1 mode)"
	same vlan 0 "$(info vnic1 vlan)"
	same text "vlan none spoofchk off mac_change on" "$(ip_host -d link show vnic1 |
		grep -o 'vlan.*mac_change [^ ]*')"
	eventually "on eth1" test "$(info vnic1 active_member)" = eth1
	must ip_host link set vnic1 type vnic member auto
	same member auto "$(info vnic1 member)"
	log "CTL-1, VNIC-5, VNIC-6: ip sets and shows every option of a VNIC, in JSON too"
}

options_of_a_member()
{
	local role

	team
	same state up "$(member eth1 state)"
	same vnics 1 "$(member eth1 vnics)"
	same "capacity to begin with" 0 "$(member eth1 capacity)"
	must ip_host link set eth1 type vnicteam_slave role standby weight 5 capacity 25gbit
	same role standby "$(member eth1 role)"
	same weight 5 "$(member eth1 weight)"
	same capacity 25000000000 "$(member eth1 capacity)"
	same text "role standby weight 5 capacity 25Gbit" "$(ip_host -d link show eth1 |
		grep -o 'role.*capacity [^ ]*')"
	same "role of eth2" active "$(member eth2 role)"
	for role in off active; do
		must ip_host link set eth1 type vnicteam_slave role $role
		same role $role "$(member eth1 role)"
		same weight 5 "$(member eth1 weight)"
	done
	log "CTL-1, GRP-5: ip sets and shows role, weight and capacity of a member, in JSON too"
}

# Turns red if a unit is taken for another, or if what is shown is not what is
# set when it is given back.
rates()
{
	local word bits shown

	team
	while read -r word bits; do
		must ip_host link set eth1 type vnicteam_slave capacity "$word"
		same "capacity $word" "$bits" "$(member eth1 capacity)"
		[[ $(ip_host -d link show eth1) =~ capacity\ ([^\ ]+) ]]
		shown=${BASH_REMATCH[1]}
		must ip_host link set eth1 type vnicteam_slave capacity "$shown"
		same "capacity $shown, as shown" "$bits" "$(member eth1 capacity)"
	done <<-END
		25gbit 25000000000
		2.5Gbit 2500000000
		400Gbit 400000000000
		100mibit 104857600
		125MBps 1000000000
		1500000001 1500000001
		1tbit 1000000000000
		auto 0
	END
	for word in -1gbit 25g gbit 1e30 nan 0.5 fast; do
		refused '"capacity" needs RATE.auto' \
			ip_host link set eth1 type vnicteam_slave capacity "$word"
	done
	log "GRP-5: a capacity is given and shown as tc does, and reads back as shown"
}

# attributes PREFIX SKIP: of the uapi header, as keywords; those whose lines
# match SKIP are left out.
attributes()
{
	sed -n "/^enum {/,/^};/s/^\t$1_\([A-Z_]*\),.*/\1 &/p" "$HEADER" |
		grep -vE "^(UNSPEC|PAD) |${2:-^$}" | grep -v "^SLAVE_" |
		cut -d' ' -f1 | tr '[:upper:]' '[:lower:]' | sort
}

# Turns red if an attribute of the header has no option in its plugin.
nothing_is_missing()
{
	local kind prefix key

	team
	while read -r kind prefix; do
		for key in $(attributes "$prefix" "\(ro\)"); do
			ip link help "$kind" 2>&1 | grep -q "\[ $key "
			check_err $? "ip cannot set $key of $kind"
		done
	done <<-END
		vnicteam IFLA_VNICTEAM
		vnic IFLA_VNIC
		vnicteam_slave IFLA_VNICTEAM_SLAVE
	END
	same "what is shown of a team" "$(attributes IFLA_VNICTEAM)" \
		"$(keys team0 info_data)"
	same "what is shown of a VNIC" "$(attributes IFLA_VNIC)" \
		"$(keys vnic0 info_data)"
	same "what is shown of a member" "$(attributes IFLA_VNICTEAM_SLAVE)" \
		"$(keys eth1 info_slave_data)"
	log "CTL-1: ip shows all attributes of the uapi header, and sets those that can be set"
}

help()
{
	local kind said

	for kind in vnicteam vnic vnicteam_slave; do
		said=$(ip link help $kind 2>&1)
		[[ $said == Usage:*" type $kind"* ]]
		check_err $? "ip link help $kind: $said"
		same "help after the kind" "$said" "$(ip link add type $kind help 2>&1)"
	done
	said=$(ip link help vnic 2>&1)
	[[ $said == *"bridge|private|vepa"* ]]
	check_err $? "$said"
	log "CTL-1: ip link help explains each kind"
}

# Turns red if an argument is passed on that cannot be meant, or if the sentence
# does not say what would be right.
wrong_arguments()
{
	local sentence words

	team
	while IFS=: read -r words sentence; do
		# shellcheck disable=SC2086 # words on purpose
		refused "$sentence" ip_host link set $words
	done <<-END
		vnic0 type vnic mode hub:argument "hub" is wrong. "mode" needs bridge.private.vepa
		vnic0 type vnic mode:Command line is not complete
		vnic0 type vnic mode vepa mode bridge:duplicate "mode". "bridge" is the second value
		vnic0 type vnic member nothing:Cannot find device "nothing"
		vnic0 type vnic vlan ten:argument "ten" is wrong. "vlan" needs ID.none .*1..4094
		vnic0 type vnic vlan 65536:argument "65536" is wrong
		vnic0 type vnic spoofchk yes:argument "yes" is wrong. "spoofchk" needs on.off
		vnic0 type vnic mac_change 1:"mac_change" needs on.off
		vnic0 type vnic colour blue:vnic. unknown command "colour"
		vnic0 type vnic state active:unknown command "state"
		eth1 type vnicteam_slave role master:"role" needs active.standby.off
		eth1 type vnicteam_slave weight -1:"weight" needs N .*1..1000
		eth1 type vnicteam_slave vnics 7:unknown command "vnics"
		team0 type vnicteam grace no:argument "no" is wrong. "grace" needs MS .*0..10000
		team0 type vnicteam announce_count 256:"announce_count" needs N .*1..16
		team0 type vnicteam member:Command line is not complete
	END
	same "mode after all that" bridge "$(info vnic0 mode)"
	same "role after all that" active "$(member eth1 role)"
	log "CTL-1: a wrong argument is refused with what would be right, and nothing changes"
}

# Turns red if a value that the plugin lets pass is set, or refused without a
# sentence.
refused_by_the_kernel()
{
	team
	refused "Error: ..*" ip_host link set vnic0 type vnic vlan 4095
	refused "Error: ..*" ip_host link set eth1 type vnicteam_slave weight 0
	refused "Error: ..*" ip_host link set eth1 type vnicteam_slave weight 1001
	refused "Error: ..*" ip_host link set team0 type vnicteam announce_count 17
	refused "Error: ..*" ip_host link set vnic0 type vnic member team0
	log "CTL-1: what is out of range is refused with the kernel's sentence"
}

# Turns red if the plugin's part is lost beside statistics.
statistics()
{
	local shown

	team
	shown=$(ip_host -s -d -j link show vnic0 |
		jq -c '.[0] | [.linkinfo.info_data.mode, (.stats64.rx | has("packets"))]')
	same "ip -s -d -j" '["bridge",true]' "$shown"
	shown=$(ip_host -s -d link show vnic0 | grep -cE 'vnic mode bridge|RX:|TX:')
	same "lines of ip -s -d" 3 "$shown"
	log "CTL-1: statistics are shown beside the options"
}

batch()
{
	must ip -n "$host" -batch - <<-BATCH
		link add team0 type vnicteam grace 0
		link set eth1 master team0
		link set eth1 type vnicteam_slave role standby capacity 10gbit
		link add link team0 name vnic0 type vnic vlan 7
		link add link team0 name vnic1 type vnic spoofchk on
	BATCH
	defer ip -n "$host" link del team0
	same "VNICs with a VLAN id" vnic0 "$(ip_host -d -j link show type vnic |
		jq -r '.[] | select(.linkinfo.info_data.vlan == 7).ifname')"
	same capacity 10000000000 "$(member eth1 capacity)"
	log "CTL-1: a batch sets options of many links"
}

# Turns red if the kinds need a plugin to be created, or to be listed.
without_plugins()
{
	local shown

	must env IP_LIB_DIR=/nonexistent ip -n "$host" link add team0 type vnicteam
	defer ip -n "$host" link del team0
	must env IP_LIB_DIR=/nonexistent ip -n "$host" link add link team0 name vnic0 type vnic
	shown=$(IP_LIB_DIR=/nonexistent ip -n "$host" -d -j link show type vnic |
		jq -r '.[0].linkinfo.info_kind')
	same "kind" vnic "$shown"
	log "CTL-1: without plugins ip creates teams and VNICs and lists them"
}

trap 'defer_scopes_cleanup; topo_destroy "${NS_LIST[@]}"' EXIT
topo_create 2 || exit
tests_main
