// SPDX-License-Identifier: GPL-2.0

//! Who should be where, after each event.
//!
//! Feeds the endpoints to a [`Plan`], gives each its target and queues those that have a step to
//! take. Called by [`Engine::handle`]; it neither keeps time nor returns actions.

use core::ops::DerefMut;

use super::entry::Entry;
use super::event::Cause;
use super::placement::Plan;
use super::Engine;
use crate::logic::limits::{
    MemberId,
    MemberSet,
    Slot, //
};

/// Why targets are computed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    Created(Slot),
    Lost(MemberId),
    Back(MemberId),
    /// Those that are marked as `ordered`.
    Pinned,
    Ordered,
    Other,
}

impl<V: DerefMut<Target = [Entry]>> Engine<V> {
    /// Computes the target of every endpoint and queues those that have a step to take.
    pub(super) fn retarget(&mut self, trigger: Trigger, now_ns: u64) {
        let offered = if self.suspended {
            MemberSet::EMPTY
        } else {
            self.available
        };
        let mut plan = Plan::EMPTY;
        for (id, record) in MemberId::all().zip(self.members.iter()) {
            if offered.contains(id) {
                plan.offer(id, record.order);
            }
        }
        let used = self.entries.iter_mut().take(self.height);
        for entry in used.filter(|entry| entry.present && !entry.weightless) {
            match entry.pinned(offered) {
                Some(id) => plan.add_pinned(id),
                None => plan.add_free(entry.home(offered)),
            }
        }
        plan.fill();
        // Moves that are under way come first among the free ones that must go, so that an event
        // does not cancel them for others that are no better.
        for entry in self.entries.iter_mut().take(self.height) {
            let free = entry.present && !entry.weightless && entry.pinned(offered).is_none();
            entry.chosen = entry
                .inclination(offered)
                .filter(|&to| free && plan.divert(entry.home(offered), to));
        }
        for index in 0..self.height {
            let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.present) else {
                continue;
            };
            let home = entry.home(offered);
            let target = if let Some(pin) = entry.pinned(offered) {
                Some(pin)
            } else if entry.weightless {
                home.or_else(|| plan.lightest())
            } else if entry.chosen.is_some() {
                entry.chosen
            } else {
                plan.place(home)
            };
            let Some(slot) = Slot::from_index(index) else {
                continue;
            };
            entry.aim(slot, target, trigger, self.available, now_ns);
            let line = entry.step(self.available).line();
            self.queues.put(&mut self.entries, slot, line);
        }
        for (id, record) in MemberId::all().zip(self.members.iter_mut()) {
            record.count = plan.count_on(id);
        }
    }
}

impl Entry {
    /// Sets a new target, and remembers why and since when if something follows from it.
    fn aim(
        &mut self,
        slot: Slot,
        target: Option<MemberId>,
        trigger: Trigger,
        available: MemberSet,
        now_ns: u64,
    ) {
        let before = self.target;
        let ordered = core::mem::take(&mut self.ordered);
        self.target = target;
        let lost = self.current.filter(|&id| !available.contains(id));
        // A loss that was over before anything was done about it is none.
        let undone = matches!(trigger, Trigger::Back(id) if self.current == Some(id));
        let cause = match (lost, trigger) {
            (Some(id), Trigger::Lost(just)) if id == just => Cause::Fault,
            // Another target, or none: traffic stands still since the first loss.
            (Some(_), _) => return,
            // The same for an endpoint that waits for its first switch out of standby.
            (None, _) if self.current.is_none() && before.is_some() => return,
            (None, _) if before == target && !undone => return,
            (None, Trigger::Created(new)) if new == slot => Cause::Created,
            (None, Trigger::Pinned) if ordered => Cause::Admin,
            (None, Trigger::Ordered) => Cause::Admin,
            (None, Trigger::Back(_)) if self.current.is_none() => Cause::Recovery,
            (None, _) if target.is_none() => Cause::Admin,
            (None, Trigger::Back(_)) if target == self.pin => Cause::Recovery,
            (None, _) => Cause::Balance,
        };
        self.cause = cause;
        self.detected_ns = now_ns;
    }
}
