// SPDX-License-Identifier: GPL-2.0

//! watch: what `top` shows, for programs: one line of JSON for each look.

use super::Output;
use crate::cli;
use crate::error::Result;
use crate::model::find;
use crate::model::rate::Rates;
use crate::source::Source;
use crate::view::json;
use clap::ArgMatches;
use std::time::{
    Duration,
    Instant, //
};

/// The shortest time between two looks.
pub const LEAST: Duration = Duration::from_millis(100);

pub fn run(source: &mut impl Source, words: &ArgMatches, out: &mut Output<'_>) -> Result<()> {
    let names: Vec<_> = cli::text(words, "NAME")
        .map(String::from)
        .into_iter()
        .collect();
    let interval = cli::duration(words, "interval").max(LEAST);
    let mut old = source.snapshot()?;
    let mut left = cli::count(words);
    let teams = find::teams(&old, &names)?;
    while left != Some(0) {
        let begun = Instant::now();
        std::thread::sleep(interval);
        let new = source.snapshot()?;
        let rates = Rates::between(&old, &new, begun.elapsed());
        let shown = if names.is_empty() {
            new.clone()
        } else {
            new.only(&teams)
        };
        out.put(|| json::teams(&shown, &rates), |_| String::new())?;
        old = new;
        left = left.map(|left| left.saturating_sub(1));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::printed;
    use super::*;
    use crate::model::sample;
    use crate::source::fake::Fake;

    #[test]
    fn one_line_for_each_look() {
        let mut fake = Fake::new([sample::snapshot()]);
        let text = printed(&mut fake, "vnicteam -j top -n 2 -i 0 eth1", run).unwrap();
        assert_eq!(text.lines().count(), 2);
        let value: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(value[0]["members"][0]["rate"]["rx_bits"], 0);
    }
}
