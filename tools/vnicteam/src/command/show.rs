// SPDX-License-Identifier: GPL-2.0

//! show: teams, members with load, and which VNIC is where.

use super::Output;
use crate::cli;
use crate::error::Result;
use crate::model::find;
use crate::model::rate::Rates;
use crate::source::Source;
use crate::view::{
    json,
    text, //
};
use clap::ArgMatches;
use std::time::Instant;

pub fn run(source: &mut impl Source, words: &ArgMatches, out: &mut Output<'_>) -> Result<()> {
    let names = cli::all(words, "NAME");
    let interval = cli::duration(words, "interval");
    let mut rates = Rates::default();
    let mut snapshot = source.snapshot()?;
    if !interval.is_zero() && !snapshot.teams.is_empty() {
        // A wrong name is told at once.
        find::select(&snapshot, &names)?;
        let begun = Instant::now();
        std::thread::sleep(interval);
        let now = source.snapshot()?;
        rates = Rates::between(&snapshot, &now, begun.elapsed());
        snapshot = now;
    }
    let selected = find::select(&snapshot, &names)?;
    let counters = cli::said(words, "stats");
    out.put(
        || json::teams(&selected, &rates),
        |style| text::teams(&selected, &rates, counters, style),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::printed;
    use super::*;
    use crate::model::sample;
    use crate::source::fake::Fake;
    use serde_json::Value;

    fn shown(words: &str) -> Result<String> {
        let mut later = sample::snapshot();
        later.teams[0].members[0].stats.set(2, 100_000_000);
        let mut fake = Fake::new([sample::snapshot(), later]);
        printed(&mut fake, words, run)
    }

    #[test]
    fn load_comes_from_two_looks() {
        let text = shown("vnicteam show -i 0.001 -j").unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value[0]["members"][0]["rate"]["rx_bits"].as_u64() > Some(0));
        assert_eq!(value[0]["members"][1]["rate"]["rx_bits"], 0);
    }

    #[test]
    fn without_an_interval_there_is_one_look() {
        let text = shown("vnicteam show -i 0").unwrap();
        assert!(text.starts_with("team0: "), "{text}");
        assert!(!text.contains("0%"), "{text}");
    }

    #[test]
    fn a_name_that_nothing_has() {
        for words in ["vnicteam show -i 0 eth9", "vnicteam show -i 3000 eth9"] {
            assert!(shown(words).is_err());
        }
    }

    #[test]
    fn no_teams_is_an_empty_list() {
        let mut fake = Fake::new([Default::default()]);
        assert_eq!(printed(&mut fake, "vnicteam show -j", run).unwrap(), "[]\n");
    }
}
