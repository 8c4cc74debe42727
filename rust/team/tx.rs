// SPDX-License-Identifier: GPL-2.0

//! The way of a frame out: from an endpoint to its member, or to its neighbours here (CLS-5,
//! CLS-7).

use super::{
    dropped::Dropped,
    endpoint::Endpoint,
    flood::{
        Flood,
        Origin,
        FEW, //
    },
    member::Member,
    rules::{
        Mode,
        Rules, //
    },
    team::Team,
    transit::Waiting, //
};
use crate::{
    logic::frame::{
        self,
        multicast_bit, //
    },
    net::{
        clock,
        skb::Addresses,
        task,
        Rcu,
        SkBuff, //
    },
};
use core::sync::atomic::Ordering;

impl Endpoint {
    /// Transmits a frame of the endpoint's user.
    #[inline(always)]
    pub(super) fn transmit(&self, skb: SkBuff, rcu: &Rcu) {
        let Some(addrs) = skb.tx_addresses() else {
            return self.drop_outgoing(skb, Dropped::TxShort);
        };
        let Some(member) = self.member.get(rcu) else {
            return self.transmit_later(skb, rcu);
        };
        self.transmit_to(skb, addrs, member, rcu);
    }

    /// Transmits a frame, which was looked at before, over `member`.
    pub(super) fn transmit_over(&self, skb: SkBuff, member: &Member, rcu: &Rcu) {
        match skb.tx_addresses() {
            Some(addrs) => self.transmit_to(skb, addrs, member, rcu),
            None => self.drop_outgoing(skb, Dropped::TxShort),
        }
    }

    /// Transmits a frame while no member is published: it waits, or nobody carries the endpoint.
    #[cold]
    fn transmit_later(&self, skb: SkBuff, rcu: &Rcu) {
        let skb = match self.transit.get(rcu) {
            Some(transit) => match transit.wait(skb) {
                Waiting::Taken => return,
                Waiting::Full(skb) => return self.drop_outgoing(skb, Dropped::TxHeld),
                Waiting::NotNeeded(skb) => skb,
            },
            None => skb,
        };
        // Mapped meanwhile?
        match self.member.get(rcu) {
            Some(member) => self.transmit_over(skb, member, rcu),
            None => self.drop_outgoing(skb, Dropped::TxStandby),
        }
    }

    #[inline(always)]
    fn transmit_to(&self, skb: SkBuff, addrs: Addresses, member: &Member, rcu: &Rcu) {
        let rules = self.rules();
        let left = if rules.are_plain() {
            self.transmit_here(skb, addrs, 0, rules, member, rcu)
        } else {
            self.transmit_by_rules(skb, addrs, rules, member, rcu)
        };
        let Some(skb) = left else {
            return;
        };
        if !member.dev.can_carry() {
            Team::suspect(&self.team, clock::now_ns());
        }
        let len = skb.len();
        if skb.transmit(&member.dev, rcu) {
            self.dev.count_tx(len);
        } else {
            self.count_not_sent(Dropped::TxMember);
        }
    }

    /// As [`Self::transmit_here`], where rules or VLANs of endpoints have a say.
    #[inline(never)]
    fn transmit_by_rules(
        &self,
        skb: SkBuff,
        addrs: Addresses,
        rules: Rules,
        member: &Member,
        rcu: &Rcu,
    ) -> Option<SkBuff> {
        if rules.spoofchk() && !self.sent(addrs) {
            self.drop_outgoing(skb, Dropped::TxSpoofed);
            return None;
        }
        let mut left = skb;
        if rules.mode() == Mode::Bridge {
            let vid = wire_vid(rules, &left);
            left = self.transmit_here(left, addrs, vid, rules, member, rcu)?;
        }
        match rules.vid() {
            0 => Some(left),
            vid => left.push_vlan(vid).or_else(|| {
                self.count_not_sent(Dropped::TxMember);
                None
            }),
        }
    }

    /// Hands a frame that is in VLAN `vid` on the wire to neighbours here. Gives it back if it is
    /// to leave over `member`.
    #[inline(always)]
    fn transmit_here(
        &self,
        skb: SkBuff,
        addrs: Addresses,
        vid: u16,
        rules: Rules,
        member: &Member,
        rcu: &Rcu,
    ) -> Option<SkBuff> {
        if frame::MacAddr(addrs.dest()).is_multicast() {
            self.flood(&skb, addrs, vid, rcu);
        } else if let Some(neighbour) = self.neighbour(addrs, vid, rcu) {
            self.forward(skb, neighbour, rules, rcu);
            return None;
        } else if member.has_guests() {
            self.offer(&skb, addrs, vid, member, rcu);
        }
        Some(skb)
    }

    /// Counts a frame of its user that is not sent.
    fn count_not_sent(&self, why: Dropped) {
        self.dropped.count(why, &self.dev);
        self.dev.count_tx_dropped();
    }

    pub(super) fn drop_outgoing(&self, skb: SkBuff, why: Dropped) {
        self.count_not_sent(why);
        skb.discard(why.reason());
    }

    /// The endpoint on this team that a unicast frame is for, if they reach each other locally.
    #[inline(always)]
    fn neighbour<'a>(&'a self, addrs: Addresses, vid: u16, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        let directory = self.team.directory.get(rcu)?;
        let one = if vid == 0 {
            directory.find_own_untagged(&addrs.dest(), rcu)?
        } else {
            directory.find_own(vid, &addrs.dest(), rcu)?
        };
        let reached = one.rules().mode() == Mode::Bridge && one.slot != self.slot;
        if reached {
            Some(one)
        } else {
            None
        }
    }

    #[inline(never)]
    fn forward(&self, skb: SkBuff, neighbour: &Endpoint, rules: Rules, rcu: &Rcu) {
        if !neighbour.dev.is_up() || neighbour.in_standby() {
            // Down, or in standby, where it does not receive (VNIC-3).
            let down = !neighbour.dev.is_up();
            neighbour.count_missed(if down {
                Dropped::RxDown
            } else {
                Dropped::RxStandby
            });
            return self.drop_outgoing(skb, Dropped::TxNeighbour);
        }
        let len = skb.len();
        let skb = retagged(skb, rules.vid(), neighbour.rules().vid());
        if skb.is_some_and(|skb| skb.forward(&neighbour.dev, rcu)) {
            neighbour.dev.count_rx(len);
            self.dev.count_tx(len);
        } else {
            self.count_not_sent(Dropped::TxNeighbour);
        }
    }

    /// Hands a clone of a unicast to those on the same member who may have the address behind
    /// them: a switch does not send it back there. It goes to the network all the same, so that
    /// nobody takes others' frames by asking for their address; and nobody sees them by that who
    /// could not do so as an administrator of the team's namespace (SEC-3).
    #[cold]
    fn offer(&self, skb: &SkBuff, addrs: Addresses, vid: u16, member: &Member, rcu: &Rcu) {
        let directory = self.team.directory.get(rcu);
        let claimant = directory.and_then(|directory| directory.find(vid, &addrs.dest(), rcu));
        for slot in self.team.bridged.iter(Some(&member.receivers)) {
            let Some(neighbour) = self.team.endpoint(slot, rcu) else {
                continue;
            };
            let meant = match claimant {
                Some(claimant) => claimant.slot == slot,
                None => neighbour.is_promisc() && neighbour.dev.is_bridge_port(),
            };
            let sees = slot != self.slot && neighbour.is_in_vlan(vid);
            if meant && sees && neighbour.is_trusted() {
                neighbour.take_clone(skb, self.rules(), rcu);
            }
        }
    }

    /// Receives a clone of what a neighbour with the rules `from` sends.
    pub(super) fn take_clone(&self, skb: &SkBuff, from: Rules, rcu: &Rcu) {
        let len = skb.len();
        let clone = skb.try_clone();
        match clone.and_then(|clone| retagged(clone, from.vid(), self.rules().vid())) {
            Some(clone) => {
                if clone.forward(&self.dev, rcu) {
                    self.dev.count_rx(len);
                }
            }
            None => self.count_missed(Dropped::RxNoMemory),
        }
    }

    /// Hands clones of a multicast to the neighbours that want it.
    fn flood(&self, skb: &SkBuff, addrs: Addresses, vid: u16, rcu: &Rcu) {
        let announcing = self.team.announcing.load(Ordering::Relaxed);
        if announcing != 0 && task::current().is_some_and(|task| task.get() == announcing) {
            // For switches: neighbours here know the address, which has not changed.
            return;
        }
        if self.team.bridged.count() > FEW {
            let taken = skb
                .try_clone()
                .is_some_and(|clone| Flood::add(&self.team, clone, Origin::Endpoint(self.slot)));
            if !taken {
                self.dropped.count(Dropped::TxNeighbour, &self.dev);
            }
            return;
        }
        for slot in self.team.bridged.iter(None) {
            let Some(neighbour) = self.team.endpoint(slot, rcu) else {
                continue;
            };
            if self.floods_to(neighbour, addrs, vid, rcu) {
                neighbour.take_clone(skb, self.rules(), rcu);
            }
        }
    }

    /// Delivers a clone of a multicast of the endpoint that has waited to `neighbour`, if it is
    /// for it.
    pub(super) fn flood_to(&self, skb: &SkBuff, neighbour: &Endpoint, rcu: &Rcu) {
        let Some(addrs) = skb.tx_addresses() else {
            return;
        };
        let rules = self.rules();
        if self.floods_to(neighbour, addrs, wire_vid(rules, skb), rcu) {
            neighbour.take_clone(skb, rules, rcu);
        }
    }

    /// Whether a multicast that the endpoint sends is for `neighbour`.
    fn floods_to(&self, neighbour: &Endpoint, addrs: Addresses, vid: u16, rcu: &Rcu) -> bool {
        let dest = frame::MacAddr(addrs.dest());
        if neighbour.slot == self.slot
            || dest.is_link_local()
            || neighbour.in_standby()
            || !neighbour.is_in_vlan(vid)
            || !neighbour.wants_group(multicast_bit(dest))
        {
            return false;
        }
        let directory = self.team.directory.get(rcu);
        let own = directory.and_then(|directory| directory.find_own(vid, &addrs.source(), rcu));
        // A frame of somebody behind this endpoint (it is in a bridge) comes back over the other
        // members as one of a stranger; here it is for those only that do not see it there.
        own.is_some()
            || self
                .member
                .get(rcu)
                .is_none_or(|member| neighbour.accepts_from(member))
    }
}

/// The VLAN that a frame, which an endpoint with these rules sends, is in on the wire; 0 for none.
fn wire_vid(rules: Rules, skb: &SkBuff) -> u16 {
    match rules.vid() {
        0 => skb.tx_vlan_id(),
        vid => vid,
    }
}

/// A frame of an endpoint of VLAN `from` as one of VLAN `to` sees it; 0 is an endpoint that has all
/// VLANs, with their tags. `None` if there is no memory.
fn retagged(skb: SkBuff, from: u16, to: u16) -> Option<SkBuff> {
    match (from, to) {
        (0, 0) => Some(skb),
        (0, _) => skb.pop_vlan(),
        (from, 0) => skb.push_vlan(from),
        // They are in the same one, or would not see each other.
        _ => Some(skb),
    }
}
