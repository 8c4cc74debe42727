// SPDX-License-Identifier: GPL-2.0

//! A periodic high resolution timer.
//!
//! C header: [`include/linux/hrtimer.h`](srctree/include/linux/hrtimer.h)

use super::{
    bindings,
    rcu::{
        Rcu,
        RcuArc, //
    },
    rtnl::Rtnl, //
};
use core::{
    ptr,
    sync::atomic::{
        AtomicPtr,
        Ordering, //
    },
};
use kernel::{
    prelude::*,
    types::Opaque, //
};

/// What is looked at periodically.
pub(crate) trait Ticks: Send + Sync + Sized + 'static {
    /// Called in softirq, on an RCU read side. Returns the nanoseconds until the
    /// next call, of which there must be some.
    fn tick(this: &RcuArc<Self>, rcu: &Rcu) -> u64;
}

/// # Invariants
///
/// While `timer` runs, it owns a count of this object and one of `owner`, which is null otherwise.
#[pin_data]
struct Item<T: Ticks> {
    #[pin]
    timer: Opaque<bindings::hrtimer>,
    owner: AtomicPtr<T>,
}

// SAFETY: the core's functions may be called on any thread; `owner` is counted and `Send + Sync`.
unsafe impl<T: Ticks> Send for Item<T> {}
// SAFETY: as above.
unsafe impl<T: Ticks> Sync for Item<T> {}

/// A timer that runs from [`Timer::start`] to [`Timer::stop`].
pub(crate) struct Timer<T: Ticks>(RcuArc<Item<T>>);

impl<T: Ticks> Timer<T> {
    /// A timer that does not run. May sleep.
    pub(crate) fn new() -> Result<Self> {
        let item = RcuArc::pin_init(pin_init!(Item {
            timer <- Opaque::ffi_init(|timer| {
                // SAFETY: the place of the timer, pinned and not yet used by anyone.
                unsafe {
                    bindings::hrtimer_setup(
                        timer,
                        Some(expired::<T>),
                        bindings::CLOCK_MONOTONIC as i32,
                        bindings::hrtimer_mode_HRTIMER_MODE_REL_SOFT,
                    )
                }
            }),
            owner: AtomicPtr::new(ptr::null_mut()),
        }))?;
        Ok(Self(item))
    }

    /// Starts it for `owner`, first in `delay` ns; one that runs goes on as it is.
    pub(crate) fn start(&self, owner: &RcuArc<T>, delay: u64, _rtnl: &mut Rtnl) {
        if !self.0.owner.load(Ordering::Relaxed).is_null() {
            return;
        }
        // INVARIANT: the counts are the timer's from here on.
        let _ = self.0.clone().into_raw();
        let raw = owner.clone().into_raw().cast_mut();
        self.0.owner.store(raw, Ordering::Release);
        // SAFETY: initialized, pinned and kept by the count.
        unsafe {
            bindings::hrtimer_start(
                self.0.timer.get(),
                i64::try_from(delay).unwrap_or(i64::MAX),
                bindings::hrtimer_mode_HRTIMER_MODE_REL_SOFT,
            )
        };
    }

    /// Stops it; a call that runs is waited for. May sleep.
    pub(crate) fn stop(&self, _rtnl: &mut Rtnl) {
        // SAFETY: initialized and pinned.
        unsafe { bindings::hrtimer_cancel(self.0.timer.get()) };
        let owner = self.0.owner.swap(ptr::null_mut(), Ordering::AcqRel);
        if !owner.is_null() {
            // SAFETY: it ran: by the invariant the counts are there to take back, and it will
            // not run again before `start`, which RTNL keeps out.
            drop(unsafe {
                (
                    RcuArc::from_raw(&raw const *self.0),
                    RcuArc::from_raw(owner),
                )
            });
        }
    }
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn expired<T: Ticks>(timer: *mut bindings::hrtimer) -> bindings::hrtimer_restart {
    let offset = core::mem::offset_of!(Item<T>, timer);
    // SAFETY: `Timer::new` gave this function to an item of this type only, and it is kept by the
    // count of the running timer.
    let item = unsafe { &*timer.byte_sub(offset).cast::<Item<T>>() };
    // SAFETY: it runs, so it owns a count of `owner`, which is not given up here.
    let owner = core::mem::ManuallyDrop::new(unsafe {
        RcuArc::from_raw(item.owner.load(Ordering::Acquire))
    });
    let next = Rcu::read(|rcu| T::tick(&owner, rcu));
    let next = i64::try_from(next).unwrap_or(i64::MAX);
    // SAFETY: in the timer's own callback.
    unsafe { bindings::hrtimer_forward_now(timer, next.max(100_000)) };
    bindings::hrtimer_restart_HRTIMER_RESTART
}

#[cfg(net_kunit)]
#[kunit_tests(vnicteam_net_timer)]
mod tests {
    use super::*;
    use crate::net::{
        clock,
        rcu, //
    };
    use core::sync::atomic::AtomicU32;

    /// Counts its ticks, and says when it is gone.
    struct Clock {
        ticks: AtomicU32,
        gone: &'static AtomicU32,
    }

    impl Clock {
        fn ticks(&self) -> u32 {
            self.ticks.load(Ordering::Relaxed)
        }
    }

    impl Drop for Clock {
        fn drop(&mut self) {
            self.gone.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Ticks for Clock {
        fn tick(this: &RcuArc<Self>, _rcu: &Rcu) -> u64 {
            this.ticks.fetch_add(1, Ordering::Relaxed);
            100_000
        }
    }

    #[test]
    fn it_ticks_from_start_to_stop_and_keeps_no_count() -> Result {
        static GONE: AtomicU32 = AtomicU32::new(0);
        let owner = RcuArc::new(Clock {
            ticks: AtomicU32::new(0),
            gone: &GONE,
        })?;
        let timer = Timer::new()?;
        for round in 1..=2 {
            let before = owner.ticks();
            timer.start(&owner, 0, &mut Rtnl::lock_for_test());
            // One that runs goes on, and takes no more counts.
            timer.start(&owner, 0, &mut Rtnl::lock_for_test());
            let ticked = clock::wait_for_test(|| owner.ticks() >= before + 3);
            timer.stop(&mut Rtnl::lock_for_test());
            assert!(ticked);
            let after = owner.ticks();
            // Ten of its periods; the check cannot fail by taking longer.
            clock::pass_for_test(1_000_000);
            assert_eq!((round, owner.ticks()), (round, after));
        }
        timer.stop(&mut Rtnl::lock_for_test());
        drop((timer, owner));
        rcu::barrier();
        assert_eq!(GONE.load(Ordering::Relaxed), 1);
        Ok(())
    }
}
