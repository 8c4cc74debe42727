// SPDX-License-Identifier: GPL-2.0

//! Whose address is whose: the table that each frame is looked up in (CLS-1).
//!
//! Built whenever an address comes or changes, and published as a whole. An endpoint that goes is
//! taken out of the table in use, which needs no memory and so cannot fail.

use super::{
    endpoint::Endpoint,
    notify,
    team::Team, //
};
use crate::{
    logic::{
        addr_table::{
            buckets_needed,
            Bucket,
            Key,
            Table, //
        },
        frame,
        limits::Slot, //
    },
    net::{
        addr::MacAddr,
        Rcu,
        RcuArc,
        RcuPtr,
        Rtnl, //
    },
};
use kernel::prelude::*;

/// An address and who has it.
struct Owner {
    endpoint: RcuPtr<Endpoint>,
    /// Whether it is the endpoint's own address rather than one more that its user asked for.
    own: bool,
}

/// The published table.
pub(super) struct Directory(Table<Owner, KVVec<Bucket<Owner>>>);

impl Directory {
    /// The endpoint that frames from the network to `addr` in VLAN `vid`, or in none for 0, are
    /// for: one of that VLAN, or else one that has all.
    pub(super) fn find<'a>(
        &'a self,
        vid: u16,
        addr: &MacAddr,
        rcu: &'a Rcu,
    ) -> Option<&'a Endpoint> {
        if let Some(endpoint) = self.tagged(vid, addr).and_then(|one| one.endpoint.get(rcu)) {
            return Some(endpoint);
        }
        self.find_untagged(addr, rcu)
    }

    /// The endpoint that frames to `addr` in no VLAN are for, most often: if one look tells.
    #[inline(always)]
    pub(super) fn glance<'a>(&'a self, addr: &MacAddr, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        let key = Key::new(0, frame::MacAddr(*addr));
        self.0.get_best(key)?.endpoint.get(rcu)
    }

    /// The endpoint that frames to `addr` in no VLAN are for.
    fn find_untagged<'a>(&'a self, addr: &MacAddr, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        self.untagged(addr)?.endpoint.get(rcu)
    }

    /// The endpoint whose own address `addr` is. Only such an address proves who sent a frame:
    /// any user of an endpoint can ask for others.
    pub(super) fn find_own<'a>(
        &'a self,
        vid: u16,
        addr: &MacAddr,
        rcu: &'a Rcu,
    ) -> Option<&'a Endpoint> {
        if let Some(owner) = self.tagged(vid, addr).filter(|one| one.own) {
            return owner.endpoint.get(rcu);
        }
        self.find_own_untagged(addr, rcu)
    }

    /// The endpoint whose own address `addr` is, in no VLAN.
    #[inline(always)]
    pub(super) fn find_own_untagged<'a>(
        &'a self,
        addr: &MacAddr,
        rcu: &'a Rcu,
    ) -> Option<&'a Endpoint> {
        let owner = self.untagged(addr)?;
        if owner.own {
            owner.endpoint.get(rcu)
        } else {
            None
        }
    }

    fn tagged(&self, vid: u16, addr: &MacAddr) -> Option<&Owner> {
        if vid == 0 {
            return None;
        }
        self.0.get(Key::new(vid, frame::MacAddr(*addr)))
    }

    #[inline(always)]
    fn untagged(&self, addr: &MacAddr) -> Option<&Owner> {
        self.0.get(Key::new(0, frame::MacAddr(*addr)))
    }

    /// Whether `addr` belongs to `endpoint`.
    pub(super) fn belongs_to(&self, addr: &MacAddr, endpoint: &Endpoint) -> bool {
        self.0
            .get(Key::new(endpoint.rules().vid(), frame::MacAddr(*addr)))
            .is_some_and(|owner| owner.endpoint.is(endpoint))
    }
}

/// Whether `addr` is an address of a member of `team`, or of an endpoint other than `except` in
/// VLAN `vid` (in any, if that is not said).
pub(super) fn is_taken(
    team: &Team,
    addr: &MacAddr,
    vid: Option<u16>,
    except: Option<&Endpoint>,
    rtnl: &Rtnl,
) -> bool {
    let taken_by = |endpoint: &Endpoint| {
        let classifier = endpoint.classifier.borrow(rtnl);
        except.is_none_or(|except| except.slot != endpoint.slot)
            && vid.is_none_or(|vid| vid == endpoint.rules().vid())
            && (classifier.addr() == *addr || classifier.unicast().contains(addr))
    };
    team.endpoints(rtnl).any(taken_by)
        || team
            .members(rtnl)
            .any(|member| member.dev.addr(rtnl) == *addr)
}

/// Publishes the addresses of `team`'s endpoints as they are now.
pub(super) fn publish(team: &Team, rtnl: &mut Rtnl) -> Result {
    let mut directory = build(team, team.seed, rtnl)?;
    for other in 1..SEEDS {
        if directory.0.reach() <= SHORT {
            break;
        }
        directory = build(team, team.seed.wrapping_add(other), rtnl)?;
    }
    team.directory.replace(Some(RcuArc::new(directory)?), rtnl);
    notify::changed(rtnl);
    Ok(())
}

/// How many seeds are tried, and how short searches are to be.
const SEEDS: u64 = 4;
const SHORT: usize = 8;

/// A directory of the addresses as they are now.
fn build(team: &Team, seed: u64, rtnl: &Rtnl) -> Result<Directory> {
    let addrs = team.endpoints(rtnl).fold(0, |sum: usize, endpoint| {
        let more = endpoint.classifier.borrow(rtnl).unicast().len();
        sum.saturating_add(more).saturating_add(1)
    });
    let len = buckets_needed(addrs).ok_or(ENOMEM)?;
    let mut buckets = KVVec::with_capacity(len, GFP_KERNEL)?;
    for _ in 0..len {
        buckets.push(Bucket::EMPTY, GFP_KERNEL)?;
    }
    let mut table = Table::new(buckets, seed).map_err(|_| EINVAL)?;
    let before = team.directory.get_counted(rtnl);
    // An address that is taken stays with who has it: own addresses first, then those that were an
    // endpoint's before, then the others. Nobody gets another's by asking for it.
    for turn in [Turn::Own, Turn::Kept, Turn::New] {
        for slot in Slot::all() {
            let Some(endpoint) = team.endpoint_of(slot, rtnl) else {
                continue;
            };
            let vid = endpoint.rules().vid();
            let mut add = |addr: &MacAddr| {
                let owner = Owner {
                    endpoint: RcuPtr::of(endpoint.clone()),
                    own: turn == Turn::Own,
                };
                // Refused if it is taken.
                let _ = table.insert(Key::new(vid, frame::MacAddr(*addr)), owner);
            };
            let classifier = endpoint.classifier.borrow(rtnl);
            if turn == Turn::Own {
                add(&classifier.addr());
                continue;
            }
            for addr in classifier.unicast() {
                let kept = before
                    .as_ref()
                    .is_some_and(|one| one.belongs_to(addr, &endpoint));
                if kept == (turn == Turn::Kept) {
                    add(addr);
                }
            }
        }
    }
    Ok(Directory(table))
}

/// Who is served when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Own,
    Kept,
    New,
}

/// Takes the addresses of `endpoint` out.
pub(super) fn withdraw(team: &Team, endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let Some(directory) = team.directory.get_counted(rtnl) else {
        return;
    };
    for owner in directory.0.values() {
        if owner.endpoint.is(endpoint) {
            owner.endpoint.replace(None, rtnl);
        }
    }
}
