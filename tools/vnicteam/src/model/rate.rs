// SPDX-License-Identifier: GPL-2.0

//! Rates: what two snapshots and the time between them tell about load (PLC-4).

use super::snapshot::Snapshot;
use super::stats::Stats;
use std::collections::HashMap;
use std::time::Duration;

/// Per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    pub rx_bits: u64,
    pub tx_bits: u64,
    pub rx_packets: u64,
    pub tx_packets: u64,
}

impl Rate {
    fn between(old: &Stats, new: &Stats, time: Duration) -> Rate {
        // Counters go back when they are flushed: nothing is known then.
        let per_second = |old: u64, new: u64, times: f64| {
            (new.saturating_sub(old) as f64 * times / time.as_secs_f64()) as u64
        };
        if time.is_zero() {
            return Rate::default();
        }
        Rate {
            rx_bits: per_second(old.rx_bytes(), new.rx_bytes(), 8.0),
            tx_bits: per_second(old.tx_bytes(), new.tx_bytes(), 8.0),
            rx_packets: per_second(old.rx_packets(), new.rx_packets(), 1.0),
            tx_packets: per_second(old.tx_packets(), new.tx_packets(), 1.0),
        }
    }

    /// Both directions together.
    pub fn bits(&self) -> u64 {
        self.rx_bits.saturating_add(self.tx_bits)
    }

    /// The busier direction as a share of the capacity, in percent.
    pub fn load(&self, capacity: Option<u64>) -> Option<u64> {
        let capacity = u128::from(capacity.filter(|bits| *bits > 0)?);
        let percent = u128::from(self.rx_bits.max(self.tx_bits)) * 100 / capacity;
        Some(u64::try_from(percent).unwrap_or(u64::MAX))
    }
}

/// Whose rate: an ifindex tells a VNIC from a later one in the same slot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Key {
    Team(u32),
    Member(u32),
    Vnic(u32, u32, u32),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(HashMap<Key, Rate>);

impl Rates {
    /// What is new in the second snapshot has no rate.
    pub fn between(old: &Snapshot, new: &Snapshot, time: Duration) -> Rates {
        let before: HashMap<_, _> = counters(old).collect();
        let rate = |(key, stats)| {
            let old = before.get(&key)?;
            Some((key, Rate::between(old, stats, time)))
        };
        Rates(counters(new).filter_map(rate).collect())
    }

    pub fn team(&self, team: u32) -> Option<Rate> {
        self.0.get(&Key::Team(team)).copied()
    }

    pub fn member(&self, member: u32) -> Option<Rate> {
        self.0.get(&Key::Member(member)).copied()
    }

    pub fn vnic(&self, team: u32, slot: u32, index: u32) -> Option<Rate> {
        self.0.get(&Key::Vnic(team, slot, index)).copied()
    }
}

fn counters(snapshot: &Snapshot) -> impl Iterator<Item = (Key, &Stats)> {
    snapshot.teams.iter().flat_map(|team| {
        let own = std::iter::once((Key::Team(team.index), &team.stats));
        let members = team.members.iter();
        let vnics = team.vnics.iter();
        own.chain(members.map(|member| (Key::Member(member.index), &member.stats)))
            .chain(vnics.map(|vnic| {
                let key = Key::Vnic(team.index, vnic.slot, vnic.index);
                (key, &vnic.stats)
            }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    fn grown(by: u64) -> Snapshot {
        let mut snapshot = sample::snapshot();
        let stats = &mut snapshot.teams[0].members[0].stats;
        let now = stats.rx_bytes();
        stats.set(2, now + by);
        snapshot
    }

    #[test]
    fn bytes_become_bits_per_second() {
        let rates = Rates::between(
            &sample::snapshot(),
            &grown(1000),
            Duration::from_millis(500),
        );
        assert_eq!(rates.member(11).unwrap().rx_bits, 16_000);
        assert_eq!(rates.member(12).unwrap(), Rate::default());
    }

    #[test]
    fn counters_that_went_back_and_no_time_give_zero() {
        let second = Duration::from_secs(1);
        let rates = Rates::between(&grown(1000), &sample::snapshot(), second);
        assert_eq!(rates.member(11).unwrap().rx_bits, 0);
        let rates = Rates::between(&sample::snapshot(), &grown(1000), Duration::ZERO);
        assert_eq!(rates.member(11).unwrap().rx_bits, 0);
    }

    #[test]
    fn what_took_over_a_slot_has_no_rate() {
        let mut new = grown(0);
        new.teams[0].vnics[0].index += 100;
        let rates = Rates::between(&sample::snapshot(), &new, Duration::from_secs(1));
        let vnic = &new.teams[0].vnics[0];
        assert_eq!(rates.vnic(new.teams[0].index, vnic.slot, vnic.index), None);
    }

    #[test]
    fn load_is_of_the_busier_direction() {
        let rate = Rate {
            rx_bits: 250,
            tx_bits: 750,
            ..Rate::default()
        };
        assert_eq!(rate.load(Some(1000)), Some(75));
        assert_eq!(rate.load(None), None);
        assert_eq!(rate.load(Some(0)), None);
        let most = Rate {
            rx_bits: u64::MAX,
            ..rate
        };
        assert_eq!(most.load(Some(1)), Some(u64::MAX));
        assert_eq!(most.bits(), u64::MAX);
    }
}
