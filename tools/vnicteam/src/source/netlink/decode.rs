// SPDX-License-Identifier: GPL-2.0

//! Attributes to what they mean. What an older kernel does not tell has its default.

use super::attrs::Attrs;
use super::uapi;
use crate::model::event::{
    Device,
    Event, //
};
use crate::model::names::{
    EventKind, //
};
use crate::model::snapshot::{
    Member,
    Team,
    Vnic, //
};
use crate::model::stats::Stats;

/// Something with the ifindex of its team.
pub struct Placed<T> {
    pub team: u32,
    pub it: T,
}

fn stats(attrs: &Attrs<'_>, kind: u16) -> Stats {
    let mut stats = Stats::default();
    for (counter, value) in attrs.nest(kind).numbers() {
        stats.set(counter, value);
    }
    stats
}

pub fn team(attrs: &Attrs<'_>) -> Team {
    let info = attrs.nest(uapi::TEAM_INFO);
    let setting = |kind| info.u32(kind).unwrap_or_default();
    Team {
        index: attrs.u32(uapi::TEAM_IFINDEX).unwrap_or_default(),
        name: attrs.text(uapi::TEAM_NAME).unwrap_or_default(),
        monitor_interval: setting(uapi::INFO_MONITOR_INTERVAL),
        announce_count: setting(uapi::INFO_ANNOUNCE_COUNT),
        announce_interval: setting(uapi::INFO_ANNOUNCE_INTERVAL),
        announce_rate: setting(uapi::INFO_ANNOUNCE_RATE),
        grace: setting(uapi::INFO_GRACE),
        pin: setting(uapi::INFO_MEMBER),
        active_member: setting(uapi::INFO_ACTIVE_MEMBER),
        stats: stats(attrs, uapi::TEAM_STATS),
        event_seq: attrs.number(uapi::TEAM_EVENT_SEQ).unwrap_or_default(),
        events_lost: attrs.number(uapi::TEAM_EVENTS_LOST).unwrap_or_default(),
        members: Vec::new(),
        vnics: Vec::new(),
    }
}

pub fn member(attrs: &Attrs<'_>) -> Placed<Member> {
    let info = attrs.nest(uapi::MEMBER_INFO);
    let word = |kind| info.u8(kind).unwrap_or_default();
    Placed {
        team: attrs.u32(uapi::MEMBER_TEAM).unwrap_or_default(),
        it: Member {
            index: attrs.u32(uapi::MEMBER_IFINDEX).unwrap_or_default(),
            name: attrs.text(uapi::MEMBER_NAME).unwrap_or_default(),
            state: word(uapi::SLAVE_STATE).into(),
            role: word(uapi::SLAVE_ROLE).into(),
            weight: info.u32(uapi::SLAVE_WEIGHT).unwrap_or(1),
            capacity: info.number(uapi::SLAVE_CAPACITY).filter(|bits| *bits > 0),
            stats: stats(attrs, uapi::MEMBER_STATS),
        },
    }
}

pub fn vnic(attrs: &Attrs<'_>) -> Placed<Vnic> {
    let info = attrs.nest(uapi::VNIC_INFO);
    let word = |kind| info.u8(kind).unwrap_or_default();
    let detected = info.number(uapi::VINFO_MOVE_DETECTED).unwrap_or_default();
    let resumed = info.number(uapi::VINFO_MOVE_RESUMED).unwrap_or_default();
    let nsid = attrs.bytes(uapi::VNIC_NETNSID);
    Placed {
        team: attrs.u32(uapi::VNIC_TEAM).unwrap_or_default(),
        it: Vnic {
            slot: attrs.u32(uapi::VNIC_SLOT).unwrap_or_default(),
            index: attrs.u32(uapi::VNIC_IFINDEX).unwrap_or_default(),
            name: attrs.text(uapi::VNIC_NAME).unwrap_or_default(),
            nsid: nsid.and_then(|bytes| Some(i32::from_ne_bytes(bytes.try_into().ok()?))),
            address: attrs.bytes(uapi::VNIC_ADDRESS).unwrap_or_default().to_vec(),
            pin: info.u32(uapi::VINFO_MEMBER).unwrap_or_default(),
            mode: word(uapi::VINFO_MODE).into(),
            state: word(uapi::VINFO_STATE).into(),
            active_member: info.u32(uapi::VINFO_ACTIVE_MEMBER).unwrap_or_default(),
            moves: info.number(uapi::VINFO_MOVES).unwrap_or_default(),
            cause: word(uapi::VINFO_MOVE_CAUSE).into(),
            gap: resumed.checked_sub(detected).filter(|_| detected > 0),
            vlan: info
                .number(uapi::VINFO_VLAN)
                .and_then(|id| id.try_into().ok())
                .unwrap_or_default(),
            spoofchk: word(uapi::VINFO_SPOOFCHK) != 0,
            mac_change: info.u8(uapi::VINFO_MAC_CHANGE).unwrap_or(1) != 0,
            stats: stats(attrs, uapi::VNIC_STATS),
        },
    }
}

/// None for a command that is no event; one of a newer kernel is.
pub fn event(command: u8, attrs: &Attrs<'_>) -> Option<Event> {
    const FIRST: u8 = 10;
    let device = |index, name| {
        Some(Device {
            index: attrs.u32(index)?,
            name: attrs.text(name).unwrap_or_default(),
        })
    };
    if command < FIRST {
        return None;
    }
    Some(Event {
        kind: EventKind::from(command),
        team: device(uapi::EVENT_TEAM, uapi::EVENT_TEAM_NAME)?,
        seq: attrs.number(uapi::EVENT_SEQ)?,
        time: attrs.number(uapi::EVENT_TIME).unwrap_or_default(),
        member: device(uapi::EVENT_MEMBER, uapi::EVENT_MEMBER_NAME),
        slot: attrs.u32(uapi::EVENT_SLOT),
        vnic: device(uapi::EVENT_VNIC, uapi::EVENT_VNIC_NAME),
        from: device(uapi::EVENT_FROM, uapi::EVENT_FROM_NAME),
        to: device(uapi::EVENT_TO, uapi::EVENT_TO_NAME),
        cause: attrs.u8(uapi::EVENT_CAUSE).map(Into::into),
        duration: attrs.number(uapi::EVENT_DURATION),
        moves: attrs.u32(uapi::EVENT_MOVES),
    })
}

#[cfg(test)]
mod tests {
    use super::super::attrs::Body;
    use super::*;
    use crate::model::names::{
        Cause,
        Role,
        VnicState, //
    };

    #[test]
    fn a_vnic_with_all_and_with_nothing() {
        let mut info = Body::default();
        info.u32(uapi::VINFO_ACTIVE_MEMBER, 12);
        info.u32(uapi::VINFO_STATE, 1);
        info.u32(uapi::VINFO_MOVE_DETECTED, 1000);
        info.u32(uapi::VINFO_MOVE_RESUMED, 1500);
        let mut counters = Body::default();
        counters.u32(2, 4096);
        let mut body = Body::default();
        body.u32(uapi::VNIC_TEAM, 5);
        body.u32(uapi::VNIC_SLOT, 3);
        body.u32(uapi::VNIC_NETNSID, u32::MAX);
        body.text(uapi::VNIC_NAME, "vnic0");
        body.nest(uapi::VNIC_INFO, &info);
        body.nest(uapi::VNIC_STATS, &counters);
        let bytes = body.to_bytes();
        let vnic = vnic(&Attrs::parse(&bytes).unwrap());
        assert_eq!((vnic.team, vnic.it.slot, vnic.it.nsid), (5, 3, Some(-1)));
        assert_eq!(vnic.it.state, VnicState::Active);
        assert_eq!(vnic.it.gap, Some(500));
        assert_eq!(vnic.it.stats.rx_bytes(), 4096);
        let nothing = super::vnic(&Attrs::default());
        assert_eq!((nothing.it.gap, nothing.it.nsid), (None, None));
        assert!(nothing.it.mac_change);
    }

    #[test]
    fn a_member_and_an_event() {
        let member = member(&Attrs::default());
        assert_eq!((member.it.role, member.it.capacity), (Role::Active, None));
        let mut body = Body::default();
        body.u32(uapi::EVENT_TEAM, 5);
        body.u32(uapi::EVENT_SEQ, 9);
        body.u32(uapi::EVENT_FROM, 0);
        body.u32(uapi::EVENT_CAUSE, 4);
        let bytes = body.to_bytes();
        let attrs = Attrs::parse(&bytes).unwrap();
        let told = event(18, &attrs).unwrap();
        assert_eq!(told.kind, EventKind::VnicMoved);
        assert_eq!((told.seq, told.cause), (9, Some(Cause::Admin)));
        assert_eq!(told.from, Some(Device::default()));
        assert_eq!(told.to, None);
        assert_eq!(event(3, &attrs), None);
        assert_eq!(event(99, &attrs).unwrap().kind, EventKind::Unknown(99));
    }
}
