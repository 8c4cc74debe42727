// SPDX-License-Identifier: GPL-2.0

//! RTNL, the lock under which network devices are configured.
//!
//! [`Rtnl`] is the evidence that this thread holds it, and the key to what it guards: an
//! [`RtnlCell`] lends its content for as long as the token is borrowed. Everything in `net` that
//! can call back into a driver (open a device, call notifiers, register) takes `&mut Rtnl`, so no
//! content can be on loan while it runs: a nested callback finds every cell free. The compiler
//! checks that; nothing is counted at run time.
//!
//! C header: [`include/linux/rtnetlink.h`](srctree/include/linux/rtnetlink.h)

use super::bindings;
use core::{
    cell::UnsafeCell,
    ops::{
        Deref,
        DerefMut, //
    },
};
use kernel::types::NotThreadSafe;

/// Evidence that the current thread holds RTNL.
///
/// # Invariants
///
/// RTNL is held by the current thread while a value exists, and of the values that exist at one
/// time on that thread only the youngest is in use: the others are borrowed mutably by the call
/// that led to it.
pub(crate) struct Rtnl(NotThreadSafe);

impl Rtnl {
    /// Makes the token in a function that C calls with RTNL held.
    ///
    /// # Safety
    ///
    /// RTNL is held, stays so for the life of the value, and the caller was called by C: what led
    /// here through Rust code passed `&mut Rtnl`, or nothing did.
    pub(super) unsafe fn assume_held() -> Self {
        // INVARIANT: by the function's requirements.
        Self(NotThreadSafe)
    }

    /// Takes RTNL; waits for it. Process context, and not on a thread that holds it: that waits
    /// for itself.
    pub(crate) fn lock() -> RtnlGuard {
        // SAFETY: process context by the doc comment.
        unsafe { bindings::rtnl_lock() };
        // SAFETY: just taken, and it is not recursive: no other token exists on this thread.
        RtnlGuard(unsafe { Self::assume_held() })
    }

    /// Takes RTNL if no one holds it.
    ///
    /// For work that may itself be waited for under RTNL; try again later on `None`.
    pub(crate) fn try_lock() -> Option<RtnlGuard> {
        // SAFETY: process context by `RtnlGuard`'s use; a mutex may be tried at any time there.
        if unsafe { bindings::rtnl_trylock() } == 0 {
            return None;
        }
        // SAFETY: just taken, and it is not recursive: no other token exists on this thread.
        Some(RtnlGuard(unsafe { Self::assume_held() }))
    }

    /// Takes RTNL, however long that takes.
    #[cfg(all(CONFIG_KUNIT = "y", net_kunit))]
    pub(super) fn lock_for_test() -> RtnlGuard {
        loop {
            if let Some(guard) = Self::try_lock() {
                return guard;
            }
            super::clock::pass_for_test(1_000_000);
        }
    }
}

/// RTNL, held until this is dropped.
pub(crate) struct RtnlGuard(Rtnl);

impl Deref for RtnlGuard {
    type Target = Rtnl;

    fn deref(&self) -> &Rtnl {
        &self.0
    }
}

impl DerefMut for RtnlGuard {
    fn deref_mut(&mut self) -> &mut Rtnl {
        &mut self.0
    }
}

impl Drop for RtnlGuard {
    fn drop(&mut self) {
        // SAFETY: it was taken on this thread: the guard is not `Send`.
        unsafe { bindings::rtnl_unlock() };
    }
}

/// Content that only a holder of RTNL reads or writes.
pub(crate) struct RtnlCell<T>(UnsafeCell<T>);

// SAFETY: the content is reached with an `Rtnl` only, so by one thread at a time.
unsafe impl<T: Send> Sync for RtnlCell<T> {}

impl<T> RtnlCell<T> {
    /// Guards `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Lends the content for reading.
    pub(crate) fn borrow<'a>(&'a self, _rtnl: &'a Rtnl) -> &'a T {
        // SAFETY: a mutable loan would hold the token mutably, see the invariant of `Rtnl`.
        unsafe { &*self.0.get() }
    }

    /// Lends the content for writing; no other cell can be on loan meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub(crate) fn borrow_mut<'a>(&'a self, _rtnl: &'a mut Rtnl) -> &'a mut T {
        // SAFETY: the token is borrowed mutably for `'a`, see the invariant of `Rtnl`.
        unsafe { &mut *self.0.get() }
    }
}

impl<T: Copy> RtnlCell<T> {
    /// A copy of the content.
    pub(crate) fn get(&self, rtnl: &Rtnl) -> T {
        *self.borrow(rtnl)
    }

    /// Replaces the content.
    pub(crate) fn set(&self, value: T, rtnl: &mut Rtnl) {
        *self.borrow_mut(rtnl) = value;
    }
}
