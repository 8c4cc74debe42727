/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vnicteam: virtual NICs over a team of NICs.
 *
 * Attributes of the link kinds "vnicteam" (a team) and "vnic" (a virtual NIC
 * over a team), carried in IFLA_INFO_DATA of rtnetlink link messages, and of a
 * team's members, carried in IFLA_INFO_SLAVE_DATA. Attributes that are marked
 * (ro) are reported only; setting one is refused.
 */
#ifndef _UAPI_LINUX_VNICTEAM_H
#define _UAPI_LINUX_VNICTEAM_H

/* How many VNICs a team carries beside its own endpoint, and its members. */
#define VNICTEAM_MAX_VNICS	1016
#define VNICTEAM_MAX_MEMBERS	32

/* IFLA_INFO_DATA of kind "vnicteam". */
enum {
	IFLA_VNICTEAM_UNSPEC,
	IFLA_VNICTEAM_MONITOR_INTERVAL,	/* u32, ms between looks at carrier, 1..1000 */
	IFLA_VNICTEAM_ANNOUNCE_COUNT,	/* u8, announcements per move, 1..16 */
	IFLA_VNICTEAM_ANNOUNCE_INTERVAL,/* u32, ms between them, 10..10000 */
	IFLA_VNICTEAM_ANNOUNCE_RATE,	/* u32, repeated announcements/s, 1..1000000 */
	IFLA_VNICTEAM_GRACE,		/* u32, ms a planned move keeps the old member, 0..10000 */
	IFLA_VNICTEAM_MEMBER,		/* u32, ifindex the team's own endpoint is pinned to, 0: automatic */
	IFLA_VNICTEAM_ACTIVE_MEMBER,	/* u32, ifindex that carries it, 0: standby (ro) */
	IFLA_VNICTEAM_MEMBERS,		/* u32, number of members (ro) */
	IFLA_VNICTEAM_VNICS,		/* u32, number of VNICs (ro) */
	__IFLA_VNICTEAM_MAX,
};

#define IFLA_VNICTEAM_MAX (__IFLA_VNICTEAM_MAX - 1)

/* IFLA_INFO_SLAVE_DATA of a member ("vnicteam_slave" for ip(8)). */
enum {
	IFLA_VNICTEAM_SLAVE_UNSPEC,
	IFLA_VNICTEAM_SLAVE_STATE,	/* u8, enum vnicteam_member_state (ro) */
	IFLA_VNICTEAM_SLAVE_VNICS,	/* u32, VNICs mapped to this member (ro) */
	__IFLA_VNICTEAM_SLAVE_MAX,
};

#define IFLA_VNICTEAM_SLAVE_MAX (__IFLA_VNICTEAM_SLAVE_MAX - 1)

enum vnicteam_member_state {
	VNICTEAM_MEMBER_DOWN,		/* admin down or no carrier */
	VNICTEAM_MEMBER_UP,		/* can carry VNICs */
};

/* IFLA_INFO_DATA of kind "vnic". */
enum {
	IFLA_VNIC_UNSPEC,
	IFLA_VNIC_MEMBER,		/* u32, ifindex the VNIC is pinned to, 0: automatic */
	IFLA_VNIC_MODE,			/* u8, enum vnic_mode */
	IFLA_VNIC_STATE,		/* u8, enum vnic_state (ro) */
	IFLA_VNIC_ACTIVE_MEMBER,	/* u32, ifindex that carries it, 0: standby (ro) */
	IFLA_VNIC_MOVES,		/* u64, moves since creation (ro) */
	IFLA_VNIC_MOVE_CAUSE,		/* u8, enum vnic_move_cause of the last one (ro) */
	IFLA_VNIC_MOVE_DETECTED,	/* u64, CLOCK_MONOTONIC ns when its cause was seen (ro) */
	IFLA_VNIC_MOVE_RESUMED,		/* u64, CLOCK_MONOTONIC ns when traffic could go on (ro) */
	IFLA_VNIC_PAD,			/* alignment of u64 attributes */
	__IFLA_VNIC_MAX,
};

#define IFLA_VNIC_MAX (__IFLA_VNIC_MAX - 1)

/* Whether VNICs of one team reach each other. */
enum vnic_mode {
	VNIC_MODE_BRIDGE,		/* locally, without the switch */
	VNIC_MODE_PRIVATE,		/* not at all */
	VNIC_MODE_VEPA,			/* through the switch, which must send frames back */
};

enum vnic_state {
	VNIC_STATE_STANDBY,		/* neither receives nor transmits */
	VNIC_STATE_ACTIVE,		/* mapped to one member */
};

enum vnic_move_cause {
	VNIC_MOVE_NONE,			/* has not moved since it was created */
	VNIC_MOVE_FAULT,		/* its member went down or was removed */
	VNIC_MOVE_RECOVERY,		/* a member came up while it was in standby */
	VNIC_MOVE_BALANCE,		/* redistribution */
	VNIC_MOVE_ADMIN,		/* ordered by an administrator */
};

#endif /* _UAPI_LINUX_VNICTEAM_H */
