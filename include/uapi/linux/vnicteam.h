/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vnicteam: virtual NICs over a team of NICs.
 *
 * Attributes of the link kinds "vnicteam" (a team) and "vnic" (a virtual NIC
 * over a team), carried in IFLA_INFO_DATA of rtnetlink link messages, and of a
 * team's members, carried in IFLA_INFO_SLAVE_DATA; and the generic netlink
 * family "vnicteam", which carries the same attributes in nests. Attributes
 * that are marked (ro) are reported only; setting one is refused.
 *
 * Documentation/netlink/specs/vnicteam.yaml says the same for programs.
 */
#ifndef _UAPI_LINUX_VNICTEAM_H
#define _UAPI_LINUX_VNICTEAM_H

#define VNICTEAM_FAMILY_NAME	"vnicteam"
#define VNICTEAM_FAMILY_VERSION	1
#define VNICTEAM_MCGRP_EVENTS	"events"

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
	IFLA_VNICTEAM_SLAVE_ROLE,	/* u8, enum vnicteam_member_role */
	IFLA_VNICTEAM_SLAVE_WEIGHT,	/* u32, share of the VNICs relative to others, 1..1000 */
	IFLA_VNICTEAM_SLAVE_CAPACITY,	/* u64, bit/s, 0: the link's speed */
	IFLA_VNICTEAM_SLAVE_PAD,	/* alignment of u64 attributes */
	__IFLA_VNICTEAM_SLAVE_MAX,
};

#define IFLA_VNICTEAM_SLAVE_MAX (__IFLA_VNICTEAM_SLAVE_MAX - 1)

enum vnicteam_member_state {
	VNICTEAM_MEMBER_DOWN,		/* admin down or no carrier */
	VNICTEAM_MEMBER_UP,		/* can carry VNICs */
};

enum vnicteam_member_role {
	VNICTEAM_ROLE_ACTIVE,		/* carries VNICs */
	VNICTEAM_ROLE_STANDBY,		/* only while no active member can */
	VNICTEAM_ROLE_OFF,		/* never */
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
	IFLA_VNIC_VLAN,			/* u16, 802.1Q id on the wire, untagged inside, 0: none */
	IFLA_VNIC_SPOOFCHK,		/* u8, 1: frames with another source MAC are dropped */
	IFLA_VNIC_MAC_CHANGE,		/* u8, 0: the VNIC's user may not change its MAC */
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

/* Generic netlink: a team. */
enum {
	VNICTEAM_A_TEAM_IFINDEX = 1,	/* u32 */
	VNICTEAM_A_TEAM_NAME,		/* string (ro) */
	VNICTEAM_A_TEAM_INFO,		/* nest, IFLA_VNICTEAM_* */
	VNICTEAM_A_TEAM_STATS,		/* nest, VNICTEAM_A_STATS_*, of its own endpoint (ro) */
	VNICTEAM_A_TEAM_EVENT_SEQ,	/* uint, number of its last event (ro) */
	VNICTEAM_A_TEAM_EVENTS_LOST,	/* uint, events that not every listener got (ro) */

	__VNICTEAM_A_TEAM_MAX,
	VNICTEAM_A_TEAM_MAX = (__VNICTEAM_A_TEAM_MAX - 1)
};

/* Generic netlink: a member. */
enum {
	VNICTEAM_A_MEMBER_IFINDEX = 1,	/* u32 */
	VNICTEAM_A_MEMBER_NAME,		/* string (ro) */
	VNICTEAM_A_MEMBER_TEAM,		/* u32, ifindex (ro), or of which team members are dumped */
	VNICTEAM_A_MEMBER_INFO,		/* nest, IFLA_VNICTEAM_SLAVE_* */
	VNICTEAM_A_MEMBER_STATS,	/* nest, VNICTEAM_A_STATS_* (ro) */

	__VNICTEAM_A_MEMBER_MAX,
	VNICTEAM_A_MEMBER_MAX = (__VNICTEAM_A_MEMBER_MAX - 1)
};

/*
 * Generic netlink: a VNIC. A request names one by TEAM and SLOT, wherever its
 * netdev is, or by IFINDEX if that is in the sender's network namespace.
 */
enum {
	VNICTEAM_A_VNIC_IFINDEX = 1,	/* u32 */
	VNICTEAM_A_VNIC_NAME,		/* string (ro) */
	VNICTEAM_A_VNIC_NETNSID,	/* s32, of the netns it is in, if that is another one (ro) */
	VNICTEAM_A_VNIC_TEAM,		/* u32, ifindex */
	VNICTEAM_A_VNIC_SLOT,		/* u32, its place in the team, 1..1016 */
	VNICTEAM_A_VNIC_MEMBER,		/* u32, ifindex: those on this member are dumped */
	VNICTEAM_A_VNIC_INFO,		/* nest, IFLA_VNIC_* */
	VNICTEAM_A_VNIC_STATS,		/* nest, VNICTEAM_A_STATS_* (ro) */
	VNICTEAM_A_VNIC_ADDRESS,	/* binary, MAC (ro) */

	__VNICTEAM_A_VNIC_MAX,
	VNICTEAM_A_VNIC_MAX = (__VNICTEAM_A_VNIC_MAX - 1)
};

/* Generic netlink: counters since creation or the last flush; all uint, (ro). */
enum {
	VNICTEAM_A_STATS_RX_PACKETS = 1,
	VNICTEAM_A_STATS_RX_BYTES,
	VNICTEAM_A_STATS_TX_PACKETS,
	VNICTEAM_A_STATS_TX_BYTES,
	VNICTEAM_A_STATS_RX_UNKNOWN,	/* for an address that nobody here has */
	VNICTEAM_A_STATS_RX_OWN,	/* sent here, and sent back by a switch */
	VNICTEAM_A_STATS_RX_NOT_MAPPED,	/* over a member that does not carry the VNIC */
	VNICTEAM_A_STATS_RX_ISOLATED,	/* from a VNIC that does not reach this one */
	VNICTEAM_A_STATS_RX_STANDBY,	/* the VNIC is in standby */
	VNICTEAM_A_STATS_RX_DOWN,	/* the VNIC is down */
	VNICTEAM_A_STATS_RX_NO_MEMORY,
	VNICTEAM_A_STATS_RX_FLOOD,	/* too many broadcasts for many wait already */
	VNICTEAM_A_STATS_TX_STANDBY,	/* the VNIC is in standby */
	VNICTEAM_A_STATS_TX_SHORT,	/* shorter than an Ethernet header */
	VNICTEAM_A_STATS_TX_SPOOFED,	/* not the VNIC's source MAC */
	VNICTEAM_A_STATS_TX_HELD,	/* too many frames wait for a move */
	VNICTEAM_A_STATS_TX_MEMBER,	/* the member's queues did not take it */
	VNICTEAM_A_STATS_TX_NEIGHBOUR,	/* a VNIC here did not take it */

	__VNICTEAM_A_STATS_MAX,
	VNICTEAM_A_STATS_MAX = (__VNICTEAM_A_STATS_MAX - 1)
};

/* Generic netlink: a move by hand. */
enum {
	VNICTEAM_A_MOVE_TEAM = 1,	/* u32, ifindex */
	VNICTEAM_A_MOVE_SLOT,		/* u32, a VNIC; may be given many times */
	VNICTEAM_A_MOVE_IFINDEX,	/* u32, a VNIC; may be given many times */
	VNICTEAM_A_MOVE_FROM,		/* u32, ifindex of a member: all VNICs that it carries */
	VNICTEAM_A_MOVE_MEMBER,		/* u32, ifindex of the member to pin to, 0: automatic */
	VNICTEAM_A_MOVE_COUNT,		/* u32, VNICs whose pin was set (ro) */

	__VNICTEAM_A_MOVE_MAX,
	VNICTEAM_A_MOVE_MAX = (__VNICTEAM_A_MOVE_MAX - 1)
};

/* Generic netlink: an event. */
enum {
	VNICTEAM_A_EVENT_TEAM = 1,	/* u32, ifindex */
	VNICTEAM_A_EVENT_TEAM_NAME,	/* string */
	VNICTEAM_A_EVENT_SEQ,		/* uint, counts the team's events: a gap is a loss */
	VNICTEAM_A_EVENT_TIME,		/* uint, CLOCK_MONOTONIC ns */
	VNICTEAM_A_EVENT_MEMBER,	/* u32, ifindex of the member that it is about */
	VNICTEAM_A_EVENT_MEMBER_NAME,	/* string */
	VNICTEAM_A_EVENT_SLOT,		/* u32, of the VNIC that it is about; 0: the team's own endpoint */
	VNICTEAM_A_EVENT_VNIC,		/* u32, ifindex */
	VNICTEAM_A_EVENT_VNIC_NAME,	/* string */
	VNICTEAM_A_EVENT_FROM,		/* u32, ifindex of the member before, 0: standby */
	VNICTEAM_A_EVENT_FROM_NAME,	/* string */
	VNICTEAM_A_EVENT_TO,		/* u32, ifindex of the member now, 0: standby */
	VNICTEAM_A_EVENT_TO_NAME,	/* string */
	VNICTEAM_A_EVENT_CAUSE,		/* u8, enum vnic_move_cause */
	VNICTEAM_A_EVENT_DURATION,	/* uint, ns from detection to resumption */
	VNICTEAM_A_EVENT_MOVES,		/* u32, VNICs that are moved, or were */

	__VNICTEAM_A_EVENT_MAX,
	VNICTEAM_A_EVENT_MAX = (__VNICTEAM_A_EVENT_MAX - 1)
};

enum {
	VNICTEAM_CMD_TEAM_GET = 1,
	VNICTEAM_CMD_MEMBER_GET,
	VNICTEAM_CMD_VNIC_GET,
	VNICTEAM_CMD_TEAM_SET,
	VNICTEAM_CMD_MEMBER_SET,
	VNICTEAM_CMD_VNIC_SET,
	VNICTEAM_CMD_MOVE,
	VNICTEAM_CMD_REDISTRIBUTE,
	VNICTEAM_CMD_STATS_FLUSH,

	/* Events, to the group "events". */
	VNICTEAM_CMD_MEMBER_ADDED,
	VNICTEAM_CMD_MEMBER_REMOVED,
	VNICTEAM_CMD_MEMBER_UP,
	VNICTEAM_CMD_MEMBER_DOWN,
	VNICTEAM_CMD_VNIC_CREATED,
	VNICTEAM_CMD_VNIC_DELETED,
	VNICTEAM_CMD_VNIC_STANDBY,
	VNICTEAM_CMD_VNIC_ACTIVE,
	VNICTEAM_CMD_VNIC_MOVED,
	VNICTEAM_CMD_REDISTRIBUTION_STARTED,
	VNICTEAM_CMD_REDISTRIBUTION_ENDED,

	__VNICTEAM_CMD_MAX,
	VNICTEAM_CMD_MAX = (__VNICTEAM_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_VNICTEAM_H */
