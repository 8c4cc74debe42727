// SPDX-License-Identifier: GPL-2.0

//! Orders: moving VNICs by hand, spreading them anew (PLC-6), counting from zero.

use super::named::{
    member,
    member_in,
    team_device,
    team_of_request,
    vnic_by_index,
    vnic_by_slot,
    SLOT, //
};
use crate::{
    logic::{
        engine::Event,
        limits::Slot, //
    },
    net::{
        genl::{
            Command,
            Do,
            Request, //
        },
        netlink::{
            Attr,
            Policy, //
        },
        uapi,
        ExtAck,
        RcuArc,
        Rtnl, //
    },
    team::{
        bits::SlotBits,
        endpoint::Endpoint,
        mapping,
        notify,
        stats,
        team::Team, //
    },
};
use kernel::prelude::*;

/// The VNICs of one team that a request to move names.
struct Chosen {
    team: Option<RcuArc<Team>>,
    slots: SlotBits,
}

impl Chosen {
    fn add(
        &mut self,
        vnic: &RcuArc<Endpoint>,
        attr: Attr<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let team = self.team.get_or_insert_with(|| vnic.team.clone());
        if !team.dev.is(&vnic.team.dev) {
            let (name, team) = (vnic.dev.name(rtnl), team.dev.name(rtnl));
            return Err(extack.blame(Some(attr)).refuse_fmt(
                EINVAL,
                format_args!("{name} is no VNIC of {team}: move those of one team at a time"),
            ));
        }
        self.slots.set(vnic.slot, true);
        Ok(())
    }
}

pub(super) struct Move;

impl Command for Move {
    const CMD: u32 = uapi::VNICTEAM_CMD_MOVE;
    const ADMIN: bool = true;
}

impl Move {
    /// What is to be moved.
    fn chosen(request: &mut Request<'_>, rtnl: &Rtnl) -> Result<Chosen> {
        let (net, attrs) = (request.net(), request.attrs);
        let team = attrs
            .attr(uapi::VNICTEAM_A_MOVE_TEAM)
            .map(|attr| team_device(net, attr, &mut request.extack, rtnl))
            .transpose()?;
        let mut chosen = Chosen {
            team: team.map(|team| team.team().clone()),
            slots: SlotBits::new(),
        };
        if attrs.has(uapi::VNICTEAM_A_MOVE_SLOT) {
            let Some(team) = chosen.team.clone() else {
                let why = c"slots are those of a team: give the team's ifindex, too";
                return Err(request.extack.missing(uapi::VNICTEAM_A_MOVE_TEAM, why));
            };
            for attr in request.all(uapi::VNICTEAM_A_MOVE_SLOT) {
                let vnic = vnic_by_slot(&team, attr, &mut request.extack, rtnl)?;
                chosen.add(&vnic, attr, &mut request.extack, rtnl)?;
            }
        }
        for attr in request.all(uapi::VNICTEAM_A_MOVE_IFINDEX) {
            let vnic = vnic_by_index(net, attr, &mut request.extack, rtnl)?;
            chosen.add(&vnic, attr, &mut request.extack, rtnl)?;
        }
        if let Some(attr) = attrs.attr(uapi::VNICTEAM_A_MOVE_FROM) {
            let from = member(net, attr, &mut request.extack, rtnl)?;
            let team = chosen.team.get_or_insert_with(|| from.team.clone()).clone();
            member_in(&team, attr, &mut request.extack, rtnl)?;
            let vnics = team.endpoints(rtnl).filter(|one| one.slot != Slot::TEAM);
            for vnic in vnics.filter(|one| one.member.is(&from)) {
                chosen.slots.set(vnic.slot, true);
            }
        } else if chosen.slots.is_empty() {
            let why = c"which VNICs is missing: give slots, ifindexes, or the member they are on";
            return Err(request.extack.missing(uapi::VNICTEAM_A_MOVE_SLOT, why));
        }
        Ok(chosen)
    }
}

impl Do for Move {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(), // VNICTEAM_A_MOVE_TEAM
        SLOT,          // VNICTEAM_A_MOVE_SLOT
        Policy::u32(), // VNICTEAM_A_MOVE_IFINDEX
        Policy::u32(), // VNICTEAM_A_MOVE_FROM
        Policy::u32(), // VNICTEAM_A_MOVE_MEMBER
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let number = uapi::VNICTEAM_A_MOVE_MEMBER;
        let Some(attr) = request.attrs.attr(number) else {
            let why = c"where to is missing: give a member's ifindex, or 0 for any";
            return Err(request.extack.missing(number, why));
        };
        let Chosen { team, slots } = Move::chosen(request, rtnl)?;
        let team = team.ok_or(EINVAL)?;
        let member = match attr.u32() {
            Some(0) => None,
            _ => Some(member_in(&team, attr, &mut request.extack, rtnl)?),
        };
        team.pin(slots.iter(None), member, rtnl)?;
        mapping::run(&team, rtnl);
        request.reply(|msg| msg.put_u32(uapi::VNICTEAM_A_MOVE_COUNT, slots.count()))
    }
}

pub(super) struct Redistribute;

impl Command for Redistribute {
    const CMD: u32 = uapi::VNICTEAM_CMD_REDISTRIBUTE;
    const ADMIN: bool = true;
}

impl Do for Redistribute {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(), // VNICTEAM_A_MOVE_TEAM
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let device = team_of_request(request, uapi::VNICTEAM_A_MOVE_TEAM, rtnl)?;
        let team = device.team();
        team.tell(Event::Redistribute, rtnl)?;
        let moves = notify::ordered(team, rtnl);
        mapping::run(team, rtnl);
        request.reply(|msg| msg.put_u32(uapi::VNICTEAM_A_MOVE_COUNT, moves))
    }
}

pub(super) struct StatsFlush;

impl Command for StatsFlush {
    const CMD: u32 = uapi::VNICTEAM_CMD_STATS_FLUSH;
    const ADMIN: bool = true;
}

impl Do for StatsFlush {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(), // VNICTEAM_A_TEAM_IFINDEX
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let team = team_of_request(request, uapi::VNICTEAM_A_TEAM_IFINDEX, rtnl)?;
        stats::flush(team.team(), rtnl);
        Ok(())
    }
}
