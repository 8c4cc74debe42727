// SPDX-License-Identifier: GPL-2.0

//! What a request names: a team, a member, a VNIC; or the reason why there is none such, with the
//! attribute that is wrong or missing.

use crate::{
    logic::limits::{
        MemberId,
        Slot, //
    },
    net::{
        genl::Request,
        link,
        netlink::{
            Attr,
            Policy, //
        },
        netns::Net,
        rx_handler,
        uapi,
        ExtAck,
        NetDevice,
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
        team::Team,
        vnic::VnicKind, //
    },
};
use kernel::prelude::*;

/// A VNIC's slot.
pub(super) const SLOT: Policy = Policy::u32_range(1, uapi::VNICTEAM_MAX_VNICS as i16);

/// The device of the index that `attr` gives.
pub(super) fn device<'a>(
    net: &Net,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &'a Rtnl,
) -> Result<&'a NetDevice> {
    let ifindex = attr.u32().ok_or(EINVAL)?;
    net.device(ifindex, rtnl).ok_or_else(|| {
        extack.blame(Some(attr)).refuse_fmt(
            ENODEV,
            format_args!("there is no interface {ifindex} in this network namespace"),
        )
    })
}

/// The team that `attr` names.
pub(super) fn team_device(
    net: &Net,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result<RcuArc<TeamDevice>> {
    let dev = device(net, attr, extack, rtnl)?;
    link::data_of::<TeamKind>(dev, rtnl).ok_or_else(|| {
        let name = dev.name(rtnl);
        extack.blame(Some(attr)).refuse_fmt(
            EINVAL,
            format_args!("{name} is no team: give the ifindex of one"),
        )
    })
}

/// The team that the attribute `number` of a request names.
pub(super) fn team_of_request(
    request: &mut Request<'_>,
    number: u32,
    rtnl: &Rtnl,
) -> Result<RcuArc<TeamDevice>> {
    let Some(attr) = request.attrs.attr(number) else {
        let why = c"which team is missing: give its ifindex";
        return Err(request.extack.missing(number, why));
    };
    team_device(request.net(), attr, &mut request.extack, rtnl)
}

/// The member that `attr` names.
pub(super) fn member(
    net: &Net,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result<RcuArc<Member>> {
    let dev = device(net, attr, extack, rtnl)?;
    let member = rx_handler::of::<Member>(dev, rtnl);
    let member = member.and_then(|member| member.team.member_of(member.id, rtnl));
    member.filter(|member| member.dev.is(dev)).ok_or_else(|| {
        let name = dev.name(rtnl);
        extack.blame(Some(attr)).refuse_fmt(
            EINVAL,
            format_args!("{name} is no member of a team: add it to one first"),
        )
    })
}

/// The member that a request names.
pub(super) fn member_of_request(request: &mut Request<'_>, rtnl: &Rtnl) -> Result<RcuArc<Member>> {
    let number = uapi::VNICTEAM_A_MEMBER_IFINDEX;
    let Some(attr) = request.attrs.attr(number) else {
        let why = c"which member is missing: give its ifindex";
        return Err(request.extack.missing(number, why));
    };
    member(request.net(), attr, &mut request.extack, rtnl)
}

/// The member of `team` that `attr` names.
pub(super) fn member_in(
    team: &Team,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result<MemberId> {
    let pin = team.pin_of_request(Some(attr), extack, rtnl)?;
    pin.flatten().ok_or(EINVAL)
}

/// The VNIC of the index that `attr` gives, if its team is in the sender's namespace too.
pub(super) fn vnic_by_index(
    net: &Net,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result<RcuArc<Endpoint>> {
    let dev = device(net, attr, extack, rtnl)?;
    let name = dev.name(rtnl);
    let Some(vnic) = link::data_of::<VnicKind>(dev, rtnl) else {
        return Err(extack.blame(Some(attr)).refuse_fmt(
            EINVAL,
            format_args!("{name} is no VNIC: give the ifindex of one"),
        ));
    };
    if !vnic.team.dev.net(rtnl).is(net) {
        return Err(extack.blame(Some(attr)).refuse_fmt(
            EINVAL,
            format_args!("the team of {name} is in another network namespace: ask there"),
        ));
    }
    Ok(vnic)
}

/// The VNIC in the slot of `team` that `attr` gives.
pub(super) fn vnic_by_slot(
    team: &Team,
    attr: Attr<'_>,
    extack: &mut ExtAck<'_>,
    rtnl: &Rtnl,
) -> Result<RcuArc<Endpoint>> {
    let number = attr.u32().ok_or(EINVAL)?;
    let slot = usize::try_from(number).ok().and_then(Slot::from_index);
    let vnic = slot.and_then(|slot| team.endpoint_of(slot, rtnl));
    vnic.ok_or_else(|| {
        let name = team.dev.name(rtnl);
        extack
            .blame(Some(attr))
            .refuse_fmt(ENODEV, format_args!("{name} has no VNIC in slot {number}"))
    })
}

/// The VNIC that a request names, by its index or by team and slot, or by both.
pub(super) fn vnic_of_request(request: &mut Request<'_>, rtnl: &Rtnl) -> Result<RcuArc<Endpoint>> {
    let (net, attrs) = (request.net(), request.attrs);
    let team_attr = attrs.attr(uapi::VNICTEAM_A_VNIC_TEAM);
    let slot_attr = attrs.attr(uapi::VNICTEAM_A_VNIC_SLOT);
    let extack = &mut request.extack;
    let team = team_attr.map(|attr| team_device(net, attr, extack, rtnl));
    let team = team.transpose()?;
    let by_slot = match (&team, slot_attr) {
        (Some(team), Some(attr)) => Some(vnic_by_slot(team.team(), attr, extack, rtnl)?),
        (None, Some(_)) => {
            let why = c"the slot is one of a team: give the team's ifindex, too";
            return Err(extack.missing(uapi::VNICTEAM_A_VNIC_TEAM, why));
        }
        _ => None,
    };
    let Some(attr) = attrs.attr(uapi::VNICTEAM_A_VNIC_IFINDEX) else {
        let (number, why) = if team.is_some() {
            (
                uapi::VNICTEAM_A_VNIC_SLOT,
                c"which VNIC is missing: give its slot in the team",
            )
        } else {
            (
                uapi::VNICTEAM_A_VNIC_IFINDEX,
                c"which VNIC is missing: give its ifindex, or its team and slot",
            )
        };
        return by_slot.ok_or_else(|| extack.missing(number, why));
    };
    let vnic = vnic_by_index(net, attr, extack, rtnl)?;
    let is_other_team = team.is_some_and(|team| !team.team().dev.is(&vnic.team.dev));
    if is_other_team || by_slot.is_some_and(|other| !other.dev.is(&vnic.dev)) {
        let name = vnic.dev.name(rtnl);
        return Err(extack.blame(team_attr).refuse_fmt(
            EINVAL,
            format_args!("{name} is another VNIC than that in this team and slot"),
        ));
    }
    Ok(vnic)
}
