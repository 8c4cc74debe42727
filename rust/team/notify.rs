// SPDX-License-Identifier: GPL-2.0

//! Events: what happens to a team is told to who listens (CTL-3).
//!
//! Each event of a team has a number, whether anybody listens or not: a gap tells a listener that
//! he missed something, and a dump of teams says up to where it is new. Moves are told when all
//! that move at a time have moved, so that telling costs no outage. Messages are sent many
//! together: as many as fit into a page, or what there is when the team's work runs next.

use super::{
    endpoint::Endpoint,
    member::Member,
    netlink::{
        EVENTS,
        FAMILY, //
    },
    team::{
        Team,
        Todo, //
    },
};
use crate::{
    logic::{
        engine::Cause,
        limits::{
            MemberId,
            Slot, //
        },
    },
    net::{
        clock,
        errno,
        genl::Batch,
        netlink::Message,
        uapi,
        RcuArc,
        Rtnl, //
    },
};
use core::sync::atomic::{
    AtomicU32,
    Ordering, //
};
use kernel::prelude::*;

/// Counts changes of what dumps list, of all teams.
static GENERATION: AtomicU32 = AtomicU32::new(1);

/// Something that dumps list has changed, or is about to. Under RTNL.
pub(super) fn changed(_rtnl: &mut Rtnl) {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Which state of what dumps list there is; never 0.
pub(super) fn generation(_rtnl: &Rtnl) -> u32 {
    GENERATION.load(Ordering::Relaxed).max(1)
}

/// Planned moves that belong together.
struct Redistribution {
    /// How many are done.
    moved: u32,
    /// An administrator ordered it: all moves belong to it, not only those for balance.
    ordered: bool,
}

/// What a team has told.
pub(super) struct Journal {
    /// The number of the last event.
    seq: u64,
    /// How many events did not reach every listener.
    lost: u64,
    /// Messages that are to be sent.
    batch: Option<Batch>,
    redistribution: Option<Redistribution>,
}

impl Journal {
    /// Nothing told.
    pub(super) const fn new() -> Self {
        Self {
            seq: 0,
            lost: 0,
            batch: None,
            redistribution: None,
        }
    }

    /// The number of the last event.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// How many events did not reach every listener.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }
}

/// Tells of an event at `time` (ns) in `team`.
fn tell(
    team: &RcuArc<Team>,
    cmd: u32,
    time: u64,
    rtnl: &mut Rtnl,
    fill: impl Fn(&mut Message, &Rtnl) -> Result,
) {
    changed(rtnl);
    let journal = team.journal.borrow_mut(rtnl);
    journal.seq = journal.seq.saturating_add(1);
    let seq = journal.seq;
    let mut batch = journal.batch.take();
    let is_first = batch.is_none();
    if !FAMILY.has_listeners(team.dev.net(rtnl), EVENTS, rtnl) {
        return;
    }
    let result = loop {
        let mut open = match batch.take().map_or_else(Batch::new, Ok) {
            Ok(open) => open,
            Err(error) => break Err(error),
        };
        let result = open.add(&FAMILY, cmd, |msg| {
            msg.put_u32(uapi::VNICTEAM_A_EVENT_TEAM, team.dev.ifindex())?;
            msg.put_str(uapi::VNICTEAM_A_EVENT_TEAM_NAME, team.dev.name(rtnl))?;
            msg.put_uint(uapi::VNICTEAM_A_EVENT_SEQ, seq)?;
            msg.put_uint(uapi::VNICTEAM_A_EVENT_TIME, time)?;
            fill(msg, rtnl)
        });
        if result == Err(errno::emsgsize()) && open.len() != 0 {
            send(team, open, rtnl);
            continue;
        }
        batch = Some(open);
        break result;
    };
    let journal = team.journal.borrow_mut(rtnl);
    journal.batch = batch;
    if result.is_err() {
        journal.lost = journal.lost.saturating_add(1);
    }
    if is_first {
        Team::put_off(team, Todo::Events);
    }
}

fn send(team: &Team, batch: Batch, rtnl: &mut Rtnl) {
    let count = batch.len();
    let result = batch.multicast(&FAMILY, team.dev.net(rtnl), EVENTS, rtnl);
    if result.is_err() {
        let journal = team.journal.borrow_mut(rtnl);
        journal.lost = journal.lost.saturating_add(count.into());
    }
}

/// Sends what is to be sent.
pub(super) fn flush(team: &Team, rtnl: &mut Rtnl) {
    if let Some(batch) = team.journal.borrow_mut(rtnl).batch.take() {
        send(team, batch, rtnl);
    }
}

fn put_member(msg: &mut Message, member: &Member, rtnl: &Rtnl) -> Result {
    msg.put_u32(uapi::VNICTEAM_A_EVENT_MEMBER, member.dev.ifindex())?;
    msg.put_str(uapi::VNICTEAM_A_EVENT_MEMBER_NAME, member.dev.name(rtnl))
}

fn put_vnic(msg: &mut Message, endpoint: &Endpoint, rtnl: &Rtnl) -> Result {
    msg.put_u32(uapi::VNICTEAM_A_EVENT_SLOT, endpoint.slot.index() as u32)?;
    msg.put_u32(uapi::VNICTEAM_A_EVENT_VNIC, endpoint.dev.ifindex())?;
    msg.put_str(uapi::VNICTEAM_A_EVENT_VNIC_NAME, endpoint.dev.name(rtnl))
}

/// A NIC has become a member.
pub(super) fn member_added(member: &Member, rtnl: &mut Rtnl) {
    let (team, cmd) = (&member.team, uapi::VNICTEAM_CMD_MEMBER_ADDED);
    tell(team, cmd, clock::now_ns(), rtnl, |msg, rtnl| {
        put_member(msg, member, rtnl)
    });
}

/// A member is none any more.
pub(super) fn member_removed(member: &Member, rtnl: &mut Rtnl) {
    let (team, cmd) = (&member.team, uapi::VNICTEAM_CMD_MEMBER_REMOVED);
    tell(team, cmd, clock::now_ns(), rtnl, |msg, rtnl| {
        put_member(msg, member, rtnl)
    });
}

/// Tells which members went up or down since this was asked last.
pub(super) fn members(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    for id in MemberId::all() {
        let Some(member) = team.member_of(id, rtnl) else {
            continue;
        };
        let up = member.is_up();
        if member.told_up.get(rtnl) == up {
            continue;
        }
        member.told_up.set(up, rtnl);
        let cmd = if up {
            uapi::VNICTEAM_CMD_MEMBER_UP
        } else {
            uapi::VNICTEAM_CMD_MEMBER_DOWN
        };
        tell(team, cmd, member.since.get(rtnl), rtnl, |msg, rtnl| {
            put_member(msg, &member, rtnl)
        });
    }
}

/// A VNIC was made.
pub(super) fn vnic_created(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    vnic(endpoint, uapi::VNICTEAM_CMD_VNIC_CREATED, rtnl);
}

/// A VNIC goes, or is given up before it was one.
pub(super) fn vnic_deleted(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let place = endpoint.team.endpoint_place(endpoint.slot);
    if place.is_some_and(|place| place.is(endpoint)) {
        vnic(endpoint, uapi::VNICTEAM_CMD_VNIC_DELETED, rtnl);
    }
}

fn vnic(endpoint: &Endpoint, cmd: u32, rtnl: &mut Rtnl) {
    changed(rtnl);
    if endpoint.slot != Slot::TEAM {
        tell(&endpoint.team, cmd, clock::now_ns(), rtnl, |msg, rtnl| {
            put_vnic(msg, endpoint, rtnl)
        });
    }
}

/// `endpoint` is about to leave the member of index `from`, or standby (0): to be told by [`moved`].
pub(super) fn moving(endpoint: &Endpoint, from: u32, rtnl: &mut Rtnl) {
    // Of moves that follow each other before anything can be told the first begins.
    if endpoint.report.get(rtnl).is_none() {
        endpoint.report.set(Some(from), rtnl);
    }
}

/// Tells where `endpoint` has moved.
pub(super) fn moved(endpoint: &Endpoint, rtnl: &mut Rtnl) {
    let Some(from) = endpoint.report.get(rtnl) else {
        return;
    };
    endpoint.report.set(None, rtnl);
    let team = &endpoint.team;
    let (to, last) = (endpoint.active_member(rtnl), endpoint.last_move.get(rtnl));
    let cmd = match (from, to) {
        (_, 0) => uapi::VNICTEAM_CMD_VNIC_STANDBY,
        (0, _) => uapi::VNICTEAM_CMD_VNIC_ACTIVE,
        _ => uapi::VNICTEAM_CMD_VNIC_MOVED,
    };
    if let Some(redistribution) = &mut team.journal.borrow_mut(rtnl).redistribution {
        if redistribution.ordered || last.cause == uapi::VNIC_MOVE_BALANCE {
            redistribution.moved = redistribution.moved.saturating_add(1);
        }
    }
    let resumed = to != 0 && last.cause != uapi::VNIC_MOVE_NONE;
    let time = if resumed {
        last.resumed
    } else {
        clock::now_ns()
    };
    tell(team, cmd, time, rtnl, |msg, rtnl| {
        put_vnic(msg, endpoint, rtnl)?;
        let name = |ifindex| {
            team.member_by_index(ifindex, rtnl)
                .map(|one| one.dev.name(rtnl))
        };
        msg.put_u32(uapi::VNICTEAM_A_EVENT_FROM, from)?;
        if let Some(name) = name(from) {
            msg.put_str(uapi::VNICTEAM_A_EVENT_FROM_NAME, name)?;
        }
        msg.put_u32(uapi::VNICTEAM_A_EVENT_TO, to)?;
        if let Some(name) = name(to) {
            msg.put_str(uapi::VNICTEAM_A_EVENT_TO_NAME, name)?;
        }
        msg.put_u8(uapi::VNICTEAM_A_EVENT_CAUSE, last.cause as u8)?;
        if resumed {
            let duration = last.resumed.saturating_sub(last.detected);
            msg.put_uint(uapi::VNICTEAM_A_EVENT_DURATION, duration)?;
        }
        Ok(())
    });
}

/// An administrator has ordered a redistribution; returns how many VNICs are to move.
pub(super) fn ordered(team: &RcuArc<Team>, rtnl: &mut Rtnl) -> u32 {
    let moves = planned(team, true, rtnl);
    if let Some(redistribution) = &mut team.journal.borrow_mut(rtnl).redistribution {
        redistribution.ordered = true;
    } else {
        start(team, moves, true, rtnl);
    }
    moves
}

/// Tells whether a redistribution has begun or ended, now that all is done that can be.
pub(super) fn settled(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    members(team, rtnl);
    let under_way = team.journal.borrow(rtnl).redistribution.as_ref();
    let is_ordered = under_way.is_some_and(|one| one.ordered);
    let (is_under_way, moves) = (under_way.is_some(), planned(team, is_ordered, rtnl));
    if !is_under_way && moves != 0 {
        start(team, moves, false, rtnl);
    } else if is_under_way && moves == 0 {
        let ended = team.journal.borrow_mut(rtnl).redistribution.take();
        let moved = ended.map_or(0, |one| one.moved);
        redistribution(team, uapi::VNICTEAM_CMD_REDISTRIBUTION_ENDED, moved, rtnl);
    }
}

fn start(team: &RcuArc<Team>, moves: u32, ordered: bool, rtnl: &mut Rtnl) {
    team.journal.borrow_mut(rtnl).redistribution = Some(Redistribution { moved: 0, ordered });
    redistribution(team, uapi::VNICTEAM_CMD_REDISTRIBUTION_STARTED, moves, rtnl);
}

fn redistribution(team: &RcuArc<Team>, cmd: u32, moves: u32, rtnl: &mut Rtnl) {
    tell(team, cmd, clock::now_ns(), rtnl, |msg, _| {
        msg.put_u32(uapi::VNICTEAM_A_EVENT_MOVES, moves)
    });
}

/// How many planned moves there are to be, for balance or any.
fn planned(team: &Team, any: bool, rtnl: &Rtnl) -> u32 {
    let causes = team.control.borrow(rtnl).engine.planned();
    causes
        .filter(|&cause| any || cause == Cause::Balance)
        .fold(0, |sum: u32, _| sum.saturating_add(1))
}
