#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
fail_nth.py - each request that creates, changes or deletes a team, a member or
a VNIC is made with its first allocation failing, then with its second, and so
on until all of it is done without a fault (GRP-1, GRP-2, GRP-6, VNIC-1, PLC-6):
it is carried out whole or refused, and then everything is as before. Prints how
many allocations of each request were made to fail.

A move to another namespace is left out: past the point of no return the core
warns of any fault (__dev_change_net_namespace).

SECONDS_EACH=n spends n seconds on a request at most. NTH=n makes each request
with that fault only: NTH=17 fail_nth.py -t "GRP-1: a team is created*"
"""
# timeout: 300
# vm: debug

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import collections  # noqa: E402
import errno  # noqa: E402
import itertools  # noqa: E402
import time  # noqa: E402

import rtnl  # noqa: E402
from faults import Faults, Settings  # noqa: E402
from ktap import case, ksft_pr, ksft_true, run_cases, wait_until  # noqa: E402
from rtnl import NlError, Rtnl, linkinfo  # noqa: E402
from steady import difference, steady  # noqa: E402
from topology import Net  # noqa: E402

SECONDS_EACH = float(os.environ.get("SECONDS_EACH", "15"))
MANY = 1000000  # more than a request allocates
NTH = int(os.environ.get("NTH", "0"))

# Indices that the test gives, so that a link made again is the same link.
TEAM, VNIC, OTHER, UPPER = 1000, 1001, 1002, 1003
MAC = {number: f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
       for number in (TEAM, VNIC, OTHER, UPPER)}


class Host:
    """The host's links, and one request at a time with a fault in it."""

    def __init__(self, net, faults):
        self.net, self.faults = net, faults
        self.rtnl = net.host
        self.armed = Rtnl(net.names["host"])
        faults.arm(self.armed)
        self.eth = [self.rtnl.index(name) for name in net.members()]

    # Each takes the socket to use: the armed one or that without faults.

    def create(self, on, index, kind, data=None, **values):
        """ip link add, with an index and a MAC."""
        # pylint: disable=protected-access
        values = {"name": f"fn{index}", "address": MAC[index], **values,
                  "linkinfo": linkinfo(kind, data)}
        on.request(rtnl.RTM_NEWLINK, rtnl.CREATE | rtnl.EXCL, on._body(index, None, values))

    def state(self):
        """All that is to be as before after a refusal."""
        return steady(self.rtnl, self.eth)

    def settled(self):
        """The state when no move is under way: the same twice, a while apart."""
        while True:
            before = self.state()
            time.sleep(0.3)
            if self.state() == before:
                return before


def same_but_filters(one, other):
    """
    Whether two states are one, but for a member that refused a filter entry for
    lack of memory: it is promiscuous instead (CLS-2).
    """
    def plain(state):
        return {name: {key: value for key, value in link.items()
                       if key not in ("filters", "flags", "promiscuity") or
                       "filters" not in link}
                for name, link in state.items()}

    return plain(one) == plain(other) and all(
        link["filters"] == other[name]["filters"] or link["promiscuity"]
        for name, link in one.items() if "filters" in link)


class Request:
    """A request, what it is undone by, and what it needs before."""

    def __init__(self, host, name, make, undo):
        self.host, self.name, self.make, self.undo = host, name, make, undo
        self.errors = collections.Counter()
        self.places = 0

    def attempt(self, nth):
        """Makes the request; returns whether the fault fired, and the error."""
        self.host.faults.nth = nth
        try:
            self.make(self.host.armed)
            error = 0
        except NlError as refusal:
            error = refusal.errno
        except OSError as lost:
            # The request could not be sent, or its answer is lost.
            error = -(lost.errno or errno.ETIMEDOUT)
        return self.host.faults.fired, error

    def exhaust(self):
        """All faults, one after the other."""
        host = self.host
        before = host.settled()
        self.attempt(MANY)
        self.places = MANY - host.faults.left
        after = host.settled()
        self.undo(host.rtnl)
        back = wait_until(lambda: host.state() == before, f"{self.name} is undone")
        if not back:
            ksft_pr(difference(before, host.state()))
            return
        tried, whole, end = 0, 0, time.monotonic() + SECONDS_EACH
        for nth in self.order():
            if time.monotonic() > end:
                break
            fired, error = self.attempt(nth)
            tried += fired
            self.errors[error] += 1
            done = self.judge(nth, fired, error, before, after)
            if done is None:
                return
            if done:
                whole += fired
                self.undo(host.rtnl)
                if not wait_until(lambda: host.state() == before,
                                  f"{self.name} with fault {nth} is undone"):
                    ksft_pr(difference(before, host.state()))
                    return
            if not fired and nth > self.places:
                break
        refusals = ", ".join(
            f"{count} {errno.errorcode[abs(number)]}{' (no answer)' if number < 0 else ''}"
            for number, count in sorted(self.errors.items()) if number)
        ksft_pr(f"{self.name}: {tried} faults in {self.places} places, done in spite of {whole}"
                f"{'; ' + refusals if refusals else ''}")

    def order(self):
        """
        Each allocation of the request, and on until there is none; far apart at
        first, so that all of it is seen if time is short.
        """
        if NTH:
            return [NTH]
        apart = sorted(range(1, self.places + 1), key=lambda nth: -min(nth & -nth, 16))
        return itertools.chain(apart, itertools.count(self.places + 1))

    def judge(self, nth, fired, error, before, after):
        """Whether it was done; None and a failed check if neither done nor refused."""
        host, what = self.host, f"{self.name}, fault {nth}, error {error}"
        if not fired and error:
            ksft_true(False, f"{what}: refused without a fault")
            return None
        state = host.state()
        if error > 0 and state == before:
            return False
        if error == 0 and same_but_filters(state, after):
            return True
        # A move may be under way; without an answer it is one or the other.
        end = time.monotonic() + 10
        while time.monotonic() < end:
            state = host.state()
            if error != 0 and state == before:
                return False
            if error <= 0 and same_but_filters(state, after):
                return True
            time.sleep(0.02)
        wanted = before if error else after
        ksft_true(False, f"{what}: {difference(wanted, state)}")
        return None


def build(host, members=2, vnics=(VNIC,)):
    """A team that is up with members and VNICs, all with indices of their own."""
    host.net.clear()
    host.create(host.rtnl, TEAM, "vnicteam", {"grace": 0})
    for index in host.eth[:members]:
        host.rtnl.set(index, master=TEAM)
    host.rtnl.set(TEAM, up=True)
    for index in vnics:
        host.create(host.rtnl, index, "vnic", link=TEAM)
        host.rtnl.set(index, up=True)
    wait_until(lambda: all(link["slave_data"]["state"] == rtnl.MEMBER_UP
                           for link in host.rtnl.links().values() if "slave_data" in link),
               "members are up")


def exhaust(host, name, make, undo):
    """One request, all faults."""
    Request(host, name, make, undo).exhaust()


def delete(index):
    """The request that deletes a link."""
    return lambda on: on.delete(index)


def change(index, kind, data, back):
    """A change of what is the kind's own, and the change back."""
    return lambda on: on.change(index, kind, data), lambda on: on.change(index, kind, back)


def setting(index, value, back):
    """A change of what all links have, and the change back."""
    return lambda on: on.set(index, **value), lambda on: on.set(index, **back)


# Turns red if an error path of the creation leaves a device, or frees one twice.
@case("GRP-1: a team is created whole or not at all")
def create_team(host):
    host.net.clear()
    exhaust(host, "create a team", lambda on: host.create(on, TEAM, "vnicteam"), delete(TEAM))
    every = {"monitor_interval": 5, "announce_count": 2, "announce_interval": 50,
             "announce_rate": 100, "grace": 10}
    exhaust(host, "create a team with all attributes",
            lambda on: host.create(on, TEAM, "vnicteam", every), delete(TEAM))


# Turns red if attributes are set before all of them are known to be good.
@case("CTL-1: a team's attributes are changed all or none")
def change_team(host):
    build(host)
    every = {"monitor_interval": 5, "announce_count": 2, "announce_interval": 50,
             "announce_rate": 100, "grace": 10, "member": host.eth[1]}
    back = {"monitor_interval": 10, "announce_count": 3, "announce_interval": 200,
            "announce_rate": 10000, "grace": 0, "member": host.eth[0]}
    host.rtnl.change(TEAM, "vnicteam", back)
    exhaust(host, "change a team", *change(TEAM, "vnicteam", every, back))


# Turns red if attach() in rust/team/membership.rs forgets what it did before an error.
@case("GRP-2: a member is added whole or not at all")
def add_member(host):
    build(host, members=1, vnics=(VNIC, OTHER))
    exhaust(host, "add a member that takes its share", *setting(
        host.eth[1], {"master": TEAM}, {"master": 0}))
    host.rtnl.set(host.eth[0], master=0)
    exhaust(host, "add the first member", *setting(
        host.eth[0], {"master": TEAM}, {"master": 0}))


# Turns red if a VNIC is left on a member that has gone.
@case("GRP-2: a member is released whole or not at all")
def release_member(host):
    build(host, vnics=(VNIC, OTHER))
    exhaust(host, "release a member", *setting(host.eth[1], {"master": 0}, {"master": TEAM}))


# Turns red if a slot, a MAC in the directory, or a filter entry outlives an error.
@case("VNIC-1: a VNIC is created whole or not at all")
def create_vnic(host):
    build(host, vnics=(OTHER,))
    exhaust(host, "create a VNIC",
            lambda on: host.create(on, VNIC, "vnic", link=TEAM), delete(VNIC))
    exhaust(host, "create a VNIC, pinned and private",
            lambda on: host.create(on, VNIC, "vnic", {"member": host.eth[1], "mode": 1},
                                   link=TEAM), delete(VNIC))


# Turns red if a change of MAC, MTU or state is half made.
@case("VNIC-1: a VNIC is changed whole or not at all")
def change_vnic(host):
    build(host)
    new, old = {"address": "02:00:00:00:ee:ee"}, {"address": MAC[VNIC]}
    exhaust(host, "change a VNIC's MAC", *setting(VNIC, new, old))
    exhaust(host, "change a VNIC's MTU", *setting(VNIC, {"mtu": 1400}, {"mtu": 1500}))
    exhaust(host, "set a VNIC down", *setting(VNIC, {"up": False}, {"up": True}))
    host.rtnl.set(VNIC, up=False)
    exhaust(host, "set a VNIC up", *setting(VNIC, {"up": True}, {"up": False}))
    exhaust(host, "change a VNIC's mode", *change(VNIC, "vnic", {"mode": 1}, {"mode": 0}))


# Turns red if a move that cannot be made is taken for made.
@case("PLC-6: a VNIC is moved by hand whole or not at all")
def move_vnic(host):
    build(host)
    host.rtnl.change(VNIC, "vnic", {"member": host.eth[0]})
    exhaust(host, "pin a VNIC", *change(VNIC, "vnic", {"member": host.eth[1]},
                                        {"member": host.eth[0]}))


# Turns red if the classifier's VLANs and those of the members' differ after an error.
@case("CLS-2: VLANs and addresses above a VNIC are taken whole or not at all")
def above(host):
    build(host)
    vlan = rtnl.attr(1, b"vlan\0") + rtnl.attr(2 | rtnl.NLA_F_NESTED, rtnl.attr(1, b"\7\0"))
    exhaust(host, "create a VLAN on a VNIC", lambda on: on.request(
        rtnl.RTM_NEWLINK, rtnl.CREATE | rtnl.EXCL, on._body(UPPER, None, {  # pylint: disable=W0212
            "name": "fnvlan", "link": VNIC, "linkinfo": vlan})), delete(UPPER))


# Turns red if a team's MTU, MAC or state is half made.
@case("GRP-7: a team's own endpoint is changed whole or not at all")
def change_endpoint(host):
    build(host)
    # Free, it goes to the member with least whenever the team is set up.
    host.rtnl.change(TEAM, "vnicteam", {"member": host.eth[0]})
    exhaust(host, "change a team's MAC", *setting(
        TEAM, {"address": "02:00:00:00:dd:dd"}, {"address": MAC[TEAM]}))

    def larger(on):
        on.set(TEAM, mtu=1500)
        on.set(VNIC, mtu=1500)  # which became smaller with it, but not larger

    exhaust(host, "change a team's MTU", lambda on: on.set(TEAM, mtu=1400), larger)
    exhaust(host, "set a team down", *setting(TEAM, {"up": False}, {"up": True}))
    host.rtnl.set(TEAM, up=False)
    exhaust(host, "set a team up", *setting(TEAM, {"up": True}, {"up": False}))


# Turns red if a deletion needs memory that it may not get.
@case("GRP-1: VNICs and teams are deleted whole or not at all")
def deletion(host):
    build(host)

    def vnic_again(on):
        host.create(on, VNIC, "vnic", link=TEAM)
        on.set(VNIC, up=True)

    exhaust(host, "delete a VNIC", delete(VNIC), vnic_again)
    exhaust(host, "delete a team with all that is on it", delete(TEAM), lambda on: build(host))


def main():
    """All cases on one host."""
    with Settings() as settings:
        settings.prepare()
        with Net(2) as net:
            return run_cases(Host(net, Faults()))


if __name__ == "__main__":
    sys.exit(main())
