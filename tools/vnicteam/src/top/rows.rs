// SPDX-License-Identifier: GPL-2.0

//! Rows: which VNICs are listed, in which order.

use crate::model::rate::Rates;
use crate::model::snapshot::{
    Team,
    Vnic, //
};
use std::cmp::Reverse;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sort {
    Load,
    Name,
    Member,
    Moves,
}

impl Sort {
    pub fn next(self) -> Sort {
        match self {
            Sort::Load => Sort::Name,
            Sort::Name => Sort::Member,
            Sort::Member => Sort::Moves,
            Sort::Moves => Sort::Load,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Sort::Load => "load",
            Sort::Name => "name",
            Sort::Member => "member",
            Sort::Moves => "moves",
        }
    }
}

/// Those that have the filter's text in their name, address or member's name.
pub fn rows<'a>(team: &'a Team, rates: &Rates, sort: Sort, filter: &str) -> Vec<&'a Vnic> {
    let load = |vnic: &Vnic| {
        let rate = rates.vnic(team.index, vnic.slot, vnic.index);
        rate.map_or(0, |rate| rate.bits())
    };
    let member = |vnic: &Vnic| team.member_name(vnic.active_member);
    let matches = |vnic: &&Vnic| {
        let member = member(vnic).unwrap_or_default();
        [vnic.label(), vnic.mac(), member]
            .iter()
            .any(|text| text.contains(filter))
    };
    let mut rows: Vec<_> = team.vnics.iter().filter(matches).collect();
    // Stable: by slot within.
    match sort {
        Sort::Load => rows.sort_by_key(|vnic| Reverse(load(vnic))),
        Sort::Name => rows.sort_by_cached_key(|vnic| vnic.label()),
        Sort::Member => rows.sort_by_cached_key(|vnic| member(vnic)),
        Sort::Moves => rows.sort_by_key(|vnic| Reverse(vnic.moves)),
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use std::time::Duration;

    fn slots(sort: Sort, filter: &str) -> Vec<u32> {
        let old = sample::snapshot();
        let mut new = sample::snapshot();
        new.teams[0].vnics[3].stats.set(4, 5_000);
        new.teams[0].vnics[2].stats.set(2, 3_000);
        let rates = Rates::between(&old, &new, Duration::from_secs(1));
        let rows = rows(&new.teams[0], &rates, sort, filter);
        rows.iter().map(|vnic| vnic.slot).collect()
    }

    #[test]
    fn each_order() {
        assert_eq!(slots(Sort::Load, ""), [4, 3, 1, 2, 5]);
        assert_eq!(slots(Sort::Name, ""), [5, 3, 4, 1, 2]);
        assert_eq!(slots(Sort::Member, ""), [5, 1, 3, 2, 4]);
        assert_eq!(slots(Sort::Moves, ""), [2, 1, 3, 4, 5]);
    }

    #[test]
    fn a_filter_is_of_name_address_and_member() {
        assert_eq!(slots(Sort::Load, "eth0@"), [4, 3]);
        assert_eq!(slots(Sort::Load, "00:02"), [2]);
        assert_eq!(slots(Sort::Name, "eth2"), [4, 2]);
        assert_eq!(slots(Sort::Name, "zzz"), [0u32; 0]);
    }
}
