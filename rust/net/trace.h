/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: what happens to members and VNICs, and to frames (CTL-4). */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vnicteam

#if !defined(_VNICTEAM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VNICTEAM_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>
#include <uapi/linux/vnicteam.h>

TRACE_DEFINE_ENUM(VNIC_MOVE_NONE);
TRACE_DEFINE_ENUM(VNIC_MOVE_FAULT);
TRACE_DEFINE_ENUM(VNIC_MOVE_RECOVERY);
TRACE_DEFINE_ENUM(VNIC_MOVE_BALANCE);
TRACE_DEFINE_ENUM(VNIC_MOVE_ADMIN);

/* A member can carry VNICs (up), or no longer: time is when that was seen. */
TRACE_EVENT(vnicteam_member,
	TP_PROTO(const struct net_device *team, const struct net_device *member,
		 bool up, u64 time),
	TP_ARGS(team, member, up, time),
	TP_STRUCT__entry(
		__string(team, team->name)
		__string(member, member->name)
		__field(bool, up)
		__field(u64, time)
	),
	TP_fast_assign(
		__assign_str(team);
		__assign_str(member);
		__entry->up = up;
		__entry->time = time;
	),
	TP_printk("team=%s member=%s %s seen=%llu ns", __get_str(team),
		  __get_str(member), __entry->up ? "up" : "down", __entry->time)
);

/* A VNIC's traffic goes over another member; from and to are ifindexes, 0 is standby. */
TRACE_EVENT(vnicteam_move,
	TP_PROTO(const struct net_device *team, const struct net_device *vnic,
		 u32 from, u32 to, u32 cause, u64 detected, u64 resumed),
	TP_ARGS(team, vnic, from, to, cause, detected, resumed),
	TP_STRUCT__entry(
		__string(team, team->name)
		__string(vnic, vnic->name)
		__field(u32, from)
		__field(u32, to)
		__field(u32, cause)
		__field(u64, detected)
		__field(u64, resumed)
	),
	TP_fast_assign(
		__assign_str(team);
		__assign_str(vnic);
		__entry->from = from;
		__entry->to = to;
		__entry->cause = cause;
		__entry->detected = detected;
		__entry->resumed = resumed;
	),
	TP_printk("team=%s vnic=%s from=%u to=%u cause=%s detected=%llu ns resumed=%llu ns",
		  __get_str(team), __get_str(vnic), __entry->from, __entry->to,
		  __print_symbolic(__entry->cause,
				   { VNIC_MOVE_NONE, "created" },
				   { VNIC_MOVE_FAULT, "fault" },
				   { VNIC_MOVE_RECOVERY, "recovery" },
				   { VNIC_MOVE_BALANCE, "balance" },
				   { VNIC_MOVE_ADMIN, "admin" }),
		  __entry->detected, __entry->resumed)
);

/* A frame is not delivered; reason is the name that ethtool -S counts it by. */
TRACE_EVENT(vnicteam_drop,
	TP_PROTO(const struct net_device *dev, const char *reason),
	TP_ARGS(dev, reason),
	TP_STRUCT__entry(
		__string(dev, dev->name)
		__string(reason, reason)
	),
	TP_fast_assign(
		__assign_str(dev);
		__assign_str(reason);
	),
	TP_printk("dev=%s reason=%s", __get_str(dev), __get_str(reason))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
