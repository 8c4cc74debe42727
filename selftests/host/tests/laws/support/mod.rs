// SPDX-License-Identifier: GPL-2.0

//! What the engine's tests share: a naive model of what a team is, and a driver that carries out
//! actions on paper and checks each against its books. The fuzz targets use it too.

#![allow(dead_code, reason = "the fuzz targets use a part")]

pub mod bytes;
pub mod driver;
pub mod model;
#[cfg(not(fuzzing))]
pub mod strategies;

use vnicteam_logic::logic::engine::Event;
use vnicteam_logic::logic::limits::{
    MemberId,
    Slot, //
};

pub fn member(id: u8) -> MemberId {
    MemberId::new(id).expect("a member's number")
}

pub fn slot(slot: u16) -> Slot {
    Slot::new(slot).expect("a slot's number")
}

/// One thing that happens to a team.
#[derive(Clone, Debug)]
pub enum Op {
    /// An event; the driver does not poll.
    Event(Event),
    /// The driver carries out so many actions at most.
    Poll(u8),
    /// The driver carries out all there is.
    Drain,
    /// Time passes, in milliseconds.
    Advance(u64),
    /// Time passes to the next deadline, and the driver does all there is.
    Deadline,
    /// Nothing more happens until all moves are done.
    Quiesce,
    /// Settle time and grace period are changed, in milliseconds.
    Config(u64, u64),
}
