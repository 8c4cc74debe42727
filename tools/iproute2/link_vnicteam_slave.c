// SPDX-License-Identifier: GPL-2.0
/*
 * link_vnicteam_slave.c - ip link ... type vnicteam_slave: a member of a team.
 *
 * ip adds these options to a NIC that is a member already.
 */
#include "../../include/uapi/linux/vnicteam.h"
#include "plugin.h"

static const char *const states[] = {
	[VNICTEAM_MEMBER_DOWN] = "down",
	[VNICTEAM_MEMBER_UP] = "up",
	NULL
};

static const char *const roles[] = {
	[VNICTEAM_ROLE_ACTIVE] = "active",
	[VNICTEAM_ROLE_STANDBY] = "standby",
	[VNICTEAM_ROLE_OFF] = "off",
	NULL
};

static const struct plugin_option options[] = {
	{
		.keyword = "role",
		.attr = IFLA_VNICTEAM_SLAVE_ROLE,
		.type = PLUGIN_NAME,
		.value = "active|standby|off",
		.help = "carries VNICs, only while no active member can, never",
		.names = roles,
	}, {
		.keyword = "weight",
		.attr = IFLA_VNICTEAM_SLAVE_WEIGHT,
		.type = PLUGIN_U32,
		.value = "N",
		.help = "its share of the VNICs relative to others, 1..1000",
	}, {
		.keyword = "capacity",
		.attr = IFLA_VNICTEAM_SLAVE_CAPACITY,
		.type = PLUGIN_RATE,
		.value = "RATE|auto",
		.help = "its bandwidth, such as 25gbit; auto: the link's speed",
		.zero = "auto",
	}, {
		.keyword = "state",
		.attr = IFLA_VNICTEAM_SLAVE_STATE,
		.type = PLUGIN_NAME,
		.names = states,
	}, {
		.keyword = "vnics",
		.attr = IFLA_VNICTEAM_SLAVE_VNICS,
		.type = PLUGIN_U32,
	},
	{ }
};

PLUGIN_EXPORT struct plugin vnicteam_slave_link_util = {
	.util = PLUGIN_UTIL("vnicteam_slave", IFLA_VNICTEAM_SLAVE_MAX),
	.usage = "Usage: ip link set [ dev ] NAME { master TEAM | nomaster }\n"
		 "       ip link set [ dev ] NAME type vnicteam_slave\n",
	.options = options,
};
