// SPDX-License-Identifier: GPL-2.0

//! `rust/logic` as a crate of its own, so that its laws can be tested without a kernel.
//!
//! `cargo clippy` here refuses what could panic in the kernel: the list below is the rule, the
//! tests are free of it.

#![no_std]
#![deny(missing_docs, unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(test)]
extern crate std;

#[path = "../../../rust/logic/mod.rs"]
pub mod logic;
