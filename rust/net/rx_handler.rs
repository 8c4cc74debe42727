// SPDX-License-Identifier: GPL-2.0

//! Receiving in the place of a device: `rx_handler`.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    netdev::NetDevice,
    rcu::{
        Rcu,
        RcuArc, //
    },
    rtnl::Rtnl,
    skb::{
        self,
        SkBuff, //
    },
};
use core::ptr::NonNull;
use kernel::{
    error::to_result,
    prelude::*, //
};

/// What becomes of a packet.
pub(crate) enum Verdict {
    /// It was consumed.
    Consumed,
    /// It is received anew, by the device that it was given to.
    Another(SkBuff),
    /// Only who asked for packets of exactly this device gets it.
    Exact(SkBuff),
    /// The device receives it as if there was no handler.
    Pass(SkBuff),
}

/// What receives.
pub(crate) trait RxHandler: Send + Sync + Sized + 'static {
    /// Called in softirq, on an RCU read side, for each packet of the device.
    fn receive(&self, skb: SkBuff, rcu: &Rcu) -> Verdict;
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn receive<H: RxHandler>(
    pskb: *mut *mut bindings::sk_buff,
) -> bindings::rx_handler_result_t {
    // SAFETY: the core passes the place of a live packet.
    let skb = unsafe { NonNull::new_unchecked(*pskb) };
    // SAFETY: the packet's device is live, and the data is of `register::<H>`, which RCU keeps:
    // the core sets it before and clears it a grace period after the handler.
    let this = unsafe {
        let dev = skb::dev(skb.as_ptr());
        &*(*dev).rx_handler_data.cast::<H>()
    };
    // SAFETY: the core hands the packet over, unless it is told to go on with it.
    let skb = unsafe { SkBuff::from_raw(skb) };
    // SAFETY: called on an RCU read side.
    let rcu = unsafe { Rcu::assume_held() };
    let (result, skb) = match this.receive(skb, &rcu) {
        Verdict::Consumed => return bindings::rx_handler_result_RX_HANDLER_CONSUMED,
        Verdict::Another(skb) => (bindings::rx_handler_result_RX_HANDLER_ANOTHER, skb),
        Verdict::Exact(skb) => (bindings::rx_handler_result_RX_HANDLER_EXACT, skb),
        Verdict::Pass(skb) => (bindings::rx_handler_result_RX_HANDLER_PASS, skb),
    };
    // SAFETY: the place that the core reads the packet from; its reference goes back.
    unsafe { *pskb = skb.into_raw() };
    result
}

/// Makes `handler` receive in the place of `dev`. `EBUSY` if another one does.
///
/// The device keeps the reference until [`unregister`].
pub(crate) fn register<H: RxHandler>(
    dev: &NetDevice,
    handler: RcuArc<H>,
    _rtnl: &mut Rtnl,
) -> Result {
    let data = handler.into_raw();
    // SAFETY: live, RTNL is held; `receive::<H>` fits `data`.
    let result = to_result(unsafe {
        bindings::netdev_rx_handler_register(
            dev.as_ptr(),
            Some(receive::<H>),
            data.cast_mut().cast(),
        )
    });
    if result.is_err() {
        // SAFETY: the core did not take it.
        drop(unsafe { RcuArc::from_raw(data) });
    }
    result
}

/// The handler of `dev`, if it is an `H`.
pub(crate) fn of<'a, H: RxHandler>(dev: &'a NetDevice, _rtnl: &'a Rtnl) -> Option<&'a H> {
    // SAFETY: live; both change under RTNL only.
    let (handler, data) = unsafe { ((*dev.as_ptr()).rx_handler, (*dev.as_ptr()).rx_handler_data) };
    let ours: unsafe extern "C" fn(_) -> _ = receive::<H>;
    // SAFETY: the data of `register::<H>`, whose count the device owns.
    (handler? as usize == ours as usize).then(|| unsafe { data.cast::<H>().as_ref() })?
}

/// The end of [`register`]: no packet is in the handler when it returns. May sleep.
pub(crate) fn unregister<H: RxHandler>(dev: &NetDevice, rtnl: &mut Rtnl) {
    let Some(data) = of::<H>(dev, rtnl).map(|handler| &raw const *handler) else {
        return;
    };
    // SAFETY: live, RTNL is held; registered, as was just seen.
    unsafe { bindings::netdev_rx_handler_unregister(dev.as_ptr()) };
    // SAFETY: the count that the device owned.
    drop(unsafe { RcuArc::from_raw(data) });
}
