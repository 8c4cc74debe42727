// SPDX-License-Identifier: GPL-2.0

//! The address table says what a map of the standard library says (CLS-1).

use std::collections::HashMap;

use crate::support::strategies::cases;
use proptest::prelude::*;
use vnicteam_logic::logic::addr_table::{
    buckets_needed,
    Bucket,
    InsertError,
    Key,
    Table, //
};
use vnicteam_logic::logic::frame::MacAddr;

/// Few different ones, so that they meet; and any.
fn keys() -> impl Strategy<Value = (u16, MacAddr)> {
    let few = (0..4u16, 0..4u8, 0..4u8)
        .prop_map(|(vid, oui, nic)| (vid, MacAddr([oui, 0, 0, 0, 0, nic])));
    let any = (0..4096u16, any::<[u8; 6]>()).prop_map(|(vid, mac)| (vid, MacAddr(mac)));
    prop_oneof![few, any]
}

fn table(keys: usize, seed: u64) -> Table<u32, Vec<Bucket<u32>>> {
    let len = buckets_needed(keys).expect("so few");
    Table::new(vec![Bucket::EMPTY; len], seed).expect("a power of two")
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn agrees_with_a_map(
        seed in any::<u64>(),
        items in prop::collection::vec(keys(), 0..200),
        others in prop::collection::vec(keys(), 0..100),
    ) {
        let mut map = HashMap::new();
        let mut table = table(items.len(), seed);
        for (value, (vid, mac)) in items.iter().enumerate() {
            let (key, value) = (Key::new(*vid, *mac), value as u32);
            let wanted = match map.get(&(*vid, *mac)) {
                Some(present) => Err(InsertError::Duplicate(present)),
                None => Ok(()),
            };
            prop_assert_eq!(table.insert(key, value), wanted);
            map.entry((*vid, *mac)).or_insert(value);
        }
        for (vid, mac) in items.iter().chain(&others) {
            let key = Key::new(*vid, *mac);
            prop_assert_eq!(table.get(key), map.get(&(*vid, *mac)));
            // One look may miss, and never finds another.
            if let Some(value) = table.get_best(key) {
                prop_assert_eq!(table.get(key), Some(value));
            }
        }
        prop_assert_eq!(table.len(), map.len());
        prop_assert_eq!(table.is_empty(), map.is_empty());
        let mut values: Vec<_> = table.values().collect();
        values.sort_unstable();
        let mut wanted: Vec<_> = map.values().collect();
        wanted.sort_unstable();
        prop_assert_eq!(values, wanted);
    }

    /// Half full is full, and a full table still finds what it holds and only that.
    #[test]
    fn full_is_refused(
        seed in any::<u64>(),
        power in 1..8u32,
        items in prop::collection::hash_set(any::<([u8; 6], bool)>(), 129),
    ) {
        let len = 1usize << power;
        let mut table = Table::new(vec![Bucket::EMPTY; len], seed).unwrap();
        let items = items.iter().map(|&(mac, tagged)| (u16::from(tagged), MacAddr(mac)));
        for (index, (vid, mac)) in items.clone().enumerate() {
            let fits = index < len / 2;
            let wanted = if fits { Ok(()) } else { Err(InsertError::Full) };
            prop_assert_eq!(table.insert(Key::new(vid, mac), index), wanted);
        }
        for (index, (vid, mac)) in items.enumerate() {
            let wanted = (index < len / 2).then_some(&index).copied();
            prop_assert_eq!(table.get(Key::new(vid, mac)).copied(), wanted);
        }
    }
}

#[test]
fn sizes() {
    for (keys, buckets) in [
        (0, 64),
        (1, 64),
        (16, 64),
        (17, 128),
        (1016, 4096),
        (1024, 4096),
    ] {
        assert_eq!(buckets_needed(keys), Some(buckets));
    }
    assert_eq!(buckets_needed(usize::MAX), None);
    assert_eq!(buckets_needed(usize::MAX / 2), None);
    for len in [0, 1, 3, 6, 2047] {
        assert!(Table::<u32, _>::new(vec![Bucket::EMPTY; len], 1).is_err());
    }
}

/// What storage held before is gone, and no frame has the key of an empty bucket.
#[test]
fn an_empty_table_finds_nothing() {
    let mut old = table(4, 1);
    let zero = Key::new(0, MacAddr::ZERO);
    assert_eq!(old.get(zero), None);
    old.insert(zero, 5).unwrap();
    assert_eq!(old.get(zero), Some(&5));
    // A tag's priority bits are not part of the key.
    assert_eq!(old.get(Key::new(0xf000, MacAddr::ZERO)), Some(&5));
    assert_eq!(old.get(Key::new(0x0001, MacAddr::ZERO)), None);
}
