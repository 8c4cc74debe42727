#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
failover_link.py - a member that loses its link, is set down or goes away is
noticed without help from a switch, and its VNICs go on over others (FLT-1,
FLT-2). Prints how long it took with 1, 100 and 1,000 VNICs; asserts no time.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import socket  # noqa: E402
import struct  # noqa: E402
import time  # noqa: E402

import vm  # noqa: E402
from ktap import (  # noqa: E402
    KsftSkipEx, case, ksft_eq, ksft_ge, ksft_pr, ksft_true, run_cases, wait_until)
from pace import WAIT, fewer  # noqa: E402
from rtnl import (  # noqa: E402
    ACTIVE, CAUSE_FAULT, IFF_RUNNING, MEMBER_UP, RTM_NEWLINK, InNetns)
from streams import Stream, Streams  # noqa: E402
from topology import Net, run  # noqa: E402

MEMBERS = 3
RTMGRP_LINK = 1
AHEAD = 100_000_000  # ns by which looking must beat an event that is held back up to a second


class Nets:
    """The same network on veth and on the VM's NICs."""

    def __init__(self):
        self.nets = {"veth": Net(MEMBERS)}
        self.nets["veth"].__enter__()
        if vm.nics() >= MEMBERS:
            self.nets["vm"] = Net(MEMBERS, "vm")

    def close(self):
        """Removes both."""
        for net in self.nets.values():
            net.__exit__()

    def __getitem__(self, kind):
        if kind not in self.nets:
            raise KsftSkipEx("needs NICs of the VM: make vm NICS=6")
        return self.nets[kind]


class Events:
    """What rtnetlink tells of links."""

    def __init__(self, netns):
        with InNetns(netns):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.sock.bind((0, RTMGRP_LINK))
        self.sock.settimeout(WAIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def lost(self, index):
        """Waits until a link is said to run no more; when, on the monotonic clock in ns."""
        while True:
            data = self.sock.recv(1 << 16)
            _, kind, _, _, _ = struct.unpack_from("=IHHII", data)
            which, flags = struct.unpack_from("=iI", data, 20)
            if kind == RTM_NEWLINK and which == index and not flags & IFF_RUNNING:
                return time.monotonic_ns()


def streams_of(net, names):
    """Both ways between VNICs and the remote host: (streams, their ports)."""
    remote = net.port("remote", "r0")
    remote_mac = net.remote.link("r0")["address"]
    ports, streams = [remote], []
    for name in names:
        mac = net.host.link(name)["address"]
        port = net.port("host", name)
        ports.append(port)
        streams += [Stream(f"{name} out", port, remote, remote_mac, mac),
                    Stream(f"{name} in", remote, port, mac, remote_mac)]
    return streams, ports


def left(net, member):
    """{VNIC: data} once no VNIC is on a member; what it was told of their moves."""
    wait_until(lambda: net.host.link(member)["slave_data"]["vnics"] == 0, f"{member} left",
               pause=0.05)
    return {name: link["data"] for name, link in net.host.links("vnic").items()}


class Clock:  # pylint: disable=too-few-public-methods
    """When something was begun and when it was carried out, by the monotonic clock in ns."""

    def __init__(self, action):
        self.begun = time.monotonic_ns()
        action()
        self.done = time.monotonic_ns()


def times(data, cut, count):
    """Prints detection and move times of VNICs that moved."""
    detected = min(one["move_detected"] for one in data)
    resumed = max(one["move_resumed"] for one in data)
    ksft_pr(f"measured, {count} VNICs: detected {(detected - cut.begun) / 1e6:.1f} ms after the "
            f"link was told to go ({(detected - cut.done) / 1e6:+.1f} ms after that was done); "
            f"all moved {(resumed - detected) / 1e6:.3f} ms after detection")


def link_lost(net, what, cut, restore):
    """
    Three VNICs with traffic, one per member; eth1's goes. Its VNIC moves, the
    others notice nothing.
    """
    net.clear()
    net.team()
    names = ["vnic0", "vnic1", "vnic2"]
    net.vnics(names)
    victim = next(name for name, member in net.mapping().items() if member == "eth1")
    changes = {name: net.host.link(name)["carrier_changes"] for name in names}
    streams, ports = streams_of(net, names)
    with Streams(streams) as running:
        gone = Clock(cut)
        wait_until(lambda: net.member_of(victim) in ("eth2", "eth3"), f"{victim} moved")
        time.sleep(0.3)  # traffic over the new member
    data = net.host.link(victim)["data"]
    ksft_eq(data["state"], ACTIVE)
    ksft_eq(data["move_cause"], CAUSE_FAULT)
    ksft_ge(data["move_resumed"], data["move_detected"])
    ksft_ge(data["move_detected"], gone.begun, "detected before it happened")
    times([data], gone, 1)
    for stream in streams:
        report = running.reports[stream.name]
        if stream.name.startswith(victim):
            ksft_pr(f"{what}, {stream.name}: {report}")
            ksft_true(0 < report.received, stream.name)
            ksft_eq(report.duplicates, 0, stream.name)
        else:
            ksft_true(report.perfect(), f"{stream.name} is on another member: {report}")
    for name in names:
        ksft_eq(net.host.link(name)["carrier_changes"], changes[name], f"{name} saw a carrier loss")
    for port in ports:
        port.close()
    # It goes on over the new member: frames both ways.
    streams, ports = streams_of(net, [victim])
    with Streams(streams) as running:
        time.sleep(0.1)
    for name, report in running.reports.items():
        ksft_true(report.perfect(), f"{name} after the move")
    for port in ports:
        port.close()
    restore()
    wait_until(lambda: net.host.link("eth1").get("slave_data", {}).get("vnics") == 1,
               "eth1 is used again")


# Turns red if carrier is not looked at: virtio-net's event may be a second late.
@case("FLT-1: a cut link of a virtio-net NIC: its VNIC moves, others notice nothing")
def cut_virtio(nets):
    net = nets["vm"]
    link_lost(net, "set_link", lambda: net.cut(1), lambda: net.join(1))


# Turns red if carrier is not looked at.
@case("FLT-1: a cut link of a veth: its VNIC moves, others notice nothing")
def cut_veth(nets):
    net = nets["veth"]
    link_lost(net, "veth", lambda: net.cut(1), lambda: net.join(1))


# Turns red if a member that is down is taken for one that is up.
@case("FLT-1: a member that is set down: its VNIC moves, others notice nothing")
def set_down(nets):
    net = nets["veth"]
    link_lost(net, "admin down", lambda: net.host.set("eth1", up=False),
              lambda: net.host.set("eth1", up=True))


# Turns red if removal of a member is not treated as a fault.
@case("FLT-1: a member that is taken out of the team: its VNIC moves")
def taken_out(nets):
    net = nets["veth"]
    link_lost(net, "nomaster", lambda: net.host.set("eth1", master=0),
              lambda: net.host.set("eth1", master="team0"))


def many(nets, kind, count):
    """All of `count` VNICs are on eth1 and its link is cut."""
    net = nets[kind]
    net.clear()
    net.team()
    # A thousand IPv6 stacks in one namespace hear each other's announcements:
    # announce.py looks at that, here the moves are measured.
    run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", netns=net.names["host"])
    pin = {"member": net.host.index("eth1")}
    for number in range(count):
        net.host.add(f"vnic{number}", "vnic", data=pin, link=net.host.index("team0"), up=True)
    ksft_eq(net.host.link("eth1")["slave_data"]["vnics"], count)
    probe = ["vnic0", f"vnic{count // 2}", f"vnic{count - 1}"][:max(1, min(3, count))]
    streams, ports = streams_of(net, probe)
    with Streams(streams, interval=0.01) as running:
        gone = Clock(lambda: net.cut(1))
        moved = left(net, "eth1")
        time.sleep(0.2)  # traffic over the new members
    ksft_eq({one["state"] for one in moved.values()}, {ACTIVE})
    ksft_eq({one["move_cause"] for one in moved.values()}, {CAUSE_FAULT})
    spread = [net.host.link(member)["slave_data"]["vnics"] for member in ("eth2", "eth3")]
    ksft_eq(sum(spread), count)
    ksft_true(abs(spread[0] - spread[1]) <= 1, spread)
    times(moved.values(), gone, count)
    for name, report in running.reports.items():
        ksft_pr(f"{kind}, {count} VNICs, {name}: {report}")
        ksft_eq(report.duplicates, 0, name)
    for port in ports:
        port.close()
    net.join(1)
    wait_until(lambda: net.host.link("eth1")["slave_data"]["vnics"] == count,
               "pinned VNICs are back on eth1", pause=0.1)
    net.clear()


# These turn red if a VNIC is left behind, or two go where one should.
@case("FLT-2: 1 VNIC of a virtio-net NIC whose link is cut goes on")
def one(nets):
    many(nets, "vm", 1)


@case("FLT-2: 100 VNICs of a virtio-net NIC whose link is cut go on, spread evenly")
def hundred(nets):
    many(nets, "vm", 100)


@case("FLT-2: 1,000 VNICs of a virtio-net NIC whose link is cut go on, spread evenly")
def thousand(nets):
    many(nets, "vm", fewer(1000))


# Turns red if a move waits for the poll although a frame has met the dead link.
@case("FLT-1: with slow polling, traffic finds a dead link")
def found_by_traffic(nets):
    net = nets["vm"]
    net.clear()
    net.team(monitor_interval=1000)
    net.vnic("vnic0", data={"member": "eth1"})
    streams, ports = streams_of(net, ["vnic0"])
    with Streams(streams):
        gone = Clock(lambda: net.cut(1))
        wait_until(lambda: net.member_of("vnic0") != "eth1", "vnic0 moved")
    times([net.host.link("vnic0")["data"]], gone, 1)
    for port in ports:
        port.close()
    net.join(1)
    wait_until(lambda: net.host.link("eth1")["slave_data"]["state"] == MEMBER_UP, "eth1 is up")


# Turns red if the loss is known from events alone: the kernel holds those of one
# second back, and nothing is sent here that would meet the dead link.
@case("FLT-1: a silent NIC's cut link is found long before the kernel tells of it")
def found_by_looking(nets):
    net = nets["vm"]
    net.clear()
    run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", netns=net.names["host"])
    net.team()
    net.vnic("vnic0", data={"member": "eth1"})
    watched = net.host.index("eth1")  # asked now: RTM_GETLINK brings the event forward
    leads = []
    while len(leads) < 5 and max(leads, default=0) < AHEAD:
        with Events(net.names["host"]) as events:
            net.cut(3)  # told of at once; what comes next has to wait
            net.cut(1)
            told = events.lost(watched)
        wait_until(lambda: net.member_of("vnic0") not in (None, "eth1"), "vnic0 moved")
        leads.append(told - net.host.link("vnic0")["data"]["move_detected"])
        net.join(1)
        net.join(3)
        net.on("vnic0", "eth1")
    ksft_pr(f"measured: found {max(leads) / 1e6:.0f} ms before the event")
    ksft_ge(max(leads), AHEAD)


# Turns red if unregistering a NIC leaves its VNICs on it, or leaks a reference.
@case("FLT-1: a driver that lets go of its NIC: its VNICs go on")
def driver_removed(nets):
    net = nets["vm"]
    net.clear()
    net.team()
    net.vnics(["vnic0", "vnic1", "vnic2"])
    device = os.path.basename(run("readlink", "/sys/class/net/eth1/device",
                                  netns=net.names["host"]).strip())
    driver = "/sys/bus/virtio/drivers/virtio_net"
    with open(f"{driver}/unbind", "w", encoding="ascii") as unbind:
        unbind.write(device)
    ksft_true(all(member in ("eth2", "eth3") for member in net.mapping().values()),
              net.mapping())
    ksft_eq(net.host.link("team0")["data"]["members"], 2)
    streams, ports = streams_of(net, ["vnic0"])
    with Streams(streams) as running:
        time.sleep(0.1)
    ksft_true(all(report.perfect() for report in running.reports.values()), running.reports)
    for port in ports:
        port.close()
    with open(f"{driver}/bind", "w", encoding="ascii") as bind:
        bind.write(device)


if __name__ == "__main__":
    topologies = Nets()
    try:
        STATUS = run_cases(topologies)
    finally:
        topologies.close()
    sys.exit(STATUS)
