// SPDX-License-Identifier: GPL-2.0

//! Dialog: what top is asking at the moment.

use crate::model::names::MemberState;
use crate::model::snapshot::{
    Team,
    Vnic, //
};

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Dialog {
    #[default]
    None,
    Help,
    /// The filter is being typed; this is the one before.
    Filter(String),
    Move(Move),
    Redistribute,
}

/// Where a VNIC is to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    pub team: u32,
    pub slot: u32,
    pub label: String,
    /// Member and what it is called here; the first one is "auto", 0.
    pub choices: Vec<Choice>,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub member: u32,
    pub name: String,
    pub note: &'static str,
}

impl Move {
    /// Begins with another member than the one that it is on.
    pub fn new(team: &Team, vnic: &Vnic) -> Move {
        let auto = Choice {
            member: 0,
            name: "auto".into(),
            note: "set free",
        };
        let members = team.members.iter().map(|member| Choice {
            member: member.index,
            name: member.name.clone(),
            note: match member.state {
                _ if member.index == vnic.active_member => "is there",
                MemberState::Up => "up",
                _ => "down",
            },
        });
        let choices: Vec<_> = std::iter::once(auto).chain(members).collect();
        let other = choices.iter().position(|choice| choice.note == "up");
        Move {
            team: team.index,
            slot: vnic.slot,
            label: vnic.label(),
            choices,
            at: other.unwrap_or(0),
        }
    }

    pub fn step(&mut self, by: isize) {
        let last = self.choices.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }
}
