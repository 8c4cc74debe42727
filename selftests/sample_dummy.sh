#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# sample_dummy.sh - the smallest NIC on rust/net, samples/rust_dummy.rs, is a
# NIC to the kernel: it is made and removed, transmits and counts, and goes
# with its module. The abstractions serve more than one driver.

# shellcheck disable=SC2317 # called through ALL_TESTS
# shellcheck source-path=SCRIPTDIR source=lib/ktap.sh
. "$(dirname "$0")/lib/ktap.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="
	made_and_removed
	transmits_and_counts
	goes_with_its_module
"

module=$(dirname "$0")/../build/$(uname -r)/rust_dummy.ko

ip_in()
{
	ip -n "$net" "$@"
}

tx_packets()
{
	ip_in -s -j link show dev sample0 | jq ".[0].stats64.tx.packets"
}

# Turns red if the kind is not registered under its name.
made_and_removed()
{
	must ip_in link add sample0 address 02:00:00:00:77:01 type rust_dummy
	ip_in -j link show dev sample0 | jq -e '.[0].address == "02:00:00:00:77:01"' >/dev/null
	check_err $? "the address that was given is not its address"
	must ip_in link set sample0 address 02:00:00:00:77:02
	refused "." ip_in link set sample0 address 01:00:5e:00:00:01
	[ "$(ip netns exec "$net" ethtool -i sample0 | head -n 1)" = "driver: rust_dummy" ]
	check_err $? "ethtool does not name the driver"
	must ip_in link del sample0
	log "samples: a link of kind rust_dummy is made, changed and removed"
}

# Turns red if xmit forgets to count, or the device to be up.
transmits_and_counts()
{
	local before after

	must ip_in link add sample0 up type rust_dummy
	must ip_in addr add 192.0.2.1/24 dev sample0
	must ip_in neigh add 192.0.2.2 lladdr 02:00:00:00:77:03 dev sample0
	before=$(tx_packets)
	ip netns exec "$net" ping -q -c 5 -i 0.01 -W 0.1 192.0.2.2 >/dev/null
	after=$(tx_packets)
	[ $((after - before)) -ge 5 ]
	check_err $? "5 packets were sent, $((after - before)) counted"
	log "samples: it transmits and counts what it transmits"
}

# Turns red if a device outlives its module, or the module waits for it.
goes_with_its_module()
{
	must rmmod rust_dummy
	refused "does not exist" ip_in link show dev sample0
	must insmod "$module"
	must ip_in link add sample0 up type rust_dummy
	log "samples: it goes with its module, which can be loaded again"
}

if [ ! -r "$module" ]; then
	ktap_print_header
	ktap_skip_all "needs $module: make samples"
	exit 4
fi
net=
insmod "$module"
setup_ns net
trap 'cleanup_ns "$net"; rmmod rust_dummy' EXIT
tests_main
