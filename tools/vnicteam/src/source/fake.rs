// SPDX-License-Identifier: GPL-2.0

//! A source without a kernel: its answers are given before, its orders are read after.

use super::{
    Listener,
    MoveOrder,
    Source, //
};
use crate::error::{
    Error,
    Result, //
};
use crate::model::event::Notice;
use crate::model::snapshot::Snapshot;
use std::collections::VecDeque;

#[derive(Default)]
pub struct Fake {
    /// One after the other; the last one stays.
    pub snapshots: VecDeque<Snapshot>,
    pub moves: Vec<MoveOrder>,
    pub redistributed: Vec<u32>,
}

impl Fake {
    pub fn new(snapshots: impl IntoIterator<Item = Snapshot>) -> Fake {
        Fake {
            snapshots: snapshots.into_iter().collect(),
            ..Fake::default()
        }
    }
}

impl Source for Fake {
    fn snapshot(&mut self) -> Result<Snapshot> {
        if self.snapshots.len() > 1 {
            return self.snapshots.pop_front().ok_or(Error::NotLoaded);
        }
        self.snapshots.front().cloned().ok_or(Error::NotLoaded)
    }

    fn move_vnics(&mut self, order: &MoveOrder) -> Result<u32> {
        self.moves.push(order.clone());
        Ok(1)
    }

    fn redistribute(&mut self, team: u32) -> Result<u32> {
        self.redistributed.push(team);
        Ok(2)
    }
}

/// Ends with an error when all has been told.
pub struct FakeListener(pub VecDeque<Notice>);

impl Listener for FakeListener {
    fn next(&mut self) -> Result<Notice> {
        let silence = Error::Failed("nothing more happens".into());
        self.0.pop_front().ok_or(silence)
    }
}
