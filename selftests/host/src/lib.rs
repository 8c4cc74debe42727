// SPDX-License-Identifier: GPL-2.0

//! `rust/logic` as a crate of its own, so that its laws can be tested without a kernel.

#![no_std]

#[cfg(test)]
extern crate std;

#[path = "../../../rust/logic/mod.rs"]
pub mod logic;
