# SPDX-License-Identifier: GPL-2.0
"""
rtnl.py - rtnetlink as tests need it: links, addresses, filters of a network
namespace, without starting a process for each request. Requests of any shape
can be made, also wrong ones.

    with Rtnl("ns") as rtnl:
        rtnl.add("team0", "vnicteam", data={"grace": 0})
        rtnl.set("eth1", master="team0", up=True)
        rtnl.link("eth1")["slave_data"]["vnics"]
"""

import errno
import os
import socket
import struct

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_NEWNEIGH, RTM_GETNEIGH = 20, 28, 30
REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
EXCL, CREATE = 0x200, 0x400
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 270, 10, 11, 12
NLA_F_NESTED, NLA_TYPE = 0x8000, 0x3fff

IFF_UP, IFF_RUNNING, IFF_PROMISC, IFF_ALLMULTI, IFF_LOWER_UP = 1, 0x40, 0x100, 0x200, 0x10000

# linux/if_link.h: what we set or look at, with its type.
IFLA = {
    "address": (1, "mac"), "broadcast": (2, "mac"), "name": (3, "str"), "mtu": (4, "u32"),
    "link": (5, "u32"), "qdisc": (6, "str"), "master": (10, "u32"), "txqlen": (13, "u32"),
    "operstate": (16, "u8"), "linkmode": (17, "u8"), "linkinfo": (18, "raw"),
    "net_ns_pid": (19, "u32"), "net_ns_fd": (28, "u32"), "alias": (20, "str"), "num_tx": (31, "u32"), "num_rx": (32, "u32"),
    "stats64": (23, "raw"), "promiscuity": (30, "u32"), "carrier": (33, "u8"),
    "carrier_changes": (35, "u32"), "link_netnsid": (37, "s32"), "gso_max_size": (41, "u32"),
    "min_mtu": (50, "u32"), "max_mtu": (51, "u32"), "allmulti": (61, "u32"),
}
# include/uapi/linux/vnicteam.h
VNICTEAM = {
    "monitor_interval": (1, "u32"), "announce_count": (2, "u8"), "announce_interval": (3, "u32"),
    "announce_rate": (4, "u32"), "grace": (5, "u32"), "member": (6, "u32"),
    "active_member": (7, "u32"), "members": (8, "u32"), "vnics": (9, "u32"),
}
VNICTEAM_SLAVE = {
    "state": (1, "u8"), "vnics": (2, "u32"), "role": (3, "u8"), "weight": (4, "u32"),
    "capacity": (5, "u64"),
}
VNIC = {
    "member": (1, "u32"), "mode": (2, "u8"), "state": (3, "u8"), "active_member": (4, "u32"),
    "moves": (5, "u64"), "move_cause": (6, "u8"), "move_detected": (7, "u64"),
    "move_resumed": (8, "u64"), "vlan": (10, "u16"), "spoofchk": (11, "u8"),
    "mac_change": (12, "u8"),
}
KINDS = {"vnicteam": VNICTEAM, "vnic": VNIC}
MODE_BRIDGE, MODE_PRIVATE, MODE_VEPA = range(3)
STANDBY, ACTIVE = range(2)
CAUSE_NONE, CAUSE_FAULT, CAUSE_RECOVERY, CAUSE_BALANCE, CAUSE_ADMIN = range(5)
MEMBER_DOWN, MEMBER_UP = range(2)
ROLE_ACTIVE, ROLE_STANDBY, ROLE_OFF = range(3)

# struct rtnl_link_stats64, from its beginning
STATS = ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors",
         "rx_dropped", "tx_dropped", "multicast")

PACK = {"u8": "=B", "u16": "=H", "u32": "=I", "s32": "=i", "u64": "=Q"}


class NlError(OSError):
    """A refusal: errno and the sentence of the kernel's extended ack."""

    def __init__(self, number, sentence):
        super().__init__(number, sentence or os.strerror(number))
        self.sentence = sentence

    def __str__(self):
        return f"{errno.errorcode.get(self.errno, self.errno)}: {self.sentence or '(no sentence)'}"


def mac_bytes(text):
    """The six bytes of aa:bb:cc:dd:ee:ff."""
    return bytes.fromhex(text.replace(":", ""))


def mac_text(data):
    """aa:bb:cc:dd:ee:ff of six bytes."""
    return data.hex(":")


def attr(number, payload):
    """One attribute with its padding."""
    return struct.pack("=HH", len(payload) + 4, number) + payload + bytes(-len(payload) % 4)


def attrs(data):
    """The attributes in a message, by number. The last of a kind counts."""
    found, at = {}, 0
    while at + 4 <= len(data):
        size, number = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[number & NLA_TYPE] = data[at + 4:at + size]
        at += size + 3 & ~3
    return found


def encode(table, values):
    """Attributes of a table from {name: value}; numbers stand for themselves."""
    out = b""
    for name, value in values.items():
        if value is None:
            continue
        number, kind = table[name] if isinstance(name, str) else (name, "raw")
        if isinstance(value, bytes):
            payload = value
        elif kind == "mac":
            payload = mac_bytes(value)
        elif kind == "str":
            payload = value.encode(errors="surrogateescape") + b"\0"
        else:
            payload = struct.pack(PACK[kind], value)
        out += attr(number, payload)
    return out


def decode(table, data):
    """{name: value} of the attributes of a table; others are left out."""
    found, out = attrs(data), {}
    for name, (number, kind) in table.items():
        if number not in found:
            continue
        payload = found[number]
        if kind == "mac":
            out[name] = mac_text(payload)
        elif kind == "str":
            out[name] = payload.rstrip(b"\0").decode(errors="surrogateescape")
        elif kind == "raw":
            out[name] = payload
        else:
            out[name] = struct.unpack_from(PACK[kind], payload)[0]
    return out


def linkinfo(kind, data=None):
    """IFLA_LINKINFO; data is {name: value} or raw bytes."""
    info = attr(1, kind.encode() + b"\0")
    if data is not None:
        if not isinstance(data, bytes):
            data = encode(KINDS.get(kind, {}), data)
        info += attr(2 | NLA_F_NESTED, data)
    return info


class InNetns:
    """with InNetns(name): what is opened belongs to that network namespace."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if self.name:
            there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            os.setns(there, os.CLONE_NEWNET)
            os.close(there)

    def __exit__(self, *_):
        os.setns(self.back, os.CLONE_NEWNET)
        os.close(self.back)


class Rtnl:
    """A socket to the rtnetlink of a network namespace (None: our own)."""

    def __init__(self, netns=None):
        self.netns = netns
        with InNetns(netns):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.sock.bind((0, 0))
        self.sock.settimeout(60)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK):
            self.sock.setsockopt(SOL_NETLINK, option, 1)
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    # --- messages ---

    def request(self, kind, flags, body):
        """Sends one request and returns the answers; raises NlError."""
        self.sequence += 1
        self.sock.send(struct.pack("=IHHII", len(body) + 16, kind, flags | REQUEST | ACK,
                                   self.sequence, 0) + body)
        return self._answers(self.sequence)

    def _answers(self, sequence):
        answers = []
        while True:
            data, at = self.sock.recv(1 << 18), 0
            while at + 16 <= len(data):
                size, kind, flags, number, _ = struct.unpack_from("=IHHII", data, at)
                payload = data[at + 16:at + size]
                at += size + 3 & ~3
                if number != sequence:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    self._check(payload, flags)
                    return answers
                answers.append((kind, payload))

    @staticmethod
    def _check(payload, flags):
        number = -struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
        if number <= 0:
            return
        sentence = ""
        if flags & NLM_F_ACK_TLVS:
            size = 16 if flags & NLM_F_CAPPED else struct.unpack_from("=I", payload, 4)[0]
            sentence = attrs(payload[4 + size:]).get(1, b"").rstrip(b"\0").decode()
        raise NlError(number, sentence)

    # --- links ---

    def index(self, link):
        """The ifindex of a name; an ifindex stands for itself."""
        return self.link(link)["index"] if isinstance(link, str) else link

    def _body(self, index, up, values):
        values = dict(values)
        for name in ("link", "master"):
            if isinstance(values.get(name), str):
                values[name] = self.index(values[name])
        flags = 0 if up is None else IFF_UP if up else 0
        header = struct.pack("=BxHiII", 0, 0, index, flags, 0 if up is None else IFF_UP)
        return header + encode(IFLA, values)

    def add(self, name, kind, data=None, up=None, **values):
        """ip link add: creates a link."""
        self.request(RTM_NEWLINK, CREATE | EXCL, self._body(
            0, up, {"name": name, "linkinfo": linkinfo(kind, data), **values}))

    def set(self, link, up=None, **values):
        """ip link set: changes a link."""
        self.request(RTM_SETLINK, 0, self._body(self.index(link), up, values))

    def change(self, link, kind, data):
        """ip link set LINK type KIND: changes what is the kind's own."""
        if isinstance(data, dict) and isinstance(data.get("member"), str):
            data = {**data, "member": self.index(data["member"])}
        self.request(RTM_NEWLINK, 0, self._body(
            self.index(link), None, {"linkinfo": linkinfo(kind, data)}))

    def change_slave(self, link, kind, data):
        """ip link set LINK type KIND_slave: changes what its master keeps of it."""
        info = attr(4, kind.encode() + b"\0") + attr(5 | NLA_F_NESTED, encode(VNICTEAM_SLAVE, data))
        self.request(RTM_NEWLINK, 0, self._body(self.index(link), None, {"linkinfo": info}))

    def delete(self, link):
        """ip link del."""
        self.request(RTM_DELLINK, 0, self._body(self.index(link), None, {}))

    def link(self, link):
        """All about one link."""
        body = struct.pack("=BxHiII", 0, 0, link if isinstance(link, int) else 0, 0, 0)
        if isinstance(link, str):
            body += encode(IFLA, {"name": link})
        return self._link(self.request(RTM_GETLINK, 0, body)[0][1])

    def links(self, kind=None):
        """All links, or those of a kind, by name."""
        answers = self.request(RTM_GETLINK, DUMP, struct.pack("=BxHiII", 0, 0, 0, 0, 0))
        links = (self._link(payload) for _, payload in answers)
        return {link["name"]: link for link in links if kind in (None, link.get("kind"))}

    @staticmethod
    def _link(payload):
        index, flags = struct.unpack_from("=iI", payload, 4)
        link = decode(IFLA, payload[16:])
        link.update(index=index, flags=flags, up=bool(flags & IFF_UP))
        info = attrs(link.pop("linkinfo", b""))
        if 1 in info:
            link["kind"] = info[1].rstrip(b"\0").decode()
            link["data"] = decode(KINDS.get(link["kind"], {}), info.get(2, b""))
        if 4 in info:
            link["slave_kind"] = info[4].rstrip(b"\0").decode()
            table = VNICTEAM_SLAVE if link["slave_kind"] == "vnicteam" else {}
            link["slave_data"] = decode(table, info.get(5, b""))
        if "stats64" in link:
            link["stats"] = dict(zip(STATS, struct.unpack_from("=9Q", link.pop("stats64"))))
        return link

    # --- addresses and filters ---

    def address(self, link, text, prefix):
        """ip addr add, without duplicate address detection."""
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        data = socket.inet_pton(family, text)
        body = struct.pack("=BBBBI", family, prefix, 0x02, 0, self.index(link))
        self.request(RTM_NEWADDR, CREATE | EXCL, body + attr(1, data) + attr(2, data))

    def filters(self, link):
        """The MACs a NIC was told to receive (unicast and multicast lists)."""
        index = self.index(link)
        body = struct.pack("=BxxxiHBB", socket.AF_BRIDGE, 0, 0, 0, 0)
        body += attr(8, struct.pack("=I", index))
        found = set()
        try:
            answers = self.request(RTM_GETNEIGH, DUMP, body)
        except NlError:
            # A kernel that takes no filter for this family.
            answers = self.request(RTM_GETNEIGH, DUMP, body[:12])
        for _, payload in answers:
            if struct.unpack_from("=i", payload, 4)[0] == index:
                found.add(mac_text(attrs(payload[12:]).get(2, b"")))
        return found
