#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
scale_1016.py - a team takes 1,016 VNICs and 32 members and says so when asked
for more (VNIC-4). Prints how long creation, redistribution and deletion took.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import time  # noqa: E402
from collections import Counter  # noqa: E402

from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_pr, refused, run_cases, wait_until  # noqa: E402
from topology import Net, run  # noqa: E402

VNICS, MEMBERS = 1016, 32
OUTSIDER = "02:00:00:00:00:99"


class Timed:
    """Prints how long a block took."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start = time.monotonic()

    def __exit__(self, *_):
        ksft_pr(f"measured: {self.what}: {(time.monotonic() - self.start) * 1000:.0f} ms")


# Turns red if the limit is lower, or placement degrades.
@case("VNIC-4: one team takes 1,016 VNICs, evenly spread")
def create(net):
    net.clear()
    net.team()
    team = net.host.index("team0")
    with Timed(f"creation of {VNICS} VNICs that are up"):
        for number in range(VNICS):
            net.host.add(f"vnic{number}", "vnic", link=team, up=True)
    spread = Counter(net.mapping().values())
    ksft_eq(sorted(spread.values()), [338, 339, 339], spread)
    ksft_eq(net.host.link("team0")["data"]["vnics"], VNICS)


# Turns red if one more is taken, or refused without a word.
@case("VNIC-4: one more is refused with a sentence, and taken after a deletion")
def one_more(net):
    refused("1016", net.host.add, "more", "vnic", link="team0")
    net.host.delete("vnic500")
    net.host.add("more", "vnic", link="team0", up=True)
    ksft_eq(net.host.link("team0")["data"]["vnics"], VNICS)


# Turns red if the table loses entries when it is full.
@case("VNIC-4: with 1,016 VNICs unicast and broadcast are right")
def traffic(net):
    names = ["vnic0", "vnic337", "vnic1015", "more"]
    links = net.host.links()
    ports = {name: net.port("host", name) for name in names}
    wires = net.wires()
    mapping = net.mapping()
    for name in names:
        wires[mapping[name]].send(frame(links[name]["address"], OUTSIDER))
        ksft_eq(counts(gather(ports, 1)), {name: 1})
    before = net.host.links("vnic")
    remote = net.port("remote", "r0")
    remote.send(frame(BROADCAST, OUTSIDER))
    ksft_eq(counts(gather(ports, len(names))), {name: 1 for name in names})
    after = net.host.links("vnic")
    ksft_eq(Counter(after[name]["stats"]["rx_packets"] - before[name]["stats"]["rx_packets"]
                    for name in after), {1: VNICS}, "a broadcast")
    for port in (remote, *ports.values(), *wires.values()):
        port.close()


# Turns red if redistribution of many leaves some behind.
@case("VNIC-4: with 1,016 VNICs a member's loss and return leave them balanced")
def redistribute(net):
    for action, members in ((net.cut, 2), (net.join, 3)):
        with Timed(f"{VNICS} VNICs balanced on {members} members"):
            action(1)
            wait_until(lambda n=members: sorted(Counter(net.mapping().values()).values())
                       == ([508, 508] if n == 2 else [338, 339, 339]), "balanced", pause=0.1)


# Turns red if anything of them stays.
@case("VNIC-4: deleting the team deletes 1,016 VNICs")
def delete(net):
    with Timed(f"deletion of a team with {VNICS} VNICs"):
        net.host.delete("team0")
    ksft_eq(net.host.links("vnic"), {})
    for member in net.members():
        ksft_eq(net.host.link(member).get("master"), None)


# Turns red if 32 do not fit, or 33 do.
@case("VNIC-4: one team takes 32 members and refuses one more with a sentence")
def members(net):
    net.clear()
    net.team()
    run("modprobe", "dummy", check=False)
    for number in range(MEMBERS - net.count + 1):
        net.host.add(f"d{number}", "dummy")
    for number in range(MEMBERS - net.count):
        net.host.set(f"d{number}", master="team0")
    ksft_eq(net.host.link("team0")["data"]["members"], MEMBERS)
    last = f"d{MEMBERS - net.count}"
    refused("32", net.host.set, last, master="team0")
    ksft_eq(net.host.link(last).get("master"), None)
    ksft_eq(net.host.link(last)["up"], False)
    for number in range(MEMBERS):
        net.vnic(f"vnic{number}")
    ksft_eq(set(Counter(net.mapping().values()).values()), {1})
    net.clear()


if __name__ == "__main__":
    with Net(3) as topology:
        topology.without_ipv6()
        STATUS = run_cases(topology)
    sys.exit(STATUS)
