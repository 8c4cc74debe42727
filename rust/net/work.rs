// SPDX-License-Identifier: GPL-2.0

//! Work in process context that can be waited for and ended.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use super::{
    bindings,
    rcu::RcuArc, //
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

/// What has work to do; of several kinds, if it implements this for several `ID`s.
pub(crate) trait HasWork<const ID: u8 = 0>: Send + Sync + Sized + 'static {
    /// Does it. Process context; never twice at a time for one item.
    fn work(this: RcuArc<Self>);
}

/// # Invariants
///
/// While `work` is queued, the queue owns a count of this object and one of `owner`.
#[pin_data]
struct Item<T: HasWork<ID>, const ID: u8> {
    #[pin]
    work: Opaque<bindings::work_struct>,
    owner: AtomicPtr<T>,
}

// SAFETY: the core's functions may be called on any thread; `owner` is counted and `Send + Sync`.
unsafe impl<T: HasWork<ID>, const ID: u8> Send for Item<T, ID> {}
// SAFETY: as above.
unsafe impl<T: HasWork<ID>, const ID: u8> Sync for Item<T, ID> {}

/// A work item. It serves one owner, the first that it is queued for.
pub(crate) struct Work<T: HasWork<ID>, const ID: u8 = 0>(RcuArc<Item<T, ID>>);

impl<T: HasWork<ID>, const ID: u8> Work<T, ID> {
    /// An idle item. May sleep.
    pub(crate) fn new() -> Result<Self> {
        let item = RcuArc::pin_init(pin_init!(Item {
            work <- Opaque::ffi_init(|work| {
                // SAFETY: the place of the item, pinned and not yet used by anyone.
                unsafe { bindings::init_work(work, Some(run::<T, ID>)) }
            }),
            owner: AtomicPtr::new(ptr::null_mut()),
        }))?;
        Ok(Self(item))
    }

    /// Has [`HasWork::work`] of `owner` called soon, unless that is about to happen anyway or was
    /// ended. Any context.
    pub(crate) fn queue(&self, owner: &RcuArc<T>) {
        let raw: *mut T = (&raw const **owner).cast_mut();
        let first = self.0.owner.compare_exchange(
            ptr::null_mut(),
            raw,
            Ordering::Release,
            Ordering::Relaxed,
        );
        if first.is_err_and(|before| before != raw) {
            return;
        }
        let counts = (self.0.clone(), owner.clone());
        // SAFETY: initialized and pinned; the counts keep it and its owner while it is queued.
        if unsafe { bindings::queue_work(bindings::system_highpri_wq, self.0.work.get()) } {
            // INVARIANT: the queue owns the counts now.
            let _ = (counts.0.into_raw(), counts.1.into_raw());
        }
    }

    /// Ends it for good: what is queued is taken back, what runs is waited for, what is queued
    /// later is ignored. May sleep.
    pub(crate) fn end(&self) {
        // SAFETY: initialized and pinned.
        if unsafe { bindings::disable_work_sync(self.0.work.get()) } {
            // SAFETY: it was queued: by the invariant its counts are there to take back.
            drop(unsafe { take_counts(&raw const *self.0) });
        }
    }
}

/// # Safety
///
/// The counts that the queue owned of `item` and of its owner are the caller's now.
unsafe fn take_counts<T: HasWork<ID>, const ID: u8>(
    item: *const Item<T, ID>,
) -> (RcuArc<Item<T, ID>>, RcuArc<T>) {
    // SAFETY: by the function's requirements.
    let item = unsafe { RcuArc::from_raw(item) };
    // SAFETY: as above; the owner was stored before the item was queued and never changes.
    let owner = unsafe { RcuArc::from_raw(item.owner.load(Ordering::Acquire)) };
    (item, owner)
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn run<T: HasWork<ID>, const ID: u8>(work: *mut bindings::work_struct) {
    let offset = core::mem::offset_of!(Item<T, ID>, work);
    // SAFETY: `Work::new` gave this function to an item of this type only.
    let item = unsafe { work.byte_sub(offset) }.cast::<Item<T, ID>>();
    // SAFETY: it was queued, and no longer is.
    let (_item, owner) = unsafe { take_counts(item) };
    T::work(owner);
}

#[cfg(net_kunit)]
#[kunit_tests(vnicteam_net_work)]
mod tests {
    use super::*;
    use crate::net::{
        clock,
        rcu, //
    };
    use core::sync::atomic::AtomicU32;

    /// Counts how often it worked, and says when it is gone.
    struct Job {
        runs: AtomicU32,
        gone: &'static AtomicU32,
    }

    impl Job {
        fn new(gone: &'static AtomicU32) -> Result<RcuArc<Self>> {
            RcuArc::new(Self {
                runs: AtomicU32::new(0),
                gone,
            })
        }

        fn runs(&self) -> u32 {
            self.runs.load(Ordering::Relaxed)
        }
    }

    impl Drop for Job {
        fn drop(&mut self) {
            self.gone.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl HasWork for Job {
        fn work(this: RcuArc<Self>) {
            this.runs.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_serves_its_first_owner_and_keeps_no_count() -> Result {
        static GONE: AtomicU32 = AtomicU32::new(0);
        let (owner, other) = (Job::new(&GONE)?, Job::new(&GONE)?);
        let work: Work<Job> = Work::new()?;
        for wanted in 1..=3 {
            work.queue(&owner);
            assert!(clock::wait_for_test(|| owner.runs() == wanted));
        }
        work.queue(&other);
        work.end();
        assert_eq!((owner.runs(), other.runs()), (3, 0));
        drop((work, owner, other));
        rcu::barrier();
        assert_eq!(GONE.load(Ordering::Relaxed), 2);
        Ok(())
    }

    #[test]
    fn what_is_ended_does_not_work_again() -> Result {
        static GONE: AtomicU32 = AtomicU32::new(0);
        let owner = Job::new(&GONE)?;
        let work: Work<Job> = Work::new()?;
        work.queue(&owner);
        work.end();
        let before = owner.runs();
        work.queue(&owner);
        work.end();
        assert!(before <= 1);
        assert_eq!(owner.runs(), before);
        drop((work, owner));
        rcu::barrier();
        assert_eq!(GONE.load(Ordering::Relaxed), 1);
        Ok(())
    }
}
