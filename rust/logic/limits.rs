// SPDX-License-Identifier: GPL-2.0

//! The sizes of a team, and the names of what is in it.
//!
//! A [`MemberId`] or [`Slot`] that exists is in range: whoever holds one need not check again.
//! Used by every other module of `logic`, and by `team` for its own tables.

/// Members of one team at most (VNIC-4).
pub const MAX_MEMBERS: usize = 32;

/// Endpoint slots of one team: the team's own and those of its VNICs.
pub const MAX_ENDPOINTS: usize = 1024;

/// VNICs of one team at most (VNIC-4); they take the slots `1..=MAX_VNICS`.
pub const MAX_VNICS: usize = 1016;

/// The name of a member within its team. It may be given to another NIC once the engine has let
/// go of the member that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(u8);

impl MemberId {
    /// The member with this number, if it is below [`MAX_MEMBERS`].
    pub const fn new(id: u8) -> Option<Self> {
        if (id as usize) < MAX_MEMBERS {
            Some(Self(id))
        } else {
            None
        }
    }

    /// The member with this place in a table of [`MAX_MEMBERS`].
    pub const fn from_index(index: usize) -> Option<Self> {
        if index < MAX_MEMBERS {
            Some(Self(index as u8))
        } else {
            None
        }
    }

    /// The member's place in a table of [`MAX_MEMBERS`].
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All names that a member can have, in ascending order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..MAX_MEMBERS).filter_map(Self::from_index)
    }
}

/// The place of an endpoint (the team's own, or a VNIC) within its team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

impl Slot {
    /// The slot of the team's own endpoint (GRP-7).
    pub const TEAM: Self = Self(0);

    /// The slot with this number, if it is below [`MAX_ENDPOINTS`].
    pub const fn new(slot: u16) -> Option<Self> {
        if (slot as usize) < MAX_ENDPOINTS {
            Some(Self(slot))
        } else {
            None
        }
    }

    /// All slots, in ascending order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..MAX_ENDPOINTS).filter_map(Self::from_index)
    }

    /// The slot with this place in a table of [`MAX_ENDPOINTS`].
    pub const fn from_index(index: usize) -> Option<Self> {
        if index < MAX_ENDPOINTS {
            Some(Self(index as u16))
        } else {
            None
        }
    }

    /// The slot's place in a table of [`MAX_ENDPOINTS`].
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberSet(u32);

impl MemberSet {
    /// The set without members.
    pub const EMPTY: Self = Self(0);

    const fn bit(id: MemberId) -> u32 {
        // A member's number is below 32, so that nothing is shifted out.
        1u32.wrapping_shl(id.0 as u32)
    }

    /// Adds `id`; adding it twice is adding it once.
    pub fn insert(&mut self, id: MemberId) {
        self.0 |= Self::bit(id);
    }

    /// Takes `id` out, if it was in.
    pub fn remove(&mut self, id: MemberId) {
        self.0 &= !Self::bit(id);
    }

    /// Whether `id` is in the set.
    #[inline]
    pub const fn contains(self, id: MemberId) -> bool {
        self.0 & Self::bit(id) != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many members are in the set.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The members in the set, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = MemberId> {
        MemberId::all().filter(move |&id| self.contains(id))
    }
}

// A `MemberSet` is one word with a bit for each member.
const _: () = assert!(MAX_MEMBERS == u32::BITS as usize);
// Slot 0 is the team's own.
const _: () = assert!(MAX_VNICS < MAX_ENDPOINTS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_at_the_limits() {
        assert_eq!(MemberId::new(0).map(MemberId::index), Some(0));
        assert_eq!(MemberId::new(31).map(MemberId::index), Some(31));
        assert_eq!(MemberId::new(32), None);
        assert_eq!(MemberId::new(u8::MAX), None);
        assert_eq!(MemberId::from_index(31), MemberId::new(31));
        assert_eq!(MemberId::from_index(256), None);
        assert_eq!(Slot::new(0), Some(Slot::TEAM));
        assert_eq!(Slot::new(1023).map(Slot::index), Some(1023));
        assert_eq!(Slot::new(1024), None);
        assert_eq!(Slot::from_index(65_536), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = MemberSet::EMPTY;
        for id in MemberId::all() {
            assert!(!set.contains(id));
            set.insert(id);
            set.insert(id);
            assert!(set.contains(id));
        }
        assert_eq!(set.len(), 32);
        assert!(set.iter().eq(MemberId::all()));
        for id in MemberId::all() {
            set.remove(id);
            assert!(!set.contains(id));
        }
        assert!(set.is_empty());
    }
}
