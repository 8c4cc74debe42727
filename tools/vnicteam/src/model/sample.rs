// SPDX-License-Identifier: GPL-2.0

//! A team as tests need one: three members, one of them down; VNICs here and elsewhere, one in
//! standby.

use super::event::{
    Device,
    Event, //
};
use super::names::{
    Cause,
    EventKind,
    MemberState,
    Mode,
    Role,
    VnicState, //
};
use super::snapshot::{
    Member,
    Snapshot,
    Team,
    Vnic, //
};
use super::stats::Stats;

pub fn stats(rx_bytes: u64, tx_bytes: u64) -> Stats {
    let mut stats = Stats::default();
    stats.set(1, rx_bytes / 100);
    stats.set(2, rx_bytes);
    stats.set(3, tx_bytes / 100);
    stats.set(4, tx_bytes);
    stats
}

pub fn member(number: u32, state: MemberState, capacity: Option<u64>) -> Member {
    Member {
        index: 10 + number,
        name: format!("eth{number}"),
        state,
        role: Role::Active,
        weight: 1,
        capacity,
        stats: stats(1_000_000, 2_000_000),
    }
}

pub fn vnic(slot: u32, name: &str, nsid: Option<i32>, member: u32) -> Vnic {
    Vnic {
        slot,
        index: 20 + slot,
        name: name.into(),
        nsid,
        address: vec![2, 0, 0, 0, 0, slot as u8],
        pin: 0,
        mode: Mode::Bridge,
        state: VnicState::from(u8::from(member != 0)),
        active_member: member,
        moves: 0,
        cause: Cause::None,
        gap: None,
        vlan: 0,
        spoofchk: false,
        mac_change: true,
        stats: stats(1000, 1000),
    }
}

pub fn snapshot() -> Snapshot {
    let mut moved = vnic(2, "vnic1", None, 12);
    moved.pin = 12;
    moved.moves = 3;
    moved.cause = Cause::Fault;
    moved.gap = Some(1_234_567);
    moved.vlan = 7;
    moved.spoofchk = true;
    Snapshot {
        teams: vec![Team {
            index: 5,
            name: "team0".into(),
            monitor_interval: 10,
            announce_count: 3,
            announce_interval: 200,
            announce_rate: 10_000,
            grace: 100,
            active_member: 11,
            event_seq: 1,
            members: vec![
                member(1, MemberState::Up, Some(10_000_000_000)),
                member(2, MemberState::Up, None),
                member(3, MemberState::Down, Some(1_000_000_000)),
            ],
            vnics: vec![
                vnic(1, "vnic0", None, 11),
                moved,
                vnic(3, "eth0", Some(0), 11),
                vnic(4, "eth0", Some(1), 12),
                vnic(5, "blue", Some(1), 0),
            ],
            ..Team::default()
        }],
    }
}

pub fn device(index: u32, name: &str) -> Option<Device> {
    Some(Device {
        index,
        name: name.into(),
    })
}

/// vnic0 has moved from eth1 to eth2.
pub fn moved(seq: u64) -> Event {
    Event {
        kind: EventKind::VnicMoved,
        team: device(5, "team0").unwrap_or_default(),
        seq,
        time: 12_345_678_901,
        member: None,
        slot: Some(1),
        vnic: device(21, "vnic0"),
        from: device(11, "eth1"),
        to: device(12, "eth2"),
        cause: Some(Cause::Fault),
        duration: Some(1_234_567),
        moves: None,
    }
}
