// SPDX-License-Identifier: GPL-2.0

//! Messages of generic netlink: requests to bytes, bytes to answers. No socket here.

use super::attrs::{
    Attrs,
    Body, //
};
use crate::error::{
    Error,
    Result, //
};
use netlink_packet_core::{
    DecodeError,
    Emitable,
    NetlinkBuffer,
    NetlinkHeader,
    NetlinkMessage,
    NetlinkPayload,
    ParseableParametrized,
    NLM_F_CAPPED, //
};
use netlink_packet_generic::{
    GenlFamily,
    GenlHeader,
    GenlMessage, //
};

/// What a generic message carries, not looked into.
#[derive(Clone, Debug)]
struct Raw {
    command: u8,
    attrs: Vec<u8>,
}

impl GenlFamily for Raw {
    // The id is found by name at run time (family.rs).
    fn family_name() -> &'static str {
        ""
    }

    fn command(&self) -> u8 {
        self.command
    }

    fn version(&self) -> u8 {
        1
    }
}

impl Emitable for Raw {
    fn buffer_len(&self) -> usize {
        self.attrs.len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        for (to, from) in buffer.iter_mut().zip(&self.attrs) {
            *to = *from;
        }
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Raw {
    fn parse_with_param(
        bytes: &[u8],
        header: GenlHeader,
    ) -> std::result::Result<Self, DecodeError> {
        Ok(Raw {
            command: header.cmd,
            attrs: bytes.to_vec(),
        })
    }
}

pub struct Request {
    family: u16,
    raw: Raw,
}

impl Request {
    pub fn new(family: u16, command: u8, body: Body) -> Request {
        let attrs = body.to_bytes();
        Request {
            family,
            raw: Raw { command, attrs },
        }
    }

    pub fn to_bytes(&self, flags: u16, sequence: u32) -> Vec<u8> {
        let header = GenlHeader {
            cmd: self.raw.command,
            version: self.raw.version(),
        };
        let message = GenlMessage::new(header, self.raw.clone(), self.family);
        let mut message = NetlinkMessage::from(message);
        message.header.flags = flags;
        message.header.sequence_number = sequence;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }
}

/// A part of the answer to a request.
#[derive(Debug, PartialEq)]
pub enum Part {
    Attrs {
        flags: u16,
        bytes: Vec<u8>,
    },
    /// The dump ends or the request was carried out.
    End {
        flags: u16,
    },
    Refused {
        errno: i32,
        sentence: String,
    },
}

type Message = NetlinkMessage<GenlMessage<Raw>>;

/// The messages in one datagram.
fn split(datagram: &[u8]) -> Result<Vec<(NetlinkHeader, NetlinkPayload<GenlMessage<Raw>>)>> {
    let garbled = |error: DecodeError| Error::Garbled(error.to_string());
    let mut all = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let length = NetlinkBuffer::new_checked(rest).map_err(garbled)?.length();
        let message = Message::deserialize(rest).map_err(garbled)?;
        all.push(message.into_parts());
        let next = (length as usize).next_multiple_of(4);
        rest = rest.get(next..).unwrap_or_default();
    }
    Ok(all)
}

/// The parts of the answer to the request with this number; those to others are left out.
pub fn answers(datagram: &[u8], sequence: u32) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (header, payload) in split(datagram)? {
        if header.sequence_number != sequence {
            continue;
        }
        let flags = header.flags;
        parts.push(match payload {
            NetlinkPayload::InnerMessage(message) => Part::Attrs {
                flags,
                bytes: message.payload.attrs,
            },
            NetlinkPayload::Done(done) if done.code < 0 => Part::Refused {
                errno: done.code.saturating_neg(),
                sentence: sentence(&done.extended_ack),
            },
            NetlinkPayload::Done(_) => Part::End { flags },
            NetlinkPayload::Error(error) => match error.code {
                None => Part::End { flags },
                Some(code) => Part::Refused {
                    errno: code.get().saturating_neg(),
                    sentence: sentence(behind_request(&error.header, flags)),
                },
            },
            _ => continue,
        });
    }
    Ok(parts)
}

/// Command and attributes of each message of a family.
pub fn of_family(datagram: &[u8], family: u16) -> Result<Vec<(u8, Vec<u8>)>> {
    let messages = split(datagram)?.into_iter();
    let of_family = messages.filter_map(|(header, payload)| match payload {
        NetlinkPayload::InnerMessage(message) if header.message_type == family => {
            Some((message.payload.command, message.payload.attrs))
        }
        _ => None,
    });
    Ok(of_family.collect())
}

/// An error begins with our request, or with the header of it alone; attributes follow.
fn behind_request(bytes: &[u8], flags: u16) -> &[u8] {
    const HEADER: usize = 16;
    let request = match NetlinkBuffer::new_checked(bytes) {
        Ok(request) if flags & NLM_F_CAPPED == 0 => request.length() as usize,
        _ => HEADER,
    };
    bytes.get(request.next_multiple_of(4)..).unwrap_or_default()
}

/// The kernel's sentence (extack).
fn sentence(attrs: &[u8]) -> String {
    const NLMSGERR_ATTR_MSG: u16 = 1;
    let attrs = Attrs::parse(attrs).unwrap_or_default();
    attrs.text(NLMSGERR_ATTR_MSG).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let length = 16 + payload.len() as u32;
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn extack(text: &str) -> Vec<u8> {
        let mut body = Body::default();
        body.text(1, text);
        body.to_bytes()
    }

    #[test]
    fn a_request_has_its_numbers() {
        let mut body = Body::default();
        body.u32(1, 5);
        let bytes = Request::new(30, 7, body).to_bytes(5, 9);
        assert_eq!(
            bytes,
            message(30, 5, 9, &[7, 1, 0, 0, 8, 0, 1, 0, 5, 0, 0, 0])
        );
    }

    #[test]
    fn a_refusal_brings_the_kernels_sentence() {
        for capped in [0, NLM_F_CAPPED] {
            let request = message(30, 5, 9, &[7, 1, 0, 0]);
            let kept = if capped == 0 { request.len() } else { 16 };
            let payload = [
                (-22i32).to_ne_bytes().to_vec(),
                request[..kept].to_vec(),
                extack("no such member"),
            ];
            let bytes = message(2, 0x200 | capped, 9, &payload.concat());
            let refused = Part::Refused {
                errno: 22,
                sentence: "no such member".into(),
            };
            assert_eq!(answers(&bytes, 9).unwrap(), [refused]);
            assert_eq!(answers(&bytes, 8).unwrap(), []);
        }
    }

    #[test]
    fn an_acknowledgement_and_a_dump_that_failed() {
        let ack = message(2, 0x100, 1, &[0; 20]);
        assert_eq!(answers(&ack, 1).unwrap(), [Part::End { flags: 0x100 }]);
        let mut done = (-4i32).to_ne_bytes().to_vec();
        done.extend(extack("changed"));
        let parts = answers(&message(3, 2, 1, &done), 1).unwrap();
        let sentence = "changed".to_string();
        assert_eq!(parts, [Part::Refused { errno: 4, sentence }]);
    }

    #[test]
    fn a_datagram_has_many_messages() {
        let one = message(30, 2, 1, &[1, 1, 0, 0, 8, 0, 1, 0, 5, 0, 0, 0]);
        let datagram = [one.clone(), one, message(3, 2, 1, &[0; 4])].concat();
        assert_eq!(answers(&datagram, 1).unwrap().len(), 3);
        assert_eq!(of_family(&datagram, 30).unwrap().len(), 2);
        assert_eq!(of_family(&datagram, 31).unwrap().len(), 0);
    }

    /// Whatever the bytes are, nothing panics.
    #[test]
    fn no_bytes_panic() {
        let good = message(30, 2, 1, &[1, 1, 0, 0, 8, 0, 1, 0, 5, 0, 0, 0]);
        for kind in [1u8, 2, 3, 4, 30] {
            for length in 0..good.len() {
                for value in [0u8, 1, 2, 3, 15, 16, 17, 0x7f, 0xff] {
                    for at in 0..length {
                        let mut bytes = good[..length].to_vec();
                        if let Some(octet) = bytes.get_mut(4) {
                            *octet = kind;
                        }
                        bytes[at] = value;
                        let _ = answers(&bytes, 1);
                        let _ = of_family(&bytes, 30);
                    }
                }
            }
        }
    }
}
