// SPDX-License-Identifier: GPL-2.0

//! A set of endpoint slots that the data path reads while the control path changes it.

use crate::logic::limits::{
    Slot,
    MAX_ENDPOINTS, //
};
use core::sync::atomic::{
    AtomicU64,
    Ordering, //
};

const WORDS: usize = MAX_ENDPOINTS / 64;

/// A set of slots. Each slot is in or out at any moment; the set as a whole is not a snapshot.
pub(super) struct SlotBits([AtomicU64; WORDS]);

impl SlotBits {
    /// The empty set.
    pub(super) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; WORDS])
    }

    /// Puts `slot` in or takes it out; returns whether it was in.
    pub(super) fn set(&self, slot: Slot, on: bool) -> bool {
        let (word, bit) = (slot.index() / 64, 1u64.wrapping_shl(slot.index() as u32));
        let Some(word) = self.0.get(word) else {
            return false;
        };
        let before = if on {
            word.fetch_or(bit, Ordering::Release)
        } else {
            word.fetch_and(!bit, Ordering::Release)
        };
        before & bit != 0
    }

    /// The slots in the set, in ascending order; with `within`, those that are in both.
    pub(super) fn iter<'a>(
        &'a self,
        within: Option<&'a SlotBits>,
    ) -> impl Iterator<Item = Slot> + 'a {
        self.0.iter().enumerate().flat_map(move |(index, word)| {
            let mut left = word.load(Ordering::Acquire);
            if let Some(other) = within.and_then(|within| within.0.get(index)) {
                left &= other.load(Ordering::Acquire);
            }
            core::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                // Clears the lowest bit.
                left &= left.checked_sub(1)?;
                Slot::from_index(index.wrapping_mul(64).wrapping_add(bit))
            })
        })
    }
}
