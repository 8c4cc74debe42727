#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
tool_vnicteam.py - the program vnicteam shows what rtnetlink shows, tells events
as they happen and says when some are lost, moves and redistributes, refuses
with a sentence and an exit status of its own for each reason (CTL-2, CTL-3,
CTL-4, PLC-6).
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from frames import frame  # noqa: E402
from ktap import (WAIT, case, defer, ksft_eq, ksft_ge, ksft_gt, ksft_in, ksft_not_in,  # noqa: E402
                  ksft_true, run_cases, wait_until)
from rtnl import CAUSE_ADMIN  # noqa: E402
from topology import Net, run  # noqa: E402

OUTSIDER = "02:00:00:00:00:99"
FAILED, USAGE, NOT_LOADED, NOT_FOUND, NOT_PERMITTED = 1, 2, 3, 4, 5
RMEM_MAX = "/proc/sys/net/core/rmem_max"
MODPROBE = "/proc/sys/kernel/modprobe"


def tool(net, *words, before=(), status=0, **environment):
    """Runs vnicteam on the host; returns what it printed, or said if it fails as it should."""
    done = subprocess.run(["ip", "netns", "exec", net.names["host"], *before, "vnicteam", *words],
                          check=False, capture_output=True, text=True, timeout=WAIT,
                          env={**os.environ, **environment})
    ksft_eq(done.returncode, status, f"{words}: {done.stderr}")
    return done.stderr if status else done.stdout


def shown(net, *names):
    """What it shows of team0, as it is now."""
    return json.loads(tool(net, "--json", "show", "--interval", "0", *names))[0]


def build(net, vnics=4):
    """A team with VNICs v1.., whose planned moves end at once."""
    net.clear()
    net.team(grace=0)
    for number in range(1, vnics + 1):
        net.vnic(f"v{number}")


class Monitor:
    """vnicteam monitor in the background; its lines are read as they come."""

    def __init__(self, net, *words):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", net.names["host"], "vnicteam", "--json", "monitor", *words],
            stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        """Reads until it ends."""
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def until(self, wanted):
        """All that it told up to the first that is wanted."""
        told = []
        while not told or not wanted(told[-1]):
            try:
                told.append(self.lines.get(timeout=WAIT))
            except queue.Empty:
                ksft_true(False, f"not told; what was: {told}")
                break
        return told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


# Turns red if anything is decoded wrongly, or said of another one.
@case("CTL-4: who is where is what rtnetlink shows, wherever a VNIC is")
def show(net):
    build(net)
    net.host.change("v2", "vnic", {"member": "eth3", "mode": 1})
    net.on("v2", "eth3")
    address = net.host.link("v4")["address"]
    run("ip", "-n", net.names["host"], "link", "set", "v4", "netns", net.names["remote"])
    team = shown(net)
    links = net.host.links()
    ksft_eq((team["name"], team["ifindex"], team["grace"]), ("team0", links["team0"]["index"], 0))
    ksft_eq(team["active_member"], net.member_of("team0"))
    ksft_eq([one["name"] for one in team["members"]], net.members())
    for one in team["members"]:
        ksft_eq(one["state"], "up")
        ksft_eq(one["vnics"], links[one["name"]]["slave_data"]["vnics"], one["name"])
        # That of a veth.
        ksft_eq(one["capacity"], 10_000_000_000)
    vnics = {one["name"]: one for one in team["vnics"]}
    ksft_eq(sorted(vnics), ["v1", "v2", "v3", "v4"])
    for name, member in net.mapping().items():
        ksft_eq(vnics[name]["active_member"], member, name)
        ksft_eq(vnics[name]["address"], links[name]["address"], name)
        ksft_eq(vnics[name]["moves"], links[name]["data"]["moves"], name)
        ksft_not_in("netnsid", vnics[name])
    ksft_eq((vnics["v2"]["member"], vnics["v2"]["mode"]), ("eth3", "private"))
    ksft_eq(vnics["v4"]["address"], address)
    said = run("ip", "-n", net.names["host"], "netns", "list-id")
    ksft_in(f"nsid {vnics['v4']['netnsid']} ", said)
    # By any name, and in words.
    ksft_eq([one["name"] for one in shown(net, "eth3")["members"]], ["eth3"])
    for name in ("v4", f"v4@{vnics['v4']['netnsid']}", f"team0/{vnics['v4']['slot']}"):
        ksft_eq([one["name"] for one in shown(net, name)["vnics"]], ["v4"])
    words = tool(net, "show", "-i", "0").split()
    for name in ("team0:", "(team0)", "eth1", "v1", f"v4@{vnics['v4']['netnsid']}", address):
        ksft_in(name, words)


# Turns red if a counter is another one, or rates are not of the time between.
@case("CTL-4: counters and rates are those of the frames that were sent")
def counters(net):
    build(net, 1)
    before = shown(net)["vnics"][0]["stats"]["tx_packets"]
    source = net.host.link("v1")["address"]
    with net.port("host", "v1") as port:
        for _ in range(7):
            port.send(frame(OUTSIDER, source))
        wait_until(lambda: shown(net)["vnics"][0]["stats"]["tx_packets"] == before + 7, "sent")
        words = [line.split() for line in tool(net, "show", "-i", "0", "-s").splitlines()]
        ksft_in(str(before + 7), [line[3] for line in words if line and line[0] == "v1"])
        # While frames are sent without end there is a rate.
        stop = threading.Event()

        def flood():
            while not stop.is_set():
                port.send(frame(OUTSIDER, source, b"x" * 1000))
        sender = threading.Thread(target=flood)
        sender.start()
        team = json.loads(tool(net, "-j", "show"))[0]
        looks = tool(net, "-j", "top", "-i", "0.2", "-n", "2").splitlines()
        stop.set()
        sender.join()
    ksft_eq(len(looks), 2)
    for one in (team, *(json.loads(look)[0] for look in looks)):
        ksft_gt(one["vnics"][0]["rate"]["tx_bits"], 0)
        carrier = [m for m in one["members"] if m["name"] == one["vnics"][0]["active_member"]]
        ksft_gt(carrier[0]["rate"]["tx_bits"], 0)
        ksft_in("load_percent", carrier[0])


# Turns red if control codes go to what is no terminal, or --color does nothing.
@case("CTL-4: colours only on demand if nobody sees them, never characters that are not ASCII")
def colours(net):
    build(net, 1)
    ksft_not_in("\x1b", tool(net, "show", "-i", "0"))
    ksft_in("\x1b[32mup\x1b[0m", tool(net, "show", "-i", "0", "--color", "always"))
    ksft_true(tool(net, "show", "-i", "0", "--ascii").isascii(), "ASCII")


# Turns red if a name is not found, a pin is not set, or --wait returns early.
@case("PLC-6: VNICs are moved by name and slot, all of a member, and set free")
def move(net):
    build(net)
    ksft_eq(tool(net, "move", "v1", "team0/2", "--to", "eth3", "--wait", "20"),
            "2 VNICs pinned to eth3\n")
    ksft_eq([net.member_of(name) for name in ("v1", "v2")], ["eth3", "eth3"])
    ksft_eq(net.host.link("v1")["data"]["move_cause"] in (0, CAUSE_ADMIN), True)
    count = sum(member == "eth3" for member in net.mapping().values())
    said = json.loads(tool(net, "-j", "move", "--from", "eth3", "--to", "eth2", "--wait", "20"))
    ksft_eq(said, {"pinned": count, "to": "eth2"})
    ksft_eq([net.member_of(name) for name in ("v1", "v2")], ["eth2", "eth2"])
    run("ip", "-n", net.names["host"], "link", "set", "v1", "netns", net.names["remote"])
    tool(net, "move", "v1", "--to", "eth1", "--wait", "20")
    ksft_eq(net.remote.link("v1")["data"]["active_member"], net.host.index("eth1"))
    tool(net, "move", "v1", "--to", "auto")
    ksft_eq(net.remote.link("v1")["data"]["member"], 0)


# Turns red if the order does not reach the engine, or counts are not what is left.
@case("PLC-6: a redistribution is ordered; afterwards counts differ by one at most")
def redistribute(net):
    build(net, 6)
    with Monitor(net, "--state") as told:
        told.until(lambda event: event["event"] == "state")
        ksft_eq(tool(net, "redistribute", "team0"), "team0: 0 moves\n")
        heard = told.until(lambda event: event["event"] == "redistribution-ended")
    ksft_eq([(event["event"], event["moves"]) for event in heard],
            [("redistribution-started", 0), ("redistribution-ended", 0)])
    ksft_eq(json.loads(tool(net, "-j", "redistribute")), {"team": "team0", "moves": 0})
    counts = Counter(net.mapping().values())
    ksft_ge(1, max(counts.values()) - min(counts.values()))


# Turns red if two reasons have the same status, or the kernel's words are lost.
@case("CTL-2: each refusal has a sentence, and a status for its reason")
def refusals(net):
    build(net)
    net.host.add("team1", "vnicteam")
    ksft_in("no team, member or VNIC nix", tool(net, "show", "nix", status=NOT_FOUND))
    ksft_in("no team, member or VNIC v9",
            tool(net, "move", "v9", "--to", "eth1", status=NOT_FOUND))
    ksft_in("no member", tool(net, "move", "v1", "--to", "team0", status=USAGE))
    ksft_in("--from eth1", tool(net, "move", "eth1", "--to", "eth2", status=USAGE))
    ksft_in("no team", tool(net, "redistribute", "eth1", status=USAGE))
    for words in ("show --interval x", "show -i -1", "monitor -n 0", "move v1", "", "nix"):
        tool(net, *words.split(), status=USAGE)
    ksft_in("terminal", tool(net, "top", status=USAGE))
    # v1 cannot be on a member that is down in time.
    net.cut(2)
    defer(net.join, 2)
    tool(net, "move", "v1", "--to", "eth2", "--wait", "0.1", status=FAILED)
    nobody = ("setpriv", "--reuid", "65534", "--clear-groups")
    ksft_in("root", tool(net, "redistribute", "team0", before=nobody, status=NOT_PERMITTED))
    ksft_in("root", tool(net, "move", "v1", "--to", "eth1", before=nobody, status=NOT_PERMITTED))
    ksft_eq(len(json.loads(tool(net, "-j", "show", "-i", "0", before=nobody))), 2)
    # Who reads has seen enough.
    full = subprocess.run(f"ip netns exec {net.names['host']} vnicteam show -i 0 >/dev/full",
                          shell=True, check=False, capture_output=True, text=True)
    ksft_eq(full.returncode, FAILED)
    ksft_in("cannot write", full.stderr)


# Turns red if an event is not decoded, not in order, or told again.
@case("CTL-3: a fault is told as it happens: the member, and each VNIC that moves")
def monitor(net):
    build(net, 6)
    hit = sorted(name for name, member in net.mapping().items() if member == "eth1")
    ksft_true(hit, "somebody is on eth1")
    with Monitor(net, "--state") as told:
        state = told.until(lambda event: True)[0]
        ksft_eq((state["event"], state["lost"]), ("state", 0))
        ksft_eq(len(state["teams"][0]["vnics"]), 6)
        net.cut(1)
        moves = []
        for _ in range(len(hit)):
            moves += told.until(lambda event: event["event"] == "vnic-moved" and
                                event.get("vnic") in hit)
        ksft_eq([event["member"] for event in moves if event["event"] == "member-down"], ["eth1"])
        moved = [event for event in moves if event["event"] == "vnic-moved"
                 and event.get("vnic") in hit]
        ksft_eq(sorted(event["vnic"] for event in moved), hit)
        for event in moved:
            ksft_eq((event["from"], event["cause"]), ("eth1", "fault"))
            ksft_in(event["to"], ("eth2", "eth3"))
            ksft_gt(event["duration_ns"], 0)
        numbers = [event["seq"] for event in moves]
        ksft_eq(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        net.join(1)
        told.until(lambda event: event["event"] == "member-up" and event["member"] == "eth1")
        net.host.delete("v6")
        told.until(lambda event: event["event"] == "vnic-deleted" and event["vnic"] == "v6")


# Turns red if names do not choose, or it goes on after its count.
@case("CTL-3: only what is about a name, and no more than was asked for")
def monitor_some(net):
    build(net, 2)
    with Monitor(net, "--state", "--count", "2", "v1") as told:
        told.until(lambda event: event["event"] == "state")
        tool(net, "move", "v2", "--to", "eth3", "--wait", "20")
        for member in ("eth2", "eth1", "eth3"):
            tool(net, "move", "v1", "--to", member, "--wait", "20")
        ksft_eq(told.process.wait(WAIT), 0)
        events = told.until(lambda event: True) + told.until(lambda event: True)
        ksft_eq([event["vnic"] for event in events], ["v1", "v1"])


# Turns red if a loss is not noticed, or the state after it is an old one.
@case("CTL-3: a listener that did not read is told how many were lost, and the state now")
def monitor_loses(net):
    build(net, 2)
    with open(RMEM_MAX, encoding="ascii") as file:
        before = file.read()

    def room(text):
        with open(RMEM_MAX, "w", encoding="ascii") as file:
            file.write(text)

    room("4608")
    defer(room, before)
    with Monitor(net, "--state") as told:
        told.until(lambda event: event["event"] == "state")
        told.process.send_signal(signal.SIGSTOP)
        for number in range(60):
            net.vnic(f"w{number}")
        net.host.delete("w59")
        told.process.send_signal(signal.SIGCONT)
        heard = told.until(lambda event: event["event"] == "state")
        ksft_gt(heard[-1]["lost"], 0)
        names = [one["name"] for one in heard[-1]["teams"][0]["vnics"]]
        ksft_eq(sorted(names), sorted(net.mapping()))
        # Known ones are not told again, and it goes on.
        net.host.delete("w0")
        after = told.until(lambda event: event.get("vnic") == "w0")
        ksft_gt(after[0]["seq"], heard[-1]["teams"][0]["event_seq"])


# Turns red if the lack of the module is taken for something else.
@case("CTL-2: without the module it says what to do")
def no_module(net):
    net.clear()
    with open(MODPROBE, encoding="ascii") as file:
        before = file.read().strip()

    def loader(path):
        with open(MODPROBE, "w", encoding="ascii") as file:
            file.write(path)

    # Else the kernel would load it when it is asked for the family.
    loader("/bin/false")
    defer(run, "modprobe", "vnicteam")
    defer(loader, before)
    run("rmmod", "vnicteam")
    for words in (("show",), ("monitor",), ("move", "v1", "--to", "eth1")):
        ksft_in("modprobe vnicteam", tool(net, *words, status=NOT_LOADED))
    ksft_in("complete", tool(net, "completion", "bash"))
    ksft_in("Exit status", tool(net, "--help"))


if __name__ == "__main__":
    with Net(3) as topology:
        # Nobody but the test sends.
        run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1", netns=topology.names["host"])
        STATUS = run_cases(topology)
    sys.exit(STATUS)
