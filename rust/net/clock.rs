// SPDX-License-Identifier: GPL-2.0

//! The clock that the logic is given: CLOCK_MONOTONIC.

use super::bindings;

/// Nanoseconds of CLOCK_MONOTONIC. Any context.
pub(crate) fn now_ns() -> u64 {
    // SAFETY: may be called anywhere but in NMI.
    unsafe { bindings::ktime_get_ns() }
}

/// A number that cannot be guessed. Any context.
pub(crate) fn random_u64() -> u64 {
    // SAFETY: may be called anywhere.
    unsafe { bindings::get_random_u64() }
}
