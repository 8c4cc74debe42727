#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
vnic_vlan.py - a VNIC with a VLAN id: tagged on the wire, untagged inside; the
same MAC in two VLANs; one without an id has all VLANs with their tags (VNIC-5).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import BROADCAST, ETH_P_ALL, ETH_P_RARP, ETH_P_TEST, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_ne, ksft_true, refused, run_cases, wait_until  # noqa: E402
from topology import Net, run  # noqa: E402

OUTSIDER = "02:00:00:00:00:99"
MAC = "02:00:00:00:00:10"
TEST = ETH_P_TEST.to_bytes(2, "big")


class Setting:
    """VNICs with VLAN ids on one member, their packet sockets and the member's wire."""

    def __init__(self, net, member="eth1", **vlans):
        net.clear()
        net.team(grace=0)
        self.net, self.macs, self.ports = net, {}, {}
        for name, vlan in vlans.items():
            data = {"member": member, **({"vlan": vlan} if vlan else {})}
            self.macs[name] = net.vnic(name, data=data)["address"]
            self.ports[name] = net.port("host", name, ethertype=ETH_P_ALL)
        self.ports["wire"] = net.port("lan", f"p{member[3:]}", ethertype=ETH_P_ALL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for port in self.ports.values():
            port.close()

    def got(self, sender, data, expected=1):
        """{who: [frames]} of our test frames, without padding, once `sender` has sent one."""
        gather(self.ports)
        self.ports[sender].send(data)
        got = gather(self.ports, expected, lambda one: TEST in one.data[12:22])
        return {name: [bare(one.data) for one in frames]
                for name, frames in got.items() if frames}


def bare(data):
    """A frame without padding: a tag that comes or goes changes its length."""
    return data.rstrip(b"\0")


def sent(*args, **options):
    """A frame as it is to arrive."""
    return bare(frame(*args, **options))


# Turns red if the tag is not put on, or not taken off.
@case("VNIC-5: frames are tagged on the wire and untagged inside")
def tagged_outside(net):
    with Setting(net, vnic0=10) as here:
        mac = here.macs["vnic0"]
        ksft_eq(here.got("vnic0", frame(OUTSIDER, mac, b"out")),
                {"wire": [sent(OUTSIDER, mac, b"out", vlan=10)]})
        ksft_eq(here.got("wire", frame(mac, OUTSIDER, b"in", vlan=10)),
                {"vnic0": [sent(mac, OUTSIDER, b"in")]})
        # A priority is not part of the id.
        ksft_eq(list(here.got("wire", frame(mac, OUTSIDER, b"in", vlan=0x600a))), ["vnic0"])


# Turns red if frames of other VLANs, or of none, are let in.
@case("VNIC-5: frames of other VLANs, or of none, do not reach it")
def others_stay_out(net):
    with Setting(net, vnic0=10) as here:
        for destination in (here.macs["vnic0"], BROADCAST):
            for vlan in (None, 0, 11, 4095):
                ksft_eq(here.got("wire", frame(destination, OUTSIDER, b"x", vlan=vlan), 0), {},
                        f"{destination} {vlan}")
        ksft_eq(here.got("wire", frame(BROADCAST, OUTSIDER, b"x", vlan=10)),
                {"vnic0": [sent(BROADCAST, OUTSIDER, b"x")]})


# Turns red if an address is looked up without its VLAN.
@case("VNIC-5: the same MAC may exist in two VLANs, and in none")
def same_mac(net):
    net.clear()
    net.team(grace=0)
    ports = {"wire": net.port("lan", "p1", ethertype=ETH_P_ALL)}
    for name, vlan in (("vnic10", 10), ("vnic20", 20), ("vnic0", 0)):
        net.vnic(name, data={"member": "eth1", "vlan": vlan}, address=MAC)
        ports[name] = net.port("host", name, ethertype=ETH_P_ALL)
    for name, vlan in (("vnic10", 10), ("vnic20", 20), ("vnic0", None), ("vnic0", 30)):
        gather(ports)
        ports["wire"].send(frame(MAC, OUTSIDER, b"x", vlan=vlan))
        got = gather(ports, 1, lambda one: one.source == OUTSIDER)
        ksft_eq([who for who, frames in got.items() if frames], [name], f"VLAN {vlan}")
    refused("taken", net.host.add, "vnic9", "vnic", {"vlan": 20}, link="team0", address=MAC)
    before = net.state()
    refused("taken", net.host.change, "vnic10", "vnic", {"vlan": 20})
    ksft_eq(net.state(), before)
    for port in ports.values():
        port.close()


# Turns red if neighbours are found without regard to VLANs, or keep a tag.
@case("VNIC-5: VNICs of one VLAN reach each other locally, those of two do not")
def neighbours(net):
    with Setting(net, vnic0=10, vnic1=10, vnic2=20) as here:
        macs = here.macs
        local = frame(macs["vnic1"], macs["vnic0"], b"local")
        ksft_eq(here.got("vnic0", local), {"vnic1": [bare(local)]})
        ksft_eq(here.got("vnic0", frame(macs["vnic2"], macs["vnic0"], b"far")),
                {"wire": [sent(macs["vnic2"], macs["vnic0"], b"far", vlan=10)]})
        ksft_eq(here.got("vnic0", frame(BROADCAST, macs["vnic0"], b"all"), 2),
                {"vnic1": [sent(BROADCAST, macs["vnic0"], b"all")],
                 "wire": [sent(BROADCAST, macs["vnic0"], b"all", vlan=10)]})


# Turns red if one without an id does not see tags, or its tags do not lead to a VLAN.
@case("VNIC-5: a VNIC without an id has all VLANs, with their tags")
def trunk(net):
    with Setting(net, vnic0=10, trunk=0) as here:
        macs = here.macs
        ksft_eq(here.got("vnic0", frame(macs["trunk"], macs["vnic0"], b"up")),
                {"trunk": [sent(macs["trunk"], macs["vnic0"], b"up", vlan=10)]})
        ksft_eq(here.got("trunk", frame(macs["vnic0"], macs["trunk"], b"down", vlan=10)),
                {"vnic0": [sent(macs["vnic0"], macs["trunk"], b"down")]})
        ksft_eq(list(here.got("trunk", frame(macs["vnic0"], macs["trunk"], b"other", vlan=11))),
                ["wire"])
        ksft_eq(list(here.got("trunk", frame(macs["vnic0"], macs["trunk"], b"none"))), ["wire"])
        got = here.got("trunk", frame(BROADCAST, macs["trunk"], b"all", vlan=10), 2)
        ksft_eq(sorted(got), ["vnic0", "wire"])
        ksft_eq(list(here.got("trunk", frame(BROADCAST, macs["trunk"], b"all"))), ["wire"])


# Turns red if a VLAN of its user's ends up beside, and not inside, its own.
@case("VNIC-5: VLANs of its user are inside of its own")
def inside(net):
    with Setting(net, vnic0=10) as here:
        mac = here.macs["vnic0"]
        outer = frame(OUTSIDER, mac, b"x", vlan=10)[:16]
        inner = frame(OUTSIDER, mac, b"x", vlan=5)
        ksft_eq(here.got("vnic0", inner), {"wire": [bare(outer + inner[12:])]})
        back = frame(mac, OUTSIDER, b"y", vlan=5)
        tag = frame(mac, OUTSIDER, b"y", vlan=10)[:16]
        ksft_eq(here.got("wire", tag + back[12:]), {"vnic0": [bare(back)]})


# Turns red if a change leaves the old VLAN, its filter or its address behind.
@case("VNIC-5: the id can be changed while traffic runs, and follows a move")
def changed(net):
    with Setting(net, vnic0=10, vnic1=20) as here:
        mac = here.macs["vnic0"]
        net.host.change("vnic0", "vnic", {"vlan": 20})
        ksft_eq(net.host.link("vnic0")["data"]["vlan"], 20)
        ksft_eq(here.got("wire", frame(mac, OUTSIDER, b"x", vlan=10), 0), {})
        ksft_eq(list(here.got("wire", frame(mac, OUTSIDER, b"x", vlan=20))), ["vnic0"])
        ksft_eq(list(here.got("vnic0", frame(here.macs["vnic1"], mac, b"x"))), ["vnic1"])
        net.host.change("vnic0", "vnic", {"vlan": 0})
        ksft_eq(list(here.got("wire", frame(mac, OUTSIDER, b"x"))), ["vnic0"])
        ksft_eq(list(here.got("wire", frame(mac, OUTSIDER, b"x", vlan=7))), ["vnic0"])
        net.host.change("vnic0", "vnic", {"vlan": 30})
        with net.port("lan", "p2", ethertype=ETH_P_ALL) as other:
            gather({"other": other})
            net.host.change("vnic0", "vnic", {"member": "eth2"})
            net.on("vnic0", "eth2")
            # Announced in its VLAN.
            got = gather({"other": other}, 1, lambda one: one.source == mac)["other"]
            ksft_true(got, "no announcement")
            for one in got:
                ksft_eq(one.data[12:16], bytes.fromhex("8100001e"))
            ksft_true(any(one.data[16:18] == ETH_P_RARP.to_bytes(2, "big") for one in got))
            other.send(frame(mac, OUTSIDER, b"x", vlan=30))
            with_it = gather({"vnic0": here.ports["vnic0"]}, 1,
                             lambda one: one.source == OUTSIDER)["vnic0"]
            ksft_eq(len(with_it), 1)


# Turns red if large packets or checksums suffer from the tag.
@case("VNIC-5: TCP over a VNIC with an id, to a VLAN device of a remote host")
def tcp(net):
    net.clear()
    net.team(grace=0)
    net.vnic("vnic0", data={"vlan": 10})
    host, remote = net.names["host"], net.names["remote"]
    run("ip", "-n", host, "address", "add", "198.51.100.1/24", "dev", "vnic0")
    run("ip", "-n", remote, "link", "add", "link", "r0", "name", "r0.10", "up",
        "type", "vlan", "id", "10")
    run("ip", "-n", remote, "address", "add", "198.51.100.2/24", "dev", "r0.10")
    run("iperf3", "-s", "-1", "-D", "-B", "198.51.100.2", netns=remote)
    wait_until(lambda: run("ping", "-c1", "-W1", "198.51.100.2", netns=host, check=False)
               .count(" 0% packet loss"), "an answer")
    wait_until(lambda: ":5201" in run("ss", "-ltn", netns=remote), "a listener")
    told = run("iperf3", "-c", "198.51.100.2", "-n", "20M", netns=host)
    ksft_true("iperf Done" in told, told)
    run("ip", "-n", remote, "link", "del", "r0.10")


# Turns red if an id out of range is taken.
@case("VNIC-5: ids out of range are refused and change nothing")
def out_of_range(net):
    with Setting(net, vnic0=10):
        before = net.state()
        for vlan in (4095, 65535):
            refused("", net.host.change, "vnic0", "vnic", {"vlan": vlan})
            refused("", net.host.add, "vnic9", "vnic", {"vlan": vlan}, link="team0")
        ksft_eq(net.state(), before)
        for vlan in (1, 4094):
            net.host.change("vnic0", "vnic", {"vlan": vlan})
            ksft_eq(net.host.link("vnic0")["data"]["vlan"], vlan)
        ksft_ne(net.state(), before)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
