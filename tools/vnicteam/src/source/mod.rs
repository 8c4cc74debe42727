// SPDX-License-Identifier: GPL-2.0

//! Source: who tells what there is and carries out orders. The kernel is one; tests have another.

pub mod netlink;

#[cfg(test)]
pub mod fake;

use crate::error::Result;
use crate::model::event::Notice;
use crate::model::snapshot::Snapshot;

/// Which VNICs are to be moved; all are of one team.
#[derive(Clone, Debug, PartialEq)]
pub enum Which {
    Slots(Vec<u32>),
    /// All that this member carries.
    From(u32),
}

/// Pins VNICs to a member, 0: sets them free.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveOrder {
    pub team: u32,
    pub which: Which,
    pub to: u32,
}

pub trait Source {
    /// All teams. At least as new as the `event_seq` of each team says.
    fn snapshot(&mut self) -> Result<Snapshot>;

    /// Returns how many pins were set.
    fn move_vnics(&mut self, order: &MoveOrder) -> Result<u32>;

    /// Returns how many VNICs are to move.
    fn redistribute(&mut self, team: u32) -> Result<u32>;
}

pub trait Listener: Send {
    /// Waits for what happens next.
    fn next(&mut self) -> Result<Notice>;
}
