// SPDX-License-Identifier: GPL-2.0

//! Text: teams as `show` lists them, one block each, and events as `monitor` tells them.

use super::style::{
    Style,
    Tone, //
};
use super::table::{
    Align,
    Cell,
    Table, //
};
use super::units;
use crate::model::event::{
    Device,
    Event, //
};
use crate::model::names::{
    Cause,
    EventKind,
    MemberState,
    VnicState, //
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

/// What is not known or does not apply.
const NONE: &str = "-";

const MEMBER: [(&str, Align); 9] = [
    ("MEMBER", Align::Left),
    ("STATE", Align::Left),
    ("ROLE", Align::Left),
    ("WEIGHT", Align::Right),
    ("CAPACITY", Align::Right),
    ("VNICS", Align::Right),
    ("RX", Align::Right),
    ("TX", Align::Right),
    ("LOAD", Align::Right),
];

const VNIC: [(&str, Align); 10] = [
    ("VNIC", Align::Left),
    ("STATE", Align::Left),
    ("MEMBER", Align::Left),
    ("PIN", Align::Left),
    ("MAC", Align::Left),
    ("VLAN", Align::Right),
    ("RX", Align::Right),
    ("TX", Align::Right),
    ("MOVES", Align::Right),
    ("LAST MOVE", Align::Left),
];

/// All teams. `counters`: with those of frames, too.
pub fn teams(snapshot: &Snapshot, rates: &Rates, counters: bool, style: &Style) -> String {
    let blocks: Vec<_> = snapshot
        .teams
        .iter()
        .map(|team| block(team, rates, counters, style))
        .collect();
    blocks.join("\n")
}

fn block(team: &Team, rates: &Rates, counters: bool, style: &Style) -> String {
    let mut text = style.paint(Tone::Heading, &units::printable(&team.name));
    text.push_str(&format!(
        ": {}, {} of {} up, monitored every {} ms\n",
        units::count(team.vnics.len(), "VNIC"),
        team.members_up(),
        units::count(team.members.len(), "member"),
        team.monitor_interval,
    ));
    if !team.members.is_empty() {
        text.push_str(&members(team, rates).lines(style));
    }
    text.push_str(&endpoints(team, rates).lines(style));
    if counters {
        text.push_str(&all_counters(team).lines(style));
    }
    text
}

fn members(team: &Team, rates: &Rates) -> Table {
    let mut table = Table::new(&MEMBER);
    for member in &team.members {
        let rate = rates.member(member.index);
        table.row([
            Cell::from(&member.name),
            Cell::toned(member.state, tone_of(member)),
            Cell::from(member.role),
            Cell::from(member.weight),
            or_none(member.capacity.map(units::scaled)),
            Cell::from(team.vnics_on(member.index)),
            or_none(rate.map(|rate| units::scaled(rate.rx_bits))),
            or_none(rate.map(|rate| units::scaled(rate.tx_bits))),
            load(rate, member.capacity),
        ]);
    }
    table
}

/// The VNICs, and above them the team's own endpoint.
fn endpoints(team: &Team, rates: &Rates) -> Table {
    let mut table = Table::new(&VNIC);
    let rate = rates.team(team.index);
    table.row([
        Cell::from(format!("({})", team.name)),
        state(VnicState::from(u8::from(team.active_member != 0))),
        or_none(team.member_name(team.active_member)),
        pin(team, team.pin),
        Cell::from(NONE),
        Cell::from(NONE),
        or_none(rate.map(|rate| units::scaled(rate.rx_bits))),
        or_none(rate.map(|rate| units::scaled(rate.tx_bits))),
        Cell::from(NONE),
        Cell::from(NONE),
    ]);
    for vnic in &team.vnics {
        let rate = rates.vnic(team.index, vnic.slot, vnic.index);
        table.row([
            Cell::from(vnic.label()),
            state(vnic.state),
            or_none(team.member_name(vnic.active_member)),
            pin(team, vnic.pin),
            Cell::from(vnic.mac()),
            or_none((vnic.vlan != 0).then_some(vnic.vlan)),
            or_none(rate.map(|rate| units::scaled(rate.rx_bits))),
            or_none(rate.map(|rate| units::scaled(rate.tx_bits))),
            Cell::from(vnic.moves),
            or_none(last_move(vnic)),
        ]);
    }
    table
}

fn all_counters(team: &Team) -> Table {
    let mut table = Table::new(&[
        ("COUNTERS", Align::Left),
        ("RX PACKETS", Align::Right),
        ("RX BYTES", Align::Right),
        ("TX PACKETS", Align::Right),
        ("TX BYTES", Align::Right),
        ("NOT DELIVERED", Align::Left),
    ]);
    let mut row = |name: String, stats: &Stats| {
        let drops: Vec<_> = stats
            .drops()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        table.row([
            Cell::from(name),
            Cell::from(stats.rx_packets()),
            Cell::from(stats.rx_bytes()),
            Cell::from(stats.tx_packets()),
            Cell::from(stats.tx_bytes()),
            or_none((!drops.is_empty()).then(|| drops.join(", "))),
        ]);
    };
    for member in &team.members {
        row(member.name.clone(), &member.stats);
    }
    row(format!("({})", team.name), &team.stats);
    for vnic in &team.vnics {
        row(vnic.label(), &vnic.stats);
    }
    table
}

fn or_none(text: Option<impl ToString>) -> Cell {
    Cell::from(text.map_or(NONE.to_string(), |text| text.to_string()))
}

pub fn tone_of(member: &Member) -> Tone {
    match member.state {
        MemberState::Up => Tone::Good,
        _ => Tone::Bad,
    }
}

fn state(state: VnicState) -> Cell {
    let tone = match state {
        VnicState::Active => Tone::Good,
        _ => Tone::Bad,
    };
    Cell::toned(state, tone)
}

fn pin(team: &Team, member: u32) -> Cell {
    or_none(team.member_name(member).or(Some("auto".into())))
}

/// From three quarters on a member is over the threshold of PLC-4.
pub fn load_tone(percent: u64) -> Tone {
    match percent {
        0..=74 => Tone::Good,
        75..=94 => Tone::Warning,
        _ => Tone::Bad,
    }
}

fn load(rate: Option<Rate>, capacity: Option<u64>) -> Cell {
    match rate.and_then(|rate| rate.load(capacity)) {
        Some(percent) => Cell::toned(format!("{percent}%"), load_tone(percent)),
        None => Cell::from(NONE),
    }
}

pub fn last_move(vnic: &Vnic) -> Option<String> {
    match (vnic.cause, vnic.gap) {
        (Cause::None, _) => None,
        (cause, Some(gap)) => Some(format!("{cause}, {}", units::time(gap))),
        (cause, None) => Some(cause.to_string()),
    }
}

/// One line, without its end.
pub fn event(event: &Event, style: &Style) -> String {
    let seconds = event.time / 1_000_000_000;
    let microseconds = event.time % 1_000_000_000 / 1000;
    let line = format!(
        "[{seconds:5}.{microseconds:06}] {}: {}",
        event.team.name,
        deed(event)
    );
    style.paint(event_tone(event), &units::printable(&line))
}

pub fn event_tone(event: &Event) -> Tone {
    match (event.kind, event.cause) {
        (EventKind::MemberDown | EventKind::VnicStandby, _) => Tone::Bad,
        (EventKind::VnicMoved, Some(Cause::Fault)) => Tone::Warning,
        (EventKind::MemberUp | EventKind::VnicActive, _) => Tone::Good,
        _ => Tone::Plain,
    }
}

/// What has happened.
pub fn deed(event: &Event) -> String {
    let member = || name(event.member.as_ref());
    let vnic = || event.endpoint().unwrap_or("a VNIC".into());
    let moves = units::count(event.moves.unwrap_or_default() as usize, "move");
    match event.kind {
        EventKind::MemberAdded => format!("{} added", member()),
        EventKind::MemberRemoved => format!("{} removed", member()),
        EventKind::MemberUp => format!("{} up", member()),
        EventKind::MemberDown => format!("{} down", member()),
        EventKind::VnicCreated => format!("{} created on {}", vnic(), name(event.to.as_ref())),
        EventKind::VnicDeleted => format!("{} deleted", vnic()),
        EventKind::VnicStandby => {
            let from = name(event.from.as_ref());
            format!("{} in standby, was on {from}{}", vnic(), why(event))
        }
        EventKind::VnicActive => {
            format!(
                "{} active on {}{}",
                vnic(),
                name(event.to.as_ref()),
                why(event)
            )
        }
        EventKind::VnicMoved => format!(
            "{} moved from {} to {}{}",
            vnic(),
            name(event.from.as_ref()),
            name(event.to.as_ref()),
            why(event)
        ),
        EventKind::RedistributionStarted => format!("redistribution started, {moves}"),
        EventKind::RedistributionEnded => format!("redistribution ended, {moves}"),
        EventKind::Unknown(number) => format!("event {number}"),
    }
}

fn name(device: Option<&Device>) -> String {
    match device {
        None | Some(Device { index: 0, .. }) => "no member".into(),
        Some(device) if device.name.is_empty() => format!("#{}", device.index),
        Some(device) => device.name.clone(),
    }
}

/// " (fault, 1.2 ms)"
fn why(event: &Event) -> String {
    let cause = event.cause.map(|cause| cause.to_string());
    let time = event.duration.map(units::time);
    let known: Vec<_> = cause.into_iter().chain(time).collect();
    if known.is_empty() {
        return String::new();
    }
    format!(" ({})", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_team_is_shown_with_all_it_has() {
        let text = teams(
            &sample::snapshot(),
            &Rates::default(),
            false,
            &Style::default(),
        );
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "team0: 5 VNICs, 2 of 3 members up, monitored every 10 ms"
        );
        let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>();
        assert_eq!(
            words(2),
            ["eth1", "up", "active", "1", "10.0G", "2", "-", "-", "-"]
        );
        assert_eq!(words(4)[..2], ["eth3", "down"]);
        assert_eq!(words(6)[..4], ["(team0)", "active", "eth1", "auto"]);
        assert_eq!(
            words(8),
            [
                "vnic1",
                "active",
                "eth2",
                "eth2",
                "02:00:00:00:00:02",
                "7",
                "-",
                "-",
                "3",
                "fault,",
                "1.2",
                "ms"
            ]
        );
        assert_eq!(words(11)[..3], ["blue@1", "standby", "-"]);
    }

    #[test]
    fn counters_name_why_frames_were_not_delivered() {
        let mut snapshot = sample::snapshot();
        snapshot.teams[0].vnics[0].stats.set(15, 9);
        let text = teams(&snapshot, &Rates::default(), true, &Style::default());
        assert!(text.contains("tx_spoofed 9"), "{text}");
    }

    #[test]
    fn nothing_is_shown_of_nothing() {
        let none = teams(
            &Snapshot::default(),
            &Rates::default(),
            true,
            &Style::default(),
        );
        assert_eq!(none, "");
    }

    #[test]
    fn a_move_is_told_with_cause_and_time() {
        assert_eq!(
            event(&sample::moved(1), &Style::default()),
            "[   12.345678] team0: vnic0 moved from eth1 to eth2 (fault, 1.2 ms)"
        );
    }

    #[test]
    fn events_with_nothing_in_them_are_told() {
        for kind in 0..=255 {
            let bare = Event {
                kind: kind.into(),
                slot: None,
                vnic: None,
                from: None,
                to: None,
                cause: None,
                duration: None,
                ..sample::moved(1)
            };
            assert!(!deed(&bare).is_empty());
        }
    }

    #[test]
    fn standby_is_no_member() {
        let mut told = sample::moved(1);
        told.to = sample::device(0, "");
        assert!(deed(&told).contains("to no member"));
        told.vnic = None;
        told.slot = Some(0);
        assert!(deed(&told).starts_with("team0 moved"));
    }
}
