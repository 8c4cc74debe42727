#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
placement_balanced.py - VNICs are placed by count, stay balanced after any
change with the least possible moves, and pins are kept (PLC-1, PLC-2, PLC-3).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from collections import Counter  # noqa: E402

from ktap import case, ksft_eq, ksft_ge, run_cases, wait_until  # noqa: E402
from rtnl import CAUSE_ADMIN, CAUSE_BALANCE, CAUSE_FAULT, CAUSE_NONE  # noqa: E402
from topology import Net  # noqa: E402


def load(net, members):
    """How many VNICs each of these members has, by what the VNICs say."""
    found = Counter(net.mapping().values())
    return [found[member] for member in members]


def balanced(net, members):
    """Waits until counts differ by at most one and all VNICs are on members."""
    total = len(net.mapping())

    def even():
        counts = load(net, members)
        return sum(counts) == total and max(counts) - min(counts) <= 1

    wait_until(even, f"balanced over {members}")
    for member, count in zip(members, load(net, members)):
        ksft_eq(net.host.link(member)["slave_data"]["vnics"], count, member)


def least_moves(counts):
    """Moves that any way of balancing these counts needs."""
    low, extra = divmod(sum(counts), len(counts))
    goal = sorted([low + 1] * extra + [low] * (len(counts) - extra))
    return sum(max(0, have - want) for have, want in zip(sorted(counts), goal))


def build(net, members, count):
    """A fresh team with `count` VNICs."""
    net.clear()
    net.team(members=members)
    for number in range(count):
        net.vnic(f"vnic{number}")


# Turns red if ties are not broken by ifindex or counts are not compared.
@case("PLC-1: a new VNIC goes where the fewest are, ties to the lowest ifindex")
def fewest_first(net):
    build(net, net.members(), 7)
    order = sorted(net.members(), key=net.host.index)
    for number in range(7):
        ksft_eq(net.member_of(f"vnic{number}"), order[number % 3])
    ksft_eq(net.moves(), 0)


# Turns red if a pin given at creation is ignored, or placement ignores pins.
@case("PLC-1: a VNIC that is pinned is where it was pinned, others fill up around")
def pinned(net):
    build(net, net.members(), 0)
    for number in range(3):
        net.vnic(f"pin{number}", data={"member": "eth2"})
        ksft_eq(net.member_of(f"pin{number}"), "eth2")
    for number in range(6):
        net.vnic(f"vnic{number}")
    ksft_eq(load(net, net.members()), [3, 3, 3])
    ksft_eq({net.member_of(f"pin{n}") for n in range(3)}, {"eth2"})


# Turns red if deletion does not redistribute, or moves more than it must.
@case("PLC-2: deleting VNICs leaves the rest balanced with the least moves")
def deletion(net):
    build(net, net.members(), 9)
    for name in [name for name, member in net.mapping().items() if member == "eth1"]:
        net.host.delete(name)
        balanced(net, net.members())
    ksft_eq(load(net, net.members()), [2, 2, 2])
    ksft_eq(net.moves(), least_moves([0, 3, 3]))


# Turns red if a new member is left empty, or everything is dealt out anew.
@case("PLC-3: a member that is added takes its share, with the least moves")
def added(net):
    build(net, ["eth1", "eth2"], 8)
    net.host.set("eth3", master="team0")
    balanced(net, net.members())
    ksft_eq(net.moves(), least_moves([4, 4, 0]))
    causes = Counter(link["data"]["move_cause"] for link in net.host.links("vnic").values())
    ksft_eq(causes, {CAUSE_NONE: 6, CAUSE_BALANCE: 2})


# Turns red if VNICs of members that are up are moved by another one's loss.
@case("PLC-2: a lost member's VNICs alone move, and spread evenly")
def lost(net):
    build(net, net.members(), 9)
    gone = [name for name, member in net.mapping().items() if member == "eth2"]
    net.cut(2)
    balanced(net, ["eth1", "eth3"])
    for name, link in net.host.links("vnic").items():
        ksft_eq(link["data"]["moves"], int(name in gone), name)
        ksft_eq(link["data"]["move_cause"], CAUSE_FAULT if name in gone else CAUSE_NONE, name)


# Turns red if failback is not immediate, or moves more than the share.
@case("PLC-3: a member that recovers takes its share, with the least moves")
def recovered(net):
    before = net.moves()
    net.join(2)
    balanced(net, net.members())
    ksft_eq(net.moves() - before, least_moves([5, 4, 0]))


# Turns red if a member's removal strands VNICs.
@case("PLC-2: removing a member spreads its VNICs with the least moves")
def removed(net):
    build(net, net.members(), 6)
    net.host.set("eth1", master=0)
    balanced(net, ["eth2", "eth3"])
    ksft_eq(net.moves(), 2)
    net.host.set("eth1", master="team0")
    balanced(net, net.members())
    ksft_eq(net.moves(), 2 + least_moves([0, 3, 3]))


# Turns red if a pinned VNIC is lost with its member or does not return.
@case("PLC-1: a pinned VNIC is carried by another member while its own is down")
def pin_returns(net):
    build(net, net.members(), 3)
    net.vnic("pin0", data={"member": "eth2"})
    net.cut(2)
    wait_until(lambda: net.member_of("pin0") in ("eth1", "eth3"), "pin0 carried by another")
    ksft_eq(net.host.link("pin0")["data"]["member"], net.host.index("eth2"))
    balanced(net, ["eth1", "eth3"])
    net.join(2)
    net.on("pin0", "eth2")


# Turns red if redistribution moves what an administrator pinned.
@case("PLC-2: redistribution leaves pinned VNICs where they are")
def pins_stay(net):
    build(net, ["eth1"], 0)
    for number in range(4):
        net.vnic(f"pin{number}", data={"member": "eth1"})
    for number in range(4):
        net.vnic(f"vnic{number}")
    net.host.set("eth2", master="team0")
    wait_until(lambda: load(net, ["eth1", "eth2"]) == [4, 4], "four on each")
    ksft_eq({net.member_of(f"pin{n}") for n in range(4)}, {"eth1"})
    # Set free, they may be moved again.
    for number in range(4):
        net.host.delete(f"vnic{number}")
    for number in range(4):
        net.host.change(f"pin{number}", "vnic", {"member": 0})
    balanced(net, ["eth1", "eth2"])


# Turns red if moving by hand does not pin, or counts wrongly.
@case("PLC-6: a VNIC is moved by hand, stays there, and is set free again")
def by_hand(net):
    build(net, net.members(), 3)
    net.host.change("vnic0", "vnic", {"member": "eth3"})
    net.on("vnic0", "eth3")
    data = net.host.link("vnic0")["data"]
    ksft_eq(data["member"], net.host.index("eth3"))
    ksft_eq(data["moves"], 1)
    ksft_eq(data["move_cause"], CAUSE_ADMIN)
    ksft_ge(data["move_resumed"], data["move_detected"])
    balanced(net, net.members())
    net.host.change("vnic0", "vnic", {"member": 0})
    balanced(net, net.members())
    ksft_eq(net.host.link("vnic0")["data"]["member"], 0)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
