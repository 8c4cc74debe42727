#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
standby.py - without a member that can carry it a VNIC is in standby: carrier
off, nothing in, nothing out, nothing queued; the first recovery brings all
back without an administrator (VNIC-3, FLT-7).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import BROADCAST, counts, frame, gather  # noqa: E402
from ktap import case, ksft_eq, ksft_ge, run_cases, wait_until  # noqa: E402
from rtnl import ACTIVE, CAUSE_RECOVERY, STANDBY  # noqa: E402
from topology import Net, run  # noqa: E402

VNICS = ["vnic0", "vnic1", "vnic2", "vnic3"]
OUTSIDER = "02:00:00:00:00:99"
FRAMES = 10


def all_in(net, state):
    """Waits until all VNICs and the team have this state, and checks what it shows."""
    active = state == ACTIVE

    def reached():
        links = net.host.links("vnic").values()
        # IF_OPER_UP follows carrier a little later.
        return all(link["data"]["state"] == state and link["carrier"] == active and
                   (link["operstate"] == 6) == active for link in links)

    wait_until(reached, f"all in state {state}")
    for name, link in net.host.links("vnic").items():
        ksft_eq(bool(link["data"]["active_member"]), active, name)
    ksft_eq(bool(net.host.link("team0")["data"]["active_member"]), active, "team0")


def silent(net, inject=True, sources=(*VNICS, "team0")):
    """Checks that nothing goes in or out, and that what was to go out is counted."""
    ports = {name: net.port("host", name) for name in sources}
    wires = net.wires()
    before = net.host.links()
    for name, port in ports.items():
        mac = before[name]["address"]
        for _ in range(FRAMES):
            port.send(frame(OUTSIDER, mac))
            port.send(frame(BROADCAST, mac))
    # VNIC to VNIC too.
    ports["vnic0"].send(frame(before["vnic1"]["address"], before["vnic0"]["address"]))
    if inject:
        for wire in wires.values():
            for name in ports:
                wire.send(frame(before[name]["address"], OUTSIDER))
            wire.send(frame(BROADCAST, OUTSIDER))
    ksft_eq(counts(gather({**ports, **wires})), {})
    after = net.host.links()
    for name in VNICS:
        ksft_eq(after[name]["stats"]["tx_dropped"] - before[name]["stats"]["tx_dropped"],
                2 * FRAMES + (name == "vnic0"), name)
        ksft_eq(after[name]["stats"]["tx_packets"], before[name]["stats"]["tx_packets"], name)
        ksft_eq(after[name]["stats"]["rx_packets"], before[name]["stats"]["rx_packets"], name)
    for port in (*ports.values(), *wires.values()):
        port.close()


def carries(net):
    """Checks that each VNIC gets a frame out."""
    wires = net.wires()
    for name in VNICS:
        with net.port("host", name) as port:
            port.send(frame(OUTSIDER, net.host.link(name)["address"]))
    ksft_eq(sum(counts(gather(wires, len(VNICS))).values()), len(VNICS))
    for wire in wires.values():
        wire.close()


# Turns red if a VNIC shows a carrier without a member.
@case("VNIC-3: VNICs of a team without members are in standby; a member wakes them")
def no_members(net):
    net.clear()
    net.host.add("team0", "vnicteam", up=True)
    net.vnics(VNICS)
    all_in(net, STANDBY)
    silent(net, inject=False)
    net.host.set("eth1", master="team0")
    all_in(net, ACTIVE)
    carries(net)


# Turns red if standby takes or delivers frames.
@case("VNIC-3: a team that is set down puts its VNICs in standby until it is up")
def team_down(net):
    net.clear()
    net.team()
    net.vnics(VNICS)
    all_in(net, ACTIVE)
    net.host.set("team0", up=False)
    all_in(net, STANDBY)
    silent(net, sources=VNICS)
    net.host.set("team0", up=True)
    all_in(net, ACTIVE)
    carries(net)


# Turns red if loss of the last member leaves carrier on, or frames are queued.
@case("FLT-7: loss of the last member puts all in standby with carrier off")
def last_member_lost(net):
    net.clear()
    net.team()
    net.vnics(VNICS)
    net.host.change("vnic3", "vnic", {"member": "eth3"})
    net.on("vnic3", "eth3")
    for number in (1, 2):
        changes = net.host.link("vnic0")["carrier_changes"]
        net.cut(number)
        wait_until(lambda gone=f"eth{number}": gone not in net.mapping().values(), "moved")
        ksft_eq(net.host.link("vnic0")["carrier_changes"], changes, "carrier changes of vnic0")
    all_in(net, ACTIVE)
    net.cut(3)
    all_in(net, STANDBY)
    silent(net, inject=False)


# Turns red if recovery waits for an administrator, or old frames come out.
@case("FLT-7: the first member that recovers brings all back, and no old frame")
def first_recovery(net):
    wires = net.wires()
    net.join(2)
    all_in(net, ACTIVE)
    ksft_eq(set(net.mapping().values()), {"eth2"})
    for name, link in net.host.links("vnic").items():
        ksft_eq(link["data"]["move_cause"], CAUSE_RECOVERY, name)
        ksft_ge(link["data"]["move_resumed"], link["data"]["move_detected"], name)
    ksft_eq(counts(gather(wires)), {}, "frames that waited")
    for wire in wires.values():
        wire.close()
    carries(net)


# Turns red if a pinned VNIC does not return to its member after standby.
@case("FLT-7: after that, members that recover get their VNICs back")
def rest_recovers(net):
    for number in (1, 3):
        net.join(number)
    net.on("vnic3", "eth3")
    wait_until(lambda: set(net.mapping().values()) == set(net.members()), "on all members")


# Turns red if a VNIC that is down is taken for one that carries.
@case("VNIC-3: a VNIC that is set down in standby and up after it carries again")
def down_and_up(net):
    for number in (1, 2, 3):
        net.cut(number)
    all_in(net, STANDBY)
    net.host.set("vnic0", up=False)
    net.join(1)
    net.host.set("vnic0", up=True)
    all_in(net, ACTIVE)
    carries(net)
    for number in (2, 3):
        net.join(number)


if __name__ == "__main__":
    with Net(3) as topology:
        # Nobody but the test sends.
        run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1", netns=topology.names["host"])
        STATUS = run_cases(topology)
    sys.exit(STATUS)
