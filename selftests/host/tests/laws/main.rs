// SPDX-License-Identifier: GPL-2.0

//! The laws of `rust/logic`, one file for each of its modules. One program, so that what they
//! share is compiled once.

mod addr_table;
mod announce;
mod corpus;
mod dedup;
mod engine;
mod frame;
mod support;
