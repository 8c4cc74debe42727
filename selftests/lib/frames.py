# SPDX-License-Identifier: GPL-2.0
"""
frames.py - Ethernet frames and the packet sockets that send and receive them.
"""

import ctypes
import errno
import select
import socket
import struct
import time

from pace import QUIET, WAIT
from rtnl import InNetns, mac_bytes, mac_text

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_RARP, ETH_P_IPV6 = 3, 0x0800, 0x0806, 0x8035, 0x86dd
ETH_P_8021Q = 0x8100
ETH_P_TEST = 0x88b5  # IEEE 802: for local experiments
BROADCAST = "ff:ff:ff:ff:ff:ff"

SOL_PACKET, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 263, 33, 35
PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP = 1, 2
PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 6, 8, 23
PACKET_MR_MULTICAST, PACKET_MR_PROMISC, PACKET_MR_ALLMULTI = 0, 1, 2
TP_STATUS_CSUMNOTREADY, TP_STATUS_VLAN_VALID = 1 << 3, 1 << 4
PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING = range(5)

SO_ATTACH_FILTER, SKF_AD_PROTOCOL = 26, 0xfffff000
BPF_LDH_ABS, BPF_JEQ, BPF_RET = 0x28, 0x15, 0x06


def frame(destination, source, payload=b"", ethertype=ETH_P_TEST, vlan=None):
    """An Ethernet frame of at least 60 bytes."""
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    data = (mac_bytes(destination) + mac_bytes(source) + tag
            + struct.pack("!H", ethertype) + payload)
    return data.ljust(60, b"\0")


class Received:
    """A frame with what the kernel said of it."""

    def __init__(self, data, kind, stamp, partial):
        self.data, self.kind, self.stamp, self.partial = data, kind, stamp, partial

    destination = property(lambda self: mac_text(self.data[:6]))
    source = property(lambda self: mac_text(self.data[6:12]))
    ethertype = property(lambda self: struct.unpack_from("!H", self.data, 12)[0])
    payload = property(lambda self: self.data[14:])

    def __repr__(self):
        return f"<{self.source} to {self.destination} {self.ethertype:#06x} {len(self.data)} B>"


class Port:
    """
    A packet socket on a device: sees what the device receives, before a bridge
    or team above it takes it. Other ethertypes than the given ones are left out.
    """

    def __init__(self, netns, device, ethertype=ETH_P_TEST, promiscuous=False):
        self.device = device
        with InNetns(netns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.index = socket.if_nametoindex(device)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        if ethertype != ETH_P_ALL:
            self._only((ethertype,) if isinstance(ethertype, int) else ethertype)
        with InNetns(netns):
            self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)
        if promiscuous:
            self.membership(PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends what this socket asked of the device, too."""
        self.sock.close()

    def fileno(self):
        """For select()."""
        return self.sock.fileno()

    def _only(self, ethertypes):
        """A BPF filter: load the protocol, compare it with each, take or leave."""
        rest = len(ethertypes)
        code = [struct.pack("=HBBI", BPF_LDH_ABS, 0, 0, SKF_AD_PROTOCOL)]
        for number, ethertype in enumerate(ethertypes, 1):
            code.append(struct.pack("=HBBI", BPF_JEQ, rest - number + 1, 0, ethertype))
        code.append(struct.pack("=HBBI", BPF_RET, 0, 0, 0))
        code.append(struct.pack("=HBBI", BPF_RET, 0, 0, 0xffffffff))
        program = ctypes.create_string_buffer(b"".join(code))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                             struct.pack("HP", len(code), ctypes.addressof(program)))

    def membership(self, what, kind, mac="00:00:00:00:00:00"):
        """Promiscuous mode or a multicast MAC, added or dropped."""
        self.sock.setsockopt(SOL_PACKET, what,
                             struct.pack("=iHH8s", self.index, kind, 6, mac_bytes(mac)))

    def join(self, mac):
        """Receives a multicast MAC."""
        self.membership(PACKET_ADD_MEMBERSHIP, PACKET_MR_MULTICAST, mac)

    def leave(self, mac):
        """Ends join()."""
        self.membership(PACKET_DROP_MEMBERSHIP, PACKET_MR_MULTICAST, mac)

    def send(self, data):
        """Sends a frame as it is."""
        self.sock.send(data)

    def receive(self):
        """The next frame, or None."""
        while True:
            try:
                return self._received(*self.sock.recvmsg(1 << 17, 256))
            except BlockingIOError:
                return None
            except OSError as error:
                if error.errno != errno.ENETDOWN:
                    raise
                # Said once when the device is set down.

    @staticmethod
    def _received(data, controls, _, sender):
        stamp, partial = 0, False
        for level, kind, value in controls:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", value)
                partial = bool(status & TP_STATUS_CSUMNOTREADY)
                if status & TP_STATUS_VLAN_VALID:
                    data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
            elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("=qq", value)
                stamp = seconds * 1000000000 + nanoseconds
        return Received(data, sender[2], stamp, partial)

    def dropped(self):
        """Frames that this socket had no room for since the last call."""
        return struct.unpack("=II", self.sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


def gather(ports, expected=0, wanted=lambda frame: True, timeout=WAIT):
    """
    Reads ports ({name: Port}) until `expected` wanted frames came in all, and
    then until no more come. Returns {name: [frames]}.
    """
    got = {name: [] for name in ports}
    by_port = {port: name for name, port in ports.items()}
    end = time.monotonic() + timeout
    missing = expected
    while True:
        pause = QUIET if missing <= 0 else end - time.monotonic()
        if pause <= 0:
            return got
        ready = select.select(list(by_port), [], [], pause)[0]
        if not ready:
            return got
        for port in ready:
            while (one := port.receive()) is not None:
                if wanted(one):
                    got[by_port[port]].append(one)
                    missing -= 1


def counts(got):
    """How many frames each port got, zeros left out."""
    return {name: len(frames) for name, frames in got.items() if frames}
