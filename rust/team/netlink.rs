// SPDX-License-Identifier: GPL-2.0

//! The generic netlink family `vnicteam` (CTL-2): what Documentation/netlink/specs/vnicteam.yaml
//! says.
//!
//! Teams, members and VNICs are got and set with the attributes that rtnetlink has for them, in
//! nests, by the functions of the link kinds: what `ip link` can, this can. A request is about the
//! teams of the network namespace that it was sent in, and their VNICs wherever these are.

mod get;
mod named;
mod order;
mod set;

use self::{
    get::{
        MemberGet,
        TeamGet,
        VnicGet, //
    },
    order::{
        Move,
        Redistribute,
        StatsFlush, //
    },
    set::{
        MemberSet,
        TeamSet,
        VnicSet, //
    },
};
use crate::net::{
    genl::{
        Family,
        Group,
        Op, //
    },
    uapi, //
};

/// The family.
pub(crate) static FAMILY: Family =
    Family::new(c"vnicteam", uapi::VNICTEAM_FAMILY_VERSION, &OPS, &GROUPS);

/// The group of listeners to events.
pub(super) const EVENTS: u32 = 0;

static GROUPS: [Group; 1] = [Group::new(c"events")];

static OPS: [Op; 12] = [
    Op::run::<TeamGet>(),
    Op::list::<TeamGet>(),
    Op::run::<MemberGet>(),
    Op::list::<MemberGet>(),
    Op::run::<VnicGet>(),
    Op::list::<VnicGet>(),
    Op::run::<TeamSet>(),
    Op::run::<MemberSet>(),
    Op::run::<VnicSet>(),
    Op::run::<Move>(),
    Op::run::<Redistribute>(),
    Op::run::<StatsFlush>(),
];
