// SPDX-License-Identifier: GPL-2.0

//! The way of a frame in: from a member to the endpoints that it is for (CLS-1, CLS-5, CLS-6).

use super::{
    dropped::Dropped,
    endpoint::Endpoint,
    flood::{
        Flood,
        Origin,
        FEW, //
    },
    member::Member,
    rules::Mode, //
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
        if frame::MacAddr(addrs.dest()).is_multicast() || skb.has_vlan_tag() {
            return self.receive_other(skb, addrs, rcu);
        }
        // What nearly all frames are: unicasts in no VLAN.
        let Some(directory) = self.team.directory.get(rcu) else {
            return self.receive_unicast(skb, addrs, 0, rcu);
        };
        match directory.glance(&addrs.dest(), rcu) {
            Some(endpoint) if endpoint.is_plain_from(self) => {
                deliver(endpoint, skb, PacketType::Host)
            }
            _ => self.receive_unicast(skb, addrs, 0, rcu),
        }
    }
}

/// Has `endpoint` receive `skb` in the place of the member.
#[inline(always)]
fn deliver(endpoint: &Endpoint, skb: SkBuff, kind: PacketType) -> Verdict {
    let Some(mut skb) = skb.unshare() else {
        endpoint.count_missed(Dropped::RxNoMemory);
        return Verdict::Consumed;
    };
    endpoint.dev.count_rx(skb.len().wrapping_add(ETH_HLEN));
    skb.set_received_by(&endpoint.dev, kind);
    Verdict::Another(skb)
}

/// As [`deliver`], without the tag of the endpoint's own VLAN (VNIC-5).
fn deliver_untagged(endpoint: &Endpoint, skb: SkBuff, kind: PacketType) -> Verdict {
    if endpoint.rules().vid() == 0 {
        return deliver(endpoint, skb, kind);
    }
    let Some(mut skb) = skb.unshare() else {
        endpoint.count_missed(Dropped::RxNoMemory);
        return Verdict::Consumed;
    };
    skb.clear_vlan();
    deliver(endpoint, skb, kind)
}

impl Member {
    /// Receives a multicast, or a frame with a tag.
    #[inline(never)]
    fn receive_other(&self, skb: SkBuff, addrs: Addresses, rcu: &Rcu) -> Verdict {
        let vid = skb.rx_vlan_id();
        if frame::MacAddr(addrs.dest()).is_multicast() {
            self.receive_multicast(skb, addrs, vid, rcu)
        } else {
            self.receive_unicast(skb, addrs, vid, rcu)
        }
    }

    /// Receives a unicast of VLAN `vid`, or of none for 0.
    #[inline(never)]
    fn receive_unicast(&self, skb: SkBuff, addrs: Addresses, vid: u16, rcu: &Rcu) -> Verdict {
        let directory = self.team.directory.get(rcu);
        match directory.and_then(|directory| directory.find(vid, &addrs.dest(), rcu)) {
            Some(endpoint) if endpoint.is_plain_from(self) => {
                deliver_untagged(endpoint, skb, PacketType::Host)
            }
            Some(endpoint) => self.receive_with_care(endpoint, skb, addrs, vid, rcu),
            None => self.receive_unknown(skb, addrs, vid, rcu),
        }
    }

    /// Whether a frame that a switch sends here may be for `endpoint`, if it was sent by another
    /// endpoint of the team: those that reach each other locally, or not at all, do not do so
    /// through the switch.
    fn may_come_back(&self, endpoint: &Endpoint, addrs: Addresses, vid: u16, rcu: &Rcu) -> bool {
        if self.team.isolated.load(Ordering::Relaxed) == 0 {
            // All are in bridge mode, so that none is sent through the switch.
            return true;
        }
        self.sender(addrs, vid, rcu)
            .is_none_or(|source| reach_through_switch(source, endpoint))
    }

    /// The endpoint here that sent a frame, if one did.
    fn sender<'a>(&'a self, addrs: Addresses, vid: u16, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        let directory = self.team.directory.get(rcu)?;
        directory.find_own(vid, &addrs.source(), rcu)
    }

    /// Gives a frame up that is for nobody.
    fn drop_incoming(&self, skb: SkBuff, why: Dropped) -> Verdict {
        self.dropped.count(why, &self.dev);
        skb.discard(why.reason());
        Verdict::Consumed
    }

    /// Frames to an endpoint that this member may not carry, or that may not be for it.
    fn receive_with_care(
        &self,
        endpoint: &Endpoint,
        skb: SkBuff,
        addrs: Addresses,
        vid: u16,
        rcu: &Rcu,
    ) -> Verdict {
        let why = if endpoint.in_standby() {
            Dropped::RxStandby
        } else if !endpoint.accepts_from(self) {
            // Flooded to a member that does not carry the endpoint.
            endpoint.dropped.count(Dropped::RxNotMapped, &endpoint.dev);
            return self.drop_incoming(skb, Dropped::RxNotMapped);
        } else if !self.may_come_back(endpoint, addrs, vid, rcu) {
            // Sent by a neighbour here.
            endpoint.dropped.count(Dropped::RxIsolated, &endpoint.dev);
            return self.drop_incoming(skb, Dropped::RxIsolated);
        } else if !endpoint.dev.is_up() {
            Dropped::RxDown
        } else {
            return deliver_untagged(endpoint, skb, PacketType::Host);
        };
        endpoint.count_missed(why);
        skb.discard(why.reason());
        Verdict::Consumed
    }

    /// Frames to addresses that no endpoint has: for those that want everything.
    fn receive_unknown(&self, skb: SkBuff, addrs: Addresses, vid: u16, rcu: &Rcu) -> Verdict {
        if !self.has_guests() {
            self.dropped.count(Dropped::RxUnknown, &self.dev);
            return Verdict::Exact(skb);
        }
        // Sent over the old member or flooded to both during a move: as with multicasts.
        let wants = |one: &Endpoint, skb: &SkBuff| {
            one.is_promisc()
                && one.is_in_vlan(vid)
                && one.takes_copy(self, || self.fingerprint(skb, addrs), rcu)
        };
        self.deliver_to_all(skb, wants, PacketType::OtherHost, rcu)
    }

    /// What copies of a frame have in common, see [`frame::fingerprint`].
    fn fingerprint(&self, skb: &SkBuff, addrs: Addresses) -> u64 {
        let mut head = [0; frame::FINGERPRINT_LEN];
        let (dest, source) = (frame::MacAddr(addrs.dest()), frame::MacAddr(addrs.source()));
        let seed = self.team.seed ^ u64::from(skb.vlan_tag());
        frame::fingerprint(seed, dest, source, skb.peek(&mut head), skb.len())
    }

    fn receive_multicast(&self, skb: SkBuff, addrs: Addresses, vid: u16, rcu: &Rcu) -> Verdict {
        let dest = frame::MacAddr(addrs.dest());
        if dest.is_link_local() {
            // Between the NIC and its switch: LLDP, LACP, pause frames.
            return Verdict::Exact(skb);
        }
        let source = self.sender(addrs, vid, rcu);
        if source.is_some() && self.team.isolated.load(Ordering::Relaxed) == 0 {
            // Our own, sent back by a switch.
            return self.drop_incoming(skb, Dropped::RxOwn);
        }
        if self.receivers.count() > FEW {
            let Some(skb) = skb.unshare() else {
                self.dropped.count(Dropped::RxNoMemory, &self.dev);
                return Verdict::Consumed;
            };
            if !Flood::add(&self.team, skb, Origin::Member(self.id)) {
                self.dropped.count(Dropped::RxFlood, &self.dev);
            }
            return Verdict::Consumed;
        }
        let wants = |one: &Endpoint, skb: &SkBuff| {
            one.is_in_vlan(vid) && self.is_multicast_for(one, skb, addrs, source, rcu)
        };
        self.deliver_to_all(skb, wants, kind_of(dest), rcu)
    }

    /// Whether a multicast is for `endpoint`; counted there if it is. `source` is the endpoint
    /// that sent it, if one here did.
    fn is_multicast_for(
        &self,
        endpoint: &Endpoint,
        skb: &SkBuff,
        addrs: Addresses,
        source: Option<&Endpoint>,
        rcu: &Rcu,
    ) -> bool {
        let wanted = endpoint.wants_group(multicast_bit(frame::MacAddr(addrs.dest())))
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
        let (addrs, vid) = (skb.rx_addresses(), skb.rx_vlan_id());
        let source = self.sender(addrs, vid, rcu);
        if endpoint.is_in_vlan(vid) && self.is_multicast_for(endpoint, skb, addrs, source, rcu) {
            deliver_clone(skb, endpoint, kind_of(frame::MacAddr(addrs.dest())), rcu);
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
            Some(last) => deliver_untagged(last, skb, kind),
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
    let (from, to) = (source.rules().mode(), endpoint.rules().mode());
    source.slot != endpoint.slot
        && from != Mode::Private
        && to != Mode::Private
        && (from, to) != (Mode::Bridge, Mode::Bridge)
}

fn deliver_clone(skb: &SkBuff, endpoint: &Endpoint, kind: PacketType, rcu: &Rcu) {
    match skb.try_clone() {
        Some(mut clone) => {
            endpoint.dev.count_rx(clone.len().wrapping_add(ETH_HLEN));
            if endpoint.rules().vid() != 0 {
                clone.clear_vlan();
            }
            clone.receive(&endpoint.dev, kind, rcu);
        }
        None => endpoint.count_missed(Dropped::RxNoMemory),
    }
}
