// SPDX-License-Identifier: GPL-2.0

//! Frames as they come from the wire.

#![no_main]

#[path = "../../tests/laws/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| support::bytes::frame(data));
