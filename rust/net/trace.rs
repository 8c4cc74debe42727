// SPDX-License-Identifier: GPL-2.0

//! Tracepoints; what they show is in `trace.h`.
//!
//! One that nobody looks at costs a call. Any context.

use super::{
    bindings,
    netdev::NetDevice, //
};
use kernel::{
    prelude::*,
    str::CStr, //
};

/// `member` of `team` went up or down, as was seen at `time` in ns.
pub(crate) fn member(team: &NetDevice, member: &NetDevice, up: bool, time: u64) {
    // SAFETY: both live.
    unsafe { bindings::trace_member(team.as_ptr(), member.as_ptr(), up, time) };
}

/// A move, as it is traced.
pub(crate) struct Move {
    /// The index of the member before, or 0.
    pub(crate) from: u32,
    /// The index of the member now, or 0.
    pub(crate) to: u32,
    /// `VNIC_MOVE_*` of the uapi.
    pub(crate) cause: u32,
    /// When the cause was seen, in ns.
    pub(crate) detected: u64,
    /// When traffic could go on, in ns; 0 if it cannot.
    pub(crate) resumed: u64,
}

/// `vnic` of `team` was moved.
pub(crate) fn moved(team: &NetDevice, vnic: &NetDevice, how: &Move) {
    // SAFETY: both live.
    unsafe {
        bindings::trace_move(
            team.as_ptr(),
            vnic.as_ptr(),
            how.from,
            how.to,
            how.cause,
            how.detected,
            how.resumed,
        )
    };
}

/// A frame from or to `dev` is not delivered.
pub(crate) fn dropped(dev: &NetDevice, reason: &CStr) {
    // SAFETY: live; a string that ends in a zero.
    unsafe { bindings::trace_drop(dev.as_ptr(), reason.as_char_ptr().cast()) };
}
