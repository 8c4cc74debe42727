// SPDX-License-Identifier: GPL-2.0

//! Exactly one copy of each multicast frame while two members are accepted (CLS-5).
//!
//! During the grace period of a planned move a multicast frame reaches the endpoint over the old
//! and the new member. This pairs the copies: a frame that was seen on one side waits for its
//! copy on the other, which is dropped. It never looks into frames; the data path gives a
//! fingerprint of each, under a lock of its own.
//!
//! The same frame sent twice is seen twice on each side and delivered twice, which a plain list
//! of fingerprints would get wrong. The limits: 32 frames wait for their copies at most (the
//! oldest is given up for another), and each for a set time at most.

/// How many frames can wait for their copies.
pub const DEPTH: usize = 32;

/// Over which member a frame came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The member that the endpoint moves away from.
    Old,
    /// The member that it has moved to.
    New,
}

/// A frame that was delivered and whose copy has not come yet.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    fingerprint: u64,
    side: Side,
    since_ns: u64,
    /// Counts up with each frame: the age among frames of one instant.
    serial: u64,
}

/// The frames of one endpoint's move.
#[derive(Clone, Debug)]
pub struct Dedup {
    waiting: [Option<Waiting>; DEPTH],
    window_ns: u64,
    serial: u64,
}

impl Dedup {
    /// Nothing waits. A copy counts as one if it comes within `window_ns` nanoseconds.
    pub const fn new(window_ns: u64) -> Self {
        Self {
            waiting: [None; DEPTH],
            window_ns,
            serial: 0,
        }
    }

    /// A frame that came over `side` at `now_ns` and is not for delivery in any case: if its copy
    /// was delivered, that no longer waits. Returns whether it did.
    pub fn forget(&mut self, fingerprint: u64, side: Side, now_ns: u64) -> bool {
        let window_ns = self.window_ns;
        let is_copy = |place: &&mut Option<Waiting>| {
            place.is_some_and(|one| {
                one.fingerprint == fingerprint
                    && one.side != side
                    && now_ns.saturating_sub(one.since_ns) <= window_ns
            })
        };
        match self.waiting.iter_mut().find(is_copy) {
            Some(place) => {
                *place = None;
                true
            }
            None => false,
        }
    }

    /// Whether to deliver a frame that came over `side` at `now_ns`.
    pub fn accept(&mut self, fingerprint: u64, side: Side, now_ns: u64) -> bool {
        if self.forget(fingerprint, side, now_ns) {
            return false;
        }
        self.serial = self.serial.wrapping_add(1);
        // Empty places come first, then the oldest; one that is too old is the oldest.
        let place = self
            .waiting
            .iter_mut()
            .min_by_key(|place| place.map(|one| one.serial));
        if let Some(place) = place {
            *place = Some(Waiting {
                fingerprint,
                side,
                since_ns: now_ns,
                serial: self.serial,
            });
        }
        true
    }
}
