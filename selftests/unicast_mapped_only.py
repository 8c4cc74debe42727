#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
unicast_mapped_only.py - a VNIC is on one member: its frames come in and go out
there and nowhere else, and find it by their destination (CLS-1, CLS-6, VNIC-2,
GRP-3).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import json  # noqa: E402

from frames import BROADCAST, ETH_P_ALL, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_in, run_cases, wait_until  # noqa: E402
from topology import Net, run  # noqa: E402

FRAMES = 5
OUTSIDER = "02:00:00:00:00:99"
VNICS = [f"vnic{n}" for n in range(6)]


class Ports:
    """A team with two VNICs on each member, and its packet sockets."""

    def __init__(self, net, **data):
        net.clear()
        net.team(**data)
        self.macs = net.vnics(VNICS)
        self.members = net.mapping()
        self.macs["team0"] = net.host.link("team0")["address"]
        self.members["team0"] = net.member_of("team0")
        self.inside = {name: net.port("host", name) for name in self.macs}
        self.wires = net.wires()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for port in (*self.inside.values(), *self.wires.values()):
            port.close()

    def inject(self, member, name, **options):
        """Frames for a VNIC that come in on a member."""
        for number in range(FRAMES):
            self.wires[member].send(
                frame(self.macs[name], OUTSIDER, bytes([number]), **options))

    def accepted(self, member, name):
        """Whether frames for a VNIC are taken from a member."""
        gather(self.inside)
        self.inject(member, name)
        return counts(gather(self.inside)) == {name: FRAMES}


# Turns red if classification looks at anything but the destination MAC.
@case("CLS-1: unicast reaches the VNIC that has the MAC, and no other")
def to_its_mac(net):
    with Ports(net) as ports:
        for name, member in ports.members.items():
            ports.inject(member, name)
            ksft_eq(counts(gather(ports.inside, FRAMES)), {name: FRAMES})


# Turns red if the tag is lost, or tagged frames bypass classification.
@case("CLS-1: tagged unicast and broadcast reach the VNIC with their tag")
def tagged(net):
    with Ports(net) as ports:
        member = ports.members["vnic0"]
        # Tags are told to sockets of all protocols.
        with net.port("host", "vnic0", ethertype=ETH_P_ALL) as port:
            for destination in (ports.macs["vnic0"], BROADCAST):
                gather({"vnic0": port})
                sent = frame(destination, OUTSIDER, b"tagged", vlan=0x2064)
                ports.wires[member].send(sent)
                got = gather({"vnic0": port}, 1, lambda one: one.source == OUTSIDER)["vnic0"]
                ksft_eq([one.data for one in got], [sent])
            # And out.
            with net.port("lan", f"p{member[3:]}", ethertype=ETH_P_ALL) as wire:
                sent = frame(OUTSIDER, ports.macs["vnic0"], b"tagged", vlan=100)
                port.send(sent)
                got = gather({"wire": wire}, 1, lambda one: one.destination == OUTSIDER)["wire"]
                ksft_eq([one.data for one in got], [sent])


# Turns red if rx does not compare the member with the mapping.
@case("CLS-6: unicast that comes in on another member is not delivered")
def other_member(net):
    with Ports(net) as ports:
        for name in ("vnic0", "vnic1", "team0"):
            for member in set(ports.wires) - {ports.members[name]}:
                ports.inject(member, name)
        ksft_eq(counts(gather(ports.inside)), {})


# Turns red likewise; the frames come as a switch floods them.
@case("CLS-6: unicast flooded to all members is delivered once")
def flooded(net):
    with Ports(net) as ports, net.port("remote", "r0") as remote:
        taps = {member: net.port("host", member) for member in net.members()}
        for port in ("p1", "p2", "p3", "t1", "t2", "u2", "u3"):
            run("bridge", "-n", net.names["lan"], "link", "set", "dev", port, "learning", "off")
            run("ip", "-n", net.names["lan"], "link", "set", port, "type", "bridge_slave",
                "fdb_flush")
        for name in ("vnic0", "vnic1", "vnic2", "team0"):
            for number in range(FRAMES):
                remote.send(frame(ports.macs[name], OUTSIDER, bytes([number])))
            got = gather(ports.inside, FRAMES)
            ksft_eq([one.payload[0] for one in got[name]], list(range(FRAMES)), name)
            ksft_eq(list(counts(got)), [name])
        # They did come in everywhere.
        ksft_eq(counts(gather(taps)), {member: 4 * FRAMES for member in taps})
        for port in taps.values():
            port.close()
        for port in ("p1", "p2", "p3", "t1", "t2", "u2", "u3"):
            run("bridge", "-n", net.names["lan"], "link", "set", "dev", port, "learning", "on")


# Turns red if a frame leaves through any member but the VNIC's.
@case("VNIC-2: a VNIC transmits through its member only")
def leaves_by_its_member(net):
    with Ports(net) as ports:
        for name, member in ports.members.items():
            for number in range(FRAMES):
                ports.inside[name].send(frame(OUTSIDER, ports.macs[name], bytes([number])))
                ports.inside[name].send(frame(BROADCAST, ports.macs[name], bytes([number])))
            ksft_eq(counts(gather(ports.wires, 2 * FRAMES)), {member: 2 * FRAMES}, name)


def learned(net, switch):
    """{MAC: port} as a switch has learned it."""
    text = run("bridge", "-n", net.names["lan"], "-j", "fdb", "show", "br", switch)
    return {entry["mac"]: entry["ifname"] for entry in json.loads(text)
            if "permanent" not in entry.get("state", "")}


# Turns red if a frame of a VNIC leaves by two members.
@case("GRP-3: switches learn a VNIC's MAC on its member's port only")
def source_on_one_port(net):
    with Ports(net) as ports:
        for name in VNICS:
            ports.inside[name].send(frame(BROADCAST, ports.macs[name], b"here"))
        gather(ports.inside, len(VNICS) * len(VNICS))
        tables = {number: learned(net, f"sw{number}") for number in range(1, net.count + 1)}
        for name in VNICS:
            for number, table in tables.items():
                port = table.get(ports.macs[name])
                if ports.members[name] == f"eth{number}":
                    ksft_eq(port, f"p{number}", name)
                else:
                    ksft_in(port[0] if port else None, ("t", "u"), f"{name} on sw{number}")


# Turns red if the old member is not accepted for the time of grace, or for ever.
@case("CLS-6: during a planned move's grace the old member is accepted, then not")
def grace(net):
    with Ports(net, grace=3000) as ports:
        old = ports.members["vnic0"]
        new = "eth2" if old != "eth2" else "eth3"
        net.host.change("vnic0", "vnic", {"member": new})
        net.on("vnic0", new)
        ksft_eq(ports.accepted(old, "vnic0"), True, "during grace")
        ksft_eq(ports.accepted(new, "vnic0"), True)
        wait_until(lambda: not ports.accepted(old, "vnic0"), "old member no more accepted")
        ksft_eq(ports.accepted(new, "vnic0"), True)


# Turns red if grace is given although none was asked for.
@case("CLS-6: without grace the old member is not accepted after a planned move")
def no_grace(net):
    with Ports(net, grace=0) as ports:
        old = ports.members["vnic0"]
        new = "eth2" if old != "eth2" else "eth3"
        net.host.change("vnic0", "vnic", {"member": new})
        net.on("vnic0", new)
        wait_until(lambda: not ports.accepted(old, "vnic0"), "old member not accepted")
        ksft_eq(ports.accepted(new, "vnic0"), True)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
