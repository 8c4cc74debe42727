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
    notify,
    team::Team, //
};
use crate::{
    logic::{
        engine::{
            Action,
            Cause, //
        },
        limits::{
            MemberId,
            MemberSet, //
        },
    },
    net::{
        clock,
        netdev::TxDrain,
        rcu,
        trace,
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
                // Frames wait for as long as it takes to switch others, not for slower things.
                let is_switch = matches!(action, Action::Switch { .. });
                if later.held.has(action.slot()) || !is_switch && !later.held.is_empty() {
                    release_held(team, &later, rtnl);
                }
                execute(team, action, &later, rtnl);
            }
            None if !later.held.is_empty() => release_held(team, &later, rtnl),
            None if !later.moved.is_empty() => finish_moves(team, &later.moved, rtnl),
            None => break,
        }
    }
    notify::settled(team, rtnl);
    schedule(team, rtnl);
}

/// Announces the endpoints in `moved`, and takes their entries from where they are no more.
fn finish_moves(team: &RcuArc<Team>, moved: &SlotBits, rtnl: &mut Rtnl) {
    for slot in moved.iter(None) {
        if let Some(endpoint) = team.endpoint_of(slot, rtnl) {
            announce(&endpoint, rtnl);
        }
    }
    notify::members(team, rtnl);
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
        notify::moved(&endpoint, rtnl);
    }
}

/// Lets the frames go that endpoints in `held` hold, over their new members.
fn release_held(team: &RcuArc<Team>, later: &Later, rtnl: &mut Rtnl) {
    let held = &later.held;
    // Whoever saw an old member published has handed his frame to it after this.
    rcu::synchronize(rtnl);
    // Without memory nothing is waited for, and frames may overtake each other.
    let mut drains = old_members(team, held, rtnl).unwrap_or_default();
    let mut waited: i64 = 0;
    loop {
        drains.retain(|drain| !drain.is_done(rtnl));
        if drains.is_empty() || waited >= DRAIN_LIMIT {
            break;
        }
        fsleep(Delta::from_micros(DRAIN_PAUSE));
        waited = waited.saturating_add(DRAIN_PAUSE);
    }
    for slot in held.iter(None) {
        held.set(slot, false);
        let to = team.control.borrow(rtnl).engine.member_of(slot);
        // A fault in between may have had it mapped already.
        if let Some(endpoint) = team
            .endpoint_of(slot, rtnl)
            .filter(|one| !one.is_mapped(rtnl))
        {
            map_to(&endpoint, to, rtnl);
            note_resumed(&endpoint, rtnl);
            later.moved.set(slot, true);
        }
    }
}

/// A look at what the members that endpoints in `held` leave have still queued.
fn old_members(team: &Team, held: &SlotBits, rtnl: &Rtnl) -> Result<KVec<TxDrain>> {
    let mut left = MemberSet::EMPTY;
    for slot in held.iter(None) {
        let endpoint = team.endpoint_place(slot).and_then(|place| place.load(rtnl));
        if let Some(former) = endpoint.and_then(|endpoint| endpoint.former.load(rtnl)) {
            left.insert(former.id);
        }
    }
    let mut drains = KVec::new();
    for member in team.members(rtnl).filter(|member| left.contains(member.id)) {
        drains.push(TxDrain::new(&member.dev, rtnl)?, GFP_KERNEL)?;
    }
    Ok(drains)
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
            endpoint.begin_transit(&to, rtnl);
        }
        Action::Cancel { member, .. } => {
            endpoint.end_transit(rtnl);
            give_entries_up(&endpoint, member, rtnl);
        }
        Action::Switch {
            from,
            to,
            planned,
            cause,
            detected_ns,
            ..
        } => {
            let former = from.and_then(|from| team.member_of(from, rtnl));
            let left = former.as_ref().map_or(0, |member| member.dev.ifindex());
            note_cause(&endpoint, left, cause, detected_ns, rtnl);
            notify::moving(&endpoint, left, rtnl);
            if planned {
                endpoint.former.replace(former, rtnl);
                if endpoint.hold(rtnl) {
                    later.held.set(endpoint.slot, true);
                    return;
                }
            } else {
                // Whatever was under way is over: a fault came first.
                endpoint.former.replace(None, rtnl);
                endpoint.end_transit(rtnl);
            }
            map_to(&endpoint, to, rtnl);
            note_resumed(&endpoint, rtnl);
            later.moved.set(endpoint.slot, true);
        }
        Action::Release { from, .. } => {
            endpoint.former.replace(None, rtnl);
            endpoint.end_transit(rtnl);
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
    if member.receivers.set(endpoint.slot, on) != on && endpoint.has_guests() {
        member.count_guests(on);
    }
}

fn take_entries(endpoint: &Endpoint, member: &Member, rtnl: &mut Rtnl) {
    if let Err(error) = Classifier::add_holder(endpoint, member, rtnl) {
        pr_warn!(
            "{}: {} does not let the frames of {} through (error {})\n",
            endpoint.team.dev.name(rtnl),
            member.dev.name(rtnl),
            endpoint.dev.name(rtnl),
            error.to_errno()
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
    for id in MemberId::all() {
        leave_member(endpoint, id, rtnl);
    }
}

/// Notes why `endpoint` leaves the member of index `from`.
fn note_cause(endpoint: &Endpoint, from: u32, cause: Cause, detected: u64, rtnl: &mut Rtnl) {
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
        from,
        cause,
        detected,
        resumed: 0,
    };
    endpoint.last_move.set(last, rtnl);
}

/// Notes that traffic of `endpoint` goes on where it is now.
fn note_resumed(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let now = clock::now_ns();
    let mut last = endpoint.last_move.get(rtnl);
    if last.cause != uapi::VNIC_MOVE_NONE && !endpoint.in_standby() {
        last.resumed = now;
        endpoint.last_move.set(last, rtnl);
    }
    let how = trace::Move {
        from: last.from,
        to: endpoint.active_member(rtnl),
        cause: last.cause,
        detected: last.detected,
        resumed: last.resumed,
    };
    trace::moved(&endpoint.team.dev, &endpoint.dev, &how);
}

/// Has switches and neighbours learn where `endpoint` is: now, and some more times (FLT-3), once
/// [`schedule`] is called.
pub(super) fn announce(endpoint: &RcuArc<Endpoint>, rtnl: &mut Rtnl) {
    if !endpoint.dev.is_running() || endpoint.member.load(rtnl).is_none() {
        let control = endpoint.team.control.borrow_mut(rtnl);
        control.announcer.forget(endpoint.slot);
        return;
    }
    announce::send_rarp(endpoint, rtnl);
    endpoint.rarp_sent.set(true, rtnl);
    let control = endpoint.team.control.borrow_mut(rtnl);
    control.announcer.request(endpoint.slot, clock::now_ns());
}
