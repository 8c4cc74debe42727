#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
demo.py - what vnicteam does, to look at: six VNICs, the NICs of six containers,
over a team of three NICs on two switches. TCP runs on each VNIC all the time
while links are cut and come back and a VNIC is moved by hand. Runs in the VM
(make demo). Exits with 1 if a transfer broke.
"""

import os
import re
import shutil
import socket
import sys
import time

# In the VM this folder may be shared alone: the lab's library knows the checkout.
BESIDE = (os.path.dirname(os.path.abspath(__file__)) + "/../lib",
          os.path.dirname(os.environ.get("VM_LIB", "")) + "/../../lib")
sys.path[:0] = [path for path in BESIDE if os.path.exists(path + "/topology.py")]
# pylint: disable=wrong-import-position
from container import Container  # noqa: E402
from frames import ETH_P_RARP, ETH_P_TEST  # noqa: E402
from ktap import wait_until  # noqa: E402
from rtnl import CAUSE_FAULT, IFF_LOWER_UP  # noqa: E402
from streams import Stream, Streams  # noqa: E402
from topology import SUBNET, Net, run  # noqa: E402

SO_TIMESTAMP = 29  # asm-generic/socket.h
NICS = {"eth1": ("virtio-net", "sw1"), "eth2": ("virtio-net", "sw2"), "eth3": ("e1000e", "sw1")}
VM_MEMBERS = (0, 1, 4)
VNICS = [f"vnic{number}" for number in range(6)]
FRAME_EVERY = 0.01  # s between numbered frames of each VNIC
AFTERWARDS = 0.6    # s that frames go on after an event

DRAWING = r"""
                        remote host  {remote}
                        six iperf3 servers
                             |
        +--------------------+-------+         +----------------------------+
        |  switch sw1                |  trunk  |                 switch sw2 |
        |                            |=========|                            |
        +-----+----------------+-----+         +--------------+-------------+
              |                |                              |
            eth1             eth3                           eth2
          virtio-net        e1000e                        virtio-net
        +-----+----------------+------------------------------+-------------+
        |                    team0   (type vnicteam)                        |
        +--+----------+----------+----------+----------+----------+---------+
         vnic0      vnic1      vnic2      vnic3      vnic4      vnic5
           |          |          |          |          |          |
        [ six containers, each with one VNIC, an address and a TCP transfer ]

The switches are plain bridges. They know nothing of the team or of each other,
and nothing is configured on them.
"""


# --- how it looks -----------------------------------------------------------

COLOUR = sys.stdout.isatty() and os.environ.get("NO_COLOR") is None


def paint(text, code):
    """Text in a colour, if there is a terminal to show it."""
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def bold(text):
    """A heading."""
    return paint(text, "1")


def good(text):
    """What went right."""
    return paint(text, "32")


def bad(text):
    """What went wrong or is down."""
    return paint(text, "31")


def changed(text):
    """What is new since the last time."""
    return paint(text, "1;33")


def say(text=""):
    """Prints at once."""
    print(text, flush=True)


def heading(text):
    """Begins a chapter."""
    say()
    say(bold(f"── {text} " + "─" * max(0, 74 - len(text))))


# --- one event --------------------------------------------------------------

class Moment:
    """Everything that was seen of one event."""

    def __init__(self, demo):
        self.demo = demo
        self.before = demo.state()
        self.wires = demo.net.wires(ethertype=(ETH_P_RARP, ETH_P_TEST))
        remote = demo.net.port("remote", "r0")
        remote_mac = demo.net.remote.link("r0")["address"]
        self.ports, streams = [remote], []
        for box in demo.containers:
            port = demo.port(box)
            self.ports.append(port)
            streams += [Stream(f"{box.vnic} out", port, remote, remote_mac, box.mac),
                        Stream(f"{box.vnic} in", remote, port, box.mac, remote_mac)]
        self.streams = Streams(streams, FRAME_EVERY)
        self.begun = self.done = 0
        self.seen = []

    def happen(self, action, settled):
        """Does something while frames run; `settled` says when its effects are there."""
        with self.streams:
            for port in self.wires.values():
                while port.receive():
                    pass
            # Packets are stamped with the time of day, moves with the monotonic clock.
            self.offset = time.time_ns() - time.monotonic_ns()
            self.begun = time.monotonic_ns()
            action()
            self.done = time.monotonic_ns()
            wait_until(settled, "the team settles", pause=0.05)
            time.sleep(AFTERWARDS)
        for member, port in self.wires.items():
            while one := port.receive():
                self.seen.append((one.stamp - self.offset, member, one))
        self.seen.sort(key=lambda entry: entry[0])
        for port in (*self.ports, *self.wires.values()):
            port.close()
        self.after = self.demo.state()

    def moved(self):
        """VNICs that moved, in the order in which they did: (when, name, from, to, data)."""
        found = []
        for vnic, (member, data) in self.after.items():
            if data["moves"] != self.before[vnic][1]["moves"]:
                found.append((data["move_resumed"], vnic, self.before[vnic][0], member, data))
        return sorted(found)

    def first(self, ethertype, macs, since):
        """{MAC: (when, member)} of the first frame of a kind after the VNIC moved."""
        found = {}
        for stamp, member, one in self.seen:
            if one.ethertype == ethertype and one.source in macs:
                vnic, to = macs[one.source]
                if stamp >= since[vnic] and member == to:
                    found.setdefault(one.source, (stamp, vnic, member))
        return list(found.values())

    def timeline(self, what):
        """Prints what happened when, in ms after it began."""
        def line(when, text):
            say(f"  {'' if when is None else f'+{(when - self.begun) / 1e6:8.1f} ms':>12}  {text}")

        moved = self.moved()
        since = {vnic: data["move_detected"] for _, vnic, _, _, data in moved}
        macs = {box.mac: (box.vnic, self.after[box.vnic][0]) for box in self.demo.containers
                if box.vnic in since}
        say(f"  {time.strftime('%H:%M:%S'):>12}  {bold(what)}")
        entries = [(self.done, "the command has returned")]
        if moved:
            cause = "loss detected" if moved[0][4]["move_cause"] == CAUSE_FAULT else "moves began"
            entries.append((min(since.values()), cause))
            for number, (when, vnic, old, new, _) in enumerate(moved, 1):
                entries.append((when, changed(
                    f"{number} of {len(moved)} moved: {vnic} from {old or 'standby'} to {new}")))
            for ethertype, text in ((ETH_P_RARP, "announced to the switches"),
                                    (ETH_P_TEST, "first frames over new members")):
                came = sorted(self.first(ethertype, macs, since))
                if came:
                    entries.append((came[0][0], f"{text}: {came[0][1]} on {came[0][2]}"
                                    + (" ..." if len(came) > 1 else "")))
                if len(came) > 1:
                    entries.append((came[-1][0], f"{text}: all {len(came)}"))
        for when, text in sorted(entries):
            line(when, text)
        self.lost({vnic for _, vnic, *_ in moved})

    def lost(self, moved):
        """Prints frames lost by the VNICs that moved and by the others."""
        for who, names in (("that moved", moved), ("that stayed", set(VNICS) - moved)):
            reports = [report for name, report in self.streams.reports.items()
                       if name.split()[0] in names]
            if not reports:
                continue
            lost, sent = sum(r.lost for r in reports), sum(r.sent for r in reports)
            twice = sum(r.duplicates for r in reports)
            text = f"{lost} of {sent} frames lost" + (f", {twice} doubled" if twice else "")
            say(f"{'':14}  VNICs {who}: {good(text) if not lost + twice else changed(text)}"
                f", longest pause {max(r.gap for r in reports):.0f} ms")


# --- the play ---------------------------------------------------------------

class Demo:
    """The set-up and its acts."""

    def __init__(self, net):
        self.net, self.shown = net, {}
        net.team()
        self.indices = {net.host.index(member): member for member in net.members()}
        self.containers = [Container(net, vnic, number) for number, vnic in enumerate(VNICS)]

    def port(self, box):
        """A packet socket in a container."""
        self.net.names[box.netns] = box.netns
        port = self.net.port(box.netns, box.vnic)
        del self.net.names[box.netns]
        return port

    def state(self):
        """{VNIC: (member or None, what the kernel says of it)}."""
        links = {box.vnic: box.link()["data"] for box in self.containers}
        return {vnic: (self.indices.get(data["active_member"]), data)
                for vnic, data in links.items()}

    def on(self, *members):
        """Whether the VNICs are spread evenly over these members and no others."""
        places = [member for member, _ in self.state().values()]
        counts = [places.count(member) for member in members]
        return sum(counts) == len(places) and max(counts) - min(counts) <= 1

    def table(self):
        """Prints which VNIC is on which member, and what is new."""
        width = 13
        state = {vnic: member for vnic, (member, _) in self.state().items()}
        say(f"  {'':8}" + "".join(f"{member:<{width}}" for member in NICS) + "TCP")
        say(f"  {'':8}" + "".join(f"{kind + ' ' + switch:<{width + 3}}"[:width]
                                 for kind, switch in ((k.replace("virtio-net", "virtio"), s)
                                                      for k, s in NICS.values())))
        cells = ""
        for member in NICS:
            up = self.net.host.link(member)["flags"] & IFF_LOWER_UP
            cells += good(f"{'link up':<{width}}") if up else bad(f"{'LINK LOST':<{width}}")
        say(f"  {'':8}" + cells)
        for box in self.containers:
            member, old = state[box.vnic], self.shown.get(box.vnic, state[box.vnic])
            cells = ""
            for one in NICS:
                mark = "●" if one == member else "·"
                cell = f"{mark:<{width}}"
                cells += changed(cell) if one == member != old else cell
            note = good("running") if box.alive() else bad("BROKE")
            if member is None:
                note += "  " + bad("standby")
            elif member != old:
                note += "  " + changed(f"◀ was on {old or 'no member'}")
            say(f"  {box.vnic:8}{cells}{note}")
        self.shown = state

    def act(self, title, what, action, settled):
        """An event with its timeline and the table after it."""
        heading(title)
        moment = Moment(self)
        moment.happen(action, settled)
        moment.timeline(what)
        say()
        self.table()

    def start(self):
        """Starts all transfers."""
        for box in self.containers:
            box.listen(self.net)
        # All ports are in LISTEN (0A) state.
        wanted = {f":{box.port:04X}" for box in self.containers}

        def listening():
            text = run("cat", "/proc/net/tcp", "/proc/net/tcp6", netns=self.net.names["remote"])
            return wanted <= set(re.findall(r"(:[0-9A-F]{4}) \S+ 0A ", text))

        wait_until(listening, "iperf3 servers listen", pause=0.2)
        for box in self.containers:
            box.transfer()

        def running():
            return all(box.link()["stats"]["tx_bytes"] > 20000 or not box.alive()
                       for box in self.containers)

        wait_until(running, "all transfers run", pause=0.2)

    def member_up(self, member):
        """Whether the team can use a member."""
        return self.net.host.link(member)["slave_data"]["state"]

    def verdict(self):
        """Ends the transfers and says how they fared; the exit status."""
        heading("What the TCP transfers say")
        broken = 0
        for box in self.containers:
            came, again, pause, error = box.finish()
            fine = came > 0 and not error
            broken += not fine
            text = f"{came / 1e6:6.2f} MB, {again:3} segments sent again"
            if pause:
                text += f", no data for up to {pause:.1f} s"
            moves = box.link()["data"]["moves"]
            say(f"  {box.vnic:8}{text}, moved {moves} times  "
                + (good("went on to the end") if fine else bad(f"BROKE: {error}")))
        say()
        count = len(VNICS)
        if broken:
            say(bad(bold(f"FAILED: {broken} of {count} TCP transfers broke.")))
        else:
            say(good(bold(f"All {count} TCP transfers went on through two lost links, two "
                          "recoveries and a move by hand.")))
        return 1 if broken else 0

    def close(self):
        """Removes the containers."""
        for box in self.containers:
            box.close()


def play(demo):
    """All acts."""
    net = demo.net
    say(DRAWING.format(remote=f"{SUBNET}.254"))
    heading("Six containers send TCP")
    demo.start()
    demo.table()
    net.join(1)  # changes nothing: the monitor is opened, so that cuts are prompt
    demo.act("A link is cut", "link of eth1 cut (QEMU: set_link net0 off)",
             lambda: net.cut(1), lambda: demo.on("eth2", "eth3"))
    demo.act("A second one, of another make", "link of eth3 cut (QEMU: set_link net4 off)",
             lambda: net.cut(3), lambda: demo.on("eth2"))
    demo.act("One link comes back: VNICs are spread again, at once and without loss",
             "link of eth1 restored", lambda: net.join(1), lambda: demo.on("eth1", "eth2"))
    demo.act("The other one too", "link of eth3 restored",
             lambda: net.join(3), lambda: demo.on("eth1", "eth2", "eth3"))
    vnic = VNICS[0]
    member = next(m for m in ("eth2", "eth3", "eth1") if m != demo.state()[vnic][0])
    box = demo.containers[0]
    # The administrator of the team orders it; the container cannot.
    demo.act("A VNIC is moved by hand", f"ip link set {vnic} type vnic member {member}",
             lambda: box.rtnl.change(vnic, "vnic", {"member": net.host.index(member)}),
             lambda: demo.state()[vnic][0] == member and demo.on("eth1", "eth2", "eth3"))
    return demo.verdict()


def main():
    """Sets up, plays, cleans up."""
    if not shutil.which("iperf3"):
        say("demo: iperf3 is missing: run it in the VM with make demo")
        return 4
    begun = time.monotonic()
    # While somebody wants time stamps the kernel does not patch its receive path to and fro,
    # which QEMU's emulation does not always survive (see selftests/vm/run_kselftests).
    stamped = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stamped.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
    say("Setting up the network ...")
    with Net(3, "vm", vm_members=VM_MEMBERS, switch_of=(1, 2, 1)) as net:
        demo = Demo(net)
        try:
            status = play(demo)
        finally:
            demo.close()
            stamped.close()
    say(f"({time.monotonic() - begun:.0f} s)")
    return status


if __name__ == "__main__":
    sys.exit(main())
