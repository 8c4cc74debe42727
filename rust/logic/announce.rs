// SPDX-License-Identifier: GPL-2.0

//! Who must still announce its address, and when (FLT-3).
//!
//! After a switch the driver announces once by itself and calls [`Announcer::request`]; this
//! paces the repetitions, so that a thousand endpoints that move at once do not flood the
//! network. It builds and sends nothing. `team` calls it from its delayed work.

use core::ops::DerefMut;

use super::limits::Slot;

const NSEC_PER_SEC: u64 = 1_000_000_000;

/// How often, how far apart and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Announcements per request; 0 for none.
    pub count: u8,
    /// Least time between two announcements of one endpoint, in nanoseconds.
    pub interval_ns: u64,
    /// Announcements per second of all endpoints together; 0 for no limit. A burst is the amount
    /// of 1/64 s, and at least one.
    pub rate_per_s: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            count: 3,
            interval_ns: 200_000_000,
            rate_per_s: 10_000,
        }
    }
}

/// State of one endpoint slot. The caller of the announcer gives storage for these and never
/// looks inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// Announcements still to be made.
    left: u8,
    /// When the next one is due, in nanoseconds.
    due_ns: u64,
}

/// A token bucket. What it holds is counted in announcements times nanoseconds per second, so
/// that nothing is rounded.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: u64,
    filled_ns: u64,
}

impl Bucket {
    fn capacity(rate_per_s: u32) -> u64 {
        u64::from(rate_per_s >> 6)
            .max(1)
            .saturating_mul(NSEC_PER_SEC)
    }

    fn refill(&mut self, rate_per_s: u32, now_ns: u64) {
        let elapsed_ns = now_ns.saturating_sub(self.filled_ns);
        self.level = elapsed_ns
            .saturating_mul(u64::from(rate_per_s))
            .saturating_add(self.level)
            .min(Self::capacity(rate_per_s));
        self.filled_ns = self.filled_ns.max(now_ns);
    }

    /// When there is one token, in nanoseconds.
    fn ready_ns(&self, rate_per_s: u32) -> u64 {
        let missing = NSEC_PER_SEC.saturating_sub(self.level);
        let rate = u64::from(rate_per_s);
        let wait_ns = match missing.checked_div(rate) {
            Some(whole) if whole.saturating_mul(rate) < missing => whole.saturating_add(1),
            Some(whole) => whole,
            None => 0,
        };
        self.filled_ns.saturating_add(wait_ns)
    }

    fn spend(&mut self) {
        self.level = self.level.saturating_sub(NSEC_PER_SEC);
    }
}

/// The announcements of one team. `V` is storage for [`MAX_ENDPOINTS`] records, given by the
/// caller; requests for slots beyond a shorter one are ignored.
///
/// [`MAX_ENDPOINTS`]: super::limits::MAX_ENDPOINTS
pub struct Announcer<V> {
    records: V,
    config: Config,
    bucket: Bucket,
    /// Where the search for the next one begins: behind the last that was found.
    cursor: usize,
}

impl<V: DerefMut<Target = [Record]>> Announcer<V> {
    /// An announcer with nothing to do. What `storage` holds is lost.
    pub fn new(mut storage: V, config: Config) -> Self {
        storage.fill(Record::default());
        Self {
            records: storage,
            config,
            bucket: Bucket {
                level: Bucket::capacity(config.rate_per_s),
                filled_ns: 0,
            },
            cursor: 0,
        }
    }

    /// Changes the pace. Announcements that were requested before keep their number.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
    }

    /// The pace.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Starts `count` announcements for an endpoint, the first one now. Those of an earlier
    /// request that are left are replaced: the address has moved again.
    pub fn request(&mut self, slot: Slot, now_ns: u64) {
        if let Some(record) = self.records.get_mut(slot.index()) {
            *record = Record {
                left: self.config.count,
                due_ns: now_ns,
            };
        }
    }

    /// Drops what is left for an endpoint: it is deleted or in standby.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(record) = self.records.get_mut(slot.index()) {
            *record = Record::default();
        }
    }

    /// An endpoint that must announce now. Call it until it returns `None`, then again at
    /// [`Announcer::next_deadline`].
    pub fn poll(&mut self, now_ns: u64) -> Option<Slot> {
        if self.config.rate_per_s != 0 {
            self.bucket.refill(self.config.rate_per_s, now_ns);
            if self.bucket.level < NSEC_PER_SEC {
                return None;
            }
        }
        let is_due = |&index: &usize| {
            let record = self.records.get(index);
            record.is_some_and(|record| record.left > 0 && record.due_ns <= now_ns)
        };
        let mut places = (self.cursor..self.records.len()).chain(0..self.cursor);
        let index = places.find(is_due)?;
        let record = self.records.get_mut(index)?;
        record.left = record.left.saturating_sub(1);
        record.due_ns = now_ns.saturating_add(self.config.interval_ns);
        self.cursor = index.saturating_add(1);
        if self.config.rate_per_s != 0 {
            self.bucket.spend();
        }
        Slot::from_index(index)
    }

    /// When [`Announcer::poll`] returns a slot next, in nanoseconds, which may be in the past;
    /// `None` if nothing is left to do.
    pub fn next_deadline(&self) -> Option<u64> {
        let due_ns = self
            .records
            .iter()
            .filter(|record| record.left > 0)
            .map(|record| record.due_ns)
            .min()?;
        if self.config.rate_per_s == 0 {
            return Some(due_ns);
        }
        Some(due_ns.max(self.bucket.ready_ns(self.config.rate_per_s)))
    }
}
