// SPDX-License-Identifier: GPL-2.0

//! Announcements: switches and neighbours learn where an endpoint is (FLT-3).
//!
//! At a move one RARP frame for its address, untagged and in each VLAN that it is in, leaves at
//! once: that is all that switches need. Then, paced, the IP stack announces the addresses that it
//! knows and rejoins groups, and the RARP frames are repeated for addresses that it does not know.

use super::{
    endpoint::Endpoint,
    mapping,
    team::{
        Team,
        MSEC, //
    },
};
use crate::{
    logic::frame::{
        self,
        RarpBuffer, //
    },
    net::{
        addr::MacAddr,
        clock,
        filter::Vlan,
        task,
        NetDevice,
        Rcu,
        RcuArc,
        Rtnl,
        SkBuff, //
    },
};
use core::{
    num::NonZeroUsize,
    sync::atomic::Ordering, //
};
/// RARP frames of one endpoint at a time at most. Others make themselves known when they send.
const MOST_FRAMES: u32 = 256;

/// How long one pass holds RTNL, in ns.
const PASS: u64 = 2 * MSEC;

/// Sends the RARP frames of `endpoint` over the member that carries it.
pub(super) fn send_rarp(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let Some(member) = endpoint.member.get_counted(rtnl) else {
        return;
    };
    let spec = endpoint.classifier.borrow(rtnl).spec();
    let directory = endpoint.team.directory.get_counted(rtnl);
    // Not what it only asked for and somebody else has.
    let addrs = || {
        spec.addrs().filter(|addr| {
            directory
                .as_ref()
                .is_some_and(|one| one.belongs_to(addr, endpoint))
        })
    };
    let mut left = MOST_FRAMES;
    let mut send = |addr: &MacAddr, vlan: Option<Vlan>| {
        if left > 0 {
            left = left.saturating_sub(1);
            send(*addr, vlan, &member.dev);
        }
    };
    let vid = endpoint.rules().vid();
    if vid != 0 {
        // Its own VLANs are inside of this one, which is all that switches look at.
        let vlan = Vlan {
            proto: frame::ETH_P_8021Q,
            vid,
        };
        addrs().for_each(|addr| send(addr, Some(vlan)));
        return;
    }
    addrs().for_each(|addr| send(addr, None));
    endpoint
        .dev
        .for_each_vlan_device(|vlan| addrs().for_each(|addr| send(addr, Some(vlan))), rtnl);
}

/// Lost without memory: the repetitions make up for it.
fn send(addr: MacAddr, vlan: Option<Vlan>, dev: &NetDevice) {
    let mut buffer: RarpBuffer = [0; frame::MIN_TAGGED_FRAME_LEN];
    let tag = vlan.map(|vlan| (vlan.proto, vlan.vid));
    let len = frame::build_rarp(&mut buffer, frame::MacAddr(addr), tag);
    let frame = buffer.get(..len).unwrap_or(&[]);
    if let Some(skb) = SkBuff::from_frame(frame, dev) {
        Rcu::read(|rcu| skb.transmit(dev, rcu));
    }
}

/// Makes the announcements of `team` that are due, for as long as others can wait for RTNL; what is
/// left is due at the next tick.
pub(super) fn run(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    let end = clock::now_ns().saturating_add(PASS);
    loop {
        let now = clock::now_ns();
        if now >= end {
            break;
        }
        let Some(slot) = team.control.borrow_mut(rtnl).announcer.poll(now) else {
            break;
        };
        if let Some(endpoint) = team.endpoint_of(slot, rtnl).filter(|one| one.dev.is_up()) {
            announce(&endpoint, rtnl);
        }
    }
    mapping::schedule(team, rtnl);
}

fn announce(endpoint: &RcuArc<Endpoint>, rtnl: &mut Rtnl) {
    let team = &endpoint.team;
    // Neighbours on this team know the address, which has not changed: it is for switches.
    let this = task::current().map_or(0, NonZeroUsize::get);
    team.announcing.store(this, Ordering::Relaxed);
    endpoint.dev.notify_peers(true, rtnl);
    team.announcing.store(0, Ordering::Relaxed);
    // The first one has left at the move.
    if !endpoint.rarp_sent.get(rtnl) {
        send_rarp(endpoint, rtnl);
    }
    endpoint.rarp_sent.set(false, rtnl);
}
