// SPDX-License-Identifier: GPL-2.0

//! Laws of addresses, frames and the multicast filter.

use crate::support::strategies::cases;
use proptest::prelude::*;
use vnicteam_logic::logic::frame::{
    build_rarp,
    fingerprint,
    multicast_bit,
    Header,
    MacAddr,
    MulticastFilter,
    ETH_P_8021Q,
    ETH_P_RARP,
    MIN_TAGGED_FRAME_LEN, //
};

fn macs() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(MacAddr)
}

/// Bytes of any kind, or with many zeroes among them, as protocols have them.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let sparse = prop_oneof![6 => Just(0), 1 => any::<u8>()];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..200),
        prop::collection::vec(sparse, 1..60),
    ]
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// An address is one of: valid for a station, a group, nothing.
    #[test]
    fn an_address_is_of_one_kind(mac in macs()) {
        let kinds = [mac.is_valid_unicast(), mac.is_multicast(), mac.is_zero()];
        prop_assert_eq!(kinds.into_iter().filter(|&is| is).count(), 1);
        prop_assert!(!mac.is_link_local() || mac.is_multicast());
        prop_assert_eq!(mac.is_broadcast(), mac.0 == [0xff; 6]);
        prop_assert_eq!(MacAddr::read(&mac.0, 0), Some(mac));
    }

    /// Whatever is received is read or refused.
    #[test]
    fn any_bytes_are_a_header_or_none(
        bytes in prop::collection::vec(any::<u8>(), 0..20),
        offset in any::<usize>(),
    ) {
        prop_assert_eq!(Header::read(&bytes).is_some(), bytes.len() >= 14);
        MacAddr::read(&bytes, offset);
    }

    /// An announcement comes from its address, goes to all, and is what it says it is.
    #[test]
    fn an_announcement_is_well_formed(
        mac in macs(),
        tci in prop::option::of(any::<u16>()),
        old in any::<u8>(),
    ) {
        let mut frame = [old; MIN_TAGGED_FRAME_LEN];
        let len = build_rarp(&mut frame, mac, tci.map(|tci| (ETH_P_8021Q, tci)));
        let header = Header::read(&frame[..len]).unwrap();
        prop_assert_eq!(header.dst, MacAddr::BROADCAST);
        prop_assert_eq!(header.src, mac);
        let payload = match tci {
            Some(tci) => {
                prop_assert_eq!(header.ethertype, ETH_P_8021Q);
                prop_assert_eq!(&frame[14..16], tci.to_be_bytes());
                prop_assert_eq!(&frame[16..18], ETH_P_RARP.to_be_bytes());
                &frame[18..]
            }
            None => {
                prop_assert_eq!(header.ethertype, ETH_P_RARP);
                &frame[14..]
            }
        };
        prop_assert_eq!(MacAddr::read(payload, 8), Some(mac));
        prop_assert_eq!(MacAddr::read(payload, 18), Some(mac));
        prop_assert!(payload[28..].iter().all(|&byte| byte == 0));
    }

    /// Copies have one fingerprint, padded or not; a frame that differs in an address, its
    /// length, or its first 128 bytes has another (CLS-5).
    #[test]
    fn a_fingerprint_tells_frames_apart(
        seed in any::<u64>(),
        dst in macs(),
        src in macs(),
        mut payload in payloads(),
        at in any::<prop::sample::Index>(),
        bit in 0..8u32,
    ) {
        let len = payload.len() as u32;
        let of = |payload: &[u8]| fingerprint(seed, dst, src, payload, len);
        let one = of(&payload);
        prop_assert_eq!(of(&payload.clone()), one);
        if len >= 46 {
            prop_assert_ne!(fingerprint(seed, dst, src, &payload, len + 1), one);
        } else {
            // Padded by one NIC and not by another.
            let mut padded = payload.clone();
            padded.resize(46, 0);
            prop_assert_eq!(fingerprint(seed, dst, src, &padded, 46), one);
        }
        prop_assert_ne!(fingerprint(!seed, dst, src, &payload, len), one);
        if dst != src {
            prop_assert_ne!(fingerprint(seed, src, dst, &payload, len), one);
        }
        let at = at.index(payload.len());
        let mut other = payload.clone();
        other[at] ^= 1 << bit;
        prop_assert_eq!(of(&other) == one, at >= 128);
        // The same bytes elsewhere: a counter in another byte order.
        let seen = payload.len().min(128);
        other.clone_from(&payload);
        payload[..seen].rotate_left(1);
        prop_assert_eq!(of(&payload) == one, payload == other);
    }

    /// A filter lets through what was put in, and exactly what shares a bit with that.
    #[test]
    fn a_filter_denies_none_of_its_own(
        inside in prop::collection::vec(macs(), 0..40),
        others in prop::collection::vec(macs(), 0..40),
    ) {
        let mut filter = MulticastFilter::NONE;
        for &mac in &inside {
            filter.insert(mac);
        }
        for &mac in inside.iter().chain(&others) {
            let bit = multicast_bit(mac);
            let wanted = inside.iter().any(|&other| multicast_bit(other) == bit);
            prop_assert_eq!(filter.contains(mac), wanted);
            prop_assert!(MulticastFilter::ALL.contains(mac));
            let word = filter.words()[usize::from(bit / 64)];
            prop_assert_eq!(word >> (bit % 64) & 1 == 1, wanted);
            prop_assert_eq!(filter.union(MulticastFilter::NONE), filter);
            prop_assert!(MulticastFilter::NONE.union(filter).contains(mac) == wanted);
        }
    }
}

/// Addresses that differ in their last bytes only, as those of IP groups and of solicited nodes
/// do, spread over all bits.
#[test]
fn groups_spread_over_the_filter() {
    for prefix in [[0x01, 0x00, 0x5e], [0x33, 0x33, 0xff]] {
        let mut seen = [0u32; 256];
        for number in 0..1024u32 {
            let [_, a, b, c] = number.to_be_bytes();
            let [p, q, r] = prefix;
            seen[usize::from(multicast_bit(MacAddr([p, q, r, a, b, c])))] += 1;
        }
        assert!(seen.iter().all(|&count| count <= 8), "{seen:?}");
    }
}
