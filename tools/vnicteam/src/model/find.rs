// SPDX-License-Identifier: GPL-2.0

//! Find: what a name stands for. Everybody may be called by name; a VNIC in another network
//! namespace also NAME@NSID, and any VNIC TEAM/SLOT, because names repeat there.

use super::snapshot::{
    Member,
    Snapshot,
    Team,
    Vnic, //
};
use crate::error::{
    Error,
    Result, //
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    Team(&'a Team),
    Member(&'a Team, &'a Member),
    Vnic(&'a Team, &'a Vnic),
}

impl<'a> Found<'a> {
    pub fn team(&self) -> &'a Team {
        match self {
            Found::Team(team) | Found::Member(team, _) | Found::Vnic(team, _) => team,
        }
    }
}

/// What has this name; one in our network namespace is meant before others.
pub fn find<'a>(snapshot: &'a Snapshot, name: &str) -> Result<Found<'a>> {
    let mut here = None;
    let mut elsewhere = Vec::new();
    for team in &snapshot.teams {
        if team.name == name {
            here = Some(Found::Team(team));
        }
        for member in &team.members {
            if member.name == name {
                here = Some(Found::Member(team, member));
            }
        }
        for vnic in &team.vnics {
            let found = Found::Vnic(team, vnic);
            if format!("{}/{}", team.name, vnic.slot) == name {
                return Ok(found);
            }
            if vnic.nsid.is_none() && vnic.name == name {
                here = Some(found);
            } else if vnic.name == name || vnic.label() == name {
                elsewhere.push(found);
            }
        }
    }
    match (here, elsewhere.as_slice()) {
        (Some(found), _) => Ok(found),
        (None, [found]) => Ok(*found),
        (None, []) => Err(Error::NotFound(format!(
            "there is no team, member or VNIC {name}: vnicteam show lists all"
        ))),
        (None, many) => Err(Error::NotFound(format!(
            "{name} can be any of {}: name it as TEAM/SLOT",
            slots(many)
        ))),
    }
}

fn slots(found: &[Found<'_>]) -> String {
    let name = |found: &Found<'_>| match found {
        Found::Vnic(team, vnic) => format!("{}/{}", team.name, vnic.slot),
        other => other.team().name.clone(),
    };
    let names: Vec<_> = found.iter().map(name).collect();
    names.join(", ")
}

/// The teams that these names stand for or belong to; no names: all.
pub fn teams(snapshot: &Snapshot, names: &[String]) -> Result<Vec<u32>> {
    if names.is_empty() {
        return Ok(snapshot.teams.iter().map(|team| team.index).collect());
    }
    let mut teams = Vec::new();
    for name in names {
        let index = find(snapshot, name)?.team().index;
        if !teams.contains(&index) {
            teams.push(index);
        }
    }
    Ok(teams)
}

/// Only what these names stand for: a team with all it has, a member with its VNICs, a VNIC with
/// the member that carries it. No names: all.
pub fn select(snapshot: &Snapshot, names: &[String]) -> Result<Snapshot> {
    if names.is_empty() {
        return Ok(snapshot.clone());
    }
    let mut found = Vec::new();
    for name in names {
        found.push(find(snapshot, name)?);
    }
    let mut selected = snapshot.only(&teams(snapshot, names)?);
    for team in &mut selected.teams {
        let of_team = |one: &&Found<'_>| one.team().index == team.index;
        let wanted: Vec<_> = found.iter().filter(of_team).collect();
        if wanted.iter().any(|one| matches!(one, Found::Team(_))) {
            continue;
        }
        team.members.retain(|member| {
            wanted.iter().any(|one| match one {
                Found::Member(_, wanted) => wanted.index == member.index,
                Found::Vnic(_, vnic) => vnic.active_member == member.index,
                Found::Team(_) => true,
            })
        });
        team.vnics.retain(|vnic| {
            wanted.iter().any(|one| match one {
                Found::Member(_, member) => vnic.active_member == member.index,
                Found::Vnic(_, wanted) => wanted.slot == vnic.slot,
                Found::Team(_) => true,
            })
        });
    }
    Ok(selected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::NOT_FOUND;
    use crate::model::sample;

    fn slot(name: &str) -> u32 {
        match find(&sample::snapshot(), name).unwrap() {
            Found::Vnic(_, vnic) => vnic.slot,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_interface_is_found_by_name() {
        let snapshot = sample::snapshot();
        assert!(matches!(find(&snapshot, "team0"), Ok(Found::Team(_))));
        assert!(matches!(find(&snapshot, "eth2"), Ok(Found::Member(..))));
        assert_eq!(slot("vnic0"), 1);
    }

    #[test]
    fn names_in_other_namespaces() {
        // eth0 is in namespaces 0 and 1; blue is in one only.
        assert_eq!(slot("eth0@1"), 4);
        assert_eq!(slot("team0/3"), 3);
        assert_eq!(slot("blue"), 5);
        let error = find(&sample::snapshot(), "eth0").unwrap_err();
        assert!(error.to_string().contains("team0/3, team0/4"), "{error}");
        assert_eq!(error.status(), NOT_FOUND);
    }

    #[test]
    fn ours_is_meant_before_those_elsewhere() {
        let mut snapshot = sample::snapshot();
        snapshot.teams[0].vnics[4].name = "vnic1".into();
        let found = find(&snapshot, "vnic1").unwrap();
        assert!(matches!(found, Found::Vnic(_, vnic) if vnic.slot == 2));
    }

    #[test]
    fn nothing_has_this_name() {
        for name in ["", "eth9", "team0/99", "team0/", "/", "@", "eth0@9"] {
            let error = find(&sample::snapshot(), name).unwrap_err();
            assert_eq!(error.status(), NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn a_member_is_selected_with_its_vnics() {
        let selected = select(&sample::snapshot(), &["eth2".into()]).unwrap();
        assert_eq!(selected.teams.len(), 1);
        assert_eq!(selected.teams[0].members.len(), 1);
        let slots: Vec<_> = selected.teams[0]
            .vnics
            .iter()
            .map(|vnic| vnic.slot)
            .collect();
        assert_eq!(slots, [2, 4]);
    }

    #[test]
    fn a_vnic_is_selected_with_its_member() {
        let selected = select(&sample::snapshot(), &["vnic0".into()]).unwrap();
        assert_eq!(selected.teams[0].members[0].name, "eth1");
        assert_eq!(selected.teams[0].vnics.len(), 1);
    }
}
