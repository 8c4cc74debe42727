#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
broadcast_once.py - broadcast and multicast reach each VNIC exactly once, with
three members on one LAN, in every mode (CLS-5).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, run_cases  # noqa: E402
from rtnl import MODE_BRIDGE, MODE_PRIVATE, MODE_VEPA  # noqa: E402
from topology import Net, run  # noqa: E402

FRAMES = 10
VNICS = [f"vnic{n}" for n in range(6)]
GROUP = "01:00:5e:7f:01:02"


class Ports:
    """A team with two VNICs on each of three members, and all packet sockets."""

    def __init__(self, net, mode):
        net.clear()
        net.team()
        self.macs = {name: net.vnic(name, data={"mode": mode})["address"] for name in VNICS}
        self.members = net.mapping()
        self.macs["team0"] = net.host.link("team0")["address"]
        self.macs["remote"] = net.remote.link("r0")["address"]
        self.inside = {name: net.port("host", name) for name in [*VNICS, "team0"]}
        self.all = {**self.inside, "remote": net.port("remote", "r0")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for port in self.all.values():
            port.close()

    def send(self, source, destination, copies=FRAMES):
        """Numbered frames; returns who got them, each distinct one counted once."""
        # Frames of earlier cases are none of ours.
        gather(self.all)
        for number in range(copies):
            self.all[source].send(frame(destination, self.macs[source], bytes([number])))

    def exactly_once(self, receivers, copies=FRAMES):
        """Checks that the receivers, and nobody else, got each frame once."""
        got = gather(self.all, copies * len(receivers))
        ksft_eq(counts(got), {name: copies for name in receivers})
        for name, frames in got.items():
            distinct = {one.payload[0] for one in frames}
            ksft_eq(len(distinct), len(frames), f"doubled at {name}")


# Turns red if rx takes broadcast from every member, or floods to the mapped
# member's VNICs only.
@case("CLS-5: a broadcast from outside reaches each VNIC and the team once")
def broadcast_from_outside(net):
    with Ports(net, MODE_BRIDGE) as ports:
        ksft_eq(sorted(ports.members.values()), sorted(net.members() * 2))
        ports.send("remote", BROADCAST)
        ports.exactly_once(ports.inside)


# Turns red if multicast is delivered by the member it came in on alone.
@case("CLS-5: a multicast from outside reaches each VNIC that joined once")
def multicast_from_outside(net):
    with Ports(net, MODE_BRIDGE) as ports:
        joined = ["vnic0", "vnic1", "vnic5", "team0"]
        for name in joined:
            ports.all[name].join(GROUP)
        ports.send("remote", GROUP)
        got = gather(ports.all, FRAMES * len(joined))
        for name in joined:
            ksft_eq([one.payload[0] for one in got[name]], list(range(FRAMES)), name)
        for name in set(ports.inside) - set(joined):
            ksft_eq(len(got[name]), len({one.payload[0] for one in got[name]}), name)


# Turns red if frames that a switch sends back are not recognized as our own.
@case("CLS-5: own broadcasts that the switches send back are not delivered")
def own_broadcast_sent_back(net):
    with Ports(net, MODE_BRIDGE) as ports:
        for source in ("vnic0", "vnic1", "vnic2", "team0"):
            ports.send(source, BROADCAST)
            ports.exactly_once(set(ports.all) - {source})


# Turns red if local delivery is left out, or the frame goes out as well.
@case("CLS-5: in mode bridge VNICs and team reach each other without a switch")
def bridge_is_local(net):
    with Ports(net, MODE_BRIDGE) as ports:
        wires = net.wires()
        for source, destination in (("vnic0", "vnic3"), ("vnic0", "vnic1"),
                                    ("vnic2", "team0"), ("team0", "vnic4")):
            ports.send(source, ports.macs[destination])
            ports.exactly_once([destination])
        ksft_eq(counts(gather(wires)), {}, "seen on the wire")
        for port in wires.values():
            port.close()


# Turns red if private VNICs get local copies or copies a switch sends back.
@case("CLS-5: in mode private VNICs do not reach each other")
def private_is_alone(net):
    with Ports(net, MODE_PRIVATE) as ports:
        ports.send("vnic0", BROADCAST)
        ports.exactly_once(["remote"])
        for destination in ("vnic3", "vnic1"):
            ports.send("vnic0", ports.macs[destination])
            ports.exactly_once([])
        ports.send("remote", BROADCAST)
        ports.exactly_once(ports.inside)
        ports.send("vnic5", ports.macs["remote"])
        ports.exactly_once(["remote"])


def hairpin(net, state):
    """Switches send frames back to where they came from, or not."""
    for number in range(1, net.count + 1):
        run("bridge", "-n", net.names["lan"], "link", "set", "dev", f"p{number}", "hairpin", state)


# Turns red if vepa VNICs get local copies, miss what the switch sends back, or
# get their own frames.
@case("CLS-5: in mode vepa VNICs reach each other through the switch, once")
def vepa_is_reflected(net):
    with Ports(net, MODE_VEPA) as ports:
        hairpin(net, "on")
        try:
            wires = net.wires()
            ports.send("vnic0", BROADCAST)
            ports.exactly_once((set(ports.all) - {"vnic0"}))
            sent = gather(wires)
            ksft_eq(counts(sent), {ports.members["vnic0"]: FRAMES})
            for destination in ("vnic3", "vnic1"):
                ports.send("vnic0", ports.macs[destination])
                ports.exactly_once([destination])
                ksft_eq(counts(gather(wires)), {ports.members["vnic0"]: FRAMES})
            for port in wires.values():
                port.close()
        finally:
            hairpin(net, "off")


# Turns red if vepa delivers locally.
@case("CLS-5: in mode vepa a switch that does not reflect keeps VNICs apart")
def vepa_without_reflection(net):
    with Ports(net, MODE_VEPA) as ports:
        source = ports.members["vnic0"]
        neighbour = next(name for name in VNICS[1:] if ports.members[name] == source)
        ports.send("vnic0", ports.macs[neighbour])
        ports.exactly_once([])


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
