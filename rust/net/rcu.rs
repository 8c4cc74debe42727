// SPDX-License-Identifier: GPL-2.0

//! RCU: objects that are freed a grace period after their last reference, and published pointers.
//!
//! [`RcuArc`] counts references like `Arc`; when the last one goes, the object is dropped and freed
//! after a grace period. [`RcuPtr`] publishes one: readers on an RCU read side ([`Rcu`]) borrow the
//! object without counting; the writer, under RTNL, replaces it.
//!
//! C header: [`include/linux/rcupdate.h`](srctree/include/linux/rcupdate.h)

use super::{
    bindings,
    rtnl::Rtnl, //
};
use core::{
    ops::Deref,
    ptr::{
        self,
        NonNull, //
    },
    sync::atomic::{
        AtomicPtr,
        Ordering, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        rcu::Guard,
        Refcount, //
    },
    types::{
        NotThreadSafe,
        Opaque, //
    },
};

/// Evidence of an RCU read side on the current CPU.
///
/// # Invariants
///
/// `rcu_read_lock` or `rcu_read_lock_bh` is held while a value exists.
pub(crate) struct Rcu(NotThreadSafe);

impl Rcu {
    /// Makes the token in a function that C calls on an RCU read side.
    ///
    /// # Safety
    ///
    /// An RCU read side lasts for the life of the value.
    #[inline(always)]
    pub(super) unsafe fn assume_held() -> Self {
        // INVARIANT: by the function's requirements.
        Self(NotThreadSafe)
    }

    /// Runs `f` on an RCU read side; `f` must not sleep.
    pub(crate) fn read<R>(f: impl FnOnce(&Rcu) -> R) -> R {
        let _guard = Guard::new();
        // SAFETY: `_guard` outlives the token.
        f(&unsafe { Rcu::assume_held() })
    }

    /// Runs `f` on an RCU read side with BH off, as packets are transmitted; `f` must not sleep.
    pub(crate) fn read_bh<R>(f: impl FnOnce(&Rcu) -> R) -> R {
        // SAFETY: no requirement; balanced below.
        unsafe { bindings::rcu_read_lock_bh() };
        // SAFETY: it lasts until after the token's end.
        let result = f(&unsafe { Rcu::assume_held() });
        // SAFETY: of the lock above.
        unsafe { bindings::rcu_read_unlock_bh() };
        result
    }
}

/// Waits until every read side that has begun has ended: nobody uses what was published before and
/// is not any more. May sleep; not for long, since RTNL is held.
pub(crate) fn synchronize(_rtnl: &mut Rtnl) {
    // SAFETY: process context, see the doc comment; no other requirement.
    unsafe { bindings::synchronize_net() };
}

/// Waits until every object whose last reference is gone was dropped. May sleep.
pub(crate) fn barrier() {
    // SAFETY: process context, see the doc comment; no other requirement.
    unsafe { bindings::rcu_barrier() };
}

/// The last field of a module: when it is dropped it waits until everything is freed that the
/// module made, whose code is about to go.
pub(crate) struct Freed;

impl Drop for Freed {
    fn drop(&mut self) {
        // What is freed may hold the last reference to something else, and so on: a table of an
        // endpoint of a team is the longest such chain.
        for _ in 0..4 {
            barrier();
        }
    }
}

#[pin_data]
#[repr(C)]
struct Inner<T> {
    refs: Refcount,
    head: Opaque<bindings::callback_head>,
    #[pin]
    data: T,
}

/// A counted reference to a pinned object that is freed an RCU grace period after the last one.
///
/// The object's `drop` runs in softirq: it must not sleep.
///
/// # Invariants
///
/// The pointer is to a live `Inner` of which this value owns one count.
pub(crate) struct RcuArc<T: Send + Sync + 'static>(NonNull<Inner<T>>);

// SAFETY: a counted reference to something that may be shared and dropped anywhere.
unsafe impl<T: Send + Sync + 'static> Send for RcuArc<T> {}
// SAFETY: as above; `&RcuArc` gives no more than `&T` and new counts.
unsafe impl<T: Send + Sync + 'static> Sync for RcuArc<T> {}

impl<T: Send + Sync + 'static> RcuArc<T> {
    /// Allocates and initializes an object in place. May sleep.
    pub(crate) fn pin_init<E>(init: impl PinInit<T, E>) -> Result<Self>
    where
        Error: From<E>,
    {
        let inner = KBox::try_pin_init(
            try_pin_init!(Inner {
                refs: Refcount::new(1),
                head: Opaque::uninit(),
                data <- init,
            }? Error),
            GFP_KERNEL,
        )?;
        // SAFETY: it stays where it is until `free` makes a box of it again.
        let raw = KBox::into_raw(unsafe { Pin::into_inner_unchecked(inner) });
        // INVARIANT: the count of one is this value's.
        // SAFETY: a box's pointer is not null.
        Ok(Self(unsafe { NonNull::new_unchecked(raw) }))
    }

    /// Allocates an object. May sleep.
    pub(crate) fn new(data: T) -> Result<Self> {
        Self::pin_init::<core::convert::Infallible>(data)
    }

    /// Gives up the value but not its count; [`Self::from_raw`] takes it back.
    pub(super) fn into_raw(self) -> *const T {
        let data: *const T = &raw const *self;
        core::mem::forget(self);
        data
    }

    /// Takes back what [`Self::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `data` is of `into_raw`, and each is taken back once.
    pub(super) unsafe fn from_raw(data: *const T) -> Self {
        // SAFETY: `data` points into an `Inner` by the function's requirements.
        let inner = unsafe { Inner::of(data) };
        // INVARIANT: the count that `into_raw` left.
        // SAFETY: a pointer into an object is not null, nor is the object's.
        Self(unsafe { NonNull::new_unchecked(inner) })
    }

    /// A new counted reference to the object that `data` is.
    ///
    /// # Safety
    ///
    /// `data` is the content of an `RcuArc`, of which at least one count is held by someone for
    /// the duration of the call.
    pub(super) unsafe fn clone_of(data: &T) -> Self {
        // SAFETY: by the function's requirements; the borrowed count is not given up.
        let this = core::mem::ManuallyDrop::new(unsafe { Self::from_raw(data) });
        Self::clone(&this)
    }

    fn inner(&self) -> &Inner<T> {
        // SAFETY: by the type invariant.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Inner<T> {
    /// The `Inner` that `data` is in.
    ///
    /// # Safety
    ///
    /// `data` points to the `data` of an `Inner`.
    #[inline(always)]
    unsafe fn of(data: *const T) -> *mut Self {
        let offset = core::mem::offset_of!(Inner<T>, data);
        // SAFETY: the subtraction stays within the `Inner` by the function's requirements.
        unsafe { data.byte_sub(offset) }.cast::<Self>().cast_mut()
    }
}

impl<T: Send + Sync + 'static> Deref for RcuArc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.inner().data
    }
}

impl<T: Send + Sync + 'static> Clone for RcuArc<T> {
    fn clone(&self) -> Self {
        self.inner().refs.inc();
        // INVARIANT: the count that was just taken.
        Self(self.0)
    }
}

impl<T: Send + Sync + 'static> Drop for RcuArc<T> {
    fn drop(&mut self) {
        if !self.inner().refs.dec_and_test() {
            return;
        }
        let inner = self.0.as_ptr();
        // SAFETY: in bounds of the live `Inner`.
        let head = Opaque::cast_into(unsafe { &raw const (*inner).head });
        // SAFETY: the count was the last: the head is used once. `free` fits what `head` is in.
        unsafe { bindings::call_rcu(head, Some(free::<T>)) };
    }
}

/// # Safety
///
/// `head` is that of an `Inner<T>` whose last count is gone, after a grace period.
unsafe extern "C" fn free<T>(head: *mut bindings::callback_head) {
    let offset = core::mem::offset_of!(Inner<T>, head);
    // SAFETY: the head is in an `Inner<T>`, see `RcuArc::drop`.
    let inner = unsafe { head.byte_sub(offset) }.cast::<Inner<T>>();
    // SAFETY: `pin_init` made it of a box; readers that saw it published are through.
    drop(unsafe { KBox::from_raw(inner) });
}

/// A published, replaceable [`RcuArc`], or nothing.
///
/// # Invariants
///
/// The pointer is null or of [`RcuArc::into_raw`], whose count this owns.
pub(crate) struct RcuPtr<T: Send + Sync + 'static>(AtomicPtr<T>);

impl<T: Send + Sync + 'static> RcuPtr<T> {
    /// Nothing published.
    pub(crate) const fn empty() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// `object`, to be published with what this is put into.
    pub(crate) fn of(object: RcuArc<T>) -> Self {
        // INVARIANT: the count of `object` came with it.
        Self(AtomicPtr::new(object.into_raw().cast_mut()))
    }

    /// The object as a reader sees it.
    #[inline(always)]
    pub(crate) fn get<'a>(&'a self, _rcu: &'a Rcu) -> Option<&'a T> {
        // Ordering: pairs with the release of `replace`; on x86 it costs nothing.
        let data = self.0.load(Ordering::Acquire);
        // SAFETY: null or live: when it is replaced, the count that kept it alive goes after this
        // load, and the object a grace period later, which `_rcu` delays.
        unsafe { data.as_ref() }
    }

    /// A counted reference to the object, for use beyond the read side.
    pub(crate) fn get_counted(&self, rtnl: &Rtnl) -> Option<RcuArc<T>> {
        let data = self.load(rtnl)?;
        // SAFETY: this holds a count, and only a holder of RTNL takes it away.
        Some(unsafe { RcuArc::clone_of(data) })
    }

    /// The object as the writer sees it.
    pub(crate) fn load<'a>(&'a self, _rtnl: &'a Rtnl) -> Option<&'a T> {
        // SAFETY: null or live: `replace` needs RTNL mutably.
        unsafe { self.0.load(Ordering::Relaxed).as_ref() }
    }

    /// Whether `other` is what is published. A comparison only.
    #[inline(always)]
    pub(crate) fn is(&self, other: &T) -> bool {
        ptr::eq(self.0.load(Ordering::Relaxed), other)
    }

    /// Publishes `new` and gives back what was.
    pub(crate) fn replace(&self, new: Option<RcuArc<T>>, _rtnl: &mut Rtnl) -> Option<RcuArc<T>> {
        let new = new.map_or(ptr::null_mut(), |arc| arc.into_raw().cast_mut());
        // Ordering: what `new` points to was written before readers see it.
        // INVARIANT: the count of `new` came with it.
        let old = self.0.swap(new, Ordering::AcqRel);
        // SAFETY: by the invariant the count of `old` was this pointer's, and is handed on.
        (!old.is_null()).then(|| unsafe { RcuArc::from_raw(old) })
    }
}

/// Which object of several, or none: an address that is compared and never followed.
pub(crate) struct Mark<T>(AtomicPtr<T>);

impl<T> Mark<T> {
    /// None.
    pub(crate) const fn none() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Whether it is `object`.
    #[inline(always)]
    pub(crate) fn is(&self, object: &T) -> bool {
        ptr::eq(self.0.load(Ordering::Relaxed), object)
    }

    /// From now on it is `object`, or none.
    pub(crate) fn set(&self, object: Option<&T>) {
        let place = object.map_or(ptr::null(), |object| &raw const *object);
        self.0.store(place.cast_mut(), Ordering::Release);
    }
}

impl<T: Send + Sync + 'static> Drop for RcuPtr<T> {
    fn drop(&mut self) {
        let data = *self.0.get_mut();
        if !data.is_null() {
            // SAFETY: by the invariant the count is ours to give up.
            drop(unsafe { RcuArc::from_raw(data) });
        }
    }
}

#[cfg(net_kunit)]
#[kunit_tests(vnicteam_net_rcu)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    /// Counts its drops.
    struct Counted(&'static AtomicU32);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_last_count_frees_after_a_grace_period() -> Result {
        static DROPS: AtomicU32 = AtomicU32::new(0);
        let first = RcuArc::new(Counted(&DROPS))?;
        let second = first.clone();
        drop(first);
        barrier();
        assert_eq!(DROPS.load(Ordering::Relaxed), 0);
        let early = Rcu::read(|_| {
            drop(second);
            DROPS.load(Ordering::Relaxed)
        });
        assert_eq!(early, 0);
        barrier();
        assert_eq!(DROPS.load(Ordering::Relaxed), 1);
        Ok(())
    }

    #[test]
    fn a_pointer_owns_what_it_publishes() -> Result {
        static DROPS: AtomicU32 = AtomicU32::new(0);
        let published = RcuPtr::empty();
        let (first, second) = (RcuArc::new(Counted(&DROPS))?, RcuArc::new(Counted(&DROPS))?);
        let keep = first.clone();
        assert!(Rcu::read(|rcu| published.get(rcu).is_none()));
        // A check that fails never returns: no lock is held around one.
        let (none, counted, old) = {
            let mut rtnl = Rtnl::lock_for_test();
            let none = published.replace(Some(first), &mut rtnl).is_none();
            let counted = published.get_counted(&rtnl);
            (none, counted, published.replace(Some(second), &mut rtnl))
        };
        assert!(none);
        assert!(counted.is_some_and(|arc| ptr::eq(&raw const *arc, &raw const *keep)));
        assert!(old.is_some_and(|arc| ptr::eq(&raw const *arc, &raw const *keep)));
        assert!(!published.is(&keep));
        assert!(Rcu::read(|rcu| published.get(rcu).is_some()));
        drop(keep);
        barrier();
        assert_eq!(DROPS.load(Ordering::Relaxed), 1);
        drop(published);
        barrier();
        assert_eq!(DROPS.load(Ordering::Relaxed), 2);
        Ok(())
    }
}
