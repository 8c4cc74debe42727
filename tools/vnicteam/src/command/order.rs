// SPDX-License-Identifier: GPL-2.0

//! move: VNICs are pinned to a member or set free (PLC-6).

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
use crate::model::snapshot::Snapshot;
use crate::source::{
    MoveOrder,
    Source,
    Which, //
};
use crate::view::units;
use clap::ArgMatches;
use serde_json::json;
use std::time::{
    Duration,
    Instant, //
};

/// The word for no member in particular.
const AUTO: &str = "auto";
/// Time between two looks while it waits.
const LOOK: Duration = Duration::from_millis(20);

pub fn run(source: &mut impl Source, words: &ArgMatches, out: &mut Output<'_>) -> Result<()> {
    let snapshot = source.snapshot()?;
    let to = cli::text(words, "to").unwrap_or(AUTO);
    let orders = match cli::text(words, "from") {
        Some(from) => vec![of_member(&snapshot, from, to)?],
        None => of_names(&snapshot, &cli::all(words, "VNIC"), to)?,
    };
    let mut pinned = 0u32;
    for order in &orders {
        pinned = pinned.saturating_add(source.move_vnics(order)?);
    }
    let wait = cli::duration(words, "wait");
    if !wait.is_zero() {
        arrival(source, &named(&snapshot, &orders), wait)?;
    }
    out.put(
        || json!({"pinned": pinned, "to": to}),
        |_| match to {
            AUTO => format!("{} set free\n", units::count(pinned as usize, "VNIC")),
            _ => format!("{} pinned to {to}\n", units::count(pinned as usize, "VNIC")),
        },
    )
}

/// One order for each team that the VNICs are of.
fn of_names(snapshot: &Snapshot, names: &[String], to: &str) -> Result<Vec<MoveOrder>> {
    let mut orders: Vec<MoveOrder> = Vec::new();
    for name in names {
        let Found::Vnic(team, vnic) = find::find(snapshot, name)? else {
            return Err(Error::Usage(format!(
                "{name} is no VNIC: use --from {name} for all VNICs that a member carries"
            )));
        };
        let to = target(snapshot, team.index, to)?;
        match orders.iter_mut().find(|order| order.team == team.index) {
            Some(MoveOrder {
                which: Which::Slots(slots),
                ..
            }) => {
                if !slots.contains(&vnic.slot) {
                    slots.push(vnic.slot);
                }
            }
            _ => orders.push(MoveOrder {
                team: team.index,
                which: Which::Slots(vec![vnic.slot]),
                to,
            }),
        }
    }
    Ok(orders)
}

fn of_member(snapshot: &Snapshot, from: &str, to: &str) -> Result<MoveOrder> {
    match find::find(snapshot, from)? {
        Found::Member(team, member) => Ok(MoveOrder {
            team: team.index,
            which: Which::From(member.index),
            to: target(snapshot, team.index, to)?,
        }),
        _ => Err(Error::Usage(format!("{from} is no member of a team"))),
    }
}

/// The ifindex of the member to move to; 0: automatic.
fn target(snapshot: &Snapshot, team: u32, to: &str) -> Result<u32> {
    if to == AUTO {
        return Ok(0);
    }
    match find::find(snapshot, to)? {
        Found::Member(of, member) if of.index == team => Ok(member.index),
        Found::Member(of, _) => Err(Error::Usage(format!(
            "{to} is a member of {}: a VNIC moves within its team only",
            of.name
        ))),
        _ => Err(Error::Usage(format!(
            "{to} is no member of a team: ip link set {to} master TEAM makes it one"
        ))),
    }
}

/// (team, slot, member) of each VNIC that is to be somewhere.
fn named(snapshot: &Snapshot, orders: &[MoveOrder]) -> Vec<(u32, u32, u32)> {
    let mut all = Vec::new();
    for order in orders.iter().filter(|order| order.to != 0) {
        let Some(team) = snapshot.team(order.team) else {
            continue;
        };
        for vnic in &team.vnics {
            let meant = match &order.which {
                Which::Slots(slots) => slots.contains(&vnic.slot),
                Which::From(member) => vnic.active_member == *member,
            };
            if meant {
                all.push((team.index, vnic.slot, order.to));
            }
        }
    }
    all
}

fn arrival(source: &mut impl Source, vnics: &[(u32, u32, u32)], wait: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        let snapshot = source.snapshot()?;
        let away = vnics.iter().find_map(|(team, slot, member)| {
            let vnic = snapshot.team(*team)?.vnic(*slot)?;
            (vnic.active_member != *member).then(|| vnic.label())
        });
        let Some(away) = away else {
            return Ok(());
        };
        if begun.elapsed() >= wait {
            return Err(Error::Failed(format!(
                "{away} is not there after {} s: vnicteam show tells whether the member is up",
                wait.as_secs_f64()
            )));
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::printed;
    use super::*;
    use crate::error::{
        NOT_FOUND,
        USAGE, //
    };
    use crate::model::sample;
    use crate::source::fake::Fake;

    fn ordered(words: &str) -> Result<Vec<MoveOrder>> {
        let mut fake = Fake::new([sample::snapshot()]);
        printed(&mut fake, words, run)?;
        Ok(fake.moves)
    }

    fn slots(slots: &[u32], to: u32) -> Vec<MoveOrder> {
        let which = Which::Slots(slots.to_vec());
        vec![MoveOrder { team: 5, which, to }]
    }

    #[test]
    fn vnics_are_named_by_slot_wherever_they_are() {
        let moves = ordered("vnicteam move vnic0 eth0@1 team0/4 --to eth2").unwrap();
        assert_eq!(moves, slots(&[1, 4], 12));
        assert_eq!(
            ordered("vnicteam move vnic1 --to auto").unwrap(),
            slots(&[2], 0)
        );
    }

    #[test]
    fn all_of_a_member() {
        let moves = ordered("vnicteam move --from eth1 --to eth2").unwrap();
        assert_eq!(moves[0].which, Which::From(11));
        assert_eq!(moves[0].to, 12);
    }

    #[test]
    fn wrong_names() {
        for (words, status) in [
            ("vnicteam move eth1 --to eth2", USAGE),
            ("vnicteam move vnic0 --to team0", USAGE),
            ("vnicteam move vnic0 --to vnic1", USAGE),
            ("vnicteam move vnic0 --to eth9", NOT_FOUND),
            ("vnicteam move vnic9 --to eth1", NOT_FOUND),
            ("vnicteam move --from vnic0 --to eth1", USAGE),
        ] {
            assert_eq!(ordered(words).unwrap_err().status(), status, "{words}");
        }
    }

    #[test]
    fn a_member_of_another_team() {
        let mut snapshot = sample::snapshot();
        let mut other = sample::snapshot().teams.remove(0);
        other.index = 50;
        other.name = "team1".into();
        other.members = vec![sample::member(
            9,
            crate::model::names::MemberState::Up,
            None,
        )];
        other.vnics.clear();
        snapshot.teams.push(other);
        let error = of_names(&snapshot, &["vnic0".into()], "eth9").unwrap_err();
        assert!(error.to_string().contains("member of team1"), "{error}");
    }

    #[test]
    fn it_waits_until_they_are_there() {
        let before = sample::snapshot();
        let mut after = sample::snapshot();
        after.teams[0].vnics[0].active_member = 12;
        let mut fake = Fake::new([before.clone(), before.clone(), after]);
        let words = "vnicteam move vnic0 --to eth2 --wait 3000";
        let text = printed(&mut fake, words, run).unwrap();
        assert_eq!(text, "1 VNIC pinned to eth2\n");
        assert_eq!(fake.snapshots.len(), 1);
        let mut fake = Fake::new([before]);
        let error = printed(&mut fake, "vnicteam move vnic0 --to eth2 --wait 0.01", run);
        assert!(error
            .unwrap_err()
            .to_string()
            .contains("vnic0 is not there"));
    }
}
