// SPDX-License-Identifier: GPL-2.0

//! Laws of pairing copies: each frame that was sent is delivered once (CLS-5).

use std::collections::HashMap;

use crate::support::strategies::cases;
use proptest::prelude::*;
use vnicteam_logic::logic::dedup::{
    Dedup,
    Side,
    DEPTH, //
};

const WINDOW: u64 = 1_000;

/// Interleaves two streams: at each place `true` takes from the first.
fn interleave(old: &[u64], new: &[u64], order: &[bool]) -> Vec<(u64, Side)> {
    let (mut old, mut new) = (old.iter().copied(), new.iter().copied());
    let mut mixed = Vec::new();
    for &first in order {
        let next = if first {
            old.next().map(|fp| (fp, Side::Old))
        } else {
            new.next().map(|fp| (fp, Side::New))
        };
        mixed.extend(next);
    }
    mixed.extend(old.map(|fp| (fp, Side::Old)));
    mixed.extend(new.map(|fp| (fp, Side::New)));
    mixed
}

fn count(frames: impl Iterator<Item = u64>) -> HashMap<u64, usize> {
    frames.fold(HashMap::new(), |mut counts, fp| {
        *counts.entry(fp).or_default() += 1;
        counts
    })
}

fn deliver(dedup: &mut Dedup, frames: &[(u64, Side)]) -> HashMap<u64, usize> {
    let accepted = frames
        .iter()
        .filter(|&&(fp, side)| dedup.accept(fp, side, 0));
    count(accepted.map(|&(fp, _)| fp))
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// However two copies of a stream interleave, each frame is delivered as often as it was
    /// sent, repeated ones included.
    #[test]
    fn each_frame_once(
        sent in prop::collection::vec(0..6u64, 0..=DEPTH),
        order in prop::collection::vec(any::<bool>(), 80),
    ) {
        let mixed = interleave(&sent, &sent, &order);
        let delivered = deliver(&mut Dedup::new(WINDOW), &mixed);
        prop_assert_eq!(delivered, count(sent.into_iter()));
    }

    /// Frames that a switch sends over one side only are delivered too: of each kind as many as
    /// the side with more of it.
    #[test]
    fn a_frame_on_one_side_is_not_lost(
        old in prop::collection::vec(0..6u64, 0..=DEPTH / 2),
        new in prop::collection::vec(0..6u64, 0..=DEPTH / 2),
        order in prop::collection::vec(any::<bool>(), 80),
    ) {
        let delivered = deliver(&mut Dedup::new(WINDOW), &interleave(&old, &new, &order));
        let (old, mut wanted) = (count(old.into_iter()), count(new.into_iter()));
        for (fp, many) in old {
            let most = wanted.entry(fp).or_default();
            *most = many.max(*most);
        }
        prop_assert_eq!(delivered, wanted);
    }

    /// One side alone is delivered as it is, however long.
    #[test]
    fn one_side_is_all_delivered(sent in prop::collection::vec(0..6u64, 0..200)) {
        let mut dedup = Dedup::new(WINDOW);
        for fp in sent {
            prop_assert!(dedup.accept(fp, Side::New, 0));
        }
    }

    /// A stream of any length is right as long as one side is not further ahead than the table is
    /// deep.
    #[test]
    fn any_length_within_the_depth(
        sent in prop::collection::vec(any::<u64>(), 0..300),
        ahead in 0..=DEPTH,
    ) {
        let mut dedup = Dedup::new(WINDOW);
        for index in 0..sent.len() + ahead {
            if let Some(&fp) = sent.get(index) {
                prop_assert!(dedup.accept(fp, Side::New, 0));
            }
            if let Some(&fp) = index.checked_sub(ahead).and_then(|at| sent.get(at)) {
                // With the table full to the brim the newcomer took the place of this one.
                if ahead < DEPTH {
                    prop_assert!(!dedup.accept(fp, Side::Old, 0));
                }
            }
        }
    }
}

#[test]
fn a_copy_that_is_too_late_is_a_frame() {
    let mut dedup = Dedup::new(WINDOW);
    assert!(dedup.accept(1, Side::Old, 5));
    assert!(!dedup.accept(1, Side::New, 5 + WINDOW));
    assert!(dedup.accept(1, Side::Old, 5));
    assert!(dedup.accept(1, Side::New, 6 + WINDOW));
}

/// With more frames waiting than there is room for, the oldest is given up, not another.
#[test]
fn the_oldest_is_given_up() {
    let mut dedup = Dedup::new(WINDOW);
    let many = DEPTH as u64;
    for fp in 0..=many {
        assert!(dedup.accept(fp, Side::Old, 0));
    }
    for fp in 1..=many {
        assert!(!dedup.accept(fp, Side::New, 0));
    }
    assert!(dedup.accept(0, Side::New, 0));
}

/// A frame that is not for delivery takes its copy's waiting place away and takes none itself.
#[test]
fn a_forgotten_frame_does_not_wait() {
    let mut dedup = Dedup::new(WINDOW);
    assert!(!dedup.forget(1, Side::New, 0));
    assert!(dedup.accept(1, Side::Old, 0));
    assert!(!dedup.forget(1, Side::Old, 0));
    assert!(!dedup.forget(2, Side::New, 0));
    assert!(dedup.forget(1, Side::New, 0));
    assert!(!dedup.forget(1, Side::New, 0));
    assert!(dedup.accept(1, Side::New, 0));
}
