// SPDX-License-Identifier: GPL-2.0
/*
 * link_vnicteam_slave.c - shows a NIC's part in its team; nothing to be set.
 */
#include "../../include/uapi/linux/vnicteam.h"
#include "plugin.h"

static const char *const states[] = {
	[VNICTEAM_MEMBER_DOWN] = "down",
	[VNICTEAM_MEMBER_UP] = "up",
	NULL
};

static const struct plugin_option options[] = {
	{
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
	.usage = "A member has no options: use ip link set NAME { master TEAM | nomaster }\n",
	.options = options,
};
