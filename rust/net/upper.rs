// SPDX-License-Identifier: GPL-2.0

//! Which device is built on which: the core's graph of upper and lower devices.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    extack::ExtAck,
    netdev::NetDevice,
    rtnl::Rtnl, //
};
use core::ptr;
use kernel::{
    error::to_result,
    prelude::*, //
};

impl NetDevice {
    /// Makes `upper` stand on this device. Refuses loops and too deep stacks.
    pub(crate) fn link_upper(
        &self,
        upper: &NetDevice,
        extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        // SAFETY: both live, RTNL is held.
        to_result(unsafe {
            bindings::netdev_upper_dev_link(self.as_ptr(), upper.as_ptr(), extack.as_ptr())
        })
    }

    /// Makes `master` the master of this device. Refuses loops and a second master.
    pub(crate) fn link_master(
        &self,
        master: &NetDevice,
        extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        // SAFETY: both live, RTNL is held; no private data and no LAG information.
        to_result(unsafe {
            bindings::netdev_master_upper_dev_link(
                self.as_ptr(),
                master.as_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
                extack.as_ptr(),
            )
        })
    }

    /// The end of [`Self::link_upper`] and [`Self::link_master`]; nothing if they are not linked.
    pub(crate) fn unlink_upper(&self, upper: &NetDevice, rtnl: &mut Rtnl) {
        if self.has_upper(upper, rtnl) {
            // SAFETY: both live, RTNL is held, and they are linked.
            unsafe { bindings::netdev_upper_dev_unlink(self.as_ptr(), upper.as_ptr()) };
        }
    }

    /// Whether the device has a master.
    pub(crate) fn has_master(&self, _rtnl: &Rtnl) -> bool {
        // SAFETY: live, RTNL is held.
        !unsafe { bindings::netdev_master_upper_dev_get(self.as_ptr()) }.is_null()
    }

    /// Whether `upper` stands on this device, at any height.
    pub(crate) fn has_upper(&self, upper: &NetDevice, _rtnl: &Rtnl) -> bool {
        // SAFETY: both live, RTNL is held.
        unsafe { bindings::netdev_has_upper_dev(self.as_ptr(), upper.as_ptr()) }
    }
}
