#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# load_unload.sh - the module is loaded and unloaded 100 times while traffic
# runs through its links, and takes every link with it (done-when of the first
# release; GRP-1, GRP-6). CYCLES= changes the number.
#
# timeout: 600

# shellcheck source-path=SCRIPTDIR source=lib/topology.sh
. "$(dirname "$0")/lib/topology.sh"

: "${CYCLES:=$((100 / ${FEWER:-1}))}"
# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	unload_removes_links
	cycles
	still_works
"

ip_host()
{
	ip -n "$host" "$@"
}

# Links with fixed MACs: what runs on the switches' side never has to stop.
build()
{
	ip -n "$host" -batch - <<-BATCH
		link add team0 address 02:00:00:00:33:00 type vnicteam grace 1000
		link set eth1 master team0
		link set eth2 master team0
		link set team0 up
		link add link team0 name vnic1 address 02:00:00:00:33:01 up type vnic
		link add link team0 name vnic2 address 02:00:00:00:33:02 up type vnic
		addr add $TOPO_SUBNET.1/24 dev team0
		addr add $TOPO_SUBNET.2/24 dev vnic1
	BATCH
}

loaded()
{
	[ -d /sys/module/vnicteam ]
}

load()
{
	loaded || insmod "$module"
}

# A copy in memory without debug information: most of the time of a cycle would
# be spent on reading it.
prepare_module()
{
	local installed

	installed=${VM_BUILD:+$VM_BUILD/vnicteam.ko}
	installed=${installed:-$(modinfo -n vnicteam 2>/dev/null)}
	module=$(mktemp -d)/vnicteam.ko
	strip --strip-debug -o "$module" "$installed" 2>/dev/null ||
		cp "$installed" "$module" 2>/dev/null
}

# Turns red if a link keeps the module from going, or outlives it.
unload_removes_links()
{
	must load
	must build
	must ip_host link set vnic2 netns "$remote"
	must rmmod vnicteam
	same "teams and VNICs" 0 "$(ip_host -d -j link show | jq \
		'[.[] | select(.linkinfo.info_kind == "vnic" or .linkinfo.info_kind == "vnicteam")] | length')"
	must test -z "$(ip -n "$remote" -br link show dev vnic2 2>/dev/null)"
	same "master of eth1" null "$(ip_host -j link show eth1 | jq -r '.[0].master')"
	log "GRP-1: unloading the module removes its links, in all namespaces"
}

# Turns red (in the log) if work, a timer or a frame is left when the module goes.
cycles()
{
	local i

	# In: broadcast and unicast to all three MACs. Out: whoever answers.
	ip netns exec "$remote" python3 "$(dirname "$0")/lib/sender.py" r0 \
		ff:ff:ff:ff:ff:ff 02:00:00:00:33:00 02:00:00:00:33:01 02:00:00:00:33:02 &
	defer kill_process $!
	ip netns exec "$remote" ping -n -q -i 0.01 "$TOPO_SUBNET.1" >/dev/null &
	defer kill_process $!
	for ((i = 1; i <= CYCLES; i++)); do
		if ! load || ! build; then
			check_err 1 "cycle $i: load or set-up failed"
			break
		fi
		# Every other time a move is under way when the module goes.
		if ((i % 2)); then
			ip -n "$host" link set vnic1 type vnic member eth2
			ip -n "$lan" link set p1 down
		fi
		if ! rmmod vnicteam; then
			check_err 1 "cycle $i: rmmod failed"
			break
		fi
		((i % 2)) && ip -n "$lan" link set p1 up
		((i % 25)) || ktap_print_msg "$i cycles"
	done
	ip -n "$lan" link set p1 up
	log "GRP-6: $CYCLES times loaded and unloaded with traffic"
}

still_works()
{
	must load
	must build
	must ip netns exec "$remote" ping -n -c 1 -W 20 "$TOPO_SUBNET.1"
	must ip_host link del team0
	log "GRP-1: after that a team works as ever"
}

trap 'defer_scopes_cleanup; topo_destroy "${NS_LIST[@]}"; load; rm -r "${module%/*}"' EXIT
prepare_module || {
	ktap_skip_all "vnicteam.ko is not found: make vm"
	exit 4
}
topo_create 2 || exit
tests_main
