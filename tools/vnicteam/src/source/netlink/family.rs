// SPDX-License-Identifier: GPL-2.0

//! Family: the number of a generic netlink family and of its multicast groups, by name.

use super::attrs::{
    Attrs,
    Body, //
};
use super::message::Request;
use super::socket::Socket;
use crate::error::{
    Error,
    Result, //
};

// linux/genetlink.h
const GENL_ID_CTRL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
const CTRL_ATTR_MCAST_GROUPS: u16 = 7;
const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;
const ENOENT: i32 = 2;

#[derive(Clone, Debug)]
pub struct Family {
    pub id: u16,
    groups: Vec<(String, u32)>,
}

impl Family {
    /// None if the kernel has no such family, after it has tried to load a module that does.
    pub fn find(socket: &mut Socket, name: &str) -> Result<Option<Family>> {
        let mut body = Body::default();
        body.text(CTRL_ATTR_FAMILY_NAME, name);
        let request = Request::new(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, body);
        match socket.ask(&request) {
            Ok(answers) => answers
                .first()
                .map(|answer| Family::read(answer))
                .transpose(),
            Err(Error::Refused { errno: ENOENT, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(answer: &[u8]) -> Result<Family> {
        let attrs = Attrs::parse(answer)?;
        let id = attrs
            .u32(CTRL_ATTR_FAMILY_ID)
            .and_then(|id| id.try_into().ok());
        let groups = attrs.nest(CTRL_ATTR_MCAST_GROUPS);
        let group = |(_, bytes)| {
            let group = Attrs::parse(bytes).ok()?;
            let name = group.text(CTRL_ATTR_MCAST_GRP_NAME)?;
            Some((name, group.u32(CTRL_ATTR_MCAST_GRP_ID)?))
        };
        Ok(Family {
            id: id.ok_or_else(|| Error::Garbled("a family without a number".into()))?,
            groups: groups.iter().filter_map(group).collect(),
        })
    }

    pub fn group(&self, name: &str) -> Option<u32> {
        let found = self.groups.iter().find(|(one, _)| one == name);
        found.map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_and_its_group() {
        let mut group = Body::default();
        group.text(CTRL_ATTR_MCAST_GRP_NAME, "events");
        group.u32(CTRL_ATTR_MCAST_GRP_ID, 12);
        let mut groups = Body::default();
        groups.nest(1, &group);
        let mut body = Body::default();
        body.u32(CTRL_ATTR_FAMILY_ID, 31);
        body.nest(CTRL_ATTR_MCAST_GROUPS, &groups);
        let family = Family::read(&body.to_bytes()).unwrap();
        assert_eq!(family.id, 31);
        assert_eq!(family.group("events"), Some(12));
        assert_eq!(family.group("other"), None);
        assert!(Family::read(&[]).is_err());
    }
}
