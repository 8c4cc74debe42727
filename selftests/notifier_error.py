#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
notifier_error.py - somebody else on the chain of netdev notifiers refuses what
is under way: enslaving, creating, renaming, setting up, a change of MTU (GRP-2,
GRP-6, VNIC-1). The request fails with his error and everything is as before.
"""
# vm: debug

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import subprocess  # noqa: E402

from faults import REMEDY, Settings  # noqa: E402
from ktap import case, ksft_eq, ksft_pr, run_cases, skip_all, wait_until  # noqa: E402
from rtnl import NlError  # noqa: E402
from steady import difference, steady  # noqa: E402
from topology import Net  # noqa: E402

MODULE = "netdev-notifier-error-inject"
ERROR = 107  # ENOTCONN: none of ours


class Refuser:
    """Refuses an action on every device."""

    def __init__(self, settings):
        self.settings = settings

    def path(self, action):
        """The setting of an action."""
        return f"notifier-error-inject/netdev/actions/{action}/error"

    def refuses(self, net, action, request, *args, **values):
        """The request fails with the error of the notifier and changes nothing."""
        before = state(net)
        self.settings.set(self.path(action), -ERROR)
        try:
            request(*args, **values)
            ksft_eq("accepted", "refused", f"{action}: {args} {values}")
        except NlError as error:
            ksft_eq(error.errno, ERROR, f"{action}: {args} {values}: {error}")
        finally:
            self.settings.set(self.path(action), 0)
        if not wait_until(lambda: state(net) == before, f"as before {action} {args} {values}"):
            ksft_pr(difference(before, state(net)))
        # Nothing is left that stands in its way.
        request(*args, **values)


def state(net):
    """All of the host's links and filters."""
    return steady(net.host, [net.host.index(name) for name in net.members()])


def build(net):
    """A team with a VNIC on its one member."""
    net.clear()
    net.team(members=["eth1"], grace=0)
    net.vnic("vnic0")


# Turns red if attach() in rust/team/membership.rs forgets the receive handler, the MTU or the
# address configuration of a NIC whose link to the team is refused.
@case("GRP-2: a refusal while a member is added leaves no trace")
def enslave(net, refuser):
    build(net)
    for action in ("NETDEV_PRECHANGEUPPER", "NETDEV_CHANGEUPPER"):
        refuser.refuses(net, action, net.host.set, "eth2", master="team0")
        net.host.set("eth2", master=0)
    net.host.set("eth2", up=False)
    refuser.refuses(net, "NETDEV_PRE_UP", net.host.set, "eth2", master="team0")
    net.host.set("eth2", master=0)
    net.host.set("eth2", mtu=1400)
    for action in ("NETDEV_PRECHANGEMTU", "NETDEV_CHANGEMTU", "NETDEV_CHANGEUPPER"):
        refuser.refuses(net, action, net.host.set, "eth2", master="team0")
        net.host.set("eth2", master=0)
        ksft_eq(net.host.link("eth2")["mtu"], 1400, "a released NIC has its MTU again")
    net.host.set("eth2", mtu=1500)


# Turns red if a slot, a MAC in the directory or an upper link outlives the failure.
@case("GRP-1, VNIC-1: a refusal while a team or a VNIC is created leaves no trace")
def create(net, refuser):
    build(net)
    for action in ("NETDEV_POST_INIT", "NETDEV_REGISTER"):
        refuser.refuses(net, action, net.host.add, "team1", "vnicteam")
        net.host.delete("team1")
        refuser.refuses(net, action, net.host.add, "vnic1", "vnic", link="team0",
                        address="02:00:00:00:00:11")
        net.host.delete("vnic1")
    for action in ("NETDEV_PRECHANGEUPPER", "NETDEV_CHANGEUPPER"):
        refuser.refuses(net, action, net.host.add, "vnic1", "vnic", link="team0",
                        address="02:00:00:00:00:11")
        net.host.delete("vnic1")


# Turns red if members are left with another MTU than their team.
@case("VNIC-1: a refusal while an MTU is changed leaves all as they were")
def mtu(net, refuser):
    build(net)
    net.host.set("eth2", master="team0")
    for action in ("NETDEV_PRECHANGEMTU", "NETDEV_CHANGEMTU"):
        for name in ("team0", "vnic0", "eth1"):
            refuser.refuses(net, action, net.host.set, name, mtu=1400)
            net.host.set("team0", mtu=1500)
            net.host.set("vnic0", mtu=1500)


# Turns red if a team or a VNIC that is not up is taken for one.
@case("GRP-7, VNIC-1: a refusal to set up or to rename leaves all as it was")
def up_and_name(net, refuser):
    build(net)
    for name in ("team0", "vnic0"):
        net.host.set(name, up=False)
        refuser.refuses(net, "NETDEV_PRE_UP", net.host.set, name, up=True)
        index = net.host.index(name)
        refuser.refuses(net, "NETDEV_CHANGENAME", net.host.set, index, name="other")
        net.host.set(index, name=name)


def main():
    """All cases, with the notifier of the kernel's own tests."""
    if subprocess.run(f"modprobe {MODULE}", shell=True, check=False,
                      capture_output=True).returncode:
        skip_all(f"the module {MODULE} is missing: {REMEDY}")
    try:
        with Settings() as settings, Net(2) as net:
            return run_cases(net, Refuser(settings))
    finally:
        subprocess.run(["modprobe", "-r", MODULE], check=False)


if __name__ == "__main__":
    sys.exit(main())
