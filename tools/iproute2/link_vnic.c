// SPDX-License-Identifier: GPL-2.0
/*
 * link_vnic.c - ip link ... type vnic: a virtual NIC over a team.
 *
 * Members are named as the caller's network namespace knows their ifindex,
 * which is the team's one unless the VNIC was moved to another.
 */
#include "../../include/uapi/linux/vnicteam.h"
#include "plugin.h"

static const char *const modes[] = {
	[VNIC_MODE_BRIDGE] = "bridge",
	[VNIC_MODE_PRIVATE] = "private",
	[VNIC_MODE_VEPA] = "vepa",
	NULL
};

static const char *const states[] = {
	[VNIC_STATE_STANDBY] = "standby",
	[VNIC_STATE_ACTIVE] = "active",
	NULL
};

static const char *const causes[] = {
	[VNIC_MOVE_NONE] = "none",
	[VNIC_MOVE_FAULT] = "fault",
	[VNIC_MOVE_RECOVERY] = "recovery",
	[VNIC_MOVE_BALANCE] = "balance",
	[VNIC_MOVE_ADMIN] = "admin",
	NULL
};

static const struct plugin_option options[] = {
	{
		.keyword = "mode",
		.attr = IFLA_VNIC_MODE,
		.type = PLUGIN_NAME,
		.value = "bridge|private|vepa",
		.help = "how it reaches other VNICs of its team",
		.names = modes,
	}, {
		.keyword = "member",
		.attr = IFLA_VNIC_MEMBER,
		.type = PLUGIN_DEVICE,
		.value = "DEV|auto",
		.help = "pin it to a member, moving it there",
		.zero = "auto",
	}, {
		.keyword = "vlan",
		.attr = IFLA_VNIC_VLAN,
		.type = PLUGIN_U16,
		.value = "ID|none",
		.help = "802.1Q id on the wire, 1..4094; untagged inside",
		.zero = "none",
	}, {
		.keyword = "spoofchk",
		.attr = IFLA_VNIC_SPOOFCHK,
		.type = PLUGIN_SWITCH,
		.value = "on|off",
		.help = "drop what it sends with another source MAC",
	}, {
		.keyword = "mac_change",
		.attr = IFLA_VNIC_MAC_CHANGE,
		.type = PLUGIN_SWITCH,
		.value = "on|off",
		.help = "whether its user may change its MAC",
	}, {
		.keyword = "state",
		.attr = IFLA_VNIC_STATE,
		.type = PLUGIN_NAME,
		.names = states,
	}, {
		.keyword = "active_member",
		.attr = IFLA_VNIC_ACTIVE_MEMBER,
		.type = PLUGIN_DEVICE,
		.zero = "none",
	}, {
		.keyword = "moves",
		.attr = IFLA_VNIC_MOVES,
		.type = PLUGIN_U64,
	}, {
		.keyword = "move_cause",
		.attr = IFLA_VNIC_MOVE_CAUSE,
		.type = PLUGIN_NAME,
		.names = causes,
	}, {
		.keyword = "move_detected",
		.attr = IFLA_VNIC_MOVE_DETECTED,
		.type = PLUGIN_U64,
	}, {
		.keyword = "move_resumed",
		.attr = IFLA_VNIC_MOVE_RESUMED,
		.type = PLUGIN_U64,
	},
	{ }
};

PLUGIN_EXPORT struct plugin vnic_link_util = {
	.util = PLUGIN_UTIL("vnic", IFLA_VNIC_MAX),
	.usage = "Usage: ip link add link TEAM [ name ] NAME [ address MAC ] type vnic\n"
		 "       ip link set [ dev ] NAME type vnic\n",
	.options = options,
};
