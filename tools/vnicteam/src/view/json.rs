// SPDX-License-Identifier: GPL-2.0

//! JSON, for programs: numbers without units (bit/s, bytes, ns), absent what is not known.
//! vnicteam(8) describes it; members are only ever added.

use crate::model::event::{
    Device,
    Event, //
};
use crate::model::rate::{
    Rate,
    Rates, //
};
use crate::model::snapshot::{
    Member,
    Snapshot,
    Team,
    Vnic, //
};
use crate::model::stats::Stats;
use serde_json::{
    json,
    Map,
    Value, //
};

pub fn teams(snapshot: &Snapshot, rates: &Rates) -> Value {
    snapshot.teams.iter().map(|one| team(one, rates)).collect()
}

fn team(team: &Team, rates: &Rates) -> Value {
    let members: Value = team
        .members
        .iter()
        .map(|one| member(team, one, rates.member(one.index)))
        .collect();
    let vnics: Value = team
        .vnics
        .iter()
        .map(|one| vnic(team, one, rates.vnic(team.index, one.slot, one.index)))
        .collect();
    object([
        ("name", json!(team.name)),
        ("ifindex", json!(team.index)),
        ("monitor_interval", json!(team.monitor_interval)),
        ("announce_count", json!(team.announce_count)),
        ("announce_interval", json!(team.announce_interval)),
        ("announce_rate", json!(team.announce_rate)),
        ("grace", json!(team.grace)),
        ("active_member", json!(team.member_name(team.active_member))),
        ("member", json!(team.member_name(team.pin))),
        ("event_seq", json!(team.event_seq)),
        ("events_lost", json!(team.events_lost)),
        ("rate", rate(rates.team(team.index))),
        ("stats", stats(&team.stats)),
        ("members", members),
        ("vnics", vnics),
    ])
}

fn member(team: &Team, member: &Member, measured: Option<Rate>) -> Value {
    let load = measured.and_then(|rate| rate.load(member.capacity));
    object([
        ("name", json!(member.name)),
        ("ifindex", json!(member.index)),
        ("state", json!(member.state.to_string())),
        ("role", json!(member.role.to_string())),
        ("weight", json!(member.weight)),
        ("capacity", json!(member.capacity)),
        ("vnics", json!(team.vnics_on(member.index))),
        ("load_percent", json!(load)),
        ("rate", rate(measured)),
        ("stats", stats(&member.stats)),
    ])
}

fn vnic(team: &Team, vnic: &Vnic, measured: Option<Rate>) -> Value {
    object([
        ("name", json!(vnic.name)),
        ("ifindex", json!(vnic.index)),
        ("slot", json!(vnic.slot)),
        ("netnsid", json!(vnic.nsid)),
        ("address", json!(vnic.mac())),
        ("state", json!(vnic.state.to_string())),
        ("active_member", json!(team.member_name(vnic.active_member))),
        ("member", json!(team.member_name(vnic.pin))),
        ("mode", json!(vnic.mode.to_string())),
        ("vlan", json!((vnic.vlan != 0).then_some(vnic.vlan))),
        ("spoofchk", json!(vnic.spoofchk)),
        ("mac_change", json!(vnic.mac_change)),
        ("moves", json!(vnic.moves)),
        ("move_cause", json!(vnic.cause.to_string())),
        ("move_ns", json!(vnic.gap)),
        ("rate", rate(measured)),
        ("stats", stats(&vnic.stats)),
    ])
}

pub fn event(event: &Event) -> Value {
    object([
        ("event", json!(event.kind.to_string())),
        ("team", json!(event.team.name)),
        ("seq", json!(event.seq)),
        ("time_ns", json!(event.time)),
        ("member", device(event.member.as_ref())),
        ("vnic", device(event.vnic.as_ref())),
        ("slot", json!(event.slot)),
        ("from", device(event.from.as_ref())),
        ("to", device(event.to.as_ref())),
        ("cause", json!(event.cause.map(|cause| cause.to_string()))),
        ("duration_ns", json!(event.duration)),
        ("moves", json!(event.moves)),
    ])
}

/// Where a listener stands: at its begin, and after `lost` events.
pub fn state(snapshot: &Snapshot, lost: u64) -> Value {
    object([
        ("event", json!("state")),
        ("lost", json!(lost)),
        ("teams", teams(snapshot, &Rates::default())),
    ])
}

fn device(device: Option<&Device>) -> Value {
    let name = device.filter(|device| device.index != 0);
    json!(name.map(|device| &device.name))
}

fn rate(rate: Option<Rate>) -> Value {
    let Some(rate) = rate else {
        return Value::Null;
    };
    object([
        ("rx_bits", json!(rate.rx_bits)),
        ("tx_bits", json!(rate.tx_bits)),
        ("rx_packets", json!(rate.rx_packets)),
        ("tx_packets", json!(rate.tx_packets)),
    ])
}

fn stats(stats: &Stats) -> Value {
    let all = stats
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    Value::Object(all.collect())
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let known = members.into_iter().filter(|(_, value)| !value.is_null());
    let all: Map<_, _> = known.map(|(name, value)| (name.into(), value)).collect();
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use std::time::Duration;

    #[test]
    fn who_is_where() {
        let value = teams(&sample::snapshot(), &Rates::default());
        let team = &value[0];
        assert_eq!(team["name"], "team0");
        assert_eq!(team["vnics"][1]["active_member"], "eth2");
        assert_eq!(team["vnics"][1]["member"], "eth2");
        assert_eq!(team["vnics"][1]["move_ns"], 1_234_567);
        assert_eq!(team["vnics"][3]["netnsid"], 1);
        assert_eq!(team["members"][0]["capacity"], 10_000_000_000u64);
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let value = teams(&sample::snapshot(), &Rates::default());
        let vnic = value[0]["vnics"][4].as_object().unwrap();
        for name in ["active_member", "member", "vlan", "rate", "move_ns"] {
            assert!(!vnic.contains_key(name), "{name}");
        }
    }

    #[test]
    fn rates_are_there_after_two_samples() {
        let snapshot = sample::snapshot();
        let rates = Rates::between(&snapshot, &snapshot, Duration::from_secs(1));
        let value = teams(&snapshot, &rates);
        assert_eq!(value[0]["members"][0]["load_percent"], 0);
        assert_eq!(value[0]["vnics"][0]["rate"]["rx_bits"], 0);
    }

    #[test]
    fn an_event_and_a_state() {
        let mut told = sample::moved(9);
        told.from = sample::device(0, "");
        let value = event(&told);
        assert_eq!(value["event"], "vnic-moved");
        assert_eq!((&value["seq"], &value["to"]), (&json!(9), &json!("eth2")));
        assert!(value.get("from").is_none());
        let value = state(&sample::snapshot(), 3);
        assert_eq!(
            (&value["event"], &value["lost"]),
            (&json!("state"), &json!(3))
        );
    }
}
