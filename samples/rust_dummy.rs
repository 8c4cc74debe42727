// SPDX-License-Identifier: GPL-2.0

//! The smallest NIC on `rust/net`: a device that counts what it transmits and throws it away.
//!
//! ```text
//! insmod rust_dummy.ko
//! ip link add dummy0 type rust_dummy
//! ```
//!
//! A driver is a type that implements [`Driver`]: its values are the private data of devices. A
//! kind of link is a type that implements [`Kind`]: it says how `ip link add` makes one. That the
//! team's driver and this one are made of the same parts shows that the parts are not the team's.

use kernel::{
    prelude::*,
    str::CStr, //
};

#[allow(dead_code, unused_imports)]
#[path = "../rust/net/mod.rs"]
mod net;

use net::{
    addr::MacAddr,
    compat::ARef,
    driver::{
        Driver,
        RxMode, //
    },
    link::{
        self,
        ifla,
        Kind,
        Request,
        Setup, //
    },
    netdev::feature,
    netlink::{
        policy_table,
        PolicyTable, //
    },
    rcu,
    ExtAck,
    NetDevice,
    Rcu,
    RcuArc,
    Rtnl,
    SkBuff, //
};

module! {
    type: RustDummy,
    name: "rust_dummy",
    authors: ["The vnicteam developers"],
    description: "A network device that transmits to nowhere",
    license: "GPL",
    alias: ["rtnl-link-rust_dummy"],
}

/// A device.
struct Dummy {
    dev: ARef<NetDevice>,
}

#[vtable]
impl Driver for Dummy {
    const NAME: &'static CStr = c"rust_dummy";

    fn xmit(&self, skb: SkBuff, _rcu: &Rcu) {
        self.dev.count_tx(skb.len());
        skb.consume();
    }

    // It receives nothing, so that it is content with every filter.
    fn set_rx_mode(_this: &RcuArc<Self>, _mode: RxMode<'_>, _rtnl: &mut Rtnl) -> Result {
        Ok(())
    }

    fn set_mac_address(this: &RcuArc<Self>, addr: &MacAddr, rtnl: &mut Rtnl) -> Result {
        this.dev.set_addr(addr, rtnl);
        Ok(())
    }

    // Dropping the private data is all that there is to do.
    fn uninit(_this: RcuArc<Self>, _rtnl: &mut Rtnl) {}
}

/// The kind of link.
struct DummyKind;

#[vtable]
impl Kind for DummyKind {
    type Driver = Dummy;
    const KIND: &'static CStr = c"rust_dummy";
    const POLICY: &'static PolicyTable = &policy_table([]);
    const INFO_SIZE: usize = 0;

    fn setup(dev: &mut Setup<'_>) {
        let offloads = feature::TX_OFFLOADS;
        dev.set_features(offloads, offloads, offloads);
        dev.set_mtu_limits(0, 0);
    }

    fn create(
        dev: &NetDevice,
        request: &Request<'_>,
        _extack: &mut ExtAck<'_>,
        rtnl: &mut Rtnl,
    ) -> Result<RcuArc<Dummy>> {
        if !request.link.has(ifla::ADDRESS) {
            dev.set_random_addr(rtnl);
        }
        RcuArc::new(Dummy { dev: dev.hold() })
    }
}

/// What is registered while the module is loaded; see rust/vnicteam.rs for the order.
#[pin_data]
struct RustDummy {
    #[pin]
    dummies: link::Registration<DummyKind>,
    freed: rcu::Freed,
}

impl kernel::InPlaceModule for RustDummy {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            freed: rcu::Freed,
            dummies <- link::Registration::new(),
        }? Error)
    }
}
