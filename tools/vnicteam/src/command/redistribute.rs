// SPDX-License-Identifier: GPL-2.0

//! redistribute: VNICs are spread evenly over the members (PLC-2, PLC-6).

use super::Output;
use crate::cli;
use crate::error::{
    Error,
    Result, //
};
use crate::model::find::{
    self,
    Found, //
};
use crate::source::Source;
use crate::view::units;
use clap::ArgMatches;
use serde_json::json;

pub fn run(source: &mut impl Source, words: &ArgMatches, out: &mut Output<'_>) -> Result<()> {
    let snapshot = source.snapshot()?;
    let names = cli::all(words, "TEAM");
    for name in &names {
        if !matches!(find::find(&snapshot, name)?, Found::Team(_)) {
            return Err(Error::Usage(format!("{name} is no team")));
        }
    }
    for index in find::teams(&snapshot, &names)? {
        let moves = source.redistribute(index)?;
        let name = snapshot.team(index).map(|team| team.name.as_str());
        let name = name.unwrap_or_default();
        out.put(
            || json!({"team": name, "moves": moves}),
            |_| format!("{name}: {}\n", units::count(moves as usize, "move")),
        )?;
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
    fn all_teams_or_those_named() {
        for words in ["vnicteam redistribute", "vnicteam redistribute team0 team0"] {
            let mut fake = Fake::new([sample::snapshot()]);
            printed(&mut fake, words, run).unwrap();
            assert_eq!(fake.redistributed, [5]);
        }
        let mut fake = Fake::new([sample::snapshot()]);
        assert!(printed(&mut fake, "vnicteam redistribute eth1", run).is_err());
        assert!(fake.redistributed.is_empty());
    }
}
