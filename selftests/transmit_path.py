#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
transmit_path.py - what a VNIC sends goes through its member as if the member
had sent it: qdisc, segmentation and checksum offload, choice of queue (CLS-7).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import json  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402

from frames import ETH_P_IP, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_ge, ksft_gt, ksft_pr, ksft_true, run_cases  # noqa: E402
from rtnl import InNetns  # noqa: E402
from topology import SUBNET, Net, run  # noqa: E402

FRAMES = 20
SIZE = 300000
OUTSIDER = "02:00:00:00:00:99"


def build(net):
    """vnic0 with an address on eth1, vnic1 on eth2."""
    net.clear()
    net.team()
    macs = net.vnics(["vnic0", "vnic1"])
    ksft_eq(net.mapping(), {"vnic0": "eth1", "vnic1": "eth2"})
    net.host.address("vnic0", f"{SUBNET}.10", 24)
    return macs


def tc(net, *words):
    """Runs tc in the host's namespace."""
    return run("tc", "-n", net.names["host"], *words)


def qdiscs(net, device):
    """Frames that passed each qdisc of a device, by handle or parent."""
    return [entry["packets"] for entry in json.loads(
        tc(net, "-s", "-j", "qdisc", "show", "dev", device))]


# Turns red if frames bypass dev_queue_xmit.
@case("CLS-7: the member's qdisc sees every frame of its VNICs, and no other's")
def member_qdisc(net):
    macs = build(net)
    for member in net.members():
        tc(net, "qdisc", "replace", "dev", member, "root", "handle", "1:", "pfifo")
    before = [qdiscs(net, member)[0] for member in net.members()]
    with net.port("host", "vnic0") as port, net.port("lan", "p1") as wire:
        for _ in range(FRAMES):
            port.send(frame(OUTSIDER, macs["vnic0"]))
        ksft_eq(len(gather({"p1": wire}, FRAMES)["p1"]), FRAMES)
    after = [qdiscs(net, member)[0] for member in net.members()]
    ksft_ge(after[0] - before[0], FRAMES)
    ksft_true(after[1] - before[1] < FRAMES, "eth2's qdisc saw them")
    for member in net.members():
        tc(net, "qdisc", "del", "dev", member, "root")


# Turns red if a frame that the qdisc refuses is counted as sent.
@case("CLS-7: frames that the member's qdisc drops are counted as dropped")
def qdisc_drops(net):
    macs = build(net)
    # One frame in the queue and one token in the bucket: the rest is dropped.
    tc(net, "qdisc", "replace", "dev", "eth1", "root", "handle", "1:", "tbf", "rate", "8bit",
       "burst", "64", "limit", "64")
    before = net.host.link("vnic0")["stats"]
    with net.port("host", "vnic0") as port:
        for _ in range(FRAMES):
            try:
                port.send(frame(OUTSIDER, macs["vnic0"]))
            except OSError:
                pass  # ENOBUFS is what a NIC with a full queue says
    after = net.host.link("vnic0")["stats"]
    ksft_ge(after["tx_dropped"] - before["tx_dropped"], FRAMES - 3)
    tc(net, "qdisc", "del", "dev", "eth1", "root")


def transfer(net):
    """Sends SIZE bytes by TCP from vnic0 to the remote host; returns them."""
    with InNetns(net.names["remote"]):
        listener = socket.create_server((f"{SUBNET}.254", 0))
    came = bytearray()

    def take():
        connection, _ = listener.accept()
        while data := connection.recv(1 << 16):
            came.extend(data)
        connection.close()

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    with InNetns(net.names["host"]):
        client = socket.socket()
    client.settimeout(60)
    with client:
        client.connect(listener.getsockname())
        client.sendall(bytes(range(250)) * (SIZE // 250))
    taker.join(60)
    listener.close()
    return bytes(came)


def on_the_wire(net):
    """What eth1 handed over during a transfer: (largest frame, unfinished checksums)."""
    with net.port("lan", "p1", ethertype=ETH_P_IP) as wire:
        ksft_eq(len(transfer(net)), SIZE)
        frames = gather({"p1": wire})["p1"]
    return max(len(one.data) for one in frames), sum(one.partial for one in frames)


# Turns red if segments or checksums are done before the member.
@case("CLS-7: segmentation and checksums are left to a member that can do them")
def offloaded(net):
    build(net)
    largest, partial = on_the_wire(net)
    ksft_pr(f"largest frame {largest}, {partial} with checksums left to the NIC")
    ksft_gt(largest, 1514)
    ksft_gt(partial, 0)


# Turns red if a member gets what it cannot do.
@case("CLS-7: segmentation and checksums are done for a member that cannot")
def not_offloaded(net):
    build(net)
    for member in net.members():
        run("ethtool", "-K", member, "tso", "off", "gso", "off", "tx", "off", "sg", "off",
            netns=net.names["host"])
    largest, partial = on_the_wire(net)
    ksft_pr(f"largest frame {largest}, {partial} with checksums left to the NIC")
    ksft_true(largest <= 1514, largest)
    ksft_eq(partial, 0)
    for member in net.members():
        run("ethtool", "-K", member, "tx", "on", "sg", "on", "gso", "on", "tso", "on",
            netns=net.names["host"])


# Turns red if each VNIC sticks to one queue of its member, or the queue that a
# VNIC's frame was given is kept although the member has fewer.
@case("CLS-7: flows of one VNIC use all queues of its member")
def queues(net):
    net.clear()
    run("ip", "-n", net.names["host"], "link", "add", "many", "numtxqueues", "4", "type", "veth",
        "peer", "name", "far", "numrxqueues", "4")
    net.host.set("far", up=True)
    net.team(members=["many", "eth1"])
    tc(net, "qdisc", "replace", "dev", "many", "root", "handle", "1:", "mq")
    net.vnic("vnic0", data={"member": "many"})
    net.host.address("vnic0", f"{SUBNET}.10", 24)
    run("ip", "-n", net.names["host"], "neigh", "replace", f"{SUBNET}.99", "lladdr", OUTSIDER,
        "dev", "vnic0")
    with InNetns(net.names["host"]):
        flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(64)]
    for flow in flows:
        flow.sendto(b"x", (f"{SUBNET}.99", 9))
        flow.close()
    classes = json.loads(tc(net, "-s", "-j", "qdisc", "show", "dev", "many"))
    used = [entry["packets"] for entry in classes if entry.get("parent", "").startswith("1:")]
    ksft_pr(f"frames in each queue: {used}")
    ksft_ge(sum(used), 64)
    ksft_eq(len(used), 4)
    ksft_true(sum(1 for packets in used if packets) >= 3, used)
    # And over a member that has one.
    net.host.change("vnic0", "vnic", {"member": "eth1"})
    net.on("vnic0", "eth1")
    with InNetns(net.names["host"]), net.port("lan", "p1", ethertype=ETH_P_IP) as wire:
        for _ in range(16):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flow:
                flow.sendto(b"x", (f"{SUBNET}.99", 9))
        got = gather({"p1": wire}, 16, lambda one: one.destination == OUTSIDER)
    ksft_eq(counts(got), {"p1": 16})
    net.clear()
    net.host.delete("many")


if __name__ == "__main__":
    with Net(2) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
