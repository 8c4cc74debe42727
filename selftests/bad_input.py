#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
bad_input.py - wrong requests are refused with a sentence and change nothing:
values out of range, read-only, truncated, oversized, unknown attributes, names
that do not fit (VNIC-1, PLC-6, CTL-1). member_refused.sh has the devices that
cannot be members, unprivileged_confined.py those who may not ask.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import errno  # noqa: E402
import random  # noqa: E402
import struct  # noqa: E402

import rtnl  # noqa: E402
from ktap import case, ksft_eq, ksft_in, ksft_pr, ksft_true, refused, run_cases  # noqa: E402
from rtnl import NlError, attr, encode, linkinfo  # noqa: E402
from topology import Net  # noqa: E402

SEED = int(os.environ.get("SEED", "20"))
def build(net):
    """A team with a VNIC on each member."""
    net.clear()
    net.team()
    for number in range(3):
        net.vnic(f"vnic{number}")
    return net.state()


def unchanged(net, before):
    """Checks that a refusal left everything as it was."""
    ksft_eq(net.state(), before, "something was changed")


def u32(value):
    """Payload of a u32."""
    return struct.pack("=I", value)


# Turns red if a policy lacks a range.
@case("CTL-1: values out of range are refused, of a team that is there or not")
def ranges(net):
    before = build(net)
    for name, values in {"monitor_interval": (0, 1001), "announce_count": (0, 17),
                         "announce_interval": (9, 10001), "announce_rate": (0, 1000001),
                         "grace": (10001, 0xffffffff)}.items():
        for value in values:
            refused("", net.host.change, "team0", "vnicteam", {name: value})
            refused("", net.host.add, "team9", "vnicteam", {name: value})
    for data in ({"mode": 3}, {"mode": 255}):
        refused("", net.host.change, "vnic0", "vnic", data)
        refused("", net.host.add, "vnic9", "vnic", data, link="team0")
    unchanged(net, before)


# Turns red if boundaries are off by one.
@case("CTL-1: values at the ends of their ranges are taken and reported")
def boundaries(net):
    build(net)
    for name, values in {"monitor_interval": (1, 1000), "announce_count": (1, 16),
                         "announce_interval": (10, 10000), "announce_rate": (1, 1000000),
                         "grace": (0, 10000)}.items():
        for value in values:
            net.host.change("team0", "vnicteam", {name: value})
            ksft_eq(net.host.link("team0")["data"][name], value, name)
    for mode in range(3):
        net.host.change("vnic0", "vnic", {"mode": mode})
        ksft_eq(net.host.link("vnic0")["data"]["mode"], mode)


# Turns red if what is reported only can be set, or is silently passed over.
@case("CTL-1: attributes that are reported only are refused")
def read_only(net):
    before = build(net)
    for name in ("active_member", "members", "vnics"):
        refused("", net.host.change, "team0", "vnicteam", {name: 1})
        refused("", net.host.add, "team9", "vnicteam", {name: 1})
    for name in ("state", "active_member", "moves", "move_cause", "move_detected",
                 "move_resumed"):
        refused("", net.host.change, "vnic0", "vnic", {name: 1})
        refused("", net.host.add, "vnic9", "vnic", {name: 1}, link="team0")
    unchanged(net, before)


# Turns red if a pin is not looked up among the members.
@case("PLC-6: pinning to what is no member is refused")
def no_member(net):
    before = build(net)
    for name in ("lo", "team0", "vnic1", "vnic0"):
        refused("member", net.host.change, "vnic0", "vnic", {"member": name})
    for index in (99999, 0x7fffffff, 0x80000000, 0xffffffff):
        refused("", net.host.change, "vnic0", "vnic", {"member": index})
        refused("", net.host.change, "team0", "vnicteam", {"member": index})
        refused("", net.host.add, "vnic9", "vnic", {"member": index}, link="team0")
    # Another team's member.
    net.host.add("team1", "vnicteam")
    net.host.set("eth3", master="team1")
    before = net.state()
    refused("no member", net.host.change, "vnic0", "vnic", {"member": "eth3"})
    unchanged(net, before)
    net.host.delete("team1")


# Turns red if a VNIC is made on anything.
@case("VNIC-1: a VNIC without a team under it is refused")
def no_team(net):
    before = build(net)
    for name in ("lo", "eth1", "vnic0"):
        refused("team", net.host.add, "vnic9", "vnic", link=name)
    refused("", net.host.add, "vnic9", "vnic")
    refused("", net.host.add, "vnic9", "vnic", link=99999)
    unchanged(net, before)


# Turns red if addresses are not compared with all that are on the team.
@case("VNIC-1: MACs that are multicast, zero or taken are refused")
def wrong_mac(net):
    before = build(net)
    team, vnic, member = (before[name]["address"] for name in ("team0", "vnic1", "eth1"))
    for mac in ("01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"):
        refused("", net.host.add, "vnic9", "vnic", link="team0", address=mac)
        refused(None, net.host.set, "vnic0", address=mac)
        refused(None, net.host.set, "team0", address=mac)
    for mac in (team, vnic, member):
        error = refused("taken", net.host.add, "vnic9", "vnic", link="team0", address=mac)
        ksft_eq(error and error.errno, errno.EADDRINUSE)
        # The sentence of ndo_set_mac_address is lost on its way.
        error = refused(None, net.host.set, "vnic0", address=mac)
        ksft_eq(error and error.errno, errno.EADDRINUSE)
    for mac in (vnic,):
        error = refused(None, net.host.set, "team0", address=mac)
        ksft_eq(error and error.errno, errno.EADDRINUSE)
    unchanged(net, before)
    # Of another length: short ones are refused, rtnetlink cuts long ones.
    for length in (0, 5):
        refused(None, net.host.set, "vnic0", address=bytes([2] * length))
        refused(None, net.host.add, "vnic9", "vnic", link="team0", address=bytes([2] * length))
    unchanged(net, before)
    for length in (7, 32):
        try:
            net.host.set("vnic0", address=bytes([2] * length))
        except NlError:
            pass
        try:
            net.host.add("vnic9", "vnic", link="team0", address=bytes([6] * length))
            net.host.delete("vnic9")
        except NlError:
            pass
    net.host.set("vnic0", address=before["vnic0"]["address"])
    unchanged(net, before)


# Turns red if a VNIC's MTU is not held below the team's.
@case("VNIC-1: an MTU beyond the team's or its members' is refused")
def wrong_mtu(net):
    build(net)
    for member in net.members():
        net.host.set(member, mtu=1500)
    net.host.set("team0", mtu=1400)
    before = net.state()
    for mtu in (1401, 1500, 65535, 0x7fffffff, 0xffffffff, 67, 0):
        refused(None, net.host.set, "vnic0", mtu=mtu)
    for mtu in (0x7fffffff, 67, 0):
        refused(None, net.host.set, "team0", mtu=mtu)
    unchanged(net, before)


def raw_change(net, name, info):
    """Changes a link with IFLA_LINKINFO of any shape."""
    body = struct.pack("=BxHiII", 0, 0, net.host.index(name), 0, 0)
    net.host.request(rtnl.RTM_NEWLINK, 0, body + attr(18, info))


# Turns red if lengths are not checked before values are read.
@case("CTL-1: truncated attributes are refused")
def truncated(net):
    before = build(net)
    for kind, name in (("vnicteam", "team0"), ("vnic", "vnic0")):
        for number, width in rtnl.KINDS[kind].values():
            for size in range(min(4, struct.calcsize(rtnl.PACK[width]))):
                try:
                    raw_change(net, name, linkinfo(kind, attr(number, b"\1" * size)))
                    ksft_true(False, f"{kind} attribute {number} of {size} bytes was taken")
                except NlError:
                    pass
    unchanged(net, before)


# Turns red if an attribute longer than its type reaches further than it should.
@case("CTL-1: oversized attributes and nests that claim too much do no harm")
def oversized(net):
    before = build(net)
    shapes = [attr(1, u32(20) * 2), attr(1, bytes(30000)), attr(5, bytes(7)),
              # lengths that lie
              struct.pack("=HHI", 200, 1, 20), struct.pack("=HHI", 3, 1, 20),
              struct.pack("=HH", 0, 1), struct.pack("=HH", 0xffff, 1), b"\1", b""]
    for shape in shapes:
        for kind, name in (("vnicteam", "team0"), ("vnic", "vnic0")):
            try:
                raw_change(net, name, linkinfo(kind, shape))
            except NlError as error:
                ksft_in(error.errno, (errno.EINVAL, errno.ERANGE, errno.EOPNOTSUPP, errno.ENODEV,
                                      errno.EMSGSIZE), error)
    # Whatever rtnetlink let pass: values are still in their ranges.
    data = net.host.link("team0")["data"]
    ksft_true(1 <= data["monitor_interval"] <= 1000, data)
    net.host.change("team0", "vnicteam", before["team0"]["data"] | {
        "active_member": None, "members": None, "vnics": None})
    ksft_eq(set(net.state()), set(before))


# Turns red if attributes we do not know disturb those we do.
@case("CTL-1: unknown attributes are refused or passed over")
def unknown(net):
    before = build(net)
    for number in (0, 10, 11, 99, 0x3fff):
        for kind, name in (("vnicteam", "team0"), ("vnic", "vnic0")):
            try:
                raw_change(net, name, linkinfo(kind, attr(number, u32(7))))
            except NlError as error:
                ksft_pr(f"{kind} attribute {number}: {error}")
    unchanged(net, before)
    # A member has nothing to be set.
    slave = attr(4, b"vnicteam\0") + attr(5, attr(1, b"\1") + attr(2, u32(9)))
    refused(None, raw_change, net, "eth1", slave)
    # The wrong kind.
    refused(None, net.host.change, "team0", "vnic", {"mode": 1})
    refused(None, net.host.change, "vnic0", "vnicteam", {"grace": 1})
    unchanged(net, before)


# Turns red if a malformed message crashes the module or leaves half a device.
@case("CTL-1: random mutations of good messages do no harm")
def mutations(net):
    before = build(net)
    chance = random.Random(SEED)
    ksft_pr(f"SEED={SEED}")
    team = net.host.index("team0")
    good = [
        encode(rtnl.IFLA, {"name": "mut", "linkinfo": linkinfo("vnicteam", {
            "monitor_interval": 10, "announce_count": 3, "grace": 100, "member": 0})}),
        encode(rtnl.IFLA, {"name": "mut", "link": team, "address": "02:00:00:00:66:01",
                           "linkinfo": linkinfo("vnic", {"mode": 1, "member": 0})}),
    ]
    taken = 0
    for _ in range(400):
        body = bytearray(chance.choice(good))
        for _ in range(chance.choice((1, 1, 2, 4))):
            body[chance.randrange(len(body))] = chance.choice(
                (0, 1, 0xff, chance.randrange(256)))
        if chance.random() < 0.2:
            del body[chance.randrange(4, len(body)) & ~3:]
        header = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
        try:
            net.host.request(rtnl.RTM_NEWLINK, rtnl.CREATE | rtnl.EXCL, header + bytes(body))
            taken += 1
        except NlError:
            pass
        for name in set(net.host.links()) - set(before):
            net.host.delete(name)
    ksft_pr(f"{taken} of 400 were still good enough to make a link")
    unchanged(net, before)
    with net.port("host", "vnic0") as port:
        port.send(bytes(60))


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
