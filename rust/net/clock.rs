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

/// Sleeps for so many nanoseconds at least.
#[cfg(all(CONFIG_KUNIT = "y", net_kunit))]
pub(super) fn pass_for_test(ns: i64) {
    use kernel::time::{
        delay::fsleep,
        Delta, //
    };
    fsleep(Delta::from_nanos(ns));
}

/// Waits until `condition` holds; whether it did within 30 s.
#[cfg(all(CONFIG_KUNIT = "y", net_kunit))]
pub(super) fn wait_for_test(condition: impl Fn() -> bool) -> bool {
    let end_ns = now_ns().saturating_add(30_000_000_000);
    while !condition() {
        if now_ns() > end_ns {
            return false;
        }
        pass_for_test(100_000);
    }
    true
}
