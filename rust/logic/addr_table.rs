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
        let [v, w] = (vid & VID_MASK).to_be_bytes();
        Self(VALID | u64::from_be_bytes([v, w, a, b, c, d, e, f]))
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

/// Why a table cannot be made or does not take another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError<E> {
    /// The number of buckets is not a power of two (`EINVAL`).
    BadSize,
    /// More than half of the buckets would be taken (`ENOSPC`).
    Full,
    /// The key is taken, by this value (`EADDRINUSE`).
    Duplicate(E),
}

/// How many buckets a table for `keys` keys needs.
pub const fn buckets_needed(keys: usize) -> Option<usize> {
    match keys.checked_mul(2) {
        Some(0) => Some(2),
        Some(twice) => twice.checked_next_power_of_two(),
        None => None,
    }
}

/// The table. `S` is storage for its buckets, given by the caller.
pub struct Table<T, S> {
    buckets: S,
    mask: usize,
    used: usize,
    seed: u64,
    factor: u64,
    values: PhantomData<T>,
}

impl<T, S: DerefMut<Target = [Bucket<T>]>> Table<T, S> {
    /// An empty table. What `storage` holds is dropped; its length must be a power of two, see
    /// [`buckets_needed`]. `seed` is random and kept secret.
    pub fn new(mut storage: S, seed: u64) -> Result<Self, TableError<T>> {
        let len = storage.len();
        if len < 2 || !len.is_power_of_two() {
            return Err(TableError::BadSize);
        }
        for bucket in storage.iter_mut() {
            *bucket = Bucket::EMPTY;
        }
        Ok(Self {
            mask: len.wrapping_sub(1),
            used: 0,
            seed,
            // Odd, so that it loses no bit of the key; 2^64 over the golden ratio makes something
            // else of the same seed.
            factor: seed.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            buckets: storage,
            values: PhantomData,
        })
    }

    /// A table of these keys and values.
    ///
    /// # Errors
    ///
    /// As those of [`Table::new`] and [`Table::insert`]; then `storage` is dropped.
    pub fn build<I>(storage: S, seed: u64, items: I) -> Result<Self, TableError<T>>
    where
        I: IntoIterator<Item = (Key, T)>,
        T: Clone,
    {
        let mut table = Self::new(storage, seed)?;
        for (key, value) in items {
            table.insert(key, value).map_err(|err| match err {
                TableError::BadSize => TableError::BadSize,
                TableError::Full => TableError::Full,
                TableError::Duplicate(value) => TableError::Duplicate(value.clone()),
            })?;
        }
        Ok(table)
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`TableError::Duplicate`] with the present value if the key is taken, else
    /// [`TableError::Full`]; the table is as before.
    pub fn insert(&mut self, key: Key, value: T) -> Result<(), TableError<&T>> {
        let mut free = None;
        for index in self.probes(key) {
            match self.buckets.get(index).map(|bucket| bucket.key) {
                Some(0) => {
                    free = Some(index);
                    break;
                }
                Some(taken) if taken == key.0 => {
                    let present = self.buckets.get(index).and_then(|b| b.value.as_ref());
                    return present.map_or(Err(TableError::Full), |value| {
                        Err(TableError::Duplicate(value))
                    });
                }
                _ => (),
            }
        }
        let used = self.used.saturating_add(1);
        if used > self.buckets.len() >> 1 {
            return Err(TableError::Full);
        }
        let Some(bucket) = free.and_then(|index| self.buckets.get_mut(index)) else {
            return Err(TableError::Full);
        };
        *bucket = Bucket {
            key: key.0,
            value: Some(value),
        };
        self.used = used;
        Ok(())
    }
}

impl<T, S: Deref<Target = [Bucket<T>]>> Table<T, S> {
    /// The value of a key. Half of the buckets at least are empty, so that this ends soon; and it
    /// looks at each one once at most, so that it ends whatever the storage holds.
    #[inline]
    pub fn get(&self, key: Key) -> Option<&T> {
        for index in self.probes(key) {
            let bucket = self.buckets.get(index)?;
            if bucket.key == key.0 {
                return bucket.value.as_ref();
            }
            if bucket.key == 0 {
                return None;
            }
        }
        None
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

    /// The places of a key, the best first.
    #[inline]
    fn probes(&self, key: Key) -> impl Iterator<Item = usize> {
        let mask = self.mask;
        // A folded multiplication: each bit of the result depends on the whole key.
        let product = u128::from(key.0 ^ self.seed).wrapping_mul(u128::from(self.factor));
        let hash = (product >> 64) as usize ^ product as usize;
        (0..=mask).map(move |step| hash.wrapping_add(step) & mask)
    }
}
