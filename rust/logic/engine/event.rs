// SPDX-License-Identifier: GPL-2.0

//! What the engine is told and what it answers.
//!
//! Plain values; the driver builds an [`Event`] and carries out an [`Action`].

use crate::logic::limits::{
    MemberId,
    Slot, //
};

/// Times of a planned move, which loses no frame (PLC-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a planned move waits between programming the new member's classifier and the
    /// switch, in nanoseconds: some NICs program their filters late.
    pub settle_ns: u64,
    /// How long the old member is still accepted after a planned move, in nanoseconds (CLS-6).
    pub grace_ns: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            settle_ns: 10_000_000,
            grace_ns: 100_000_000,
        }
    }
}

/// What happened to the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A NIC joined the team (GRP-2).
    MemberAdded {
        /// The new member's name.
        id: MemberId,
        /// Rank among members that carry the same number of endpoints: the lowest is taken first
        /// (PLC-1: the ifindex).
        order: u32,
        /// Whether it can carry traffic now.
        up: bool,
    },
    /// A NIC left the team, by order or because its driver went (FLT-1). Pins to it are undone.
    MemberRemoved {
        /// The member that left.
        id: MemberId,
    },
    /// A member can carry traffic (again). No error if the engine knows that already.
    MemberUp {
        /// The member.
        id: MemberId,
    },
    /// A member cannot carry traffic. No error if the engine knows that already.
    MemberDown {
        /// The member.
        id: MemberId,
    },
    /// An endpoint was created and wants a member.
    EndpointAdded {
        /// Its place.
        slot: Slot,
        /// The endpoint is not counted and never moved for balance: the team's own (GRP-7).
        weightless: bool,
        /// The member that the administrator chose for it.
        pin: Option<MemberId>,
    },
    /// An endpoint was deleted. The driver takes down all that [`Engine::holders`] names by
    /// itself: no action for this slot appears any more.
    ///
    /// [`Engine::holders`]: super::Engine::holders
    EndpointRemoved {
        /// Its place.
        slot: Slot,
    },
    /// The administrator binds an endpoint to a member, or frees it with `None` (PLC-6).
    Pin {
        /// The endpoint.
        slot: Slot,
        /// Where it shall be whenever that member is available.
        member: Option<MemberId>,
    },
    /// The administrator orders a redistribution (PLC-6).
    Redistribute,
    /// The team is down: all endpoints go to standby. No error if it is down already.
    Suspend,
    /// The team is up: endpoints are placed again. No error if it is up already.
    Resume,
}

/// Why an event was refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The team has no such member (`ENODEV`).
    UnknownMember,
    /// The team has such a member already (`EEXIST`).
    MemberExists,
    /// An action that lets go of the last bearer of this name has not been fetched yet (`EBUSY`).
    MemberBusy,
    /// There is no endpoint in this slot (`ENOENT`).
    UnknownEndpoint,
    /// There is an endpoint in this slot already (`EEXIST`).
    EndpointExists,
    /// The storage has no such slot (`ENOSPC`).
    NoRoom,
}

/// Why an endpoint's mapping changes (CTL-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// The endpoint is new.
    #[default]
    Created,
    /// Its member failed or was taken away (FLT-2).
    Fault,
    /// A member came (back), and the endpoint leaves standby or goes home to its pin (FLT-7). Moves
    /// that only give the member its share are [`Cause::Balance`].
    Recovery,
    /// Members carry an uneven number of endpoints (PLC-2, PLC-3).
    Balance,
    /// An administrator's order (PLC-6), or the team's own device going up or down.
    Admin,
}

/// What the driver must do. Each action is returned once; by then the engine counts it as done.
///
/// A member *holds* an endpoint while its classifier has the endpoint's entry. The books are exact:
/// `Prepare` adds `to`; `Cancel` and `Release` remove their member; `Switch` adds `to` unless
/// `programmed`, and removes `from` unless `planned`. No action adds a holder twice or removes
/// one that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A planned move begins: program the classifier of `to` while traffic still flows over the
    /// old member.
    Prepare {
        /// The endpoint.
        slot: Slot,
        /// Its next member.
        to: MemberId,
    },
    /// A prepared move is off: remove what `Prepare` programmed.
    Cancel {
        /// The endpoint.
        slot: Slot,
        /// The member that it does not move to.
        member: MemberId,
    },
    /// Publish the new mapping now.
    Switch {
        /// The endpoint.
        slot: Slot,
        /// The member that carried it; `None` if it was in standby or is new.
        from: Option<MemberId>,
        /// The member that carries it; `None` for standby (VNIC-3).
        to: Option<MemberId>,
        /// Both members are up: `from` keeps its classifier entry and stays accepted until
        /// `Release`. Otherwise remove the entry from `from`, if that still exists.
        planned: bool,
        /// The classifier of `to` has the entry already; otherwise program it first. Always true
        /// for a planned switch.
        programmed: bool,
        /// Why.
        cause: Cause,
        /// `now` of the event behind it, in nanoseconds: the start of "detected → resumed".
        detected_ns: u64,
    },
    /// The grace period is over: remove the entry from the old member's classifier and do not
    /// accept the endpoint's frames there any more.
    Release {
        /// The endpoint.
        slot: Slot,
        /// Its former member.
        from: MemberId,
    },
}

impl Action {
    /// The endpoint that the action is about.
    pub const fn slot(&self) -> Slot {
        match *self {
            Self::Prepare { slot, .. }
            | Self::Cancel { slot, .. }
            | Self::Switch { slot, .. }
            | Self::Release { slot, .. } => slot,
        }
    }
}
