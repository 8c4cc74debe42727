// SPDX-License-Identifier: GPL-2.0

//! A team: its members, its endpoints, and who decides.

use super::{
    bits::SlotBits,
    directory::Directory,
    endpoint::Endpoint,
    flood::Flood,
    member::Member,
    notify::Journal, //
};
use crate::{
    logic::{
        announce::{
            self,
            Announcer, //
        },
        engine::{
            self,
            Engine, //
        },
        limits::{
            MemberId,
            Slot,
            MAX_ENDPOINTS,
            MAX_MEMBERS, //
        },
    },
    net::{
        clock,
        compat::ARef,
        timer::Timer,
        work::Work,
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
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    Ordering, //
};
use kernel::prelude::*;

/// Nanoseconds of a millisecond.
pub(super) const MSEC: u64 = 1_000_000;

/// How often carrier is looked at by default, in ns (FLT-1).
const MONITOR_INTERVAL: u64 = 10 * MSEC;

/// What may have happened to members.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Todo {
    /// One went up or down.
    Carrier,
    /// One's MTU changed.
    Mtu,
    /// One's features changed.
    Features,
    /// There are events to be sent.
    Events,
}

impl Todo {
    /// Its bit in [`Team::todo`].
    pub(super) const fn bit(self) -> u32 {
        match self {
            Self::Carrier => 1,
            Self::Mtu => 2,
            Self::Features => 4,
            Self::Events => 8,
        }
    }
}

/// What decides, and what is counted with it.
pub(super) struct Control {
    /// Which member carries which endpoint.
    pub(super) engine: Engine<KVVec<engine::Entry>>,
    /// Who has an announcement to make, and when.
    pub(super) announcer: Announcer<KVVec<announce::Record>>,
    /// Whether the team's netdev is up.
    pub(super) is_open: bool,
    /// Whether members' MTUs are being changed by the team itself.
    pub(super) changing_mtu: bool,
}

/// A team.
pub(super) struct Team {
    /// Its netdev, which is its own endpoint's too.
    pub(super) dev: ARef<NetDevice>,
    /// Whose address is whose, for the data path.
    pub(super) directory: RcuPtr<Directory>,
    /// Its endpoints by slot.
    endpoints: KVVec<RcuPtr<Endpoint>>,
    /// Its members by id.
    members: KVVec<RcuPtr<Member>>,
    /// Endpoints that are open and in bridge mode: they reach each other locally.
    pub(super) bridged: SlotBits,
    /// How many endpoints are in another mode than bridge.
    pub(super) isolated: AtomicU32,
    /// How many endpoints have a VLAN of their own (VNIC-5).
    pub(super) tagged: AtomicU32,
    /// What decides.
    pub(super) control: RtnlCell<Control>,
    /// What happened, and was or is to be told.
    pub(super) journal: RtnlCell<Journal>,
    /// Nanoseconds between looks at carrier.
    pub(super) monitor_interval: AtomicU64,
    /// When carrier is to be looked at next, in ns.
    pub(super) next_look: AtomicU64,
    /// When the engine or the announcer wants to be asked next, in ns; `u64::MAX` for never.
    pub(super) deadline: AtomicU64,
    /// When a change of carrier was seen that the work has not looked at yet, in ns; else 0.
    pub(super) suspected: AtomicU64,
    /// What the work has to attend to: bits of [`Todo`].
    pub(super) todo: AtomicU32,
    /// The task that announces an endpoint, or 0, see [`crate::net::task::current`].
    pub(super) announcing: AtomicUsize,
    /// Whether the team is on its way out.
    pub(super) leaving: AtomicBool,
    pub(super) timer: Timer<Team>,
    pub(super) work: Work<Team>,
    pub(super) flood: Flood,
    /// Keys what must not be guessed.
    pub(super) seed: u64,
}

fn empty_slots<T: Send + Sync>(len: usize) -> Result<KVVec<RcuPtr<T>>> {
    let mut slots = KVVec::with_capacity(len, GFP_KERNEL)?;
    for _ in 0..len {
        slots.push(RcuPtr::empty(), GFP_KERNEL)?;
    }
    Ok(slots)
}

impl Team {
    /// A team without members and endpoints.
    pub(super) fn new(dev: &NetDevice) -> Result<RcuArc<Self>> {
        let entries = KVVec::from_elem(engine::Entry::default(), MAX_ENDPOINTS, GFP_KERNEL)?;
        let records = KVVec::from_elem(announce::Record::default(), MAX_ENDPOINTS, GFP_KERNEL)?;
        let (endpoints, members) = (empty_slots(MAX_ENDPOINTS)?, empty_slots(MAX_MEMBERS)?);
        let (timer, work, flood) = (Timer::new()?, Work::new()?, Flood::new()?);
        RcuArc::pin_init(pin_init::init!(Self {
            dev: dev.hold(),
            directory: RcuPtr::empty(),
            endpoints,
            members,
            bridged: SlotBits::new(),
            isolated: AtomicU32::new(0),
            tagged: AtomicU32::new(0),
            control: RtnlCell::new(Control {
                engine: Engine::new(entries, engine::Config::default()),
                announcer: Announcer::new(records, announce::Config::default()),
                is_open: false,
                changing_mtu: false,
            }),
            journal: RtnlCell::new(Journal::new()),
            monitor_interval: AtomicU64::new(MONITOR_INTERVAL),
            next_look: AtomicU64::new(0),
            deadline: AtomicU64::new(u64::MAX),
            suspected: AtomicU64::new(0),
            todo: AtomicU32::new(0),
            announcing: AtomicUsize::new(0),
            leaving: AtomicBool::new(false),
            timer,
            work,
            flood,
            seed: clock::random_u64(),
        }))
    }

    /// The place of the endpoint in `slot`.
    pub(super) fn endpoint_place(&self, slot: Slot) -> Option<&RcuPtr<Endpoint>> {
        self.endpoints.get(slot.index())
    }

    /// The place of the member `id`.
    pub(super) fn member_place(&self, id: MemberId) -> Option<&RcuPtr<Member>> {
        self.members.get(id.index())
    }

    /// The endpoint in `slot`, for a reader.
    pub(super) fn endpoint<'a>(&'a self, slot: Slot, rcu: &'a Rcu) -> Option<&'a Endpoint> {
        self.endpoint_place(slot)?.get(rcu)
    }

    /// The endpoint in `slot`.
    pub(super) fn endpoint_of(&self, slot: Slot, rtnl: &Rtnl) -> Option<RcuArc<Endpoint>> {
        self.endpoint_place(slot)?.get_counted(rtnl)
    }

    /// The member `id`.
    pub(super) fn member_of(&self, id: MemberId, rtnl: &Rtnl) -> Option<RcuArc<Member>> {
        self.member_place(id)?.get_counted(rtnl)
    }

    /// Its endpoints, the team's own first.
    pub(super) fn endpoints<'a>(&'a self, rtnl: &'a Rtnl) -> impl Iterator<Item = &'a Endpoint> {
        self.endpoints.iter().filter_map(|place| place.load(rtnl))
    }

    /// Its members.
    pub(super) fn members<'a>(&'a self, rtnl: &'a Rtnl) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter_map(|place| place.load(rtnl))
    }

    /// Its members, for a reader.
    pub(super) fn members_rcu<'a>(&'a self, rcu: &'a Rcu) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter_map(|place| place.get(rcu))
    }

    /// The member whose netdev has the index `ifindex`.
    pub(super) fn member_by_index<'a>(
        &'a self,
        ifindex: u32,
        rtnl: &'a Rtnl,
    ) -> Option<&'a Member> {
        self.members(rtnl)
            .find(|member| member.dev.ifindex() == ifindex)
    }

    /// The first slot of a VNIC that is free.
    pub(super) fn free_slot(&self, rtnl: &Rtnl) -> Option<Slot> {
        (1..=crate::logic::limits::MAX_VNICS)
            .filter_map(Slot::from_index)
            .find(|&slot| {
                self.endpoint_place(slot)
                    .is_some_and(|place| place.load(rtnl).is_none())
            })
    }

    /// The first member id that is free.
    pub(super) fn free_member(&self, rtnl: &Rtnl) -> Option<MemberId> {
        MemberId::all().find(|&id| {
            self.member_place(id)
                .is_some_and(|place| place.load(rtnl).is_none())
        })
    }

    /// Leaves `todo` to the work. Any context.
    pub(super) fn put_off(this: &RcuArc<Self>, todo: Todo) {
        this.todo.fetch_or(todo.bit(), Ordering::Release);
        this.work.queue(this);
    }

    /// Has the team look at its members now: one was seen without carrier. Any context.
    pub(super) fn suspect(this: &RcuArc<Self>, now: u64) {
        // The first look counts: that is when the fault was detected.
        let _ = this
            .suspected
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        this.work.queue(this);
    }
}

impl RcuArc<Team> {
    /// Has the monitor tick while there is something to look at: the team is up and has members.
    pub(super) fn update_timer(&self, rtnl: &mut Rtnl) {
        let wanted = self.control.borrow(rtnl).is_open && self.members(rtnl).next().is_some();
        if wanted {
            self.timer.start(self, MSEC, rtnl);
        } else {
            self.timer.stop(rtnl);
        }
    }
}
