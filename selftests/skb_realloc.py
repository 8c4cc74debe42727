#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
skb_realloc.py - packets whose data moves whenever it may (FAIL_SKB_REALLOC) go
through the data path: a pointer that was taken before and is used after is
seen by KASAN, and the frame that it spoils by its receiver (CLS-1, CLS-5,
CLS-7): unicast both ways, broadcast, VLANs, VNIC to VNIC, TCP.
"""
# vm: debug

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import contextlib  # noqa: E402

from faults import Settings  # noqa: E402
from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, defer, ksft_eq, ksft_gt, ksft_pr, ksft_true, run_cases  # noqa: E402
from topology import HERE, SUBNET, Net, run  # noqa: E402

FRAMES = 20
MANY = 1000000  # times, more than there will be
SECOND_ADDRESS = f"{SUBNET}.11"


def payload(number):
    """Each frame is unlike any other, in its last byte too."""
    return bytes((number + at) & 0xff for at in range(300))


def transit(senders, receivers, destination, source, vlan=None):
    """
    Frames sent by a port come out of each receiver once, unharmed. Returns how
    many came at each.
    """
    sent = [frame(destination, source, payload(number), vlan=vlan) for number in range(FRAMES)]
    for data in sent:
        senders.send(data)
    got = gather(receivers, FRAMES * len(receivers), lambda one: one.source == source)
    for name, frames in got.items():
        ksft_eq(sorted(one.data for one in frames), sorted(sent), f"what came to {name}")
    return counts(got)


@contextlib.contextmanager
def reallocating(settings):
    """The data of each packet moves whenever it may."""
    settings.set("fail_skb_realloc/devname", "\n")
    settings.set("fail_skb_realloc/interval", 1)
    settings.set("fail_skb_realloc/times", MANY)
    settings.set("fail_skb_realloc/probability", 100)
    try:
        yield
        moved = MANY - int(settings.get("fail_skb_realloc/times"))
        ksft_pr(f"data moved {moved} times")
        ksft_gt(moved, 0)
    finally:
        settings.set("fail_skb_realloc/probability", 0)


def build(net):
    """A team of two with a VNIC on each."""
    net.clear()
    net.team(grace=1000)
    return net.vnics(("vnic0", "vnic1"))


# Turns red if rx.rs keeps a slice of the header over skb_share_check() or the like.
@case("CLS-1, CLS-7: unicast frames go out and come in unharmed")
def unicast(net, settings):
    macs = build(net)
    remote = net.remote.link("r0")["address"]
    with reallocating(settings), net.port("host", "vnic0") as inside, \
            net.port("remote", "r0") as outside:
        transit(inside, {"r0": outside}, remote, macs["vnic0"])
        transit(outside, {"vnic0": inside}, macs["vnic0"], remote)


# Turns red if a clone for one endpoint is spoilt by another's.
@case("CLS-5: broadcasts reach each VNIC once, unharmed")
def broadcast(net, settings):
    build(net)
    remote = net.remote.link("r0")["address"]
    with reallocating(settings), net.port("remote", "r0") as outside, \
            net.port("host", "vnic0") as first, net.port("host", "vnic1") as second, \
            net.port("host", "team0") as team:
        transit(outside, {"vnic0": first, "vnic1": second, "team0": team}, BROADCAST, remote)


# Turns red if the local way between VNICs looks at the sender's header too late.
@case("CLS-5: frames between VNICs are unharmed")
def local(net, settings):
    macs = build(net)
    with reallocating(settings), net.port("host", "vnic0") as first, \
            net.port("host", "vnic1") as second:
        transit(first, {"vnic1": second}, macs["vnic1"], macs["vnic0"])
        transit(first, {"vnic1": second}, BROADCAST, macs["vnic0"])


# Turns red if the tag is looked for where the header was.
@case("CLS-1: tagged frames are unharmed")
def tagged(net, settings):
    macs = build(net)
    remote = net.remote.link("r0")["address"]
    run("ip", "link", "add", "link", "vnic0", "name", "v7", "up", "type", "vlan", "id", "7",
        netns=net.names["host"])
    with reallocating(settings), net.port("remote", "r0") as outside, \
            net.port("host", "vnic0") as inside:
        transit(outside, {"vnic0": inside}, macs["vnic0"], remote, vlan=7)
        transit(inside, {"r0": outside}, remote, macs["vnic0"], vlan=7)


# Turns red if a segment is cut from data that has moved.
@case("CLS-7: TCP with segmentation is intact, also while a VNIC moves")
def tcp(net, settings):
    build(net)
    net.host.address("vnic0", SECOND_ADDRESS, 24)

    def intact():
        said = run("python3", f"{HERE}/tcp.py", net.names["remote"], f"{SUBNET}.254",
                   netns=net.names["host"])
        ksft_true("intact" in said, said)

    with reallocating(settings):
        intact()
        net.cut(1)
        defer(net.join, 1)
        intact()
    ksft_gt(net.moves(), 0)


def main():
    """All cases on one network."""
    with Settings() as settings:
        settings.set("fail_skb_realloc/verbose", 0)
        with Net(2) as net:
            return run_cases(net, settings)


if __name__ == "__main__":
    sys.exit(main())
