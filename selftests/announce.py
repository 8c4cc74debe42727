#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
announce.py - after any move switches and neighbours learn the VNIC's new place:
a RARP frame for its MAC, gratuitous ARP and unsolicited NA for its addresses,
IGMP and MLD reports for its groups, repeated and paced (FLT-3).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import json  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from frames import (  # noqa: E402
    BROADCAST, ETH_P_8021Q, ETH_P_ALL, ETH_P_RARP, counts, frame, gather)
from ktap import case, ksft_eq, ksft_ge, ksft_pr, run_cases, wait_until  # noqa: E402
from rtnl import InNetns, Rtnl, mac_bytes  # noqa: E402
from topology import SUBNET, SUBNET6, Net, run  # noqa: E402

GROUP = "239.127.1.2"
RARP, TAGGED_RARP, GARP = "RARP", "tagged RARP", "gratuitous ARP"
NA, IGMP, MLD = "unsolicited NA", "IGMP", "MLD"


def kind_of(one):
    """What a frame announces: (kind, address), or None."""
    data = one.payload
    if one.ethertype == ETH_P_RARP:
        return RARP, one.source
    if one.ethertype == ETH_P_8021Q and data[2:4] == b"\x80\x35":
        return TAGGED_RARP, int.from_bytes(data[:2], "big") & 0xfff
    if one.ethertype == 0x0806 and data[14:18] == data[24:28]:
        return GARP, socket.inet_ntoa(data[14:18])
    if one.ethertype == 0x0800 and data[9] == 2:
        return IGMP, None
    if one.ethertype == 0x86dd and data[6] == 58 and data[40] == 136:
        return NA, socket.inet_ntop(socket.AF_INET6, data[48:64])
    if one.ethertype == 0x86dd and data[6] == 0 and data[48] == 143:
        return MLD, None
    return None


class Wires:
    """What is announced on which member's wire, from a moment on."""

    def __init__(self, net):
        self.ports = net.wires(ethertype=ETH_P_ALL)
        self.seen = {name: [] for name in self.ports}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for port in self.ports.values():
            port.close()

    def read(self):
        """Takes in what has come."""
        for name, port in self.ports.items():
            while (one := port.receive()) is not None:
                if kind := kind_of(one):
                    self.seen[name].append((kind, one))

    def count(self, member, mac, *kind):
        """How often a MAC announced this on a member's wire so far."""
        self.read()
        return sum(1 for what, one in self.seen[member]
                   if one.source == mac and what[:len(kind)] == kind)

    def clear(self):
        """Forgets what came so far."""
        self.read()
        self.seen = {name: [] for name in self.ports}


def ipv6(net, device, on):
    """A VNIC with or without IPv6, and so a link-local address."""
    run("sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6={int(not on)}",
        netns=net.names["host"])


def build(net, **data):
    """vnic0 with addresses and a group; vnic1 without, as if a VM were behind."""
    net.clear()
    net.team(**data)
    ipv6(net, "default", False)
    macs = net.vnics(["vnic0", "vnic1"])
    ipv6(net, "vnic0", True)
    net.host.address("vnic0", f"{SUBNET}.10", 24)
    net.host.address("vnic0", f"{SUBNET6}10", 64)
    with InNetns(net.names["host"]):
        member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                      socket.inet_aton(GROUP) + socket.inet_aton(f"{SUBNET}.10"))
    return macs, member


def announced(wires, member, macs, rounds):
    """Waits for all that is due to be seen on a member's wire."""
    for kind in ((RARP,), (GARP, f"{SUBNET}.10"), (NA, f"{SUBNET6}10"), (IGMP,), (MLD,)):
        wait_until(lambda what=kind: wires.count(member, macs["vnic0"], *what) > 0, kind[0])
    wait_until(lambda: wires.count(member, macs["vnic0"], GARP) >= rounds, f"{rounds} times ARP")
    wait_until(lambda: wires.count(member, macs["vnic0"], NA) >= rounds, f"{rounds} times NA")


# Turns red if any kind is left out, sent through the old member, or not repeated.
@case("FLT-3: a failover is announced in all ways and repeated, on the new member")
def failover(net):
    macs, group = build(net, announce_count=3, announce_interval=100)
    with group, Wires(net) as wires:
        ksft_eq(net.member_of("vnic0"), "eth1")
        wires.clear()
        net.cut(1)
        wait_until(lambda: net.member_of("vnic0") not in (None, "eth1"), "vnic0 moved")
        new = net.member_of("vnic0")
        announced(wires, new, macs, 2)
        for member in set(net.members()) - {"eth1", new}:
            ksft_eq(wires.count(member, macs["vnic0"]), 0, f"announced on {member}")
        # The frame a switch learns from.
        rarp = next(one for what, one in wires.seen[new]
                    if what[0] == RARP and one.source == macs["vnic0"])
        mac = mac_bytes(macs["vnic0"])
        ksft_eq(rarp.destination, BROADCAST)
        ksft_eq(rarp.payload[:28], bytes.fromhex("0001080006040003")
                + mac + bytes(4) + mac + bytes(4))
        # Nobody announced what did not move.
        ksft_eq(wires.count("eth2", macs["vnic1"]), 0, "vnic1 stayed where it was")
    net.join(1)


# Turns red if failback or redistribution is silent: traffic would go to the
# member that the VNIC has left.
@case("FLT-3: failback, and a move by hand, are announced likewise")
def failback(net):
    macs, group = build(net, announce_count=2, announce_interval=50)
    with group, Wires(net) as wires:
        net.host.change("vnic0", "vnic", {"member": "eth1"})
        net.cut(1)
        wait_until(lambda: net.member_of("vnic0") not in (None, "eth1"), "vnic0 moved")
        wires.clear()
        net.join(1)
        net.on("vnic0", "eth1")
        announced(wires, "eth1", macs, 1)
        wires.clear()
        net.host.change("vnic0", "vnic", {"member": "eth3"})
        net.on("vnic0", "eth3")
        announced(wires, "eth3", macs, 1)


# Turns red if a MAC without addresses is not announced as often as was set.
@case("FLT-3: a MAC without addresses is announced by RARP, announce_count times")
def without_address(net):
    for count in (1, 4):
        macs, group = build(net, announce_count=count, announce_interval=10)
        with group, Wires(net) as wires:
            ksft_eq(net.member_of("vnic1"), "eth2")
            net.host.change("vnic1", "vnic", {"member": "eth3"})
            net.on("vnic1", "eth3")
            wait_until(lambda n=count: wires.count("eth3", macs["vnic1"], RARP) >= n,
                       f"{count} times RARP")
            gather(net.wires())  # a while without more
            ksft_eq(wires.count("eth3", macs["vnic1"], RARP), count)
            ksft_eq(wires.count("eth3", macs["vnic1"]), count)


# Turns red if only the VNIC's own MAC is announced, or only without a tag.
@case("FLT-3: MACs of devices over a VNIC, and its VLANs, are announced by RARP too")
def what_is_above(net):
    macs, group = build(net, announce_count=1)
    host = net.names["host"]
    run("ip", "-n", host, "link", "add", "link", "vnic1", "name", "mv0", "up",
        "address", "02:00:00:00:99:01", "type", "macvlan", "mode", "bridge")
    run("ip", "-n", host, "link", "add", "link", "vnic1", "name", "vnic1.100", "up",
        "type", "vlan", "id", "100")
    with group, Wires(net) as wires:
        wires.clear()
        net.host.change("vnic1", "vnic", {"member": "eth3"})
        net.on("vnic1", "eth3")
        for mac in (macs["vnic1"], "02:00:00:00:99:01"):
            wait_until(lambda what=mac: wires.count("eth3", what, RARP), f"RARP of {mac}")
        wait_until(lambda: wires.count("eth3", macs["vnic1"], TAGGED_RARP, 100), "RARP in VLAN 100")
        for member in ("eth1", "eth2"):
            ksft_eq(wires.count(member, macs["vnic1"]), 0, member)


def learned(net, switch, mac):
    """The port on which a switch has learned a MAC."""
    text = run("bridge", "-n", net.names["lan"], "-j", "fdb", "show", "br", switch)
    return next((entry["ifname"] for entry in json.loads(text) if entry["mac"] == mac), None)


# Turns red if announcements do not reach all switches.
@case("FLT-3: all switches know the new place of a VNIC that is silent itself")
def switches_learn(net):
    macs, group = build(net)
    with group, net.port("host", "vnic1") as port, net.port("remote", "r0") as remote:
        port.send(frame(BROADCAST, macs["vnic1"], b"here"))
        wait_until(lambda: learned(net, "sw2", macs["vnic1"]) == "p2", "learned on p2")
        net.cut(2)
        wait_until(lambda: net.member_of("vnic1") not in (None, "eth2"), "vnic1 moved")
        new = net.member_of("vnic1")
        number = new[3:]
        wait_until(lambda: learned(net, f"sw{number}", macs["vnic1"]) == f"p{number}",
                   f"learned on p{number}")
        wait_until(lambda: (learned(net, "sw2", macs["vnic1"]) or "p")[0] in "tu",
                   "learned on a trunk of sw2")
        # Only the member that is right gets the frame: it was not flooded.
        taps = {member: net.port("host", member) for member in net.members()}
        remote.send(frame(macs["vnic1"], "02:00:00:00:00:99"))
        ksft_eq(counts(gather(taps, 1)), {new: 1})
        for tap in taps.values():
            tap.close()
    net.join(2)


# Turns red if the bucket is not asked, or the first announcement waits for it.
@case("FLT-3: repetitions are paced when many VNICs move")
def paced(net):
    count, rate = 20, 20
    net.clear()
    net.team(announce_count=2, announce_interval=10, announce_rate=rate)
    ipv6(net, "default", False)
    pin = {"member": "eth1"}
    macs = {net.vnic(f"vnic{n}", data=pin)["address"] for n in range(count)}
    with Wires(net) as wires:
        net.cut(1)
        wait_until(lambda: net.host.link("eth1")["slave_data"]["vnics"] == 0, "eth1 left")
        wait_until(lambda: sum(wires.count(member, mac, RARP) for mac in macs
                               for member in ("eth2", "eth3")) >= 2 * count, "all repeated")
        first, again = {}, []
        for _, one in sorted(wires.seen["eth2"] + wires.seen["eth3"], key=lambda x: x[1].stamp):
            if one.source not in macs:
                continue  # the team's own
            if one.source in first:
                again.append(one.stamp)
            else:
                first[one.source] = one.stamp
    spread = (max(again) - min(again)) / 1e9
    ksft_pr(f"measured: first announcements of {count} VNICs within "
            f"{(max(first.values()) - min(first.values())) / 1e6:.1f} ms, "
            f"repetitions spread over {spread:.2f} s at {rate}/s")
    ksft_eq(set(first), macs)
    ksft_eq(len(again), count)
    ksft_ge(spread, 0.7 * (count - 1) / rate, "repetitions came faster than the rate")
    net.join(1)


# Turns red if announcements are delivered to all neighbours under the RTNL lock,
# whose IP stacks then look at each other's: minutes with a thousand VNICs.
@case("FLT-3: requests are served while many VNICs announce their addresses")
def served_meanwhile(net):
    count, rounds = 128, 3
    net.clear()
    net.team(announce_count=rounds, announce_interval=10)
    ipv6(net, "default", True)
    pin = {"member": "eth1"}
    macs = {net.vnic(f"vnic{n}", data=pin)["address"] for n in range(count)}
    # Addresses that may yet turn out to be another's are not announced.
    wait_until(lambda: not run("ip", "-6", "addr", "show", "tentative",
                               netns=net.names["host"]).strip(), "addresses checked")
    times, finished = [], threading.Event()

    def ask():
        with Rtnl(net.names["host"]) as asker:
            while not finished.is_set():
                before = time.monotonic()
                asker.link("eth1")
                times.append(time.monotonic() - before)

    thread = threading.Thread(target=ask)
    thread.start()
    with Wires(net) as wires:
        net.cut(1)
        wait_until(lambda: sum(wires.count(member, mac, NA) for mac in macs
                               for member in ("eth2", "eth3")) >= (rounds - 1) * count,
                   "all announced", pause=0.05)
        served = len(times)
    finished.set()
    thread.join()
    ksft_pr(f"measured: {served} requests served meanwhile, the longest took "
            f"{max(times) * 1000:.0f} ms")
    ksft_ge(served, 10)
    net.join(1)


# Turns red if recovery from standby is not announced.
@case("FLT-3: recovery of a team that had no member left is announced")
def out_of_standby(net):
    macs, group = build(net, announce_count=2, announce_interval=50)
    with group, Wires(net) as wires:
        for number in (1, 2, 3):
            net.cut(number)
        wait_until(lambda: set(net.mapping().values()) == {None}, "standby")
        wires.clear()
        net.join(3)
        wait_until(lambda: set(net.mapping().values()) == {"eth3"}, "on eth3")
        announced(wires, "eth3", macs, 1)
        wait_until(lambda: wires.count("eth3", macs["vnic1"], RARP) >= 1, "vnic1 announced")
    for number in (1, 2):
        net.join(number)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
