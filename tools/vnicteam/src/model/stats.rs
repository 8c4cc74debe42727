// SPDX-License-Identifier: GPL-2.0

//! Counters of a member, of a VNIC or of a team's own endpoint.

/// Names in the order of VNICTEAM_A_STATS_*, which begin with 1.
pub const NAMES: [&str; 18] = [
    "rx_packets",
    "rx_bytes",
    "tx_packets",
    "tx_bytes",
    "rx_unknown",
    "rx_own",
    "rx_not_mapped",
    "rx_isolated",
    "rx_standby",
    "rx_down",
    "rx_no_memory",
    "rx_flood",
    "tx_standby",
    "tx_short",
    "tx_spoofed",
    "tx_held",
    "tx_member",
    "tx_neighbour",
];

const RX_PACKETS: usize = 0;
const RX_BYTES: usize = 1;
const TX_PACKETS: usize = 2;
const TX_BYTES: usize = 3;
/// From here on a counter is of frames that were not delivered.
const DROPS: usize = 4;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats([u64; NAMES.len()]);

impl Stats {
    /// Sets the counter with this attribute number; those of a newer kernel are passed over.
    pub fn set(&mut self, attribute: u16, value: u64) {
        let index = usize::from(attribute).wrapping_sub(1);
        if let Some(counter) = self.0.get_mut(index) {
            *counter = value;
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        NAMES.into_iter().zip(self.0)
    }

    /// Counters of frames that were not delivered, those that are not 0.
    pub fn drops(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.iter().skip(DROPS).filter(|(_, count)| *count > 0)
    }

    pub fn rx_packets(&self) -> u64 {
        self.0[RX_PACKETS]
    }

    pub fn rx_bytes(&self) -> u64 {
        self.0[RX_BYTES]
    }

    pub fn tx_packets(&self) -> u64 {
        self.0[TX_PACKETS]
    }

    pub fn tx_bytes(&self) -> u64 {
        self.0[TX_BYTES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_their_places() {
        let mut stats = Stats::default();
        for attribute in 0..=40 {
            stats.set(attribute, 100 + u64::from(attribute));
        }
        assert_eq!(stats.rx_packets(), 101);
        assert_eq!(stats.tx_bytes(), 104);
        assert_eq!(stats.iter().last(), Some(("tx_neighbour", 118)));
        assert_eq!(stats.drops().next(), Some(("rx_unknown", 105)));
    }
}
