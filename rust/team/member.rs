// SPDX-License-Identifier: GPL-2.0

//! A member: a NIC of the team.

use super::{
    bits::SlotBits,
    dropped::DropCounters,
    stats::Counters,
    team::Team, //
};
use crate::{
    logic::limits::MemberId,
    net::{
        clock,
        compat::ARef,
        uapi,
        NetDevice,
        RcuArc,
        Rtnl,
        RtnlCell, //
    },
};
use core::sync::atomic::{
    AtomicBool,
    AtomicU32,
    Ordering, //
};
use kernel::prelude::*;

/// A NIC of a team. Its device keeps it as the data of its rx_handler.
pub(super) struct Member {
    /// Its name in the team.
    pub(super) id: MemberId,
    pub(super) dev: ARef<NetDevice>,
    pub(super) team: RcuArc<Team>,
    /// Whether the engine counts it as available.
    pub(super) up: AtomicBool,
    /// The endpoints that take broadcasts and multicasts from it.
    pub(super) receivers: SlotBits,
    /// How many of these have others behind them.
    guests: AtomicU32,
    /// Its MTU in bytes before it was added.
    pub(super) mtu_before: u32,
    /// Whether it was down before it was added.
    pub(super) was_down: bool,
    pub(super) options: RtnlCell<Options>,
    /// Frames that were not delivered to any endpoint.
    pub(super) dropped: DropCounters,
    /// When it went up or down last, in ns.
    pub(super) since: RtnlCell<u64>,
    /// Whether the last that was told of it is that it is up.
    pub(super) told_up: RtnlCell<bool>,
    /// What its counters were at the last flush.
    pub(super) flushed: RtnlCell<Counters>,
}

/// What an administrator says of a member (GRP-5).
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// `VNICTEAM_ROLE_*` of the uapi.
    pub(super) role: u8,
    /// Its share of the VNICs, relative to the others'.
    pub(super) weight: u32,
    /// What it can carry in bit/s; 0 for its link's speed.
    pub(super) capacity: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            role: uapi::VNICTEAM_ROLE_ACTIVE as u8,
            weight: 1,
            capacity: 0,
        }
    }
}

impl Member {
    /// Describes `dev`, which is about to become a member.
    pub(super) fn new(
        id: MemberId,
        dev: &NetDevice,
        team: &RcuArc<Team>,
        rtnl: &Rtnl,
    ) -> Result<RcuArc<Self>> {
        RcuArc::new(Self {
            id,
            dev: dev.hold(),
            team: team.clone(),
            up: AtomicBool::new(false),
            receivers: SlotBits::new(),
            guests: AtomicU32::new(0),
            mtu_before: dev.mtu(),
            was_down: !dev.is_up(),
            options: RtnlCell::new(Options::default()),
            dropped: DropCounters::new()?,
            since: RtnlCell::new(clock::now_ns()),
            told_up: RtnlCell::new(false),
            flushed: RtnlCell::new(Counters::of_link(&dev.stats(rtnl))),
        })
    }

    /// Counts an endpoint with others behind it that takes frames from here (`on`), or no longer.
    pub(super) fn count_guests(&self, on: bool) {
        if on {
            self.guests.fetch_add(1, Ordering::Relaxed);
        } else {
            self.guests.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether addresses that no endpoint has may be behind one here.
    #[inline(always)]
    pub(super) fn has_guests(&self) -> bool {
        self.guests.load(Ordering::Relaxed) != 0
    }

    /// Whether the engine counts it as available.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }
}
