// SPDX-License-Identifier: GPL-2.0

//! What there is: teams, members, VNICs, events, rates. Pure; no I/O, no clock.

pub mod event;
pub mod find;
pub mod names;
pub mod rate;
pub mod sequence;
pub mod snapshot;
pub mod stats;

#[cfg(test)]
pub mod sample;
