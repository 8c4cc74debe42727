// SPDX-License-Identifier: GPL-2.0

//! Members come and go (GRP-2, GRP-6).

use super::{
    directory,
    kind::TeamKind,
    mapping,
    member::Member,
    notify,
    team::Team,
    vnic::VnicKind, //
};
use crate::{
    logic::{
        engine::Event,
        limits::{
            MemberId,
            MemberSet,
            Slot, //
        },
    },
    net::{
        errno,
        link::Kind,
        rx_handler,
        ExtAck,
        NetDevice,
        RcuArc,
        Rtnl, //
    },
};
use core::sync::atomic::Ordering;
use kernel::prelude::*;

/// Refuses devices that cannot be members, with the reason.
fn check(team: &Team, dev: &NetDevice, extack: &mut ExtAck<'_>, rtnl: &Rtnl) -> Result {
    let (error, why) = if dev.is_loopback() {
        (EINVAL, "is a loopback device: a member is an Ethernet NIC")
    } else if !dev.is_ethernet() {
        (EINVAL, "is no Ethernet device: a member is an Ethernet NIC")
    } else if dev.is_kind(TeamKind::KIND, rtnl) {
        (EINVAL, "is a team: add its NICs to this team instead")
    } else if dev.is_kind(VnicKind::KIND, rtnl) {
        (EINVAL, "is a VNIC: a team stands on NICs, not on VNICs")
    } else if team.dev.has_upper(dev, rtnl) {
        (EINVAL, "stands on this team: that would be a loop")
    } else if dev.has_master(rtnl) {
        (EBUSY, "has a master: release it first (nomaster)")
    } else if dev.is_rx_handler_busy(rtnl) {
        (EBUSY, "is used by a macvlan or the like: remove that first")
    } else if directory::is_taken(team, &dev.addr(rtnl), None, None, rtnl) {
        (
            errno::eaddrinuse(),
            "has a MAC address that is taken on this team",
        )
    } else {
        return Ok(());
    };
    Err(extack.refuse_fmt(error, format_args!("{} {why}", dev.name(rtnl))))
}

/// Adds `dev` as a member and spreads the endpoints over all members.
pub(super) fn add(
    team: &RcuArc<Team>,
    dev: &NetDevice,
    extack: &mut ExtAck<'_>,
    rtnl: &mut Rtnl,
) -> Result {
    check(team, dev, extack, rtnl)?;
    let Some(id) = team.free_member(rtnl) else {
        return Err(extack.refuse(ENOSPC, c"the team has 32 members, which is the most"));
    };
    let member = Member::new(id, dev, team, rtnl)?;
    let mtu = team.dev.mtu();
    if member.mtu_before != mtu {
        if let Err(error) = dev.set_mtu(mtu, rtnl) {
            let name = dev.name(rtnl);
            return Err(extack.refuse_fmt(
                error,
                format_args!("{name} does not take the team's MTU of {mtu}: set another"),
            ));
        }
    }
    let result = attach(team, &member, extack, rtnl);
    if result.is_err() {
        restore(&member, rtnl);
    }
    result
}

fn attach(
    team: &RcuArc<Team>,
    member: &RcuArc<Member>,
    extack: &mut ExtAck<'_>,
    rtnl: &mut Rtnl,
) -> Result {
    let dev = &member.dev;
    // A member's own address is for the team's use only: no IPv6 address is to be made of it.
    dev.set_no_addrconf(true, rtnl);
    if member.was_down {
        dev.open(extack, rtnl).map_err(|error| {
            let name = dev.name(rtnl);
            extack.refuse_fmt(
                error,
                format_args!("{name} cannot be brought up: try that first"),
            )
        })?;
    }
    rx_handler::register(dev, member.clone(), rtnl)?;
    if let Err(error) = dev.link_master(&team.dev, extack, rtnl) {
        rx_handler::unregister::<Member>(dev, rtnl);
        return Err(error);
    }
    let id = member.id;
    let up = dev.can_carry();
    let event = Event::MemberAdded {
        id,
        order: dev.ifindex(),
        up,
    };
    if let Err(error) = team.tell(event, rtnl) {
        dev.unlink_upper(&team.dev, rtnl);
        rx_handler::unregister::<Member>(dev, rtnl);
        return Err(error);
    }
    member.up.store(up, Ordering::Relaxed);
    if let Some(place) = team.member_place(id) {
        place.replace(Some(member.clone()), rtnl);
    }
    notify::member_added(member, rtnl);
    team.update_timer(rtnl);
    adapt_endpoints(team, rtnl);
    mapping::run(team, rtnl);
    Ok(())
}

/// Gives a NIC that is no member any more back as it was.
fn restore(member: &Member, rtnl: &mut Rtnl) {
    let dev = &member.dev;
    if member.was_down {
        dev.close(rtnl);
    }
    dev.set_no_addrconf(false, rtnl);
    if dev.mtu() != member.mtu_before && dev.set_mtu(member.mtu_before, rtnl).is_err() {
        pr_warn!(
            "{} does not take its former MTU of {}\n",
            dev.name(rtnl),
            member.mtu_before
        );
    }
}

/// Why a member leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// It is released, and stays what it was.
    Released,
    /// Its device goes, or moves to another namespace.
    Unregistered,
}

/// Takes `dev` out of the team; what it carried moves on.
pub(super) fn remove(
    team: &RcuArc<Team>,
    dev: &NetDevice,
    why: Leaving,
    rtnl: &mut Rtnl,
) -> Result {
    let member = team.members(rtnl).find(|member| member.dev.is(dev));
    let id = member.map(|member| member.id).ok_or(ENODEV)?;
    let member = team.member_of(id, rtnl).ok_or(ENODEV)?;
    team.tell(Event::MemberRemoved { id }, rtnl)?;
    mapping::run(team, rtnl);
    notify::member_removed(&member, rtnl);
    if let Some(place) = team.member_place(id) {
        place.replace(None, rtnl);
    }
    team.update_timer(rtnl);
    rx_handler::unregister::<Member>(dev, rtnl);
    dev.unlink_upper(&team.dev, rtnl);
    if why == Leaving::Released {
        restore(&member, rtnl);
    } else {
        dev.set_no_addrconf(false, rtnl);
    }
    adapt_endpoints(team, rtnl);
    Ok(())
}

/// Takes all members out: the team goes.
pub(super) fn remove_all(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    for id in MemberId::all() {
        if let Some(member) = team.member_of(id, rtnl) {
            // It was just found.
            let _ = remove(team, &member.dev, Leaving::Released, rtnl);
        }
    }
}

/// Adapts `dev`, the netdev of an endpoint, to what the members need and take.
pub(super) fn adapt(team: &Team, dev: &NetDevice, rtnl: &mut Rtnl) {
    let members = MemberId::all().filter_map(|id| team.member_of(id, rtnl));
    let Ok(members) = collect(members) else {
        // Without memory it keeps what it has: packets are made to fit just before the NIC.
        return;
    };
    dev.adapt_to(members.iter().map(|member| &*member.dev), rtnl);
}

fn collect(members: impl Iterator<Item = RcuArc<Member>>) -> Result<KVec<RcuArc<Member>>> {
    let mut list = KVec::new();
    for member in members {
        list.push(member, GFP_KERNEL)?;
    }
    Ok(list)
}

/// Adapts the netdevs of all endpoints to the members that there are now.
pub(super) fn adapt_endpoints(team: &Team, rtnl: &mut Rtnl) {
    for slot in Slot::all() {
        if let Some(endpoint) = team.endpoint_of(slot, rtnl) {
            adapt(team, &endpoint.dev, rtnl);
            endpoint.dev.update_features(rtnl);
        }
    }
}

/// Gives all members, and the VNICs that have more, the MTU that the team is about to have.
pub(super) fn change_mtu(team: &Team, mtu: u32, rtnl: &mut Rtnl) -> Result {
    team.control.borrow_mut(rtnl).changing_mtu = true;
    let result = change_members_mtu(team, mtu, rtnl);
    team.control.borrow_mut(rtnl).changing_mtu = false;
    result?;
    for slot in Slot::all().filter(|slot| *slot != Slot::TEAM) {
        let Some(vnic) = team.endpoint_of(slot, rtnl) else {
            continue;
        };
        if vnic.dev.mtu() > mtu {
            vnic.dev.set_mtu(mtu, rtnl)?;
        }
        vnic.dev.set_max_mtu(mtu, rtnl);
    }
    Ok(())
}

fn change_members_mtu(team: &Team, mtu: u32, rtnl: &mut Rtnl) -> Result {
    let before = team.dev.mtu();
    let mut changed = MemberSet::EMPTY;
    for id in MemberId::all() {
        let Some(member) = team.member_of(id, rtnl) else {
            continue;
        };
        if member.dev.mtu() == mtu {
            continue;
        }
        if let Err(error) = member.dev.set_mtu(mtu, rtnl) {
            for id in changed.iter() {
                if let Some(member) = team.member_of(id, rtnl) {
                    // It had this one a moment ago.
                    let _ = member.dev.set_mtu(before, rtnl);
                }
            }
            return Err(error);
        }
        changed.insert(id);
    }
    Ok(())
}

/// The MTU of a member may have been changed: the team's is no larger than any (VNIC-1).
pub(super) fn follow_mtu(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    let least = team.members(rtnl).map(|member| member.dev.mtu()).min();
    let Some(mtu) = least.filter(|&mtu| mtu < team.dev.mtu()) else {
        return;
    };
    if !team.control.borrow(rtnl).changing_mtu && team.dev.set_mtu(mtu, rtnl).is_err() {
        pr_warn!(
            "{}: cannot follow its members to an MTU of {mtu}\n",
            team.dev.name(rtnl)
        );
    }
}
