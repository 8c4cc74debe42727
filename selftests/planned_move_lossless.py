#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
planned_move_lossless.py - a move between two members that are up loses no
frame, doubles none and keeps the order, in and out (PLC-5, PLC-6).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import BROADCAST, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_pr, ksft_true, run_cases, wait_until  # noqa: E402
from streams import HEADER, Stream, Streams  # noqa: E402
from topology import Net, run  # noqa: E402

GRACE = 1000  # ms
IF_OPER_UP = 6
VNICS = ["vnic0", "vnic1", "vnic2"]


class Traffic:
    """Streams between each VNIC and the remote host, both ways, and broadcast in."""

    def __init__(self, net, broadcast=False):
        self.remote = net.port("remote", "r0")
        remote_mac = net.remote.link("r0")["address"]
        self.ports, streams = [self.remote], []
        for name in VNICS:
            mac = net.host.link(name)["address"]
            port = net.port("host", name)
            self.ports.append(port)
            streams.append(Stream(f"{name} out", port, self.remote, remote_mac, mac))
            if broadcast:
                streams.append(Stream(f"{name} in", self.remote, port, BROADCAST, remote_mac))
            else:
                streams.append(Stream(f"{name} in", self.remote, port, mac, remote_mac))
        self.streams = Streams(streams)

    def __enter__(self):
        self.streams.__enter__()
        return self

    def __exit__(self, *details):
        self.streams.__exit__(*details)
        for port in self.ports:
            port.close()

    def perfect(self):
        """Checks that nothing happened to any stream."""
        for name, report in self.streams.reports.items():
            ksft_pr(f"{name}: {report}")
            ksft_true(report.perfect(), name)


def known(net):
    """Waits for the switches to know where everything is: one frame each."""
    for name in [*VNICS]:
        with net.port("host", name) as port:
            port.send(bytes.fromhex("ff" * 6) + bytes.fromhex(
                net.host.link(name)["address"].replace(":", "")) + b"\x88\xb5" + bytes(46))


def quiet(net):
    """Waits until no move is under way and none will start."""
    seen = []

    def same():
        seen.append((net.moves(), net.mapping()))
        return len(seen) > 3 and all(one == seen[-1] for one in seen[-4:])

    wait_until(same, "no more moves", pause=0.05)


def build(net):
    """
    A team with one VNIC on each member; switches know them. A VM that is
    emulated on a busy host can stand still for longer than the default grace.
    """
    net.clear()
    net.team(grace=GRACE)
    net.vnics(VNICS)
    known(net)


# Turns red if traffic switches before the new member's filter is set, or the
# old member is let go at once: frames on their way there are lost.
@case("PLC-5: moving by hand to and fro loses, doubles and reorders nothing")
def by_hand(net):
    build(net)
    with Traffic(net) as traffic:
        for member in ("eth2", "eth3", "eth1", "eth2"):
            net.host.change("vnic0", "vnic", {"member": member})
            net.on("vnic0", member)
            quiet(net)
    traffic.perfect()
    ksft_true(net.host.link("vnic0")["data"]["moves"] >= 4)


# Turns red if redistribution is done like a failover.
@case("PLC-5: redistribution after a member is added loses nothing")
def member_added(net):
    net.clear()
    net.team(members=["eth1"], grace=GRACE)
    net.vnics(VNICS)
    known(net)
    for number in (2, 3):
        # A switch forwards from a port that has just come up when it has seen that.
        net.host.set(f"eth{number}", up=True)
        wait_until(lambda port=f"p{number}": net.lan.link(port)["operstate"] == IF_OPER_UP,
                   f"the switch uses p{number}")
    with Traffic(net) as traffic:
        for member in ("eth2", "eth3"):
            net.host.set(member, master="team0")
            quiet(net)
    ksft_eq(sorted(net.mapping().values()), net.members())
    traffic.perfect()


# Turns red if failback is not planned: both members are up.
@case("PLC-5: failback to a member that recovered loses nothing")
def failback(net):
    build(net)
    net.cut(3)
    wait_until(lambda: "eth3" not in net.mapping().values(), "eth3 is left")
    known(net)
    with Traffic(net) as traffic:
        net.join(3)
        wait_until(lambda: "eth3" in net.mapping().values(), "eth3 is used again")
        quiet(net)
    traffic.perfect()


# Turns red if both members deliver broadcast in the time of grace, or neither.
@case("PLC-5: a planned move neither loses nor doubles broadcast")
def broadcast(net):
    build(net)
    with Traffic(net, broadcast=True) as traffic:
        for member in ("eth2", "eth1", "eth3"):
            net.host.change("vnic0", "vnic", {"member": member})
            net.on("vnic0", member)
            quiet(net)
    for name in VNICS:
        report = traffic.streams.reports[f"{name} in"]
        ksft_pr(f"{name} in: {report}")
        # The remote host sends a broadcast for each of the three streams.
        ksft_true(report.perfect(), name)


# Turns red if frames are sent over the new member while others still wait in
# the old one's queue. The order is that in which they left the host: on their
# way through the LAN one of two paths may be faster.
@case("PLC-5: frames that wait in the old member's queue are not overtaken")
def not_overtaken(net):
    build(net)
    for member in net.members():
        run("tc", "-n", net.names["host"], "qdisc", "add", "dev", member, "root", "netem",
            "delay", "2ms")
    remote, wires = net.port("remote", "r0"), net.wires()
    with net.port("host", "vnic0") as port:
        stream = Stream("out", port, remote, net.remote.link("r0")["address"],
                        net.host.link("vnic0")["address"])
        with Streams([stream], interval=0.001) as streams:
            for member in ("eth2", "eth3", "eth1", "eth3", "eth2", "eth1"):
                net.host.change("vnic0", "vnic", {"member": member})
                net.on("vnic0", member)
    report = streams.reports["out"]
    ksft_pr(f"{report}")
    left = sorted((one.stamp, HEADER.unpack_from(one.payload)[2])
                  for frames in gather(wires).values() for one in frames
                  if one.source == net.host.link("vnic0")["address"])
    ksft_eq([number for _, number in left], list(range(report.sent)))
    ksft_eq((report.lost, report.duplicates), (0, 0))
    for port in (remote, *wires.values()):
        port.close()
    for member in net.members():
        run("tc", "-n", net.names["host"], "qdisc", "del", "dev", member, "root")


# Turns red if a pin to the present member moves something.
@case("PLC-6: pinning a VNIC where it is moves nothing")
def pin_in_place(net):
    build(net)
    for name, member in net.mapping().items():
        net.host.change(name, "vnic", {"member": member})
    quiet(net)
    ksft_eq(net.moves(), 0)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
