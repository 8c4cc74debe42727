#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
bad_frames.py - frames that are too short, too long, tagged oddly, cloned or
shared do no harm and do not disturb those that are right (CLS-1, CLS-5, CLS-7).
The kernel log, which the runner watches, is part of the verdict.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import fcntl  # noqa: E402
import random  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402

from frames import BROADCAST, ETH_P_ALL, SOL_PACKET, counts, frame, gather  # noqa: E402
from ktap import KsftSkipEx, case, defer, ksft_eq, ksft_pr, run_cases, wait_until  # noqa: E402
from rtnl import InNetns, mac_bytes  # noqa: E402
from topology import Net, run  # noqa: E402

OUTSIDER = "02:00:00:00:00:99"
SEED = int(os.environ.get("SEED", "20"))
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
PACKET_VNET_HDR, PACKET_QDISC_BYPASS = 15, 20
FRAMES = 10


def build(net):
    """A team with two VNICs, vnic0 on eth1; packet sockets make every skb shared."""
    net.clear()
    net.team()
    net.vnic("vnic0", data={"member": "eth1"})
    net.vnic("vnic1", data={"member": "eth2"})
    taps = [net.port("host", name, ethertype=ETH_P_ALL)
            for name in ("eth1", "eth2", "team0", "vnic0", "vnic1")]
    for tap in taps:
        defer(tap.close)
    return {name: net.host.link(name)["address"] for name in ("vnic0", "vnic1", "team0")}


def healthy(net, macs):
    """Checks that good frames come and go as ever."""
    with net.port("host", "vnic0") as vnic, net.port("lan", "p1") as wire:
        for number in range(FRAMES):
            wire.send(frame(macs["vnic0"], OUTSIDER, bytes([number])))
            wire.send(frame(BROADCAST, OUTSIDER, bytes([number])))
            vnic.send(frame(OUTSIDER, macs["vnic0"], bytes([number])))
        ksft_eq(counts(gather({"vnic0": vnic, "wire": wire}, 3 * FRAMES)),
                {"vnic0": 2 * FRAMES, "wire": FRAMES})


def heads(macs):
    """Destination and source of frames that take every way through the module."""
    for destination in (macs["vnic0"], macs["vnic1"], macs["team0"], BROADCAST,
                        "01:00:5e:00:00:01", "33:33:00:00:00:01", "00:00:00:00:00:00", OUTSIDER):
        for source in (OUTSIDER, macs["vnic0"], BROADCAST, "00:00:00:00:00:00"):
            yield mac_bytes(destination) + mac_bytes(source)


def odd_frames(macs):
    """Frames with little or odd behind the addresses."""
    tails = [b"\x08\x00", b"\x88\xb5", b"\x81\x00", b"\x81\x00\x00", b"\x81\x00\x00\x01",
             b"\x81\x00\x0f\xff", b"\x81\x00\x00\x00\x88\xb5", b"\x81\x00\xff\xff\x88\xb5",
             b"\x88\xa8\x00\x01\x81\x00\x00\x02\x88\xb5", b"\x81\x00\x00\x01" * 3,
             b"\x81\x00\x00\x01" * 20, b"\x88\xa8\x00\x01", b"\x00\x00", b"\x00\x10\xaa\xaa\x03",
             b"\xff\xff", b"\x08\x06\x00", b"\x08\x00\x45", b"\x86\xdd\x60", b"\x80\x35"]
    for head in heads(macs):
        for tail in tails:
            yield head + tail


def send_all(port, frames):
    """Sends what can be sent; returns how many that were."""
    sent = 0
    for data in frames:
        try:
            port.sock.send(data)
            sent += 1
        except OSError:
            pass
    return sent


# Turns red (in the log) if a header is read that is not there.
@case("CLS-1: short and oddly tagged frames that come in do no harm")
def come_in(net):
    macs = build(net)
    for number in (1, 2):
        with net.port("lan", f"p{number}") as wire:
            ksft_pr(f"{send_all(wire, odd_frames(macs))} frames over eth{number}")
    healthy(net, macs)


# Turns red (in the log) if tx trusts the length of a frame.
@case("CLS-7: short and oddly tagged frames that go out do no harm")
def go_out(net):
    macs = build(net)
    for name in ("vnic0", "team0"):
        with net.port("host", name) as port:
            ksft_pr(f"{send_all(port, odd_frames(macs))} frames by {name}")
            # Without a queue and its checks in between.
            port.sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
            send_all(port, odd_frames(macs))
    healthy(net, macs)


def tun(net, name):
    """A device without Ethernet headers: a file, what is written comes in."""
    run("modprobe", "-q", "tun", check=False)
    try:
        with InNetns(net.names["host"]):
            file = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as error:
        raise KsftSkipEx(f"no tun device: {error}") from error
    defer(os.close, file)
    net.host.set(name, up=True)
    return file


def redirect(net, source, action):
    """What comes in on a device goes on somewhere else (tc mirred)."""
    host = net.names["host"]
    run("tc", "-n", host, "qdisc", "del", "dev", source, "clsact", check=False)
    run("tc", "-n", host, "qdisc", "add", "dev", source, "clsact")
    run("tc", "-n", host, "filter", "add", "dev", source, "ingress", "pref", "1", "protocol",
        "all", "matchall", "action", "mirred", *action.split())


def shorter_than_a_header(macs):
    """What no packet socket sends: 1 to 14 bytes, of an IP version by the first nibble."""
    for first in (0x40, 0x60):
        for size in range(1, 15):
            yield bytes([first] * size)
        for head in heads(macs):
            yield bytes([first]) + head[1:]
        yield bytes([first] * 60)
        yield bytes([first] * 1400)


# Turns red (in the log) if ndo_start_xmit reads 14 bytes that are not there.
@case("CLS-7: frames shorter than an Ethernet header that go out are dropped")
def shorter_out(net):
    macs = build(net)
    file = tun(net, "tun0")
    for name in ("vnic0", "team0"):
        redirect(net, "tun0", f"egress redirect dev {name}")
        for data in shorter_than_a_header(macs):
            os.write(file, data)
    healthy(net, macs)


# Turns red (in the log) if the rx_handler trusts the MAC header.
@case("CLS-1: frames without an Ethernet header that come in are dropped")
def shorter_in(net):
    macs = build(net)
    file = tun(net, "tun0")
    for name in ("eth1", "vnic0"):
        redirect(net, "tun0", f"ingress redirect dev {name}")
        for data in shorter_than_a_header(macs):
            os.write(file, data)
    healthy(net, macs)


# Turns red if a clone's header is changed under another reader.
@case("CLS-5: cloned frames are not changed for those who share them")
def cloned(net):
    macs = build(net)
    ports = {"eth1": net.port("host", "eth1", ethertype=ETH_P_ALL),
             "vnic0": net.port("host", "vnic0", ethertype=ETH_P_ALL)}
    with net.port("lan", "p1") as wire:
        sent = [frame(macs["vnic0"], OUTSIDER, bytes([number] * 50), vlan=tag)
                for number, tag in enumerate((None, 7, None, 4094))]
        sent += [frame(BROADCAST, OUTSIDER, bytes([number] * 50)) for number in range(4)]
        for data in sent:
            wire.send(data)
        got = gather(ports, 2 * len(sent), lambda one: one.source == OUTSIDER)
    for name, frames in got.items():
        ksft_eq([one.data for one in frames], sent, name)
    for port in ports.values():
        port.close()
    healthy(net, macs)


def pktgen(net, device, **settings):
    """Runs pktgen on a device of the host; skips if the kernel has none."""
    run("modprobe", "pktgen", check=False)
    host = net.names["host"]

    def write(path, text):
        run("sh", "-c", f'echo "{text}" >/proc/net/pktgen/{path}', netns=host)

    if not run("ls", "/proc/net/pktgen", netns=host, check=False):
        raise KsftSkipEx("no pktgen")
    write("kpktgend_0", "rem_device_all")
    write("kpktgend_0", f"add_device {device}")
    for name, value in settings.items():
        write(device, f"{name} {value}")
    write("pgctrl", "start")
    result = run("cat", f"/proc/net/pktgen/{device}", netns=host)
    write("kpktgend_0", "rem_device_all")
    return result


# Turns red (in the log) if rx changes or keeps an skb that it shares.
@case("CLS-1: shared skbs that come in are each delivered")
def shared_in(net):
    macs = build(net)
    for destination in (macs["vnic0"], BROADCAST):
        before = net.host.link("vnic0")["stats"]["rx_packets"]
        pktgen(net, "eth1", xmit_mode="netif_receive", pkt_size=60, delay=0, count=500, burst=10,
               dst_mac=destination, src_mac=OUTSIDER)
        wait_until(lambda: net.host.link("vnic0")["stats"]["rx_packets"] - before >= 500,
                   "500 frames received")
    healthy(net, macs)


# Turns red (in the log) if tx changes an skb that it shares.
@case("CLS-7: shared skbs that go out are sent or the device refuses to share")
def shared_out(net):
    macs = build(net)
    for destination in (OUTSIDER, BROADCAST, macs["vnic1"]):
        before = net.host.link("vnic0")["stats"]["tx_packets"]
        settings = {"pkt_size": 60, "delay": 0, "count": 300, "dst_mac": destination,
                    "src_mac": macs["vnic0"]}
        try:
            pktgen(net, "vnic0", clone_skb=10, **settings)
        except subprocess.CalledProcessError:
            ksft_pr("clone_skb refused: no sharing")
            pktgen(net, "vnic0", **settings)
        wait_until(lambda: net.host.link("vnic0")["stats"]["tx_packets"] - before >= 300,
                   "300 frames sent")
    healthy(net, macs)


# Turns red (in the log) if offload fields are trusted on local delivery.
@case("CLS-7: frames with odd offload headers do no harm")
def odd_offloads(net):
    macs = build(net)
    chance = random.Random(SEED)
    ksft_pr(f"SEED={SEED}")
    with InNetns(net.names["host"]):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        sock.bind(("vnic0", 0))
    # An IPv4 TCP segment of 4,000 bytes that is all right.
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 4040, 1, 0, 64, 6, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
    good = ip + struct.pack("!HHIIBBHHH", 9, 9, 1, 1, 0x50, 0x10, 1000, 0, 0) + bytes(4000)
    sent = 0
    with sock:
        for _ in range(400):
            # struct virtio_net_hdr: flags, segmentation, header length, segment
            # size, where the checksum starts, its offset. One or two are wrong.
            fields = [1, 1, 54, 1448, 34, 16]
            for place in chance.sample(range(6), chance.choice((0, 1, 1, 2))):
                fields[place] = chance.choice(
                    ((0, 1, 2, 3), (0, 1, 3, 4, 5, 0x81, 0x84))[place] if place < 2
                    else (0, 1, 7, 14, 34, 54, 60, 100, 1448, 4054, 65535))
            head = mac_bytes(chance.choice((OUTSIDER, macs["vnic1"], macs["team0"], BROADCAST)))
            head += mac_bytes(macs["vnic0"]) + chance.choice(
                (b"\x08\x00", b"\x08\x00", b"\x86\xdd", b"\x81\x00"))
            data = good[:chance.choice((0, 20, 39, 40, 60, 4000, 4040))]
            try:
                sock.send(struct.pack("=BBHHHH", *fields) + head + data)
                sent += 1
            except OSError:
                pass
    ksft_pr(f"{sent} of 400 were let through to the device")
    healthy(net, macs)


# Turns red if frames beyond the MTU are passed on or stop those that follow.
@case("CLS-7: frames longer than the MTU do no harm")
def too_long(net):
    macs = build(net)
    for name in ("vnic0", "team0"):
        with net.port("host", name) as port:
            send_all(port, (frame(destination, macs[name], bytes(size))
                            for size in (1486, 1487, 1500, 1504, 1518, 9000, 65000)
                            for destination in (OUTSIDER, BROADCAST, macs["vnic1"])))
    # Coming in from a switch that has a larger MTU.
    net.lan.set("p1", mtu=9000)
    with net.port("lan", "p1") as wire:
        send_all(wire, (frame(destination, OUTSIDER, bytes(size))
                        for size in (1486, 1487, 1600, 8000)
                        for destination in (macs["vnic0"], BROADCAST)))
    net.lan.set("p1", mtu=1500)
    healthy(net, macs)


if __name__ == "__main__":
    with Net(2) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
