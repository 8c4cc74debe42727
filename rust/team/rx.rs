// SPDX-License-Identifier: GPL-2.0

//! The way of a frame in: from a member to the endpoints that it is for (CLS-1, CLS-5, CLS-6).

use super::{
    endpoint::{
        Endpoint,
        Mode, //
    },
    flood::{
        Flood,
        Origin,
        FEW, //
    },
    member::Member, //
};
use crate::{
    logic::frame::{
        self,
        multicast_bit, //
    },
    net::{
        rx_handler::{
            RxHandler,
            Verdict, //
        },
        skb::{
            Addresses,
            DropReason,
            PacketType,
            ETH_HLEN, //
        },
        Rcu,
        SkBuff, //
    },
};
use core::sync::atomic::Ordering;

impl RxHandler for Member {
    #[inline]
    fn receive(&self, skb: SkBuff, rcu: &Rcu) -> Verdict {
        if skb.is_loopback() {
            return Verdict::Pass(skb);
        }
        let addrs = skb.rx_addresses();
        if frame::MacAddr(addrs.dest).is_multicast() {
            return self.receive_multicast(skb, &addrs, rcu);
        }
        let Some(endpoint) = self
            .team
            .directory
            .get(rcu)
            .and_then(|directory| directory.find(&addrs.dest, rcu))
        else {
            return self.receive_unknown(skb, addrs, rcu);
        };
        // Published while it is not in standby; a frame that passes just as it goes there is fine.
        let carried = endpoint.member.is(self) && endpoint.dev.is_up();
        if !carried || !self.may_come_back(endpoint, &addrs, rcu) {
            return self.receive_uncarried(endpoint, skb, &addrs, rcu);
        }
        deliver(endpoint, skb, PacketType::Host)
    }
}

/// Has `endpoint` receive `skb` in the place of the member.
#[inline(always)]
fn deliver(endpoint: &Endpoint, skb: SkBuff, kind: PacketType) -> Verdict {
    let Some(mut skb) = skb.unshare() else {
        endpoint.dev.count_rx_dropped();
        return Verdict::Consumed;
    };
    endpoint.dev.count_rx(skb.len().wrapping_add(ETH_HLEN));
    skb.set_received_by(&endpoint.dev, kind);
    Verdict::Another(skb)
}

impl Member {
    /// Whether a frame that a switch sends here may be for `endpoint`, if it was sent by another
    /// endpoint of the team: those that reach each other locally, or not at all, do not do so
    /// through the switch.
    #[inline(always)]
    fn may_come_back(&self, endpoint: &Endpoint, addrs: &Addresses, rcu: &Rcu) -> bool {
        if self.team.isolated.load(Ordering::Relaxed) == 0 {
            // All are in bridge mode, so that none is sent through the switch.
            return true;
        }
        let Some(source) = self
            .team
            .directory
            .get(rcu)
            .and_then(|directory| directory.find_own(&addrs.source, rcu))
        else {
            return true;
        };
        reach_through_switch(source, endpoint)
    }

    /// Frames to an endpoint that this member may not carry.
    #[cold]
    fn receive_uncarried(
        &self,
        endpoint: &Endpoint,
        skb: SkBuff,
        addrs: &Addresses,
        rcu: &Rcu,
    ) -> Verdict {
        if endpoint.in_standby() {
            endpoint.dev.count_rx_dropped();
            skb.discard(DropReason::NotReady);
            return Verdict::Consumed;
        }
        if !endpoint.accepts_from(self) || !self.may_come_back(endpoint, addrs, rcu) {
            // Flooded to a member that does not carry the endpoint, or sent by a neighbour here.
            skb.discard(DropReason::Unwanted);
            return Verdict::Consumed;
        }
        if !endpoint.dev.is_up() {
            endpoint.dev.count_rx_dropped();
            skb.discard(DropReason::NotReady);
            return Verdict::Consumed;
        }
        deliver(endpoint, skb, PacketType::Host)
    }

    /// Frames to addresses that no endpoint has: for those that want everything.
    fn receive_unknown(&self, skb: SkBuff, addrs: Addresses, rcu: &Rcu) -> Verdict {
        if !self.has_guests() {
            return Verdict::Exact(skb);
        }
        // Sent over the old member or flooded to both during a move: as with multicasts.
        let wants = |one: &Endpoint, skb: &SkBuff| {
            one.is_promisc() && one.takes_copy(self, || self.fingerprint(skb, &addrs), rcu)
        };
        self.deliver_to_all(skb, wants, PacketType::OtherHost, rcu)
    }

    /// What copies of a frame have in common, see [`frame::fingerprint`].
    fn fingerprint(&self, skb: &SkBuff, addrs: &Addresses) -> u64 {
        let mut head = [0; frame::FINGERPRINT_LEN];
        let (dest, source) = (frame::MacAddr(addrs.dest), frame::MacAddr(addrs.source));
        let seed = self.team.seed ^ u64::from(skb.vlan_tag());
        frame::fingerprint(seed, dest, source, skb.peek(&mut head), skb.len())
    }

    fn receive_multicast(&self, skb: SkBuff, addrs: &Addresses, rcu: &Rcu) -> Verdict {
        let dest = frame::MacAddr(addrs.dest);
        if dest.is_link_local() {
            // Between the NIC and its switch: LLDP, LACP, pause frames.
            return Verdict::Exact(skb);
        }
        let source = self
            .team
            .directory
            .get(rcu)
            .and_then(|directory| directory.find_own(&addrs.source, rcu));
        if source.is_some() && self.team.isolated.load(Ordering::Relaxed) == 0 {
            // Our own, sent back by a switch.
            skb.discard(DropReason::OwnAddress);
            return Verdict::Consumed;
        }
        if self.receivers.count() > FEW {
            if let Some(skb) = skb.unshare() {
                Flood::add(&self.team, skb, Origin::Member(self.id));
            }
            return Verdict::Consumed;
        }
        let wants =
            |one: &Endpoint, skb: &SkBuff| self.is_multicast_for(one, skb, addrs, source, rcu);
        self.deliver_to_all(skb, wants, kind_of(dest), rcu)
    }

    /// Whether a multicast is for `endpoint`; counted there if it is. `source` is the endpoint
    /// that sent it, if one here did.
    fn is_multicast_for(
        &self,
        endpoint: &Endpoint,
        skb: &SkBuff,
        addrs: &Addresses,
        source: Option<&Endpoint>,
        rcu: &Rcu,
    ) -> bool {
        let wanted = endpoint.wants_group(multicast_bit(frame::MacAddr(addrs.dest)))
            && source.is_none_or(|source| reach_through_switch(source, endpoint))
            && endpoint.takes_copy(self, || self.fingerprint(skb, addrs), rcu);
        if wanted {
            endpoint.multicasts.fetch_add(1, Ordering::Relaxed);
        }
        wanted
    }

    /// Delivers a clone of a multicast that has waited to `endpoint`, if it is for it. In process
    /// context with BH off.
    pub(super) fn deliver_flooded(&self, skb: &SkBuff, endpoint: &Endpoint, rcu: &Rcu) {
        if !self.receivers.has(endpoint.slot) || !endpoint.dev.is_up() {
            return;
        }
        let addrs = skb.rx_addresses();
        let directory = self.team.directory.get(rcu);
        let source = directory.and_then(|directory| directory.find_own(&addrs.source, rcu));
        if self.is_multicast_for(endpoint, skb, &addrs, source, rcu) {
            deliver_clone(skb, endpoint, kind_of(frame::MacAddr(addrs.dest)), rcu);
        }
    }

    /// Delivers to each endpoint here that is up and that `wants`; clones to all but the last.
    fn deliver_to_all(
        &self,
        skb: SkBuff,
        mut wants: impl FnMut(&Endpoint, &SkBuff) -> bool,
        kind: PacketType,
        rcu: &Rcu,
    ) -> Verdict {
        let mut last: Option<&Endpoint> = None;
        for slot in self.receivers.iter(None) {
            let Some(next) = self.team.endpoint(slot, rcu) else {
                continue;
            };
            if !next.dev.is_up() || !wants(next, &skb) {
                continue;
            }
            if let Some(last) = last.replace(next) {
                deliver_clone(&skb, last, kind, rcu);
            }
        }
        match last {
            Some(last) => deliver(last, skb, kind),
            None => Verdict::Exact(skb),
        }
    }
}

fn kind_of(dest: frame::MacAddr) -> PacketType {
    if dest.is_broadcast() {
        PacketType::Broadcast
    } else {
        PacketType::Multicast
    }
}

/// Whether endpoints in these modes reach each other through the switch.
fn reach_through_switch(source: &Endpoint, endpoint: &Endpoint) -> bool {
    let (from, to) = (source.mode(), endpoint.mode());
    source.slot != endpoint.slot
        && from != Mode::Private
        && to != Mode::Private
        && (from, to) != (Mode::Bridge, Mode::Bridge)
}

fn deliver_clone(skb: &SkBuff, endpoint: &Endpoint, kind: PacketType, rcu: &Rcu) {
    match skb.try_clone() {
        Some(clone) => {
            endpoint.dev.count_rx(clone.len().wrapping_add(ETH_HLEN));
            clone.receive(&endpoint.dev, kind, rcu);
        }
        None => endpoint.dev.count_rx_dropped(),
    }
}
