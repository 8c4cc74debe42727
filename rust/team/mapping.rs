// SPDX-License-Identifier: GPL-2.0

//! Mappings: carrying out what the engine decides (CLS-2, FLT-2, PLC-5).
//!
//! A move is: entries on the new member, then the pointer that the data path follows, then the
//! announcement, then (after a grace period, if it was planned) the old member's entries.

use super::{
    announce,
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
        uapi,
        RcuArc,
        Rtnl, //
    },
};
use core::sync::atomic::Ordering;
use kernel::prelude::*;

/// Carries out everything that the engine of `team` has decided.
pub(super) fn run(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    loop {
        let now = clock::now_ns();
        let Some(action) = team.control.borrow_mut(rtnl).engine.poll(now) else {
            break;
        };
        execute(team, action, rtnl);
    }
    schedule(team, rtnl);
}

/// Tells the monitor when the engine or the announcer wants to be asked next.
pub(super) fn schedule(team: &Team, rtnl: &Rtnl) {
    let control = team.control.borrow(rtnl);
    let engine = control.engine.next_deadline().unwrap_or(u64::MAX);
    let announcer = control.announcer.next_deadline().unwrap_or(u64::MAX);
    team.deadline
        .store(engine.min(announcer), Ordering::Relaxed);
}

fn execute(team: &RcuArc<Team>, action: Action, rtnl: &mut Rtnl) {
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
            endpoint.pair_copies(to.id, until, rtnl);
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
            if planned {
                endpoint.former.replace(former, rtnl);
            }
            map_to(&endpoint, to, rtnl);
            if let Some(from) = from.filter(|_| !planned) {
                leave_member(&endpoint, from, rtnl);
            }
            note_move(&endpoint, cause, detected_ns, rtnl);
            announce(&endpoint, detected_ns, rtnl);
        }
        Action::Release { from, .. } => {
            endpoint.former.replace(None, rtnl);
            leave_member(&endpoint, from, rtnl);
        }
    }
}

/// Publishes that `to` carries `endpoint`, or nobody.
fn map_to(endpoint: &RcuArc<Endpoint>, to: Option<MemberId>, rtnl: &mut Rtnl) {
    let Some(to) = to.and_then(|to| endpoint.team.member_of(to, rtnl)) else {
        endpoint.dev.set_carrier(false);
        endpoint.member.replace(None, rtnl);
        return;
    };
    take_entries(endpoint, &to, rtnl);
    receive_from(endpoint, &to, true);
    endpoint.member.replace(Some(to), rtnl);
    endpoint.dev.set_carrier(true);
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
    endpoint.dev.set_carrier(false);
    endpoint.member.replace(None, rtnl);
    endpoint.former.replace(None, rtnl);
    let holders = endpoint.classifier.borrow(rtnl).holders();
    for id in holders.iter() {
        leave_member(endpoint, id, rtnl);
    }
}

fn note_move(endpoint: &Endpoint, cause: Cause, detected: u64, rtnl: &mut Rtnl) {
    let cause = match cause {
        Cause::Created => return,
        Cause::Fault => uapi::VNIC_MOVE_FAULT,
        Cause::Recovery => uapi::VNIC_MOVE_RECOVERY,
        Cause::Balance => uapi::VNIC_MOVE_BALANCE,
        Cause::Admin => uapi::VNIC_MOVE_ADMIN,
    };
    let resumed = clock::now_ns();
    let moves = endpoint.moves.get(rtnl).saturating_add(1);
    endpoint.moves.set(moves, rtnl);
    let last = LastMove {
        cause,
        detected,
        resumed,
    };
    endpoint.last_move.set(last, rtnl);
}

/// Has switches and neighbours learn where `endpoint` is: now, and some more times (FLT-3).
pub(super) fn announce(endpoint: &RcuArc<Endpoint>, now: u64, rtnl: &mut Rtnl) {
    if !endpoint.dev.is_up() || endpoint.member.load(rtnl).is_none() {
        return;
    }
    announce::send_rarp(endpoint, rtnl);
    let control = endpoint.team.control.borrow_mut(rtnl);
    control.announcer.request(endpoint.slot, now);
    schedule(&endpoint.team, rtnl);
}
