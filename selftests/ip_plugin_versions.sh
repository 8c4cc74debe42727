#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# ip_plugin_versions.sh - the plugins work with ip(8) of older and newer releases
# than the VM's own: cases of ip_plugin.sh that use all that ip has for plugins
# (CTL-1).

# shellcheck source-path=SCRIPTDIR source=lib/ktap.sh
. "$(dirname "$0")/lib/ktap.sh"

# shellcheck disable=SC2034 # read by tests_main
ALL_TESTS="other_releases"

OTHERS=(/usr/lib/iproute2-*/)
CASES="options_of_a_vnic options_of_a_member help wrong_arguments"

# Turns red if a function that ip exports, or the layout of a plugin, differs in
# a release.
# shellcheck disable=SC2317 # called by tests_main
other_releases()
{
	local dir said names=''

	for dir in "${OTHERS[@]}"; do
		if ! "$dir/ip" -V >/dev/null 2>&1; then
			ktap_print_msg "skip: ${dir}ip does not run with the libraries here"
			continue
		fi
		said=$(PATH=${dir%/}:$PATH TESTS=$CASES "$(dirname "$0")/ip_plugin.sh" 2>&1)
		check_err $? "$("$dir/ip" -V): $(grep -E -A 3 '^not ok|symbol' <<<"$said")"
		names+=" $("$dir/ip" -V | grep -o 'iproute2-[0-9.]*'),"
	done
	log "CTL-1: the plugins work with${names%,} too"
}

if [ ! -d "${OTHERS[0]}" ]; then
	echo "1..0 # SKIP there is no other ip here: make tools fetches some"
	exit 4
fi
tests_main
