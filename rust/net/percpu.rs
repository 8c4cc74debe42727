// SPDX-License-Identifier: GPL-2.0

//! Counters that each CPU has for itself.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h)

use super::bindings;
use core::ptr::NonNull;
use kernel::{
    ffi,
    prelude::*, //
};

/// `N` counters for each CPU, all zero at first.
///
/// # Invariants
///
/// The pointer is to per-CPU memory of `N` `u64`, which is owned.
pub(crate) struct Counters<const N: usize>(NonNull<u64>);

// SAFETY: the memory belongs to no thread.
unsafe impl<const N: usize> Send for Counters<N> {}
// SAFETY: a CPU adds to its own counters only, in one instruction; readers see each as a whole.
unsafe impl<const N: usize> Sync for Counters<N> {}

impl<const N: usize> Counters<N> {
    /// Counters that are zero. Process context.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: a size and an alignment that any CPU's memory has.
        let place = unsafe { bindings::alloc_percpu(size_of::<[u64; N]>(), align_of::<u64>()) };
        // INVARIANT: new and zeroed.
        NonNull::new(place.cast()).map(Self).ok_or(ENOMEM)
    }

    /// Adds one to a counter. Any context.
    #[inline(always)]
    pub(crate) fn increment(&self, index: usize) {
        if index < N {
            // SAFETY: in bounds of the memory that is owned.
            unsafe { bindings::this_cpu_inc_u64(self.0.as_ptr().wrapping_add(index)) };
        }
    }

    /// What all CPUs have counted. Any context; CPUs go on counting meanwhile.
    pub(crate) fn sum(&self, index: usize) -> u64 {
        let mut sum: u64 = 0;
        let mut cpu: ffi::c_int = -1;
        if index >= N {
            return 0;
        }
        loop {
            // SAFETY: a number that came from here, or -1 for the first.
            cpu = unsafe { bindings::next_possible_cpu(cpu) };
            if cpu < 0 {
                return sum;
            }
            let place = self.0.as_ptr().wrapping_add(index);
            // SAFETY: in bounds of the memory that is owned, for a CPU that there may be.
            sum = sum.wrapping_add(unsafe { bindings::per_cpu_u64(place, cpu) });
        }
    }
}

impl<const N: usize> Drop for Counters<N> {
    fn drop(&mut self) {
        // SAFETY: owned, and nobody counts any more.
        unsafe { bindings::free_percpu(self.0.as_ptr().cast()) };
    }
}
