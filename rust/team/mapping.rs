// SPDX-License-Identifier: GPL-2.0

//! Mappings: carrying out what the engine decides (CLS-2, FLT-2, PLC-5).
//!
//! A move is: entries on the new member, then the pointer that the data path follows, then the
//! announcement, then (after a grace period, if it was planned) the old member's entries. In a
//! planned move frames wait, before the pointer changes, until the old member's queues are empty.

use super::{
    announce,
    bits::SlotBits,
    classifier::Classifier,
    endpoint::{
        Endpoint,
        LastMove, //
    },
    member::Member,
    team::Team, //
};
use crate::{
    logic::{
        engine::{
            Action,
            Cause, //
        },
        limits::MemberId, //
    },
    net::{
        clock,
        rcu,
        uapi,
        RcuArc,
        Rtnl, //
    },
};
use core::sync::atomic::Ordering;
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How long frames of endpoints that move wait for the old members' queues at most, in us.
const DRAIN_LIMIT: i64 = 10_000;

/// How often the queues are looked at meanwhile, in us.
const DRAIN_PAUSE: i64 = 100;

/// What is left to do for endpoints while others come first.
struct Later {
    /// They hold frames back until the old member's queues are empty.
    held: SlotBits,
    /// They are to be announced, and may have entries where they were.
    moved: SlotBits,
}

/// Carries out everything that the engine of `team` has decided.
///
/// Of many endpoints that move at once all are mapped first: traffic goes on. Then they are
/// announced, and what is left of them on their former members comes last.
pub(super) fn run(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    let later = Later {
        held: SlotBits::new(),
        moved: SlotBits::new(),
    };
    loop {
        let now = clock::now_ns();
        match team.control.borrow_mut(rtnl).engine.poll(now) {
            Some(action) => {
                if later.held.has(action.slot()) {
                    release_held(team, &later, rtnl);
                }
                execute(team, action, &later, rtnl);
            }
            None if !later.held.is_empty() => release_held(team, &later, rtnl),
            None if !later.moved.is_empty() => finish_moves(team, &later.moved, rtnl),
            None => break,
        }
    }
    schedule(team, rtnl);
}

/// Announces the endpoints in `moved`, and takes their entries from where they are no more.
fn finish_moves(team: &RcuArc<Team>, moved: &SlotBits, rtnl: &mut Rtnl) {
    for slot in moved.iter(None) {
        if let Some(endpoint) = team.endpoint_of(slot, rtnl) {
            announce(&endpoint, rtnl);
        }
    }
    for slot in moved.iter(None) {
        moved.set(slot, false);
        let Some(endpoint) = team.endpoint_of(slot, rtnl) else {
            continue;
        };
        let wanted = team.control.borrow(rtnl).engine.holders(slot);
        let holders = endpoint.classifier.borrow(rtnl).holders();
        for id in holders.iter().filter(|&id| !wanted.contains(id)) {
            leave_member(&endpoint, id, rtnl);
        }
    }
}

/// Lets the frames go that endpoints in `held` hold, over their new members.
fn release_held(team: &RcuArc<Team>, later: &Later, rtnl: &mut Rtnl) {
    let held = &later.held;
    // Whoever saw an old member published has handed his frame to it after this.
    rcu::synchronize(rtnl);
    let mut waited: i64 = 0;
    while waited < DRAIN_LIMIT && !are_drained(team, held, rtnl) {
        fsleep(Delta::from_micros(DRAIN_PAUSE));
        waited = waited.saturating_add(DRAIN_PAUSE);
    }
    for slot in held.iter(None) {
        held.set(slot, false);
        let to = team.control.borrow(rtnl).engine.member_of(slot);
        // A fault in between may have had it mapped already.
        if let Some(endpoint) = team.endpoint_of(slot, rtnl).filter(|one| !one.is_mapped(rtnl)) {
            map_to(&endpoint, to, rtnl);
            note_resumed(&endpoint, rtnl);
            later.moved.set(slot, true);
        }
    }
}

/// Whether the members that endpoints in `held` leave have nothing queued any more.
fn are_drained(team: &Team, held: &SlotBits, rtnl: &Rtnl) -> bool {
    held.iter(None)
        .filter_map(|slot| team.endpoint_place(slot)?.load(rtnl)?.former.load(rtnl))
        .all(|former| former.dev.is_tx_drained(rtnl))
}

/// Tells the monitor when the engine or the announcer wants to be asked next.
pub(super) fn schedule(team: &Team, rtnl: &Rtnl) {
    let control = team.control.borrow(rtnl);
    let engine = control.engine.next_deadline().unwrap_or(u64::MAX);
    let announcer = control.announcer.next_deadline().unwrap_or(u64::MAX);
    team.deadline
        .store(engine.min(announcer), Ordering::Relaxed);
}

fn execute(team: &RcuArc<Team>, action: Action, later: &Later, rtnl: &mut Rtnl) {
    let Some(endpoint) = team.endpoint_of(action.slot(), rtnl) else {
        return;
    };
    match action {
        Action::Prepare { to, .. } => {
            let Some(to) = team.member_of(to, rtnl) else {
                return;
            };
            take_entries(&endpoint, &to, rtnl);
            let config = team.control.borrow(rtnl).engine.config();
            let until = clock::now_ns()
                .saturating_add(config.settle_ns)
                .saturating_add(config.grace_ns);
            endpoint.begin_transit(&to, until, rtnl);
        }
        Action::Cancel { member, .. } => give_entries_up(&endpoint, member, rtnl),
        Action::Switch {
            from,
            to,
            planned,
            cause,
            detected_ns,
            ..
        } => {
            let former = from.and_then(|from| team.member_of(from, rtnl));
            note_cause(&endpoint, cause, detected_ns, rtnl);
            if planned {
                endpoint.former.replace(former, rtnl);
                if endpoint.hold(rtnl) {
                    later.held.set(endpoint.slot, true);
                    return;
                }
            }
            map_to(&endpoint, to, rtnl);
            note_resumed(&endpoint, rtnl);
            later.moved.set(endpoint.slot, true);
        }
        Action::Release { from, .. } => {
            endpoint.former.replace(None, rtnl);
            leave_member(&endpoint, from, rtnl);
        }
    }
}

/// Has `to` carry `endpoint`, or nobody.
fn map_to(endpoint: &RcuArc<Endpoint>, to: Option<MemberId>, rtnl: &mut Rtnl) {
    let to = to.and_then(|to| endpoint.team.member_of(to, rtnl));
    if let Some(to) = &to {
        take_entries(endpoint, to, rtnl);
        receive_from(endpoint, to, true);
    }
    endpoint.map(to.as_ref(), rtnl);
    endpoint.dev.set_carrier(to.is_some());
}

/// The end of being mapped to `from`.
fn leave_member(endpoint: &Endpoint, from: MemberId, rtnl: &mut Rtnl) {
    if let Some(from) = endpoint.team.member_of(from, rtnl) {
        receive_from(endpoint, &from, false);
    }
    give_entries_up(endpoint, from, rtnl);
}

fn receive_from(endpoint: &Endpoint, member: &Member, on: bool) {
    if member.receivers.set(endpoint.slot, on) != on && endpoint.is_promisc() {
        member.count_promiscuous(on);
    }
}

fn take_entries(endpoint: &Endpoint, member: &Member, rtnl: &mut Rtnl) {
    if Classifier::add_holder(endpoint, member, rtnl).is_err() {
        // Frames may still come, if the NIC lets more through than it must; the next change of
        // the endpoint's addresses or of its mapping tries again.
        pr_warn!(
            "{}: no memory for the addresses of {} on {}\n",
            endpoint.team.dev.name(rtnl),
            endpoint.dev.name(rtnl),
            member.dev.name(rtnl)
        );
    }
}

fn give_entries_up(endpoint: &Endpoint, member: MemberId, rtnl: &mut Rtnl) {
    if let Some(member) = endpoint.team.member_of(member, rtnl) {
        Classifier::remove_holder(endpoint, &member, rtnl);
    }
}

/// Takes `endpoint`, which goes, from wherever it is mapped.
pub(super) fn detach(endpoint: &RcuArc<Endpoint>, rtnl: &mut Rtnl) {
    map_to(endpoint, None, rtnl);
    endpoint.former.replace(None, rtnl);
    let holders = endpoint.classifier.borrow(rtnl).holders();
    for id in holders.iter() {
        leave_member(endpoint, id, rtnl);
    }
}

/// Notes why `endpoint` moves.
fn note_cause(endpoint: &Endpoint, cause: Cause, detected: u64, rtnl: &mut Rtnl) {
    let cause = match cause {
        Cause::Created => return,
        Cause::Fault => uapi::VNIC_MOVE_FAULT,
        Cause::Recovery => uapi::VNIC_MOVE_RECOVERY,
        Cause::Balance => uapi::VNIC_MOVE_BALANCE,
        Cause::Admin => uapi::VNIC_MOVE_ADMIN,
    };
    let moves = endpoint.moves.get(rtnl).saturating_add(1);
    endpoint.moves.set(moves, rtnl);
    let last = LastMove {
        cause,
        detected,
        resumed: detected,
    };
    endpoint.last_move.set(last, rtnl);
}

/// Notes that traffic of `endpoint` goes on where it is now.
fn note_resumed(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let now = clock::now_ns();
    let mut last = endpoint.last_move.get(rtnl);
    if last.cause != uapi::VNIC_MOVE_NONE {
        last.resumed = now;
        endpoint.last_move.set(last, rtnl);
    }
}

/// Has switches and neighbours learn where `endpoint` is: now, and some more times (FLT-3).
pub(super) fn announce(endpoint: &RcuArc<Endpoint>, rtnl: &mut Rtnl) {
    if !endpoint.dev.is_up() || endpoint.member.load(rtnl).is_none() {
        return;
    }
    announce::send_rarp(endpoint, rtnl);
    endpoint.rarp_sent.set(true, rtnl);
    let control = endpoint.team.control.borrow_mut(rtnl);
    control.announcer.request(endpoint.slot, clock::now_ns());
    schedule(&endpoint.team, rtnl);
}
