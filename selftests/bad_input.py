#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
bad_input.py - wrong requests are refused with a sentence and change nothing:
values out of range, read-only, truncated, oversized, unknown attributes, names
that do not fit, requests from unprivileged users and their namespaces.
(GRP-2, VNIC-1, PLC-6.) member_refused.sh has the devices that cannot be members.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ctypes  # noqa: E402
import errno  # noqa: E402
import random  # noqa: E402
import struct  # noqa: E402
import traceback  # noqa: E402

import rtnl  # noqa: E402
from ktap import case, ksft_eq, ksft_in, ksft_pr, ksft_true, refused, run_cases  # noqa: E402
from rtnl import NlError, Rtnl, attr, encode, linkinfo  # noqa: E402
from topology import Net  # noqa: E402

NOBODY = 65534
PR_SET_DUMPABLE = 4  # or what follows setuid() belongs to root in /proc
SEED = int(os.environ.get("SEED", "20"))
# What may differ although nothing was changed.
VOLATILE = ("stats", "carrier_changes")


def state(net):
    """Everything there is, for comparison."""
    return {name: {key: value for key, value in link.items() if key not in VOLATILE}
            for name, link in net.host.links().items()}


def build(net):
    """A team with a VNIC on each member."""
    net.clear()
    net.team()
    for number in range(3):
        net.vnic(f"vnic{number}")
    return state(net)


def unchanged(net, before):
    """Checks that a refusal left everything as it was."""
    ksft_eq(state(net), before, "something was changed")


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
    before = state(net)
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
    before = state(net)
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
    for kind, name, numbers in (("vnicteam", "team0", range(1, 10)), ("vnic", "vnic0", range(1, 9))):
        for number in numbers:
            for size in (0, 1, 2, 3):
                table = rtnl.KINDS[kind]
                width = {n: w for n, w in table.values()}[number]
                if size >= struct.calcsize(rtnl.PACK[width]):
                    continue
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
    ksft_eq(set(state(net)), set(before))


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


def as_child(function, *args):
    """
    Runs a function in a process of its own, which may give up rights, and
    returns the reasons it gives for failing ([]: none).
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = function(*args)
        except BaseException:  # pylint: disable=broad-exception-caught
            said = [traceback.format_exc()]
        os.write(writer, "\n".join(said).encode())
        os._exit(0)
    os.close(writer)
    said = b""
    while chunk := os.read(reader, 4096):
        said += chunk
    os.close(reader)
    os.waitpid(child, 0)
    return said.decode().splitlines()


def attempts(requests):
    """Tries requests that must fail; returns those that did not."""
    wrong = []
    for what, function, *args in requests:
        try:
            function(*args)
            wrong.append(f"{what}: was allowed")
        except NlError:
            pass
    return wrong


def give_up_rights():
    """Becomes nobody."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def as_nobody(host, index):
    """What a user without rights tries in the host's namespace."""
    give_up_rights()
    return attempts([
        ("add team", host.add, "team9", "vnicteam"),
        ("add VNIC", lambda: host.add("vnic9", "vnic", link=index["team0"])),
        ("pin", lambda: host.change(index["vnic0"], "vnic", {"member": index["eth2"]})),
        ("grace", lambda: host.change(index["team0"], "vnicteam", {"grace": 1})),
        ("take member out", lambda: host.set(index["eth1"], master=0)),
        ("delete VNIC", host.delete, index["vnic0"]),
        ("delete team", host.delete, index["team0"]),
    ])


# Turns red if a capability check is missing.
@case("SEC-3: a user without rights can change nothing")
def nobody(net):
    before = build(net)
    index = {name: link["index"] for name, link in before.items()}
    ksft_eq(as_child(as_nobody, net.host, index), [])
    unchanged(net, before)


def become_root_of_own_namespaces():
    """An unprivileged user's user and network namespace, with all rights in it."""
    give_up_rights()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"),
                       ("gid_map", f"0 {NOBODY} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def in_own_namespaces(index):
    """What root of its own namespaces can do: everything there, nothing outside."""
    become_root_of_own_namespaces()
    own = Rtnl()
    own.add("team0", "vnicteam")
    own.add("left", "veth")
    own.set("left", master="team0")
    own.set("team0", up=True)
    own.add("vnic0", "vnic", link="team0", up=True)
    if not own.link("vnic0")["data"]["active_member"]:
        # The other end of the pair has to be up.
        for name in own.links("veth"):
            own.set(name, up=True)
    wrong = attempts([
        ("VNIC on the host's team", lambda: own.add("vnic9", "vnic", link=index["team0"] + 1000)),
        ("VNIC on the host's team by nsid", lambda: own.add(
            "vnic9", "vnic", link=index["team0"], link_netnsid=0)),
        ("the host's NIC as a member", lambda: own.set(index["eth1"] + 1000, master="team0")),
        ("a pin to the host's NIC", lambda: own.change(
            "vnic0", "vnic", {"member": index["eth1"] + 1000})),
        # IFLA_NET_NS_PID: the first process is in a namespace that is not ours.
        ("a team in another namespace", lambda: own.request(
            rtnl.RTM_NEWLINK, rtnl.CREATE | rtnl.EXCL, own._body(0, None, {
                "name": "team9", "linkinfo": linkinfo("vnicteam"), 19: u32(1)}))),
        ("a VNIC moved to another namespace", lambda: own.request(
            rtnl.RTM_SETLINK, 0, own._body(own.index("vnic0"), None, {19: u32(1)}))),
    ])
    for limit in ({"announce_rate": 0}, {"monitor_interval": 0}):
        wrong += attempts([("out of range", own.change, "team0", "vnicteam", limit)])
    return wrong


# Turns red if namespaces are not kept apart.
@case("SEC-3: root of an unprivileged user namespace is confined to it")
def own_namespaces(net):
    before = build(net)
    index = {name: link["index"] for name, link in before.items()}
    ksft_eq(as_child(in_own_namespaces, index), [])
    unchanged(net, before)


def with_a_vnic(pipe, go):
    """What root of a container does with the VNIC that it was given."""
    become_root_of_own_namespaces()
    own = Rtnl()
    os.write(pipe, b".")
    os.read(go, 1)
    own.set("vnic0", up=True)
    data = own.link("vnic0")["data"]
    member = data.get("active_member", 0)
    return attempts([
        ("pin by the container", own.change, "vnic0", "vnic", {"member": member + 1}),
        ("unpin by the container", own.change, "vnic0", "vnic", {"member": 0}),
        ("mode by the container", own.change, "vnic0", "vnic", {"mode": rtnl.MODE_PRIVATE}),
        ("VNIC on a VNIC", lambda: own.add("vnic9", "vnic", link="vnic0")),
        ("VNIC on the team by nsid", lambda: own.add(
            "vnic9", "vnic", link=own.link("vnic0")["link"], link_netnsid=0)),
    ])


# Turns red if the VNIC's own namespace is asked for the right to move it.
@case("SEC-3: a container's root can use its VNIC but not place it")
def container(net):
    build(net)
    ready, started = os.pipe()
    go, allow = os.pipe()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = with_a_vnic(started, go)
        except BaseException:  # pylint: disable=broad-exception-caught
            said = [traceback.format_exc()]
        os.write(writer, "\n".join(said).encode())
        os._exit(0)
    os.close(writer)
    os.read(ready, 1)
    net.host.request(rtnl.RTM_SETLINK, 0, net.host._body(
        net.host.index("vnic0"), None, {19: u32(child)}))
    others = state(net)
    os.write(allow, b".")
    said = b""
    while chunk := os.read(reader, 4096):
        said += chunk
    os.waitpid(child, 0)
    ksft_eq(said.decode().splitlines(), [])
    others["team0"]["data"]["vnics"] = net.host.link("team0")["data"]["vnics"]
    for name, link in state(net).items():
        if name.startswith("vnic"):
            ksft_eq(link["data"]["mode"], others[name]["data"]["mode"])
    for pipe in (ready, started, go, allow, reader):
        os.close(pipe)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
