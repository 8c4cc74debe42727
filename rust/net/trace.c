// SPDX-License-Identifier: GPL-2.0
/* The tracepoints of trace.h, and one wrapper for each. */
#include "bindings_helper.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

void rust_helper_trace_member(const struct net_device *team, const struct net_device *member,
			      bool up, u64 time)
{
	trace_vnicteam_member(team, member, up, time);
}

void rust_helper_trace_move(const struct net_device *team, const struct net_device *vnic,
			    u32 from, u32 to, u32 cause, u64 detected, u64 resumed)
{
	trace_vnicteam_move(team, vnic, from, to, cause, detected, resumed);
}

void rust_helper_trace_drop(const struct net_device *dev, const char *reason)
{
	trace_vnicteam_drop(dev, reason);
}
