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
    errno, //
};
use core::marker::PhantomData;
use kernel::{
    error::{
        from_result,
        to_result, //
    },
    ffi, //
};

/// The set of names of statistics.
const STATS: ffi::c_int = bindings::ethtool_stringset_ETH_SS_STATS as ffi::c_int;

/// The octets of a name.
const NAME_LEN: usize = bindings::ETH_GSTRING_LEN as usize;

pub(super) struct Table<T: Driver>(PhantomData<T>);

impl<T: Driver> Table<T> {
    pub(super) const OPS: &'static bindings::ethtool_ops = &bindings::ethtool_ops {
        get_drvinfo: Some(Self::get_drvinfo),
        get_link: Some(bindings::ethtool_op_get_link),
        get_link_ksettings: Some(Self::get_link_ksettings),
        get_sset_count: Some(Self::get_sset_count),
        get_strings: Some(Self::get_strings),
        get_ethtool_stats: Some(Self::get_ethtool_stats),
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
    unsafe extern "C" fn get_sset_count(
        _dev: *mut bindings::net_device,
        set: ffi::c_int,
    ) -> ffi::c_int {
        if set == STATS {
            T::STATISTICS.len() as ffi::c_int
        } else {
            errno::eopnotsupp().to_errno()
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_strings(_dev: *mut bindings::net_device, set: u32, names: *mut u8) {
        if set != STATS as u32 {
            return;
        }
        let mut place = names.cast::<[u8; NAME_LEN]>();
        for name in T::STATISTICS {
            let mut room = [0; NAME_LEN];
            for (to, from) in room.iter_mut().zip(name.to_bytes_with_nul()) {
                *to = *from;
            }
            // SAFETY: the core gives as many places as `get_sset_count` says.
            unsafe { place.write(room) };
            place = place.wrapping_add(1);
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_ethtool_stats(
        dev: *mut bindings::net_device,
        _stats: *mut bindings::ethtool_stats,
        values: *mut u64,
    ) {
        // SAFETY: called with RTNL held, for a device of this driver. Values that are not written
        // are zero.
        let _ = unsafe {
            driver::Table::<T>::with(dev, |this, rtnl| {
                for index in 0..T::STATISTICS.len() {
                    // In bounds: as many places as `get_sset_count` says.
                    values.add(index).write(T::statistic(this, index, rtnl));
                }
                Ok(())
            })
        };
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
