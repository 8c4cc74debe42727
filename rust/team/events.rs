// SPDX-License-Identifier: GPL-2.0

//! What happens to the netdevs that are members (GRP-6).

use super::{
    directory,
    member::Member,
    membership::{
        self,
        Leaving, //
    },
    monitor,
    team::{
        Team,
        Todo, //
    },
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
        let todo = match event {
            Event::Change | Event::Up | Event::Down => Todo::Carrier,
            Event::ChangeMtu => Todo::Mtu,
            Event::FeatureChange => Todo::Features,
            Event::Unregister => {
                // It was just found.
                let _ = membership::remove(&team, dev, Leaving::Unregistered, rtnl);
                return Ok(());
            }
            Event::PreChangeAddr(addr) => {
                if addr != dev.addr(rtnl) && directory::is_taken(&team, &addr, None, None, rtnl) {
                    return Err(extack.refuse(
                        errno::eaddrinuse(),
                        c"the MAC address is taken on this member's team: give another",
                    ));
                }
                return Ok(());
            }
            Event::PreTypeChange => return Err(EBUSY),
        };
        // What follows may want the member's instance lock, which may be held here.
        if dev.needs_ops_lock() {
            Team::put_off(&team, todo);
        } else {
            monitor::attend(&team, todo, rtnl);
        }
        Ok(())
    }
}
