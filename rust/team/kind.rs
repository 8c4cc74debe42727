// SPDX-License-Identifier: GPL-2.0

//! The link kind `vnicteam`: a team (GRP-1), whose netdev is an endpoint of its own (GRP-7).

use super::{
    classifier::Classifier,
    dropped::Dropped,
    endpoint::Endpoint,
    mapping,
    membership,
    monitor,
    notify,
    team::{
        Team,
        Todo,
        MSEC, //
    },
    vnic, //
};
use crate::{
    logic::{
        engine::Event,
        limits::{
            MemberId,
            Slot, //
        }, //
    },
    net::{
        addr::MacAddr,
        clock,
        compat::ARef,
        driver::{
            Driver,
            RxMode, //
        },
        filter::Vlan,
        link::{
            self,
            ifla,
            Kind,
            Request,
            Setup,
            Unregister, //
        },
        netdev::{
            combine_features,
            Features, //
        },
        netlink::{
            attr_size,
            policy_table,
            u64_attr_size,
            Attr,
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

/// The netdev of a team: its own endpoint, and the master of its members.
pub(crate) struct TeamDevice {
    endpoint: RcuArc<Endpoint>,
}

impl TeamDevice {
    /// The team.
    pub(super) fn team(&self) -> &RcuArc<Team> {
        &self.endpoint.team
    }
}

/// What `ethtool -S` shows of a team: of its own endpoint, then of its members together.
const STATISTICS: [&CStr; Dropped::ALL.len() + OF_MEMBERS.len()] = {
    let mut names = [c""; Dropped::ALL.len() + OF_MEMBERS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = if index < Dropped::ALL.len() {
            Dropped::NAMES[index]
        } else {
            OF_MEMBERS[index - Dropped::ALL.len()].1
        };
        index += 1;
    }
    names
};

/// What members count: frames for no endpoint, or for none that they carry.
pub(super) const OF_MEMBERS: [(Dropped, &CStr); 6] = [
    (Dropped::RxUnknown, c"members_rx_dropped_unknown"),
    (Dropped::RxOwn, c"members_rx_dropped_own"),
    (Dropped::RxNotMapped, c"members_rx_dropped_not_mapped"),
    (Dropped::RxIsolated, c"members_rx_dropped_isolated"),
    (Dropped::RxNoMemory, c"members_rx_dropped_no_memory"),
    (Dropped::RxFlood, c"members_rx_dropped_flood"),
];

#[vtable]
impl Driver for TeamDevice {
    const NAME: &'static CStr = c"vnicteam";

    fn open(this: &RcuArc<Self>, rtnl: &mut Rtnl) -> Result {
        Endpoint::open(&this.endpoint, rtnl)?;
        let team = this.team();
        team.control.borrow_mut(rtnl).is_open = true;
        team.update_timer(rtnl);
        // Never refused.
        let _ = team.tell(Event::Resume, rtnl);
        monitor::attend(team, Todo::Carrier, rtnl);
        Ok(())
    }

    fn stop(this: &RcuArc<Self>, rtnl: &mut Rtnl) {
        // Never refused.
        let team = this.team();
        let _ = team.tell(Event::Suspend, rtnl);
        mapping::run(team, rtnl);
        team.control.borrow_mut(rtnl).is_open = false;
        team.update_timer(rtnl);
        Endpoint::stop(&this.endpoint, rtnl);
    }

    #[inline(always)]
    fn xmit(&self, skb: SkBuff, rcu: &Rcu) {
        self.endpoint.transmit(skb, rcu);
    }

    fn set_rx_mode(this: &RcuArc<Self>, mode: RxMode<'_>, rtnl: &mut Rtnl) -> Result {
        Endpoint::set_rx_mode(&this.endpoint, mode, rtnl)
    }

    fn set_mac_address(this: &RcuArc<Self>, addr: &MacAddr, rtnl: &mut Rtnl) -> Result {
        Endpoint::set_mac_address(&this.endpoint, addr, rtnl)
    }

    fn change_mtu(this: &RcuArc<Self>, mtu: u32, rtnl: &mut Rtnl) -> Result {
        membership::change_mtu(this.team(), mtu, rtnl)
    }

    fn add_vlan(this: &RcuArc<Self>, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        Classifier::add_vlan(&this.endpoint, vlan, rtnl)
    }

    fn del_vlan(this: &RcuArc<Self>, vlan: Vlan, rtnl: &mut Rtnl) {
        // Without memory frames of the VLAN still come, and are dropped above.
        let _ = Classifier::del_vlan(&this.endpoint, vlan, rtnl);
    }

    fn add_slave(
        this: &RcuArc<Self>,
        slave: &NetDevice,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        membership::add(this.team(), slave, extack, rtnl)
    }

    fn del_slave(this: &RcuArc<Self>, slave: &NetDevice, rtnl: &mut Rtnl) -> Result {
        membership::remove(this.team(), slave, membership::Leaving::Released, rtnl)
    }

    fn fix_features(this: &RcuArc<Self>, wanted: Features, rtnl: &Rtnl) -> Features {
        this.team().features(wanted, rtnl)
    }

    fn multicasts(&self) -> u64 {
        self.endpoint.multicasts.load(Ordering::Relaxed)
    }

    fn link_settings_of(this: &RcuArc<Self>, rtnl: &Rtnl) -> Option<ARef<NetDevice>> {
        let member = this.endpoint.member.load(rtnl)?;
        Some(member.dev.hold())
    }

    const STATISTICS: &'static [&'static CStr] = &STATISTICS;

    fn statistic(this: &RcuArc<Self>, index: usize, rtnl: &Rtnl) -> u64 {
        let own = Dropped::ALL.len();
        if index < own {
            return Endpoint::statistic(&this.endpoint, index, rtnl);
        }
        let of_members = OF_MEMBERS.get(index.saturating_sub(own));
        let members = this.team().members(rtnl);
        members.fold(0, |sum: u64, member| {
            let count = of_members.map_or(0, |&(why, _)| member.dropped.sum(why));
            sum.wrapping_add(count)
        })
    }

    fn uninit(this: RcuArc<Self>, rtnl: &mut Rtnl) {
        let team = this.team();
        team.leaving.store(true, Ordering::Relaxed);
        membership::remove_all(team, rtnl);
        Endpoint::leave(&this.endpoint, rtnl);
        notify::changed(rtnl);
        notify::flush(team, rtnl);
        team.timer.stop(rtnl);
        team.work.end();
        team.flood.end();
        team.directory.replace(None, rtnl);
    }
}

impl Team {
    /// Tells the engine of `event`.
    pub(super) fn tell(&self, event: Event, rtnl: &mut Rtnl) -> Result {
        let engine = &mut self.control.borrow_mut(rtnl).engine;
        engine.handle(event, clock::now_ns()).map_err(|_| EINVAL)
    }

    /// Pins the endpoints in `slots` to `member`, or to none, and leaves the moves to
    /// [`mapping::run`].
    pub(super) fn pin(
        &self,
        slots: impl Iterator<Item = Slot> + Clone,
        member: Option<MemberId>,
        rtnl: &mut Rtnl,
    ) -> Result {
        notify::changed(rtnl);
        let engine = &mut self.control.borrow_mut(rtnl).engine;
        let result = engine.pin(slots, member, clock::now_ns());
        result.map_err(|_| EINVAL)
    }

    /// Of the features that are wanted, those that the members have or the core can do for them.
    pub(super) fn features(&self, wanted: Features, rtnl: &Rtnl) -> Features {
        combine_features(wanted, self.members(rtnl).map(|member| &*member.dev))
    }

    /// The member of the index that a request names: `Some(None)` for none, `None` if it does not
    /// say.
    pub(super) fn pin_of_request(
        &self,
        attr: Option<Attr<'_>>,
        extack: &mut ExtAck<'_>,
        rtnl: &Rtnl,
    ) -> Result<Option<Option<MemberId>>> {
        match attr.and_then(Attr::u32) {
            None => Ok(None),
            Some(0) => Ok(Some(None)),
            Some(ifindex) => match self.member_by_index(ifindex, rtnl) {
                Some(member) => Ok(Some(Some(member.id))),
                None => {
                    let (team, name) = (self.dev.name(rtnl), self.dev.by_index(ifindex, rtnl));
                    let name = name.map_or("the interface", |dev| dev.name(rtnl));
                    Err(extack.blame(attr).refuse_fmt(
                        ENODEV,
                        format_args!("{name} ({ifindex}) is no member of {team}: add it first"),
                    ))
                }
            },
        }
    }
}

/// The kind.
pub(crate) struct TeamKind;

impl TeamKind {
    /// The team that `dev` is, if it is one.
    pub(super) fn team_of(dev: &NetDevice, rtnl: &Rtnl) -> Option<RcuArc<Team>> {
        link::data_of::<Self>(dev, rtnl).map(|device| device.team().clone())
    }

    /// Sets what a request gives.
    fn configure(
        this: &TeamDevice,
        data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let team = this.team();
        let pin = team.pin_of_request(data.attr(uapi::IFLA_VNICTEAM_MEMBER), extack, rtnl)?;
        notify::changed(rtnl);
        if let Some(interval) = data.u32(uapi::IFLA_VNICTEAM_MONITOR_INTERVAL) {
            let interval = u64::from(interval).saturating_mul(MSEC);
            team.monitor_interval.store(interval, Ordering::Relaxed);
        }
        let control = team.control.borrow_mut(rtnl);
        let mut pace = control.announcer.config();
        if let Some(count) = data.u8(uapi::IFLA_VNICTEAM_ANNOUNCE_COUNT) {
            pace.count = count;
        }
        if let Some(interval) = data.u32(uapi::IFLA_VNICTEAM_ANNOUNCE_INTERVAL) {
            pace.interval_ns = u64::from(interval).saturating_mul(MSEC);
        }
        if let Some(rate) = data.u32(uapi::IFLA_VNICTEAM_ANNOUNCE_RATE) {
            pace.rate_per_s = rate;
        }
        control.announcer.set_config(pace);
        let mut moves = control.engine.config();
        if let Some(grace) = data.u32(uapi::IFLA_VNICTEAM_GRACE) {
            moves.grace_ns = u64::from(grace).saturating_mul(MSEC);
        }
        control.engine.set_config(moves);
        if let Some(member) = pin {
            this.endpoint.pin(member, rtnl)?;
        }
        mapping::run(team, rtnl);
        Ok(())
    }

    /// Refuses numbers out of range: a policy's limits are too small for some.
    fn check_ranges(data: &Attrs<'_>, extack: &mut ExtAck<'_>) -> Result {
        let out = |attr, range: core::ops::RangeInclusive<u32>| {
            data.u32(attr).is_some_and(|value| !range.contains(&value))
        };
        if out(uapi::IFLA_VNICTEAM_ANNOUNCE_RATE, 1..=1_000_000) {
            extack.blame(data.attr(uapi::IFLA_VNICTEAM_ANNOUNCE_RATE));
            return Err(extack.refuse(ERANGE, c"announce_rate is 1 to 1000000 per second"));
        }
        Ok(())
    }
}

#[vtable]
impl Kind for TeamKind {
    type Driver = TeamDevice;
    const KIND: &'static CStr = c"vnicteam";
    const POLICY: &'static PolicyTable = &policy_table([
        Policy::u32_range(1, 1000),   // IFLA_VNICTEAM_MONITOR_INTERVAL
        Policy::u8_range(1, 16),      // IFLA_VNICTEAM_ANNOUNCE_COUNT
        Policy::u32_range(10, 10000), // IFLA_VNICTEAM_ANNOUNCE_INTERVAL
        Policy::u32(),                // IFLA_VNICTEAM_ANNOUNCE_RATE, see `check_ranges`
        Policy::u32_range(0, 10000),  // IFLA_VNICTEAM_GRACE
        Policy::u32(),                // IFLA_VNICTEAM_MEMBER
    ]);
    const INFO_SIZE: usize = 8 * attr_size(4) + attr_size(1);
    const SLAVE_POLICY: &'static [Policy] = &[
        Policy::REJECT,                                      // none has number 0
        Policy::REJECT,                                      // IFLA_VNICTEAM_SLAVE_STATE
        Policy::REJECT,                                      // IFLA_VNICTEAM_SLAVE_VNICS
        Policy::u8_range(0, uapi::VNICTEAM_ROLE_OFF as i16), // IFLA_VNICTEAM_SLAVE_ROLE
        Policy::u32_range(1, 1000),                          // IFLA_VNICTEAM_SLAVE_WEIGHT
        Policy::u64(),                                       // IFLA_VNICTEAM_SLAVE_CAPACITY
    ];
    const SLAVE_INFO_SIZE: usize = 2 * attr_size(4) + 2 * attr_size(1) + u64_attr_size();

    fn setup(dev: &mut Setup<'_>) {
        vnic::setup(dev);
        dev.stay_in_net();
    }

    fn validate(link: &Attrs<'_>, data: &Attrs<'_>, extack: &mut ExtAck<'_>) -> Result {
        vnic::validate_addr(link, extack)?;
        TeamKind::check_ranges(data, extack)
    }

    fn create(
        dev: &NetDevice,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result<RcuArc<TeamDevice>> {
        if request.link.has(ifla::LINK) {
            return Err(extack.refuse(EINVAL, c"a team stands on no link: add members instead"));
        }
        if request.data.u32(uapi::IFLA_VNICTEAM_MEMBER).unwrap_or(0) != 0 {
            return Err(extack.refuse(ENODEV, c"a new team has no members yet: add them first"));
        }
        if !request.link.has(ifla::ADDRESS) {
            dev.set_random_addr(rtnl);
        }
        dev.set_carrier(false);
        let team = Team::new(dev)?;
        let endpoint = Endpoint::new(dev, &team, Slot::TEAM, dev.addr(rtnl))?;
        RcuArc::new(TeamDevice { endpoint })
    }

    fn created(
        this: &RcuArc<TeamDevice>,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let team = this.team();
        // A team is down when it is made.
        team.tell(Event::Suspend, rtnl)?;
        Endpoint::join(&this.endpoint, true, None, rtnl)?;
        TeamKind::configure(this, &request.data, extack, rtnl)?;
        Ok(())
    }

    fn change(
        this: &RcuArc<TeamDevice>,
        data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        TeamKind::configure(this, data, extack, rtnl)
    }

    fn change_slave(
        this: &RcuArc<TeamDevice>,
        slave: &NetDevice,
        data: &Attrs<'_>,
        _extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let member = this.team().members(rtnl).find(|one| one.dev.is(slave));
        let member = member.map(|one| one.id).ok_or(ENODEV)?;
        let member = this.team().member_of(member, rtnl).ok_or(ENODEV)?;
        let mut options = member.options.get(rtnl);
        if let Some(role) = data.u8(uapi::IFLA_VNICTEAM_SLAVE_ROLE) {
            options.role = role;
        }
        if let Some(weight) = data.u32(uapi::IFLA_VNICTEAM_SLAVE_WEIGHT) {
            options.weight = weight;
        }
        if let Some(capacity) = data.u64(uapi::IFLA_VNICTEAM_SLAVE_CAPACITY) {
            options.capacity = capacity;
        }
        notify::changed(rtnl);
        member.options.set(options, rtnl);
        Ok(())
    }

    fn delete(
        this: Option<&RcuArc<TeamDevice>>,
        dev: &NetDevice,
        gone: &mut Unregister,
        rtnl: &mut Rtnl,
    ) {
        if let Some(this) = this {
            for slot in Slot::all().filter(|slot| *slot != Slot::TEAM) {
                if let Some(vnic) = this.team().endpoint_of(slot, rtnl) {
                    vnic::VnicKind::delete(Some(&vnic), &vnic.dev, gone, rtnl);
                }
            }
        }
        gone.queue(dev, rtnl);
    }

    fn fill_info(this: &RcuArc<TeamDevice>, msg: &mut Message, rtnl: &mut Rtnl) -> Result {
        let team = this.team();
        let ms = |ns: u64| u32::try_from(ns / MSEC).unwrap_or(u32::MAX);
        let control = team.control.borrow(rtnl);
        let (pace, moves) = (control.announcer.config(), control.engine.config());
        let interval = team.monitor_interval.load(Ordering::Relaxed);
        msg.put_u32(uapi::IFLA_VNICTEAM_MONITOR_INTERVAL, ms(interval))?;
        msg.put_u8(uapi::IFLA_VNICTEAM_ANNOUNCE_COUNT, pace.count)?;
        msg.put_u32(uapi::IFLA_VNICTEAM_ANNOUNCE_INTERVAL, ms(pace.interval_ns))?;
        msg.put_u32(uapi::IFLA_VNICTEAM_ANNOUNCE_RATE, pace.rate_per_s)?;
        msg.put_u32(uapi::IFLA_VNICTEAM_GRACE, ms(moves.grace_ns))?;
        msg.put_u32(uapi::IFLA_VNICTEAM_MEMBER, this.endpoint.pinned_to(rtnl))?;
        let active = this.endpoint.active_member(rtnl);
        msg.put_u32(uapi::IFLA_VNICTEAM_ACTIVE_MEMBER, active)?;
        msg.put_u32(uapi::IFLA_VNICTEAM_MEMBERS, count(team.members(rtnl)))?;
        let endpoints = count(team.endpoints(rtnl));
        msg.put_u32(uapi::IFLA_VNICTEAM_VNICS, endpoints.saturating_sub(1))
    }

    fn fill_slave_info(
        this: &RcuArc<TeamDevice>,
        slave: &NetDevice,
        msg: &mut Message,
        rtnl: &mut Rtnl,
    ) -> Result {
        let team = this.team();
        let Some(member) = team.members(rtnl).find(|member| member.dev.is(slave)) else {
            return Ok(());
        };
        let state = if member.is_up() {
            uapi::VNICTEAM_MEMBER_UP
        } else {
            uapi::VNICTEAM_MEMBER_DOWN
        };
        let carried = team
            .endpoints(rtnl)
            .filter(|one| one.slot != Slot::TEAM && one.member.is(member));
        msg.put_u8(uapi::IFLA_VNICTEAM_SLAVE_STATE, state as u8)?;
        msg.put_u32(uapi::IFLA_VNICTEAM_SLAVE_VNICS, count(carried))?;
        let options = member.options.get(rtnl);
        msg.put_u8(uapi::IFLA_VNICTEAM_SLAVE_ROLE, options.role)?;
        msg.put_u32(uapi::IFLA_VNICTEAM_SLAVE_WEIGHT, options.weight)?;
        let pad = uapi::IFLA_VNICTEAM_SLAVE_PAD;
        msg.put_u64(uapi::IFLA_VNICTEAM_SLAVE_CAPACITY, options.capacity, pad)
    }
}

/// How many there are; `Iterator::count` could overflow, as far as the compiler knows.
fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    of.fold(0, |count: u32, _| count.saturating_add(1))
}
