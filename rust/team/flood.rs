// SPDX-License-Identifier: GPL-2.0

//! Broadcasts and multicasts to many endpoints (CLS-5, VNIC-4).
//!
//! A frame for a few is cloned on the spot. One for hundreds would keep softirqs off for too long,
//! and overrun the queue that the core has for each CPU: it waits for a work item, which lets the
//! stack take each clone before it makes the next.

use super::{
    dropped::Dropped,
    endpoint::Endpoint,
    team::Team, //
};
use crate::{
    logic::limits::{
        MemberId,
        Slot, //
    },
    net::{
        skb::SkBuffList,
        work::{
            HasWork,
            Work, //
        },
        Rcu,
        RcuArc,
        SkBuff, //
    },
};
use core::sync::atomic::Ordering;
use kernel::{
    new_spinlock,
    prelude::*,
    sync::SpinLock, //
};

/// Frames for more endpoints than this wait.
pub(super) const FEW: u32 = 64;

/// How many frames wait at most.
const MOST: usize = 1000;

/// Where a frame came from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// An endpoint here.
    Endpoint(Slot),
    /// The network, over this member.
    Member(MemberId),
}

impl Origin {
    const MEMBER: u32 = 1 << 16;

    fn to_note(self) -> u32 {
        match self {
            Self::Endpoint(slot) => slot.index() as u32,
            Self::Member(id) => Self::MEMBER | id.index() as u32,
        }
    }

    fn from_note(note: u32) -> Option<Self> {
        let index = (note & !Self::MEMBER) as usize;
        if note & Self::MEMBER == 0 {
            Slot::from_index(index).map(Self::Endpoint)
        } else {
            MemberId::from_index(index).map(Self::Member)
        }
    }
}

/// Frames that wait.
#[pin_data]
pub(super) struct Waiting {
    /// Taken with BH off only.
    #[pin]
    frames: SpinLock<SkBuffList>,
}

/// The work of flooding, beside the monitor's.
pub(super) const FLOOD: u8 = 1;

/// The frames of a team that wait, and who attends to them.
pub(super) struct Flood {
    waiting: RcuArc<Waiting>,
    pub(super) work: Work<Team, FLOOD>,
}

impl Flood {
    /// Nothing waits.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            waiting: RcuArc::pin_init(pin_init!(Waiting {
                frames <- new_spinlock!(SkBuffList::new()),
            }))?,
            work: Work::new()?,
        })
    }

    /// Has `skb` wait. Returns whether it does: it is lost if too many do already. With BH off.
    pub(super) fn add(team: &RcuArc<Team>, mut skb: SkBuff, origin: Origin) -> bool {
        // Nothing that may go meanwhile is to be reached through the frame: the team's netdev
        // stays until nothing waits.
        skb.detach(&team.dev);
        skb.set_note(origin.to_note());
        let mut frames = team.flood.waiting.frames.lock();
        if frames.len() < MOST {
            frames.push(skb);
            drop(frames);
            team.flood.work.queue(team);
            true
        } else {
            drop(frames);
            team.dev.count_rx_dropped();
            skb.discard(Dropped::RxFlood.reason());
            false
        }
    }

    /// Nothing waits any more, nor will.
    pub(super) fn end(&self) {
        self.work.end();
        drop(Rcu::read_bh(|_| self.waiting.frames.lock().take()));
    }
}

impl HasWork<FLOOD> for Team {
    fn work(this: RcuArc<Self>) {
        let frames = Rcu::read_bh(|_| this.flood.waiting.frames.lock().take());
        frames.for_each(|skb| {
            let origin = Origin::from_note(skb.note());
            if let Some(origin) = origin.filter(|_| !this.leaving.load(Ordering::Relaxed)) {
                flood(&this, &skb, origin);
            }
            skb.consume();
        });
    }
}

fn flood(team: &Team, skb: &SkBuff, origin: Origin) {
    for slot in Slot::all() {
        // BH is on in between: what the core has queued for this CPU is taken.
        Rcu::read_bh(|rcu| {
            let Some(endpoint) = team.endpoint(slot, rcu) else {
                return;
            };
            match origin {
                Origin::Endpoint(source) => flood_from(team, source, skb, endpoint, rcu),
                Origin::Member(id) => {
                    if let Some(member) = team.member_place(id).and_then(|place| place.get(rcu)) {
                        member.deliver_flooded(skb, endpoint, rcu);
                    }
                }
            }
        });
    }
}

fn flood_from(team: &Team, source: Slot, skb: &SkBuff, endpoint: &Endpoint, rcu: &Rcu) {
    let Some(source) = team.endpoint(source, rcu) else {
        return;
    };
    if team.bridged.has(endpoint.slot) {
        source.flood_to(skb, endpoint, rcu);
    }
}
