// SPDX-License-Identifier: GPL-2.0

//! The link kind `vnic`: a virtual NIC over a team (VNIC-1).

use super::{
    classifier::Classifier,
    directory,
    dropped::Dropped,
    endpoint::Endpoint,
    kind::TeamKind,
    mapping,
    membership,
    notify,
    rules::{
        Mode,
        Rules, //
    },
    team::Team, //
};
use crate::{
    logic::{
        engine::Event,
        frame,
        limits::MemberId, //
    },
    net::{
        addr::MacAddr,
        compat::ARef,
        driver::{
            Driver,
            RxMode, //
        },
        errno,
        filter::Vlan,
        link::{
            ifla,
            Kind,
            Request,
            Setup,
            Unregister, //
        },
        netdev::{
            feature,
            Features, //
        },
        netlink::{
            attr_size,
            policy_table,
            u64_attr_size,
            Attrs,
            Message,
            Policy,
            PolicyTable, //
        },
        uapi,
        ExtAck,
        NetDevice,
        Rcu,
        RcuArc,
        Rtnl,
        SkBuff, //
    },
};
use core::sync::atomic::Ordering;
use kernel::{
    prelude::*,
    str::CStr, //
};

#[vtable]
impl Driver for Endpoint {
    const NAME: &'static CStr = c"vnic";

    fn open(this: &RcuArc<Self>, rtnl: &mut Rtnl) -> Result {
        Endpoint::open(this, rtnl)
    }

    fn stop(this: &RcuArc<Self>, rtnl: &mut Rtnl) {
        Endpoint::stop(this, rtnl);
    }

    #[inline(always)]
    fn xmit(&self, skb: SkBuff, rcu: &Rcu) {
        self.transmit(skb, rcu);
    }

    fn set_rx_mode(this: &RcuArc<Self>, mode: RxMode<'_>, rtnl: &mut Rtnl) -> Result {
        Endpoint::set_rx_mode(this, mode, rtnl)
    }

    fn set_mac_address(this: &RcuArc<Self>, addr: &MacAddr, rtnl: &mut Rtnl) -> Result {
        Endpoint::set_mac_address(this, addr, rtnl)
    }

    fn add_vlan(this: &RcuArc<Self>, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        Classifier::add_vlan(this, vlan, rtnl)
    }

    fn del_vlan(this: &RcuArc<Self>, vlan: Vlan, rtnl: &mut Rtnl) {
        // Without memory frames of the VLAN still come, and are dropped above.
        let _ = Classifier::del_vlan(this, vlan, rtnl);
    }

    fn fix_features(this: &RcuArc<Self>, wanted: Features, rtnl: &Rtnl) -> Features {
        this.team.features(wanted, rtnl)
    }

    fn iflink(&self) -> u32 {
        self.team.dev.ifindex()
    }

    fn multicasts(&self) -> u64 {
        self.multicasts.load(Ordering::Relaxed)
    }

    fn link_settings_of(this: &RcuArc<Self>, rtnl: &Rtnl) -> Option<ARef<NetDevice>> {
        this.member.load(rtnl).map(|member| member.dev.hold())
    }

    const STATISTICS: &'static [&'static CStr] = &Dropped::NAMES;

    fn statistic(this: &RcuArc<Self>, index: usize, _rtnl: &Rtnl) -> u64 {
        let why = Dropped::ALL.get(index);
        why.map_or(0, |&why| this.dropped.sum(why))
    }

    fn uninit(this: RcuArc<Self>, rtnl: &mut Rtnl) {
        this.team.dev.unlink_upper(&this.dev, rtnl);
        notify::vnic_deleted(&this, rtnl);
        Endpoint::leave(&this, rtnl);
    }
}

/// The kind.
pub(crate) struct VnicKind;

impl VnicKind {
    /// The place in the team's table of the member that the request pins to, if it says so.
    fn pin(
        team: &Team,
        data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result<Option<Option<MemberId>>> {
        team.pin_of_request(data.attr(uapi::IFLA_VNIC_MEMBER), extack, rtnl)
    }

    /// The rules that a request leaves of `before`; the VLAN is [`Self::vid`]'s.
    fn rules(data: &Attrs<'_>, before: Rules) -> Rules {
        let mut rules = before;
        if let Some(mode) = data.u8(uapi::IFLA_VNIC_MODE).and_then(Mode::from_uapi) {
            rules = rules.with_mode(mode);
        }
        if let Some(on) = data.u8(uapi::IFLA_VNIC_SPOOFCHK) {
            rules = rules.with_spoofchk(on != 0);
        }
        if let Some(on) = data.u8(uapi::IFLA_VNIC_MAC_CHANGE) {
            rules = rules.with_mac_change(on != 0);
        }
        rules
    }

    /// Refuses a VLAN on `team` in which somebody has the address `addr` of `of`, or of a new
    /// VNIC.
    fn check_addr(
        team: &Team,
        addr: &MacAddr,
        data: &Attrs<'_>,
        of: Option<&Endpoint>,
        extack: &mut ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result {
        let vid = data.u16(uapi::IFLA_VNIC_VLAN).unwrap_or(0);
        if !directory::is_taken(team, addr, Some(vid), of, rtnl) {
            return Ok(());
        }
        let name = team.dev.name(rtnl);
        extack.blame(data.attr(uapi::IFLA_VNIC_VLAN));
        Err(extack.refuse_fmt(
            errno::eaddrinuse(),
            format_args!("the MAC address is taken on {name}: give another"),
        ))
    }
}

#[vtable]
impl Kind for VnicKind {
    type Driver = Endpoint;
    const KIND: &'static CStr = c"vnic";
    const POLICY: &'static PolicyTable = &policy_table([
        Policy::u32(),                                    // IFLA_VNIC_MEMBER
        Policy::u8_range(0, uapi::VNIC_MODE_VEPA as i16), // IFLA_VNIC_MODE
        Policy::REJECT,                                   // IFLA_VNIC_STATE
        Policy::REJECT,                                   // IFLA_VNIC_ACTIVE_MEMBER
        Policy::REJECT,                                   // IFLA_VNIC_MOVES
        Policy::REJECT,                                   // IFLA_VNIC_MOVE_CAUSE
        Policy::REJECT,                                   // IFLA_VNIC_MOVE_DETECTED
        Policy::REJECT,                                   // IFLA_VNIC_MOVE_RESUMED
        Policy::REJECT,                                   // IFLA_VNIC_PAD
        Policy::u16_range(0, 4094),                       // IFLA_VNIC_VLAN
        Policy::u8_range(0, 1),                           // IFLA_VNIC_SPOOFCHK
        Policy::u8_range(0, 1),                           // IFLA_VNIC_MAC_CHANGE
    ]);
    const INFO_SIZE: usize =
        2 * attr_size(4) + attr_size(2) + 5 * attr_size(1) + 3 * u64_attr_size();

    fn setup(dev: &mut Setup<'_>) {
        setup(dev);
    }

    fn validate(link: &Attrs<'_>, _data: &Attrs<'_>, extack: &mut ExtAck<'_>) -> Result {
        validate_addr(link, extack)
    }

    fn create(
        dev: &NetDevice,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result<RcuArc<Endpoint>> {
        let Some(lower) = request.lower else {
            return Err(extack.refuse(EINVAL, c"a VNIC needs a team: give one with \"link\""));
        };
        let Some(team) = TeamKind::team_of(lower, rtnl) else {
            return Err(extack.refuse_fmt(
                EINVAL,
                format_args!(
                    "{} is no team: make one with type vnicteam",
                    lower.name(rtnl)
                ),
            ));
        };
        VnicKind::pin(&team, &request.data, extack, rtnl)?;
        let Some(slot) = team.free_slot(rtnl) else {
            return Err(extack.refuse(
                ENOSPC,
                c"the team has 1016 VNICs, which is the most: make another team",
            ));
        };
        let limit = team.dev.mtu();
        match request.link.u32(ifla::MTU) {
            None => dev.write_mtu(limit, rtnl),
            Some(mtu) if mtu <= limit => {}
            Some(_) => {
                return Err(extack.refuse_fmt(
                    EINVAL,
                    format_args!("the MTU may not exceed the team's, which is {limit}"),
                ));
            }
        }
        dev.set_max_mtu(limit, rtnl);
        if !request.link.has(ifla::ADDRESS) {
            dev.set_random_addr(rtnl);
        }
        let addr = dev.addr(rtnl);
        VnicKind::check_addr(&team, &addr, &request.data, None, extack, rtnl)?;
        dev.set_carrier(false);
        membership::adapt(&team, dev, rtnl);
        Endpoint::new(dev, &team, slot, addr)
    }

    fn created(
        this: &RcuArc<Endpoint>,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let pin = VnicKind::pin(&this.team, &request.data, extack, rtnl)?;
        this.team.dev.link_upper(&this.dev, extack, rtnl)?;
        this.set_rules(VnicKind::rules(&request.data, this.rules()), rtnl);
        if let Some(vid) = request.data.u16(uapi::IFLA_VNIC_VLAN) {
            Endpoint::set_vid(this, vid, rtnl)?;
        }
        Endpoint::join(this, false, pin.flatten(), rtnl)
    }

    fn change(
        this: &RcuArc<Endpoint>,
        data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let team = &this.team;
        if !team.dev.capable(rtnl) {
            return Err(extack.refuse(
                EPERM,
                c"only an administrator of the team's namespace may configure a VNIC",
            ));
        }
        let pin = VnicKind::pin(team, data, extack, rtnl)?;
        notify::changed(rtnl);
        if let Some(vid) = data.u16(uapi::IFLA_VNIC_VLAN) {
            VnicKind::check_addr(team, &this.dev.addr(rtnl), data, Some(this), extack, rtnl)?;
            Endpoint::set_vid(this, vid, rtnl)?;
        }
        this.set_rules(VnicKind::rules(data, this.rules()), rtnl);
        if let Some(member) = pin {
            this.pin(member, rtnl)?;
            mapping::run(team, rtnl);
        }
        Ok(())
    }

    fn delete(
        this: Option<&RcuArc<Endpoint>>,
        dev: &NetDevice,
        gone: &mut Unregister,
        rtnl: &mut Rtnl,
    ) {
        if let Some(this) = this {
            this.team.dev.unlink_upper(dev, rtnl);
        }
        gone.queue(dev, rtnl);
    }

    fn fill_info(this: &RcuArc<Endpoint>, msg: &mut Message, rtnl: &mut Rtnl) -> Result {
        let active = this.active_member(rtnl);
        let state = if active == 0 {
            uapi::VNIC_STATE_STANDBY
        } else {
            uapi::VNIC_STATE_ACTIVE
        };
        let last = this.last_move.get(rtnl);
        msg.put_u32(uapi::IFLA_VNIC_MEMBER, this.pinned_to(rtnl))?;
        let rules = this.rules();
        msg.put_u8(uapi::IFLA_VNIC_MODE, rules.mode().to_uapi())?;
        msg.put_u8(uapi::IFLA_VNIC_STATE, state as u8)?;
        msg.put_u32(uapi::IFLA_VNIC_ACTIVE_MEMBER, active)?;
        let pad = uapi::IFLA_VNIC_PAD;
        msg.put_u64(uapi::IFLA_VNIC_MOVES, this.moves.get(rtnl), pad)?;
        msg.put_u8(uapi::IFLA_VNIC_MOVE_CAUSE, last.cause as u8)?;
        msg.put_u64(uapi::IFLA_VNIC_MOVE_DETECTED, last.detected, pad)?;
        msg.put_u64(uapi::IFLA_VNIC_MOVE_RESUMED, last.resumed, pad)?;
        msg.put_u16(uapi::IFLA_VNIC_VLAN, rules.vid())?;
        msg.put_u8(uapi::IFLA_VNIC_SPOOFCHK, rules.spoofchk().into())?;
        msg.put_u8(uapi::IFLA_VNIC_MAC_CHANGE, rules.mac_change().into())
    }

    fn lower(this: &Endpoint) -> Option<&NetDevice> {
        Some(&this.team.dev)
    }
}

/// What the netdevs of teams and VNICs have in common.
pub(super) fn setup(dev: &mut Setup<'_>) {
    let offloads = feature::TX_OFFLOADS;
    let tagged = feature::VLAN_TX | feature::VLAN_FILTER;
    dev.set_features(offloads | tagged, offloads | feature::VLAN_TX, offloads);
    dev.set_mtu_limits(68, 65535);
}

/// Refuses addresses that no host can have.
pub(super) fn validate_addr(link: &Attrs<'_>, extack: &mut ExtAck<'_>) -> Result {
    match link.octets(ifla::ADDRESS) {
        Some(addr) if !frame::MacAddr(addr).is_valid_unicast() => Err(extack.refuse(
            errno::eaddrnotavail(),
            c"the MAC address is all zeroes or a multicast address: give another",
        )),
        _ => Ok(()),
    }
}

impl Endpoint {
    /// Makes a registered endpoint part of its team and has it placed.
    pub(super) fn join(
        this: &RcuArc<Self>,
        weightless: bool,
        pin: Option<MemberId>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let team = &this.team;
        let place = team.endpoint_place(this.slot).ok_or(ENOSPC)?;
        place.replace(Some(this.clone()), rtnl);
        notify::vnic_created(this, rtnl);
        directory::publish(team, rtnl)?;
        let event = Event::EndpointAdded {
            slot: this.slot,
            weightless,
            pin,
        };
        team.tell(event, rtnl)?;
        mapping::run(team, rtnl);
        Ok(())
    }

    /// Pins it to `member`, or to none, and leaves the moves to [`mapping::run`].
    pub(super) fn pin(&self, member: Option<MemberId>, rtnl: &mut Rtnl) -> Result {
        self.team.pin(core::iter::once(self.slot), member, rtnl)
    }

    /// The index of the member that it is pinned to, or 0.
    pub(super) fn pinned_to(&self, rtnl: &Rtnl) -> u32 {
        let pin = self.team.control.borrow(rtnl).engine.pin_of(self.slot);
        pin.and_then(|id| self.team.member_place(id)?.load(rtnl))
            .map_or(0, |member| member.dev.ifindex())
    }

    /// The index of the member that carries it, or 0.
    pub(super) fn active_member(&self, rtnl: &Rtnl) -> u32 {
        self.member
            .load(rtnl)
            .map_or(0, |member| member.dev.ifindex())
    }
}
