/* SPDX-License-Identifier: GPL-2.0 */
/* What bindgen reads to make the bindings of rust/net (see Kbuild). */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/hrtimer.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dropreason.h>
#include <net/genetlink.h>
#include <net/netdev_lock.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include <net/sch_generic.h>

#include <uapi/linux/vnicteam.h>

/* Defined in trace.c. */
void rust_helper_trace_member(const struct net_device *team, const struct net_device *member,
			      bool up, u64 time);
void rust_helper_trace_move(const struct net_device *team, const struct net_device *vnic,
			    u32 from, u32 to, u32 cause, u64 detected, u64 resumed);
void rust_helper_trace_drop(const struct net_device *dev, const char *reason);
