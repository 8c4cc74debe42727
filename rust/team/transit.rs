// SPDX-License-Identifier: GPL-2.0

//! What a planned move needs so that nothing is lost, doubled or overtaken (PLC-5).
//!
//! Inbound, multicasts come over the old and the new member: copies are paired. Outbound, frames
//! that are still queued at the old member must not be overtaken by later ones over the new: these
//! are held until the old member's queues have drained.

use super::{
    member::Member,
    team::MSEC, //
};
use crate::{
    logic::dedup::{
        Dedup,
        Side, //
    },
    net::{
        clock,
        skb::{
            DropReason,
            SkBuffList, //
        },
        RcuArc,
        SkBuff, //
    },
};
use core::sync::atomic::{
    AtomicU64,
    AtomicUsize,
    Ordering, //
};
use kernel::{
    new_spinlock,
    prelude::*,
    sync::SpinLock, //
};

/// How long the copies of a multicast are apart at most, in ns.
const COPY_WINDOW: u64 = 50 * MSEC;

/// How many frames are held at most; a queue of a NIC is not longer.
const HELD_MAX: usize = 4096;

/// The frames of an endpoint that wait for the old member.
struct Held {
    /// Whether frames are to wait.
    active: bool,
    frames: SkBuffList,
}

/// The state of an endpoint on its way from one member to another.
#[pin_data]
pub(super) struct Transit {
    /// Taken in softirq only.
    #[pin]
    copies: SpinLock<Dedup>,
    /// From when on no copies have to be looked for, in ns.
    until: AtomicU64,
    /// The index of the new member.
    to: AtomicUsize,
    /// Taken with BH off only.
    #[pin]
    held: SpinLock<Held>,
}

impl Transit {
    /// The state of an endpoint that does not move.
    pub(super) fn new() -> Result<RcuArc<Self>> {
        RcuArc::pin_init(pin_init!(Self {
            copies <- new_spinlock!(Dedup::new(COPY_WINDOW)),
            until: AtomicU64::new(0),
            to: AtomicUsize::new(usize::MAX),
            held <- new_spinlock!(Held {
                active: false,
                frames: SkBuffList::new(),
            }),
        }))
    }

    /// A move to `to` begins, which is over at `until` ns: copies are paired till then, and for as
    /// long after as they can be apart.
    pub(super) fn begin(&self, to: &Member, until: u64) {
        self.to.store(to.id.index(), Ordering::Relaxed);
        let until = until.saturating_add(COPY_WINDOW);
        self.until.store(until, Ordering::Release);
    }

    /// Whether a multicast that came over `member` is to be delivered, which is `accepted` or not:
    /// it is, unless its copy was.
    pub(super) fn takes_copy(
        &self,
        member: &Member,
        accepted: bool,
        fingerprint: impl FnOnce() -> u64,
    ) -> bool {
        let now = clock::now_ns();
        if now >= self.until.load(Ordering::Acquire) {
            return accepted;
        }
        let side = if self.to.load(Ordering::Relaxed) == member.id.index() {
            Side::New
        } else {
            Side::Old
        };
        let fingerprint = fingerprint();
        let mut copies = self.copies.lock();
        if accepted {
            copies.accept(fingerprint, side, now)
        } else {
            // Not delivered, so its copy must be; if that was, it no longer waits for this one.
            copies.forget(fingerprint, side, now);
            false
        }
    }

    /// From now on frames wait. With BH off.
    pub(super) fn hold(&self) {
        self.held.lock().active = true;
    }

    /// Has `skb` wait; gives it back if frames do not wait. With BH off.
    pub(super) fn wait(&self, skb: SkBuff) -> Result<(), SkBuff> {
        let mut held = self.held.lock();
        if !held.active {
            return Err(skb);
        }
        if held.frames.len() >= HELD_MAX {
            skb.discard(DropReason::NotReady);
        } else {
            held.frames.push(skb);
        }
        Ok(())
    }

    /// The frames that wait; or, if none is left, frames no longer wait and `resume` is called
    /// before any can pass. With BH off.
    pub(super) fn take_held(&self, resume: impl FnOnce()) -> Option<SkBuffList> {
        let mut held = self.held.lock();
        if held.active && held.frames.len() != 0 {
            return Some(held.frames.take());
        }
        held.active = false;
        resume();
        None
    }
}
