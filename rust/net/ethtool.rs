// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` shows of a [`Driver`]'s devices.
//!
//! C header: [`include/linux/ethtool.h`](srctree/include/linux/ethtool.h)

use super::{
    bindings,
    driver::{
        self,
        Driver, //
    },
};
use core::marker::PhantomData;
use kernel::{
    error::{
        from_result,
        to_result, //
    },
    ffi, //
};

pub(super) struct Table<T: Driver>(PhantomData<T>);

impl<T: Driver> Table<T> {
    pub(super) const OPS: &'static bindings::ethtool_ops = &bindings::ethtool_ops {
        get_drvinfo: Some(Self::get_drvinfo),
        get_link: Some(bindings::ethtool_op_get_link),
        get_link_ksettings: Some(Self::get_link_ksettings),
        // SAFETY: all zeroes are a table without operations.
        ..unsafe { core::mem::zeroed() }
    };

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_drvinfo(
        _dev: *mut bindings::net_device,
        info: *mut bindings::ethtool_drvinfo,
    ) {
        // SAFETY: zeroed and ours to write during the call.
        let name = unsafe { &mut (*info).driver };
        // The last octet stays zero.
        let room = name.len().saturating_sub(1);
        for (to, from) in name.iter_mut().take(room).zip(T::NAME.to_bytes()) {
            *to = *from;
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_link_ksettings(
        dev: *mut bindings::net_device,
        settings: *mut bindings::ethtool_link_ksettings,
    ) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            driver::Table::<T>::with(dev, |this, rtnl| {
                match T::link_settings_of(this, rtnl) {
                    Some(lower) => to_result(bindings::__ethtool_get_link_ksettings(
                        lower.as_ptr(),
                        settings,
                    ))?,
                    None => {
                        (*settings).base.speed = bindings::SPEED_UNKNOWN as u32;
                        (*settings).base.duplex = bindings::DUPLEX_UNKNOWN as u8;
                    }
                }
                Ok(0)
            })
        })
    }
}
