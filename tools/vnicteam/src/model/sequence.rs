// SPDX-License-Identifier: GPL-2.0

//! Sequence: whether an event is the next one of its team. A gap is a loss (CTL-3).

use super::event::Event;
use super::snapshot::Snapshot;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Sequence(HashMap<u32, u64>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    Next,
    /// A snapshot has told this already.
    Known,
    /// Events before it are missing.
    AfterGap,
}

impl Sequence {
    /// Where an event stands. The first event of a team is always a new one: another team may have
    /// had its ifindex.
    pub fn place(&mut self, event: &Event) -> Place {
        let last = self.0.entry(event.team.index).or_insert(0);
        if event.seq == 1 || event.seq == last.saturating_add(1) {
            *last = event.seq;
            Place::Next
        } else if event.seq <= *last {
            Place::Known
        } else {
            Place::AfterGap
        }
    }

    /// Goes on from this event. Returns whether others of its team were heard before.
    pub fn begin_with(&mut self, event: &Event) -> bool {
        let last = self.0.insert(event.team.index, event.seq);
        last.is_some_and(|last| last > 0)
    }

    /// Goes on from a snapshot. Returns how many events were missed of teams that are still there.
    pub fn resynchronise(&mut self, snapshot: &Snapshot) -> u64 {
        let mut missed = 0u64;
        let mut now = HashMap::new();
        for team in &snapshot.teams {
            let last = self.0.get(&team.index).copied().unwrap_or(0);
            missed = missed.saturating_add(team.event_seq.saturating_sub(last));
            now.insert(team.index, team.event_seq);
        }
        self.0 = now;
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_gap_is_seen_and_a_snapshot_closes_it() {
        let mut sequence = Sequence::default();
        let mut snapshot = sample::snapshot();
        snapshot.teams[0].event_seq = 5;
        sequence.resynchronise(&snapshot);
        assert_eq!(sequence.place(&sample::moved(5)), Place::Known);
        assert_eq!(sequence.place(&sample::moved(6)), Place::Next);
        assert_eq!(sequence.place(&sample::moved(9)), Place::AfterGap);
        snapshot.teams[0].event_seq = 10;
        assert_eq!(sequence.resynchronise(&snapshot), 4);
        assert_eq!(sequence.place(&sample::moved(9)), Place::Known);
        assert_eq!(sequence.place(&sample::moved(11)), Place::Next);
    }

    #[test]
    fn a_new_team_begins_with_one() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.place(&sample::moved(2)), Place::AfterGap);
        assert_eq!(sequence.place(&sample::moved(1)), Place::Next);
        assert_eq!(sequence.place(&sample::moved(2)), Place::Next);
        // Another team with the same ifindex.
        assert_eq!(sequence.place(&sample::moved(1)), Place::Next);
    }

    #[test]
    fn the_highest_number_is_followed_by_none() {
        let mut sequence = Sequence::default();
        let mut snapshot = sample::snapshot();
        snapshot.teams[0].event_seq = u64::MAX;
        sequence.resynchronise(&snapshot);
        assert_eq!(sequence.place(&sample::moved(u64::MAX - 1)), Place::Known);
    }
}
