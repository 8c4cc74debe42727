// SPDX-License-Identifier: GPL-2.0

//! Getting a team, a member or a VNIC, and listing them.

use super::named::{
    member,
    member_of_request,
    team_device,
    team_of_request,
    vnic_of_request,
    SLOT, //
};
use crate::{
    logic::limits::{
        MemberId,
        Slot, //
    },
    net::{
        genl::{
            Command,
            Do,
            Dump,
            Dumper,
            Request, //
        },
        link::{
            self,
            Kind, //
        },
        netlink::{
            Attr,
            Message,
            Policy, //
        },
        netns::Net,
        uapi,
        RcuArc,
        Rtnl, //
    },
    team::{
        endpoint::Endpoint,
        kind::{
            TeamDevice,
            TeamKind, //
        },
        member::Member,
        notify,
        stats,
        vnic::VnicKind, //
    },
};
use kernel::prelude::*;

pub(super) struct TeamGet;

impl Command for TeamGet {
    const CMD: u32 = uapi::VNICTEAM_CMD_TEAM_GET;
}

impl Do for TeamGet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(), // VNICTEAM_A_TEAM_IFINDEX
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let team = team_of_request(request, uapi::VNICTEAM_A_TEAM_IFINDEX, rtnl)?;
        request.reply(|msg| put_team(msg, &team, rtnl))
    }
}

impl Dump for TeamGet {
    const POLICY: &'static [Policy] = &[];
    type Cursor = Cursor;

    fn run(dump: &mut Dumper<'_>, cursor: &mut Cursor) -> Result {
        let rtnl = &mut *Rtnl::lock();
        each_team(dump, cursor, None, rtnl, |dump, team, _, rtnl| {
            dump.put(|msg| put_team(msg, team, rtnl))
        })
    }
}

pub(super) struct MemberGet;

impl Command for MemberGet {
    const CMD: u32 = uapi::VNICTEAM_CMD_MEMBER_GET;
}

impl Do for MemberGet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(), // VNICTEAM_A_MEMBER_IFINDEX
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let member = member_of_request(request, rtnl)?;
        let team = link::data_of::<TeamKind>(&member.team.dev, rtnl).ok_or(ENODEV)?;
        request.reply(|msg| put_member(msg, &team, &member, rtnl))
    }
}

impl Dump for MemberGet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::REJECT, // VNICTEAM_A_MEMBER_IFINDEX
        Policy::REJECT, // VNICTEAM_A_MEMBER_NAME
        Policy::u32(),  // VNICTEAM_A_MEMBER_TEAM
    ];
    type Cursor = Cursor;

    fn run(dump: &mut Dumper<'_>, cursor: &mut Cursor) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let filter = dump.attrs.attr(uapi::VNICTEAM_A_MEMBER_TEAM);
        each_team(dump, cursor, filter, rtnl, |dump, device, place, rtnl| {
            let end = uapi::VNICTEAM_MAX_MEMBERS as usize;
            each_place(place, end, |id| {
                let id = MemberId::from_index(id);
                match id.and_then(|id| device.team().member_of(id, rtnl)) {
                    Some(member) => dump.put(|msg| put_member(msg, device, &member, rtnl)),
                    None => Ok(()),
                }
            })
        })
    }
}

pub(super) struct VnicGet;

impl Command for VnicGet {
    const CMD: u32 = uapi::VNICTEAM_CMD_VNIC_GET;
}

impl Do for VnicGet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::u32(),  // VNICTEAM_A_VNIC_IFINDEX
        Policy::REJECT, // VNICTEAM_A_VNIC_NAME
        Policy::REJECT, // VNICTEAM_A_VNIC_NETNSID
        Policy::u32(),  // VNICTEAM_A_VNIC_TEAM
        SLOT,           // VNICTEAM_A_VNIC_SLOT
    ];

    fn run(request: &mut Request<'_>) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let vnic = vnic_of_request(request, rtnl)?;
        request.reply(|msg| put_vnic(msg, &vnic, request.net(), rtnl))
    }
}

impl Dump for VnicGet {
    const POLICY: &'static [Policy] = &[
        Policy::STRICT,
        Policy::REJECT, // VNICTEAM_A_VNIC_IFINDEX
        Policy::REJECT, // VNICTEAM_A_VNIC_NAME
        Policy::REJECT, // VNICTEAM_A_VNIC_NETNSID
        Policy::u32(),  // VNICTEAM_A_VNIC_TEAM
        Policy::REJECT, // VNICTEAM_A_VNIC_SLOT
        Policy::u32(),  // VNICTEAM_A_VNIC_MEMBER
    ];
    type Cursor = Cursor;

    fn run(dump: &mut Dumper<'_>, cursor: &mut Cursor) -> Result {
        let rtnl = &mut *Rtnl::lock();
        let (net, filter) = (dump.net(), dump.attrs.attr(uapi::VNICTEAM_A_VNIC_TEAM));
        let on = match dump.attrs.attr(uapi::VNICTEAM_A_VNIC_MEMBER) {
            None => None,
            Some(attr) => match member(net, attr, &mut dump.extack, rtnl) {
                Ok(member) => Some(member),
                // It was there, and is gone: nothing is on it.
                Err(_) if cursor.begun != 0 => {
                    dump.set_generation(notify::generation(rtnl));
                    return Ok(());
                }
                Err(error) => return Err(error),
            },
        };
        cursor.begun |= u32::from(on.is_some());
        each_team(dump, cursor, filter, rtnl, |dump, device, place, rtnl| {
            let end = uapi::VNICTEAM_MAX_VNICS.saturating_add(1) as usize;
            *place = (*place).max(1);
            each_place(place, end, |slot| {
                let slot = Slot::from_index(slot);
                let vnic = slot.and_then(|slot| device.team().endpoint_of(slot, rtnl));
                let wanted =
                    |vnic: &RcuArc<Endpoint>| on.as_ref().is_none_or(|on| vnic.member.is(on));
                match vnic.filter(wanted) {
                    Some(vnic) => dump.put(|msg| put_vnic(msg, &vnic, net, rtnl)),
                    None => Ok(()),
                }
            })
        })
    }
}

fn put_team(msg: &mut Message, device: &RcuArc<TeamDevice>, rtnl: &mut Rtnl) -> Result {
    let team = device.team();
    msg.put_u32(uapi::VNICTEAM_A_TEAM_IFINDEX, team.dev.ifindex())?;
    msg.put_str(uapi::VNICTEAM_A_TEAM_NAME, team.dev.name(rtnl))?;
    msg.put_nest(uapi::VNICTEAM_A_TEAM_INFO, |msg| {
        TeamKind::fill_info(device, msg, rtnl)
    })?;
    if let Some(endpoint) = team.endpoint_of(Slot::TEAM, rtnl) {
        msg.put_nest(uapi::VNICTEAM_A_TEAM_STATS, |msg| {
            stats::fill_endpoint(&endpoint, msg, rtnl)
        })?;
    }
    let journal = team.journal.borrow(rtnl);
    msg.put_uint(uapi::VNICTEAM_A_TEAM_EVENT_SEQ, journal.seq())?;
    msg.put_uint(uapi::VNICTEAM_A_TEAM_EVENTS_LOST, journal.lost())
}

fn put_member(
    msg: &mut Message,
    device: &RcuArc<TeamDevice>,
    member: &Member,
    rtnl: &mut Rtnl,
) -> Result {
    msg.put_u32(uapi::VNICTEAM_A_MEMBER_IFINDEX, member.dev.ifindex())?;
    msg.put_str(uapi::VNICTEAM_A_MEMBER_NAME, member.dev.name(rtnl))?;
    msg.put_u32(uapi::VNICTEAM_A_MEMBER_TEAM, member.team.dev.ifindex())?;
    msg.put_nest(uapi::VNICTEAM_A_MEMBER_INFO, |msg| {
        TeamKind::fill_slave_info(device, &member.dev, msg, rtnl)
    })?;
    msg.put_nest(uapi::VNICTEAM_A_MEMBER_STATS, |msg| {
        stats::fill_member(member, msg, rtnl)
    })
}

fn put_vnic(msg: &mut Message, vnic: &RcuArc<Endpoint>, reader: &Net, rtnl: &mut Rtnl) -> Result {
    msg.put_u32(uapi::VNICTEAM_A_VNIC_IFINDEX, vnic.dev.ifindex())?;
    msg.put_str(uapi::VNICTEAM_A_VNIC_NAME, vnic.dev.name(rtnl))?;
    let net = vnic.dev.net(rtnl);
    if !net.is(reader) {
        msg.put_i32(uapi::VNICTEAM_A_VNIC_NETNSID, reader.id_of(net))?;
    }
    msg.put_u32(uapi::VNICTEAM_A_VNIC_TEAM, vnic.team.dev.ifindex())?;
    msg.put_u32(uapi::VNICTEAM_A_VNIC_SLOT, vnic.slot.index() as u32)?;
    msg.put_octets(uapi::VNICTEAM_A_VNIC_ADDRESS, &vnic.dev.addr(rtnl))?;
    msg.put_nest(uapi::VNICTEAM_A_VNIC_INFO, |msg| {
        VnicKind::fill_info(vnic, msg, rtnl)
    })?;
    msg.put_nest(uapi::VNICTEAM_A_VNIC_STATS, |msg| {
        stats::fill_endpoint(vnic, msg, rtnl)
    })
}

/// How far a list has come: the team of the lowest index that is not done, and what of it is not.
#[derive(Zeroable)]
pub(super) struct Cursor {
    team: u32,
    place: u32,
    /// Whether something was listed before.
    begun: u32,
}

/// Calls `one` for each team that is left: all in the sender's namespace, or the one that `filter`
/// names. `one` lists what is left of the team, from `place` on.
fn each_team(
    dump: &mut Dumper<'_>,
    cursor: &mut Cursor,
    filter: Option<Attr<'_>>,
    rtnl: &mut Rtnl,
    mut one: impl FnMut(&mut Dumper<'_>, &RcuArc<TeamDevice>, &mut u32, &mut Rtnl) -> Result,
) -> Result {
    dump.set_generation(notify::generation(rtnl));
    let net = dump.net();
    if let Some(filter) = filter {
        return match team_device(net, filter, &mut dump.extack, rtnl) {
            Ok(team) => {
                cursor.begun = 1;
                one(dump, &team, &mut cursor.place, rtnl)
            }
            // It was there, and is gone: the list ends.
            Err(_) if cursor.begun != 0 => Ok(()),
            Err(error) => Err(error),
        };
    }
    loop {
        let Some(dev) = net.device_from(cursor.team, rtnl) else {
            return Ok(());
        };
        let ifindex = dev.ifindex();
        if ifindex != cursor.team {
            (cursor.team, cursor.place) = (ifindex, 0);
        }
        if let Some(team) = link::data_of::<TeamKind>(dev, rtnl) {
            one(dump, &team, &mut cursor.place, rtnl)?;
        }
        (cursor.team, cursor.place) = (ifindex.saturating_add(1), 0);
    }
}

/// Calls `one` for each number from `place` on, below `end`, and keeps in `place` which is next.
fn each_place(place: &mut u32, end: usize, mut one: impl FnMut(usize) -> Result) -> Result {
    while (*place as usize) < end {
        one(*place as usize)?;
        *place = place.saturating_add(1);
    }
    Ok(())
}
