#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
vnic_guard.py - what an administrator allows a VNIC's user (VNIC-6), what he says
of members (GRP-5), and that every frame that is not delivered is counted with
its reason (CTL-4).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import rtnl  # noqa: E402
from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_true, refused, run_cases, wait_until  # noqa: E402
from topology import Net, run  # noqa: E402

OUTSIDER, OTHER = "02:00:00:00:00:99", "02:00:00:00:00:98"
FRAMES = 5


def statistics(net, name):
    """What ethtool -S says, zeros left out."""
    told = run("ethtool", "-S", name, netns=net.names["host"])
    pairs = (line.split(":") for line in told.splitlines()[1:])
    return {key.strip(): int(value) for key, value in pairs if int(value)}


def build(net, **data):
    """A team with two VNICs on eth1, and the sockets of one and of its wire."""
    net.clear()
    net.team(grace=0)
    macs = {name: net.vnic(name, data={"member": "eth1", **data})["address"]
            for name in ("vnic0", "vnic1")}
    return macs, {"vnic0": net.port("host", "vnic0"), "vnic1": net.port("host", "vnic1"),
                  "wire": net.port("lan", "p1")}


def close(ports):
    """Closes sockets."""
    for port in ports.values():
        port.close()


# Turns red if a frame with another source passes, or one with the right one does not.
@case("VNIC-6: with spoofchk on, frames from another MAC do not leave")
def spoofchk(net):
    macs, ports = build(net, spoofchk=1)
    for destination in (OUTSIDER, BROADCAST, macs["vnic1"]):
        gather(ports)
        for number in range(FRAMES):
            ports["vnic0"].send(frame(destination, OTHER, bytes([number])))
        ksft_eq(counts(gather(ports)), {}, destination)
    ksft_eq(statistics(net, "vnic0"), {"tx_dropped_spoofed": 3 * FRAMES})
    ports["vnic0"].send(frame(OUTSIDER, macs["vnic0"], b"true"))
    ksft_eq(counts(gather(ports, 1)), {"wire": 1})
    # A new address of its own is its own.
    net.host.set("vnic0", address=OTHER)
    ports["vnic0"].send(frame(OUTSIDER, OTHER, b"true"))
    ksft_eq(counts(gather(ports, 1, lambda one: one.destination == OUTSIDER)), {"wire": 1})
    net.host.change("vnic0", "vnic", {"spoofchk": 0})
    ports["vnic0"].send(frame(OUTSIDER, macs["vnic0"], b"free"))
    ksft_eq(counts(gather(ports, 1)), {"wire": 1})
    close(ports)


# Turns red if the address is changed all the same.
@case("VNIC-6: a change of the MAC can be forbidden and allowed again")
def mac_change(net):
    macs, ports = build(net, mac_change=0)
    before = net.state()
    refused(None, net.host.set, "vnic0", address=OTHER)
    ksft_eq(net.state(), before)
    net.host.change("vnic0", "vnic", {"mac_change": 1})
    net.host.set("vnic0", address=OTHER)
    ksft_eq(net.host.link("vnic0")["address"], OTHER)
    ksft_eq(net.host.link("vnic1")["address"], macs["vnic1"])
    close(ports)


# Turns red if a value is lost, or a wrong one is taken.
@case("GRP-5: role, weight and capacity of a member are set, shown and checked")
def member_options(net):
    net.clear()
    net.team()
    show = {"role": rtnl.ROLE_ACTIVE, "weight": 1, "capacity": 0}
    data = net.host.link("eth1")["slave_data"]
    ksft_eq({key: data[key] for key in show}, show)
    for options in ({"role": rtnl.ROLE_STANDBY}, {"weight": 1000}, {"capacity": 25 * 10**9},
                    {"role": rtnl.ROLE_OFF, "weight": 7, "capacity": 2**64 - 1}):
        show.update(options)
        net.host.change_slave("eth1", "vnicteam", options)
        data = net.host.link("eth1")["slave_data"]
        ksft_eq({key: data[key] for key in show}, show)
    before = net.state()
    for options in ({"role": 3}, {"weight": 0}, {"weight": 1001}, {"state": 1}, {"vnics": 1},
                    {"weight": 5, "role": 200}):
        refused("", net.host.change_slave, "eth1", "vnicteam", options)
    ksft_eq(net.state(), before)


# Turns red if a reason is not counted, or another one is.
@case("CTL-4: frames that are not delivered are counted with their reasons")
def reasons(net):
    macs, ports = build(net)
    wire2 = net.port("lan", "p2")
    for number in range(FRAMES):
        ports["wire"].send(frame(OUTSIDER, OTHER, bytes([number])))        # unknown
        ports["wire"].send(frame(BROADCAST, macs["vnic0"], bytes([number])))  # own
        wire2.send(frame(macs["vnic0"], OTHER, bytes([number])))           # not mapped
    # VNICs' own multicasts come back by the other switches, too.
    for reason in ("own", "not_mapped", "unknown"):
        name = f"members_rx_dropped_{reason}"
        wait_until(lambda one=name: statistics(net, "team0").get(one, 0) >= FRAMES, name)
    ksft_eq(statistics(net, "vnic0"), {"rx_dropped_not_mapped": FRAMES})
    # Down.
    net.host.set("vnic0", up=False)
    for number in range(FRAMES):
        ports["vnic1"].send(frame(macs["vnic0"], macs["vnic1"], bytes([number])))
    ksft_eq(statistics(net, "vnic1"), {"tx_dropped_neighbour": FRAMES})
    ksft_eq(statistics(net, "vnic0")["rx_dropped_down"], FRAMES)
    net.host.set("vnic0", up=True)
    # Isolated: private VNICs do not hear each other through a switch that sends frames back.
    net.host.change("vnic0", "vnic", {"mode": rtnl.MODE_PRIVATE})
    for number in range(FRAMES):
        ports["wire"].send(frame(macs["vnic0"], macs["vnic1"], bytes([number])))
    wait_until(lambda: statistics(net, "vnic0").get("rx_dropped_isolated") == FRAMES, "counted")
    net.host.change("vnic0", "vnic", {"mode": rtnl.MODE_BRIDGE})
    # Standby: carrier is off, and the queue of a device without carrier takes nothing; a
    # neighbour's frames do not reach it.
    net.host.change("vnic0", "vnic", {"member": 0})
    for member in net.members():
        net.host.set(member, up=False)
    wait_until(lambda: net.member_of("vnic0") is None, "standby")
    ksft_true(net.host.link("vnic0")["stats"]["rx_dropped"] >= FRAMES)
    close({**ports, "wire2": wire2})


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
