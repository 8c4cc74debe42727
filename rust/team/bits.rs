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

    /// Whether `slot` is in.
    pub(super) fn has(&self, slot: Slot) -> bool {
        let bit = 1u64.wrapping_shl(slot.index() as u32);
        self.0
            .get(slot.index() / 64)
            .is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    /// How many slots are in.
    #[inline]
    pub(super) fn count(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, word| {
            sum.wrapping_add(word.load(Ordering::Relaxed).count_ones())
        })
    }

    /// Whether no slot is in.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| word.load(Ordering::Relaxed) == 0)
    }

    /// The slots in the set, in ascending order; with `within`, those that are in both.
    pub(super) fn iter<'a>(&'a self, within: Option<&'a SlotBits>) -> Slots<'a> {
        Slots {
            set: self,
            within,
            next_word: 0,
            left: 0,
        }
    }
}

/// Slots of a set, each word of which is read when its turn comes.
#[derive(Clone)]
pub(super) struct Slots<'a> {
    set: &'a SlotBits,
    within: Option<&'a SlotBits>,
    next_word: usize,
    /// What is left of the word before.
    left: u64,
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        while self.left == 0 {
            let load = |set: &SlotBits| Some(set.0.get(self.next_word)?.load(Ordering::Acquire));
            let within = self.within.map_or(Some(u64::MAX), load)?;
            self.left = load(self.set)? & within;
            self.next_word = self.next_word.wrapping_add(1);
        }
        let bit = self.left.trailing_zeros() as usize;
        // Clears the lowest bit, which is set.
        self.left &= self.left.wrapping_sub(1);
        Slot::from_index(
            self.next_word
                .wrapping_mul(64)
                .wrapping_sub(64)
                .wrapping_add(bit),
        )
    }
}
