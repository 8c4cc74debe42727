// SPDX-License-Identifier: GPL-2.0

//! The speed of links, from the family `ethtool`: the capacity of members that were given none.

use super::attrs::{
    Attrs,
    Body, //
};
use super::family::Family;
use super::message::Request;
use super::socket::Socket;
use crate::error::{
    Error,
    Result, //
};
use crate::model::snapshot::Member;

// linux/ethtool_netlink.h
const LINKMODES_GET: u8 = 4;
const LINKMODES_HEADER: u16 = 1;
const LINKMODES_SPEED: u16 = 5;
const HEADER_DEV_INDEX: u16 = 1;
/// Mbit/s; also what a link without a carrier has.
const SPEED_UNKNOWN: u32 = u32::MAX;

/// Sets the capacity of members to their speed, where that is known.
pub fn fill_in<'a>(
    socket: &mut Socket,
    members: impl Iterator<Item = &'a mut Member>,
) -> Result<()> {
    let mut members = members.peekable();
    if members.peek().is_none() {
        return Ok(());
    }
    let Some(family) = Family::find(socket, "ethtool")? else {
        return Ok(());
    };
    for member in members {
        member.capacity = speed(socket, &family, member.index)?;
    }
    Ok(())
}

fn speed(socket: &mut Socket, family: &Family, index: u32) -> Result<Option<u64>> {
    let mut header = Body::default();
    header.u32(HEADER_DEV_INDEX, index);
    let mut body = Body::default();
    body.nest(LINKMODES_HEADER, &header);
    match socket.ask(&Request::new(family.id, LINKMODES_GET, body)) {
        Ok(answers) => Ok(answers.iter().find_map(|answer| read(answer))),
        // It has no speed, or it is gone.
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(answer: &[u8]) -> Option<u64> {
    let mbits = Attrs::parse(answer).ok()?.u32(LINKMODES_SPEED)?;
    let known = mbits != 0 && mbits != SPEED_UNKNOWN;
    known.then(|| u64::from(mbits) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        let answer = |mbits| {
            let mut body = Body::default();
            body.u32(LINKMODES_SPEED, mbits);
            read(&body.to_bytes())
        };
        assert_eq!(answer(10_000), Some(10_000_000_000));
        assert_eq!(answer(SPEED_UNKNOWN), None);
        assert_eq!(answer(0), None);
        assert_eq!(read(&[]), None);
    }
}
