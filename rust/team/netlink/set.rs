// SPDX-License-Identifier: GPL-2.0

//! Setting what rtnetlink sets, by the functions of the link kinds.

use super::named::{
    member_of_request,
    team_of_request,
    vnic_of_request,
    SLOT, //
};
use crate::{
    net::{
        genl::{
            Command,
            Do,
            Request, //
        },
        link::{
            self,
            Kind, //
        },
        netlink::{
            Attrs,
            Policy, //
        },
        uapi,
        ExtAck,
        Rtnl, //
    },
    team::{
        kind::TeamKind,
        vnic::VnicKind, //
    },
};
use kernel::prelude::*;

/// What a request sets, in its nest `number`, which must be there.
fn with_info<R>(
    request: &mut Request<'_>,
    number: u32,
    policy: &'static [Policy],
    set: impl FnOnce(&Attrs<'_>, &mut ExtAck<'_>) -> Result<R>,
) -> Result<R> {
    match request.attrs.nest(number, policy, &mut request.extack)? {
        Some(nest) => set(&nest.attrs(), &mut request.extack),
        None => {
            let why = c"what to set is missing: give it in \"info\"";
            Err(request.extack.missing(number, why))
        }
    }
}

pub(super) struct TeamSet;

impl Command for TeamSet {
    const CMD: u32 = uapi::VNICTEAM_CMD_TEAM_SET;
    const ADMIN: bool = true;
}

impl Do for TeamSet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(),                  // VNICTEAM_A_TEAM_IFINDEX
        Policy::REJECT,                 // VNICTEAM_A_TEAM_NAME
        Policy::nest(TeamKind::POLICY), // VNICTEAM_A_TEAM_INFO
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let team = team_of_request(request, uapi::VNICTEAM_A_TEAM_IFINDEX, rtnl)?;
        let number = uapi::VNICTEAM_A_TEAM_INFO;
        with_info(request, number, TeamKind::POLICY, |info, extack| {
            TeamKind::validate(&Attrs::NONE, info, extack)?;
            TeamKind::change(&team, info, extack, rtnl)
        })
    }
}

pub(super) struct MemberSet;

impl Command for MemberSet {
    const CMD: u32 = uapi::VNICTEAM_CMD_MEMBER_SET;
    const ADMIN: bool = true;
}

impl Do for MemberSet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(),                        // VNICTEAM_A_MEMBER_IFINDEX
        Policy::REJECT,                       // VNICTEAM_A_MEMBER_NAME
        Policy::REJECT,                       // VNICTEAM_A_MEMBER_TEAM
        Policy::nest(TeamKind::SLAVE_POLICY), // VNICTEAM_A_MEMBER_INFO
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let member = member_of_request(request, rtnl)?;
        let number = uapi::VNICTEAM_A_MEMBER_INFO;
        let team = link::data_of::<TeamKind>(&member.team.dev, rtnl).ok_or(ENODEV)?;
        with_info(request, number, TeamKind::SLAVE_POLICY, |info, extack| {
            TeamKind::change_slave(&team, &member.dev, info, extack, rtnl)
        })
    }
}

pub(super) struct VnicSet;

impl Command for VnicSet {
    const CMD: u32 = uapi::VNICTEAM_CMD_VNIC_SET;
    const ADMIN: bool = true;
}

impl Do for VnicSet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(),                  // VNICTEAM_A_VNIC_IFINDEX
        Policy::REJECT,                 // VNICTEAM_A_VNIC_NAME
        Policy::REJECT,                 // VNICTEAM_A_VNIC_NETNSID
        Policy::u32(),                  // VNICTEAM_A_VNIC_TEAM
        SLOT,                           // VNICTEAM_A_VNIC_SLOT
        Policy::REJECT,                 // VNICTEAM_A_VNIC_MEMBER
        Policy::nest(VnicKind::POLICY), // VNICTEAM_A_VNIC_INFO
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let vnic = vnic_of_request(request, rtnl)?;
        let number = uapi::VNICTEAM_A_VNIC_INFO;
        with_info(request, number, VnicKind::POLICY, |info, extack| {
            VnicKind::validate(&Attrs::NONE, info, extack)?;
            VnicKind::change(&vnic, info, extack, rtnl)
        })
    }
}
