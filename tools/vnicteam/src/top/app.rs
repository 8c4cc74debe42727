// SPDX-License-Identifier: GPL-2.0

//! App: what top shows and what it asks. Pure: no terminal, no kernel, no clock.

use super::dialog::Dialog;
use super::rows::{
    self,
    Sort, //
};
use crate::model::event::Event;
use crate::model::names::EventKind;
use crate::model::rate::Rates;
use crate::model::sequence::{
    Place,
    Sequence, //
};
use crate::model::snapshot::{
    Snapshot,
    Team,
    Vnic, //
};
use crate::source::MoveOrder;
use crate::view::style::Tone;
use crate::view::text;
use std::collections::{
    HashMap,
    VecDeque, //
};
use std::time::{
    Duration,
    Instant, //
};

/// How many events are kept to be shown.
const KEPT: usize = 100;
/// How long a VNIC that has moved stands out.
const FRESH: Duration = Duration::from_secs(5);

/// What the kernel is to do; with the name to say it by.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Move(MoveOrder, String),
    Redistribute(u32, String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Quit,
    Suspend,
    /// What is shown is old.
    Look,
    Order(Order),
}

pub struct App {
    pub interval: Duration,
    pub snapshot: Snapshot,
    pub rates: Rates,
    /// The ifindex of the team that is shown.
    pub team: u32,
    pub sort: Sort,
    pub filter: String,
    /// The slot of the VNIC that is chosen.
    pub chosen: Option<u32>,
    pub paused: bool,
    pub dialog: Dialog,
    pub message: Option<String>,
    /// Of all teams, the newest first.
    pub events: VecDeque<(Tone, String)>,
    sequence: Sequence,
    /// When a VNIC has moved, by team and slot.
    moved: HashMap<(u32, u32), Instant>,
}

impl App {
    pub fn new(interval: Duration) -> App {
        App {
            interval,
            snapshot: Snapshot::default(),
            rates: Rates::default(),
            team: 0,
            sort: Sort::Load,
            filter: String::new(),
            chosen: None,
            paused: false,
            dialog: Dialog::None,
            message: None,
            events: VecDeque::new(),
            sequence: Sequence::default(),
            moved: HashMap::new(),
        }
    }

    // --- what is shown ---

    pub fn shown(&self) -> Option<&Team> {
        let named = self.snapshot.team(self.team);
        named.or(self.snapshot.teams.first())
    }

    pub fn rows(&self) -> Vec<&Vnic> {
        let rows = |team| rows::rows(team, &self.rates, self.sort, &self.filter);
        self.shown().map(rows).unwrap_or_default()
    }

    /// The place of the chosen VNIC among the rows.
    pub fn position(&self, rows: &[&Vnic]) -> Option<usize> {
        let slot = self.chosen?;
        rows.iter().position(|vnic| vnic.slot == slot)
    }

    pub fn chosen_vnic(&self) -> Option<&Vnic> {
        let rows = self.rows();
        self.position(&rows).and_then(|at| rows.get(at).copied())
    }

    pub fn has_just_moved(&self, team: u32, slot: u32, now: Instant) -> bool {
        let when = self.moved.get(&(team, slot));
        when.is_some_and(|when| now.saturating_duration_since(*when) < FRESH)
    }

    // --- what comes in ---

    pub fn look(&mut self, snapshot: Snapshot, rates: Option<Rates>) {
        if self.paused {
            return;
        }
        // Events that this look has told are still told as they come: they are what was missed.
        self.snapshot = snapshot;
        self.rates = rates.unwrap_or(std::mem::take(&mut self.rates));
        if self.shown().is_some_and(|team| team.index != self.team) {
            self.team = self.shown().map_or(0, |team| team.index);
            self.chosen = None;
        }
    }

    pub fn happened(&mut self, event: &Event, now: Instant) {
        if self.sequence.place(event) == Place::AfterGap {
            // The first that is heard of a team follows on whatever was before.
            if self.sequence.begin_with(event) {
                self.tell_lost();
            }
        }
        if let (EventKind::VnicMoved | EventKind::VnicActive, Some(slot)) = (event.kind, event.slot)
        {
            self.moved
                .retain(|_, when| now.saturating_duration_since(*when) < FRESH);
            self.moved.insert((event.team.index, slot), now);
        }
        let line = format!("{}: {}", event.team.name, text::deed(event));
        self.tell(text::event_tone(event), line);
    }

    pub fn tell_lost(&mut self) {
        self.tell(Tone::Warning, "some events were lost".into());
    }

    fn tell(&mut self, tone: Tone, line: String) {
        if !self.paused {
            self.events.truncate(KEPT - 1);
            self.events.push_front((tone, line));
        }
    }

    // --- what keys change ---

    /// Chooses the VNIC so many rows further down.
    pub fn choose(&mut self, by: isize) {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        let at = match self.position(&rows) {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => 0,
        };
        self.chosen = rows.get(at).map(|vnic| vnic.slot);
    }

    pub fn next_team(&mut self) {
        let teams = &self.snapshot.teams;
        let at = teams.iter().position(|team| team.index == self.team);
        let next = at.map_or(0, |at| at + 1);
        if let Some(team) = teams.get(next).or(teams.first()) {
            self.team = team.index;
            self.chosen = None;
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::model::sample;

    pub fn app() -> App {
        let mut app = App::new(Duration::from_secs(1));
        app.look(sample::snapshot(), None);
        app
    }

    #[test]
    fn a_choice_stays_with_its_vnic() {
        let mut app = app();
        app.choose(1);
        assert_eq!(app.chosen, Some(1));
        app.choose(1);
        assert_eq!(app.chosen, Some(2));
        app.sort = Sort::Moves;
        assert_eq!(app.chosen_vnic().map(|vnic| vnic.slot), Some(2));
        app.choose(-9);
        assert_eq!(app.chosen, Some(2));
        app.choose(99);
        assert_eq!(app.chosen, Some(5));
        app.filter = "nothing".into();
        assert_eq!(app.chosen_vnic(), None);
        app.choose(1);
        assert_eq!(app.chosen, None);
    }

    #[test]
    fn a_pause_keeps_the_picture() {
        let mut app = app();
        app.paused = true;
        app.look(Snapshot::default(), None);
        app.happened(&sample::moved(1), Instant::now());
        assert_eq!(app.snapshot.teams.len(), 1);
        assert!(app.events.is_empty());
    }

    #[test]
    fn moves_are_told_and_stand_out() {
        let mut app = app();
        let now = Instant::now();
        app.happened(&sample::moved(7), now);
        assert!(app.has_just_moved(5, 1, now));
        assert!(!app.has_just_moved(5, 1, now + FRESH));
        assert!(app.events[0].1.starts_with("team0: vnic0 moved"));
        app.happened(&sample::moved(9), now);
        let lost = app.events.iter().filter(|(_, line)| line.contains("lost"));
        assert_eq!(lost.count(), 1);
        for seq in 10..500 {
            app.happened(&sample::moved(seq), now);
        }
        assert_eq!(app.events.len(), KEPT);
    }

    #[test]
    fn a_team_that_is_gone_gives_way() {
        let mut app = app();
        app.choose(1);
        let mut other = sample::snapshot();
        other.teams[0].index = 50;
        app.look(other, None);
        assert_eq!((app.team, app.chosen), (50, None));
        app.look(Snapshot::default(), None);
        assert!(app.shown().is_none());
        app.next_team();
        app.choose(1);
        assert!(app.rows().is_empty());
    }
}
