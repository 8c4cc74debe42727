// SPDX-License-Identifier: GPL-2.0

//! The team's state machine: which member carries which endpoint (PLC-1 to PLC-3, FLT-2, FLT-7).
//!
//! It does nothing by itself. The driver tells it what happened with [`Engine::handle`], which
//! only changes what is *wanted*, and then fetches what to do:
//!
//! ```text
//! engine.handle(event, now)?;
//! while let Some(action) = engine.poll(now) {
//!     // No borrow of the engine is held here: carrying out an action may come back through a
//!     // notifier and call `handle`.
//! }
//! // engine.next_deadline(): when to poll again for the timed phases of planned moves.
//! ```
//!
//! `team` calls it under RTNL. It never forgets a fault: endpoints without an available member
//! are in standby and are mapped by the first event that makes a member available.
//!
//! # Rules
//!
//! * The target of each endpoint is computed anew after every event, from where endpoints *are*,
//!   so that a burst of events costs no more moves than its outcome needs. `placement` has the
//!   law.
//! * A switch from a member that is up to another that is up is planned: it settles first and has
//!   a grace period after (PLC-5). All others are unplanned and come before everything else.
//! * A planned move that becomes wanted during the grace period of another waits for its end.
//! * A pinned endpoint whose pin is not available counts as free until it is.

mod entry;
mod event;
mod placement;
mod queue;
mod retarget;

use core::ops::DerefMut;

pub use self::entry::Entry;
pub use self::event::{
    Action,
    Cause,
    Config,
    EngineError,
    Event, //
};

use self::queue::{
    Line,
    Queues, //
};
use self::retarget::Trigger;
use super::limits::{
    MemberId,
    MemberSet,
    Slot,
    MAX_ENDPOINTS,
    MAX_MEMBERS, //
};

/// What the engine knows of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Record {
    present: bool,
    order: u32,
    count: u32,
}

/// A member as [`Engine::members`] shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub id: MemberId,
    /// Its rank among members that carry the same number of endpoints; the lowest comes first.
    pub order: u32,
    /// Whether it is available.
    pub up: bool,
    /// What [`Engine::count_on`] says.
    pub count: u32,
}

/// The state machine of one team. `V` is storage for [`MAX_ENDPOINTS`] entries, given by the
/// caller; a shorter one makes the slots beyond it unusable.
pub struct Engine<V> {
    entries: V,
    members: [Record; MAX_MEMBERS],
    available: MemberSet,
    queues: Queues,
    config: Config,
    suspended: bool,
    /// One more than the highest slot that was ever used: the entries worth looking at.
    height: usize,
    /// The latest time that the engine was told. Time does not run backwards here.
    clock_ns: u64,
}

impl<V: DerefMut<Target = [Entry]>> Engine<V> {
    /// An engine without members and endpoints, for a team that is up. What `storage` holds is
    /// lost.
    pub fn new(mut storage: V, config: Config) -> Self {
        storage.fill(Entry::default());
        Self {
            entries: storage,
            members: [Record::default(); MAX_MEMBERS],
            available: MemberSet::EMPTY,
            queues: Queues::default(),
            config,
            suspended: false,
            height: 0,
            clock_ns: 0,
        }
    }

    /// Changes the times of planned moves, also of those under way.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
    }

    /// The times of planned moves.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Takes notice of an event at `now_ns`. What follows from it is fetched with
    /// [`Engine::poll`].
    ///
    /// # Errors
    ///
    /// An event that cannot be is refused, and nothing is changed.
    pub fn handle(&mut self, event: Event, now_ns: u64) -> Result<(), EngineError> {
        let trigger = match event {
            Event::MemberAdded { id, order, up } => self.add_member(id, order, up)?,
            Event::MemberRemoved { id } => self.remove_member(id)?,
            Event::MemberUp { id } => {
                self.member(id)?;
                if self.available.contains(id) {
                    return Ok(());
                }
                self.available.insert(id);
                Trigger::Back(id)
            }
            Event::MemberDown { id } => {
                self.member(id)?;
                if !self.available.contains(id) {
                    return Ok(());
                }
                self.available.remove(id);
                Trigger::Lost(id)
            }
            Event::EndpointAdded {
                slot,
                weightless,
                pin,
            } => self.add_endpoint(slot, weightless, pin)?,
            Event::EndpointRemoved { slot } => self.remove_endpoint(slot)?,
            Event::Pin { slot, member } => {
                return self.pin(core::iter::once(slot), member, now_ns);
            }
            Event::Redistribute => Trigger::Ordered,
            Event::Suspend => {
                self.suspended = true;
                Trigger::Ordered
            }
            Event::Resume => {
                self.suspended = false;
                Trigger::Ordered
            }
        };
        self.clock_ns = self.clock_ns.max(now_ns);
        self.retarget(trigger, now_ns);
        Ok(())
    }

    /// Takes notice, at `now_ns`, of an [`Event::Pin`] of each of `slots`, at the cost of one.
    ///
    /// # Errors
    ///
    /// If one of them cannot be, nothing is changed.
    pub fn pin(
        &mut self,
        slots: impl Iterator<Item = Slot> + Clone,
        member: Option<MemberId>,
        now_ns: u64,
    ) -> Result<(), EngineError> {
        if let Some(id) = member {
            self.member(id)?;
        }
        for slot in slots.clone() {
            self.endpoint_mut(slot)?;
        }
        for slot in slots {
            let entry = self.endpoint_mut(slot)?;
            entry.pin = member;
            entry.ordered = true;
        }
        self.clock_ns = self.clock_ns.max(now_ns);
        self.retarget(Trigger::Pinned, now_ns);
        Ok(())
    }

    /// The next thing to do at `now_ns`, if there is one. Unplanned switches come first.
    ///
    /// The settle time of a planned move runs from the `now_ns` that returned its `Prepare`.
    pub fn poll(&mut self, now_ns: u64) -> Option<Action> {
        self.clock_ns = self.clock_ns.max(now_ns);
        let slot = self
            .queues
            .front(Line::Urgent)
            .or_else(|| self.queues.front(Line::Ready))
            .or_else(|| self.front_due(Line::Settling))
            .or_else(|| self.front_due(Line::Grace))?;
        let entry = self.entries.get_mut(slot.index())?;
        let action = entry.advance(slot, self.available, self.clock_ns);
        let line = entry.step(self.available).line();
        self.queues.put(&mut self.entries, slot, line);
        action
    }

    /// When [`Engine::poll`] has something to return next, in nanoseconds; not later than now if
    /// it has already. `None`: not before another event.
    pub fn next_deadline(&self) -> Option<u64> {
        let now = self
            .queues
            .front(Line::Urgent)
            .or(self.queues.front(Line::Ready));
        if now.is_some() {
            return Some(self.clock_ns);
        }
        let settling = self.front_deadline(Line::Settling);
        let grace = self.front_deadline(Line::Grace);
        match (settling, grace) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The member that carries an endpoint: what the last `Switch` said. `None` in standby, or if
    /// there is no such endpoint.
    pub fn member_of(&self, slot: Slot) -> Option<MemberId> {
        self.entry(slot)?.current
    }

    /// The administrator's choice for an endpoint.
    pub fn pin_of(&self, slot: Slot) -> Option<MemberId> {
        self.entry(slot)?.pin
    }

    /// Why endpoints are about to move by plan: one cause for each planned move that was decided
    /// and is not done yet.
    pub fn planned(&self) -> impl Iterator<Item = Cause> + '_ {
        // Not `take`, whose code can panic.
        let used = self.entries.get(..self.height).unwrap_or(&self.entries);
        used.iter()
            .filter(|entry| entry.is_to_move(self.available))
            .map(|entry| entry.cause)
    }

    /// The members whose classifiers hold the entry of an endpoint, by the actions returned so
    /// far.
    pub fn holders(&self, slot: Slot) -> MemberSet {
        self.entry(slot).map_or(MemberSet::EMPTY, Entry::holders)
    }

    /// How many endpoints with weight a member should carry, moves under way included: what
    /// placement goes by, not what is applied.
    pub fn count_on(&self, id: MemberId) -> u32 {
        self.members
            .get(id.index())
            .map_or(0, |record| record.count)
    }

    /// Whether a member is in the team and available.
    pub fn is_up(&self, id: MemberId) -> bool {
        self.available.contains(id)
    }

    /// Whether the team is down by [`Event::Suspend`].
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// The members in the team, by ascending name.
    pub fn members(&self) -> impl Iterator<Item = Member> + '_ {
        MemberId::all()
            .zip(self.members.iter())
            .filter(|(_, record)| record.present)
            .map(|(id, record)| Member {
                id,
                order: record.order,
                up: self.available.contains(id),
                count: record.count,
            })
    }

    fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.index()).filter(|entry| entry.present)
    }

    fn endpoint_mut(&mut self, slot: Slot) -> Result<&mut Entry, EngineError> {
        self.entries
            .get_mut(slot.index())
            .filter(|entry| entry.present)
            .ok_or(EngineError::UnknownEndpoint)
    }

    fn member(&self, id: MemberId) -> Result<&Record, EngineError> {
        self.members
            .get(id.index())
            .filter(|record| record.present)
            .ok_or(EngineError::UnknownMember)
    }

    fn add_member(&mut self, id: MemberId, order: u32, up: bool) -> Result<Trigger, EngineError> {
        if self.member(id).is_ok() {
            return Err(EngineError::MemberExists);
        }
        // Not `take`, whose code can panic.
        let used = self.entries.get(..self.height).unwrap_or(&self.entries);
        if used.iter().any(|entry| entry.holders().contains(id)) {
            return Err(EngineError::MemberBusy);
        }
        if let Some(record) = self.members.get_mut(id.index()) {
            *record = Record {
                present: true,
                order,
                count: 0,
            };
        }
        if up {
            self.available.insert(id);
        }
        Ok(Trigger::Back(id))
    }

    fn remove_member(&mut self, id: MemberId) -> Result<Trigger, EngineError> {
        self.member(id)?;
        if let Some(record) = self.members.get_mut(id.index()) {
            *record = Record::default();
        }
        // What was down is not lost once more.
        let trigger = if self.available.contains(id) {
            Trigger::Lost(id)
        } else {
            Trigger::Other
        };
        self.available.remove(id);
        for entry in self.entries.iter_mut().take(self.height) {
            entry.pin = entry.pin.filter(|&pin| pin != id);
        }
        Ok(trigger)
    }

    fn add_endpoint(
        &mut self,
        slot: Slot,
        weightless: bool,
        pin: Option<MemberId>,
    ) -> Result<Trigger, EngineError> {
        if let Some(id) = pin {
            self.member(id)?;
        }
        let entry = self
            .entries
            .get_mut(slot.index())
            .ok_or(EngineError::NoRoom)?;
        if entry.present {
            return Err(EngineError::EndpointExists);
        }
        *entry = Entry {
            present: true,
            weightless,
            pin,
            ..Entry::default()
        };
        let height = slot.index().saturating_add(1).min(MAX_ENDPOINTS);
        self.height = self.height.max(height);
        Ok(Trigger::Created(slot))
    }

    fn remove_endpoint(&mut self, slot: Slot) -> Result<Trigger, EngineError> {
        self.endpoint_mut(slot)?;
        self.queues.take(&mut self.entries, slot);
        if let Some(entry) = self.entries.get_mut(slot.index()) {
            *entry = Entry::default();
        }
        Ok(Trigger::Other)
    }

    fn front_deadline(&self, line: Line) -> Option<u64> {
        let wait_ns = match line {
            Line::Settling => self.config.settle_ns,
            Line::Grace => self.config.grace_ns,
            Line::Urgent | Line::Ready => 0,
        };
        let entry = self.entry(self.queues.front(line)?)?;
        Some(entry.since_ns.saturating_add(wait_ns))
    }

    fn front_due(&self, line: Line) -> Option<Slot> {
        let deadline = self.front_deadline(line)?;
        self.queues
            .front(line)
            .filter(|_| deadline <= self.clock_ns)
    }
}
