// SPDX-License-Identifier: GPL-2.0

//! What happens to the netdevs that are members (GRP-6).

use super::{
    directory,
    member::Member,
    membership::{
        self,
        Leaving, //
    },
    monitor, //
};
use crate::net::{
    errno,
    notifier::{
        Event,
        Listener, //
    },
    rx_handler,
    ExtAck,
    NetDevice,
    Rtnl, //
};
use kernel::prelude::*;

/// Listens for all teams.
pub(crate) struct Events;

impl Listener for Events {
    fn event(event: Event, dev: &NetDevice, extack: &mut ExtAck<'_>, rtnl: &mut Rtnl) -> Result {
        let Some(team) = rx_handler::of::<Member>(dev, rtnl).map(|member| member.team.clone())
        else {
            return Ok(());
        };
        match event {
            // A hint: the monitor sees most of these sooner.
            Event::Change | Event::Up | Event::Down => monitor::check(&team, rtnl),
            Event::Unregister => {
                // It was just found.
                let _ = membership::remove(&team, dev, Leaving::Unregistered, rtnl);
            }
            Event::ChangeMtu => membership::member_mtu_changed(&team, dev, rtnl),
            Event::FeatureChange => membership::adapt_endpoints(&team, rtnl),
            Event::PreChangeAddr(addr) => {
                if addr != dev.addr(rtnl) && directory::is_taken(&team, &addr, rtnl) {
                    return Err(extack.refuse(
                        errno::eaddrinuse(),
                        c"the MAC address is taken on this member's team: give another",
                    ));
                }
            }
            Event::PreTypeChange => return Err(EBUSY),
        }
        Ok(())
    }
}
