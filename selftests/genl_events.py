#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
genl_events.py - who listens is told of each member and VNIC what happened to it,
why, and how long that took; of 1,000 moves at once none is lost; who is too
slow finds out and catches up by a dump (CTL-3). Prints counts.
"""
# timeout: 600

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import errno  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402

from genl import Genl, Listener, NETLINK_BROADCAST_ERROR, SOL_NETLINK  # noqa: E402
from ktap import case, ksft_eq, ksft_gt, ksft_pr, ksft_true, run_cases, wait_until  # noqa: E402
from topology import Net, run  # noqa: E402

MANY = 1000
MOVES = ("vnic-moved", "vnic-standby", "vnic-active")


def build(net, vnics=3):
    """A team with VNICs v1.., each at rest."""
    for number in range(1, net.count + 1):
        net.join(number)
    net.clear()
    net.team()
    for number in range(1, vnics + 1):
        net.vnic(f"v{number}")


def in_order(events):
    """The events are numbered without a gap."""
    seqs = [msg["seq"] for _, msg in events]
    ksft_eq(seqs, list(range(seqs[0], seqs[0] + len(seqs))) if seqs else [])


def until_last(listener, net):
    """All events up to the last one of team0."""
    with Genl(net.names["host"]) as genl:
        last = genl.do("team-get", {"ifindex": net.host.index("team0")})["event-seq"]
    return listener.events(until=lambda _, msg: msg["seq"] >= last)


def brief(events):
    """(name, member or VNIC, from, to, cause), as far as an event has them; no own endpoint."""
    keys = ("member-name", "vnic-name", "from-name", "to-name", "cause")
    return [(name, *(msg[key] for key in keys if key in msg))
            for name, msg in events if msg.get("slot") != 0]


# Turns red if one of the hooks is missing, or has another's name.
@case("CTL-3: members that are added and removed and VNICs that are made and deleted are told")
def come_and_go(net):
    net.clear()
    net.host.add("team0", "vnicteam")
    net.host.set("team0", up=True)
    with Listener(net.names["host"]) as listener:
        net.host.set("eth1", master="team0")
        net.on("team0", "eth1")
        net.vnic("v1")
        slot, index = 1, net.host.index("v1")
        events = until_last(listener, net)
        ksft_eq(brief(events), [
            ("member-added", "eth1"), ("member-up", "eth1"),
            ("vnic-created", "v1"), ("vnic-active", "v1", "eth1", "none")])
        team, member = net.host.index("team0"), net.host.index("eth1")
        for _, msg in events:
            ksft_eq((msg["team"], msg["team-name"]), (team, "team0"))
        ksft_eq(events[0][1]["member"], member)
        created, active = events[-2][1], events[-1][1]
        ksft_eq((created["slot"], created["vnic"]), (slot, index))
        ksft_eq((active["from"], active["to"]), (0, member))
        in_order(events)
        net.host.delete("v1")
        net.host.set("eth1", master=0)
        events += until_last(listener, net)
        ksft_eq(brief(events[-3:]), [("vnic-deleted", "v1"), ("member-removed", "eth1")])
        in_order(events)


# Turns red if a cause is mapped wrongly, or the times are not those of rtnetlink.
@case("CTL-3: a fault is told, with the moves that it caused and how long they took")
def fault(net):
    build(net)
    with Listener(net.names["host"]) as listener:
        name = next(vnic for vnic, member in net.mapping().items() if member == "eth1")
        net.cut(1)
        wait_until(lambda: net.member_of(name) not in (None, "eth1"), "moved")
        events = until_last(listener, net)
        ksft_eq(brief(events), [
            ("member-down", "eth1"),
            ("vnic-moved", name, "eth1", net.member_of(name), "fault")])
        told = next(msg for _, msg in events if msg.get("vnic-name") == name)
        data = net.host.link(name)["data"]
        ksft_eq(told["time"], data["move_resumed"])
        ksft_eq(told["duration"], data["move_resumed"] - data["move_detected"])
        ksft_eq((told["from"], told["to"]), (net.host.index("eth1"), data["active_member"]))
        in_order(events)
    net.join(1)


# Turns red if balance is told as something else, or start and end do not fit the moves.
@case("CTL-3: a redistribution is told: its beginning, its moves, its end, with counts")
def balance(net):
    build(net, 6)
    net.cut(1)
    wait_until(lambda: set(net.mapping().values()) == {"eth2", "eth3"}, "moved off")
    with Listener(net.names["host"]) as listener:
        net.join(1)
        events = listener.events(until=lambda name, _: name == "redistribution-ended")
        names = [name for name, _ in events]
        ksft_eq(names[:2], ["member-up", "redistribution-started"])
        ksft_eq(names[-1], "redistribution-ended")
        ksft_eq((events[1][1]["moves"], events[-1][1]["moves"]), (2, 2))
        moves = [msg for name, msg in events if name == "vnic-moved" and msg["slot"]]
        ksft_eq([(msg["to-name"], msg["cause"]) for msg in moves], [("eth1", "balance")] * 2)
        in_order(events)
        listener.nothing()


# Turns red if standby is told as a move, or the way back is not.
@case("CTL-3: the loss of all members is told as standby, the first recovery as active")
def standby(net):
    build(net, 1)
    with Listener(net.names["host"]) as listener:
        for number in (1, 2, 3):
            net.cut(number)
        wait_until(lambda: net.member_of("v1") is None, "standby")
        events = until_last(listener, net)
        last = [event for event in brief(events) if event[0] in MOVES][-1]
        ksft_eq((last[0], last[1], last[-1]), ("vnic-standby", "v1", "fault"))
        told = [msg for name, msg in events if name == "vnic-standby" and msg["slot"]]
        ksft_eq((len(told), told[0]["to"], "duration" in told[0]), (1, 0, False))
        net.join(2)
        net.on("v1", "eth2")
        events += until_last(listener, net)
        last = [event for event in brief(events) if event[0] in MOVES][-1]
        ksft_eq(last, ("vnic-active", "v1", "eth2", "recovery"))
        in_order(events)
        for number in (1, 3):
            net.join(number)


# Turns red if an order is told as something else, or not at all.
@case("CTL-3: moves and redistributions that an administrator orders are told as such")
def admin(net):
    build(net)
    with Genl(net.names["host"]) as genl, Listener(net.names["host"]) as listener:
        team, before = net.host.index("team0"), net.member_of("v1")
        to = next(name for name in net.members() if name != before)
        genl.do("move", {"team": team, "slot": [1], "member": net.host.index(to)})
        net.on("v1", to)
        events = listener.events(until=lambda name, msg: msg.get("vnic-name") == "v1")
        ksft_eq(brief(events)[-1], ("vnic-moved", "v1", before, to, "admin"))
        genl.do("move", {"team": team, "slot": [1], "member": 0})
        wait_until(lambda: sorted(net.mapping().values()) == net.members(), "balanced")
        quiet(net, listener)
        genl.do("redistribute", {"team": team})
        events = listener.events(2)
        ksft_eq([(name, msg["moves"]) for name, msg in events],
                [("redistribution-started", 0), ("redistribution-ended", 0)])


def quiet(net, listener):
    """Reads all events until no more come."""
    while until_more(net, listener):
        pass


def until_more(net, listener):
    """Whether more events came within a while; they are read."""
    listener.check_ntf()
    events = list(listener.async_msg_queue.queue)
    listener.async_msg_queue.queue.clear()
    time.sleep(0.3)
    return events


# Turns red if numbers count only what is sent, or events leave their namespace.
@case("CTL-3: events are numbered when nobody listens, and are heard in their namespace only")
def numbers(net):
    build(net)
    with Genl(net.names["host"]) as genl, Listener(net.names["remote"]) as elsewhere:
        team = net.host.index("team0")
        before = genl.do("team-get", {"ifindex": team})["event-seq"]
        ksft_gt(before, 3 + 3 + 3)
        net.vnic("w1")
        after = genl.do("team-get", {"ifindex": team})
        ksft_gt(after["event-seq"], before)
        ksft_eq(after["events-lost"], 0)
        with Listener(net.names["host"]) as listener:
            net.host.delete("w1")
            events = until_last(listener, net)
            ksft_eq(events[0][1]["seq"], after["event-seq"] + 1)
        elsewhere.nothing()


def state_of(genl):
    """{slot: member or 0} of team0's VNICs, with the number of the last event that is in it."""
    while True:
        team = next(one for one in genl.list("team-get") if one["name"] == "team0")
        vnics = genl.list("vnic-get", {"team": team["ifindex"]})
        again = genl.do("team-get", {"ifindex": team["ifindex"]})
        if team["event-seq"] == again["event-seq"]:
            return ({one["slot"]: one["info"]["active-member"] for one in vnics},
                    team["event-seq"])


# Turns red if many moves are not packed, or told before all have moved.
@case("CTL-3: 1,000 moves at once are all told to who does not read meanwhile")
def thousand(net):
    many(net)
    with Genl(net.names["host"]) as genl, Listener(net.names["host"]) as listener:
        net.cut(1)
        wait_until(lambda: "eth1" not in net.mapping().values(), "all moved", pause=0.2)
        state, last = state_of(genl)
        buffer = listener.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        events = listener.events(until=lambda _, msg: msg["seq"] >= last)
        in_order(events)
        moved = [msg for name, msg in events if name == "vnic-moved" and msg["slot"]]
        ksft_eq(Counter(msg["slot"] for msg in moved), Counter(range(1, MANY + 1)))
        ksft_eq({msg["slot"]: msg["to"] for msg in moved}, state)
        ksft_eq({msg["cause"] for msg in moved}, {"fault"})
        ksft_eq(genl.do("team-get", {"ifindex": net.host.index("team0")})["events-lost"], 0)
        longest = max(msg["duration"] for msg in moved)
        ksft_pr(f"measured: {len(moved)} moves told in a buffer of {buffer} bytes that nobody"
                f" read; the last one resumed {longest / 1e6:.1f} ms after detection")
        net.join(1)
        wait_until(lambda: set(net.mapping().values()) == {"eth1"}, "all home", pause=0.2)


def many(net):
    """A thousand VNICs on eth1, whatever was there."""
    if len(net.host.links("vnic")) == MANY:
        return
    net.clear()
    net.team()
    team, member = net.host.index("team0"), net.host.index("eth1")
    for number in range(1, MANY + 1):
        net.host.add(f"v{number}", "vnic", link=team, data={"member": member})
    ksft_eq(Counter(net.mapping().values()), {"eth1": MANY})


# Turns red if a loss is not counted, or the dump is older than the events that follow it.
@case("CTL-3: who is too slow is told so, the loss is counted, and a dump makes up for it")
def overrun(net):
    many(net)
    team = net.host.index("team0")
    with Genl(net.names["host"]) as genl:
        slow = Listener(net.names["host"], bytes_waiting=4096)
        careful = Listener(net.names["host"], bytes_waiting=4096)
        careful.sock.setsockopt(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1)
        quick = Listener(net.names["host"])
        net.cut(1)
        wait_until(lambda: "eth1" not in net.mapping().values(), "all moved", pause=0.2)
        _, last = state_of(genl)
        in_order(quick.events(until=lambda _, msg: msg["seq"] >= last))
        for one in (slow, careful):
            try:
                one.events(until=lambda _, msg: msg["seq"] >= last, timeout=1)
                ksft_true(False, "was not told that it missed something")
            except OSError as error:
                ksft_eq(error.errno, errno.ENOBUFS)
        lost = genl.do("team-get", {"ifindex": team})["events-lost"]
        ksft_gt(lost, 0)
        ksft_pr(f"measured: {lost} events counted as lost of two listeners with 4096 bytes")
        # Nobody but one who cannot take them: counted too.
        careful.close()
        quick.close()
        net.join(1)
        wait_until(lambda: set(net.mapping().values()) == {"eth1"}, "all home", pause=0.2)
        wait_until(lambda: genl.do("team-get", {"ifindex": team})["events-lost"] > lost, "counted")
        # Begins anew: what was told before the dump is history, what comes after continues it.
        slow.close()
        with Listener(net.names["host"]) as again:
            state, last = state_of(genl)
            genl.do("move", {"team": team, "slot": list(range(1, 51)),
                             "member": net.host.index("eth2")})
            wait_until(lambda: Counter(net.mapping().values())["eth2"] == 50, "moved", pause=0.2)
            expected, end = state_of(genl)
            events = [event for event in again.events(until=lambda _, msg: msg["seq"] >= end)
                      if event[1]["seq"] > last]
            ksft_eq(events[0][1]["seq"], last + 1)
            in_order(events)
            for name, msg in events:
                if name in MOVES and msg["slot"]:
                    state[msg["slot"]] = msg["to"]
            ksft_eq(state, expected)


# Turns red if deletions under one hold of RTNL are told one by one.
@case("CTL-3: a team that goes with 1,000 VNICs tells of each")
def whole_team(net):
    many(net)
    with Listener(net.names["host"]) as listener:
        # It goes down first, as a deletion would have it: those are a thousand events more.
        net.host.set("team0", up=False)
        events = until_last(listener, net)
        in_order(events)
        idle = [msg["slot"] for name, msg in events if name == "vnic-standby" and msg["slot"]]
        ksft_eq(sorted(idle), list(range(1, MANY + 1)))
        net.host.delete("team0")
        events = listener.events(until=lambda name, msg: name == "member-removed"
                                 and msg["member-name"] == "eth3")
        in_order(events)
        gone = [msg["slot"] for name, msg in events if name == "vnic-deleted"]
        ksft_eq(sorted(gone), list(range(1, MANY + 1)))
        ksft_eq(net.host.links("vnic"), {})


# Turns red if events are sent with a family that is gone, or not at all.
@case("CTL-3: unloading the module tells of what goes with it, to who still listens")
def unload(net):
    build(net)
    with Listener(net.names["host"]) as listener:
        run("rmmod", "vnicteam")
        events = listener.events(until=lambda name, msg: name == "member-removed"
                                 and msg["member-name"] == "eth3")
        ksft_eq({msg["vnic-name"] for name, msg in events if name == "vnic-deleted"},
                {"v1", "v2", "v3"})
    run("modprobe", "vnicteam")


if __name__ == "__main__":
    with Net(3) as topology:
        topology.without_ipv6()
        STATUS = run_cases(topology)
    sys.exit(STATUS)
