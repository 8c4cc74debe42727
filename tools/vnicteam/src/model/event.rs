// SPDX-License-Identifier: GPL-2.0

//! What the kernel tells when something changes (CTL-3).

use super::names::{
    Cause,
    EventKind, //
};

/// A netdev as an event names it; index 0 stands for standby.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Device {
    pub index: u32,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: EventKind,
    pub team: Device,
    pub seq: u64,
    /// CLOCK_MONOTONIC, ns.
    pub time: u64,
    pub member: Option<Device>,
    /// Of the VNIC; 0: the team's own endpoint.
    pub slot: Option<u32>,
    pub vnic: Option<Device>,
    pub from: Option<Device>,
    pub to: Option<Device>,
    pub cause: Option<Cause>,
    /// ns from detection to resumption.
    pub duration: Option<u64>,
    pub moves: Option<u32>,
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    Event(Box<Event>),
    /// It did not keep up: events have been lost.
    Overrun,
}

impl Event {
    /// What the endpoint is called that the event is about.
    pub fn endpoint(&self) -> Option<String> {
        match (&self.vnic, self.slot) {
            (Some(vnic), _) if !vnic.name.is_empty() => Some(vnic.name.clone()),
            (_, Some(0)) => Some(self.team.name.clone()),
            (_, Some(slot)) => Some(format!("{}/{slot}", self.team.name)),
            _ => None,
        }
    }

    /// Whether it is about one of these devices; no names: about any.
    pub fn is_about(&self, names: &[String]) -> bool {
        let devices = [&self.member, &self.vnic, &self.from, &self.to];
        let known = devices.into_iter().flatten().chain([&self.team]);
        let mut all: Vec<_> = known.map(|device| device.name.clone()).collect();
        if let Some(slot) = self.slot {
            all.push(format!("{}/{slot}", self.team.name));
        }
        names.is_empty() || names.iter().any(|name| all.contains(name))
    }
}
