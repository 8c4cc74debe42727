// SPDX-License-Identifier: GPL-2.0

//! The driver: kernel events go to `logic`, its decisions become actions of `net`.
//!
//! The control path (`events`, `kind`, `vnic`, `netlink`, `mapping`, `monitor`) runs under RTNL and publishes
//! through RCU what the data path (`rx`, `tx`, `flood`) reads. The data path never calls the
//! control path: it can only have the team look at its members, by [`team::Team::suspect`].

#![deny(unsafe_code)]

mod announce;
mod bits;
mod classifier;
mod directory;
mod dropped;
mod endpoint;
mod events;
mod flood;
mod kind;
mod mapping;
mod member;
mod membership;
mod monitor;
mod netlink;
mod notify;
mod rules;
mod rx;
mod stats;
// A team is what this is about.
#[allow(clippy::module_inception)]
mod team;
mod transit;
mod tx;
mod vnic;

use crate::{
    logic::limits,
    net::uapi, //
};

// The limits of the interface are those of the logic.
const _: () = assert!(uapi::VNICTEAM_MAX_VNICS as usize == limits::MAX_VNICS);
const _: () = assert!(uapi::VNICTEAM_MAX_MEMBERS as usize == limits::MAX_MEMBERS);

pub(crate) use self::{
    events::Events,
    kind::TeamKind,
    netlink::FAMILY,
    vnic::VnicKind, //
};
