// SPDX-License-Identifier: GPL-2.0

//! What the classifiers of members do for an endpoint (CLS-2): the books of which member has which
//! entries.

use super::{
    endpoint::Endpoint,
    member::Member, //
};
use crate::{
    logic::{
        frame,
        limits::MemberSet, //
    },
    net::{
        addr::{
            AddrList,
            MacAddr, //
        },
        driver::RxMode,
        filter::Vlan,
        NetDevice,
        Rtnl, //
    },
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// What is to be let through; replaced as a whole, so that it can be read while it is acted upon.
pub(super) struct Spec {
    addr: MacAddr,
    unicast: KVec<MacAddr>,
    multicast: KVec<MacAddr>,
    vlans: KVec<Vlan>,
    /// The VLAN that all its frames are in on the wire (VNIC-5); the others are inside of it then,
    /// where NICs do not look.
    outer: Option<Vlan>,
    allmulti: bool,
    promisc: bool,
}

fn copy_of<T: Clone>(of: &[T]) -> Result<KVec<T>> {
    let mut copy = KVec::with_capacity(of.len(), GFP_KERNEL)?;
    copy.extend_from_slice(of, GFP_KERNEL)?;
    Ok(copy)
}

fn collected(list: &AddrList<'_>) -> Result<KVec<MacAddr>> {
    let len = list.len().min(Classifier::MOST_ADDRS);
    let mut addrs = KVec::with_capacity(len, GFP_KERNEL)?;
    for addr in list.iter().take(len) {
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
            outer: self.outer,
            allmulti: self.allmulti,
            promisc: self.promisc,
        })
    }

    /// The endpoint's addresses, its own first.
    pub(super) fn addrs(&self) -> impl Iterator<Item = &MacAddr> {
        let others = self.unicast.iter().filter(|addr| **addr != self.addr);
        Iterator::chain(core::iter::once(&self.addr), others)
    }

    /// The VLANs that its frames are in on the wire.
    fn wire_vlans(&self) -> &[Vlan] {
        match &self.outer {
            Some(outer) => core::slice::from_ref(outer),
            None => &self.vlans,
        }
    }

    /// The entries that are not in `other`.
    fn without<'a>(&'a self, other: Option<&'a Spec>) -> impl Iterator<Item = Entry> + 'a {
        let mut part = Part::Vlans(0);
        core::iter::from_fn(move || self.next_entry(&mut part))
            .filter(move |entry| !other.is_some_and(|other| other.has(entry)))
    }

    /// The next entry, from `part` on. VLAN ids come first: an address without its VLAN would let
    /// nothing through.
    fn next_entry(&self, part: &mut Part) -> Option<Entry> {
        loop {
            let (entry, next) = match *part {
                Part::Vlans(at) => match self.wire_vlans().get(at) {
                    Some(vlan) => (Some(Entry::Vlan(*vlan)), Part::Vlans(at.saturating_add(1))),
                    None => (None, Part::Promisc),
                },
                Part::Promisc => (self.promisc.then_some(Entry::Promisc), Part::Allmulti),
                Part::Allmulti => (self.allmulti.then_some(Entry::Allmulti), Part::Unicast(0)),
                Part::Unicast(at) => match self.addrs().nth(at) {
                    Some(addr) => (
                        Some(Entry::Unicast(*addr)),
                        Part::Unicast(at.saturating_add(1)),
                    ),
                    None => (None, Part::Multicast(0)),
                },
                Part::Multicast(at) => {
                    let addr = self.multicast.get(at)?;
                    (
                        Some(Entry::Multicast(*addr)),
                        Part::Multicast(at.saturating_add(1)),
                    )
                }
            };
            *part = next;
            if entry.is_some() {
                return entry;
            }
        }
    }

    fn has(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Vlan(vlan) => self.wire_vlans().contains(vlan),
            Entry::Promisc => self.promisc,
            Entry::Allmulti => self.allmulti,
            Entry::Unicast(addr) => self.addr == *addr || self.unicast.contains(addr),
            Entry::Multicast(addr) => self.multicast.contains(addr),
        }
    }

    /// Makes the entries on `dev` that are not in `but`: all of them, or none on an error.
    fn program(&self, but: Option<&Spec>, dev: &NetDevice, rtnl: &mut Rtnl) -> Result {
        let mut done: usize = 0;
        for entry in self.without(but) {
            if let Err(error) = entry.make(dev, rtnl) {
                for entry in self.without(but).take(done) {
                    entry.unmake(dev, rtnl);
                }
                return Err(error);
            }
            done = done.saturating_add(1);
        }
        Ok(())
    }

    /// Takes the entries away from `dev` that are not in `but`.
    fn unprogram(&self, but: Option<&Spec>, dev: &NetDevice, rtnl: &mut Rtnl) {
        for entry in self.without(but) {
            entry.unmake(dev, rtnl);
        }
    }
}

/// How far [`Spec::next_entry`] is.
enum Part {
    Vlans(usize),
    Promisc,
    Allmulti,
    Unicast(usize),
    Multicast(usize),
}

/// One thing that a NIC is to let through.
enum Entry {
    Vlan(Vlan),
    Promisc,
    Allmulti,
    Unicast(MacAddr),
    Multicast(MacAddr),
}

impl Entry {
    fn make(&self, dev: &NetDevice, rtnl: &mut Rtnl) -> Result {
        match self {
            Self::Vlan(vlan) => dev.add_vlan(*vlan, rtnl),
            Self::Promisc => dev.set_promiscuity(true, rtnl),
            Self::Allmulti => dev.set_allmulti(true, rtnl),
            Self::Unicast(addr) => dev.add_unicast(addr, rtnl),
            Self::Multicast(addr) => dev.add_multicast(addr, rtnl),
        }
    }

    fn unmake(&self, dev: &NetDevice, rtnl: &mut Rtnl) {
        match self {
            Self::Vlan(vlan) => dev.del_vlan(*vlan, rtnl),
            // Giving up a mode does not fail.
            Self::Promisc => drop(dev.set_promiscuity(false, rtnl)),
            Self::Allmulti => drop(dev.set_allmulti(false, rtnl)),
            Self::Unicast(addr) => dev.del_unicast(addr, rtnl),
            Self::Multicast(addr) => dev.del_multicast(addr, rtnl),
        }
    }
}

/// The books of one endpoint.
pub(super) struct Classifier {
    spec: Arc<Spec>,
    /// Members that have the entries while the endpoint is open.
    holders: MemberSet,
    /// Those of them that did not take the entries and are promiscuous in their stead.
    promiscuous: MemberSet,
    open: bool,
}

impl Classifier {
    /// Addresses of one kind that are let through one by one at most; for more, all are. The work
    /// for each change is bounded by it.
    pub(super) const MOST_ADDRS: usize = 512;

    /// The books of an endpoint of address `addr` that is down and not mapped.
    pub(super) fn new(addr: MacAddr) -> Result<Self> {
        let spec = Spec {
            addr,
            unicast: KVec::new(),
            multicast: KVec::new(),
            vlans: KVec::new(),
            outer: None,
            allmulti: false,
            promisc: false,
        };
        Ok(Self {
            spec: Arc::new(spec, GFP_KERNEL)?,
            holders: MemberSet::EMPTY,
            promiscuous: MemberSet::EMPTY,
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

    /// What is let through.
    pub(super) fn spec(&self) -> Arc<Spec> {
        self.spec.clone()
    }

    /// The members that have the entries.
    pub(super) fn holders(&self) -> MemberSet {
        self.holders
    }

    /// Makes the entries on `member`.
    pub(super) fn add_holder(of: &Endpoint, member: &Member, rtnl: &mut Rtnl) -> Result {
        let this = of.classifier.borrow_mut(rtnl);
        if this.holders.contains(member.id) {
            return Ok(());
        }
        this.holders.insert(member.id);
        if this.open {
            return Self::program(of, member, rtnl);
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
        if this.open {
            Self::unprogram(of, member, rtnl);
        }
    }

    /// Makes the entries on `member`, or has it let everything through where it does not take
    /// them (CLS-2).
    fn program(of: &Endpoint, member: &Member, rtnl: &mut Rtnl) -> Result {
        let spec = of.classifier.borrow(rtnl).spec();
        if spec.program(None, &member.dev, rtnl).is_err() {
            member.dev.set_promiscuity(true, rtnl)?;
            of.classifier.borrow_mut(rtnl).promiscuous.insert(member.id);
        }
        Ok(())
    }

    /// The end of [`Self::program`].
    fn unprogram(of: &Endpoint, member: &Member, rtnl: &mut Rtnl) {
        let this = of.classifier.borrow_mut(rtnl);
        let promiscuous = this.promiscuous.contains(member.id);
        this.promiscuous.remove(member.id);
        let spec = this.spec();
        if promiscuous {
            // Giving up a mode does not fail.
            let _ = member.dev.set_promiscuity(false, rtnl);
        } else {
            spec.unprogram(None, &member.dev, rtnl);
        }
    }

    /// The endpoint goes up or down: makes the entries, or takes them away.
    pub(super) fn set_open(of: &Endpoint, open: bool, rtnl: &mut Rtnl) -> Result {
        let this = of.classifier.borrow_mut(rtnl);
        if this.open == open {
            return Ok(());
        }
        this.open = open;
        let holders = this.holders;
        for id in holders.iter() {
            let Some(member) = of.team.member_of(id, rtnl) else {
                continue;
            };
            if !open {
                Self::unprogram(of, &member, rtnl);
            } else if let Err(error) = Self::program(of, &member, rtnl) {
                for done in holders.iter().take_while(|done| *done != id) {
                    if let Some(member) = of.team.member_of(done, rtnl) {
                        Self::unprogram(of, &member, rtnl);
                    }
                }
                of.classifier.borrow_mut(rtnl).open = false;
                return Err(error);
            }
        }
        Ok(())
    }

    /// The endpoint gets another address.
    pub(super) fn set_addr(of: &Endpoint, addr: MacAddr, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.addr = addr;
        Self::set_spec(of, spec, rtnl)
    }

    /// The endpoint's frames are in another VLAN on the wire, or in none for 0.
    pub(super) fn set_vid(of: &Endpoint, vid: u16, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.outer = (vid != 0).then_some(Vlan {
            proto: frame::ETH_P_8021Q,
            vid,
        });
        Self::set_spec(of, spec, rtnl)
    }

    /// The endpoint wants other addresses and modes. Returns whether unicast addresses are among
    /// them.
    pub(super) fn set_mode(of: &Endpoint, mode: &RxMode<'_>, rtnl: &mut Rtnl) -> Result<bool> {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.unicast = collected(&mode.unicast)?;
        spec.multicast = collected(&mode.multicast)?;
        spec.allmulti = mode.allmulti;
        spec.promisc = mode.promisc;
        let same = *spec.unicast == *of.classifier.borrow(rtnl).unicast();
        Self::set_spec(of, spec, rtnl)?;
        Ok(!same)
    }

    /// The endpoint wants frames of one more VLAN.
    pub(super) fn add_vlan(of: &Endpoint, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.vlans.push(vlan, GFP_KERNEL)?;
        Self::set_spec(of, spec, rtnl)
    }

    /// The end of [`Self::add_vlan`]. Without memory the entry stays until the endpoint goes.
    pub(super) fn del_vlan(of: &Endpoint, vlan: Vlan, rtnl: &mut Rtnl) -> Result {
        let mut spec = of.classifier.borrow(rtnl).spec.try_clone()?;
        spec.vlans.retain(|one| *one != vlan);
        Self::set_spec(of, spec, rtnl)
    }

    /// Makes what is new on all members that have entries, then takes away what is no more: what
    /// is in both is let through all the time. A member that does not take what is new becomes
    /// promiscuous; one that was is given another chance.
    fn set_spec(of: &Endpoint, spec: Spec, rtnl: &mut Rtnl) -> Result {
        let new = Arc::new(spec, GFP_KERNEL)?;
        let this = of.classifier.borrow_mut(rtnl);
        let (open, holders, promiscuous) = (this.open, this.holders, this.promiscuous);
        let old = core::mem::replace(&mut this.spec, new.clone());
        for id in holders.iter().filter(|_| open) {
            let Some(member) = of.team.member_of(id, rtnl) else {
                continue;
            };
            let dev = &member.dev;
            let was_promiscuous = promiscuous.contains(id);
            let before = (!was_promiscuous).then_some(&*old);
            match new.program(before, dev, rtnl) {
                Ok(()) if was_promiscuous => {
                    of.classifier.borrow_mut(rtnl).promiscuous.remove(id);
                    // Giving up a mode does not fail.
                    let _ = dev.set_promiscuity(false, rtnl);
                }
                Ok(()) => old.unprogram(Some(&new), dev, rtnl),
                Err(_) if was_promiscuous => {}
                Err(_) => {
                    // The only error is a counter that is at its end.
                    let _ = dev.set_promiscuity(true, rtnl);
                    of.classifier.borrow_mut(rtnl).promiscuous.insert(id);
                    old.unprogram(None, dev, rtnl);
                }
            }
        }
        Ok(())
    }
}
