// SPDX-License-Identifier: GPL-2.0

//! What proptest makes up: histories of a team.

use proptest::prelude::*;
use vnicteam_logic::logic::engine::Event;

use super::{
    member,
    slot,
    Op, //
};

/// So many cases, or as many as the environment says in `PROPTEST_CASES`. A failure prints its
/// shortest form, which becomes a test of its own rather than a file of seeds.
pub fn cases(count: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked_for = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked_for { default.cases } else { count },
        failure_persistence: None,
        ..default
    }
}

/// Events about the members `0..members` and the slots `0..slots`, sensible or not.
pub fn events(members: u8, slots: u16) -> impl Strategy<Value = Event> {
    let id = (0..members).prop_map(member);
    let place = (0..slots).prop_map(slot);
    // More members than ids would be pinned to nothing most of the time.
    let pin = prop_oneof![3 => Just(None), 2 => id.clone().prop_map(Some)];
    prop_oneof![
        3 => (id.clone(), 0..4u32, prop::bool::weighted(0.8))
            .prop_map(|(id, order, up)| Event::MemberAdded { id, order, up }),
        1 => id.clone().prop_map(|id| Event::MemberRemoved { id }),
        3 => id.clone().prop_map(|id| Event::MemberUp { id }),
        3 => id.prop_map(|id| Event::MemberDown { id }),
        8 => (place.clone(), prop::bool::weighted(0.1), pin.clone())
            .prop_map(|(slot, weightless, pin)| Event::EndpointAdded { slot, weightless, pin }),
        2 => place.clone().prop_map(|slot| Event::EndpointRemoved { slot }),
        2 => (place, pin).prop_map(|(slot, member)| Event::Pin { slot, member }),
        1 => Just(Event::Redistribute),
        1 => prop_oneof![1 => Just(Event::Suspend), 3 => Just(Event::Resume)],
    ]
}

/// What happens to a team of `members` and `slots` at most.
pub fn ops(members: u8, slots: u16, len: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        12 => events(members, slots).prop_map(Op::Event),
        2 => (1..6u8).prop_map(Op::Poll),
        6 => Just(Op::Drain),
        3 => (0..60u64).prop_map(Op::Advance),
        4 => Just(Op::Deadline),
        1 => Just(Op::Quiesce),
        1 => (0..30u64, 0..200u64).prop_map(|(settle, grace)| Op::Config(settle, grace)),
    ];
    prop::collection::vec(op, 0..len)
}
