// SPDX-License-Identifier: GPL-2.0

//! Numbers of include/uapi/linux/vnicteam.h; a test compares them.

/// Defines numbers, and for the test the names that the header has for them.
macro_rules! numbers {
    ($type:ty: $($name:ident = $number:literal from $header:literal,)+) => {
        $(pub const $name: $type = $number;)+

        #[cfg(test)]
        impl Numbers<$type> {
            const ALL: &'static [(&'static str, $type)] = &[$(($header, $number),)+];
        }
    };
}

#[cfg(test)]
struct Numbers<T>(std::marker::PhantomData<T>);

pub const FAMILY_NAME: &str = "vnicteam";
pub const EVENTS_GROUP: &str = "events";

numbers! { u8:
    CMD_TEAM_GET = 1 from "VNICTEAM_CMD_TEAM_GET",
    CMD_MEMBER_GET = 2 from "VNICTEAM_CMD_MEMBER_GET",
    CMD_VNIC_GET = 3 from "VNICTEAM_CMD_VNIC_GET",
    CMD_MOVE = 7 from "VNICTEAM_CMD_MOVE",
    CMD_REDISTRIBUTE = 8 from "VNICTEAM_CMD_REDISTRIBUTE",
}

numbers! { u16:
    TEAM_IFINDEX = 1 from "VNICTEAM_A_TEAM_IFINDEX",
    TEAM_NAME = 2 from "VNICTEAM_A_TEAM_NAME",
    TEAM_INFO = 3 from "VNICTEAM_A_TEAM_INFO",
    TEAM_STATS = 4 from "VNICTEAM_A_TEAM_STATS",
    TEAM_EVENT_SEQ = 5 from "VNICTEAM_A_TEAM_EVENT_SEQ",
    TEAM_EVENTS_LOST = 6 from "VNICTEAM_A_TEAM_EVENTS_LOST",

    INFO_MONITOR_INTERVAL = 1 from "IFLA_VNICTEAM_MONITOR_INTERVAL",
    INFO_ANNOUNCE_COUNT = 2 from "IFLA_VNICTEAM_ANNOUNCE_COUNT",
    INFO_ANNOUNCE_INTERVAL = 3 from "IFLA_VNICTEAM_ANNOUNCE_INTERVAL",
    INFO_ANNOUNCE_RATE = 4 from "IFLA_VNICTEAM_ANNOUNCE_RATE",
    INFO_GRACE = 5 from "IFLA_VNICTEAM_GRACE",
    INFO_MEMBER = 6 from "IFLA_VNICTEAM_MEMBER",
    INFO_ACTIVE_MEMBER = 7 from "IFLA_VNICTEAM_ACTIVE_MEMBER",

    MEMBER_IFINDEX = 1 from "VNICTEAM_A_MEMBER_IFINDEX",
    MEMBER_NAME = 2 from "VNICTEAM_A_MEMBER_NAME",
    MEMBER_TEAM = 3 from "VNICTEAM_A_MEMBER_TEAM",
    MEMBER_INFO = 4 from "VNICTEAM_A_MEMBER_INFO",
    MEMBER_STATS = 5 from "VNICTEAM_A_MEMBER_STATS",

    SLAVE_STATE = 1 from "IFLA_VNICTEAM_SLAVE_STATE",
    SLAVE_ROLE = 3 from "IFLA_VNICTEAM_SLAVE_ROLE",
    SLAVE_WEIGHT = 4 from "IFLA_VNICTEAM_SLAVE_WEIGHT",
    SLAVE_CAPACITY = 5 from "IFLA_VNICTEAM_SLAVE_CAPACITY",

    VNIC_IFINDEX = 1 from "VNICTEAM_A_VNIC_IFINDEX",
    VNIC_NAME = 2 from "VNICTEAM_A_VNIC_NAME",
    VNIC_NETNSID = 3 from "VNICTEAM_A_VNIC_NETNSID",
    VNIC_TEAM = 4 from "VNICTEAM_A_VNIC_TEAM",
    VNIC_SLOT = 5 from "VNICTEAM_A_VNIC_SLOT",
    VNIC_INFO = 7 from "VNICTEAM_A_VNIC_INFO",
    VNIC_STATS = 8 from "VNICTEAM_A_VNIC_STATS",
    VNIC_ADDRESS = 9 from "VNICTEAM_A_VNIC_ADDRESS",

    VINFO_MEMBER = 1 from "IFLA_VNIC_MEMBER",
    VINFO_MODE = 2 from "IFLA_VNIC_MODE",
    VINFO_STATE = 3 from "IFLA_VNIC_STATE",
    VINFO_ACTIVE_MEMBER = 4 from "IFLA_VNIC_ACTIVE_MEMBER",
    VINFO_MOVES = 5 from "IFLA_VNIC_MOVES",
    VINFO_MOVE_CAUSE = 6 from "IFLA_VNIC_MOVE_CAUSE",
    VINFO_MOVE_DETECTED = 7 from "IFLA_VNIC_MOVE_DETECTED",
    VINFO_MOVE_RESUMED = 8 from "IFLA_VNIC_MOVE_RESUMED",
    VINFO_VLAN = 10 from "IFLA_VNIC_VLAN",
    VINFO_SPOOFCHK = 11 from "IFLA_VNIC_SPOOFCHK",
    VINFO_MAC_CHANGE = 12 from "IFLA_VNIC_MAC_CHANGE",

    MOVE_TEAM = 1 from "VNICTEAM_A_MOVE_TEAM",
    MOVE_SLOT = 2 from "VNICTEAM_A_MOVE_SLOT",
    MOVE_FROM = 4 from "VNICTEAM_A_MOVE_FROM",
    MOVE_MEMBER = 5 from "VNICTEAM_A_MOVE_MEMBER",
    MOVE_COUNT = 6 from "VNICTEAM_A_MOVE_COUNT",

    EVENT_TEAM = 1 from "VNICTEAM_A_EVENT_TEAM",
    EVENT_TEAM_NAME = 2 from "VNICTEAM_A_EVENT_TEAM_NAME",
    EVENT_SEQ = 3 from "VNICTEAM_A_EVENT_SEQ",
    EVENT_TIME = 4 from "VNICTEAM_A_EVENT_TIME",
    EVENT_MEMBER = 5 from "VNICTEAM_A_EVENT_MEMBER",
    EVENT_MEMBER_NAME = 6 from "VNICTEAM_A_EVENT_MEMBER_NAME",
    EVENT_SLOT = 7 from "VNICTEAM_A_EVENT_SLOT",
    EVENT_VNIC = 8 from "VNICTEAM_A_EVENT_VNIC",
    EVENT_VNIC_NAME = 9 from "VNICTEAM_A_EVENT_VNIC_NAME",
    EVENT_FROM = 10 from "VNICTEAM_A_EVENT_FROM",
    EVENT_FROM_NAME = 11 from "VNICTEAM_A_EVENT_FROM_NAME",
    EVENT_TO = 12 from "VNICTEAM_A_EVENT_TO",
    EVENT_TO_NAME = 13 from "VNICTEAM_A_EVENT_TO_NAME",
    EVENT_CAUSE = 14 from "VNICTEAM_A_EVENT_CAUSE",
    EVENT_DURATION = 15 from "VNICTEAM_A_EVENT_DURATION",
    EVENT_MOVES = 16 from "VNICTEAM_A_EVENT_MOVES",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{
        Cause,
        EventKind,
        MemberState,
        Mode,
        Role,
        VnicState, //
    };
    use crate::model::stats;
    use std::collections::HashMap;

    type Word = fn(u8) -> String;

    const HEADER: &str = include_str!("../../../../../include/uapi/linux/vnicteam.h");

    /// All enumerators of the header with their values.
    fn header() -> HashMap<&'static str, u64> {
        let mut next = 0;
        let mut all = HashMap::new();
        for line in HEADER.lines().map(str::trim) {
            if line.starts_with("enum") {
                next = 0;
            }
            let Some((word, rest)) = line.split_once(',') else {
                continue;
            };
            let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let (name, value) = match word.split_once(" = ") {
                Some((name, value)) => (name, value.parse().expect("a number")),
                None => (word, next),
            };
            if !name.is_empty() && name.chars().all(is_name) {
                all.insert(name, value);
                next = value + 1;
            } else {
                assert!(!rest.is_empty() || word.contains(' '), "{line}");
            }
        }
        all
    }

    #[test]
    fn numbers_are_those_of_the_header() {
        let header = header();
        for (name, number) in Numbers::<u16>::ALL {
            assert_eq!(header.get(name), Some(&u64::from(*number)), "{name}");
        }
        for (name, number) in Numbers::<u8>::ALL {
            assert_eq!(header.get(name), Some(&u64::from(*number)), "{name}");
        }
    }

    /// Every word that we have for a command or a counter is the header's name of it.
    #[test]
    fn words_are_those_of_the_header() {
        let as_header = |word: String| word.replace('-', "_").to_uppercase();
        let header = header();
        let first = header["VNICTEAM_CMD_MEMBER_ADDED"] as u8;
        for number in first..header["__VNICTEAM_CMD_MAX"] as u8 {
            let name = format!(
                "VNICTEAM_CMD_{}",
                as_header(EventKind::from(number).to_string())
            );
            assert_eq!(
                header.get(name.as_str()),
                Some(&u64::from(number)),
                "{name}"
            );
        }
        for (index, word) in stats::NAMES.iter().enumerate() {
            let name = format!("VNICTEAM_A_STATS_{}", as_header(word.to_string()));
            assert_eq!(
                header.get(name.as_str()),
                Some(&(index as u64 + 1)),
                "{name}"
            );
        }
        let after = header["__VNICTEAM_A_STATS_MAX"];
        assert_eq!(after, stats::NAMES.len() as u64 + 1);
        let enums: [(&str, &str, Word); 5] = [
            ("VNICTEAM_MEMBER_", "UP", |n| {
                MemberState::from(n).to_string()
            }),
            ("VNICTEAM_ROLE_", "OFF", |n| Role::from(n).to_string()),
            ("VNIC_MODE_", "VEPA", |n| Mode::from(n).to_string()),
            ("VNIC_STATE_", "ACTIVE", |n| VnicState::from(n).to_string()),
            ("VNIC_MOVE_", "ADMIN", |n| Cause::from(n).to_string()),
        ];
        for (prefix, last, word) in enums {
            let last = header[format!("{prefix}{last}").as_str()] as u8;
            for number in 0..=last {
                let name = format!("{prefix}{}", as_header(word(number)));
                assert_eq!(
                    header.get(name.as_str()),
                    Some(&u64::from(number)),
                    "{name}"
                );
            }
        }
    }
}
