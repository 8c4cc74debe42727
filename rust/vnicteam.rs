// SPDX-License-Identifier: GPL-2.0

//! vnicteam: virtual NICs over a team of NICs that hang on switches which know nothing of each
//! other. See Documentation/architecture.rst.
//!
//! `logic` decides, `net` makes the kernel's C API safe, `team` wires the two. This file says what
//! is registered, and in which order that ends.

use kernel::prelude::*;

// What only the tests on the host and later wiring ask for is not dead.
#[allow(dead_code, unreachable_pub)]
mod logic;
// The parts of `net` serve samples too.
mod kunit;
#[allow(dead_code)]
mod net;
mod team;

use net::{
    genl,
    link,
    notifier,
    rcu, //
};

module! {
    type: VnicTeam,
    name: "vnicteam",
    authors: ["The vnicteam developers"],
    description: "Virtual NICs over a team of NICs",
    license: "GPL",
    alias: ["rtnl-link-vnicteam", "rtnl-link-vnic", "net-pf-16-proto-16-family-vnicteam"],
}

/// What is registered while the module is loaded.
///
/// Fields are dropped in this order: VNICs go before teams, teams before what tells that they go
/// and what listens for their members, and what is still being freed last.
#[pin_data]
struct VnicTeam {
    #[pin]
    vnics: link::Registration<team::VnicKind>,
    #[pin]
    teams: link::Registration<team::TeamKind>,
    family: genl::Registration,
    #[pin]
    events: notifier::Registration<team::Events>,
    freed: rcu::Freed,
}

impl kernel::InPlaceModule for VnicTeam {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            // The other way round: nothing is made that cannot be served yet.
            freed: rcu::Freed,
            events <- notifier::Registration::new(),
            family: genl::Registration::new(&team::FAMILY, module)?,
            teams <- link::Registration::new(),
            vnics <- link::Registration::new(),
        }? Error)
    }
}
