// SPDX-License-Identifier: GPL-2.0

//! Laws of the announcer: exactly as many as asked for, never faster than allowed, nobody last
//! for ever (FLT-3).

use std::collections::BTreeMap;

use crate::support::strategies::cases;
use crate::support::{
    self,
    slot, //
};
use proptest::prelude::*;
use vnicteam_logic::logic::announce::{
    Announcer,
    Config,
    Record, //
};
use vnicteam_logic::logic::limits::{
    Slot,
    MAX_ENDPOINTS, //
};

const SEC: u64 = 1_000_000_000;

#[derive(Clone, Debug)]
enum Op {
    Request(Slot),
    Forget(Slot),
    /// Time passes, in nanoseconds.
    Advance(u64),
    Poll,
    Drain,
    Deadline,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let place = (0..40u16).prop_map(slot);
    let op = prop_oneof![
        6 => place.clone().prop_map(Op::Request),
        1 => place.prop_map(Op::Forget),
        2 => (0..300_000_000u64).prop_map(Op::Advance),
        2 => Just(Op::Poll),
        3 => Just(Op::Drain),
        3 => Just(Op::Deadline),
    ];
    prop::collection::vec(op, 0..80)
}

fn config() -> impl Strategy<Value = Config> {
    let rate = prop_oneof![1 => Just(0), 4 => 1..500u32, 1 => any::<u32>()];
    (0..6u8, 0..500_000_000u64, rate).prop_map(|(count, interval_ns, rate_per_s)| Config {
        count,
        interval_ns,
        rate_per_s,
    })
}

/// An announcer and what it should do.
struct Bench {
    announcer: Announcer<Vec<Record>>,
    config: Config,
    now: u64,
    /// Announcements that are left, and the earliest time of the next.
    left: BTreeMap<Slot, (u8, u64)>,
    sent: Vec<u64>,
}

impl Bench {
    fn new(config: Config) -> Self {
        Self {
            announcer: Announcer::new(vec![Record::default(); MAX_ENDPOINTS], config),
            config,
            now: 7 * SEC,
            left: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Request(slot) => {
                self.announcer.request(slot, self.now);
                self.left.remove(&slot);
                if self.config.count > 0 {
                    self.left.insert(slot, (self.config.count, self.now));
                }
            }
            Op::Forget(slot) => {
                self.announcer.forget(slot);
                self.left.remove(&slot);
            }
            Op::Advance(ns) => self.now += ns,
            Op::Poll => {
                self.poll();
            }
            Op::Drain => while self.poll() {},
            Op::Deadline => {
                self.deadline();
            }
        }
    }

    fn poll(&mut self) -> bool {
        let Some(slot) = self.announcer.poll(self.now) else {
            return false;
        };
        let (left, due) = self.left.remove(&slot).expect("asked for");
        assert!(due <= self.now, "too early");
        if left > 1 {
            let due = self.now + self.config.interval_ns;
            self.left.insert(slot, (left - 1, due));
        }
        self.sent.push(self.now);
        true
    }

    /// Goes to the next deadline and checks that it is one.
    fn deadline(&mut self) -> bool {
        while self.poll() {}
        let deadline = self.announcer.next_deadline();
        assert_eq!(deadline.is_none(), self.left.is_empty());
        let Some(deadline) = deadline else {
            return false;
        };
        assert!(deadline > self.now);
        self.now = deadline - 1;
        assert_eq!(self.announcer.poll(self.now), None, "before its deadline");
        self.now = deadline;
        assert!(self.poll(), "nothing at a deadline");
        true
    }

    /// In no span of time are there more than a burst and what the rate gives.
    fn check_rate(&self) {
        let rate = u128::from(self.config.rate_per_s);
        if rate == 0 {
            return;
        }
        let burst = (rate / 64).max(1);
        for (first, &from) in self.sent.iter().enumerate() {
            for (count, &to) in self.sent[first..].iter().enumerate() {
                let allowed = burst * u128::from(SEC) + rate * u128::from(to - from);
                assert!((count as u128 + 1) * u128::from(SEC) <= allowed, "too fast");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn exactly_as_many_and_not_too_fast(config in config(), ops in ops()) {
        let mut bench = Bench::new(config);
        for op in &ops {
            bench.step(op);
        }
        while bench.deadline() {}
        prop_assert!(bench.left.is_empty());
        bench.check_rate();
    }

    /// With more to do than the rate allows, nobody has a second turn before all had a first.
    #[test]
    fn turns_go_round(count in 2..6u8, slots in 2..50u16, rate_per_s in 1..200u32) {
        let mut bench = Bench::new(Config { count, interval_ns: 0, rate_per_s });
        for index in 0..slots {
            bench.step(&Op::Request(slot(index)));
        }
        let mut turns = BTreeMap::new();
        while !bench.left.is_empty() {
            bench.now += SEC;
            while let Some(slot) = bench.announcer.poll(bench.now) {
                *turns.entry(slot).or_insert(0) += 1;
                if turns[&slot] == count {
                    bench.left.remove(&slot);
                }
                let least = (0..slots).map(|i| turns.get(&support::slot(i)).copied().unwrap_or(0));
                prop_assert!(turns[&slot] <= least.min().unwrap() + 1);
            }
        }
        prop_assert_eq!(bench.announcer.next_deadline(), None);
    }

    /// Times that jump, even backwards, and storage that is too short break nothing.
    #[test]
    fn nonsense_ends(
        config in config(),
        storage in 0..30usize,
        steps in prop::collection::vec((0..1024u16, any::<u64>(), any::<u64>()), 0..60),
    ) {
        let mut announcer = Announcer::new(vec![Record::default(); storage], config);
        for (index, then, now) in steps {
            announcer.request(slot(index), then);
            let mut count = 0;
            while announcer.poll(now).is_some() {
                count += 1;
                prop_assert!(count <= storage * usize::from(config.count));
            }
            announcer.next_deadline();
        }
    }
}

/// A thousand that move at once are spread over time: 10 per burst and 640 in a second.
#[test]
fn a_thousand_are_paced() {
    let mut bench = Bench::new(Config {
        count: 1,
        interval_ns: 0,
        rate_per_s: 640,
    });
    for index in 1..=1000 {
        bench.step(&Op::Request(slot(index)));
    }
    let start = bench.now;
    bench.step(&Op::Drain);
    assert_eq!(bench.sent.len(), 10);
    while bench.deadline() {}
    assert_eq!(bench.sent.len(), 1000);
    // 990 at 640 per second, rounded up.
    assert_eq!(bench.now - start, 1_546_875_000);
}

/// A lower rate takes effect at once, for what was saved up too.
#[test]
fn a_new_rate_holds_at_once() {
    let fast = Config {
        count: 1,
        interval_ns: 0,
        rate_per_s: 64_000,
    };
    let mut bench = Bench::new(fast);
    for index in 0..20 {
        bench.step(&Op::Request(slot(index)));
    }
    bench.announcer.set_config(Config {
        rate_per_s: 1,
        ..fast
    });
    bench.step(&Op::Drain);
    assert_eq!(bench.sent.len(), 1);
}
