// SPDX-License-Identifier: GPL-2.0

//! Notifications of what happens to network devices, of all namespaces.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    addr::{
        self,
        MacAddr, //
    },
    bindings,
    extack::ExtAck,
    netdev::NetDevice,
    rtnl::Rtnl, //
};
use core::marker::PhantomData;
use kernel::{
    error::to_result,
    ffi,
    prelude::*,
    types::Opaque, //
};

/// What happened, or is about to.
pub(crate) enum Event {
    /// Carrier, or another part of the state, changed.
    Change,
    /// It was brought up.
    Up,
    /// It was brought down.
    Down,
    /// It is being unregistered, or leaves its namespace.
    Unregister,
    /// Its MTU changed.
    ChangeMtu,
    /// Its address is about to become another; an error refuses that.
    PreChangeAddr(MacAddr),
    /// Its features changed.
    FeatureChange,
    /// It is about to become a device of another type; an error refuses that.
    PreTypeChange,
}

/// What listens.
pub(crate) trait Listener: 'static {
    /// Called with RTNL held for each event of each device. An error is heard for the events that
    /// are about to happen.
    fn event(event: Event, dev: &NetDevice, extack: &mut ExtAck<'_>, rtnl: &mut Rtnl) -> Result;
}

/// A registered listener.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<L: Listener> {
    #[pin]
    block: Opaque<bindings::notifier_block>,
    _listener: PhantomData<L>,
}

// SAFETY: the core's chain is locked; `L` has no value.
unsafe impl<L: Listener> Send for Registration<L> {}
// SAFETY: a shared reference gives nothing.
unsafe impl<L: Listener> Sync for Registration<L> {}

impl<L: Listener> Registration<L> {
    /// Registers. Must not be called with RTNL held.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            block <- Opaque::try_ffi_init(|block: *mut bindings::notifier_block| {
                // SAFETY: the place of the block, not yet used by anyone.
                unsafe {
                    block.write(bindings::notifier_block {
                        notifier_call: Some(call::<L>),
                        next: core::ptr::null_mut(),
                        priority: 0,
                    })
                };
                // SAFETY: initialized, and pinned until `drop` unregisters it.
                to_result(unsafe { bindings::register_netdevice_notifier(block) })
            }),
            _listener: PhantomData,
        })
    }
}

#[pinned_drop]
impl<L: Listener> PinnedDrop for Registration<L> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: registered by `new`; waits for callbacks that run.
        unsafe { bindings::unregister_netdevice_notifier(self.block.get()) };
    }
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn call<L: Listener>(
    _block: *mut bindings::notifier_block,
    event: ffi::c_ulong,
    info: *mut ffi::c_void,
) -> ffi::c_int {
    let info = info.cast::<bindings::netdev_notifier_info>();
    let Ok(event) = bindings::netdev_cmd::try_from(event) else {
        return 0;
    };
    let event = match event {
        bindings::netdev_cmd_NETDEV_CHANGE => Event::Change,
        bindings::netdev_cmd_NETDEV_UP => Event::Up,
        bindings::netdev_cmd_NETDEV_DOWN => Event::Down,
        bindings::netdev_cmd_NETDEV_UNREGISTER => Event::Unregister,
        bindings::netdev_cmd_NETDEV_CHANGEMTU => Event::ChangeMtu,
        bindings::netdev_cmd_NETDEV_FEAT_CHANGE => Event::FeatureChange,
        bindings::netdev_cmd_NETDEV_PRE_TYPE_CHANGE => Event::PreTypeChange,
        bindings::netdev_cmd_NETDEV_PRE_CHANGEADDR => {
            let info = info.cast::<bindings::netdev_notifier_pre_changeaddr_info>();
            // SAFETY: the info of this event has the device first, and an address of its length.
            let (dev, new) = unsafe { (NetDevice::from_raw((*info).info.dev), (*info).dev_addr) };
            if !dev.is_ethernet() {
                return 0;
            }
            // SAFETY: an Ethernet device's address is of six octets.
            Event::PreChangeAddr(unsafe { addr::read(new.cast()) })
        }
        _ => return 0,
    };
    // SAFETY: every info starts with this one, whose device is live during the call.
    let dev = unsafe { NetDevice::from_raw((*info).dev) };
    // SAFETY: ours to write a reason to during the call, or null.
    let mut extack = unsafe { ExtAck::from_raw((*info).extack) };
    // SAFETY: netdevice notifiers are called with RTNL held; `Rtnl` says how calls nest.
    let mut rtnl = unsafe { Rtnl::assume_held() };
    let errno = match L::event(event, dev, &mut extack, &mut rtnl) {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    };
    // SAFETY: a computation.
    unsafe { bindings::notifier_from_errno(errno) }
}
