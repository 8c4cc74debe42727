// SPDX-License-Identifier: GPL-2.0

//! Laws of the engine for whatever happens. The driver checks most of them on the way.

use crate::support::driver::{
    Driver,
    MSEC, //
};
use crate::support::strategies::{
    cases,
    events,
    ops, //
};
use crate::support::{
    member,
    slot,
    Op, //
};
use proptest::prelude::*;
use vnicteam_logic::logic::engine::{
    Action,
    Cause,
    Config,
    Engine,
    Entry,
    Event, //
};
use vnicteam_logic::logic::limits::MAX_ENDPOINTS;

proptest! {
    #![proptest_config(cases(2_000))]

    /// Books, phases, causes and times are right after each action, and the team is even in the
    /// end (PLC-1, PLC-2, PLC-5, FLT-2, FLT-7).
    #[test]
    fn whatever_happens(ops in ops(5, 14, 80)) {
        let mut driver = Driver::new(Config::default());
        driver.run(&ops);
        driver.quiesce();
    }

    /// The same with more of everything.
    #[test]
    fn whatever_happens_to_many(ops in ops(32, 200, 250)) {
        let mut driver = Driver::new(Config::default());
        driver.run(&ops);
        driver.quiesce();
    }

    /// Without settle time and grace everything is done at once.
    #[test]
    fn without_times_nothing_waits(events in prop::collection::vec(events(5, 14), 0..60)) {
        let mut driver = Driver::immediate();
        for event in events {
            driver.event(event);
            driver.drain();
            prop_assert_eq!(driver.engine.next_deadline(), None);
            driver.quiesce();
        }
    }

    /// Any last event after anything, be it in the middle of moves, takes the least possible
    /// number of moves from where endpoints are (PLC-2).
    #[test]
    fn moves_are_the_least_possible(ops in ops(4, 6, 60), last in events(4, 6)) {
        let mut driver = Driver::new(Config::default());
        driver.run(&ops);
        let before = driver.mapping.clone();
        driver.event(last);
        driver.quiesce();
        let moves = driver.model.moves(&before, &driver.mapping);
        prop_assert_eq!(moves, driver.model.least_moves(&before));
    }

    /// From rest, each event ends in the very mapping that a naive model finds: who moves, and
    /// where to (PLC-1 to PLC-3).
    #[test]
    fn from_rest_the_mapping_is_the_naive_one(events in prop::collection::vec(events(6, 14), 0..60)) {
        let mut driver = Driver::new(Config::default());
        for event in events {
            driver.event(event);
            let wanted = driver.model.placed(&driver.mapping);
            driver.quiesce();
            prop_assert_eq!(&driver.mapping, &wanted, "after {:?}", event);
        }
    }

    /// The same history gives the same actions.
    #[test]
    fn the_engine_is_deterministic(ops in ops(5, 14, 60)) {
        let run = || {
            let mut driver = Driver::new(Config::default());
            driver.run(&ops);
            driver.log
        };
        prop_assert_eq!(run(), run());
    }

    /// Times that jump, even backwards, and storage that is too short break nothing.
    #[test]
    fn nonsense_ends(
        steps in prop::collection::vec((events(32, 1024), any::<u64>(), any::<u64>()), 0..60),
        storage in 0..200usize,
        settle_ns in any::<u64>(),
        grace_ns in any::<u64>(),
    ) {
        let config = Config { settle_ns, grace_ns };
        let mut engine = Engine::new(vec![Entry::default(); storage], config);
        for (event, then, now) in steps {
            let _ = engine.handle(event, then);
            for count in 0.. {
                prop_assert!(count <= 5 * MAX_ENDPOINTS);
                if engine.poll(now).is_none() {
                    break;
                }
            }
        }
        for count in 0.. {
            prop_assert!(count <= 5 * MAX_ENDPOINTS);
            let Some(deadline) = engine.next_deadline() else {
                break;
            };
            prop_assert!(engine.poll(deadline).is_some());
        }
    }
}

/// A team with members `0..members` up and VNICs `1..=vnics`, all moves done.
fn team(driver: &mut Driver, members: u8, vnics: u16) {
    for id in 0..members {
        let order = u32::from(id);
        let id = member(id);
        driver.event(Event::MemberAdded {
            id,
            order,
            up: true,
        });
    }
    for vnic in 1..=vnics {
        driver.event(Event::EndpointAdded {
            slot: slot(vnic),
            weightless: false,
            pin: None,
        });
    }
    driver.quiesce();
    driver.log.clear();
}

/// FLT-2: all VNICs of a member that fails are switched in one loop, nothing else is, and no
/// redistribution is needed after.
#[test]
fn a_thousand_fail_over_at_once() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 4, 1016);
    driver.event(Event::MemberDown { id: member(2) });
    driver.drain();
    assert_eq!(driver.log.len(), 1016 / 4);
    let detected = driver.now;
    for (_, action) in &driver.log {
        let Action::Switch {
            from,
            planned: false,
            programmed: false,
            cause: Cause::Fault,
            detected_ns,
            ..
        } = *action
        else {
            panic!("{action:?}");
        };
        assert_eq!((from, detected_ns), (Some(member(2)), detected));
    }
    assert_eq!(driver.engine.next_deadline(), None);
    driver.quiesce();
}

/// FLT-7: the last member's loss is standby for all; the first recovery brings all back.
#[test]
fn the_last_loss_and_the_first_recovery() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 2, 10);
    driver.event(Event::MemberDown { id: member(0) });
    driver.event(Event::MemberDown { id: member(1) });
    driver.drain();
    assert!(driver.mapping.values().all(Option::is_none));
    driver.now += 5 * MSEC;
    driver.log.clear();
    driver.event(Event::MemberUp { id: member(1) });
    driver.drain();
    assert_eq!(driver.log.len(), 10);
    for (_, action) in &driver.log {
        assert!(matches!(
            *action,
            Action::Switch {
                from: None,
                planned: false,
                cause: Cause::Recovery,
                ..
            }
        ));
    }
}

/// PLC-3, PLC-5: a member that comes back takes its share by planned moves: prepared, switched
/// after the settle time, released after the grace.
#[test]
fn failback_is_planned() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 2, 4);
    driver.event(Event::MemberDown { id: member(0) });
    driver.quiesce();
    driver.log.clear();
    let start = driver.now;
    driver.event(Event::MemberUp { id: member(0) });
    driver.quiesce();
    let times: Vec<_> = driver
        .log
        .iter()
        .map(|(at, _)| (at - start) / MSEC)
        .collect();
    assert_eq!(times, [0, 0, 10, 10, 110, 110]);
    assert!(matches!(driver.log[0].1, Action::Prepare { .. }));
    assert!(matches!(
        driver.log[2].1,
        Action::Switch {
            planned: true,
            cause: Cause::Balance,
            ..
        }
    ));
    assert!(matches!(driver.log[4].1, Action::Release { .. }));
}

/// A pinned VNIC survives the loss of its pin and goes home when it is back.
#[test]
fn a_pin_survives_and_goes_home() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 3, 3);
    let pinned = slot(1);
    driver.event(Event::Pin {
        slot: pinned,
        member: Some(member(2)),
    });
    driver.quiesce();
    driver.event(Event::MemberDown { id: member(2) });
    driver.quiesce();
    assert_ne!(driver.mapping[&pinned], Some(member(2)));
    driver.log.clear();
    driver.event(Event::MemberUp { id: member(2) });
    driver.quiesce();
    assert_eq!(driver.mapping[&pinned], Some(member(2)));
    assert!(driver.log.iter().any(|(_, action)| matches!(
        *action,
        Action::Switch { slot, planned: true, cause: Cause::Recovery, .. } if slot == pinned
    )));
}

/// PLC-1: VNICs go to the member with the fewest, ties to the lowest order, whatever the ids.
#[test]
fn ties_go_to_the_lowest_order() {
    let mut driver = Driver::immediate();
    for (id, order) in [(0, 7), (1, 5), (2, 6)] {
        driver.event(Event::MemberAdded {
            id: member(id),
            order,
            up: true,
        });
    }
    let mut places = Vec::new();
    for vnic in 1..=6 {
        driver.event(Event::EndpointAdded {
            slot: slot(vnic),
            weightless: false,
            pin: None,
        });
        driver.quiesce();
        places.push(driver.mapping[&slot(vnic)].unwrap().index());
    }
    assert_eq!(places, [1, 2, 0, 1, 2, 0]);
}

/// GRP-7: the team's own endpoint is not counted and stays where it is.
#[test]
fn the_teams_own_endpoint_does_not_count() {
    let mut driver = Driver::immediate();
    team(&mut driver, 1, 0);
    driver.event(Event::EndpointAdded {
        slot: slot(0),
        weightless: true,
        pin: None,
    });
    driver.event(Event::EndpointAdded {
        slot: slot(1),
        weightless: false,
        pin: None,
    });
    driver.drain();
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    driver.quiesce();
    assert_eq!(driver.mapping[&slot(0)], Some(member(0)));
    assert_eq!(driver.mapping[&slot(1)], Some(member(0)));
    driver.event(Event::MemberDown { id: member(0) });
    driver.quiesce();
    assert_eq!(driver.mapping[&slot(0)], Some(member(1)));
}

/// The prepared member is taken at once, as it is, if the old one fails during the settle time.
#[test]
fn a_fault_while_preparing_uses_what_is_prepared() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 1, 2);
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    driver.drain();
    driver.log.clear();
    driver.now += 3 * MSEC;
    driver.event(Event::MemberDown { id: member(0) });
    driver.drain();
    let programmed =
        |action: &Action| matches!(*action, Action::Switch { programmed, .. } if programmed);
    assert_eq!(driver.log.len(), 2);
    assert_eq!(driver.log.iter().filter(|(_, a)| programmed(a)).count(), 1);
    driver.quiesce();
}

/// An op that the random ones seldom give: the new member fails in the grace period.
#[test]
fn a_fault_within_the_grace_goes_back_to_the_former_member() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 2, 1);
    driver.event(Event::Pin {
        slot: slot(1),
        member: Some(member(1)),
    });
    driver.step(&Op::Drain);
    driver.step(&Op::Deadline);
    assert_eq!(driver.mapping[&slot(1)], Some(member(1)));
    driver.log.clear();
    driver.event(Event::MemberDown { id: member(1) });
    driver.drain();
    assert_eq!(driver.log.len(), 1);
    assert!(matches!(
        driver.log[0].1,
        Action::Switch {
            programmed: true,
            planned: false,
            cause: Cause::Fault,
            ..
        }
    ));
    assert_eq!(driver.mapping[&slot(1)], Some(member(0)));
    driver.quiesce();
}

/// A member that is back before anything was done about its loss: a planned move that was wanted
/// all along is none because of a fault.
#[test]
fn a_loss_that_was_over_at_once_is_no_fault() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 1, 2);
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    driver.event(Event::MemberDown { id: member(0) });
    driver.event(Event::MemberUp { id: member(0) });
    driver.quiesce();
    let causes: Vec<_> = driver
        .log
        .iter()
        .filter_map(|(_, action)| match *action {
            Action::Switch { cause, planned, .. } => Some((cause, planned)),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [(Cause::Balance, true)]);
}

/// Adds a VNIC that is pinned.
fn pinned_vnic(driver: &mut Driver, vnic: u16, pin: u8) {
    driver.event(Event::EndpointAdded {
        slot: slot(vnic),
        weightless: false,
        pin: Some(member(pin)),
    });
}

fn pin(driver: &mut Driver, vnic: u16, pin: Option<u8>) {
    driver.event(Event::Pin {
        slot: slot(vnic),
        member: pin.map(member),
    });
}

/// Pins that are set together are one order: all of them or, if one cannot be, none; and who must
/// make room for them does so for balance (PLC-6).
#[test]
fn pins_set_together_are_one_order() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 3, 9);
    driver.drain();
    let before = driver.mapping.clone();
    let engine = &mut driver.engine;
    let named: Vec<_> = (1..=4).map(slot).collect();
    let strangers = named.iter().copied().chain([slot(99)]);
    assert!(engine.pin(strangers, Some(member(2)), driver.now).is_err());
    assert!(engine
        .pin(named.iter().copied(), Some(member(9)), driver.now)
        .is_err());
    assert!((1..=9).all(|vnic| engine.pin_of(slot(vnic)).is_none()));
    assert_eq!(engine.planned().count(), 0);

    engine
        .pin(named.iter().copied(), Some(member(2)), driver.now)
        .unwrap();
    let (mut ordered, mut balance) = (0, 0);
    for cause in engine.planned() {
        match cause {
            Cause::Admin => ordered += 1,
            Cause::Balance => balance += 1,
            other => panic!("{other:?}"),
        }
    }
    let there = named
        .iter()
        .filter(|one| before[one] == Some(member(2)))
        .count();
    assert_eq!(ordered, named.len() - there);
    for vnic in &named {
        driver
            .model
            .apply(
                Event::Pin {
                    slot: *vnic,
                    member: Some(member(2)),
                },
                false,
            )
            .unwrap();
    }
    // The two free ones that were there leave room.
    assert_eq!(balance, 3 - there);
    driver.quiesce();
    assert!(named
        .iter()
        .all(|one| driver.mapping[one] == Some(member(2))));
    assert_eq!(driver.engine.planned().count(), 0);
}

/// Planned moves are counted from the decision to the switch, and unplanned ones never.
#[test]
fn planned_moves_are_known_until_they_are_done() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 1, 4);
    driver.drain();
    assert_eq!(driver.engine.planned().count(), 0);
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    assert_eq!(
        driver.engine.planned().collect::<Vec<_>>(),
        [Cause::Balance; 2]
    );
    driver.drain();
    assert_eq!(driver.engine.planned().count(), 2);
    driver.event(Event::MemberDown { id: member(1) });
    assert_eq!(driver.engine.planned().count(), 0);
    driver.event(Event::MemberUp { id: member(1) });
    driver.quiesce();
    assert_eq!(driver.engine.planned().count(), 0);
    driver.event(Event::MemberDown { id: member(0) });
    assert_eq!(driver.engine.planned().count(), 0);
}

/// Among those that can move, the ones that do already go on.
#[test]
fn what_is_under_way_is_not_cancelled_for_others() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 1, 3);
    pinned_vnic(&mut driver, 9, 0);
    driver.drain();
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    driver.drain();
    driver.log.clear();
    // VNICs 2 and 3 are on their way. Free now, 9 could go as well.
    pin(&mut driver, 9, None);
    driver.drain();
    assert_eq!(driver.log, []);
    driver.quiesce();
    assert_eq!(driver.mapping[&slot(2)], Some(member(1)));
    assert_eq!(driver.mapping[&slot(3)], Some(member(1)));
}

/// Who is in the grace period of a move is not the one to move back.
#[test]
fn who_just_moved_stays() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 2, 0);
    pinned_vnic(&mut driver, 1, 0);
    pinned_vnic(&mut driver, 2, 1);
    driver.quiesce();
    pin(&mut driver, 1, Some(1));
    driver.drain();
    driver.step(&Op::Deadline);
    assert_eq!(driver.mapping[&slot(1)], Some(member(1)));
    pin(&mut driver, 1, None);
    pin(&mut driver, 2, None);
    driver.quiesce();
    assert_eq!(driver.mapping[&slot(1)], Some(member(1)));
    assert_eq!(driver.mapping[&slot(2)], Some(member(0)));
}

/// When a member fails, its endpoints go first where their entries are still programmed.
#[test]
fn a_former_member_is_first_choice_for_an_orphan() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 3, 0);
    pinned_vnic(&mut driver, 1, 2);
    pinned_vnic(&mut driver, 2, 1);
    driver.quiesce();
    pin(&mut driver, 1, Some(1));
    driver.drain();
    driver.step(&Op::Deadline);
    assert_eq!(driver.mapping[&slot(1)], Some(member(1)));
    driver.event(Event::MemberDown { id: member(1) });
    driver.drain();
    assert_eq!(driver.mapping[&slot(1)], Some(member(2)));
    assert_eq!(driver.mapping[&slot(2)], Some(member(0)));
}

/// "Detected" is when traffic stopped, whatever happens before the switch (FLT-2).
#[test]
fn detection_is_the_first_loss() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 3, 1);
    let detected = driver.now;
    driver.event(Event::MemberDown { id: member(0) });
    driver.now += MSEC;
    driver.event(Event::MemberDown { id: member(1) });
    driver.now += MSEC;
    driver.event(Event::MemberRemoved { id: member(0) });
    driver.drain();
    let [(_, action)] = driver.log[..] else {
        panic!("{:?}", driver.log);
    };
    assert_eq!(
        action,
        Action::Switch {
            slot: slot(1),
            from: Some(member(0)),
            to: Some(member(2)),
            planned: false,
            programmed: false,
            cause: Cause::Fault,
            detected_ns: detected,
        }
    );
}

/// Time does not run backwards, and new times hold for moves under way.
#[test]
fn time_only_goes_on() {
    let mut driver = Driver::new(Config::default());
    team(&mut driver, 1, 2);
    driver.event(Event::MemberAdded {
        id: member(1),
        order: 1,
        up: true,
    });
    driver.drain();
    let start = driver.now;
    assert_eq!(driver.engine.next_deadline(), Some(start + 10 * MSEC));
    driver.step(&Op::Config(30, 100));
    assert_eq!(driver.engine.next_deadline(), Some(start + 30 * MSEC));
    driver.now = start + 30 * MSEC;
    driver.event(Event::Redistribute);
    let action = driver.engine.poll(start);
    assert!(matches!(action, Some(Action::Switch { planned: true, .. })));
    assert_eq!(driver.engine.next_deadline(), Some(start + 130 * MSEC));
}
