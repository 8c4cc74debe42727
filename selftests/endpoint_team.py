#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
endpoint_team.py - the team netdev is an endpoint itself: one MAC, IP, mapped to
one member like a VNIC, usable beside its VNICs (GRP-7).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_in, ksft_ne, ksft_true, run_cases, wait_until  # noqa: E402
from rtnl import mac_bytes  # noqa: E402
from topology import SUBNET, SUBNET6, Net, run  # noqa: E402


def ping(net, address, netns="host"):
    """One echo through the team; fails the case if none comes back."""
    said = run("ping", "-n", "-c1", "-W20", address, netns=net.names[netns], check=False)
    ksft_in(" 0% packet loss", said, address)


def leaves_by(net):
    """The members that carry a frame of the team's own."""
    wires = net.wires()
    with net.port("host", "team0") as port:
        port.send(frame(BROADCAST, net.host.link("team0")["address"], b"team"))
    got = gather(wires, 1)
    for port in wires.values():
        port.close()
    return list(counts(got))


# Turns red if the team has no MAC of its own or takes a member's.
@case("GRP-7: a team has a random MAC of its own, and the one it is given")
def has_a_mac(net):
    net.clear()
    net.team()
    mac = net.host.link("team0")["address"]
    ksft_eq(mac_bytes(mac)[0] & 3, 2, "a unicast MAC, locally administered")
    for member in net.members():
        ksft_ne(net.host.link(member)["address"], mac)
    net.host.add("team1", "vnicteam", address="02:00:00:00:77:01")
    ksft_eq(net.host.link("team1")["address"], "02:00:00:00:77:01")
    net.host.set("team0", address="02:00:00:00:77:02")
    ksft_eq(net.host.link("team0")["address"], "02:00:00:00:77:02")
    net.host.delete("team1")


# Turns red if the team's rx or tx path does not work for the IP stack.
@case("GRP-7: the team carries IPv4 and IPv6 of the host")
def carries_ip(net):
    net.host.address("team0", f"{SUBNET}.1", 24)
    net.host.address("team0", f"{SUBNET6}1", 64)
    ping(net, f"{SUBNET}.254")
    ping(net, f"{SUBNET6}fe")
    stats = net.host.link("team0")["stats"]
    ksft_true(stats["rx_packets"] > 0 and stats["tx_packets"] > 0, stats)


# Turns red if the team sends through several members, like a bond in round robin.
@case("GRP-7: the team is mapped to one member")
def one_member(net):
    ksft_eq(leaves_by(net), [net.member_of("team0")])


# Turns red if the team's endpoint takes a place that belongs to a VNIC.
@case("GRP-7: the team's own endpoint does not count in placement")
def not_counted(net):
    net.vnics(["vnic0", "vnic1", "vnic2"])
    ksft_eq(sorted(net.mapping().values()), net.members())
    ksft_eq(net.host.link("team0")["data"]["vnics"], 3)
    ksft_eq(net.host.link("team0")["data"]["members"], 3)


# Turns red if local delivery forgets the team's endpoint.
@case("GRP-7: team and VNICs reach each other, the VNIC in another netns too")
def beside_vnics(net):
    # The remote host's namespace serves as the container's.
    net.vnic("vnic9")
    run("ip", "-n", net.names["host"], "link", "set", "vnic9", "netns", net.names["remote"])
    net.remote.set("vnic9", up=True)
    net.remote.address("vnic9", "198.51.100.2", 24)
    net.host.address("team0", "198.51.100.1", 24)
    ping(net, "198.51.100.2")
    ping(net, "198.51.100.1", "remote")
    net.remote.delete("vnic9")


# Turns red if the pin of the team's endpoint is not followed.
@case("GRP-7: the team's own endpoint can be pinned and set free")
def pinned(net):
    for member in ("eth3", "eth2"):
        net.host.change("team0", "vnicteam", {"member": member})
        net.on("team0", member)
        ksft_eq(leaves_by(net), [member])
        ping(net, f"{SUBNET}.254")
    net.host.change("team0", "vnicteam", {"member": 0})
    ksft_eq(net.host.link("team0")["data"]["member"], 0)


# Turns red if the team's endpoint stays on a dead member.
@case("GRP-7: the team's own endpoint survives the loss of its member")
def survives(net):
    for _ in range(2):
        member = net.member_of("team0")
        changes = net.host.link("team0")["carrier_changes"]
        net.cut(int(member[3:]))
        wait_until(lambda old=member: net.member_of("team0") not in (None, old), "moved")
        ksft_eq(leaves_by(net), [net.member_of("team0")])
        ksft_eq(net.host.link("team0")["carrier_changes"], changes, "carrier changes")
        if net.member_of("team0") != "eth1" and member != "eth1":
            ping(net, f"{SUBNET}.254")
        net.join(int(member[3:]))
        wait_until(lambda old=member: net.host.link(old)["slave_data"]["state"], "recovered")


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
