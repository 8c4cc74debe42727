// SPDX-License-Identifier: GPL-2.0

//! Counters of endpoints and members, as generic netlink reports them: since the last flush (CTL-4).
//!
//! The kernel's own counters, which rtnetlink shows, only grow. What they were at the last flush is
//! kept beside them, and taken off here.

use super::{
    dropped::Dropped,
    endpoint::Endpoint,
    kind::OF_MEMBERS,
    member::Member,
    team::Team, //
};
use crate::{
    logic::limits::{
        MemberId,
        Slot, //
    },
    net::{
        netdev::LinkStats,
        netlink::Message,
        uapi,
        Rtnl, //
    },
};
use kernel::prelude::*;

// The reasons for drops are the last counters, in the same order.
const _: () = assert!(
    Counters::attr(Dropped::TxNeighbour) == uapi::VNICTEAM_A_STATS_TX_NEIGHBOUR
        && uapi::VNICTEAM_A_STATS_TX_NEIGHBOUR == uapi::VNICTEAM_A_STATS_MAX
);

const LEN: usize = uapi::VNICTEAM_A_STATS_MAX as usize + 1;

/// Counters by `VNICTEAM_A_STATS_*` of the uapi; those that do not apply are left out.
#[derive(Clone, Copy)]
pub(super) struct Counters([Option<u64>; LEN]);

impl Counters {
    /// Nothing counted.
    pub(super) const NONE: Self = Self([None; LEN]);

    /// What was counted for `endpoint` since it was made.
    pub(super) fn of_endpoint(endpoint: &Endpoint, rtnl: &Rtnl) -> Self {
        let mut this = Self::of_link(&endpoint.dev.stats(rtnl));
        for why in Dropped::ALL {
            this.set(Self::attr(why), endpoint.dropped.sum(why));
        }
        this
    }

    /// What was counted for `member`, also before it was one.
    pub(super) fn of_member(member: &Member, rtnl: &Rtnl) -> Self {
        let mut this = Self::of_link(&member.dev.stats(rtnl));
        for (why, _) in OF_MEMBERS {
            this.set(Self::attr(why), member.dropped.sum(why));
        }
        this
    }

    const fn attr(why: Dropped) -> u32 {
        uapi::VNICTEAM_A_STATS_RX_UNKNOWN.saturating_add(why as u32)
    }

    /// What a device has counted.
    pub(super) fn of_link(link: &LinkStats) -> Self {
        let mut this = Self::NONE;
        this.set(uapi::VNICTEAM_A_STATS_RX_PACKETS, link.rx_packets);
        this.set(uapi::VNICTEAM_A_STATS_RX_BYTES, link.rx_bytes);
        this.set(uapi::VNICTEAM_A_STATS_TX_PACKETS, link.tx_packets);
        this.set(uapi::VNICTEAM_A_STATS_TX_BYTES, link.tx_bytes);
        this
    }

    fn set(&mut self, attr: u32, value: u64) {
        if let Some(place) = self.0.get_mut(attr as usize) {
            *place = Some(value);
        }
    }

    /// Adds them to a message, as counted since they were `before`.
    fn fill(&self, before: &Self, msg: &mut Message) -> Result {
        for (attr, (now, before)) in (0..).zip(self.0.iter().zip(before.0.iter())) {
            if let Some(now) = now {
                // A NIC may begin to count anew.
                let before = before.filter(|before| before <= now).unwrap_or(0);
                msg.put_uint(attr, now.saturating_sub(before))?;
            }
        }
        Ok(())
    }
}

/// Adds the counters of `endpoint` to a message.
pub(super) fn fill_endpoint(endpoint: &Endpoint, msg: &mut Message, rtnl: &Rtnl) -> Result {
    Counters::of_endpoint(endpoint, rtnl).fill(endpoint.flushed.borrow(rtnl), msg)
}

/// Adds the counters of `member` to a message.
pub(super) fn fill_member(member: &Member, msg: &mut Message, rtnl: &Rtnl) -> Result {
    Counters::of_member(member, rtnl).fill(member.flushed.borrow(rtnl), msg)
}

/// Has all counters of `team`, its members and VNICs begin at zero.
pub(super) fn flush(team: &Team, rtnl: &mut Rtnl) {
    for slot in Slot::all() {
        if let Some(endpoint) = team.endpoint_of(slot, rtnl) {
            let now = Counters::of_endpoint(&endpoint, rtnl);
            endpoint.flushed.set(now, rtnl);
        }
    }
    for id in MemberId::all() {
        if let Some(member) = team.member_of(id, rtnl) {
            let now = Counters::of_member(&member, rtnl);
            member.flushed.set(now, rtnl);
        }
    }
}
