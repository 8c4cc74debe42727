// SPDX-License-Identifier: GPL-2.0

//! A device's lists of secondary unicast and of multicast addresses.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::bindings;
use core::marker::PhantomData;

/// An Ethernet address, first octet first.
pub(crate) type MacAddr = [u8; 6];

/// Reads the leading six octets of a buffer of C.
///
/// # Safety
///
/// `addr` points to at least six octets.
pub(super) unsafe fn read(addr: *const u8) -> MacAddr {
    // SAFETY: by the function's requirements; an array of octets has no alignment.
    unsafe { addr.cast::<MacAddr>().read() }
}

/// A list of addresses on loan from the core.
///
/// # Invariants
///
/// `list` is valid and does not change for `'a`.
pub(crate) struct AddrList<'a> {
    list: *const bindings::netdev_hw_addr_list,
    _loan: PhantomData<&'a ()>,
}

impl AddrList<'_> {
    /// # Safety
    ///
    /// `list` is valid and unchanged for the life of the value.
    pub(super) unsafe fn from_raw(list: *const bindings::netdev_hw_addr_list) -> Self {
        // INVARIANT: by the function's requirements.
        Self {
            list,
            _loan: PhantomData,
        }
    }

    /// The number of addresses.
    pub(crate) fn len(&self) -> usize {
        // SAFETY: valid by the invariant.
        usize::try_from(unsafe { (*self.list).count }).unwrap_or(0)
    }

    /// The addresses.
    pub(crate) fn iter(&self) -> impl Iterator<Item = MacAddr> + '_ {
        // SAFETY: valid by the invariant; only an address is taken.
        let head = unsafe { &raw const (*self.list).list };
        // SAFETY: the head of a list always points to an entry or to itself.
        let mut entry = unsafe { (*head).next }.cast_const();
        core::iter::from_fn(move || {
            if core::ptr::eq(entry, head) {
                return None;
            }
            let offset = core::mem::offset_of!(bindings::netdev_hw_addr, list);
            // SAFETY: every entry but the head is the `list` of a `netdev_hw_addr`.
            let ha = unsafe { entry.byte_sub(offset) }.cast::<bindings::netdev_hw_addr>();
            // SAFETY: a live entry of a list that does not change.
            entry = unsafe { (*entry).next };
            // SAFETY: `addr` is of 32 octets.
            Some(unsafe { read((&raw const (*ha).addr).cast()) })
        })
    }
}
