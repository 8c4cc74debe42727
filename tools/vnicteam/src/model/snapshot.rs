// SPDX-License-Identifier: GPL-2.0

//! All teams at one moment, with their members and VNICs.

use super::names::{
    Cause,
    MemberState,
    Mode,
    Role,
    VnicState, //
};
use super::stats::Stats;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub teams: Vec<Team>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Team {
    pub index: u32,
    pub name: String,
    pub monitor_interval: u32,
    pub announce_count: u32,
    pub announce_interval: u32,
    pub announce_rate: u32,
    pub grace: u32,
    /// The member that its own endpoint is pinned to, 0: automatic.
    pub pin: u32,
    /// The member that carries it, 0: standby.
    pub active_member: u32,
    pub stats: Stats,
    /// All events up to this one are in what is told here.
    pub event_seq: u64,
    pub events_lost: u64,
    /// By ifindex.
    pub members: Vec<Member>,
    /// By slot.
    pub vnics: Vec<Vnic>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub index: u32,
    pub name: String,
    pub state: MemberState,
    pub role: Role,
    pub weight: u32,
    /// bit/s, as set or else the link's speed; none if neither is known.
    pub capacity: Option<u64>,
    pub stats: Stats,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Vnic {
    pub slot: u32,
    pub index: u32,
    pub name: String,
    /// The network namespace it is in, if that is not ours.
    pub nsid: Option<i32>,
    pub address: Vec<u8>,
    pub pin: u32,
    pub mode: Mode,
    pub state: VnicState,
    /// The member that carries it, 0: standby.
    pub active_member: u32,
    pub moves: u64,
    pub cause: Cause,
    /// ns from the detection of the last move's cause until traffic could go on.
    pub gap: Option<u64>,
    pub vlan: u16,
    pub spoofchk: bool,
    pub mac_change: bool,
    pub stats: Stats,
}

impl Snapshot {
    pub fn team(&self, index: u32) -> Option<&Team> {
        self.teams.iter().find(|team| team.index == index)
    }

    /// The same, but of these teams only.
    pub fn only(&self, teams: &[u32]) -> Snapshot {
        let wanted = |team: &&Team| teams.contains(&team.index);
        Snapshot {
            teams: self.teams.iter().filter(wanted).cloned().collect(),
        }
    }
}

impl Team {
    pub fn member(&self, index: u32) -> Option<&Member> {
        self.members.iter().find(|member| member.index == index)
    }

    pub fn vnic(&self, slot: u32) -> Option<&Vnic> {
        self.vnics.iter().find(|vnic| vnic.slot == slot)
    }

    /// The name of a member; of none at 0.
    pub fn member_name(&self, index: u32) -> Option<String> {
        match (index, self.member(index)) {
            (0, _) => None,
            (_, Some(member)) => Some(member.name.clone()),
            (_, None) => Some(format!("#{index}")),
        }
    }

    pub fn vnics_on(&self, member: u32) -> usize {
        let here = |vnic: &&Vnic| vnic.active_member == member;
        self.vnics.iter().filter(here).count()
    }

    pub fn members_up(&self) -> usize {
        let up = |member: &&Member| member.state == MemberState::Up;
        self.members.iter().filter(up).count()
    }
}

impl Vnic {
    /// How it is called here: by its name, with its namespace if that is another one.
    pub fn label(&self) -> String {
        match self.nsid {
            Some(nsid) => format!("{}@{nsid}", self.name),
            None => self.name.clone(),
        }
    }

    pub fn mac(&self) -> String {
        let octets: Vec<_> = self.address.iter().map(|o| format!("{o:02x}")).collect();
        octets.join(":")
    }
}
