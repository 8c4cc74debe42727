// SPDX-License-Identifier: GPL-2.0

//! The classifier of a NIC: which addresses and VLAN ids it hands to the host.
//!
//! Each entry is counted by the core; each `add` wants its `del`. The NIC may be programmed later
//! than the call returns.
//!
//! C headers: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h),
//! [`include/linux/if_vlan.h`](srctree/include/linux/if_vlan.h)

use super::{
    addr::MacAddr,
    bindings,
    netdev::NetDevice,
    rtnl::Rtnl, //
};
use kernel::{
    error::to_result,
    ffi,
    prelude::*, //
};

/// A VLAN id with the Ethernet type of its tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vlan {
    /// The tag's Ethernet type, in host order: 0x8100 (IEEE 802.1Q) or 0x88a8 (IEEE 802.1ad).
    pub(crate) proto: u16,
    /// The VLAN id.
    pub(crate) vid: u16,
}

impl NetDevice {
    /// Takes frames to `addr`.
    pub(crate) fn add_unicast(&self, addr: &MacAddr, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, an Ethernet device: reads six octets.
        to_result(unsafe { bindings::dev_uc_add(self.as_ptr(), addr.as_ptr()) })
    }

    /// The end of [`Self::add_unicast`].
    pub(crate) fn del_unicast(&self, addr: &MacAddr, _rtnl: &mut Rtnl) {
        // SAFETY: as above. The only error is an address that is not there.
        unsafe { bindings::dev_uc_del(self.as_ptr(), addr.as_ptr()) };
    }

    /// Takes frames to the group `addr`.
    pub(crate) fn add_multicast(&self, addr: &MacAddr, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, an Ethernet device: reads six octets.
        to_result(unsafe { bindings::dev_mc_add(self.as_ptr(), addr.as_ptr()) })
    }

    /// The end of [`Self::add_multicast`].
    pub(crate) fn del_multicast(&self, addr: &MacAddr, _rtnl: &mut Rtnl) {
        // SAFETY: as above. The only error is an address that is not there.
        unsafe { bindings::dev_mc_del(self.as_ptr(), addr.as_ptr()) };
    }

    /// Takes every frame (`on`), or no longer.
    pub(crate) fn set_promiscuity(&self, on: bool, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, RTNL is held.
        to_result(unsafe { bindings::dev_set_promiscuity(self.as_ptr(), if on { 1 } else { -1 }) })
    }

    /// Takes every multicast frame (`on`), or no longer.
    pub(crate) fn set_allmulti(&self, on: bool, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, RTNL is held.
        to_result(unsafe { bindings::dev_set_allmulti(self.as_ptr(), if on { 1 } else { -1 }) })
    }

    /// Takes frames of `vlan`.
    pub(crate) fn add_vlan(&self, vlan: Vlan, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, RTNL is held.
        to_result(unsafe { bindings::vlan_vid_add(self.as_ptr(), vlan.proto.to_be(), vlan.vid) })
    }

    /// The end of [`Self::add_vlan`].
    pub(crate) fn del_vlan(&self, vlan: Vlan, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::vlan_vid_del(self.as_ptr(), vlan.proto.to_be(), vlan.vid) };
    }

    /// Calls `f` with the VLAN of every VLAN device over this one. `f` must not call back into a
    /// driver.
    pub(crate) fn for_each_vlan_device<F: FnMut(Vlan)>(&self, mut f: F, _rtnl: &mut Rtnl) {
        /// # Safety
        ///
        /// For the core, which calls it as it documents.
        unsafe extern "C" fn call<F: FnMut(Vlan)>(
            dev: *mut bindings::net_device,
            vid: ffi::c_int,
            f: *mut ffi::c_void,
        ) -> ffi::c_int {
            // SAFETY: `f` is the one of the enclosing function, which waits.
            let f = unsafe { &mut *f.cast::<F>() };
            // Ids without a device are filters only.
            if !dev.is_null() {
                // SAFETY: a live VLAN device.
                let proto = u16::from_be(unsafe { bindings::vlan_dev_vlan_proto(dev) });
                if let Ok(vid) = u16::try_from(vid) {
                    f(Vlan { proto, vid });
                }
            }
            0
        }
        // SAFETY: live, RTNL is held; `f` outlives the call and fits `call`.
        unsafe { bindings::vlan_for_each(self.as_ptr(), Some(call::<F>), (&raw mut f).cast()) };
    }
}
