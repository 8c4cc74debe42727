// SPDX-License-Identifier: GPL-2.0

//! A kind of virtual link, made by `ip link add ... type KIND`: `rtnl_link_ops`.
//!
//! C header: [`include/net/rtnetlink.h`](srctree/include/net/rtnetlink.h)

use super::{
    addr::MacAddr,
    bindings,
    driver::{
        self,
        Driver, //
    },
    errno,
    extack::ExtAck,
    netdev::{
        Features,
        NetDevice, //
    },
    netlink::{
        Attrs,
        Message,
        Policy,
        PolicyTable, //
    },
    rcu::{
        self,
        RcuArc, //
    },
    rtnl::Rtnl, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    error::{
        from_result,
        to_result, //
    },
    ffi,
    prelude::*,
    str::CStr,
    types::Opaque, //
};

/// The attributes of `struct ifinfomsg` that kinds look at.
pub(crate) mod ifla {
    use super::bindings;

    /// The device's address.
    pub(crate) const ADDRESS: u32 = bindings::IFLA_ADDRESS;
    /// The index of the device to stand on.
    pub(crate) const LINK: u32 = bindings::IFLA_LINK;
    /// The MTU in bytes.
    pub(crate) const MTU: u32 = bindings::IFLA_MTU;
}

/// A request to make a link.
pub(crate) struct Request<'a> {
    /// The attributes of every link, see [`ifla`].
    pub(crate) link: Attrs<'a>,
    /// The attributes of the kind.
    pub(crate) data: Attrs<'a>,
    /// The device to stand on, if there is one of the index that `IFLA_LINK` gives.
    pub(crate) lower: Option<&'a NetDevice>,
}

/// A device that is being set up, before it is registered.
pub(crate) struct Setup<'a>(&'a NetDevice);

impl Setup<'_> {
    /// The device cannot leave its network namespace.
    pub(crate) fn stay_in_net(&mut self) {
        // SAFETY: live and ours alone.
        unsafe { bindings::set_netns_immutable(self.0.as_ptr()) };
    }

    /// The device's features: those in use, those that can be turned on and off, and those for
    /// packets with a VLAN tag or in a tunnel.
    pub(crate) fn set_features(&mut self, on: Features, changeable: Features, inner: Features) {
        let dev = self.0.as_ptr();
        // SAFETY: live and ours alone.
        unsafe {
            (*dev).features = on;
            (*dev).hw_features = changeable;
            (*dev).vlan_features = inner;
            (*dev).hw_enc_features = inner;
        }
    }

    /// The limits of the MTU in bytes; a `max` of 0 is none.
    pub(crate) fn set_mtu_limits(&mut self, min: u32, max: u32) {
        let dev = self.0.as_ptr();
        // SAFETY: live and ours alone.
        unsafe {
            (*dev).min_mtu = min;
            (*dev).max_mtu = max;
        }
    }
}

/// Devices that are to be unregistered together.
pub(crate) struct Unregister(*mut bindings::list_head);

impl Unregister {
    /// Adds `dev`, a registered device of ours that is not yet in.
    pub(crate) fn queue(&mut self, dev: &NetDevice, _rtnl: &mut Rtnl) {
        // SAFETY: RTNL is held, the list is the caller's of `del_link`.
        unsafe { bindings::unregister_netdevice_queue(dev.as_ptr(), self.0) };
    }
}

/// A kind of link. Everything is called in process context, with RTNL held if it is lent.
#[vtable]
pub(crate) trait Kind: Sized + 'static {
    /// The private data and the operations of its devices.
    type Driver: Driver;
    /// The name of the kind.
    const KIND: &'static CStr;
    /// What its attributes must be, by number.
    const POLICY: &'static PolicyTable;
    /// The room in bytes that [`Self::fill_info`] needs.
    const INFO_SIZE: usize;
    /// What the attributes of a slave of its devices must be, by number; empty if none has any.
    const SLAVE_POLICY: &'static [Policy] = &[];
    /// The room in bytes that [`Self::fill_slave_info`] needs.
    const SLAVE_INFO_SIZE: usize = 0;

    /// Sets up a device that was just allocated.
    fn setup(_dev: &mut Setup<'_>) {}

    /// Checks a request to make or change a device before anything is done. Without RTNL.
    fn validate(_link: &Attrs<'_>, _data: &Attrs<'_>, _extack: &mut ExtAck<'_>) -> Result {
        Ok(())
    }

    /// Makes the private data of `dev`, which is about to be registered.
    fn create(
        dev: &NetDevice,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result<RcuArc<Self::Driver>>;

    /// The device was registered. On an error it is unregistered again.
    fn created(
        _this: &RcuArc<Self::Driver>,
        _request: &Request<'_>,
        _extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        Ok(())
    }

    /// Changes a device.
    fn change(
        _this: &RcuArc<Self::Driver>,
        _data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        Err(extack.refuse(
            errno::eopnotsupp(),
            c"a link of this kind cannot be changed",
        ))
    }

    /// Changes a slave of a device.
    fn change_slave(
        _this: &RcuArc<Self::Driver>,
        _slave: &NetDevice,
        _data: &Attrs<'_>,
        extack: &mut ExtAck<'_>,
        _rtnl: &mut Rtnl,
    ) -> Result {
        Err(extack.refuse(
            errno::eopnotsupp(),
            c"a slave of this kind cannot be changed",
        ))
    }

    /// Removes a device, and what cannot be without it: adds all to `gone`.
    fn delete(
        _this: Option<&RcuArc<Self::Driver>>,
        dev: &NetDevice,
        gone: &mut Unregister,
        rtnl: &mut Rtnl,
    ) {
        gone.queue(dev, rtnl);
    }

    /// Reports a device.
    fn fill_info(_this: &RcuArc<Self::Driver>, _msg: &mut Message, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    /// Reports a slave of a device.
    fn fill_slave_info(
        _this: &RcuArc<Self::Driver>,
        _slave: &NetDevice,
        _msg: &mut Message,
        _rtnl: &mut Rtnl,
    ) -> Result {
        Ok(())
    }

    /// The device that a device stands on, which may be in another namespace.
    fn lower(_this: &Self::Driver) -> Option<&NetDevice> {
        None
    }
}

/// The private data of `dev`, if it is of kind `K` and registered or about to be.
pub(crate) fn data_of<K: Kind>(dev: &NetDevice, rtnl: &Rtnl) -> Option<RcuArc<K::Driver>> {
    if !dev.is_kind(K::KIND, rtnl) {
        return None;
    }
    // SAFETY: a kind is registered once at a time, and its devices go with it: of `K`, then.
    unsafe { dev.private_data::<K::Driver>(rtnl) }
}

/// A registered kind. Its devices go with it.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<K: Kind> {
    #[pin]
    ops: Opaque<bindings::rtnl_link_ops>,
    _kind: PhantomData<fn(K)>,
}

// SAFETY: the core's list is locked; nothing of `K` is in a value.
unsafe impl<K: Kind> Send for Registration<K> {}
// SAFETY: a shared reference gives nothing.
unsafe impl<K: Kind> Sync for Registration<K> {}

impl<K: Kind> Registration<K> {
    /// Registers. Takes RTNL.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            ops <- Opaque::try_ffi_init(|ops: *mut bindings::rtnl_link_ops| {
                // SAFETY: the place of the table, not yet used by anyone.
                unsafe { ops.write(Table::<K>::ops()) };
                // SAFETY: initialized, and pinned until `drop` unregisters it.
                to_result(unsafe { bindings::rtnl_link_register(ops) })
            }),
            _kind: PhantomData,
        })
    }
}

#[pinned_drop]
impl<K: Kind> PinnedDrop for Registration<K> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: registered by `new`.
        unsafe { bindings::rtnl_link_unregister(self.ops.get()) };
    }
}

struct Table<K: Kind>(PhantomData<K>);

impl<K: Kind> Table<K> {
    const MAX_ATTR: usize = K::POLICY.len().saturating_sub(1);
    const MAX_SLAVE_ATTR: usize = K::SLAVE_POLICY.len().saturating_sub(1);

    fn ops() -> bindings::rtnl_link_ops {
        let mut ops = bindings::rtnl_link_ops {
            kind: K::KIND.as_char_ptr().cast(),
            priv_size: size_of::<driver::Private<K::Driver>>(),
            setup: Some(Self::setup),
            maxtype: Self::MAX_ATTR as u32,
            policy: K::POLICY.as_ptr().cast(),
            validate: Some(Self::validate),
            newlink: Some(Self::newlink),
            dellink: Some(Self::dellink),
            get_size: Some(Self::get_size),
            fill_info: Some(Self::fill_info),
            // SAFETY: all zeroes are a table without operations.
            ..unsafe { core::mem::zeroed() }
        };
        if K::HAS_CHANGE {
            ops.changelink = Some(Self::changelink);
        }
        if K::HAS_LOWER {
            ops.get_link_net = Some(Self::get_link_net);
        }
        if K::HAS_FILL_SLAVE_INFO {
            ops.slave_maxtype = Self::MAX_SLAVE_ATTR as u32;
            ops.slave_policy = K::SLAVE_POLICY.as_ptr().cast();
            ops.get_slave_size = Some(Self::get_slave_size);
            ops.fill_slave_info = Some(Self::fill_slave_info);
        }
        if K::HAS_CHANGE_SLAVE {
            ops.slave_changelink = Some(Self::slave_changelink);
        }
        ops
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn setup(dev: *mut bindings::net_device) {
        // SAFETY: just allocated and ours alone; `priv_` is zeroed and of the size asked for.
        unsafe {
            bindings::ether_setup(dev);
            bindings::netdev_lockdep_set_classes(dev);
            bindings::set_lltx(dev);
            bindings::set_pcpu_stat_tstats(dev);
            (*dev).netdev_ops = driver::Table::<K::Driver>::OPS;
            (*dev).ethtool_ops = driver::Table::<K::Driver>::ETHTOOL_OPS;
            (*dev).needs_free_netdev = true;
            bindings::set_virtual_priv_flags(dev);
        }
        // SAFETY: live.
        K::setup(&mut Setup(unsafe { NetDevice::from_raw(dev) }));
    }

    /// # Safety
    ///
    /// `data` is what the core passes to an operation of this kind, valid for `'a`.
    unsafe fn data_attrs<'a>(data: *mut *mut bindings::nlattr) -> Attrs<'a> {
        // SAFETY: the core passes null or a table of the size that `ops` states.
        unsafe { Attrs::from_raw(data, Self::MAX_ATTR) }
    }

    /// # Safety
    ///
    /// `tb` is what the core passes to an operation of a kind, valid for `'a`.
    unsafe fn link_attrs<'a>(tb: *mut *mut bindings::nlattr) -> Attrs<'a> {
        // SAFETY: the core passes a table of all attributes of a link.
        unsafe { Attrs::from_raw(tb, bindings::__IFLA_MAX as usize - 1) }
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn validate(
        tb: *mut *mut bindings::nlattr,
        data: *mut *mut bindings::nlattr,
        extack: *mut bindings::netlink_ext_ack,
    ) -> ffi::c_int {
        // SAFETY: valid during the call.
        let (tb, data) = unsafe { (Self::link_attrs(tb), Self::data_attrs(data)) };
        // SAFETY: ours to write a reason to during the call, or null.
        let mut extack = unsafe { ExtAck::from_raw(extack) };
        from_result(|| {
            if let Some(len) = tb.len_of(ifla::ADDRESS) {
                if len != size_of::<MacAddr>() {
                    return Err(extack.refuse(EINVAL, c"a MAC address has six octets"));
                }
            }
            K::validate(&tb, &data, &mut extack).map(|()| 0)
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn newlink(
        dev: *mut bindings::net_device,
        params: *mut bindings::rtnl_newlink_params,
        extack: *mut bindings::netlink_ext_ack,
    ) -> ffi::c_int {
        // SAFETY: valid during the call.
        let (link, data, net) = unsafe {
            let net = NonNull::new((*params).link_net).map_or((*params).src_net, NonNull::as_ptr);
            (
                Self::link_attrs((*params).tb),
                Self::data_attrs((*params).data),
                net,
            )
        };
        // SAFETY: ours to write a reason to during the call, or null.
        let mut extack = unsafe { ExtAck::from_raw(extack) };
        // SAFETY: called with RTNL held.
        let mut rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: live.
        let dev = unsafe { NetDevice::from_raw(dev) };
        let lower = link.u32(ifla::LINK).and_then(|index| {
            // SAFETY: RTNL is held: no device goes while it is, and the namespace is kept.
            let lower = unsafe { bindings::__dev_get_by_index(net, i32::try_from(index).ok()?) };
            // SAFETY: as above. What stands below cannot go before the call ends.
            (!lower.is_null()).then(|| unsafe { NetDevice::from_raw(lower) })
        });
        let request = Request { link, data, lower };
        let result = Self::make(dev, &request, &mut extack, &mut rtnl);
        // The core frees a device that was never registered at once: by then nothing may hold it.
        // What the failed attempt dropped lets go of it a grace period later, or some, if one
        // object held the next.
        while result.is_err() && dev.is_unregistered_but_held() {
            rcu::barrier();
        }
        from_result(|| result.map(|()| 0))
    }

    fn make(
        dev: &NetDevice,
        request: &Request<'_>,
        extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result {
        let this = K::create(dev, request, extack, rtnl)?;
        // SAFETY: a device of this kind.
        unsafe { dev.set_private(Some(this.clone()), rtnl) };
        if let Err(error) = dev.register(rtnl) {
            // SAFETY: a device of this kind.
            if let Some(this) = unsafe { dev.set_private::<K::Driver>(None, rtnl) } {
                K::Driver::uninit(this, rtnl);
            }
            return Err(error);
        }
        K::created(&this, request, extack, rtnl).inspect_err(|_| dev.unregister(rtnl))
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn changelink(
        dev: *mut bindings::net_device,
        _tb: *mut *mut bindings::nlattr,
        data: *mut *mut bindings::nlattr,
        extack: *mut bindings::netlink_ext_ack,
    ) -> ffi::c_int {
        // SAFETY: valid during the call.
        let data = unsafe { Self::data_attrs(data) };
        // SAFETY: ours to write a reason to during the call, or null.
        let mut extack = unsafe { ExtAck::from_raw(extack) };
        // SAFETY: called with RTNL held, for a device of this kind.
        from_result(|| unsafe {
            driver::Table::<K::Driver>::with(dev, |this, rtnl| {
                K::change(this, &data, &mut extack, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn slave_changelink(
        dev: *mut bindings::net_device,
        slave: *mut bindings::net_device,
        _tb: *mut *mut bindings::nlattr,
        data: *mut *mut bindings::nlattr,
        extack: *mut bindings::netlink_ext_ack,
    ) -> ffi::c_int {
        // SAFETY: null or a table of the size that `ops` states, valid during the call.
        let data = unsafe { Attrs::from_raw(data, Self::MAX_SLAVE_ATTR) };
        // SAFETY: ours to write a reason to during the call, or null.
        let mut extack = unsafe { ExtAck::from_raw(extack) };
        // SAFETY: live during the call.
        let slave = unsafe { NetDevice::from_raw(slave) };
        // SAFETY: called with RTNL held, for a device of this kind.
        from_result(|| unsafe {
            driver::Table::<K::Driver>::with(dev, |this, rtnl| {
                K::change_slave(this, slave, &data, &mut extack, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn dellink(dev: *mut bindings::net_device, head: *mut bindings::list_head) {
        // SAFETY: called with RTNL held.
        let mut rtnl = unsafe { Rtnl::assume_held() };
        // SAFETY: live.
        let dev = unsafe { NetDevice::from_raw(dev) };
        // SAFETY: a device of this kind.
        let this = unsafe { dev.private_data::<K::Driver>(&rtnl) };
        K::delete(this.as_ref(), dev, &mut Unregister(head), &mut rtnl);
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_size(_dev: *const bindings::net_device) -> usize {
        K::INFO_SIZE
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn fill_info(
        skb: *mut bindings::sk_buff,
        dev: *const bindings::net_device,
    ) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this kind, with a message that is ours to
        // add to.
        from_result(|| unsafe {
            let mut msg = Message::from_raw(skb)?;
            driver::Table::<K::Driver>::with(dev.cast_mut(), |this, rtnl| {
                K::fill_info(this, &mut msg, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_slave_size(
        _dev: *const bindings::net_device,
        _slave: *const bindings::net_device,
    ) -> usize {
        K::SLAVE_INFO_SIZE
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn fill_slave_info(
        skb: *mut bindings::sk_buff,
        dev: *const bindings::net_device,
        slave: *const bindings::net_device,
    ) -> ffi::c_int {
        // SAFETY: called with RTNL held, for a device of this kind and its slave, with a message
        // that is ours to add to.
        from_result(|| unsafe {
            let mut msg = Message::from_raw(skb)?;
            let slave = NetDevice::from_raw(slave.cast_mut());
            driver::Table::<K::Driver>::with(dev.cast_mut(), |this, rtnl| {
                K::fill_slave_info(this, slave, &mut msg, rtnl).map(|()| 0)
            })
        })
    }

    /// # Safety
    ///
    /// For the core, which calls it as it documents.
    unsafe extern "C" fn get_link_net(dev: *const bindings::net_device) -> *mut bindings::net {
        // SAFETY: called with RTNL held, for a device of this kind.
        let this = unsafe {
            let rtnl = Rtnl::assume_held();
            NetDevice::from_raw(dev.cast_mut()).private_data::<K::Driver>(&rtnl)
        };
        let lower = this.as_ref().and_then(|this| K::lower(this));
        // SAFETY: live; `lower` is kept by the private data.
        unsafe {
            lower.map_or_else(
                || bindings::dev_net(dev),
                |lower| bindings::dev_net(lower.as_ptr()),
            )
        }
    }
}
