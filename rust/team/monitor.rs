// SPDX-License-Identifier: GPL-2.0

//! The monitor: looks at the carrier of members and at what is due (FLT-1).
//!
//! A timer looks, without a lock, every few milliseconds; only if a member's state is not what the
//! engine knows, or something is due, the work takes RTNL. Notifiers and the transmit path have it
//! look at once.

use super::{
    announce, mapping, membership, notify,
    team::{
        Team,
        Todo,
        MSEC, //
    },
};
use crate::{
    logic::engine::Event,
    net::{
        clock,
        timer::Ticks,
        trace,
        work::HasWork,
        Rcu,
        RcuArc,
        Rtnl, //
    },
};
use core::sync::atomic::Ordering;
use kernel::time::{
    delay::fsleep,
    Delta, //
};

/// The least time between two looks, in ns, while something that is due waits for RTNL.
const SOONEST: u64 = MSEC;

/// The most time between two ticks, in ns: what becomes due is at most this late.
const LATEST: u64 = 10 * MSEC;

/// How often the work asks for RTNL before it leaves that to the next tick.
const ATTEMPTS: usize = 20;

impl Ticks for Team {
    fn tick(this: &RcuArc<Self>, rcu: &Rcu) -> u64 {
        let now = clock::now_ns();
        let interval = this.monitor_interval.load(Ordering::Relaxed);
        // Ticks are not that exact: one that is a little early is not left out.
        if now.saturating_add(SOONEST / 2) >= this.next_look.load(Ordering::Relaxed) {
            this.next_look
                .store(now.saturating_add(interval), Ordering::Relaxed);
            let changed = this
                .members_rcu(rcu)
                .any(|member| member.dev.can_carry() != member.is_up());
            if changed {
                Self::suspect(this, now);
            } else {
                // What was suspected has passed before anyone attended to it.
                this.suspected.store(0, Ordering::Relaxed);
            }
        }
        let deadline = this.deadline.load(Ordering::Relaxed);
        if deadline <= now || this.todo.load(Ordering::Relaxed) != 0 {
            this.work.queue(this);
        }
        // What is due may become so between two looks, however far apart these are.
        deadline
            .saturating_sub(now)
            .max(SOONEST)
            .min(interval)
            .min(LATEST)
    }
}

impl HasWork for Team {
    fn work(this: RcuArc<Self>) {
        for _ in 0..ATTEMPTS {
            // Whoever ends this work waits for it with RTNL held: never block on that.
            if this.leaving.load(Ordering::Relaxed) {
                return;
            }
            if let Some(mut rtnl) = Rtnl::try_lock() {
                let todo = this.todo.swap(0, Ordering::Acquire);
                check(&this, &mut rtnl);
                for one in [Todo::Mtu, Todo::Features] {
                    if todo & one.bit() != 0 {
                        attend(&this, one, &mut rtnl);
                    }
                }
                mapping::run(&this, &mut rtnl);
                announce::run(&this, &mut rtnl);
                notify::flush(&this, &mut rtnl);
                return;
            }
            fsleep(Delta::from_micros(200));
        }
        // The state is as it was: the next tick queues this again, if there is one.
        if this.todo.load(Ordering::Relaxed) != 0 {
            this.work.queue(&this);
        }
    }
}

/// Attends to what may have happened to members.
pub(super) fn attend(team: &RcuArc<Team>, todo: Todo, rtnl: &mut Rtnl) {
    match todo {
        Todo::Carrier => check(team, rtnl),
        Todo::Mtu => membership::follow_mtu(team, rtnl),
        Todo::Features => membership::adapt_endpoints(team, rtnl),
        Todo::Events => notify::flush(team, rtnl),
    }
}

/// Tells the engine which members went up or down, and carries out what it decides.
fn check(team: &RcuArc<Team>, rtnl: &mut Rtnl) {
    let suspected = team.suspected.swap(0, Ordering::Relaxed);
    let now = if suspected == 0 {
        clock::now_ns()
    } else {
        suspected
    };
    for id in crate::logic::limits::MemberId::all() {
        let Some(member) = team.member_of(id, rtnl) else {
            continue;
        };
        let up = member.dev.can_carry();
        if member.up.swap(up, Ordering::Relaxed) == up {
            continue;
        }
        trace::member(&team.dev, &member.dev, up, now);
        let event = if up {
            Event::MemberUp { id }
        } else {
            Event::MemberDown { id }
        };
        member.since.set(now, rtnl);
        // An error says that the member is not the engine's yet, or no longer.
        let _ = team.control.borrow_mut(rtnl).engine.handle(event, now);
    }
    mapping::run(team, rtnl);
}
