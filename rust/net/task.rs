// SPDX-License-Identifier: GPL-2.0

//! Who runs.

use super::bindings;
use core::num::NonZeroUsize;

/// A number that no other task has while this one runs; `None` in an interrupt or a softirq, which
/// is not what the interrupted task does.
pub(crate) fn current() -> Option<NonZeroUsize> {
    // SAFETY: no requirement.
    if !unsafe { bindings::in_task() } {
        return None;
    }
    // SAFETY: no requirement; only the address is used.
    NonZeroUsize::new(unsafe { bindings::get_current() } as usize)
}
