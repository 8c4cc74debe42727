// SPDX-License-Identifier: GPL-2.0

//! Ethernet addresses and frames as bytes.
//!
//! What an address means, what a header says, the announcement frame of an endpoint without a
//! known IP address, and the 256-bit multicast filter. No function here panics, however short or
//! wrong a frame is. Called by the data path and by the announcements of `team`.

/// Bytes of an Ethernet address.
pub const MAC_LEN: usize = 6;

/// Bytes of an Ethernet header without a VLAN tag.
pub const HEADER_LEN: usize = 14;

/// Bytes of the shortest Ethernet frame, checksum not counted (IEEE 802.3).
pub const MIN_FRAME_LEN: usize = 60;

/// Bytes of the shortest Ethernet frame with an 802.1Q tag: a switch that takes the tag off need
/// not pad.
pub const MIN_TAGGED_FRAME_LEN: usize = 64;

/// EtherType of RARP (RFC 903).
pub const ETH_P_RARP: u16 = 0x8035;

/// EtherType of an 802.1Q tag.
pub const ETH_P_8021Q: u16 = 0x8100;

/// An Ethernet address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr(pub [u8; MAC_LEN]);

impl MacAddr {
    /// The address of all stations.
    pub const BROADCAST: Self = Self([0xff; MAC_LEN]);

    /// No address.
    pub const ZERO: Self = Self([0; MAC_LEN]);

    /// The six bytes from `offset` on in `frame`, if there are that many.
    #[inline]
    pub fn read(frame: &[u8], offset: usize) -> Option<Self> {
        let bytes = frame.get(offset..)?.first_chunk::<MAC_LEN>()?;
        Some(Self(*bytes))
    }

    /// The address as a number; the first byte on the wire is the highest.
    #[inline]
    pub const fn to_u64(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// Whether it names a group of stations; true for broadcast too.
    #[inline]
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 0x01 != 0
    }

    /// Whether it names all stations.
    #[inline]
    pub const fn is_broadcast(self) -> bool {
        self.to_u64() == Self::BROADCAST.to_u64()
    }

    /// Whether it is all zeroes.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.to_u64() == 0
    }

    /// Whether a station can have it.
    #[inline]
    pub const fn is_valid_unicast(self) -> bool {
        !self.is_multicast() && !self.is_zero()
    }

    /// Whether bridges must not forward it: 01:80:c2:00:00:00 to :0f (IEEE 802.1Q).
    #[inline]
    pub const fn is_link_local(self) -> bool {
        self.to_u64() >> 4 == 0x0180_c200_0000 >> 4
    }
}

/// The addresses and the type of an Ethernet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// To whom.
    pub dst: MacAddr,
    /// From whom.
    pub src: MacAddr,
    /// What it carries, in host byte order; [`ETH_P_8021Q`] if a tag follows.
    pub ethertype: u16,
}

impl Header {
    /// The header at the start of `frame`; `None` if it is cut short.
    #[inline]
    pub fn read(frame: &[u8]) -> Option<Self> {
        let header = frame.first_chunk::<HEADER_LEN>()?;
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, hi, lo] = *header;
        Some(Self {
            dst: MacAddr([d0, d1, d2, d3, d4, d5]),
            src: MacAddr([s0, s1, s2, s3, s4, s5]),
            ethertype: u16::from_be_bytes([hi, lo]),
        })
    }
}

/// Room for an announcement frame.
pub type RarpBuffer = [u8; MIN_TAGGED_FRAME_LEN];

/// What follows the type field: Ethernet and IPv4, lengths 6 and 4, operation "request reverse".
const RARP_FIXED: [u8; 8] = [0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x03];

/// Builds the frame by which switches learn where `mac` is when no IP address is known (FLT-3): a
/// RARP request that asks for its own address, as other hypervisors send after a migration.
///
/// With `tag`, the frame has one of that Ethernet type and control information. Returns the
/// frame's length in bytes; the rest of `frame` is zero.
pub fn build_rarp(frame: &mut RarpBuffer, mac: MacAddr, tag: Option<(u16, u16)>) -> usize {
    let tag = tag.map(|(proto, tci)| {
        let ([a, b], [c, d]) = (proto.to_be_bytes(), tci.to_be_bytes());
        [a, b, c, d]
    });
    let no_ip = [0; 4];
    let parts: [&[u8]; 9] = [
        &MacAddr::BROADCAST.0,
        &mac.0,
        tag.as_ref().map_or(&[], |tag| tag.as_slice()),
        &ETH_P_RARP.to_be_bytes(),
        &RARP_FIXED,
        &mac.0,
        &no_ip,
        &mac.0,
        &no_ip,
    ];
    let bytes = parts.into_iter().flatten().copied();
    for (place, byte) in frame.iter_mut().zip(bytes.chain(core::iter::repeat(0))) {
        *place = byte;
    }
    match tag {
        Some(_) => MIN_TAGGED_FRAME_LEN,
        None => MIN_FRAME_LEN,
    }
}

/// How many octets of a frame's payload [`fingerprint`] looks at.
pub const FINGERPRINT_LEN: usize = 128;

/// The least payload of an Ethernet frame on the wire in bytes; shorter ones are padded with
/// zeroes by some NICs and given without padding by others.
const MIN_PAYLOAD_LEN: u32 = 46;

/// Tells frames apart: equal for copies of one frame, and with near certainty not for others.
///
/// `payload` is what follows the Ethernet header, up to [`FINGERPRINT_LEN`] bytes, `len` its whole
/// length in bytes. Padding to the least length of a frame makes no difference. `seed` is random
/// and kept secret, so that nobody can make a frame look like another.
pub fn fingerprint(seed: u64, dest: MacAddr, source: MacAddr, payload: &[u8], len: u32) -> u64 {
    let mix = |state: u64, word: u64| {
        let product =
            u128::from(state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        (product >> 64) as u64 ^ product as u64 ^ state.rotate_left(29)
    };
    let mut head = payload.get(..FINGERPRINT_LEN).unwrap_or(payload);
    if len <= MIN_PAYLOAD_LEN {
        while let [rest @ .., 0] = head {
            head = rest;
        }
    }
    let len = len.max(MIN_PAYLOAD_LEN);
    let addresses = [dest.to_u64(), source.to_u64(), u64::from(len)];
    let state = addresses.into_iter().fold(seed, mix);
    head.chunks(8).fold(state, |state, chunk| {
        // Each octet has a place of its own, also in a word that is cut short.
        let mut word = [0; 8];
        for (place, octet) in word.iter_mut().zip(chunk) {
            *place = *octet;
        }
        mix(state, u64::from_be_bytes(word))
    })
}

/// The bit of a multicast address in a [`MulticastFilter`].
#[inline]
pub const fn multicast_bit(mac: MacAddr) -> u8 {
    // Multicast addresses differ mostly in their last bytes; the factor is 2^64 over the golden
    // ratio and carries these into the highest byte.
    (mac.to_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// Which multicast groups an endpoint may want: it never denies one that was put in, and lets few
/// others through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MulticastFilter([u64; 4]);

impl MulticastFilter {
    /// The filter that lets nothing through.
    pub const NONE: Self = Self([0; 4]);

    /// The filter that lets everything through (all-multicast, promiscuous).
    pub const ALL: Self = Self([u64::MAX; 4]);

    const fn place(mac: MacAddr) -> (usize, u64) {
        let bit = multicast_bit(mac);
        ((bit >> 6) as usize, 1u64.wrapping_shl((bit & 63) as u32))
    }

    /// The filter as words, bit [`multicast_bit`] of which stands for a group.
    pub const fn words(&self) -> [u64; 4] {
        self.0
    }

    /// Lets a group through.
    pub fn insert(&mut self, mac: MacAddr) {
        let (word, bit) = Self::place(mac);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether a group is let through.
    #[inline]
    pub fn contains(&self, mac: MacAddr) -> bool {
        let (word, bit) = Self::place(mac);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Lets through what either lets through.
    pub fn union(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a | e, b | f, c | g, d | h])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: MacAddr = MacAddr([0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);

    #[test]
    fn kinds_of_addresses() {
        assert!(MacAddr::BROADCAST.is_multicast() && MacAddr::BROADCAST.is_broadcast());
        assert!(!MacAddr::BROADCAST.is_valid_unicast());
        assert!(MacAddr::ZERO.is_zero() && !MacAddr::ZERO.is_valid_unicast());
        assert!(MAC.is_valid_unicast() && !MAC.is_multicast() && !MAC.is_link_local());
        let group = MacAddr([0x01, 0x00, 0x5e, 0x00, 0x00, 0x01]);
        assert!(group.is_multicast() && !group.is_broadcast() && !group.is_link_local());
    }

    #[test]
    fn link_local_is_sixteen_addresses() {
        let at = |last| MacAddr([0x01, 0x80, 0xc2, 0x00, 0x00, last]).is_link_local();
        assert!((0..16).all(at));
        assert!(!at(16) && !at(0xff));
        assert!(!MacAddr([0x01, 0x80, 0xc2, 0x00, 0x01, 0x00]).is_link_local());
        assert!(!MacAddr([0x00, 0x80, 0xc2, 0x00, 0x00, 0x00]).is_link_local());
    }

    #[test]
    fn headers_are_read_or_refused() {
        let mut frame = [0; HEADER_LEN];
        for (index, byte) in frame.iter_mut().enumerate() {
            *byte = index as u8;
        }
        let header = Header::read(&frame).unwrap();
        assert_eq!(header.dst, MacAddr([0, 1, 2, 3, 4, 5]));
        assert_eq!(header.src, MacAddr([6, 7, 8, 9, 10, 11]));
        assert_eq!(header.ethertype, 0x0c0d);
        for len in 0..HEADER_LEN {
            assert_eq!(Header::read(&frame[..len]), None);
        }
        assert_eq!(
            MacAddr::read(&frame, 8),
            Some(MacAddr([8, 9, 10, 11, 12, 13]))
        );
        assert_eq!(MacAddr::read(&frame, 9), None);
        assert_eq!(MacAddr::read(&frame, usize::MAX), None);
    }

    #[test]
    fn rarp_is_what_others_send() {
        let mut frame = [0xaa; MIN_TAGGED_FRAME_LEN];
        assert_eq!(build_rarp(&mut frame, MAC, None), 60);
        #[rustfmt::skip]
        let wanted = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x80, 0x35,
            0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x03,
            0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0, 0, 0, 0,
            0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0, 0, 0, 0,
        ];
        assert_eq!(frame[..42], wanted);
        assert_eq!(frame[42..], [0; 22]);
    }

    #[test]
    fn tagged_rarp_differs_by_the_tag_only() {
        let mut plain = [0; MIN_TAGGED_FRAME_LEN];
        let mut tagged = [0; MIN_TAGGED_FRAME_LEN];
        build_rarp(&mut plain, MAC, None);
        assert_eq!(
            build_rarp(&mut tagged, MAC, Some((ETH_P_8021Q, 0x6fff))),
            64
        );
        assert_eq!(tagged[..12], plain[..12]);
        assert_eq!(tagged[12..16], [0x81, 0x00, 0x6f, 0xff]);
        assert_eq!(tagged[16..], plain[12..60]);
    }
}
