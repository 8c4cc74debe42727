#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
genl_dump.py - lists of 1,016 VNICs and 32 members are complete; what changes
while one is read is flagged; who does not read on disturbs nobody but keeps the
module (CTL-2, VNIC-4). Prints how long a dump took.
"""
# timeout: 600

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import random  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from genl import Genl, NLM_F_DUMP_INTR  # noqa: E402
from ktap import KsftSkipEx, case, ksft_eq, ksft_ge, ksft_gt, ksft_pr, ksft_true  # noqa: E402
from ktap import run_cases, wait_until  # noqa: E402
from rtnl import NLMSG_DONE, InNetns  # noqa: E402
from topology import Net, run  # noqa: E402

VNICS, MEMBERS = 1016, 32
NETLINK_GENERIC = 16
SEED = int(os.environ.get("SEED", "1"))


class SlowReader:
    """A dump whose parts are read one by one, when they are asked for."""

    def __init__(self, net, command, genl):
        with InNetns(net.names["host"]):
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.settimeout(60)
        message = struct.pack("=BBH", genl.ops[command].req_value, 1, 0)
        self.sock.send(struct.pack("=IHHII", len(message) + 16, genl.nlproto.family_id,
                                   0x301, 1, 0) + message)

    def part(self):
        """How many entries are in the next part, whether it is flagged and the last."""
        data, at, entries, flagged, done = self.sock.recv(1 << 16), 0, 0, False, False
        while at + 16 <= len(data):
            size, kind, flags = struct.unpack_from("=IHH", data, at)
            flagged |= bool(flags & NLM_F_DUMP_INTR)
            done |= kind == NLMSG_DONE
            entries += kind != NLMSG_DONE
            at += size + 3 & ~3
        return entries, flagged, done

    def rest(self):
        """The same of all that is left."""
        entries, flagged, done = 0, False, False
        while not done:
            more, is_flagged, done = self.part()
            entries, flagged = entries + more, flagged | is_flagged
        return entries, flagged

    def close(self):
        """Reads no more."""
        self.sock.close()


# Turns red if the cursor leaves one out or gives one twice, at any limit of a message.
@case("VNIC-4: 1,016 VNICs and 32 members are listed once each, in order")
def complete(net):
    for size in (4096, 16384, 131072):
        with Genl(net.names["host"], recv_size=size) as genl:
            start = time.monotonic()
            vnics = genl.dump("vnic-get", {})
            took = time.monotonic() - start
            ksft_pr(f"measured: a dump of {VNICS} VNICs, {size} bytes at a time:"
                    f" {took * 1000:.0f} ms, with the time that ynl takes to read it")
            ksft_eq([one["slot"] for one in vnics], list(range(1, VNICS + 1)))
            ksft_eq(len({one["name"] for one in vnics}), VNICS)
            ksft_eq(genl.interrupted, False)
            members = genl.dump("member-get", {})
            ksft_eq(len({one["name"] for one in members}), MEMBERS)
            ksft_eq(len(members), MEMBERS)
    with Genl(net.names["host"]) as genl:
        reader = SlowReader(net, "vnic-get", genl)
        start = time.monotonic()
        ksft_eq(reader.rest(), (VNICS, False))
        ksft_pr(f"measured: a dump of {VNICS} VNICs, not decoded:"
                f" {(time.monotonic() - start) * 1000:.0f} ms")
        reader.close()


# Turns red if one of these changes does not count, or the flag is not set.
@case("CTL-2: a list during which something changes is flagged, and ends")
def flagged(net):
    team = net.host.index("team0")
    changes = {
        "nothing": lambda: None,
        "a VNIC deleted": lambda: net.host.delete("v9"),
        "a VNIC created": lambda: net.host.add("v9", "vnic", link=team),
        "a VNIC pinned": lambda: net.host.change("v900", "vnic", {"member": "eth1"}),
        "its mode": lambda: net.host.change("v900", "vnic", {"mode": 1}),
        "its MAC": lambda: net.host.set("v900", address="02:00:00:00:09:00"),
        "the team's grace": lambda: net.host.change("team0", "vnicteam", {"grace": 50}),
        "a member removed": lambda: net.host.set("d31", master=0),
        "a member added": lambda: net.host.set("d31", master="team0"),
        "a team created": lambda: net.host.add("team9", "vnicteam"),
        "a team deleted": lambda: net.host.delete("team9"),
    }
    with Genl(net.names["host"]) as genl:
        for what, change in changes.items():
            quiet(net, genl)
            reader = SlowReader(net, "vnic-get", genl)
            first = reader.part()
            ksft_eq(first[1:], (False, False), what)
            change()
            more, was_flagged = reader.rest()
            ksft_eq(was_flagged, what != "nothing", what)
            ksft_ge(first[0] + more, VNICS - 1, what)
            reader.close()


def quiet(net, genl):
    """Waits until what moves has moved."""
    while True:
        genl.list("team-get")
        reader = SlowReader(net, "vnic-get", genl)
        time.sleep(0.2)
        was_flagged = reader.rest()[1]
        reader.close()
        if not was_flagged:
            return


# Turns red if a list ends early or never, or shows something that is not there.
@case("CTL-2: several read while members come and go and VNICs are moved and made anew")
def churn(net):
    stop, wrong, lists = threading.Event(), [], [0, 0]
    dice = random.Random(SEED)
    ksft_pr(f"seed: SEED={SEED}")

    def read():
        try:
            with Genl(net.names["host"]) as genl:
                while not stop.is_set():
                    genl.interrupted = False
                    slots = [one["slot"] for one in genl.dump("vnic-get", {})]
                    lists[genl.interrupted] += 1
                    if slots != sorted(set(slots)):
                        wrong.append(f"not in order: {slots}")
                    if not genl.interrupted and not VNICS - 1 <= len(slots) <= VNICS:
                        wrong.append(f"{len(slots)} in a consistent list")
                    members = genl.dump("member-get", {})
                    if not genl.interrupted and not MEMBERS - 1 <= len(members) <= MEMBERS:
                        wrong.append(f"{len(members)} members")
        except Exception as error:  # pylint: disable=broad-exception-caught
            wrong.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for one in readers:
        one.start()
    with Genl(net.names["host"]) as genl:
        team = net.host.index("team0")
        for _ in range(40):
            name = f"v{dice.randrange(1, VNICS + 1)}"
            net.host.delete(name)
            net.host.add(name, "vnic", link=team)
            slots = dice.sample(range(1, VNICS + 1), 20)
            genl.do("move", {"team": team, "slot": slots,
                             "member": dice.choice((0, net.host.index("eth1")))})
            net.host.set("d31", master=0)
            net.host.set("d31", master="team0")
    stop.set()
    for one in readers:
        one.join()
    ksft_eq(wrong, [])
    ksft_gt(sum(lists), 2)
    with Genl(net.names["host"]) as genl:
        ksft_eq(len(genl.list("vnic-get")), VNICS)
        ksft_eq(len(genl.list("member-get")), MEMBERS)
    ksft_pr(f"lists: {lists[0]} consistent, {lists[1]} flagged")


# Turns red if a dump keeps RTNL or a team, or what it was reading is freed under it.
@case("CTL-2: a list that is not read on keeps nobody from anything, and outlives its team")
def abandoned(net):
    with Genl(net.names["host"]) as genl:
        readers = [SlowReader(net, "vnic-get", genl) for _ in range(8)]
        parts = [one.part()[0] for one in readers[:4]]
        net.clear()
        ksft_eq(net.host.links("vnic"), {})
        for one, first in zip(readers, parts):
            more, was_flagged = one.rest()
            # What lay in the socket's buffer already came, no more.
            ksft_true(was_flagged and first + more < VNICS, (first, more, was_flagged))
        for one in readers[4:]:
            one.close()


# Turns red if the module's code can go while a dump is to come back to it.
@case("CTL-2: the module stays while a list is being read, and goes when it is not")
def unload(net):
    if run("lsmod", check=False).find("rust_dummy") >= 0:
        raise KsftSkipEx("another module uses it")
    net.clear()
    net.team()
    team = net.host.index("team0")
    for number in range(100):
        net.host.add(f"v{number}", "vnic", link=team)
    with Genl(net.names["host"]) as genl:
        # Of this list there is a first part of a page, which nobody takes.
        reader = SlowReader(net, "vnic-get", genl)
        first = subprocess.run(["rmmod", "vnicteam"], capture_output=True, text=True, check=False)
        ksft_true(first.returncode != 0 and "in use" in first.stderr, first)
        ksft_eq(len(net.host.links("vnic")), 100)
        reader.close()
    # A socket's last is done some time after it was closed.
    wait_until(lambda: subprocess.run(["rmmod", "vnicteam"], capture_output=True,
                                      check=False).returncode == 0, "unloaded", pause=0.1)
    ksft_eq(net.host.links("vnic"), {})
    # The core loads it when somebody asks for the family.
    said = run("genl", "ctrl", "get", "name", "vnicteam", netns=net.names["host"], check=False)
    ksft_true("vnicteam" in said, said)


if __name__ == "__main__":
    with Net(3) as topology:
        topology.without_ipv6()
        run("modprobe", "dummy", check=False)
        topology.team()
        for COUNT in range(topology.count, MEMBERS):
            topology.host.add(f"d{COUNT}", "dummy")
            topology.host.set(f"d{COUNT}", master="team0")
        INDEX = topology.host.index("team0")
        for COUNT in range(1, VNICS + 1):
            topology.host.add(f"v{COUNT}", "vnic", link=INDEX)
        STATUS = run_cases(topology)
    sys.exit(STATUS)
