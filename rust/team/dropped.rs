// SPDX-License-Identifier: GPL-2.0

//! Frames that are not delivered: why, and how many (CTL-4).

use crate::net::{
    percpu::Counters,
    skb::DropReason,
    trace,
    NetDevice, //
};
use kernel::{
    prelude::*,
    str::CStr, //
};

/// Why a frame is not delivered. The numbers are the order of `VNICTEAM_A_STATS_*` in the uapi,
/// from `RX_UNKNOWN` on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// For an address that nobody here has.
    RxUnknown,
    /// Sent here, and sent back by a switch.
    RxOwn,
    /// Over a member that does not carry the endpoint.
    RxNotMapped,
    /// From an endpoint that does not reach this one.
    RxIsolated,
    /// The endpoint is in standby.
    RxStandby,
    /// The endpoint is down.
    RxDown,
    /// No memory.
    RxNoMemory,
    /// Too many broadcasts for many wait already.
    RxFlood,
    /// The endpoint is in standby.
    TxStandby,
    /// Shorter than an Ethernet header.
    TxShort,
    /// Not the endpoint's source MAC.
    TxSpoofed,
    /// Too many frames wait for a move.
    TxHeld,
    /// The member's queues did not take it.
    TxMember,
    /// An endpoint here did not take it.
    TxNeighbour,
}

impl Dropped {
    /// All of them, in order.
    pub(super) const ALL: [Self; 14] = [
        Self::RxUnknown,
        Self::RxOwn,
        Self::RxNotMapped,
        Self::RxIsolated,
        Self::RxStandby,
        Self::RxDown,
        Self::RxNoMemory,
        Self::RxFlood,
        Self::TxStandby,
        Self::TxShort,
        Self::TxSpoofed,
        Self::TxHeld,
        Self::TxMember,
        Self::TxNeighbour,
    ];

    /// Their names for `ethtool -S` of an endpoint.
    pub(super) const NAMES: [&'static CStr; Self::ALL.len()] = [
        c"rx_dropped_unknown",
        c"rx_dropped_own",
        c"rx_dropped_not_mapped",
        c"rx_dropped_isolated",
        c"rx_dropped_standby",
        c"rx_dropped_down",
        c"rx_dropped_no_memory",
        c"rx_dropped_flood",
        c"tx_dropped_standby",
        c"tx_dropped_short",
        c"tx_dropped_spoofed",
        c"tx_dropped_held",
        c"tx_dropped_member",
        c"tx_dropped_neighbour",
    ];

    /// Its name for `ethtool -S` and for tracing.
    pub(super) fn name(self) -> &'static CStr {
        Self::NAMES.get(self as usize).copied().unwrap_or(c"")
    }

    /// What the core is told.
    pub(super) fn reason(self) -> DropReason {
        match self {
            Self::RxUnknown | Self::RxNotMapped | Self::RxIsolated => DropReason::Unwanted,
            Self::RxOwn => DropReason::OwnAddress,
            Self::RxStandby | Self::RxDown | Self::TxStandby => DropReason::NotReady,
            Self::RxNoMemory => DropReason::NoMemory,
            Self::RxFlood | Self::TxHeld | Self::TxMember | Self::TxNeighbour => DropReason::NoRoom,
            Self::TxShort => DropReason::TooSmall,
            Self::TxSpoofed => DropReason::Spoofed,
        }
    }
}

/// How many frames were dropped, by [`Dropped`].
pub(super) struct DropCounters(Counters<{ Dropped::ALL.len() }>);

impl DropCounters {
    /// None yet. Process context.
    pub(super) fn new() -> Result<Self> {
        Counters::new().map(Self)
    }

    /// One more, from or to `dev`. Any context.
    pub(super) fn count(&self, why: Dropped, dev: &NetDevice) {
        self.0.increment(why as usize);
        trace::dropped(dev, why.name());
    }

    /// How many. Any context.
    pub(super) fn sum(&self, why: Dropped) -> u64 {
        self.0.sum(why as usize)
    }
}
