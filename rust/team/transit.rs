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
        skb::SkBuffList,
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
    /// Taken with BH off only.
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

    /// A move to `to` begins: copies are paired till it ends.
    pub(super) fn begin(&self, to: &Member) {
        self.to.store(to.id.index(), Ordering::Relaxed);
        self.until.store(u64::MAX, Ordering::Release);
    }

    /// The move has ended: copies are paired for as long as they can still come.
    pub(super) fn end(&self) {
        if self.until.load(Ordering::Relaxed) != 0 {
            let until = clock::now_ns().saturating_add(COPY_WINDOW);
            self.until.store(until, Ordering::Release);
        }
    }

    /// Whether a multicast that came over `member` is to be delivered, which is `accepted` or not:
    /// it is, unless its copy was.
    pub(super) fn takes_copy(
        &self,
        member: &Member,
        accepted: bool,
        fingerprint: impl FnOnce() -> u64,
    ) -> bool {
        let until = self.until.load(Ordering::Acquire);
        if until == 0 {
            return accepted;
        }
        let now = clock::now_ns();
        if now >= until {
            // Nothing to look for any more, unless the next move has just begun.
            let _ = self
                .until
                .compare_exchange(until, 0, Ordering::Relaxed, Ordering::Relaxed);
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

    /// Has `skb` wait; gives it back if it cannot. With BH off.
    pub(super) fn wait(&self, skb: SkBuff) -> Waiting {
        let mut held = self.held.lock();
        if !held.active {
            Waiting::NotNeeded(skb)
        } else if held.frames.len() >= HELD_MAX {
            Waiting::Full(skb)
        } else {
            held.frames.push(skb);
            Waiting::Taken
        }
    }

    /// The frames that wait. If there are none, or these are to be the `last`, frames no longer
    /// wait: `resume` is called before any can pass. With BH off.
    pub(super) fn take_held(&self, last: bool, resume: impl FnOnce()) -> Option<SkBuffList> {
        let mut held = self.held.lock();
        let frames = held.frames.take();
        let more = held.active && frames.len() != 0;
        if !more || last {
            held.active = false;
            resume();
        }
        more.then_some(frames)
    }
}

/// What became of a frame that was to wait.
pub(super) enum Waiting {
    /// It waits.
    Taken,
    /// No frame waits: it may go.
    NotNeeded(SkBuff),
    /// Too many frames wait.
    Full(SkBuff),
}
