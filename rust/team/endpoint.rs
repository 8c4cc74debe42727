// SPDX-License-Identifier: GPL-2.0

//! An endpoint: what has an address and is mapped whole to one member (VNIC-2). A VNIC is one, and
//! the team's own netdev is another.

use super::{
    announce,
    classifier::Classifier,
    directory,
    dropped::{
        DropCounters,
        Dropped, //
    },
    mapping,
    member::Member,
    rules::{
        Mode,
        Rules,
        SharedRules, //
    },
    stats::Counters,
    team::Team,
    transit::Transit, //
};
use crate::{
    logic::{
        engine::Event,
        frame::{
            self,
            MulticastFilter, //
        },
        limits::Slot, //
    },
    net::{
        addr::MacAddr,
        clock,
        compat::ARef,
        driver::RxMode,
        errno,
        skb::Addresses,
        uapi,
        Mark,
        NetDevice,
        Rcu,
        RcuArc,
        RcuPtr,
        Rtnl,
        RtnlCell, //
    },
};
use core::sync::atomic::{
    AtomicBool,
    AtomicU64,
    Ordering, //
};
use kernel::prelude::*;

/// How often frames that waited are taken, and new ones come to wait meanwhile, at most.
const FLUSH_ROUNDS: u32 = 8;

/// How many of them are sent before softirqs have their turn.
const FLUSH_BATCH: u32 = 64;

/// The last move, as it is reported.
#[derive(Clone, Copy)]
pub(super) struct LastMove {
    /// The index of the member before, or 0.
    pub(super) from: u32,
    /// `VNIC_MOVE_*` of the uapi.
    pub(super) cause: u32,
    /// When its cause was seen, in ns.
    pub(super) detected: u64,
    /// When traffic could go on, in ns.
    pub(super) resumed: u64,
}

/// An endpoint.
pub(crate) struct Endpoint {
    pub(super) dev: ARef<NetDevice>,
    pub(super) team: RcuArc<Team>,
    pub(super) slot: Slot,
    /// The member that carries it; nothing in standby (VNIC-3), and while frames wait in a move.
    pub(super) member: RcuPtr<Member>,
    standby: AtomicBool,
    /// The member that carries it, if its frames need no further look: it is up, and every
    /// endpoint of the team is in bridge mode.
    plain_from: Mark<Member>,
    is_open: AtomicBool,
    /// The member that it has just left, and which is still accepted (CLS-6).
    pub(super) former: RcuPtr<Member>,
    rules: SharedRules,
    /// Its address as its frames have it, for who checks them (VNIC-6).
    addr: AtomicU64,
    /// Frames that were not delivered.
    pub(super) dropped: DropCounters,
    /// Whether it wants every frame.
    promisc: AtomicBool,
    /// Whether others may be behind it, whose addresses are not its own.
    guests: AtomicBool,
    /// Whether its user may administrate the team's namespace, as of when `guests` was set.
    trusted: AtomicBool,
    /// The groups that it wants.
    groups: [AtomicU64; 4],
    /// How many multicasts it received.
    pub(super) multicasts: AtomicU64,
    /// The state of its moves, from the first planned one on.
    pub(super) transit: RcuPtr<Transit>,
    /// What members' classifiers are to do for it.
    pub(super) classifier: RtnlCell<Classifier>,
    pub(super) moves: RtnlCell<u64>,
    /// Whether the first announcement of its address has left.
    pub(super) rarp_sent: RtnlCell<bool>,
    pub(super) last_move: RtnlCell<LastMove>,
    /// The index of the member that it was on, until its move from there has been told.
    pub(super) report: RtnlCell<Option<u32>>,
    /// What its counters were at the last flush.
    pub(super) flushed: RtnlCell<Counters>,
}

impl Endpoint {
    /// Describes `dev`, which is about to be registered, as what is to be in `slot` of `team`.
    pub(super) fn new(
        dev: &NetDevice,
        team: &RcuArc<Team>,
        slot: Slot,
        addr: MacAddr,
    ) -> Result<RcuArc<Self>> {
        let classifier = Classifier::new(addr)?;
        let this = RcuArc::new(Self {
            dev: dev.hold(),
            team: team.clone(),
            slot,
            member: RcuPtr::empty(),
            plain_from: Mark::none(),
            is_open: AtomicBool::new(false),
            former: RcuPtr::empty(),
            rules: SharedRules::new(),
            addr: AtomicU64::new(frame::MacAddr(addr).to_u64()),
            dropped: DropCounters::new()?,
            promisc: AtomicBool::new(false),
            guests: AtomicBool::new(false),
            trusted: AtomicBool::new(false),
            groups: [const { AtomicU64::new(0) }; 4],
            multicasts: AtomicU64::new(0),
            transit: RcuPtr::empty(),
            standby: AtomicBool::new(true),
            classifier: RtnlCell::new(classifier),
            moves: RtnlCell::new(0),
            rarp_sent: RtnlCell::new(false),
            last_move: RtnlCell::new(LastMove {
                from: 0,
                cause: uapi::VNIC_MOVE_NONE,
                detected: 0,
                resumed: 0,
            }),
            report: RtnlCell::new(None),
            flushed: RtnlCell::new(Counters::NONE),
        })?;
        this.publish_groups(&MulticastFilter::NONE);
        Ok(this)
    }

    /// What an administrator has said of it.
    #[inline(always)]
    pub(super) fn rules(&self) -> Rules {
        self.rules.get()
    }

    /// Whether unicasts to it that came over `member` need no further look.
    #[inline(always)]
    pub(super) fn is_plain_from(&self, member: &Member) -> bool {
        self.plain_from.is(member)
    }

    /// Publishes from where unicasts need no further look.
    fn publish_plain(&self, rtnl: &Rtnl) {
        let plain =
            self.is_open.load(Ordering::Relaxed) && self.team.isolated.load(Ordering::Relaxed) == 0;
        let member = self.member.load(rtnl);
        self.plain_from.set(member.filter(|_| plain));
    }

    /// Sets what an administrator says of it, but for the VLAN, see [`Self::set_vid`].
    pub(super) fn set_rules(&self, rules: Rules, rtnl: &mut Rtnl) {
        let before = self.rules();
        self.rules.set(rules.with_vid(before.vid()));
        self.note_tagged();
        let isolated = |rules: Rules| rules.mode() != Mode::Bridge;
        match (isolated(before), isolated(rules)) {
            (false, true) => self.team.isolated.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.team.isolated.fetch_sub(1, Ordering::Relaxed),
            _ => return,
        };
        self.publish_bridged(self.dev.is_up());
        for endpoint in self.team.endpoints(rtnl) {
            endpoint.publish_plain(rtnl);
        }
    }

    /// Has its frames be in another VLAN on the wire, or in none for 0 (VNIC-5).
    pub(super) fn set_vid(this: &RcuArc<Self>, vid: u16, rtnl: &mut Rtnl) -> Result {
        let before = this.rules();
        if vid == before.vid() {
            return Ok(());
        }
        let addr = this.dev.addr(rtnl);
        if directory::is_taken(&this.team, &addr, Some(vid), Some(this), rtnl) {
            return Err(errno::eaddrinuse());
        }
        Classifier::set_vid(this, vid, rtnl)?;
        this.publish_vid(vid, rtnl);
        if let Err(error) = directory::publish(&this.team, rtnl) {
            this.publish_vid(before.vid(), rtnl);
            // What is let through too much then is dropped above.
            let _ = Classifier::set_vid(this, before.vid(), rtnl);
            return Err(error);
        }
        mapping::announce(this, rtnl);
        mapping::schedule(&this.team, rtnl);
        Ok(())
    }

    fn publish_vid(&self, vid: u16, rtnl: &Rtnl) {
        let before = self.rules();
        self.rules.set(before.with_vid(vid));
        match (before.vid() != 0, vid != 0) {
            (false, true) => self.team.tagged.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.team.tagged.fetch_sub(1, Ordering::Relaxed),
            _ => return,
        };
        for endpoint in self.team.endpoints(rtnl) {
            endpoint.note_tagged();
        }
    }

    /// Has its frames heed VLANs, if an endpoint of the team has one of its own.
    fn note_tagged(&self) {
        let tagged = self.team.tagged.load(Ordering::Relaxed) != 0;
        self.rules.set(self.rules().with_tagged_team(tagged));
    }

    fn publish_bridged(&self, open: bool) {
        let bridged = open && self.rules().mode() == Mode::Bridge;
        self.team.bridged.set(self.slot, bridged);
    }

    fn publish_groups(&self, filter: &MulticastFilter) {
        let mut filter = *filter;
        filter.insert(frame::MacAddr::BROADCAST);
        for (place, word) in self.groups.iter().zip(filter.words()) {
            place.store(word, Ordering::Relaxed);
        }
    }

    /// Whether a frame comes from its own address.
    pub(super) fn sent(&self, addrs: Addresses) -> bool {
        frame::MacAddr(addrs.source()).to_u64() == self.addr.load(Ordering::Relaxed)
    }

    /// Counts a frame to it that is not delivered, and that it misses.
    pub(super) fn count_missed(&self, why: Dropped) {
        self.dropped.count(why, &self.dev);
        self.dev.count_rx_dropped();
    }

    /// Whether frames that are in VLAN `vid` on the wire, or in none for 0, are for it.
    #[inline]
    pub(super) fn is_in_vlan(&self, vid: u16) -> bool {
        let own = self.rules().vid();
        own == 0 || own == vid
    }

    /// Whether it wants every frame.
    pub(super) fn is_promisc(&self) -> bool {
        self.promisc.load(Ordering::Relaxed)
    }

    /// Whether it wants the group, or broadcasts, of [`multicast_bit`] `bit`.
    #[inline]
    pub(super) fn wants_group(&self, bit: u8) -> bool {
        self.groups
            .get(usize::from(bit >> 6))
            .is_some_and(|word| word.load(Ordering::Relaxed) >> (bit & 63) & 1 != 0)
    }

    /// Whether frames that came over `member` are for it.
    #[inline(always)]
    pub(super) fn accepts_from(&self, member: &Member) -> bool {
        self.member.is(member) || self.former.is(member)
    }

    /// Whether a multicast that came over `member` is to be delivered. During a move it comes over
    /// two members, and one of the copies is.
    pub(super) fn takes_copy(
        &self,
        member: &Member,
        fingerprint: impl FnOnce() -> u64,
        rcu: &Rcu,
    ) -> bool {
        let accepted = self.accepts_from(member);
        let Some(transit) = self.transit.get(rcu) else {
            return accepted;
        };
        transit.takes_copy(member, accepted, fingerprint)
    }

    /// A planned move to `to` begins. Without memory for its state a multicast may come twice, and
    /// frames may overtake each other.
    pub(super) fn begin_transit(&self, to: &Member, rtnl: &mut Rtnl) {
        if self.transit.load(rtnl).is_none() {
            if let Ok(transit) = Transit::new() {
                self.transit.replace(Some(transit), rtnl);
            }
        }
        if let Some(transit) = self.transit.load(rtnl) {
            transit.begin(to);
        }
    }

    /// The move is over.
    pub(super) fn end_transit(&self, rtnl: &Rtnl) {
        if let Some(transit) = self.transit.load(rtnl) {
            transit.end();
        }
    }

    /// Has frames wait until [`Self::map`]. Returns whether they do.
    pub(super) fn hold(&self, rtnl: &mut Rtnl) -> bool {
        if self.member.load(rtnl).is_none() {
            return false;
        }
        let Some(transit) = self.transit.get_counted(rtnl) else {
            return false;
        };
        Rcu::read_bh(|_| transit.hold());
        self.member.replace(None, rtnl);
        self.publish_plain(rtnl);
        true
    }

    /// Publishes that `to` carries it, or nobody; frames that waited go there.
    pub(super) fn map(&self, to: Option<&RcuArc<Member>>, rtnl: &mut Rtnl) {
        self.standby.store(to.is_none(), Ordering::Release);
        let Some(transit) = self.transit.get_counted(rtnl) else {
            self.member.replace(to.cloned(), rtnl);
            self.publish_plain(rtnl);
            return;
        };
        let mut resume = || {
            self.member.replace(to.cloned(), rtnl);
            self.publish_plain(rtnl);
        };
        for round in 1..=FLUSH_ROUNDS {
            // Others add frames meanwhile. The last ones may be overtaken: there is no end
            // otherwise to what a user of the endpoint can have this do.
            let last = round == FLUSH_ROUNDS;
            let frames = Rcu::read_bh(|_| transit.take_held(last, &mut resume));
            let Some(mut frames) = frames else {
                break;
            };
            while frames.len() != 0 {
                Rcu::read_bh(|rcu| {
                    for _ in 0..FLUSH_BATCH {
                        match (frames.pop(), to) {
                            (Some(skb), Some(member)) => self.transmit_over(skb, member, rcu),
                            (Some(skb), None) => self.drop_outgoing(skb, Dropped::TxStandby),
                            (None, _) => break,
                        }
                    }
                });
            }
        }
    }

    /// Whether it is published who carries it.
    pub(super) fn is_mapped(&self, rtnl: &Rtnl) -> bool {
        self.member.load(rtnl).is_some()
    }

    /// Whether nobody carries it (VNIC-3); frames that wait during a move do so for a member.
    pub(super) fn in_standby(&self) -> bool {
        self.standby.load(Ordering::Acquire)
    }

    /// What it wants to receive has changed.
    pub(super) fn set_rx_mode(this: &RcuArc<Self>, mode: RxMode<'_>, rtnl: &mut Rtnl) -> Result {
        let mut mode = mode;
        mode.promisc |= mode.unicast.len() > Classifier::MOST_ADDRS;
        mode.allmulti |= mode.multicast.len() > Classifier::MOST_ADDRS;
        let mut groups = MulticastFilter::NONE;
        if mode.allmulti || mode.promisc {
            groups = MulticastFilter::ALL;
        }
        for addr in mode.multicast.iter() {
            groups.insert(frame::MacAddr(addr));
        }
        let addrs_changed = Classifier::set_mode(this, &mode, rtnl)?;
        this.publish_groups(&groups);
        this.publish_guests(mode.promisc, mode.unicast.len() != 0, rtnl);
        if addrs_changed {
            directory::publish(&this.team, rtnl)?;
        }
        Ok(())
    }

    /// Publishes whether it wants every frame, and whether others may be behind it.
    fn publish_guests(&self, promisc: bool, others: bool, rtnl: &mut Rtnl) {
        let trusted = self.dev.same_owner(&self.team.dev, rtnl);
        self.trusted.store(trusted, Ordering::Relaxed);
        self.promisc.store(promisc, Ordering::Relaxed);
        let guests = promisc || others;
        if self.guests.swap(guests, Ordering::Relaxed) == guests {
            return;
        }
        for member in self.team.members(rtnl) {
            if member.receivers.has(self.slot) {
                member.count_guests(guests);
            }
        }
    }

    /// Whether its user may administrate the team's namespace.
    pub(super) fn is_trusted(&self) -> bool {
        self.trusted.load(Ordering::Relaxed)
    }

    /// Whether others may be behind it.
    pub(super) fn has_guests(&self) -> bool {
        self.guests.load(Ordering::Relaxed)
    }

    /// Gives it another address, on its netdev and wherever it is mapped.
    pub(super) fn set_mac_address(this: &RcuArc<Self>, addr: &MacAddr, rtnl: &mut Rtnl) -> Result {
        let before = this.dev.addr(rtnl);
        if *addr == before {
            return Ok(());
        }
        // Neighbours' frames to the new address will come here: not for the user of a namespace
        // to decide that has nothing to say where the team is (SEC-3).
        if !this.team.dev.capable(rtnl) {
            return Err(EPERM);
        }
        if !this.rules().mac_change() {
            return Err(EPERM);
        }
        let vid = this.rules().vid();
        if directory::is_taken(&this.team, addr, Some(vid), Some(this), rtnl) {
            return Err(errno::eaddrinuse());
        }
        Classifier::set_addr(this, *addr, rtnl)?;
        if let Err(error) = directory::publish(&this.team, rtnl) {
            Classifier::set_addr(this, before, rtnl)?;
            return Err(error);
        }
        this.dev.set_addr(addr, rtnl);
        let word = frame::MacAddr(*addr).to_u64();
        this.addr.store(word, Ordering::Relaxed);
        // Neighbours have another one for it: those on this team hear of it, too.
        this.dev.notify_peers(false, rtnl);
        mapping::announce(this, rtnl);
        mapping::schedule(&this.team, rtnl);
        Ok(())
    }

    /// Gives up everything that leads to it: its netdev goes.
    pub(super) fn leave(this: &RcuArc<Self>, rtnl: &mut Rtnl) {
        let team = &this.team;
        let control = team.control.borrow_mut(rtnl);
        control.announcer.forget(this.slot);
        // An error says that it was not there yet.
        let _ = control
            .engine
            .handle(Event::EndpointRemoved { slot: this.slot }, clock::now_ns());
        this.publish_bridged(false);
        mapping::detach(this, rtnl);
        this.set_rules(Rules::default(), rtnl);
        this.publish_vid(0, rtnl);
        if let Some(place) = team.endpoint_place(this.slot) {
            if place.is(this) {
                place.replace(None, rtnl);
            }
        }
        directory::withdraw(team, this, rtnl);
        mapping::run(team, rtnl);
    }

    /// Brings it up: its classifier entries are made wherever it is mapped.
    pub(super) fn open(this: &RcuArc<Self>, rtnl: &mut Rtnl) -> Result {
        Classifier::set_open(this, true, rtnl)?;
        this.is_open.store(true, Ordering::Relaxed);
        this.publish_plain(rtnl);
        this.publish_bridged(true);
        // Its first frame would do that too, but may be long in coming.
        announce::send_rarp(this, rtnl);
        Ok(())
    }

    /// Takes it down.
    pub(super) fn stop(this: &RcuArc<Self>, rtnl: &mut Rtnl) {
        this.is_open.store(false, Ordering::Relaxed);
        this.publish_plain(rtnl);
        this.publish_bridged(false);
        // Taking entries away cannot fail.
        let _ = Classifier::set_open(this, false, rtnl);
    }
}
