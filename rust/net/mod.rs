// SPDX-License-Identifier: GPL-2.0

//! Safe abstractions over the kernel's C networking API.
//!
//! One file for one concept of C. All unsafe code of the project is here; nothing here knows what
//! a team is, or decides anything. Contexts are types: a function that needs RTNL takes [`Rtnl`],
//! one that needs an RCU read side takes [`Rcu`].

pub(crate) mod addr;
mod bindings;
pub(crate) mod clock;
pub(crate) mod compat;
pub(crate) mod driver;
pub(crate) mod errno;
mod ethtool;
pub(crate) mod extack;
pub(crate) mod filter;
pub(crate) mod genl;
pub(crate) mod link;
pub(crate) mod netdev;
pub(crate) mod netlink;
pub(crate) mod netns;
pub(crate) mod notifier;
pub(crate) mod percpu;
pub(crate) mod rcu;
pub(crate) mod rtnl;
pub(crate) mod rx_handler;
pub(crate) mod skb;
pub(crate) mod task;
pub(crate) mod timer;
pub(crate) mod trace;
pub(crate) mod uapi;
pub(crate) mod upper;
pub(crate) mod work;

pub(crate) use self::{
    extack::ExtAck,
    netdev::NetDevice,
    rcu::{
        Mark,
        Rcu,
        RcuArc,
        RcuPtr, //
    },
    rtnl::{
        Rtnl,
        RtnlCell, //
    },
    skb::SkBuff, //
};
