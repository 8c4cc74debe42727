// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a frame, or as the history of a team: the body of the fuzz targets, which also
//! runs over the corpus and over what proptest makes up.

use vnicteam_logic::logic::engine::{
    Config,
    Engine,
    Entry,
    Event, //
};
use vnicteam_logic::logic::frame::{
    build_rarp,
    fingerprint,
    Header,
    MacAddr,
    MulticastFilter,
    FINGERPRINT_LEN,
    HEADER_LEN,
    MAC_LEN,
    MIN_TAGGED_FRAME_LEN, //
};
use vnicteam_logic::logic::limits::{
    MemberId,
    Slot,
    MAX_ENDPOINTS,
    MAX_MEMBERS, //
};

use super::driver::Driver;
use super::{
    member,
    slot,
    Op, //
};

/// A history is cut off here: what breaks a law breaks it with less.
const MAX_OPS: usize = 200;

/// Whatever is received is read or refused, and means one thing.
pub fn frame(data: &[u8]) {
    let header = Header::read(data);
    assert_eq!(header.is_some(), data.len() >= HEADER_LEN);
    for offset in (0..=data.len()).chain([usize::MAX - MAC_LEN, usize::MAX]) {
        let fits = offset <= data.len().saturating_sub(MAC_LEN) && data.len() >= MAC_LEN;
        assert_eq!(MacAddr::read(data, offset).is_some(), fits, "at {offset}");
    }
    let Some(Header { dst, src, .. }) = header else {
        return;
    };
    assert_eq!(MacAddr::read(data, 0), Some(dst));
    assert_eq!(MacAddr::read(data, MAC_LEN), Some(src));
    for mac in [dst, src] {
        let kinds = [mac.is_valid_unicast(), mac.is_multicast(), mac.is_zero()];
        assert_eq!(kinds.into_iter().filter(|&is| is).count(), 1);
        announcement(mac, data);
    }
    copies(dst, src, &data[HEADER_LEN..]);
    let mut filter = MulticastFilter::NONE;
    filter.insert(dst);
    assert!(filter.contains(dst) && filter.union(MulticastFilter::NONE).contains(dst));
}

/// An announcement reads as what it was built from.
fn announcement(mac: MacAddr, data: &[u8]) {
    let tag = data.get(HEADER_LEN..HEADER_LEN + 4);
    let tag = tag.map(|t| {
        (
            u16::from_be_bytes([t[0], t[1]]),
            u16::from_be_bytes([t[2], t[3]]),
        )
    });
    let mut rarp = [0x5a; MIN_TAGGED_FRAME_LEN];
    let len = build_rarp(&mut rarp, mac, tag);
    let header = Header::read(&rarp[..len]).expect("a whole header");
    assert_eq!((header.dst, header.src), (MacAddr::BROADCAST, mac));
    if let Some((proto, _)) = tag {
        assert_eq!(header.ethertype, proto);
    }
}

/// A copy has the fingerprint of its frame, and another frame does not.
fn copies(dst: MacAddr, src: MacAddr, payload: &[u8]) {
    let len = payload.len() as u32;
    let of = |payload: &[u8], len| fingerprint(7, dst, src, payload, len);
    let one = of(payload, len);
    let mut padded = payload.to_vec();
    padded.resize(payload.len().max(46), 0);
    assert_eq!(of(&padded, padded.len() as u32), one);
    let mut other = padded.clone();
    other[0] ^= 0x80;
    assert_ne!(of(&other, other.len() as u32), one);
    other.copy_from_slice(&padded);
    let seen = other.len().min(FINGERPRINT_LEN);
    other[..seen].rotate_left(1);
    assert_eq!(of(&other, other.len() as u32) == one, other == padded);
    if payload.len() > FINGERPRINT_LEN {
        assert_eq!(of(&payload[..FINGERPRINT_LEN], len), one);
    }
    // A length that lies.
    of(payload, u32::MAX);
    of(payload, 0);
}

/// The history of a team: the first byte says whether by the rules or with times that jump.
pub fn engine(data: &[u8]) {
    let mut bytes = Bytes(data);
    match bytes.byte() {
        Some(0xff) => {
            let _ = nonsense(&mut bytes);
        }
        Some(_) => {
            let mut driver = Driver::new(Config::default());
            for _ in 0..MAX_OPS {
                let Some(op) = bytes.op() else {
                    break;
                };
                driver.step(&op);
            }
            driver.quiesce();
        }
        None => (),
    }
}

/// Nothing ends in a panic, and all comes to an end. `None`: there are no more bytes.
fn nonsense(bytes: &mut Bytes<'_>) -> Option<()> {
    let storage = usize::from(bytes.byte()?);
    let config = Config {
        settle_ns: bytes.word()?,
        grace_ns: bytes.word()?,
    };
    let mut engine = Engine::new(vec![Entry::default(); storage], config);
    for _ in 0..MAX_OPS {
        let code = bytes.byte()?;
        if let Some(event) = bytes.event(code) {
            let _ = engine.handle(event, bytes.word()?);
        }
        let now = bytes.word()?;
        for count in 0.. {
            assert!(count <= 5 * MAX_ENDPOINTS, "no end of actions");
            if engine.poll(now).is_none() {
                break;
            }
        }
        let deadline = engine.next_deadline();
        assert!(deadline.is_none_or(|at| at > now || engine.poll(now).is_none()));
    }
    None
}

/// Bytes that are used up one after the other.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }

    fn id(&mut self) -> Option<MemberId> {
        Some(member(self.byte()? % MAX_MEMBERS as u8))
    }

    fn slot(&mut self) -> Option<Slot> {
        Some(slot(u16::from(self.byte()?)))
    }

    /// No pin, more often than not.
    fn pin(&mut self) -> Option<Option<MemberId>> {
        let byte = self.byte()?;
        Some((usize::from(byte) < MAX_MEMBERS).then(|| member(byte)))
    }

    /// The event of a code; its highest bit is a flag. `None` if that is none.
    fn event(&mut self, code: u8) -> Option<Event> {
        let flag = code & 0x80 != 0;
        Some(match code & 0x0f {
            0 => Event::MemberAdded {
                id: self.id()?,
                order: u32::from(self.byte()? % 4),
                up: !flag,
            },
            1 => Event::MemberRemoved { id: self.id()? },
            2 => Event::MemberUp { id: self.id()? },
            3 => Event::MemberDown { id: self.id()? },
            4 => Event::EndpointAdded {
                slot: self.slot()?,
                weightless: flag,
                pin: self.pin()?,
            },
            5 => Event::EndpointRemoved { slot: self.slot()? },
            6 => Event::Pin {
                slot: self.slot()?,
                member: self.pin()?,
            },
            7 => Event::Redistribute,
            8 => Event::Suspend,
            9 => Event::Resume,
            _ => return None,
        })
    }

    fn op(&mut self) -> Option<Op> {
        let code = self.byte()?;
        Some(match code & 0x0f {
            10 => Op::Poll(self.byte()? % 8),
            11 => Op::Drain,
            12 => Op::Advance(u64::from(self.byte()?)),
            13 => Op::Deadline,
            14 => Op::Quiesce,
            15 => Op::Config(u64::from(self.byte()?), u64::from(self.byte()?)),
            _ => Op::Event(self.event(code)?),
        })
    }
}
