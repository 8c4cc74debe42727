// SPDX-License-Identifier: GPL-2.0

//! Attrs: the attributes of a message or of a nest, to read; Body: those of a request.

use crate::error::{
    Error,
    Result, //
};
use netlink_packet_core::{
    DefaultNla,
    Emitable,
    NlasIterator,
    NLA_F_NESTED,
    NLA_HEADER_SIZE, //
};

/// Unknown attributes are passed over by whoever does not ask for them.
#[derive(Default)]
pub struct Attrs<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Attrs<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Attrs<'a>> {
        let mut all = Vec::new();
        for attribute in NlasIterator::new(bytes) {
            let attribute = attribute.map_err(|error| Error::Garbled(error.to_string()))?;
            let (kind, end) = (attribute.kind(), usize::from(attribute.length()));
            let value = attribute.into_inner().get(NLA_HEADER_SIZE..end);
            all.push((kind, value.unwrap_or_default()));
        }
        Ok(Attrs(all))
    }

    pub fn bytes(&self, kind: u16) -> Option<&'a [u8]> {
        let found = self.0.iter().find(|(one, _)| *one == kind);
        found.map(|(_, value)| *value)
    }

    /// A number of whatever size the kernel chose.
    pub fn number(&self, kind: u16) -> Option<u64> {
        let bytes = self.bytes(kind)?;
        Some(match bytes.len() {
            1 => u64::from(u8::from_ne_bytes(bytes.try_into().ok()?)),
            2 => u64::from(u16::from_ne_bytes(bytes.try_into().ok()?)),
            4 => u64::from(u32::from_ne_bytes(bytes.try_into().ok()?)),
            8 => u64::from_ne_bytes(bytes.try_into().ok()?),
            _ => return None,
        })
    }

    pub fn u32(&self, kind: u16) -> Option<u32> {
        self.number(kind)?.try_into().ok()
    }

    pub fn u8(&self, kind: u16) -> Option<u8> {
        self.number(kind)?.try_into().ok()
    }

    pub fn text(&self, kind: u16) -> Option<String> {
        let bytes = self.bytes(kind)?;
        let end = bytes.iter().position(|octet| *octet == 0);
        let text = bytes.get(..end.unwrap_or(bytes.len()))?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The attributes in a nest; none if it is not there.
    pub fn nest(&self, kind: u16) -> Attrs<'a> {
        let bytes = self.bytes(kind).unwrap_or_default();
        Attrs::parse(bytes).unwrap_or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (u16, &'a [u8])> + '_ {
        self.0.iter().copied()
    }

    /// The kinds of those that are numbers, with these.
    pub fn numbers(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        let number = |(kind, _): &(u16, &[u8])| Some((*kind, self.number(*kind)?));
        self.0.iter().filter_map(number)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Body(Vec<DefaultNla>);

impl Body {
    pub fn u32(&mut self, kind: u16, value: u32) {
        let value = value.to_ne_bytes().to_vec();
        self.0.push(DefaultNla::new(kind, value));
    }

    pub fn text(&mut self, kind: u16, text: &str) {
        let value = [text.as_bytes(), &[0]].concat();
        self.0.push(DefaultNla::new(kind, value));
    }

    pub fn nest(&mut self, kind: u16, body: &Body) {
        let value = body.to_bytes();
        self.0.push(DefaultNla::new(kind | NLA_F_NESTED, value));
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let all = self.0.as_slice();
        let mut bytes = vec![0; all.buffer_len()];
        all.emit(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_says_is_read() {
        let mut inner = Body::default();
        inner.u32(2, 77);
        let mut body = Body::default();
        body.u32(1, 5);
        body.text(3, "eth1");
        body.nest(4, &inner);
        let bytes = body.to_bytes();
        let attrs = Attrs::parse(&bytes).unwrap();
        assert_eq!(attrs.u32(1), Some(5));
        assert_eq!(attrs.text(3).as_deref(), Some("eth1"));
        assert_eq!(attrs.nest(4).number(2), Some(77));
        assert_eq!(attrs.number(9), None);
        assert_eq!(attrs.nest(9).number(2), None);
    }

    #[test]
    fn a_number_has_any_size() {
        for (bytes, value) in [
            (vec![7], Some(7)),
            (7u16.to_ne_bytes().to_vec(), Some(7)),
            (7u64.to_ne_bytes().to_vec(), Some(7)),
            (vec![7; 3], None),
            (vec![], None),
        ] {
            let body = Body(vec![DefaultNla::new(1, bytes)]);
            let bytes = body.to_bytes();
            assert_eq!(Attrs::parse(&bytes).unwrap().number(1), value);
        }
        let mut body = Body::default();
        body.u32(1, 300);
        let bytes = body.to_bytes();
        assert_eq!(Attrs::parse(&bytes).unwrap().u8(1), None);
    }

    /// Whatever the bytes are, nothing panics.
    #[test]
    fn no_bytes_panic() {
        for length in 0..40usize {
            for fill in [0u8, 1, 3, 4, 5, 8, 0x40, 0xff] {
                let mut bytes = vec![fill; length];
                for at in 0..length {
                    bytes[at] = (at * 7) as u8;
                    if let Ok(attrs) = Attrs::parse(&bytes) {
                        for (kind, _) in attrs.iter() {
                            let _ = (attrs.text(kind), attrs.number(kind));
                            let _ = attrs.nest(kind).numbers().count();
                        }
                    }
                }
            }
        }
    }
}
