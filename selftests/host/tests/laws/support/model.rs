// SPDX-License-Identifier: GPL-2.0

//! A team without cleverness: maps, and everything computed from scratch.

use std::collections::BTreeMap;

use vnicteam_logic::logic::engine::{
    EngineError,
    Event, //
};
use vnicteam_logic::logic::limits::{
    MemberId,
    Slot, //
};

#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub order: u32,
    pub up: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    pub weightless: bool,
    pub pin: Option<MemberId>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub members: BTreeMap<MemberId, Member>,
    pub endpoints: BTreeMap<Slot, Endpoint>,
    pub suspended: bool,
}

/// Which endpoint is where.
pub type Mapping = BTreeMap<Slot, Option<MemberId>>;

impl Model {
    /// Takes notice of an event, or says why it cannot be. `busy`: the driver has not let go of
    /// the member that the event is about.
    pub fn apply(&mut self, event: Event, busy: bool) -> Result<(), EngineError> {
        match event {
            Event::MemberAdded { id, order, up } => {
                if self.members.contains_key(&id) {
                    return Err(EngineError::MemberExists);
                }
                if busy {
                    return Err(EngineError::MemberBusy);
                }
                self.members.insert(id, Member { order, up });
            }
            Event::MemberRemoved { id } => {
                self.members.remove(&id).ok_or(EngineError::UnknownMember)?;
                for endpoint in self.endpoints.values_mut() {
                    endpoint.pin = endpoint.pin.filter(|&pin| pin != id);
                }
            }
            Event::MemberUp { id } => self.member(id)?.up = true,
            Event::MemberDown { id } => self.member(id)?.up = false,
            Event::EndpointAdded {
                slot,
                weightless,
                pin,
            } => {
                if let Some(id) = pin {
                    self.member(id)?;
                }
                if self.endpoints.contains_key(&slot) {
                    return Err(EngineError::EndpointExists);
                }
                self.endpoints.insert(slot, Endpoint { weightless, pin });
            }
            Event::EndpointRemoved { slot } => {
                self.endpoints
                    .remove(&slot)
                    .ok_or(EngineError::UnknownEndpoint)?;
            }
            Event::Pin { slot, member } => {
                if let Some(id) = member {
                    self.member(id)?;
                }
                self.endpoints
                    .get_mut(&slot)
                    .ok_or(EngineError::UnknownEndpoint)?
                    .pin = member;
            }
            Event::Redistribute => (),
            Event::Suspend => self.suspended = true,
            Event::Resume => self.suspended = false,
        }
        Ok(())
    }

    fn member(&mut self, id: MemberId) -> Result<&mut Member, EngineError> {
        self.members.get_mut(&id).ok_or(EngineError::UnknownMember)
    }

    pub fn is_available(&self, id: MemberId) -> bool {
        self.members.get(&id).is_some_and(|member| member.up)
    }

    pub fn available(&self) -> Vec<MemberId> {
        let all = self.members.keys().copied();
        all.filter(|&id| self.is_available(id)).collect()
    }

    /// Members on which endpoints may be.
    pub fn offered(&self) -> Vec<MemberId> {
        if self.suspended {
            Vec::new()
        } else {
            self.available()
        }
    }

    /// Where an endpoint must be because of its pin.
    pub fn pinned(&self, slot: Slot) -> Option<MemberId> {
        let pin = self.endpoints.get(&slot)?.pin?;
        (!self.suspended && self.is_available(pin)).then_some(pin)
    }

    /// Endpoints that are counted, and may be anywhere.
    pub fn free(&self) -> Vec<Slot> {
        let all = self.endpoints.iter();
        all.filter(|(&slot, endpoint)| !endpoint.weightless && self.pinned(slot).is_none())
            .map(|(&slot, _)| slot)
            .collect()
    }

    /// How many counted endpoints each offered member has in `mapping`.
    pub fn counts(&self, mapping: &Mapping) -> BTreeMap<MemberId, u32> {
        let mut counts: BTreeMap<_, _> = self.offered().into_iter().map(|id| (id, 0)).collect();
        for (slot, at) in mapping {
            if let (Some(id), false) = (at, self.endpoints[slot].weightless) {
                *counts.get_mut(id).expect("mapped to an offered member") += 1;
            }
        }
        counts
    }

    /// PLC-2: a free endpoint's member carries at most one more than any other.
    pub fn is_even(&self, mapping: &Mapping) -> bool {
        let counts = self.counts(mapping);
        let least = counts.values().min().copied().unwrap_or(0);
        self.free().iter().all(|slot| match mapping[slot] {
            Some(id) => counts[&id] <= least + 1,
            None => counts.is_empty(),
        })
    }

    /// The counts of an even distribution, in ascending order, by putting one endpoint after the
    /// other on a member with the least.
    pub fn ideal_counts(&self) -> Vec<u32> {
        let mut counts: BTreeMap<_, _> = self.offered().into_iter().map(|id| (id, 0)).collect();
        for (&slot, endpoint) in &self.endpoints {
            if let (Some(id), false) = (self.pinned(slot), endpoint.weightless) {
                *counts.get_mut(&id).expect("pinned to an offered member") += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        for _ in self.free() {
            counts.sort_unstable();
            if let Some(least) = counts.first_mut() {
                *least += 1;
            }
        }
        counts.sort_unstable();
        counts
    }

    /// Where all ends up from `before`, when nothing is under way: the rules of PLC-1 and PLC-2
    /// taken at their word, one endpoint after the other.
    pub fn placed(&self, before: &Mapping) -> Mapping {
        let (offered, free) = (self.offered(), self.free());
        let home = |slot: &Slot| before[slot].filter(|id| offered.contains(id));
        let mut after: Mapping = self
            .endpoints
            .keys()
            .map(|&s| (s, self.pinned(s)))
            .collect();
        let none: BTreeMap<_, u32> = offered.iter().map(|&id| (id, 0)).collect();
        let (mut room, mut homes) = (none.clone(), none);
        let mut total = self.counts(&after);
        for id in free.iter().filter_map(home) {
            *homes.get_mut(&id).expect("offered") += 1;
        }
        // To the member with the fewest; among equals, to one that would lose an endpoint, then
        // to the lowest order.
        let order = |id: &MemberId| (self.members[id].order, *id);
        for _ in &free {
            let key = |id: &&MemberId| (total[id], homes[id] <= room[id], order(id));
            let Some(id) = offered.iter().min_by_key(key) else {
                return after;
            };
            *total.get_mut(id).expect("offered") += 1;
            *room.get_mut(id).expect("offered") += 1;
        }
        // Who can stay stays; the others fill one member after the other.
        let (at_home, mut others): (Vec<Slot>, Vec<Slot>) =
            free.iter().partition(|slot| home(slot).is_some());
        for slot in at_home {
            let id = home(&slot).expect("at home");
            match room.get_mut(&id).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    after.insert(slot, Some(id));
                }
                None => others.push(slot),
            }
        }
        others.sort_unstable();
        for slot in others {
            let (&id, left) = room.iter_mut().find(|(_, left)| **left > 0).expect("room");
            *left -= 1;
            after.insert(slot, Some(id));
        }
        for (&slot, endpoint) in &self.endpoints {
            if endpoint.weightless && self.pinned(slot).is_none() {
                let lightest = offered.iter().min_by_key(|id| (total[id], order(id)));
                after.insert(slot, home(&slot).or(lightest.copied()));
            }
        }
        after
    }

    /// How many free endpoints leave an offered member between two mappings.
    pub fn moves(&self, before: &Mapping, after: &Mapping) -> usize {
        let offered = self.offered();
        let home = |slot: &Slot| before.get(slot).copied().flatten();
        let free = self.free();
        let at_home = free.iter().filter_map(|slot| Some((slot, home(slot)?)));
        at_home
            .filter(|(slot, id)| offered.contains(id) && after[slot] != Some(*id))
            .count()
    }

    /// The least of [`Self::moves`] by trying every even distribution. Slow.
    pub fn least_moves(&self, before: &Mapping) -> usize {
        let (free, offered) = (self.free(), self.offered());
        if offered.is_empty() {
            return 0;
        }
        let mut mapping = Mapping::new();
        for &slot in self.endpoints.keys() {
            let at = self.pinned(slot).or(Some(offered[0]));
            mapping.insert(slot, at);
        }
        let mut least = usize::MAX;
        for number in 0..offered.len().pow(free.len() as u32) {
            let mut rest = number;
            for &slot in &free {
                mapping.insert(slot, Some(offered[rest % offered.len()]));
                rest /= offered.len();
            }
            if self.is_even(&mapping) {
                least = least.min(self.moves(before, &mapping));
            }
        }
        least
    }
}
