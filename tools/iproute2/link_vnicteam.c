// SPDX-License-Identifier: GPL-2.0
/*
 * link_vnicteam.c - ip link ... type vnicteam: a team of NICs.
 */
#include "../../include/uapi/linux/vnicteam.h"
#include "plugin.h"

static const struct plugin_option options[] = {
	{
		.keyword = "monitor_interval",
		.attr = IFLA_VNICTEAM_MONITOR_INTERVAL,
		.type = PLUGIN_U32,
		.value = "MS",
		.help = "time between looks at the members' carrier, 1..1000",
	}, {
		.keyword = "announce_count",
		.attr = IFLA_VNICTEAM_ANNOUNCE_COUNT,
		.type = PLUGIN_U8,
		.value = "N",
		.help = "announcements after a move, 1..16",
	}, {
		.keyword = "announce_interval",
		.attr = IFLA_VNICTEAM_ANNOUNCE_INTERVAL,
		.type = PLUGIN_U32,
		.value = "MS",
		.help = "time between them, 10..10000",
	}, {
		.keyword = "announce_rate",
		.attr = IFLA_VNICTEAM_ANNOUNCE_RATE,
		.type = PLUGIN_U32,
		.value = "N",
		.help = "repeated announcements per second, 1..1000000",
	}, {
		.keyword = "grace",
		.attr = IFLA_VNICTEAM_GRACE,
		.type = PLUGIN_U32,
		.value = "MS",
		.help = "time a planned move still accepts on the old member, 0..10000",
	}, {
		.keyword = "member",
		.attr = IFLA_VNICTEAM_MEMBER,
		.type = PLUGIN_DEVICE,
		.value = "DEV|auto",
		.help = "pin the team's own endpoint to a member",
		.zero = "auto",
	}, {
		.keyword = "active_member",
		.attr = IFLA_VNICTEAM_ACTIVE_MEMBER,
		.type = PLUGIN_DEVICE,
		.zero = "none",
	}, {
		.keyword = "members",
		.attr = IFLA_VNICTEAM_MEMBERS,
		.type = PLUGIN_U32,
	}, {
		.keyword = "vnics",
		.attr = IFLA_VNICTEAM_VNICS,
		.type = PLUGIN_U32,
	},
	{ }
};

PLUGIN_EXPORT struct plugin vnicteam_link_util = {
	.util = PLUGIN_UTIL("vnicteam", IFLA_VNICTEAM_MAX),
	.usage = "Usage: ip link { add | set } [ dev ] NAME type vnicteam\n",
	.options = options,
};
