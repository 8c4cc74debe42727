// SPDX-License-Identifier: GPL-2.0

//! How many endpoints each member should carry, and which of them may stay (PLC-1, PLC-2).
//!
//! A [`Plan`] is made in one go by `Engine` after each event: tell it the members that are
//! available, then the endpoints as they are, [`Plan::fill`] it, and ask where each one goes.
//! It never looks at time, phases or names of endpoints. After `fill`,
//!
//! * a free endpoint's member carries at most one more than any other available member, and
//! * no other plan for which that is true moves fewer endpoints.
//!
//! Free endpoints are like water poured onto the pinned ones: they rise to one level everywhere
//! where the pinned ones do not stand above it. What is left over and is not enough for another
//! layer goes first to members that would otherwise lose an endpoint, then to the lowest order.

use crate::logic::limits::{
    MemberId,
    MAX_MEMBERS, //
};

/// One available member.
#[derive(Clone, Copy, Debug)]
struct Share {
    offered: bool,
    order: u32,
    /// Endpoints that are pinned here.
    pinned: u32,
    /// Free endpoints that are here now; once filled, without those that were diverted.
    home: u32,
    /// Free endpoints that should be here.
    quota: u32,
    /// Free endpoints that are here and may stay.
    stay: u32,
    /// Free endpoints that should come here.
    room: u32,
}

impl Share {
    const NONE: Self = Self {
        offered: false,
        order: 0,
        pinned: 0,
        home: 0,
        quota: 0,
        stay: 0,
        room: 0,
    };

    const fn total(&self) -> u32 {
        self.pinned.saturating_add(self.quota)
    }
}

/// Where the endpoints of one team should be.
pub(super) struct Plan {
    shares: [Share; MAX_MEMBERS],
    /// All free endpoints, here or elsewhere or nowhere.
    free: u32,
    /// The member whose room is given away at present.
    filling: Option<MemberId>,
}

impl Plan {
    /// A plan without members or endpoints. A constant, so that it is built in place: it is the
    /// larger part of the stack that an event needs.
    pub(super) const EMPTY: Self = Self {
        shares: [Share::NONE; MAX_MEMBERS],
        free: 0,
        filling: None,
    };

    fn share(&mut self, id: MemberId) -> Option<&mut Share> {
        self.shares.get_mut(id.index()).filter(|s| s.offered)
    }

    fn offered(&self) -> impl Iterator<Item = (MemberId, &Share)> {
        MemberId::all()
            .zip(self.shares.iter())
            .filter(|(_, share)| share.offered)
    }

    /// A member is available.
    pub(super) fn offer(&mut self, id: MemberId, order: u32) {
        if let Some(share) = self.shares.get_mut(id.index()) {
            share.offered = true;
            share.order = order;
        }
    }

    /// An endpoint is pinned to an available member.
    pub(super) fn add_pinned(&mut self, id: MemberId) {
        if let Some(share) = self.share(id) {
            share.pinned = share.pinned.saturating_add(1);
        }
    }

    /// A free endpoint is on an available member, or nowhere.
    pub(super) fn add_free(&mut self, home: Option<MemberId>) {
        self.free = self.free.saturating_add(1);
        if let Some(share) = home.and_then(|id| self.share(id)) {
            share.home = share.home.saturating_add(1);
        }
    }

    /// How many free endpoints it takes to bring all members up to `level`.
    fn volume(&self, level: u32) -> u32 {
        self.offered().fold(0, |sum: u32, (_, share)| {
            sum.saturating_add(level.saturating_sub(share.pinned))
        })
    }

    /// The highest level to which the free endpoints fill all members.
    fn level(&self) -> u32 {
        let Some(lowest) = self.offered().map(|(_, share)| share.pinned).min() else {
            return 0;
        };
        // The lowest member alone would need more than there is at `above`, and nothing at
        // `level`.
        let mut level = lowest;
        let mut above = lowest.saturating_add(self.free).saturating_add(1);
        while above.saturating_sub(level) > 1 {
            let middle = level.midpoint(above);
            if self.volume(middle) <= self.free {
                level = middle;
            } else {
                above = middle;
            }
        }
        level
    }

    /// Fixes how many endpoints each member should carry. Call it once all are added.
    pub(super) fn fill(&mut self) {
        let level = self.level();
        let mut left = self.free.saturating_sub(self.volume(level));
        for share in self.shares.iter_mut().filter(|share| share.offered) {
            share.quota = level.saturating_sub(share.pinned);
        }
        while left > 0 {
            // Once raised, a member stands above the level and is not found again.
            let next = self
                .offered()
                .filter(|(_, share)| share.total() <= level)
                .min_by_key(|(_, share)| (share.home <= share.quota, share.order))
                .map(|(id, _)| id);
            let Some(share) = next.and_then(|id| self.share(id)) else {
                break;
            };
            share.quota = share.quota.saturating_add(1);
            left = left.saturating_sub(1);
        }
        for share in &mut self.shares {
            share.stay = share.home.min(share.quota);
            share.room = share.quota.saturating_sub(share.stay);
        }
    }

    /// Sends a free endpoint to `to` if it must leave `home` (or has none) and `to` has room.
    pub(super) fn divert(&mut self, home: Option<MemberId>, to: MemberId) -> bool {
        let must_go = match home {
            Some(id) => self.share(id).is_some_and(|share| share.home > share.stay),
            None => true,
        };
        let has_room = self.share(to).is_some_and(|share| share.room > 0);
        if !must_go || !has_room {
            return false;
        }
        if let Some(share) = home.and_then(|id| self.share(id)) {
            share.home = share.home.saturating_sub(1);
        }
        if let Some(share) = self.share(to) {
            share.room = share.room.saturating_sub(1);
        }
        true
    }

    /// Where a free endpoint goes that was not diverted; `None` if there is no member.
    pub(super) fn place(&mut self, home: Option<MemberId>) -> Option<MemberId> {
        if let Some(id) = home {
            if let Some(share) = self.share(id).filter(|share| share.stay > 0) {
                share.stay = share.stay.saturating_sub(1);
                return home;
            }
        }
        let has_room = |plan: &mut Self, id| plan.share(id).is_some_and(|share| share.room > 0);
        if !self.filling.is_some_and(|id| has_room(self, id)) {
            let next = self.offered().find(|(_, share)| share.room > 0);
            self.filling = next.map(|(id, _)| id);
        }
        let share = self.filling.and_then(|id| self.share(id))?;
        share.room = share.room.saturating_sub(1);
        self.filling
    }

    /// The member that carries least, by the plan; ties go to the lowest order.
    pub(super) fn lightest(&self) -> Option<MemberId> {
        self.offered()
            .min_by_key(|(_, share)| (share.total(), share.order))
            .map(|(id, _)| id)
    }

    /// How many endpoints the plan puts on a member.
    pub(super) fn count_on(&self, id: MemberId) -> u32 {
        self.shares.get(id.index()).map_or(0, Share::total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(index: usize) -> MemberId {
        MemberId::from_index(index).unwrap()
    }

    /// A filled plan of members with so many pinned and free endpoints, and some without a home.
    fn plan(members: &[(u32, u32)], orphans: u32) -> Plan {
        let mut plan = Plan::EMPTY;
        for (index, &(pinned, free)) in members.iter().enumerate() {
            plan.offer(id(index), index as u32);
            (0..pinned).for_each(|_| plan.add_pinned(id(index)));
            (0..free).for_each(|_| plan.add_free(Some(id(index))));
        }
        (0..orphans).for_each(|_| plan.add_free(None));
        plan.fill();
        plan
    }

    fn counts(plan: &Plan, members: usize) -> std::vec::Vec<u32> {
        (0..members).map(|index| plan.count_on(id(index))).collect()
    }

    #[test]
    fn water_finds_its_level() {
        type Case = (&'static [(u32, u32)], u32, &'static [u32]);
        let cases: [Case; 12] = [
            // Nothing, and nowhere.
            (&[], 5, &[]),
            (&[(0, 0), (0, 0)], 0, &[0, 0]),
            // The rest goes to the lowest order,
            (&[(0, 0), (0, 0), (0, 0)], 4, &[2, 1, 1]),
            // unless another member has it already.
            (&[(0, 1), (0, 1), (0, 2)], 0, &[1, 1, 2]),
            (&[(0, 1), (0, 1), (0, 9)], 0, &[4, 3, 4]),
            // A lost member's endpoints fill the gaps first.
            (&[(0, 2), (0, 3), (0, 2)], 2, &[3, 3, 3]),
            // Pinned endpoints stand above the level, at it, or one below.
            (&[(5, 0), (0, 0), (0, 0)], 5, &[5, 3, 2]),
            (&[(2, 0), (0, 0), (0, 0)], 4, &[2, 2, 2]),
            (&[(2, 0), (0, 0), (0, 0)], 5, &[3, 2, 2]),
            (&[(3, 0), (0, 0), (0, 0)], 5, &[3, 3, 2]),
            (&[(1016, 0), (0, 0)], 0, &[1016, 0]),
            (&[(0, 1016), (0, 0)], 0, &[508, 508]),
        ];
        for (members, orphans, wanted) in cases {
            let plan = plan(members, orphans);
            assert_eq!(
                counts(&plan, members.len()),
                wanted,
                "{members:?} {orphans}"
            );
        }
    }

    #[test]
    fn as_many_stay_as_can() {
        let mut plan = plan(&[(0, 5), (0, 0)], 1);
        let stayed = (0..5).filter(|_| plan.place(Some(id(0))) == Some(id(0)));
        assert_eq!(stayed.count(), 3);
        assert_eq!(plan.place(None), Some(id(1)));
        // All that were told of are placed; there is no room for more.
        assert_eq!(plan.place(None), None);
    }

    #[test]
    fn only_who_must_go_is_diverted() {
        let mut plan = plan(&[(0, 3), (0, 1), (0, 0)], 0);
        assert_eq!(counts(&plan, 3), [2, 1, 1]);
        assert!(!plan.divert(Some(id(0)), id(1)), "no room there");
        assert!(!plan.divert(Some(id(1)), id(2)), "may stay");
        assert!(!plan.divert(Some(id(0)), id(3)), "no such member");
        assert!(plan.divert(Some(id(0)), id(2)));
        assert!(!plan.divert(Some(id(0)), id(2)), "one was to go");
        assert_eq!(plan.place(Some(id(0))), Some(id(0)));
        assert_eq!(plan.place(Some(id(0))), Some(id(0)));
    }

    #[test]
    fn the_lightest_is_the_one_with_least_then_the_lowest_order() {
        assert_eq!(plan(&[], 0).lightest(), None);
        assert_eq!(plan(&[(1, 0), (0, 0), (0, 0)], 0).lightest(), Some(id(1)));
        assert_eq!(plan(&[(0, 0), (0, 0), (0, 0)], 2).lightest(), Some(id(2)));
    }
}
