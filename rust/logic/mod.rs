// SPDX-License-Identifier: GPL-2.0

//! Decisions: pure functions and state machines without a kernel under them.
//!
//! Nothing here allocates, sleeps, locks, reads a clock (time is a parameter, in nanoseconds),
//! uses floating point or panics. The same files are compiled into the module, where `team` calls
//! them, and into `selftests/host`, where their laws are tested. `net` does not know them.
//!
//! | Module         | Decides                                                           |
//! |----------------|-------------------------------------------------------------------|
//! | [`limits`]     | how many members and endpoints a team has, and their names        |
//! | [`engine`]     | which member carries which endpoint, and the phases of each move  |
//! | [`announce`]   | whose address must be announced, and when                         |
//! | [`addr_table`] | which endpoint owns a (VLAN, MAC)                                 |
//! | [`frame`]      | what an Ethernet address means; what an announcement looks like   |
//! | [`dedup`]      | which of two copies of a frame is delivered                       |

#![forbid(unsafe_code)]

pub mod addr_table;
pub mod announce;
pub mod dedup;
pub mod engine;
pub mod frame;
pub mod limits;
