// SPDX-License-Identifier: GPL-2.0

//! The kernel as a source: the generic netlink family `vnicteam` (CTL-2).

mod attrs;
mod decode;
mod ethtool;
mod family;
mod message;
mod socket;
mod uapi;

use super::{
    Listener,
    MoveOrder,
    Source,
    Which, //
};
use crate::error::{
    Error,
    Result, //
};
use crate::model::event::Notice;
use crate::model::snapshot::{
    Snapshot,
    Team, //
};
use attrs::{
    Attrs,
    Body, //
};
use decode::Placed;
use family::Family;
use message::Request;
use socket::Socket;
use std::collections::VecDeque;
use std::io;

pub struct Kernel {
    socket: Socket,
    family: Family,
}

impl Kernel {
    pub fn open() -> Result<Kernel> {
        let mut socket = Socket::open()?;
        let family = Family::find(&mut socket, uapi::FAMILY_NAME)?.ok_or(Error::NotLoaded)?;
        Ok(Kernel { socket, family })
    }

    /// Hears what happens from now on.
    pub fn listen(&self) -> Result<Events> {
        let lacks = || Error::Garbled("no multicast group for events".into());
        let group = self.family.group(uapi::EVENTS_GROUP).ok_or_else(lacks)?;
        Ok(Events {
            socket: Socket::listening(group)?,
            family: self.family.id,
            heard: VecDeque::new(),
        })
    }

    fn dump<T>(&mut self, command: u8, what: &str, decode: fn(&Attrs<'_>) -> T) -> Result<Vec<T>> {
        let request = Request::new(self.family.id, command, Body::default());
        let answers = self
            .socket
            .dump(&request)
            .map_err(|error| self.explain(error, &format!("cannot read the {what}")))?;
        answers
            .iter()
            .map(|body| Ok(decode(&Attrs::parse(body)?)))
            .collect()
    }

    /// Returns how many VNICs it is about.
    fn order(&mut self, command: u8, body: Body, what: &str) -> Result<u32> {
        let request = Request::new(self.family.id, command, body);
        let answers = self.socket.ask(&request);
        let answers = answers.map_err(|error| self.explain(error, what))?;
        let count = |answer: &Vec<u8>| Attrs::parse(answer).ok()?.u32(uapi::MOVE_COUNT);
        Ok(answers.iter().find_map(count).unwrap_or(0))
    }

    /// Says what was not possible. The family may have gone with its module.
    fn explain(&mut self, error: Error, what: &str) -> Error {
        match error {
            Error::Refused {
                errno, sentence, ..
            } => match Family::find(&mut self.socket, uapi::FAMILY_NAME) {
                Ok(None) => Error::NotLoaded,
                found => {
                    // It has another number after its module was loaded again.
                    self.family = found.ok().flatten().unwrap_or(self.family.clone());
                    Error::Refused {
                        what: what.to_string(),
                        errno,
                        sentence,
                    }
                }
            },
            other => other,
        }
    }
}

impl Source for Kernel {
    fn snapshot(&mut self) -> Result<Snapshot> {
        // Teams come first: what is read after them is newer than their event_seq.
        let mut teams = self.dump(uapi::CMD_TEAM_GET, "teams", decode::team)?;
        let members = self.dump(uapi::CMD_MEMBER_GET, "members", decode::member)?;
        let vnics = self.dump(uapi::CMD_VNIC_GET, "VNICs", decode::vnic)?;
        gather(&mut teams, members, |team| &mut team.members);
        gather(&mut teams, vnics, |team| &mut team.vnics);
        for team in &mut teams {
            team.members.sort_by_key(|member| member.index);
            team.vnics.sort_by_key(|vnic| vnic.slot);
            let unknown = team.members.iter_mut().filter(|m| m.capacity.is_none());
            ethtool::fill_in(&mut self.socket, unknown)?;
        }
        Ok(Snapshot { teams })
    }

    fn move_vnics(&mut self, order: &MoveOrder) -> Result<u32> {
        let mut body = Body::default();
        body.u32(uapi::MOVE_TEAM, order.team);
        match &order.which {
            Which::Slots(slots) => {
                for slot in slots {
                    body.u32(uapi::MOVE_SLOT, *slot);
                }
            }
            Which::From(member) => body.u32(uapi::MOVE_FROM, *member),
        }
        body.u32(uapi::MOVE_MEMBER, order.to);
        self.order(uapi::CMD_MOVE, body, "cannot move")
    }

    fn redistribute(&mut self, team: u32) -> Result<u32> {
        let mut body = Body::default();
        body.u32(uapi::MOVE_TEAM, team);
        self.order(uapi::CMD_REDISTRIBUTE, body, "cannot redistribute")
    }
}

/// Gives each team what is its own. What belongs to a team that came after the teams were read is
/// left out.
fn gather<T>(teams: &mut [Team], things: Vec<Placed<T>>, place: fn(&mut Team) -> &mut Vec<T>) {
    for thing in things {
        if let Some(team) = teams.iter_mut().find(|team| team.index == thing.team) {
            place(team).push(thing.it);
        }
    }
}

pub struct Events {
    socket: Socket,
    family: u16,
    heard: VecDeque<Notice>,
}

impl Listener for Events {
    fn next(&mut self) -> Result<Notice> {
        loop {
            if let Some(notice) = self.heard.pop_front() {
                return Ok(notice);
            }
            match self.socket.receive() {
                Ok(messages) => {
                    for (command, body) in message::of_family(&messages, self.family)? {
                        let event = decode::event(command, &Attrs::parse(&body)?);
                        self.heard
                            .extend(event.map(|event| Notice::Event(Box::new(event))));
                    }
                }
                Err(Error::Io(_, error)) if is_overrun(&error) => return Ok(Notice::Overrun),
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_overrun(error: &io::Error) -> bool {
    const ENOBUFS: i32 = 105;
    error.raw_os_error() == Some(ENOBUFS)
}
