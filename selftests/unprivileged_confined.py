#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
unprivileged_confined.py - who has no rights in a team's namespace changes
nothing there, and who has all rights in a namespace of his own does what he
likes in it and nothing outside (SEC-3; bad input from user namespaces).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import traceback  # noqa: E402

from ktap import case, ksft_eq, run_cases  # noqa: E402
from rights import as_child, become_root_of_own_namespaces, give_up_rights  # noqa: E402
from rtnl import MODE_PRIVATE, NlError, Rtnl  # noqa: E402
from topology import Net  # noqa: E402


def build(net):
    """A team with a VNIC on each member."""
    net.clear()
    net.team()
    for number in range(3):
        net.vnic(f"vnic{number}")
    return net.state()


def unchanged(net, before):
    """Checks that a refusal left everything as it was."""
    ksft_eq(net.state(), before, "something was changed")


def attempts(requests):
    """Tries requests that must fail; returns those that did not."""
    wrong = []
    for what, function, *args in requests:
        try:
            function(*args)
            wrong.append(f"{what}: was allowed")
        except NlError:
            pass
    return wrong


def as_nobody(host, index):
    """What a user without rights tries in the host's namespace."""
    give_up_rights()
    return attempts([
        ("add team", host.add, "team9", "vnicteam"),
        ("add VNIC", lambda: host.add("vnic9", "vnic", link=index["team0"])),
        ("pin", lambda: host.change(index["vnic0"], "vnic", {"member": index["eth2"]})),
        ("grace", lambda: host.change(index["team0"], "vnicteam", {"grace": 1})),
        ("take member out", lambda: host.set(index["eth1"], master=0)),
        ("delete VNIC", host.delete, index["vnic0"]),
        ("delete team", host.delete, index["team0"]),
    ])


# Turns red if a capability check is missing.
@case("SEC-3: a user without rights can change nothing")
def nobody(net):
    before = build(net)
    index = {name: link["index"] for name, link in before.items()}
    ksft_eq(as_child(as_nobody, net.host, index), [])
    unchanged(net, before)


def in_own_namespaces(index):
    """What root of its own namespaces can do: everything there, nothing outside."""
    become_root_of_own_namespaces()
    own = Rtnl()
    own.add("team0", "vnicteam")
    own.add("left", "veth")
    own.set("left", master="team0")
    own.set("team0", up=True)
    own.add("vnic0", "vnic", link="team0", up=True)
    if not own.link("vnic0")["data"]["active_member"]:
        # The other end of the pair has to be up.
        for name in own.links("veth"):
            own.set(name, up=True)
    wrong = attempts([
        ("VNIC on the host's team", lambda: own.add("vnic9", "vnic", link=index["team0"] + 1000)),
        ("VNIC on the host's team by nsid", lambda: own.add(
            "vnic9", "vnic", link=index["team0"], link_netnsid=0)),
        ("the host's NIC as a member", lambda: own.set(index["eth1"] + 1000, master="team0")),
        ("a pin to the host's NIC", lambda: own.change(
            "vnic0", "vnic", {"member": index["eth1"] + 1000})),
        # The first process is in a namespace that is not ours.
        ("a team in another namespace", lambda: own.add("team9", "vnicteam", net_ns_pid=1)),
        ("a VNIC moved to another namespace", lambda: own.set("vnic0", net_ns_pid=1)),
    ])
    for limit in ({"announce_rate": 0}, {"monitor_interval": 0}):
        wrong += attempts([("out of range", own.change, "team0", "vnicteam", limit)])
    return wrong


# Turns red if namespaces are not kept apart.
@case("SEC-3: root of an unprivileged user namespace is confined to it")
def own_namespaces(net):
    before = build(net)
    index = {name: link["index"] for name, link in before.items()}
    ksft_eq(as_child(in_own_namespaces, index), [])
    unchanged(net, before)


def with_a_vnic(pipe, go):
    """What root of a container does with the VNIC that it was given."""
    become_root_of_own_namespaces()
    own = Rtnl()
    os.write(pipe, b".")
    os.read(go, 1)
    own.set("vnic0", up=True)
    data = own.link("vnic0")["data"]
    member = data.get("active_member", 0)
    return attempts([
        ("pin by the container", own.change, "vnic0", "vnic", {"member": member + 1}),
        ("unpin by the container", own.change, "vnic0", "vnic", {"member": 0}),
        ("mode by the container", own.change, "vnic0", "vnic", {"mode": MODE_PRIVATE}),
        ("VNIC on a VNIC", lambda: own.add("vnic9", "vnic", link="vnic0")),
        ("VNIC on the team by nsid", lambda: own.add(
            "vnic9", "vnic", link=own.link("vnic0")["link"], link_netnsid=0)),
    ])


# Turns red if the VNIC's own namespace is asked for the right to move it.
@case("SEC-3: a container's root can use its VNIC but not place it")
def container(net):
    build(net)
    ready, started = os.pipe()
    go, allow = os.pipe()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = with_a_vnic(started, go)
        except BaseException:  # pylint: disable=broad-exception-caught
            said = [traceback.format_exc()]
        os.write(writer, "\n".join(said).encode())
        os._exit(0)
    os.close(writer)
    os.read(ready, 1)
    net.host.set("vnic0", net_ns_pid=child)
    others = net.state()
    os.write(allow, b".")
    said = b""
    while chunk := os.read(reader, 4096):
        said += chunk
    os.waitpid(child, 0)
    ksft_eq(said.decode().splitlines(), [])
    others["team0"]["data"]["vnics"] = net.host.link("team0")["data"]["vnics"]
    for name, link in net.state().items():
        if name.startswith("vnic"):
            ksft_eq(link["data"]["mode"], others[name]["data"]["mode"])
    for pipe in (ready, started, go, allow, reader):
        os.close(pipe)


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
