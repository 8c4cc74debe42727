// SPDX-License-Identifier: GPL-2.0

//! A network namespace, and the devices in it.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::{
    bindings,
    netdev::NetDevice,
    rtnl::Rtnl, //
};
use kernel::types::Opaque;

/// A network namespace, `struct net`.
///
/// # Invariants
///
/// A shared reference is to a namespace that is there for as long as the reference is.
#[repr(transparent)]
pub(crate) struct Net(Opaque<bindings::net>);

// SAFETY: what is offered by shared reference may be used on any thread.
unsafe impl Sync for Net {}

impl Net {
    /// # Safety
    ///
    /// `net` is a namespace that is there for `'a`.
    pub(super) unsafe fn from_raw<'a>(net: *mut bindings::net) -> &'a Self {
        // INVARIANT: by the function's requirements.
        // SAFETY: transparent, and as above.
        unsafe { &*net.cast() }
    }

    pub(super) fn as_ptr(&self) -> *mut bindings::net {
        self.0.get()
    }

    /// Whether `other` is the same namespace.
    pub(crate) fn is(&self, other: &Net) -> bool {
        core::ptr::eq(self, other)
    }

    /// The device of index `ifindex`.
    pub(crate) fn device<'a>(&self, ifindex: u32, _rtnl: &'a Rtnl) -> Option<&'a NetDevice> {
        let ifindex = i32::try_from(ifindex).ok()?;
        // SAFETY: there, and RTNL is held: no device goes while it is.
        let dev = unsafe { bindings::__dev_get_by_index(self.as_ptr(), ifindex) };
        // SAFETY: as above.
        (!dev.is_null()).then(|| unsafe { NetDevice::from_raw(dev) })
    }

    /// The device of the lowest index that is not below `first`.
    pub(crate) fn device_from<'a>(&self, first: u32, _rtnl: &'a Rtnl) -> Option<&'a NetDevice> {
        // SAFETY: there, and RTNL is held: no device goes while it is.
        let dev = unsafe { bindings::netdev_find(self.as_ptr(), first as usize) };
        // SAFETY: as above.
        (!dev.is_null()).then(|| unsafe { NetDevice::from_raw(dev) })
    }

    /// The number by which users of this namespace know `other`; one is given if it has none.
    /// Negative if it cannot have one. May sleep.
    pub(crate) fn id_of(&self, other: &Net) -> i32 {
        // SAFETY: both are there.
        unsafe {
            bindings::peernet2id_alloc(self.as_ptr(), other.as_ptr(), kernel::bindings::GFP_KERNEL)
        }
    }
}
