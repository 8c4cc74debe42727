// SPDX-License-Identifier: GPL-2.0

//! Socket: one request at a time over generic netlink, and events. Dumps that the kernel could not
//! make of one state are made again.

use super::message::{
    self,
    Part,
    Request, //
};
use crate::error::{
    Error,
    Result, //
};
use netlink_packet_core::{
    NLM_F_ACK,
    NLM_F_DUMP,
    NLM_F_DUMP_INTR,
    NLM_F_REQUEST, //
};
use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::SocketAddr;
use std::io;

/// The kernel sends no more at a time.
const DATAGRAM: usize = 64 * 1024;
/// Room for events that come while we write; as much as the host lets us have.
const BACKLOG: usize = 8 * 1024 * 1024;
/// How often an interrupted dump is begun again.
const ATTEMPTS: usize = 32;

pub struct Socket {
    socket: netlink_sys::Socket,
    sequence: u32,
}

fn io_error(what: &'static str) -> impl Fn(io::Error) -> Error {
    move |error| Error::Io(what, error)
}

impl Socket {
    pub fn open() -> Result<Socket> {
        let failed = io_error("cannot open a netlink socket");
        let mut socket = netlink_sys::Socket::new(NETLINK_GENERIC).map_err(&failed)?;
        socket.bind_auto().map_err(&failed)?;
        socket.connect(&SocketAddr::new(0, 0)).map_err(&failed)?;
        // Old kernels lack these; they cost nothing but words.
        let _ = socket.set_ext_ack(true);
        let _ = socket.set_cap_ack(true);
        let _ = socket.set_netlink_get_strict_chk(true);
        Ok(Socket {
            socket,
            sequence: 0,
        })
    }

    /// One that hears a multicast group.
    pub fn listening(group: u32) -> Result<Socket> {
        let socket = Socket::open()?;
        let _ = socket.socket.set_rx_buf_sz(BACKLOG as i32);
        let failed = io_error("cannot listen to events");
        socket.socket.add_membership(group).map_err(failed)?;
        Ok(socket)
    }

    /// One datagram.
    pub fn receive(&self) -> Result<Vec<u8>> {
        let mut datagram = Vec::with_capacity(DATAGRAM);
        loop {
            match self.socket.recv(&mut datagram, 0) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::Io("cannot read from the kernel", error)),
                Ok(_) => return Ok(datagram),
            }
        }
    }

    fn send(&mut self, request: &Request, flags: u16) -> Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let bytes = request.to_bytes(NLM_F_REQUEST | flags, self.sequence);
        let sent = self.socket.send(&bytes, 0);
        sent.map_err(io_error("cannot ask the kernel"))?;
        Ok(())
    }

    /// Sends a request and returns all answers once it has been carried out.
    pub fn ask(&mut self, request: &Request) -> Result<Vec<Vec<u8>>> {
        self.send(request, NLM_F_ACK)?;
        let (bodies, _) = self.collect()?;
        Ok(bodies)
    }

    /// All answers to a dump, of one state.
    pub fn dump(&mut self, request: &Request) -> Result<Vec<Vec<u8>>> {
        for _ in 0..ATTEMPTS {
            self.send(request, NLM_F_DUMP)?;
            let (bodies, interrupted) = self.collect()?;
            if !interrupted {
                return Ok(bodies);
            }
        }
        Err(Error::Failed(format!(
            "what there is has changed {ATTEMPTS} times while it was read: try again"
        )))
    }

    /// Reads up to the end of an answer; also whether the kernel says that things have changed
    /// meanwhile.
    fn collect(&mut self) -> Result<(Vec<Vec<u8>>, bool)> {
        let mut bodies = Vec::new();
        let mut seen = 0;
        loop {
            for part in message::answers(&self.receive()?, self.sequence)? {
                match part {
                    Part::Attrs { flags, bytes } => {
                        seen |= flags;
                        bodies.push(bytes);
                    }
                    Part::End { flags } => {
                        return Ok((bodies, (seen | flags) & NLM_F_DUMP_INTR != 0));
                    }
                    Part::Refused { errno, sentence } => {
                        // Whoever asked knows better what it was.
                        let what = "the kernel refused it".into();
                        return Err(Error::Refused {
                            what,
                            errno,
                            sentence,
                        });
                    }
                }
            }
        }
    }
}
