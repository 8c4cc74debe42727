// SPDX-License-Identifier: GPL-2.0
/*
 * C wrappers of what rust/net needs from macros and static inline functions of
 * the kernel's headers. One wrapper for one function; no logic lives here.
 */
#include "bindings_helper.h"

/* Not for bindgen, whose output it is made of. */
#ifndef __BINDGEN__
#include "layout_generated.h"
#endif

#define __rust_helper

__rust_helper void rust_helper_dev_hold(struct net_device *dev)
{
	dev_hold(dev);
}

__rust_helper void rust_helper_dev_put(struct net_device *dev)
{
	dev_put(dev);
}

__rust_helper struct net *rust_helper_dev_net(const struct net_device *dev)
{
	return dev_net(dev);
}

__rust_helper void rust_helper_dev_sw_netstats_rx_add(struct net_device *dev,
						      unsigned int len)
{
	dev_sw_netstats_rx_add(dev, len);
}

__rust_helper void rust_helper_dev_sw_netstats_tx_add(struct net_device *dev,
						      unsigned int packets,
						      unsigned int len)
{
	dev_sw_netstats_tx_add(dev, packets, len);
}

__rust_helper void rust_helper_dev_core_stats_rx_dropped_inc(struct net_device *dev)
{
	dev_core_stats_rx_dropped_inc(dev);
}

__rust_helper void rust_helper_dev_core_stats_tx_dropped_inc(struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
}

__rust_helper void *rust_helper_alloc_percpu(size_t size, size_t align)
{
	return (__force void *)(unsigned long)__alloc_percpu(size, align);
}

__rust_helper void rust_helper_this_cpu_inc_u64(u64 *place)
{
	this_cpu_inc(*(u64 __percpu *)(__force unsigned long)place);
}

__rust_helper u64 rust_helper_per_cpu_u64(u64 *place, int cpu)
{
	return READ_ONCE(*per_cpu_ptr((u64 __percpu *)(__force unsigned long)place, cpu));
}

__rust_helper int rust_helper_next_possible_cpu(int cpu)
{
	unsigned int next = cpumask_next(cpu, cpu_possible_mask);

	return next < nr_cpu_ids ? (int)next : -1;
}

__rust_helper void rust_helper_eth_hw_addr_random(struct net_device *dev)
{
	eth_hw_addr_random(dev);
}

__rust_helper void rust_helper_eth_hw_addr_set(struct net_device *dev, const u8 *addr)
{
	eth_hw_addr_set(dev, addr);
}

__rust_helper void rust_helper_netdev_lockdep_set_classes(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
}

__rust_helper void rust_helper_set_lltx(struct net_device *dev)
{
	dev->lltx = true;
}

__rust_helper void rust_helper_set_netns_immutable(struct net_device *dev)
{
	dev->netns_immutable = true;
}

__rust_helper void rust_helper_set_pcpu_stat_tstats(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}

__rust_helper struct sk_buff *rust_helper_netdev_alloc_skb(struct net_device *dev,
							   unsigned int length)
{
	return netdev_alloc_skb(dev, length);
}

__rust_helper void *rust_helper_skb_put_data(struct sk_buff *skb, const void *data,
					     unsigned int len)
{
	return skb_put_data(skb, data, len);
}

__rust_helper void rust_helper_skb_reset_mac_header(struct sk_buff *skb)
{
	skb_reset_mac_header(skb);
}

__rust_helper bool rust_helper_pskb_may_pull(struct sk_buff *skb, unsigned int len)
{
	return pskb_may_pull(skb, len);
}

__rust_helper void rust_helper_kfree_skb_reason(struct sk_buff *skb,
						enum skb_drop_reason reason)
{
	kfree_skb_reason(skb, reason);
}

__rust_helper int rust_helper_nla_len(const struct nlattr *nla)
{
	return nla_len(nla);
}

__rust_helper void *rust_helper_nla_data(const struct nlattr *nla)
{
	return nla_data(nla);
}

__rust_helper int rust_helper_nla_put_u64_64bit(struct sk_buff *skb, int attrtype,
						u64 value, int padattr)
{
	return nla_put_u64_64bit(skb, attrtype, value, padattr);
}

__rust_helper bool rust_helper_queue_work(struct workqueue_struct *wq,
					  struct work_struct *work)
{
	return queue_work(wq, work);
}

__rust_helper void rust_helper_init_work(struct work_struct *work, work_func_t func)
{
	INIT_WORK(work, func);
}

__rust_helper int rust_helper_notifier_from_errno(int err)
{
	return notifier_from_errno(err);
}

__rust_helper void rust_helper_call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	call_rcu(head, func);
}

__rust_helper u64 rust_helper_ktime_get_ns(void)
{
	return ktime_get_ns();
}

__rust_helper u64 rust_helper_hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	return hrtimer_forward_now(timer, interval);
}

__rust_helper void rust_helper_hrtimer_start(struct hrtimer *timer, ktime_t tim,
					     enum hrtimer_mode mode)
{
	hrtimer_start(timer, tim, mode);
}

__rust_helper void rust_helper_skb_set_protocol(struct sk_buff *skb, __be16 protocol)
{
	skb->protocol = protocol;
}

__rust_helper void rust_helper_set_virtual_priv_flags(struct net_device *dev)
{
	dev->priv_flags &= ~(IFF_XMIT_DST_RELEASE | IFF_TX_SKB_SHARING);
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE |
			   IFF_DISABLE_NETPOLL;
}

__rust_helper void rust_helper_set_no_addrconf(struct net_device *dev, bool on)
{
	if (on)
		dev->priv_flags |= IFF_NO_ADDRCONF;
	else
		dev->priv_flags &= ~IFF_NO_ADDRCONF;
}

__rust_helper bool rust_helper_net_admin_capable(const struct net_device *dev)
{
	return ns_capable(dev_net(dev)->user_ns, CAP_NET_ADMIN);
}

__rust_helper netdev_features_t rust_helper_netdev_base_features(netdev_features_t features)
{
	return netdev_base_features(features);
}

__rust_helper void rust_helper_rcu_read_lock_bh(void)
{
	rcu_read_lock_bh();
}

__rust_helper void rust_helper_rcu_read_unlock_bh(void)
{
	rcu_read_unlock_bh();
}

__rust_helper struct task_struct *rust_helper_get_current(void)
{
	return current;
}

__rust_helper bool rust_helper_in_task(void)
{
	return in_task();
}

/*
 * Neither registered nor on its way out: free_netdev() frees it at once. One
 * whose kobject could not be made is called unregistered.
 */
__rust_helper bool rust_helper_netdev_is_unregistered(const struct net_device *dev)
{
	return dev->reg_state == NETREG_UNINITIALIZED ||
	       dev->reg_state == NETREG_UNREGISTERED;
}

__rust_helper bool rust_helper_netdev_need_ops_lock(const struct net_device *dev)
{
	return netdev_need_ops_lock(dev);
}

__rust_helper u16 rust_helper_skb_vlan_tag(const struct sk_buff *skb)
{
	return skb_vlan_tag_present(skb) ? skb_vlan_tag_get(skb) : 0;
}

__rust_helper void rust_helper_skb_set_network_header(struct sk_buff *skb, int offset)
{
	skb_set_network_header(skb, offset);
}

__rust_helper void rust_helper_skb_set_priority(struct sk_buff *skb, u32 priority)
{
	skb->priority = priority;
}

__rust_helper bool rust_helper_txq_is_empty(const struct net_device *dev, unsigned int index)
{
	return qdisc_is_empty(rcu_dereference(netdev_get_tx_queue(dev, index)->qdisc));
}

__rust_helper bool rust_helper_netif_is_bridge_port(const struct net_device *dev)
{
	return netif_is_bridge_port(dev);
}

__rust_helper bool rust_helper_dev_same_user_ns(const struct net_device *a,
						const struct net_device *b)
{
	return dev_net(a)->user_ns == dev_net(b)->user_ns;
}

__rust_helper struct net_device *rust_helper_netdev_find(struct net *net, unsigned long first)
{
	return xa_find(&net->dev_by_index, &first, ULONG_MAX, XA_PRESENT);
}

__rust_helper struct nlattr *rust_helper_nla_nest_start(struct sk_buff *skb, int attrtype)
{
	return nla_nest_start(skb, attrtype);
}

__rust_helper int rust_helper_nla_nest_end(struct sk_buff *skb, struct nlattr *start)
{
	return nla_nest_end(skb, start);
}

__rust_helper void rust_helper_nla_nest_cancel(struct sk_buff *skb, struct nlattr *start)
{
	nla_nest_cancel(skb, start);
}

__rust_helper struct nlattr *rust_helper_genlmsg_attrs(const struct genl_info *info, int *len)
{
	*len = genlmsg_len(info->genlhdr) - info->family->hdrsize;
	return genlmsg_data(info->genlhdr) + info->family->hdrsize;
}

__rust_helper bool rust_helper_nla_ok(const struct nlattr *nla, int remaining)
{
	return nla_ok(nla, remaining);
}

__rust_helper struct nlattr *rust_helper_nla_next(const struct nlattr *nla, int *remaining)
{
	return nla_next(nla, remaining);
}

__rust_helper int rust_helper_nla_type(const struct nlattr *nla)
{
	return nla_type(nla);
}

__rust_helper struct net *rust_helper_genl_info_net(const struct genl_info *info)
{
	return genl_info_net(info);
}

__rust_helper const struct genl_info *rust_helper_genl_info_dump(struct netlink_callback *cb)
{
	return genl_info_dump(cb);
}

__rust_helper struct sk_buff *rust_helper_genlmsg_new(size_t payload, gfp_t flags)
{
	return genlmsg_new(payload, flags);
}

__rust_helper void *rust_helper_genlmsg_iput(struct sk_buff *skb, const struct genl_info *info,
					     int flags)
{
	return __genlmsg_iput(skb, info, flags);
}

__rust_helper void rust_helper_genlmsg_end(struct sk_buff *skb, void *hdr)
{
	genlmsg_end(skb, hdr);
}

__rust_helper void rust_helper_genlmsg_cancel(struct sk_buff *skb, void *hdr)
{
	genlmsg_cancel(skb, hdr);
}

__rust_helper int rust_helper_genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_reply(skb, info);
}

__rust_helper void rust_helper_genl_dump_check_consistent(struct netlink_callback *cb, void *hdr)
{
	genl_dump_check_consistent(cb, hdr);
}

__rust_helper int rust_helper_genl_has_listeners(const struct genl_family *family,
						 struct net *net, unsigned int group)
{
	return genl_has_listeners(family, net, group);
}

__rust_helper int rust_helper_genlmsg_multicast_netns_filtered(
		const struct genl_family *family, struct net *net, struct sk_buff *skb, u32 portid,
		unsigned int group, gfp_t flags, netlink_filter_fn filter, void *filter_data)
{
	return genlmsg_multicast_netns_filtered(family, net, skb, portid, group, flags, filter,
						filter_data);
}

__rust_helper void rust_helper_nlmsg_free(struct sk_buff *skb)
{
	nlmsg_free(skb);
}

__rust_helper size_t rust_helper_genlmsg_default_size(void)
{
	return GENLMSG_DEFAULT_SIZE;
}
