#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
filters_follow_mapping.py - a member's hardware filters hold the addresses of
the VNICs that are mapped to it, no others, and nobody makes it promiscuous
(CLS-2). On the VM's NICs, which have filters; on veth if there are none.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import vm  # noqa: E402
from frames import (  # noqa: E402
    BROADCAST, PACKET_ADD_MEMBERSHIP, PACKET_MR_ALLMULTI, counts, frame, gather)
from ktap import (  # noqa: E402
    KsftSkipEx, case, ksft_eq, ksft_in, ksft_not_in, run_cases, wait_until)
from topology import Net, run  # noqa: E402

GROUP = "01:00:5e:7f:01:02"
KIND = "vm" if vm.nics() >= 3 else "veth"


def where(net, mac):
    """The members whose filter has a MAC."""
    return [member for member in net.members() if mac in net.host.filters(member)]


def build(net, names, **data):
    """A fresh team; returns the MACs of its VNICs."""
    net.clear()
    net.team(**data)
    return net.vnics(names)


def other(net, member):
    """A member that is not this one."""
    return next(one for one in net.members() if one != member)


# Turns red if a MAC is not told to the member, or told to all.
@case("CLS-2: a VNIC's MAC is in the filter of its member and of no other")
def unicast(net):
    macs = build(net, [f"vnic{n}" for n in range(5)])
    for name, member in net.mapping().items():
        ksft_eq(where(net, macs[name]), [member], name)
    ksft_eq(where(net, net.host.link("team0")["address"]), [net.member_of("team0")])


# Turns red if set_rx_mode of a VNIC is not passed on.
@case("CLS-2: a group that a VNIC joins is in its member's filter until it leaves")
def multicast(net):
    build(net, ["vnic0", "vnic1"])
    member = net.member_of("vnic0")
    with net.port("host", "vnic0") as port:
        ksft_eq(where(net, GROUP), [])
        port.join(GROUP)
        wait_until(lambda: where(net, GROUP) == [member], "group in the filter")
        port.leave(GROUP)
        wait_until(lambda: where(net, GROUP) == [], "group out of the filter")


# Turns red if two VNICs' wish for one group is kept as one.
@case("CLS-2: a group stays in the filter until the last VNIC has left")
def multicast_shared(net):
    build(net, [f"vnic{n}" for n in range(4)])
    member = net.member_of("vnic0")
    ksft_eq(net.member_of("vnic3"), member)
    with net.port("host", "vnic0") as one, net.port("host", "vnic3") as other:
        one.join(GROUP)
        other.join(GROUP)
        wait_until(lambda: where(net, GROUP) == [member], "group in the filter")
        one.leave(GROUP)
        wire = net.port("lan", f"p{member[3:]}")
        wire.send(frame(GROUP, "02:00:00:00:00:99"))
        ksft_eq(len(gather({"other": other}, 1)["other"]), 1)
        ksft_eq(where(net, GROUP), [member])
        other.leave(GROUP)
        wait_until(lambda: where(net, GROUP) == [], "group out of the filter")
        wire.close()


# Turns red if the new member's filter is not set before traffic switches, or
# the old one's not cleaned after grace.
@case("CLS-2: a planned move takes the addresses along and cleans up behind")
def planned_move(net):
    macs = build(net, ["vnic0"], grace=2000)
    old = net.member_of("vnic0")
    new = other(net, old)
    with net.port("host", "vnic0") as port:
        port.join(GROUP)
        wait_until(lambda: where(net, GROUP) == [old], "group in the filter")
        net.host.change("vnic0", "vnic", {"member": new})
        net.on("vnic0", new)
        for mac in (macs["vnic0"], GROUP):
            ksft_in(new, where(net, mac))
        for mac in (macs["vnic0"], GROUP):
            wait_until(lambda what=mac: where(net, what) == [new], f"{mac} on {new} only")


# Turns red likewise for a move that was not planned.
@case("CLS-2: a failover takes the addresses along, and failback returns them")
def failover(net):
    macs = build(net, ["vnic0", "vnic1", "vnic2"])
    old = net.member_of("vnic0")
    with net.port("host", "vnic0") as port:
        port.join(GROUP)
        net.cut(int(old[3:]))
        wait_until(lambda: net.member_of("vnic0") not in (None, old), "vnic0 moved")
        now = net.member_of("vnic0")
        for mac in (macs["vnic0"], GROUP):
            wait_until(lambda what=mac: where(net, what) == [now], f"{mac} on {now}")
        # It receives through them.
        with net.port("lan", f"p{now[3:]}") as wire:
            wire.send(frame(macs["vnic0"], "02:00:00:00:00:99"))
            wire.send(frame(GROUP, "02:00:00:00:00:99"))
            ksft_eq(counts(gather({"vnic0": port}, 2)), {"vnic0": 2})
        net.join(int(old[3:]))
        wait_until(lambda: old in net.mapping().values(), f"one is back on {old}")
        wait_until(lambda: all(where(net, macs[name]) == [member]
                               for name, member in net.mapping().items()), "filters follow")


# Turns red if the old MAC stays in the filter or the table.
@case("CLS-2: a VNIC's new MAC replaces the old one in the filter")
def new_mac(net):
    macs = build(net, ["vnic0"])
    member = net.member_of("vnic0")
    net.host.set("vnic0", address="02:00:00:00:55:01")
    ksft_eq(where(net, macs["vnic0"]), [])
    ksft_eq(where(net, "02:00:00:00:55:01"), [member])
    with net.port("host", "vnic0") as port, net.port("lan", f"p{member[3:]}") as wire:
        wire.send(frame(macs["vnic0"], "02:00:00:00:00:99"))
        wire.send(frame("02:00:00:00:55:01", "02:00:00:00:00:99"))
        got = gather({"vnic0": port}, 1)["vnic0"]
        ksft_eq([one.destination for one in got], ["02:00:00:00:55:01"])


# Turns red if deletion leaves addresses behind.
@case("CLS-2: deleted VNICs and teams leave no address in a filter")
def deleted(net):
    net.clear()
    before = {member: net.host.filters(member) for member in net.members()}
    macs = build(net, ["vnic0", "vnic1", "vnic2"])
    net.host.delete("vnic1")
    ksft_eq(where(net, macs["vnic1"]), [])
    team = net.host.link("team0")["address"]
    net.host.set("eth3", master=0)
    for mac in (*macs.values(), team):
        ksft_not_in("eth3", where(net, mac))
    net.clear()
    for mac in (*macs.values(), team):
        ksft_eq(where(net, mac), [])
    for member in net.members():
        ksft_eq(net.host.filters(member) - before[member], set(), member)


# Turns red if allmulti of a VNIC is not passed on or never taken back.
@case("CLS-2: a VNIC that wants all multicast gets it, and the NIC is restored")
def all_multicast(net):
    build(net, ["vnic0"])
    member = net.member_of("vnic0")
    with net.port("host", "vnic0") as port, net.port("lan", f"p{member[3:]}") as wire:
        port.membership(PACKET_ADD_MEMBERSHIP, PACKET_MR_ALLMULTI)
        wait_until(lambda: net.host.link(member)["allmulti"] > 0, "it takes all multicast")
        wire.send(frame("01:00:5e:00:77:77", "02:00:00:00:00:99"))
        ksft_eq(len(gather({"vnic0": port}, 1)["vnic0"]), 1)
    wait_until(lambda: net.host.link(member)["allmulti"] == 0, "it is restored")


# Turns red if VLAN ids of devices over a VNIC are not told to its member:
# virtio-net drops frames of all others.
@case("CLS-2: VLAN ids used over a VNIC follow it to its member")
def vlan_ids(net):
    macs = build(net, ["vnic0"])
    run("ip", "-n", net.names["host"], "link", "add", "link", "vnic0", "name", "vnic0.100", "up",
        "type", "vlan", "id", "100")
    for member in ("eth1", "eth2", "eth3"):
        net.host.change("vnic0", "vnic", {"member": member})
        net.on("vnic0", member)
        with net.port("host", "vnic0.100") as port, net.port("lan", f"p{member[3:]}") as wire:
            wire.send(frame(macs["vnic0"], "02:00:00:00:00:99", b"tagged", vlan=100))
            wire.send(frame(BROADCAST, "02:00:00:00:00:99", b"tagged", vlan=100))
            ksft_eq(counts(gather({"vlan": port}, 2)), {"vlan": 2}, member)


# Turns red if a member is made promiscuous instead of using its filter.
@case("CLS-2: members that have a filter are not promiscuous")
def not_promiscuous(net):
    if KIND != "vm":
        raise KsftSkipEx("veth has no filter")
    build(net, [f"vnic{n}" for n in range(6)])
    net.host.change("vnic0", "vnic", {"member": "eth2"})
    net.on("vnic0", "eth2")
    for member in net.members():
        ksft_eq(net.host.link(member)["promiscuity"], 0, member)


if __name__ == "__main__":
    with Net(3, KIND) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
