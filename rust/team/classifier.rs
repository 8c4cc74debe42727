// SPDX-License-Identifier: GPL-2.0

//! What the classifiers of members do for an endpoint (CLS-2): the books of which member has which
//! entries.

use super::{
    endpoint::Endpoint,
    member::Member, //
};
use crate::{
    logic::limits::MemberSet,
    net::{
        addr::{
            AddrList,
            MacAddr, //
        },
        driver::RxMode,
        filter::Vlan,
        NetDevice,
        RcuArc,
        Rtnl, //
    },
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// What is to be let through; replaced as a whole, so that it can be read while it is acted upon.
struct Spec {
    addr: MacAddr,
    unicast: KVec<MacAddr>,
    multicast: KVec<MacAddr>,
    vlans: KVec<Vlan>,
    allmulti: bool,
    promisc: bool,
}

fn copy_of<T: Clone>(of: &[T]) -> Result<KVec<T>> {
    let mut copy = KVec::with_capacity(of.len(), GFP_KERNEL)?;
    copy.extend_from_slice(of, GFP_KERNEL)?;
    Ok(copy)
}

fn collected(list: &AddrList<'_>) -> Result<KVec<MacAddr>> {
    let mut addrs = KVec::with_capacity(list.len(), GFP_KERNEL)?;
    for addr in list.iter() {
        addrs.push(addr, GFP_KERNEL)?;
    }
    Ok(addrs)
}

impl Spec {
    fn try_clone(&self) -> Result<Self> {
        Ok(Self {
            addr: self.addr,
            unicast: copy_of(&self.unicast)?,
            multicast: copy_of(&self.multicast)?,
            vlans: copy_of(&self.vlans)?,
            allmulti: self.allmulti,
            promisc: self.promisc,
        })
    }

    fn unicasts(&self) -> impl Iterator<Item = &MacAddr> {
        Iterator::chain(core::iter::once(&self.addr), self.unicast.iter())
    }

    /// Makes the entries on `dev`: all of them, or none on an error.
    fn program(&self, dev: &NetDevice, rtnl: &mut Rtnl) -> Result {
        let mut done = Progress::default();
        let result = self.try_program(dev, &mut done, rtnl);
        if result.is_err() {
            self.undo(dev, &done, rtnl);
        }
        result
    }

    fn try_program(&self, dev: &NetDevice, done: &mut Progress, rtnl: &mut Rtnl) -> Result {
        // VLAN ids first: an address without its VLAN would let nothing through.
        for vlan in &self.vlans {
            dev.add_vlan(*vlan, rtnl)?;
            done.vlans = done.vlans.saturating_add(1);
        }
        if self.promisc {
            dev.set_promiscuity(true, rtnl)?;
            done.promisc = true;
        }
        if self.allmulti {
            dev.set_allmulti(true, rtnl)?;
            done.allmulti = true;
        }
        for addr in self.unicasts() {
            dev.add_unicast(addr, rtnl)?;
            done.unicast = done.unicast.saturating_add(1);
        }
        for addr in &self.multicast {
            dev.add_multicast(addr, rtnl)?;
            done.multicast = done.multicast.saturating_add(1);
        }
        Ok(())
    }

    /// Takes all entries away from `dev`.
    fn unprogram(&self, dev: &NetDevice, rtnl: &mut Rtnl) {
        self.undo(dev, &Progress::complete(self), rtnl);
    }

    fn undo(&self, dev: &NetDevice, done: &Progress, rtnl: &mut Rtnl) {
        for addr in self.multicast.iter().take(done.multicast) {
            dev.del_multicast(addr, rtnl);
        }
        for addr in self.unicasts().take(done.unicast) {
            dev.del_unicast(addr, rtnl);
        }
        // Giving up a mode does not fail.
        if done.allmulti {
            let _ = dev.set_allmulti(false, rtnl);
        }
        if done.promisc {
            let _ = dev.set_promiscuity(false, rtnl);
        }
        for vlan in self.vlans.iter().take(done.vlans) {
            dev.del_vlan(*vlan, rtnl);
        }
    }
}

/// How many entries of a [`Spec`] were made.
#[derive(Default)]
struct Progress {
    vlans: usize,
    promisc: bool,
    allmulti: bool,
    unicast: usize,
    multicast: usize,
}

impl Progress {
    fn complete(spec: &Spec) -> Self {
        Self {
            vlans: spec.vlans.len(),
            promisc: spec.promisc,
            allmulti: spec.allmulti,
            unicast: spec.unicast.len().saturating_add(1),
            multicast: spec.multicast.len(),
        }
    }
}

/// The books of one endpoint.
pub(super) struct Classifier {
    spec: Arc<Spec>,
    /// Members that have the entries while the endpoint is open.
    holders: MemberSet,
    open: bool,
}

impl Classifier {
    /// The books of an endpoint of address `addr` that is down and not mapped.
    pub(super) fn new(addr: MacAddr) -> Result<Self> {
        let spec = Spec {
            addr,
            unicast: KVec::new(),
            multicast: KVec::new(),
            vlans: KVec::new(),
            allmulti: false,
            promisc: false,
        };
        Ok(Self {
            spec: Arc::new(spec, GFP_KERNEL)?,
            holders: MemberSet::EMPTY,
            open: false,
        })
    }

    /// The endpoint's address.
    pub(super) fn addr(&self) -> MacAddr {
        self.spec.addr
    }

    /// The endpoint's other unicast addresses.
    pub(super) fn unicast(&self) -> &[MacAddr] {
        &self.spec.unicast
    }

    /// Makes the entries on `member`.
    pub(super) fn add_holder(of: &Endpoint, member: &Member, rtnl: &mut Rtnl) -> Result {
        let this = of.classifier.borrow_mut(rtnl);
        if this.holders.contains(member.id) {
            return Ok(());
        }
        this.holders.insert(member.id);
        let (open, spec) = (this.open, this.spec.clone());
        if open {
            spec.program(&member.dev, rtnl).inspect_err(|_| {
                of.classifier.borrow_mut(rtnl).holders.remove(member.id);
            })?;
        }
        Ok(())
    }

    /// Takes the entries away from `member`.
    pub(super) fn remove_holder(of: &Endpoint, member: &Member, rtnl: &mut Rtnl) {
        let this = of.classifier.borrow_mut(rtnl);
        if !this.holders.contains(member.id) {
            return;
        }
        this.holders.remove(member.id);
        let (open, spec) = (this.open, this.spec.clone());
        if open {
            spec.unprogram(&member.dev, rtnl);
        }
    }

    /// The members that have the entries.
    pub(super) fn holders(&self) -> MemberSet {
        self.holders
    }

    /// The endpoint goes up or down: makes the entries, or takes them away.
    pub(super) fn set_open(of: &RcuArc<Endpoint>, open: bool, rtnl: &mut Rtnl) -> Result {
        let this = of.classifier.borrow_mut(rtnl);
        if this.open == open {
            return Ok(());
        }
        let spec = this.spec.clone();
        if open {
            for_each_holder(of, rtnl, |dev, rtnl| spec.program(dev, rtnl), |dev, rtnl| {
                spec.unprogram(dev, rtnl)
            })?;
        } else {
            for id in this.holders.iter() {
                if let Some(member) = of.team.member_of(id, rtnl) {
                    spec.unprogram(&member.dev, rtnl);
                }
            }
        }
        of.classifier.borrow_mut(rtnl).open = open;
        Ok(())
    }

    /// The endpoint gets another address.
    pub(super) fn set_addr(of: &RcuArc<Endpoint>, addr: MacAddr, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.addr = addr;
        Self::set_spec(of, spec, rtnl)
    }

    /// The endpoint wants other addresses and modes.
    pub(super) fn set_mode(of: &RcuArc<Endpoint>, mode: &RxMode<'_>, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.unicast = collected(&mode.unicast)?;
        spec.multicast = collected(&mode.multicast)?;
        spec.allmulti = mode.allmulti;
        spec.promisc = mode.promisc;
        Self::set_spec(of, spec, rtnl)
    }

    /// The endpoint wants frames of one more VLAN.
    pub(super) fn add_vlan(of: &RcuArc<Endpoint>, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.vlans.push(vlan, GFP_KERNEL)?;
        Self::set_spec(of, spec, rtnl)
    }

    /// The end of [`Self::add_vlan`]. Without memory the entry stays until the endpoint goes.
    pub(super) fn del_vlan(of: &RcuArc<Endpoint>, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.vlans.retain(|one| *one != vlan);
        Self::set_spec(of, spec, rtnl)
    }

    fn set_spec(of: &RcuArc<Endpoint>, spec: Spec, rtnl: &mut Rtnl) -> Result {
        let new = Arc::new(spec, GFP_KERNEL)?;
        if of.classifier.borrow(rtnl).open {
            // What is in both is counted twice meanwhile, so that nothing is missed.
            for_each_holder(of, rtnl, |dev, rtnl| new.program(dev, rtnl), |dev, rtnl| {
                new.unprogram(dev, rtnl)
            })?;
        }
        let this = of.classifier.borrow_mut(rtnl);
        let (holders, open) = (this.holders, this.open);
        let old = core::mem::replace(&mut this.spec, new);
        for id in holders.iter().filter(|_| open) {
            if let Some(member) = of.team.member_of(id, rtnl) {
                old.unprogram(&member.dev, rtnl);
            }
        }
        Ok(())
    }
}

/// Does `act` for the device of each member that has the entries of `of`; on an error, `undo` for
/// those that it was done for.
fn for_each_holder(
    of: &RcuArc<Endpoint>,
    rtnl: &mut Rtnl,
    act: impl Fn(&NetDevice, &mut Rtnl) -> Result,
    undo: impl Fn(&NetDevice, &mut Rtnl),
) -> Result {
    let holders = of.classifier.borrow(rtnl).holders;
    let mut done = MemberSet::EMPTY;
    for id in holders.iter() {
        let Some(member) = of.team.member_of(id, rtnl) else {
            continue;
        };
        if let Err(error) = act(&member.dev, rtnl) {
            for id in done.iter() {
                if let Some(member) = of.team.member_of(id, rtnl) {
                    undo(&member.dev, rtnl);
                }
            }
            return Err(error);
        }
        done.insert(id);
    }
    Ok(())
}

