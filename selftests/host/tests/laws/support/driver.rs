// SPDX-License-Identifier: GPL-2.0

//! A driver that has classifiers on paper only. It checks every action when it carries it out,
//! and the state of the team whenever nothing is left to do.

use std::collections::{
    BTreeMap,
    BTreeSet, //
};

use vnicteam_logic::logic::engine::{
    Action,
    Cause,
    Config,
    Engine,
    Entry,
    Event, //
};
use vnicteam_logic::logic::limits::{
    MemberId,
    Slot,
    MAX_ENDPOINTS, //
};

use super::model::{
    Mapping,
    Model, //
};
use super::Op;

pub const MSEC: u64 = 1_000_000;

pub struct Driver {
    pub engine: Engine<Vec<Entry>>,
    pub model: Model,
    pub now: u64,
    config: Config,
    /// What was published by `Switch`.
    pub mapping: Mapping,
    /// Members whose classifiers have the entry of an endpoint.
    books: BTreeMap<Slot, BTreeSet<MemberId>>,
    prepared: BTreeMap<Slot, (MemberId, u64)>,
    former: BTreeMap<Slot, (MemberId, u64)>,
    event_times: BTreeSet<u64>,
    /// When a member that is not available now was lost.
    lost: BTreeMap<MemberId, u64>,
    /// All actions so far with their times.
    pub log: Vec<(u64, Action)>,
}

impl Driver {
    pub fn new(config: Config) -> Self {
        Self {
            engine: Engine::new(vec![Entry::default(); MAX_ENDPOINTS], config),
            model: Model::default(),
            // Not 0, so that a time that was forgotten is seen.
            now: 1000 * MSEC,
            config,
            mapping: Mapping::new(),
            books: BTreeMap::new(),
            prepared: BTreeMap::new(),
            former: BTreeMap::new(),
            event_times: BTreeSet::new(),
            lost: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// A driver without settle time and grace period: everything is done after each drain.
    pub fn immediate() -> Self {
        Self::new(Config {
            settle_ns: 0,
            grace_ns: 0,
        })
    }

    pub fn run(&mut self, ops: &[Op]) {
        for op in ops {
            self.step(op);
        }
    }

    pub fn step(&mut self, op: &Op) {
        match *op {
            Op::Event(event) => self.event(event),
            Op::Poll(count) => {
                for _ in 0..count {
                    self.poll();
                }
            }
            Op::Drain => self.drain(),
            Op::Advance(ms) => self.now += ms * MSEC,
            Op::Deadline => {
                if let Some(deadline) = self.engine.next_deadline() {
                    self.now = self.now.max(deadline);
                }
                self.drain();
            }
            Op::Quiesce => self.quiesce(),
            Op::Config(settle, grace) => {
                self.config = Config {
                    settle_ns: settle * MSEC,
                    grace_ns: grace * MSEC,
                };
                self.engine.set_config(self.config);
                assert_eq!(self.engine.config(), self.config);
            }
        }
    }

    /// An event, which model and engine must accept or refuse alike.
    pub fn event(&mut self, event: Event) {
        let busy = match event {
            Event::MemberAdded { id, .. } => self.books.values().any(|held| held.contains(&id)),
            _ => false,
        };
        let available = self.model.available();
        let wanted = self.model.apply(event, busy);
        let before = self.observe();
        let result = self.engine.handle(event, self.now);
        assert_eq!(result, wanted, "{event:?}");
        if result.is_err() {
            assert_eq!(
                self.observe(),
                before,
                "refused {event:?} changed something"
            );
            return;
        }
        self.event_times.insert(self.now);
        for id in available {
            if !self.model.is_available(id) {
                self.lost.insert(id, self.now);
            }
        }
        match event {
            Event::EndpointAdded { slot, .. } => {
                self.mapping.insert(slot, None);
            }
            Event::EndpointRemoved { slot } => {
                self.mapping.remove(&slot);
                self.books.remove(&slot);
                self.prepared.remove(&slot);
                self.former.remove(&slot);
            }
            _ => (),
        }
        self.compare();
    }

    /// Carries out one action. Returns whether there was one.
    pub fn poll(&mut self) -> bool {
        let Some(action) = self.engine.poll(self.now) else {
            return false;
        };
        self.log.push((self.now, action));
        self.execute(action);
        self.compare();
        true
    }

    /// Carries out all that is to be done now.
    pub fn drain(&mut self) {
        // Urgent switch, cancel or release, prepare, switch, release: five steps at most.
        let enough = 5 * self.mapping.len();
        let mut count = 0;
        while self.poll() {
            count += 1;
            assert!(count <= enough, "no end of actions");
        }
        self.check_drained();
    }

    /// Lets all moves come to their ends. No event comes in between.
    pub fn quiesce(&mut self) {
        self.drain();
        // The end of a grace period, of a settle time and of another grace period.
        for _ in 0..=3 * self.mapping.len() {
            let Some(deadline) = self.engine.next_deadline() else {
                self.check_quiescent();
                return;
            };
            self.now = deadline - 1;
            assert!(!self.poll(), "earlier than its deadline");
            self.now = deadline;
            assert!(self.poll(), "nothing to do at a deadline");
            self.drain();
        }
        panic!("no end of deadlines");
    }

    fn held(&mut self, slot: Slot) -> &mut BTreeSet<MemberId> {
        self.books.entry(slot).or_default()
    }

    fn program(&mut self, slot: Slot, id: MemberId) {
        assert!(self.model.is_available(id), "programmed where it is down");
        assert!(self.held(slot).insert(id), "programmed twice");
    }

    fn remove(&mut self, slot: Slot, id: MemberId) {
        assert!(self.held(slot).remove(&id), "removed what is not there");
    }

    fn execute(&mut self, action: Action) {
        let slot = action.slot();
        let current = *self.mapping.get(&slot).expect("an endpoint that exists");
        let config = self.config;
        if !matches!(action, Action::Switch { planned: false, .. }) {
            // Nobody waits for an unplanned switch meanwhile.
            let offered = self.model.offered();
            let mut all = self.mapping.values();
            assert!(all.all(|at| at.map_or(offered.is_empty(), |id| offered.contains(&id))));
        }
        match action {
            Action::Prepare { to, .. } => {
                let from = current.expect("a planned move from somewhere");
                assert!(self.model.is_available(from), "planned, from a dead member");
                assert!(!self.model.suspended);
                assert!(!self.former.contains_key(&slot), "a move within a grace");
                self.program(slot, to);
                assert_eq!(self.prepared.insert(slot, (to, self.now)), None);
            }
            Action::Cancel { member, .. } => {
                let (prepared, _) = self.prepared.remove(&slot).expect("prepared");
                assert_eq!(prepared, member);
                self.remove(slot, member);
            }
            Action::Switch {
                from,
                to,
                planned,
                programmed,
                cause,
                detected_ns,
                ..
            } => {
                assert_eq!(from, current);
                assert_ne!(from, to);
                assert!(self.event_times.contains(&detected_ns));
                let alive = from.filter(|&id| self.model.is_available(id));
                if let Some(id) = to {
                    assert!(self.model.offered().contains(&id), "to a dead member");
                } else {
                    assert_eq!(self.model.offered(), [], "standby without need");
                }
                self.check_cause(from, to, cause);
                if cause == Cause::Fault {
                    assert_eq!(Some(&detected_ns), from.and_then(|id| self.lost.get(&id)));
                }
                if planned {
                    assert!(programmed && alive.is_some() && to.is_some());
                    let (prepared, since) = self.prepared[&slot];
                    assert_eq!(Some(prepared), to);
                    assert!(self.now >= since + config.settle_ns, "not settled");
                } else {
                    assert!(alive.is_none() || to.is_none(), "a move without plan");
                }
                match to {
                    Some(id) if programmed => assert!(self.held(slot).contains(&id)),
                    Some(id) => self.program(slot, id),
                    None => assert!(!programmed),
                }
                for other in [&mut self.prepared, &mut self.former] {
                    if other.get(&slot).is_some_and(|&(id, _)| Some(id) == to) {
                        other.remove(&slot);
                    }
                }
                if let Some(id) = from {
                    if planned {
                        assert_eq!(self.former.insert(slot, (id, self.now)), None);
                    } else {
                        self.remove(slot, id);
                    }
                }
                self.mapping.insert(slot, to);
            }
            Action::Release { from, .. } => {
                let (former, since) = self.former.remove(&slot).expect("a former member");
                assert_eq!(former, from);
                if self.model.is_available(from) && !self.model.suspended {
                    assert!(self.now >= since + config.grace_ns, "within the grace");
                }
                self.remove(slot, from);
            }
        }
    }

    fn check_cause(&self, from: Option<MemberId>, to: Option<MemberId>, cause: Cause) {
        let lost = from.is_some_and(|id| !self.model.is_available(id));
        match cause {
            Cause::Created => assert_eq!(from, None),
            Cause::Fault => assert!(lost),
            Cause::Recovery => assert!(!lost && to.is_some()),
            Cause::Balance => assert!(!lost && from.is_some() && to.is_some()),
            Cause::Admin => assert!(!lost),
        }
    }

    /// Engine and books agree on every endpoint.
    fn compare(&self) {
        for (&slot, &at) in &self.mapping {
            assert_eq!(self.engine.member_of(slot), at);
            let held = self.engine.holders(slot);
            match self.books.get(&slot) {
                Some(books) => assert!(held.iter().eq(books.iter().copied())),
                None => assert!(held.is_empty()),
            }
        }
    }

    /// What must be true whenever nothing is left to do for now.
    fn check_drained(&mut self) {
        let offered = self.model.offered();
        for (slot, at) in &self.mapping {
            assert_eq!(at.is_none(), offered.is_empty(), "standby iff no member");
            for id in self.books.get(slot).into_iter().flatten() {
                assert!(offered.contains(id), "{slot:?} is still on {id:?}");
            }
        }
        let deadline = self.engine.next_deadline();
        assert!(deadline.is_none_or(|at| at > self.now), "{deadline:?}");
        // Placing all anew from here changes nothing, not even what is under way.
        let before = self.observe();
        let engine = &mut self.engine;
        assert_eq!(engine.handle(Event::Redistribute, self.now), Ok(()));
        assert_eq!(engine.poll(self.now), None, "redistribution from rest");
        assert_eq!(self.observe(), before);
    }

    /// What must be true when all moves are done.
    fn check_quiescent(&self) {
        for (&slot, &at) in &self.mapping {
            let held = self.books.get(&slot).into_iter().flatten();
            assert!(held.copied().eq(at), "more holders than one");
            assert!(self.model.pinned(slot).is_none_or(|pin| at == Some(pin)));
            assert_eq!(self.engine.pin_of(slot), self.model.endpoints[&slot].pin);
        }
        assert!(self.prepared.is_empty() && self.former.is_empty());
        assert!(self.model.is_even(&self.mapping), "PLC-2");
        let counts = self.model.counts(&self.mapping);
        for (&id, &count) in &counts {
            assert_eq!(self.engine.count_on(id), count);
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        counts.sort_unstable();
        assert_eq!(counts, self.model.ideal_counts());
    }

    /// All that the engine shows.
    fn observe(&self) -> String {
        let mut text = format!("{:?} ", self.engine.next_deadline());
        for member in self.engine.members() {
            text += &format!("{member:?} ");
        }
        for &slot in self.mapping.keys() {
            let at = self.engine.member_of(slot);
            let (pin, held) = (self.engine.pin_of(slot), self.engine.holders(slot));
            text += &format!("{slot:?} {at:?} {pin:?} {held:?} ");
        }
        text
    }
}
