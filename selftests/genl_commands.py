#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
genl_commands.py - the generic netlink family gets, dumps, sets, moves,
redistributes and flushes what rtnetlink shows, in the namespace that it is
asked in, and refuses the rest with a sentence and the attribute (CTL-2, PLC-6,
SEC-3).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import errno  # noqa: E402
from collections import Counter  # noqa: E402

from frames import frame, gather  # noqa: E402
from genl import Genl, NlError, refused  # noqa: E402
from ktap import case, ksft_eq, ksft_in, ksft_not_in, ksft_true, run_cases, wait_until  # noqa: E402
from rights import as_child, become_root_of_own_namespaces, give_up_rights  # noqa: E402
from topology import Net, run  # noqa: E402

MODES, STATES = ("bridge", "private", "vepa"), ("standby", "active")
CAUSES = ("none", "fault", "recovery", "balance", "admin")
NOWHERE = 99999  # no interface has this index


def build(net, vnics=4):
    """A team with VNICs v1.., and the family."""
    net.clear()
    net.team()
    for number in range(1, vnics + 1):
        net.vnic(f"v{number}")
    return Genl(net.names["host"])


def still(entry):
    """An entry without what changes by itself."""
    return {name: value for name, value in entry.items() if name != "stats"}


def same_as_rtnl(info, data):
    """What generic netlink says is what rtnetlink says."""
    translate = {"mode": MODES, "move-cause": CAUSES, "state": STATES}
    for name, value in data.items():
        name = name.replace("_", "-")
        ksft_eq(info.get(name), translate[name][value] if name in translate else value, name)


# Turns red if a message lacks something, or says something else than rtnetlink.
@case("CTL-2: a team, its members and VNICs are got, and are what rtnetlink shows")
def get(net):
    with build(net) as genl:
        links = net.host.links()
        team = links["team0"]
        got = genl.do("team-get", {"ifindex": team["index"]})
        ksft_eq((got["ifindex"], got["name"]), (team["index"], "team0"))
        same_as_rtnl(got["info"], team["data"])
        ksft_eq(got["events-lost"], 0)
        for name in net.members():
            got = genl.do("member-get", {"ifindex": links[name]["index"]})
            ksft_eq((got["ifindex"], got["name"], got["team"]),
                    (links[name]["index"], name, team["index"]))
            ksft_eq(got["info"]["state"], "up")
            ksft_eq(got["info"]["vnics"], links[name]["slave_data"]["vnics"])
        for number in range(1, 5):
            link = links[f"v{number}"]
            got = still(genl.do("vnic-get", {"ifindex": link["index"]}))
            ksft_eq(got, still(genl.do("vnic-get", {"team": team["index"], "slot": number})))
            ksft_eq((got["name"], got["team"], got["slot"], got["address"]),
                    (f"v{number}", team["index"], number, link["address"]))
            ksft_not_in("netnsid", got)
            same_as_rtnl(got["info"], link["data"])


# Turns red if a filter lets others through, or the order or cursor loses some.
@case("CTL-2: dumps list all, or those of a team, or on a member")
def dump(net):
    with build(net, 7) as genl:
        net.host.add("team9", "vnicteam")
        net.host.add("w1", "vnic", link="team9")
        links = net.host.links()
        teams = {name: links[name]["index"] for name in ("team0", "team9")}
        ksft_eq([one["name"] for one in genl.list("team-get")], ["team0", "team9"])
        ksft_eq({one["name"] for one in genl.list("member-get")}, set(net.members()))
        ksft_eq(genl.list("member-get", {"team": teams["team9"]}), [])

        def vnics(values=None):
            return [still(one) for one in genl.list("vnic-get", values)]

        everything = vnics()
        ksft_eq([one["name"] for one in everything], [f"v{n}" for n in range(1, 8)] + ["w1"])
        ksft_eq(everything[:7], vnics({"team": teams["team0"]}))
        ksft_eq(everything[7:], vnics({"team": teams["team9"]}))
        for name in net.members():
            on = vnics({"member": links[name]["index"]})
            ksft_eq({one["name"] for one in on},
                    {vnic for vnic, member in net.mapping().items() if member == name})
            ksft_eq(on, vnics({"team": teams["team0"], "member": links[name]["index"]}))
        ksft_eq(vnics({"team": teams["team9"], "member": links["eth1"]["index"]}), [])


# Turns red if an attribute that ip link sets is not set by the family.
@case("CTL-2: what ip link can set is set: of teams, members and VNICs")
def set_all(net):
    with build(net) as genl:
        team = net.host.index("team0")
        values = {"monitor-interval": 5, "announce-count": 2, "announce-interval": 50,
                  "announce-rate": 77, "grace": 12, "member": net.host.index("eth2")}
        for name, value in values.items():
            genl.do("team-set", {"ifindex": team, "info": {name: value}})
        data = net.host.link("team0")["data"]
        ksft_eq({name: data[name.replace("-", "_")] for name in values}, values)
        net.on("team0", "eth2")
        member = net.host.index("eth3")
        genl.do("vnic-set", {"team": team, "slot": 1, "info": {"member": member, "mode": "vepa"}})
        genl.do("vnic-set", {"ifindex": net.host.index("v2"), "info": {"mode": "private"}})
        net.on("v1", "eth3")
        ksft_eq(net.host.link("v1")["data"]["mode"], MODES.index("vepa"))
        ksft_eq(net.host.link("v2")["data"]["mode"], MODES.index("private"))
        values = {"vlan": 7, "spoofchk": 1, "mac-change": 0}
        for name, value in values.items():
            genl.do("vnic-set", {"team": team, "slot": 3, "info": {name: value}})
        data = net.host.link("v3")["data"]
        ksft_eq({name: data[name.replace("-", "_")] for name in values}, values)
        values = {"role": "standby", "weight": 9, "capacity": 10 ** 11}
        for name, value in values.items():
            genl.do("member-set", {"ifindex": member, "info": {name: value}})
        got = genl.do("member-get", {"ifindex": member})["info"]
        ksft_eq({name: got[name] for name in values}, values)
        genl.do("member-set", {"ifindex": member, "info": {"role": "active"}})


# Turns red if the VNIC is not found, or its place is not told.
@case("CTL-2: a VNIC in another namespace is got and set by its slot, and where it is told")
def other_namespace(net):
    with build(net) as genl:
        team = net.host.index("team0")
        run("ip", "-n", net.names["host"], "link", "set", "v1", "netns", net.names["remote"])
        got = genl.do("vnic-get", {"team": team, "slot": 1})
        ksft_eq(got["name"], "v1")
        ksft_eq(got["ifindex"], net.remote.index("v1"))
        said = run("ip", "-n", net.names["host"], "netns", "list-id")
        ksft_in(f"nsid {got['netnsid']} ", said)
        ksft_eq([one["name"] for one in genl.list("vnic-get") if "netnsid" in one], ["v1"])
        genl.do("vnic-set", {"team": team, "slot": 1, "info": {"mode": "private"}})
        ksft_eq(net.remote.link("v1")["data"]["mode"], MODES.index("private"))
        # The index is one in the other namespace.
        with Genl(net.names["remote"]) as there:
            refused(errno.EINVAL, "another network namespace", there.do, "vnic-get",
                    {"ifindex": net.remote.index("v1")}, attr=".ifindex")
            refused(errno.EINVAL, "another network namespace", there.do, "vnic-set",
                    {"ifindex": net.remote.index("v1"), "info": {"mode": "bridge"}},
                    attr=".ifindex")
            ksft_eq(there.list("team-get") + there.list("vnic-get") + there.list("member-get"), [])
            refused(errno.ENODEV, "no interface", there.do, "team-get", {"ifindex": NOWHERE},
                    attr=".ifindex")


# Turns red if one of those named stays free, or another one is pinned.
@case("PLC-6: a move pins those that are named or on a member, together, and frees them")
def move(net):
    with build(net, 9) as genl:
        team = net.host.index("team0")
        index = {name: link["index"] for name, link in net.host.links().items()}
        # Twice the same is once; by slot and by ifindex.
        count = genl.do("move", {"team": team, "slot": [1, 2, 2], "ifindex": [index["v2"],
                                 index["v3"]], "member": index["eth3"]})["count"]
        ksft_eq(count, 3)
        for name in ("v1", "v2", "v3"):
            net.on(name, "eth3")
        pins = {name: link["data"]["member"] for name, link in net.host.links("vnic").items()}
        ksft_eq({name for name, pin in pins.items() if pin}, {"v1", "v2", "v3"})
        ksft_eq(genl.do("move", {"ifindex": [index["v1"]], "member": 0})["count"], 1)
        ksft_eq(net.host.link("v1")["data"]["member"], 0)
        # A member is emptied.
        wait_until(lambda: sorted(Counter(net.mapping().values()).values()) == [3, 3, 3],
                   "balanced")
        count = genl.do("move", {"from": index["eth1"], "member": index["eth2"]})["count"]
        ksft_eq(count, 3)
        pinned = {name for name, link in net.host.links("vnic").items()
                  if link["data"]["member"] == index["eth2"]}
        ksft_eq(len(pinned), 3)
        for name in pinned:
            net.on(name, "eth2")


# Turns red if one of them is pinned before the request is refused.
@case("PLC-6: a move that cannot be done whole is not done at all")
def move_nothing(net):
    with build(net) as genl:
        net.host.add("team9", "vnicteam")
        net.host.add("w1", "vnic", link="team9")
        run("modprobe", "dummy", check=False)
        net.host.add("stranger", "dummy")
        index = {name: link["index"] for name, link in net.host.links().items()}
        team, before = index["team0"], net.state()
        bad = (
            (errno.ENODEV, "no VNIC in slot 77", {"slot": [1, 77]}, ".slot"),
            (errno.EINVAL, "no VNIC", {"ifindex": [index["v1"], index["eth1"]]}, ".ifindex"),
            (errno.EINVAL, "one team at a time", {"ifindex": [index["v1"], index["w1"]]},
             ".ifindex"),
            (errno.ENODEV, "no interface", {"ifindex": [index["v1"], NOWHERE]}, ".ifindex"),
            (errno.EINVAL, "no member", {"slot": [1], "from": index["stranger"]}, ".from"),
        )
        for number, sentence, values, attr in bad:
            refused(number, sentence, genl.do, "move",
                    {"team": team, "member": index["eth3"], **values}, attr=attr)
        refused(errno.ENODEV, "no member of team0", genl.do, "move",
                {"team": team, "slot": [1, 2], "member": index["stranger"]}, attr=".member")
        refused(errno.ERANGE, "integer out of range", genl.do, "move",
                {"team": team, "slot": [1, 0], "member": 0}, attr=".slot")
        refused(errno.ERANGE, "integer out of range", genl.do, "move",
                {"team": team, "slot": [1017, 1], "member": 0}, attr=".slot")
        refused(errno.EINVAL, "where to", genl.do, "move", {"team": team, "slot": [1]},
                missing="member")
        refused(errno.EINVAL, "which VNICs", genl.do, "move", {"team": team, "member": 0},
                missing="slot")
        refused(errno.EINVAL, "slots are those of a team", genl.do, "move",
                {"slot": [1], "member": 0}, missing="team")
        ksft_eq(net.state(), before, "something was changed")
        net.host.delete("stranger")


# Turns red if the order is not carried out, or moves what is balanced already.
@case("PLC-6: a redistribution of what is even moves nothing, and says so")
def redistribute(net):
    with build(net, 6) as genl:
        before = net.mapping()
        ksft_eq(genl.do("redistribute", {"team": net.host.index("team0")}), {"count": 0})
        ksft_eq(net.mapping(), before)


# Turns red if the baseline is not taken, or rtnetlink's counters are touched.
@case("CTL-4: a flush has counters begin at zero, and leaves rtnetlink's as they are")
def flush(net):
    with build(net) as genl:
        team, link = net.host.index("team0"), net.host.link("v1")
        member = net.member_of("v1")
        outside = net.port("remote", "r0")

        def stats():
            vnic = genl.do("vnic-get", {"team": team, "slot": 1})["stats"]
            port = genl.do("member-get", {"ifindex": net.host.index(member)})["stats"]
            return vnic, port

        def traffic(frames):
            with net.port("host", "v1") as port:
                for _ in range(frames):
                    outside.send(frame(link["address"], "02:00:00:00:00:99"))
                gather({"v1": port}, frames)

        # There is some other traffic too.
        traffic(100)
        vnic, port = stats()
        shown = net.host.link("v1")["stats"]["rx_packets"]
        ksft_true(100 <= vnic["rx-packets"] <= shown and port["rx-packets"] >= 100, (vnic, port))
        genl.do("stats-flush", {"ifindex": team})
        before = net.host.link("v1")["stats"]
        vnic, port = stats()
        ksft_true(vnic["rx-packets"] < 50 and port["rx-packets"] < 50, (vnic, port))
        ksft_true(before["rx_packets"] >= shown, before)
        traffic(30)
        ksft_true(30 <= stats()[0]["rx-packets"] < 50 + 30, stats())
        outside.close()


# Turns red if an attribute is not looked for, or a kind of device not checked.
@case("CTL-2: each command names the attribute that it lacks, or that is wrong")
def bad_input(net):
    with build(net) as genl:
        index = {name: link["index"] for name, link in net.host.links().items()}
        team, before = index["team0"], net.state()
        for name in ("team-get", "team-set", "stats-flush"):
            refused(errno.EINVAL, "which team", genl.do, name, {}, missing="ifindex")
            refused(errno.EINVAL, "is no team", genl.do, name, {"ifindex": index["v1"]},
                    attr=".ifindex")
            refused(errno.ENODEV, "no interface", genl.do, name, {"ifindex": NOWHERE},
                    attr=".ifindex")
        refused(errno.EINVAL, "which team", genl.do, "redistribute", {}, missing="team")
        refused(errno.EINVAL, "is no team", genl.do, "redistribute", {"team": index["eth1"]},
                attr=".team")
        for name in ("member-get", "member-set"):
            refused(errno.EINVAL, "which member", genl.do, name, {}, missing="ifindex")
            refused(errno.EINVAL, "is no member", genl.do, name, {"ifindex": team},
                    attr=".ifindex")
        for name in ("vnic-get", "vnic-set"):
            refused(errno.EINVAL, "which VNIC", genl.do, name, {}, missing="ifindex")
            refused(errno.EINVAL, "its slot", genl.do, name, {"team": team}, missing="slot")
            refused(errno.EINVAL, "team's ifindex", genl.do, name, {"slot": 1}, missing="team")
            refused(errno.EINVAL, "is no VNIC", genl.do, name, {"ifindex": team},
                    attr=".ifindex")
            refused(errno.EINVAL, "is no team", genl.do, name,
                    {"team": index["v1"], "slot": 1}, attr=".team")
            refused(errno.ENODEV, "no VNIC in slot 9", genl.do, name,
                    {"team": team, "slot": 9}, attr=".slot")
            refused(errno.EINVAL, "another VNIC", genl.do, name,
                    {"ifindex": index["v1"], "team": team, "slot": 2}, attr=".team")
            for slot in (0, 1017):
                refused(errno.ERANGE, "out of range", genl.do, name,
                        {"team": team, "slot": slot}, attr=".slot")
        for name, key in (("team-set", {"ifindex": team}), ("vnic-set", {"ifindex": index["v1"]}),
                          ("member-set", {"ifindex": index["eth1"]})):
            refused(errno.EINVAL, "what to set", genl.do, name, key, missing="info")
        refused(errno.EINVAL, "no member", genl.dump, "vnic-get", {"member": team})
        refused(errno.EINVAL, "is no team", genl.dump, "vnic-get", {"team": index["eth1"]})
        refused(errno.ENODEV, "no interface", genl.dump, "member-get", {"team": NOWHERE})
        ksft_eq(net.state(), before, "something was changed")


# Turns red if a policy is missing: what is read only or out of range is taken.
@case("CTL-2: attributes that are read only, unknown or out of range are refused")
def bad_attributes(net):
    with build(net) as genl:
        index = {name: link["index"] for name, link in net.host.links().items()}
        team, vnic, before = index["team0"], index["v1"], net.state()
        for name, value in (("monitor-interval", 0), ("monitor-interval", 1001),
                            ("announce-count", 0), ("announce-count", 17),
                            ("announce-interval", 9), ("announce-interval", 10001),
                            ("announce-rate", 0), ("announce-rate", 1000001), ("grace", 10001)):
            refused(errno.ERANGE, "", genl.do, "team-set",
                    {"ifindex": team, "info": {name: value}}, attr=f".info.{name}")
        refused(errno.ENODEV, "no member of team0", genl.do, "team-set",
                {"ifindex": team, "info": {"member": vnic}}, attr=".info.member")
        refused(errno.ENODEV, "no member of team0", genl.do, "vnic-set",
                {"ifindex": vnic, "info": {"member": team}}, attr=".info.member")
        net.host.add("w1", "vnic", link="team0", address=net.host.link("v1")["address"],
                     data={"vlan": 9})
        refused(errno.EADDRINUSE, "is taken", genl.do, "vnic-set",
                {"ifindex": vnic, "info": {"vlan": 9}}, attr=".info.vlan")
        net.host.delete("w1")
        before = net.state()
        for name, value in (("mode", 3), ("vlan", 4095), ("spoofchk", 2), ("mac-change", 2)):
            refused(errno.ERANGE, "", genl.do, "vnic-set",
                    {"ifindex": vnic, "info": {name: value}}, attr=f".info.{name}")
        for name, value in (("role", 3), ("weight", 0), ("weight", 1001)):
            refused(errno.ERANGE, "", genl.do, "member-set",
                    {"ifindex": index["eth1"], "info": {name: value}}, attr=f".info.{name}")
        for name in ("active-member", "members", "vnics"):
            refused(errno.EINVAL, "", genl.do, "team-set",
                    {"ifindex": team, "info": {name: 1}}, attr=f".info.{name}")
        for name in ("state", "active-member", "moves", "move-cause", "move-detected"):
            refused(errno.EINVAL, "", genl.do, "vnic-set",
                    {"ifindex": vnic, "info": {name: 1}}, attr=f".info.{name}")
        for name in ("state", "vnics"):
            refused(errno.EINVAL, "", genl.do, "member-set",
                    {"ifindex": index["eth1"], "info": {name: 1}}, attr=f".info.{name}")
        for name, key, more in (("team-get", team, {"name": "team0"}),
                                ("team-set", team, {"event-seq": 1}),
                                ("vnic-get", vnic, {"address": b"123456"}),
                                ("vnic-set", vnic, {"member": 1}),
                                ("member-get", index["eth1"], {"team": team}),
                                ("stats-flush", team, {"info": {}})):
            refused(errno.EINVAL, "", genl.do, name, {"ifindex": key, **more},
                    attr="." + next(iter(more)))
        refused(errno.EINVAL, "", genl.dump, "team-get", {"ifindex": team})
        refused(errno.EINVAL, "", genl.dump, "vnic-get", {"team": team, "slot": 1})
        ksft_eq(net.state(), before, "something was changed")


def attempt(genl, index, wanted, give_up):
    """Tries every command without rights; returns what was wrong."""
    give_up()
    team, wrong = index["team0"], []
    for name, values in (("team-set", {"ifindex": team, "info": {"grace": 1}}),
                         ("member-set", {"ifindex": index["eth1"], "info": {}}),
                         ("vnic-set", {"ifindex": index["v1"], "info": {"mode": "vepa"}}),
                         ("move", {"team": team, "slot": [1], "member": 0}),
                         ("redistribute", {"team": team}),
                         ("stats-flush", {"ifindex": team})):
        try:
            genl.do(name, values)
            wrong.append(f"{name} was allowed")
        except NlError as error:
            if error.error != errno.EPERM:
                wrong.append(f"{name}: {error}")
    for name, one in wanted.items():
        found = [(entry["ifindex"], entry["name"]) for entry in genl.list(name)]
        if found != one:
            wrong.append(f"{name}: {found}")
    return wrong


# Turns red if a command lacks GENL_UNS_ADMIN_PERM, or a get has it.
@case("SEC-3: who has no rights in the namespace reads, and changes nothing")
def unprivileged(net):
    with build(net) as genl:
        index = {name: link["index"] for name, link in net.host.links().items()}
        before = net.state()
        wanted = {name: [(entry["ifindex"], entry["name"]) for entry in genl.list(name)]
                  for name in ("team-get", "member-get", "vnic-get")}
        for give_up in (give_up_rights, become_root_of_own_namespaces):
            ksft_eq(as_child(attempt, genl, index, wanted, give_up), [])
        ksft_eq(net.state(), before, "something was changed")


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
