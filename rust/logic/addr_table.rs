// SPDX-License-Identifier: GPL-2.0

//! Which endpoint owns a (VLAN, MAC): an exact-match table for the data path (CLS-1).
//!
//! Built by the control path in storage that it allocated, then published and never changed;
//! looked up for each received frame. Addresses are chosen by whoever sends frames or configures
//! VNICs, so the hash has a secret seed; it is not for anything but finding a bucket.

use core::{
    marker::PhantomData,
    ops::{
        Deref,
        DerefMut, //
    }, //
};

use super::frame::MacAddr;

/// Marks every valid key, so that no frame whatsoever has the key of an empty bucket.
const VALID: u64 = 1 << 63;

/// VLAN ids have 12 bits (IEEE 802.1Q).
const VID_MASK: u16 = 0x0fff;

/// A (VLAN, MAC) to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of a MAC in a VLAN; `vid` 0 is "no VLAN". Priority bits above the id are ignored.
    #[inline]
    pub const fn new(vid: u16, mac: MacAddr) -> Self {
        let [a, b, c, d, e, f] = mac.0;
        // In this order a little-endian CPU takes the address from the frame as it is.
        let address = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
        Self(VALID | ((vid & VID_MASK) as u64) << 48 | address)
    }
}

/// One place of a table: empty, or a key with its value.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<T> {
    key: u64,
    value: Option<T>,
}

impl<T> Bucket<T> {
    /// An empty place.
    pub const EMPTY: Self = Self {
        key: 0,
        value: None,
    };
}

impl<T> Default for Bucket<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The number of buckets is not a power of two, or less than two (`EINVAL`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSize;

/// Why a table does not take another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertError<V> {
    /// More than half of the buckets would be taken (`ENOSPC`).
    Full,
    /// The key is taken, by this value (`EADDRINUSE`).
    Duplicate(V),
}

/// The least number of buckets that a table should have.
const FEW_BUCKETS: usize = 64;

/// How many buckets a table for `keys` keys should have: enough that a look at one bucket is
/// most often all that it takes, for a key that is there and for one that is not.
pub const fn buckets_needed(keys: usize) -> Option<usize> {
    match keys.checked_mul(4) {
        Some(few) if few < FEW_BUCKETS => Some(FEW_BUCKETS),
        Some(many) => many.checked_next_power_of_two(),
        None => None,
    }
}

/// Spreads the bits of a seed, so that no seed, not even 0, makes a weak hash (the finalizer of
/// SplitMix64).
const fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The table. `S` is storage for its buckets, given by the caller.
pub struct Table<T, S> {
    buckets: S,
    mask: usize,
    used: usize,
    /// No key is further from its best place than this many places, the best one included.
    reach: usize,
    factor: u64,
    /// What leaves as many high bits of a product as places have.
    shift: u32,
    values: PhantomData<T>,
}

impl<T, S: DerefMut<Target = [Bucket<T>]>> Table<T, S> {
    /// An empty table. What `storage` holds is dropped; its length must be a power of two, see
    /// [`buckets_needed`]. `seed` is random and kept secret.
    pub fn new(mut storage: S, seed: u64) -> Result<Self, BadSize> {
        let len = storage.len();
        if len < 2 || !len.is_power_of_two() {
            return Err(BadSize);
        }
        for bucket in storage.iter_mut() {
            *bucket = Bucket::EMPTY;
        }
        Ok(Self {
            mask: len.wrapping_sub(1),
            used: 0,
            reach: 0,
            // Odd, so that it loses no bit of the key.
            factor: mix(seed) | 1,
            shift: len.leading_zeros().wrapping_add(1) & 63,
            buckets: storage,
            values: PhantomData,
        })
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`InsertError::Duplicate`] with the present value if the key is taken, else
    /// [`InsertError::Full`]; the table is as before.
    pub fn insert(&mut self, key: Key, value: T) -> Result<(), InsertError<&T>> {
        if self.get(key).is_some() {
            // The borrow checker does not let go of what the condition found.
            return Err(self
                .get(key)
                .map_or(InsertError::Full, InsertError::Duplicate));
        }
        let used = self.used.saturating_add(1);
        if used > self.buckets.len() >> 1 {
            return Err(InsertError::Full);
        }
        let best = self.best_place(key);
        for distance in 0..self.buckets.len() {
            let place = best.wrapping_add(distance) & self.mask;
            let Some(bucket) = self.buckets.get_mut(place).filter(|b| b.key == 0) else {
                continue;
            };
            *bucket = Bucket {
                key: key.0,
                value: Some(value),
            };
            self.used = used;
            self.reach = self.reach.max(distance.saturating_add(1));
            return Ok(());
        }
        Err(InsertError::Full)
    }
}

impl<T, S: Deref<Target = [Bucket<T>]>> Table<T, S> {
    /// The value of a key. It ends soon, because half of the buckets at least are empty, and
    /// after as many places as any key is away from its own in any case.
    #[inline(always)]
    pub fn get(&self, key: Key) -> Option<&T> {
        // Most keys are where they should be.
        let best = self.best_place(key);
        let bucket = self.buckets.get(best)?;
        if bucket.key == key.0 {
            bucket.value.as_ref()
        } else if bucket.key == 0 {
            None
        } else {
            self.search(key, best)
        }
    }

    /// The value of a key that is where it should be; as [`Self::get`] for most keys, and `None`
    /// for the others.
    #[inline(always)]
    pub fn get_best(&self, key: Key) -> Option<&T> {
        let bucket = self.buckets.get(self.best_place(key))?;
        if bucket.key == key.0 {
            bucket.value.as_ref()
        } else {
            None
        }
    }

    #[inline(never)]
    fn search(&self, key: Key, best: usize) -> Option<&T> {
        let mut place = best;
        for _ in 0..self.reach {
            let bucket = self.buckets.get(place & self.mask)?;
            if bucket.key == key.0 {
                return bucket.value.as_ref();
            }
            if bucket.key == 0 {
                return None;
            }
            place = place.wrapping_add(1);
        }
        None
    }

    /// How many buckets are looked at for a key at most. If it is many, another seed is better.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// How many keys are in the table.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether no key is in the table.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The keys' values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.buckets
            .iter()
            .filter_map(|bucket| bucket.value.as_ref())
    }

    /// Where a key should be.
    #[inline(always)]
    fn best_place(&self, key: Key) -> usize {
        // Multiply and shift: the high bits of a product depend on all bits of the key. Keys that
        // count up in steps land in steps, which for few seeds are too small, see `reach`.
        key.0.wrapping_mul(self.factor).wrapping_shr(self.shift) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn mac(number: u64) -> MacAddr {
        let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
        MacAddr([a, b, c, d, e, f])
    }

    /// Addresses come in patterns: one after the other, one per VLAN, in steps of a power of two,
    /// counted in the upper bytes. None makes long searches with every seed.
    #[test]
    fn patterns_do_not_pile_up() {
        let patterns: [fn(u64) -> Key; 4] = [
            |n| Key::new(0, mac(0x5254_0000_0000 + n)),
            |n| Key::new(n as u16, mac(0x5254_0012_3456)),
            |n| Key::new(0, mac(0x0200_0000_0000 + (n << 16))),
            |n| Key::new((n & 7) as u16, mac(0x0200_0000_0001 + (n << 29))),
        ];
        for (which, key) in patterns.iter().enumerate() {
            let mut longest = Vec::new();
            for seed in 0..1024 {
                let storage = std::vec![Bucket::EMPTY; buckets_needed(1016).unwrap()];
                let mut table = Table::new(storage, seed).unwrap();
                for n in 0..1016 {
                    table.insert(key(n), n).unwrap();
                }
                longest.push(table.reach());
            }
            // What a random function gives, with one of a few seeds.
            let good = longest.iter().filter(|reach| **reach <= 8).count();
            assert!(good > 512, "pattern {which}: {good} of 1024 seeds");
            let best = longest.chunks(4).map(|four| four.iter().min().unwrap());
            let worst = best.max().unwrap();
            assert!(*worst <= 12, "pattern {which}: {worst}");
        }
    }

    #[test]
    fn a_key_is_of_its_own() {
        let key = Key::new(0x0fff, MacAddr::BROADCAST);
        assert_eq!(key.0, 0x8fff_ffff_ffff_ffff);
        assert_eq!(
            Key::new(0, MacAddr([1, 2, 3, 4, 5, 6])).0,
            0x8000_0605_0403_0201
        );
        assert_ne!(Key::new(0, MacAddr::ZERO).0, Bucket::<()>::EMPTY.key);
    }
}
