// SPDX-License-Identifier: GPL-2.0

//! The operations of a network device: `net_device_ops`.
//!
//! A [`Driver`] is the private data of its devices: each holds a count of one, from
//! [`NetDevice::attach`] before it is registered to [`Driver::uninit`].
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    addr::{
        self,
        AddrList,
        MacAddr, //
    },
    bindings,
    compat::ARef,
    errno,
    ethtool,
    extack::ExtAck,
    filter::Vlan,
    netdev::{
        Features,
        NetDevice, //
    },
    rcu::{
        Rcu,
        RcuArc, //
    },
    rtnl::Rtnl,
    skb::SkBuff, //
};
use core::{
    marker::PhantomData,
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
    error::{
        from_result,
        to_result, //
    },
    ffi,
    prelude::*,
    str::CStr, //
};

/// What a device wants to receive beside frames to its address.
pub(crate) struct RxMode<'a> {
    /// More addresses of its own.
    pub(crate) unicast: AddrList<'a>,
    /// Groups.
    pub(crate) multicast: AddrList<'a>,
    /// Every group.
    pub(crate) allmulti: bool,
    /// Everything.
    pub(crate) promisc: bool,
}

/// A driver: what its devices do. Optional operations are there if they are overridden.
///
/// Unless it says otherwise, an operation is called in process context with RTNL held.
#[vtable]
pub(crate) trait Driver: Send + Sync + Sized + 'static {
    /// The name that `ethtool -i` shows.
    const NAME: &'static CStr;

    /// The device was brought up.
    fn open(_this: &RcuArc<Self>, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    /// The device was brought down; nothing is being transmitted.
    fn stop(_this: &RcuArc<Self>, _rtnl: &mut Rtnl) {}

    /// Transmits a packet. With BH off, on an RCU read side, on many CPUs at a time.
    fn xmit(&self, skb: SkBuff, rcu: &Rcu);

    /// What the device receives has changed; on an error it is called again later.
    fn set_rx_mode(_this: &RcuArc<Self>, _mode: RxMode<'_>, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    /// The administrator, or the user of the device, gives it another address, which is a unicast
    /// address.
    fn set_mac_address(_this: &RcuArc<Self>, _addr: &MacAddr, _rtnl: &mut Rtnl) -> Result {
        Err(errno::eopnotsupp())
    }

    /// The MTU in bytes is to become `mtu`, within the device's limits.
    fn change_mtu(_this: &RcuArc<Self>, _mtu: u32, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    /// A VLAN device over the device wants frames of `vlan`.
    fn add_vlan(_this: &RcuArc<Self>, _vlan: Vlan, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    /// The end of [`Self::add_vlan`].
    fn del_vlan(_this: &RcuArc<Self>, _vlan: Vlan, _rtnl: &mut Rtnl) {}

    /// `slave` is to get this device as its master.
    fn add_slave(
        _this: &RcuArc<Self>,
        _slave: &NetDevice,
        _extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        Err(errno::eopnotsupp())
    }

    /// The end of [`Self::add_slave`].
    fn del_slave(_this: &RcuArc<Self>, _slave: &NetDevice, _rtnl: &mut Rtnl) -> Result {
        Err(errno::eopnotsupp())
    }

    /// Of the features that are wanted, those that can be had.
    fn fix_features(_this: &RcuArc<Self>, wanted: Features, _rtnl: &Rtnl) -> Features {
        wanted
    }

    /// The index of the device that this one stands on. On an RCU read side or with RTNL.
    fn iflink(&self) -> u32 {
        0
    }

    /// How many received packets were multicasts. Any context.
    fn multicasts(&self) -> u64 {
        0
    }

    /// The device whose speed and duplex `ethtool` shows as this one's.
    fn link_settings_of(_this: &RcuArc<Self>, _rtnl: &Rtnl) -> Option<ARef<NetDevice>> {
        None
    }

    /// The names of what `ethtool -S` shows, each shorter than 32 octets.
    const STATISTICS: &'static [&'static CStr] = &[];

    /// The value of [`Self::STATISTICS`] number `index`.
    fn statistic(_this: &RcuArc<Self>, _index: usize, _rtnl: &Rtnl) -> u64 {
        0
    }

    /// The device goes, or was not registered: gives up everything that leads to it.
    fn uninit(this: RcuArc<Self>, rtnl: &mut Rtnl);
}

/// The private area of a device of driver `T`.
///
/// # Invariants
///
/// The pointer is null or of `RcuArc::into_raw`, whose count the device owns.
pub(super) type Private<T> = AtomicPtr<T>;

impl NetDevice {
    /// # Safety
    ///
    /// The device is of driver `T`.
    #[inline(always)]
    unsafe fn private<T: Driver>(&self) -> &Private<T> {
        // SAFETY: `link` reserves the area for a pointer, aligned and zeroed, in front of which
        // stands the device, which is live.
        unsafe { &*(&raw const (*self.as_ptr()).priv_).cast::<Private<T>>() }
    }

    /// Gives a device that `link` just made for driver `T` its private data.
    ///
    /// # Safety
    ///
    /// The device is of driver `T`.
    pub(super) unsafe fn set_private<T: Driver>(
        &self,
        data: Option<RcuArc<T>>,
        _rtnl: &mut Rtnl,
    ) -> Option<RcuArc<T>> {
        let data = data.map_or(ptr::null_mut(), |arc| arc.into_raw().cast_mut());
        // SAFETY: by the function's requirements.
        // INVARIANT: the count came with `data`.
        let old = unsafe { self.private::<T>() }.swap(data, Ordering::AcqRel);
        // SAFETY: by the invariant the count of `old` was the device's.
        (!old.is_null()).then(|| unsafe { RcuArc::from_raw(old) })
    }

    /// Another count of the private data.
    ///
    /// # Safety
    ///
    /// The device is of driver `T`.
    pub(super) unsafe fn private_data<T: Driver>(&self, _rtnl: &Rtnl) -> Option<RcuArc<T>> {
        // SAFETY: by the function's requirements; set and cleared under RTNL only.
        unsafe { self.private::<T>().load(Ordering::Acquire).as_ref() }
            // SAFETY: the device owns a count.
            .map(|data| unsafe { RcuArc::clone_of(data) })
    }

    /// Registers a device of ours.
    pub(super) fn register(&self, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: set up, not yet registered, RTNL is held.
        to_result(unsafe { bindings::register_netdevice(self.as_ptr()) })
    }

    /// Unregisters a device of ours at once.
    pub(super) fn unregister(&self, _rtnl: &mut Rtnl) {
        // SAFETY: registered, RTNL is held.
        unsafe { bindings::unregister_netdevice_queue(self.as_ptr(), ptr::null_mut()) };
    }
}

/// The table of operations of driver `T`.
pub(super) struct Table<T: Driver>(PhantomData<T>);

impl<T: Driver> Table<T> {
    pub(super) const OPS: &'static bindings::net_device_ops = &bindings::net_device_ops {
        ndo_uninit: Some(Self::uninit),
        ndo_open: Some(Self::open),
        ndo_stop: Some(Self::stop),
        ndo_start_xmit: Some(Self::start_xmit),
        ndo_validate_addr: Some(bindings::eth_validate_addr),
        ndo_get_stats64: Some(Self::get_stats64),
        ndo_set_rx_mode_async: if T::HAS_SET_RX_MODE {
            Some(Self::set_rx_mode)
        } else {
            None
        },
        ndo_set_mac_address: if T::HAS_SET_MAC_ADDRESS {
            Some(Self::set_mac_address)
        } else {
            None
        },
        ndo_change_mtu: if T::HAS_CHANGE_MTU {
            Some(Self::change_mtu)
        } else {
            None
        },
        ndo_vlan_rx_add_vid: if T::HAS_ADD_VLAN {
            Some(Self::add_vid)
        } else {
            None
        },
        ndo_vlan_rx_kill_vid: if T::HAS_DEL_VLAN {
            Some(Self::kill_vid)
        } else {
            None
        },
        ndo_add_slave: if T::HAS_ADD_SLAVE {
            Some(Self::add_slave)
        } else {
            None
        },
        ndo_del_slave: if T::HAS_DEL_SLAVE {
            Some(Self::del_slave)
        } else {
            None
        },
        ndo_fix_features: if T::HAS_FIX_FEATURES {
            Some(Self::fix_features)
        } else {
            None
        },
        ndo_get_iflink: if T::HAS_IFLINK {
            Some(Self::get_iflink)
        } else {
            None
        },
        // SAFETY: all zeroes are a table without operations.
        ..unsafe { core::mem::zeroed() }
    };

    pub(super) const ETHTOOL_OPS: &'static bindings::ethtool_ops = ethtool::Table::<T>::OPS;

    /// Calls `f` with the private data of `dev` and RTNL; without data, which a device has from
    /// before it is registered to `uninit`, the result is an error.
    ///
    /// # Safety
    ///
    /// `dev` is a live device of driver `T`, RTNL is held, and the caller was called by C.
    pub(super) unsafe fn with<R>(
        dev: *mut bindings::net_device,
        f: impl FnOnce(&RcuArc<T>, &mut Rtnl) -> Result<R>,
    ) -> Result<R> {
        // SAFETY: by the function's requirements.
        let mut rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: as above.
        let this = unsafe { NetDevice::from_raw(dev).private_data::<T>(&rtnl) }.ok_or(ENODEV)?;
        f(&this, &mut rtnl)
    }

    /// The private data of `dev`, for a reader.
    ///
    /// # Safety
    ///
    /// `dev` is a live device of driver `T`, and an RCU read side or RTNL is held for `'a`.
    #[inline(always)]
    unsafe fn read<'a>(dev: *const bindings::net_device) -> Option<&'a T> {
        // SAFETY: by the function's requirements: the count goes a grace period after `uninit`.
        unsafe {
            NetDevice::from_raw(dev.cast_mut())
                .private::<T>()
                .load(Ordering::Acquire)
                .as_ref()
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn uninit(dev: *mut bindings::net_device) {
        // SAFETY: called with RTNL held.
        let mut rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: a device of this driver.
        let data = unsafe { NetDevice::from_raw(dev).set_private::<T>(None, &mut rtnl) };
        if let Some(this) = data {
            T::uninit(this, &mut rtnl);
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn open(dev: *mut bindings::net_device) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe { Self::with(dev, |this, rtnl| T::open(this, rtnl).map(|()| 0)) })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn stop(dev: *mut bindings::net_device) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this driver.
        let _ = unsafe {
            Self::with(dev, |this, rtnl| {
                T::stop(this, rtnl);
                Ok(())
            })
        };
        0
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn start_xmit(
        skb: *mut bindings::sk_buff,
        dev: *mut bindings::net_device,
    ) -> bindings::netdev_tx_t {
        // SAFETY: called on an RCU read side, for a device of this driver, with a live packet that
        // is handed over.
        unsafe {
            let skb = SkBuff::from_raw(NonNull::new_unchecked(skb));
            match Self::read(dev) {
                Some(this) => this.xmit(skb, &Rcu::assume_held()),
                None => skb.discard(super::skb::DropReason::NotReady),
            }
        }
        bindings::netdev_tx_NETDEV_TX_OK
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_stats64(
        dev: *mut bindings::net_device,
        stats: *mut bindings::rtnl_link_stats64,
    ) {
        // SAFETY: a live device that keeps `tstats`; ours to write.
        unsafe { bindings::dev_get_tstats64(dev, stats) };
        // SAFETY: called on an RCU read side or with RTNL, for a device of this driver.
        if let Some(this) = unsafe { Self::read(dev) } {
            // SAFETY: ours to write. In a netlink message it is aligned for 32 bits only.
            unsafe { (&raw mut (*stats).multicast).write_unaligned(this.multicasts()) };
        }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn set_rx_mode(
        dev: *mut bindings::net_device,
        unicast: *mut bindings::netdev_hw_addr_list,
        multicast: *mut bindings::netdev_hw_addr_list,
    ) -> ffi::c_int {
        // SAFETY: live.
        let netdev = unsafe { NetDevice::from_raw(dev) };
        let mode = RxMode {
            // SAFETY: a snapshot that is ours during the call.
            unicast: unsafe { AddrList::from_raw(unicast) },
            // SAFETY: as above.
            multicast: unsafe { AddrList::from_raw(multicast) },
            allmulti: netdev.is_allmulti(),
            promisc: netdev.is_promisc(),
        };
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| {
                T::set_rx_mode(this, mode, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn set_mac_address(
        dev: *mut bindings::net_device,
        sockaddr: *mut ffi::c_void,
    ) -> ffi::c_int {
        // SAFETY: an Ethernet device is given a `sockaddr` with at least six octets of data.
        let addr = unsafe {
            addr::read((&raw const (*sockaddr.cast::<bindings::sockaddr>()).sa_data).cast())
        };
        if addr[0] & 1 != 0 || addr == [0; 6] {
            // A multicast address, or none: nobody's.
            return errno::eaddrnotavail().to_errno();
        }
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| {
                T::set_mac_address(this, &addr, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn change_mtu(dev: *mut bindings::net_device, mtu: ffi::c_int) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| {
                T::change_mtu(this, u32::try_from(mtu)?, rtnl)?;
                NetDevice::from_raw(dev).write_mtu(u32::try_from(mtu)?, rtnl);
                Ok(0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn add_vid(
        dev: *mut bindings::net_device,
        proto: bindings::__be16,
        vid: u16,
    ) -> ffi::c_int {
        let vlan = Vlan {
            proto: u16::from_be(proto),
            vid,
        };
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| T::add_vlan(this, vlan, rtnl).map(|()| 0))
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn kill_vid(
        dev: *mut bindings::net_device,
        proto: bindings::__be16,
        vid: u16,
    ) -> ffi::c_int {
        let vlan = Vlan {
            proto: u16::from_be(proto),
            vid,
        };
        // SAFETY: called with RTNL held, for a device of this driver.
        let _ = unsafe {
            Self::with(dev, |this, rtnl| {
                T::del_vlan(this, vlan, rtnl);
                Ok(())
            })
        };
        0
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn add_slave(
        dev: *mut bindings::net_device,
        slave: *mut bindings::net_device,
        extack: *mut bindings::netlink_ext_ack,
    ) -> ffi::c_int {
        // SAFETY: live during the call.
        let slave = unsafe { NetDevice::from_raw(slave) };
        // SAFETY: ours to write a reason to during the call, or null.
        let mut extack = unsafe { ExtAck::from_raw(extack) };
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| {
                T::add_slave(this, slave, &mut extack, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn del_slave(
        dev: *mut bindings::net_device,
        slave: *mut bindings::net_device,
    ) -> ffi::c_int {
        // SAFETY: live during the call.
        let slave = unsafe { NetDevice::from_raw(slave) };
        // SAFETY: called with RTNL held, for a device of this driver.
        from_result(|| unsafe {
            Self::with(dev, |this, rtnl| {
                T::del_slave(this, slave, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn fix_features(
        dev: *mut bindings::net_device,
        wanted: Features,
    ) -> Features {
        // SAFETY: called with RTNL held, for a device of this driver.
        unsafe { Self::with(dev, |this, rtnl| Ok(T::fix_features(this, wanted, rtnl))) }
            .unwrap_or(wanted)
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_iflink(dev: *const bindings::net_device) -> ffi::c_int {
        // SAFETY: called on an RCU read side or with RTNL, for a device of this driver.
        let index = unsafe { Self::read(dev) }.map_or(0, Driver::iflink);
        i32::try_from(index).unwrap_or(0)
    }
}
