# SPDX-License-Identifier: GPL-2.0
"""
genl.py - the generic netlink family as programs use it: by the kernel's own
ynl, from Documentation/netlink/specs/vnicteam.yaml.

    with Genl("ns") as genl:
        genl.do("vnic-get", {"team": 3, "slot": 1})["info"]["state"]
        genl.dump("vnic-get", {"team": 3})
    with Listener("ns") as listener:
        listener.events(3)
"""

import os
import select
import socket
import struct
import sys

from ktap import ksft_eq, ksft_in, ksft_true, skip_all
from rtnl import InNetns

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KERNEL = os.path.join(os.environ.get("KSELFTEST", ""), "../../..")
SPEC = os.path.join(TOP, "Documentation/netlink/specs/vnicteam.yaml")
HEADER = os.path.join(TOP, "include/uapi/linux/vnicteam.h")
YNL = os.path.join(KERNEL, "tools/net/ynl/pyynl")

sys.path.append(os.path.join(KERNEL, "tools"))
try:
    # pylint: disable=import-error
    from net.ynl.pyynl.lib import NlError, YnlFamily
except ImportError as missing:
    skip_all(f"the kernel's ynl cannot be used: {missing}")

NLM_F_DUMP_INTR = 0x10
SOL_NETLINK, NETLINK_BROADCAST_ERROR = 270, 4


class Genl(YnlFamily):
    """The family, for a network namespace (None: our own)."""

    # pylint: disable=too-many-instance-attributes
    def __init__(self, netns=None, spec=SPEC, recv_size=0):
        with InNetns(netns):
            # Not validated: genl_spec.py does that, and it is slow.
            super().__init__(spec, schema="", recv_size=recv_size)
        self.interrupted = False

    def _recvmsg(self, flags=0):
        data, said = super()._recvmsg(flags)
        at = 0
        while at + 16 <= len(data):
            size, _, message_flags = struct.unpack_from("=IHH", data, at)
            self.interrupted |= bool(message_flags & NLM_F_DUMP_INTR)
            at += size + 3 & ~3
        return data, said

    def list(self, name, values=None):
        """A consistent dump: asks again as long as things change meanwhile."""
        while True:
            self.interrupted = False
            found = self.dump(name, values or {})
            if not self.interrupted:
                return found


class Listener(Genl):
    """Who listens to events."""

    def __init__(self, netns=None, bytes_waiting=None):
        super().__init__(netns)
        if bytes_waiting:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, bytes_waiting)
        self.ntf_subscribe("events")

    def events(self, count=None, until=None, timeout=60):
        """Events as (name, attributes), until there are so many, or one that is so."""
        found = []
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        while True:
            self.check_ntf()
            while not self.async_msg_queue.empty():
                event = self.async_msg_queue.get()
                found.append((event["name"], event["msg"]))
                if until and until(*found[-1]) or len(found) == count:
                    return found
            if not poll.poll(timeout * 1000):
                ksft_true(False, f"no more events than {len(found)}: {found[-5:]}")
                return found

    def nothing(self):
        """There are no events that were not read."""
        self.check_ntf()
        ksft_eq(list(self.async_msg_queue.queue), [])


def refused(number, sentence, function, *args, attr=None, missing=None):
    """
    The request is refused with that errno and a sentence that has `sentence`
    in it, which blames the attribute or names the one that is missing.
    """
    try:
        function(*args)
    except NlError as error:
        said = error.nl_msg.extack or {}
        ksft_eq(error.error, number, str(error))
        if sentence is not None:
            ksft_in(sentence, said.get("msg", ""), str(error))
        if attr is not None:
            ksft_eq(said.get("bad-attr"), attr, str(error))
        if missing is not None:
            ksft_eq(said.get("miss-type"), missing, str(error))
        return
    ksft_true(False, f"not refused: {args}")
