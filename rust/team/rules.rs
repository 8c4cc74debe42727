// SPDX-License-Identifier: GPL-2.0

//! What an administrator has said of an endpoint that each of its frames depends on, in one word:
//! the data path reads it at once, and most often it says nothing.

use crate::net::uapi;
use core::sync::atomic::{
    AtomicU32,
    Ordering, //
};

/// Whether endpoints reach each other (CLS-5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Locally.
    Bridge,
    /// Not at all.
    Private,
    /// Through the switch.
    Vepa,
}

impl Mode {
    /// The mode with this number in the uapi.
    pub(super) fn from_uapi(mode: u8) -> Option<Self> {
        match u32::from(mode) {
            uapi::VNIC_MODE_BRIDGE => Some(Self::Bridge),
            uapi::VNIC_MODE_PRIVATE => Some(Self::Private),
            uapi::VNIC_MODE_VEPA => Some(Self::Vepa),
            _ => None,
        }
    }

    /// Its number in the uapi.
    pub(super) fn to_uapi(self) -> u8 {
        (match self {
            Self::Bridge => uapi::VNIC_MODE_BRIDGE,
            Self::Private => uapi::VNIC_MODE_PRIVATE,
            Self::Vepa => uapi::VNIC_MODE_VEPA,
        }) as u8
    }
}

/// The rules of an endpoint. The default is bridge mode without anything else.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules(u32);

impl Rules {
    const MODE: u32 = 0x3;
    const SPOOFCHK: u32 = 0x4;
    const MAC_FIXED: u32 = 0x8;
    const TAGGED_TEAM: u32 = 0x10;
    const VID_SHIFT: u32 = 16;
    /// What frames on their way out do not depend on.
    const NOT_FOR_FRAMES: u32 = Self::MAC_FIXED;

    /// Whether frames on their way out need nothing but what every endpoint's need.
    #[inline(always)]
    pub(super) fn are_plain(self) -> bool {
        self.0 & !Self::NOT_FOR_FRAMES == 0
    }

    /// Whether it and others reach each other.
    #[inline(always)]
    pub(super) fn mode(self) -> Mode {
        match self.0 & Self::MODE {
            0 => Mode::Bridge,
            1 => Mode::Private,
            _ => Mode::Vepa,
        }
    }

    /// Whether frames with another source MAC than its own are dropped (VNIC-6).
    pub(super) fn spoofchk(self) -> bool {
        self.0 & Self::SPOOFCHK != 0
    }

    /// Whether its user may change its MAC (VNIC-6).
    pub(super) fn mac_change(self) -> bool {
        self.0 & Self::MAC_FIXED == 0
    }

    /// The id of the VLAN that its frames are in on the wire, and not inside (VNIC-5); 0 for none.
    #[inline(always)]
    pub(super) fn vid(self) -> u16 {
        (self.0 >> Self::VID_SHIFT) as u16
    }

    /// The same, but for the mode.
    pub(super) fn with_mode(self, mode: Mode) -> Self {
        let bits = match mode {
            Mode::Bridge => 0,
            Mode::Private => 1,
            Mode::Vepa => 2,
        };
        Self(self.0 & !Self::MODE | bits)
    }

    fn with(self, bit: u32, on: bool) -> Self {
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// The same, but for whether source MACs are checked.
    pub(super) fn with_spoofchk(self, on: bool) -> Self {
        self.with(Self::SPOOFCHK, on)
    }

    /// The same, but for whether its user may change its MAC.
    pub(super) fn with_mac_change(self, on: bool) -> Self {
        self.with(Self::MAC_FIXED, !on)
    }

    /// The same, but for whether any endpoint of the team has a VLAN of its own.
    pub(super) fn with_tagged_team(self, on: bool) -> Self {
        self.with(Self::TAGGED_TEAM, on)
    }

    /// The same, but for the VLAN.
    pub(super) fn with_vid(self, vid: u16) -> Self {
        Self(self.0 & 0xffff | u32::from(vid) << Self::VID_SHIFT)
    }
}

/// Rules that the data path reads while the control path changes them.
pub(super) struct SharedRules(AtomicU32);

impl SharedRules {
    /// No rules.
    pub(super) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// The rules as they are now.
    #[inline(always)]
    pub(super) fn get(&self) -> Rules {
        Rules(self.0.load(Ordering::Relaxed))
    }

    /// Puts others in their place.
    pub(super) fn set(&self, rules: Rules) {
        self.0.store(rules.0, Ordering::Relaxed);
    }
}
