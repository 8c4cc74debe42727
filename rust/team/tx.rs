// SPDX-License-Identifier: GPL-2.0

//! The way of a frame out: from an endpoint to its member, or to its neighbours here (CLS-5,
//! CLS-7).

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
    member::Member,
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
        skb::{
            Addresses,
            DropReason, //
        },
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
            return self.drop_outgoing(skb, DropReason::TooSmall);
        };
        let Some(member) = self.member.get(rcu) else {
            return self.transmit_later(skb, rcu);
        };
        self.transmit_to(skb, &addrs, member, rcu);
    }

    /// Transmits a frame, which was looked at before, over `member`.
    pub(super) fn transmit_over(&self, skb: SkBuff, member: &Member, rcu: &Rcu) {
        match skb.tx_addresses() {
            Some(addrs) => self.transmit_to(skb, &addrs, member, rcu),
            None => self.drop_outgoing(skb, DropReason::TooSmall),
        }
    }

    /// Transmits a frame while no member is published: it waits, or nobody carries the endpoint.
    #[cold]
    fn transmit_later(&self, skb: SkBuff, rcu: &Rcu) {
        let skb = match self.transit.get(rcu) {
            Some(transit) => match transit.wait(skb) {
                Waiting::Taken => return,
                Waiting::Full(skb) => return self.drop_outgoing(skb, DropReason::NotReady),
                Waiting::NotNeeded(skb) => skb,
            },
            None => skb,
        };
        // Mapped meanwhile?
        match self.member.get(rcu) {
            Some(member) => self.transmit_over(skb, member, rcu),
            None => self.drop_outgoing(skb, DropReason::NotReady),
        }
    }

    #[inline(always)]
    fn transmit_to(&self, skb: SkBuff, addrs: &Addresses, member: &Member, rcu: &Rcu) {
        if self.mode() == Mode::Bridge {
            if frame::MacAddr(addrs.dest).is_multicast() {
                self.flood(&skb, addrs, rcu);
            } else if let Some(neighbour) = self.neighbour(addrs, rcu) {
                return self.forward(skb, neighbour, rcu);
            } else if member.has_guests() {
                self.offer(&skb, addrs, member, rcu);
            }
        }
        if !member.dev.can_carry() {
            Team::suspect(&self.team, clock::now_ns());
        }
        let len = skb.len();
        if skb.transmit(&member.dev, rcu) {
            self.dev.count_tx(len);
        } else {
            self.dev.count_tx_dropped();
        }
    }

    pub(super) fn drop_outgoing(&self, skb: SkBuff, reason: DropReason) {
        self.dev.count_tx_dropped();
        skb.discard(reason);
    }

    /// The endpoint on this team that a unicast frame is for, if they reach each other locally.
    #[inline(always)]
    fn neighbour<'a>(&'a self, addrs: &Addresses, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        self.team
            .directory
            .get(rcu)?
            .find_own(&addrs.dest, rcu)
            .filter(|one| one.mode() == Mode::Bridge && one.slot != self.slot)
    }

    fn forward(&self, skb: SkBuff, neighbour: &Endpoint, rcu: &Rcu) {
        if !neighbour.dev.is_up() || neighbour.in_standby() {
            // Down, or in standby, where it does not receive (VNIC-3).
            neighbour.dev.count_rx_dropped();
            return self.drop_outgoing(skb, DropReason::NotReady);
        }
        let len = skb.len();
        if skb.forward(&neighbour.dev, rcu) {
            neighbour.dev.count_rx(len);
            self.dev.count_tx(len);
        } else {
            self.dev.count_tx_dropped();
        }
    }

    /// Hands a clone of a unicast to those on the same member who may have the address behind
    /// them: a switch does not send it back there. It goes to the network all the same, so that
    /// nobody takes others' frames by asking for their address; and nobody sees them by that who
    /// could not do so as an administrator of the team's namespace (SEC-3).
    #[cold]
    fn offer(&self, skb: &SkBuff, addrs: &Addresses, member: &Member, rcu: &Rcu) {
        let directory = self.team.directory.get(rcu);
        let claimant = directory.and_then(|directory| directory.find(&addrs.dest, rcu));
        for slot in self.team.bridged.iter(Some(&member.receivers)) {
            let Some(neighbour) = self.team.endpoint(slot, rcu) else {
                continue;
            };
            let meant = match claimant {
                Some(claimant) => claimant.slot == slot,
                None => neighbour.is_promisc() && neighbour.dev.is_bridge_port(),
            };
            if meant && slot != self.slot && neighbour.is_trusted() {
                neighbour.take_clone(skb, rcu);
            }
        }
    }

    /// Receives a clone of what a neighbour sends.
    pub(super) fn take_clone(&self, skb: &SkBuff, rcu: &Rcu) {
        let len = skb.len();
        match skb.try_clone() {
            Some(clone) => {
                if clone.forward(&self.dev, rcu) {
                    self.dev.count_rx(len);
                }
            }
            None => self.dev.count_rx_dropped(),
        }
    }

    /// Hands clones of a multicast to the neighbours that want it.
    fn flood(&self, skb: &SkBuff, addrs: &Addresses, rcu: &Rcu) {
        let announcing = self.team.announcing.load(Ordering::Relaxed);
        if announcing != 0 && task::current().is_some_and(|task| task.get() == announcing) {
            // For switches: neighbours here know the address, which has not changed.
            return;
        }
        if self.team.bridged.count() > FEW {
            if let Some(clone) = skb.try_clone() {
                Flood::add(&self.team, clone, Origin::Endpoint(self.slot));
            }
            return;
        }
        for slot in self.team.bridged.iter(None) {
            let Some(neighbour) = self.team.endpoint(slot, rcu) else {
                continue;
            };
            if self.floods_to(neighbour, addrs, rcu) {
                neighbour.take_clone(skb, rcu);
            }
        }
    }

    /// Whether a multicast that the endpoint sends is for `neighbour`.
    pub(super) fn floods_to(&self, neighbour: &Endpoint, addrs: &Addresses, rcu: &Rcu) -> bool {
        let dest = frame::MacAddr(addrs.dest);
        if neighbour.slot == self.slot
            || dest.is_link_local()
            || neighbour.in_standby()
            || !neighbour.wants_group(multicast_bit(dest))
        {
            return false;
        }
        let directory = self.team.directory.get(rcu);
        let own = directory.and_then(|directory| directory.find_own(&addrs.source, rcu));
        // A frame of somebody behind this endpoint (it is in a bridge) comes back over the other
        // members as one of a stranger; here it is for those only that do not see it there.
        own.is_some()
            || self
                .member
                .get(rcu)
                .is_none_or(|member| neighbour.accepts_from(member))
    }
}
