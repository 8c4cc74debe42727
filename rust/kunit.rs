// SPDX-License-Identifier: GPL-2.0

//! The laws of `logic` in the kernel: what its compiler, its flags, its overflow checks and its
//! sanitizers make of them. `selftests/host` asks more and for longer; this asks where the module
//! runs, at each load, so it is short. Suites of `net` stand at the ends of its files.
//!
//! A kernel without KUnit has none of this. `logic` forbids unsafe code, which KUnit's macro
//! writes: hence a file of its own.

use kernel::prelude::*;

#[kunit_tests(vnicteam_logic)]
mod tests {
    use super::*;
    use crate::{
        logic::{
            addr_table::{
                buckets_needed,
                Bucket,
                InsertError,
                Key,
                Table, //
            },
            dedup::{
                Dedup,
                Side, //
            },
            engine::{
                Config,
                Engine,
                Entry,
                Event, //
            },
            frame::{
                build_rarp,
                MacAddr,
                MIN_TAGGED_FRAME_LEN, //
            },
            limits::{
                MemberId,
                Slot,
                MAX_ENDPOINTS,
                MAX_VNICS, //
            },
        },
        net::clock,
    };

    type Entries = KVVec<Entry>;

    /// Numbers that look random and are the same each time (xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }
    }

    fn mac(number: u64) -> MacAddr {
        let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
        MacAddr([a, b, c, d, e, f])
    }

    fn storage<T: Default>(len: usize) -> Result<KVVec<T>> {
        let mut storage = KVVec::with_capacity(len, GFP_KERNEL)?;
        for _ in 0..len {
            storage.push(T::default(), GFP_KERNEL)?;
        }
        Ok(storage)
    }

    /// Each VNIC carries traffic if any member is up, and then over one that is; members that are
    /// up carry even numbers.
    fn even(engine: &Engine<Entries>, vnics: usize) -> bool {
        let mapped = |index: usize| Slot::from_index(index).and_then(|slot| engine.member_of(slot));
        let up = || engine.members().filter(|member| member.up);
        let carried: u32 = up().map(|member| member.count).sum();
        let most = up().map(|member| member.count).max();
        let least = up().map(|member| member.count).min();
        let (Some(most), Some(least)) = (most, least) else {
            return (1..=vnics).all(|index| mapped(index).is_none());
        };
        most - least <= 1
            && usize::try_from(carried) == Ok(vnics)
            && (1..=vnics).all(|index| mapped(index).is_some_and(|id| engine.is_up(id)))
    }

    // Turns red if placement leaves one behind, on a dead member, or where too many are.
    #[test]
    fn members_come_and_go_and_vnics_stay_even() -> Result {
        let mut engine = Engine::new(storage::<Entry>(MAX_ENDPOINTS)?, Config::default());
        let mut numbers = Numbers(0x766e_6963);
        for index in 1..=MAX_VNICS {
            let slot = Slot::from_index(index).ok_or(EINVAL)?;
            let event = Event::EndpointAdded {
                slot,
                weightless: false,
                pin: None,
            };
            assert!(engine.handle(event, 0).is_ok());
        }
        let mut now_ns = 0;
        for _ in 0..64 {
            let id = MemberId::new(numbers.below(8) as u8).ok_or(EINVAL)?;
            let event = match numbers.below(6) {
                0 | 1 => Event::MemberUp { id },
                2 | 3 => Event::MemberDown { id },
                4 => Event::MemberRemoved { id },
                _ => Event::MemberAdded {
                    id,
                    order: 1,
                    up: true,
                },
            };
            // Events that cannot be are refused and change nothing.
            let _ = engine.handle(event, now_ns);
            while let Some(deadline_ns) = engine.next_deadline() {
                now_ns = now_ns.max(deadline_ns);
                while engine.poll(now_ns).is_some() {}
            }
            assert!(even(&engine, MAX_VNICS));
        }
        Ok(())
    }

    // Turns red if a key is lost, or found that was never put in.
    #[test]
    fn a_full_table_finds_its_keys_and_no_others() -> Result {
        let buckets = buckets_needed(MAX_VNICS).ok_or(EINVAL)?;
        let table = Table::new(storage::<Bucket<u64>>(buckets)?, clock::random_u64());
        let mut table = table.map_err(|_| EINVAL)?;
        let keys = MAX_VNICS as u64;
        let key = |number: u64| Key::new((number & 3) as u16, mac(0x5254_0000_0000 + number));
        for number in 0..keys {
            assert!(table.insert(key(number), number).is_ok());
        }
        assert!(table.insert(key(5), 0) == Err(InsertError::Duplicate(&5)));
        assert!((0..keys).all(|number| table.get(key(number)) == Some(&number)));
        assert!((keys..2 * keys).all(|number| table.get(key(number)).is_none()));
        assert_eq!(table.len(), MAX_VNICS);
        Ok(())
    }

    // Turns red if a field of the announcement is not where other hosts look for it.
    #[test]
    fn rarp_is_what_others_send() {
        let mut frame = [0xaa; MIN_TAGGED_FRAME_LEN];
        assert_eq!(build_rarp(&mut frame, mac(0x5254_0012_3456), None), 60);
        assert_eq!(frame[..6], [0xff; 6]);
        assert_eq!(frame[6..14], [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x80, 0x35]);
        assert_eq!(frame[14..22], [0, 1, 8, 0, 6, 4, 0, 3]);
        assert_eq!(frame[22..28], frame[6..12]);
        assert_eq!(
            frame[28..42],
            [0, 0, 0, 0, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0]
        );
    }

    // Turns red if a copy is delivered, or a frame sent twice is taken for one.
    #[test]
    fn of_two_copies_one_is_delivered() {
        let mut dedup = Dedup::new(1_000);
        assert!(dedup.accept(7, Side::Old, 0) && dedup.accept(7, Side::Old, 1));
        assert!(!dedup.accept(7, Side::New, 2) && !dedup.accept(7, Side::New, 3));
        assert!(dedup.accept(7, Side::New, 4));
        // Too late to be a copy.
        assert!(dedup.accept(7, Side::Old, 1_005));
    }
}
