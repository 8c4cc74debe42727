// SPDX-License-Identifier: GPL-2.0

//! `rust/logic` as a crate of its own, so that its laws can be tested without a kernel.
//!
//! `cargo clippy` here refuses what could panic in the kernel: the list below is the rule, the
//! tests are free of it.

#![no_std]
#![deny(missing_docs)]
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
#![warn(
    unreachable_pub,
    clippy::as_underscore,
    clippy::cast_lossless,
    clippy::ignored_unit_patterns,
    clippy::mut_mut,
    clippy::needless_bitwise_bool
)]

#[cfg(test)]
extern crate std;

#[path = "../../../rust/logic/mod.rs"]
pub mod logic;
