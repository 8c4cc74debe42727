// SPDX-License-Identifier: GPL-2.0

//! monitor: events as they happen. When some were lost it says so and tells the present state
//! instead (CTL-3).

use super::Output;
use crate::cli;
use crate::error::Result;
use crate::model::event::{
    Event,
    Notice, //
};
use crate::model::find;
use crate::model::rate::Rates;
use crate::model::sequence::{
    Place,
    Sequence, //
};
use crate::model::snapshot::Snapshot;
use crate::source::{
    Listener,
    Source, //
};
use crate::view::units;
use crate::view::{
    json,
    text, //
};
use clap::ArgMatches;

struct Monitor<'a, 'b> {
    names: Vec<String>,
    left: Option<u64>,
    sequence: Sequence,
    out: &'a mut Output<'b>,
}

/// The listener hears since before the first look, so that nothing is between the two.
pub fn run(
    source: &mut impl Source,
    listener: &mut dyn Listener,
    words: &ArgMatches,
    out: &mut Output<'_>,
) -> Result<()> {
    let mut monitor = Monitor {
        names: cli::all(words, "NAME"),
        left: cli::count(words),
        sequence: Sequence::default(),
        out,
    };
    let snapshot = source.snapshot()?;
    monitor.sequence.resynchronise(&snapshot);
    if cli::said(words, "state") {
        monitor.state(&snapshot, 0)?;
    }
    while monitor.left != Some(0) {
        match listener.next()? {
            Notice::Overrun => monitor.resynchronise(source)?,
            Notice::Event(event) => match monitor.sequence.place(&event) {
                Place::Next => monitor.event(&event)?,
                Place::Known => (),
                Place::AfterGap => {
                    monitor.resynchronise(source)?;
                    // It may be newer than the state.
                    if monitor.sequence.place(&event) == Place::Next {
                        monitor.event(&event)?;
                    }
                }
            },
        }
    }
    Ok(())
}

impl Monitor<'_, '_> {
    fn event(&mut self, event: &Event) -> Result<()> {
        if !event.is_about(&self.names) {
            return Ok(());
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.out.put(
            || json::event(event),
            |style| format!("{}\n", text::event(event, style)),
        )
    }

    fn resynchronise(&mut self, source: &mut impl Source) -> Result<()> {
        let snapshot = source.snapshot()?;
        let lost = self.sequence.resynchronise(&snapshot);
        self.state(&snapshot, lost)
    }

    fn state(&mut self, snapshot: &Snapshot, lost: u64) -> Result<()> {
        // What was named may have gone meanwhile.
        let shown = find::select(snapshot, &self.names).unwrap_or_default();
        self.out.put(
            || json::state(&shown, lost),
            |style| {
                let heading = match lost {
                    0 => "# this is the state:\n".into(),
                    _ => format!(
                        "# {} lost; this is the state now:\n",
                        units::count(lost as usize, "event")
                    ),
                };
                heading + &text::teams(&shown, &Rates::default(), false, style)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::printed;
    use super::*;
    use crate::model::sample;
    use crate::source::fake::{
        Fake,
        FakeListener, //
    };

    fn at(seq: u64) -> Snapshot {
        let mut snapshot = sample::snapshot();
        snapshot.teams[0].event_seq = seq;
        snapshot
    }

    fn heard(words: &str, snapshots: Vec<Snapshot>, notices: Vec<Notice>) -> Vec<String> {
        let mut fake = Fake::new(snapshots);
        let mut listener = FakeListener(notices.into());
        let text = printed(&mut fake, words, |source, words, out| {
            // Ends when the listener has no more.
            let _ = run(source, &mut listener, words, out);
            Ok(())
        });
        text.unwrap().lines().map(String::from).collect()
    }

    fn event(seq: u64) -> Notice {
        Notice::Event(Box::new(sample::moved(seq)))
    }

    #[test]
    fn events_that_the_first_look_has_told_are_left_out() {
        let lines = heard(
            "vnicteam monitor -j",
            vec![at(5)],
            vec![event(4), event(5), event(6)],
        );
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("\"seq\":6"), "{lines:?}");
    }

    #[test]
    fn a_gap_is_told_with_the_state() {
        let lines = heard(
            "vnicteam monitor -j",
            vec![at(5), at(8)],
            vec![event(6), event(8), event(9)],
        );
        let kinds: Vec<_> = lines
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|value| (value["event"].clone(), value["lost"].clone()))
            .collect();
        assert_eq!(kinds.len(), 3);
        assert_eq!(kinds[1].0, "state");
        assert_eq!(kinds[1].1, 2);
    }

    #[test]
    fn an_event_that_is_newer_than_the_state_is_told_too() {
        let lines = heard("vnicteam monitor", vec![at(5), at(7)], vec![event(8)]);
        assert_eq!(lines[0], "# 2 events lost; this is the state now:");
        assert!(lines.last().unwrap().contains("vnic0 moved"), "{lines:?}");
    }

    #[test]
    fn an_overrun_is_told() {
        let lines = heard(
            "vnicteam monitor",
            vec![at(1), at(1001)],
            vec![Notice::Overrun, event(500), event(1002)],
        );
        assert_eq!(lines[0], "# 1000 events lost; this is the state now:");
        let moved = lines.iter().filter(|line| line.contains("moved from"));
        assert_eq!(moved.count(), 1);
    }

    #[test]
    fn names_choose_and_count_ends() {
        let other = |seq| {
            let mut event = sample::moved(seq);
            event.vnic = sample::device(99, "vnic9");
            event.slot = Some(9);
            event.from = None;
            Notice::Event(Box::new(event))
        };
        let lines = heard(
            "vnicteam monitor vnic0 -n 1",
            vec![at(1)],
            vec![other(2), event(3), event(4)],
        );
        assert_eq!(lines.len(), 1);
        let lines = heard(
            "vnicteam monitor team0/9 eth1",
            vec![at(1)],
            vec![other(2), event(3)],
        );
        assert_eq!(lines.len(), 2);
    }
}
