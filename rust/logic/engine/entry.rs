// SPDX-License-Identifier: GPL-2.0

//! One endpoint's mapping and the phases of its move.
//!
//! An entry knows where the endpoint is, where it should be, and from that the one step that
//! comes next. It never looks at other endpoints; `Engine` decides the target, keeps the time and
//! calls [`Entry::advance`].
//!
//! ```text
//!             Prepare              Switch planned            Release
//!   Settled ───────────> Preparing ──────────────> Grace ─────────────> Settled
//!                            │  Cancel                │ a new planned move waits
//!                            └──────> Settled         │ for the Release
//! ```
//!
//! An unplanned `Switch` may come in any phase and leaves it as it is, unless it goes to the very
//! member that is prepared or in grace: then the phase has served its purpose.

use super::event::{
    Action,
    Cause, //
};
use super::queue::{
    Line,
    Link, //
};
use crate::logic::limits::{
    MemberId,
    MemberSet,
    Slot, //
};

/// Which member besides the current one holds the endpoint's classifier entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// None.
    #[default]
    Settled,
    /// The next member of a planned move.
    Preparing(MemberId),
    /// The former member of a planned move.
    Grace(MemberId),
}

/// What comes next for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: the endpoint is where it should be, or the slot is empty.
    Rest,
    /// An unplanned switch, now.
    Switch,
    /// Giving up the prepared member, now.
    Cancel(MemberId),
    /// Giving up the former member, now.
    Release(MemberId),
    /// Preparing the next member, now.
    Prepare(MemberId),
    /// The planned switch to a prepared member, once that has settled.
    Settle(MemberId),
    /// Giving up the former member, once the grace is over.
    Expire(MemberId),
}

impl Step {
    /// The queue in which an endpoint waits for this step.
    pub(super) const fn line(self) -> Option<Line> {
        match self {
            Self::Rest => None,
            Self::Switch => Some(Line::Urgent),
            Self::Cancel(_) | Self::Release(_) | Self::Prepare(_) => Some(Line::Ready),
            Self::Settle(_) => Some(Line::Settling),
            Self::Expire(_) => Some(Line::Grace),
        }
    }
}

/// State of one endpoint slot. The caller of the engine gives storage for these and never looks
/// inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    pub(super) present: bool,
    pub(super) weightless: bool,
    pub(super) pin: Option<MemberId>,
    /// Where the endpoint is: what the last `Switch` said.
    pub(super) current: Option<MemberId>,
    /// Where it should be; never a member that is not available.
    pub(super) target: Option<MemberId>,
    pub(super) phase: Phase,
    /// When the phase began, in nanoseconds.
    pub(super) since_ns: u64,
    pub(super) cause: Cause,
    pub(super) detected_ns: u64,
    pub(super) link: Link,
    /// Scratch of a redistribution: the member that was chosen for it first.
    pub(super) chosen: Option<MemberId>,
    /// Scratch too: its pin was just set.
    pub(super) ordered: bool,
}

impl Entry {
    /// The administrator's choice, as far as it is in `offered`.
    pub(super) fn pinned(&self, offered: MemberSet) -> Option<MemberId> {
        self.pin.filter(|&id| offered.contains(id))
    }

    /// Where the endpoint can stay without a move.
    pub(super) fn home(&self, offered: MemberSet) -> Option<MemberId> {
        self.current.filter(|&id| offered.contains(id))
    }

    /// Where a move costs least, if there must be one: a member that holds the classifier entry
    /// already. The former member counts only when the present one is lost; without that it
    /// would be a move back.
    pub(super) fn inclination(&self, offered: MemberSet) -> Option<MemberId> {
        match self.phase {
            Phase::Preparing(to) => Some(to),
            Phase::Grace(old) if self.home(offered).is_none() => Some(old),
            Phase::Grace(_) | Phase::Settled => None,
        }
        .filter(|&id| offered.contains(id))
    }

    /// Whether it is to go from a member that is up to another.
    pub(super) fn is_to_move(&self, available: MemberSet) -> bool {
        self.present
            && self
                .home(available)
                .is_some_and(|home| self.target.is_some_and(|to| to != home))
    }

    /// The members whose classifiers hold the endpoint's entry.
    pub(super) fn holders(&self) -> MemberSet {
        let mut set = MemberSet::EMPTY;
        if let Some(id) = self.current {
            set.insert(id);
        }
        match self.phase {
            Phase::Preparing(id) | Phase::Grace(id) => set.insert(id),
            Phase::Settled => (),
        }
        set
    }

    /// The next step.
    pub(super) fn step(&self, available: MemberSet) -> Step {
        if !self.present {
            return Step::Rest;
        }
        let alive = self.current.filter(|&id| available.contains(id));
        if self.current != self.target && (alive.is_none() || self.target.is_none()) {
            return Step::Switch;
        }
        // From here on the target is the current member, or both are up and the move is planned.
        match (self.phase, self.target) {
            (Phase::Preparing(to), target) if target != Some(to) => Step::Cancel(to),
            (Phase::Preparing(to), _) => Step::Settle(to),
            (Phase::Grace(old), None) => Step::Release(old),
            (Phase::Grace(old), _) if !available.contains(old) => Step::Release(old),
            (Phase::Grace(old), _) => Step::Expire(old),
            (Phase::Settled, Some(to)) if self.current != Some(to) => Step::Prepare(to),
            (Phase::Settled, _) => Step::Rest,
        }
    }

    /// Takes the next step, whose time has come, and says what the driver must do for it.
    pub(super) fn advance(
        &mut self,
        slot: Slot,
        available: MemberSet,
        now_ns: u64,
    ) -> Option<Action> {
        match self.step(available) {
            Step::Rest => None,
            Step::Switch => Some(self.switch_unplanned(slot)),
            Step::Cancel(member) => {
                self.phase = Phase::Settled;
                Some(Action::Cancel { slot, member })
            }
            Step::Release(from) | Step::Expire(from) => {
                self.phase = Phase::Settled;
                Some(Action::Release { slot, from })
            }
            Step::Prepare(to) => {
                self.phase = Phase::Preparing(to);
                self.since_ns = now_ns;
                Some(Action::Prepare { slot, to })
            }
            Step::Settle(to) => {
                let from = self.current;
                self.phase = from.map_or(Phase::Settled, Phase::Grace);
                self.since_ns = now_ns;
                self.current = Some(to);
                Some(Action::Switch {
                    slot,
                    from,
                    to: Some(to),
                    planned: true,
                    programmed: true,
                    cause: self.cause,
                    detected_ns: self.detected_ns,
                })
            }
        }
    }

    fn switch_unplanned(&mut self, slot: Slot) -> Action {
        let (from, to) = (self.current, self.target);
        let programmed = match self.phase {
            Phase::Preparing(id) | Phase::Grace(id) => to == Some(id),
            Phase::Settled => false,
        };
        if programmed {
            self.phase = Phase::Settled;
        }
        self.current = to;
        Action::Switch {
            slot,
            from,
            to,
            planned: false,
            programmed,
            cause: self.cause,
            detected_ns: self.detected_ns,
        }
    }
}
