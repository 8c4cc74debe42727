#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
soak.py - several processes at once make and delete teams, members, VNICs and
namespaces, flap links, change MACs and MTUs, load and unload the module, all
under traffic, on the same few names (GRP-1, GRP-2, GRP-6, VNIC-1, SEC-3). What
a request comes to does not matter; that the kernel is sound does: nobody hangs,
everything can be removed, and a team works after that.

MINUTES=n SEED=s, or on the kernel's command line soak.minutes=n soak.seed=s.
What each process does follows from the seed.
"""
# timeout: 1000
# vm: debug

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import collections  # noqa: E402
import errno  # noqa: E402
import json  # noqa: E402
import mmap  # noqa: E402
import random  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402

import rtnl  # noqa: E402
from frames import (BROADCAST, ETH_P_ALL, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC,  # noqa: E402
                    frame)
from ktap import case, ksft_eq, ksft_gt, ksft_pr, ksft_true, run_cases, wait_until  # noqa: E402
from rtnl import InNetns, Rtnl, attr  # noqa: E402
from topology import Net, run  # noqa: E402

STUCK = 180  # s without an operation, after which a process hangs


def setting(name, default):
    """From the environment, or else from the kernel's command line."""
    with open("/proc/cmdline", encoding="ascii") as file:
        said = dict(word.split("=", 1) for word in file.read().split() if "=" in word)
    return os.environ.get(name.upper()) or said.get(f"soak.{name}") or default


MINUTES = float(setting("minutes", "1"))
SEED = setting("seed", "1")

TEAMS = ("team0", "team1")
VNICS = tuple(f"v{number}" for number in range(8))
MEMBERS = ("eth1", "eth2", "eth3", "d0", "d1")
WIRES = ("p1", "p2", "p3")
VM_MEMBERS = (0, 1, 4)  # two virtio-net, one e1000e


def mac(name):
    """The MAC of a VNIC, so that traffic finds it."""
    return f"02:00:00:00:77:{VNICS.index(name):02x}"


class Actor:
    """One process: operations by weight, one after the other."""

    def __init__(self, net, name, pause=0.0):
        self.net, self.name, self.pause = net, name, pause
        self.chance = random.Random(f"{SEED}/{name}")
        self.host = Rtnl(net.names["host"])
        self.host.sock.settimeout(STUCK)
        self.operations = {}
        self.counts = collections.Counter()

    def any(self, names):
        """One of these."""
        return self.chance.choice(names)

    def step(self):
        """One operation. What is drawn does not depend on what came of others."""
        names = list(self.operations)
        name = self.chance.choices(names, [self.operations[name][0] for name in names])[0]
        try:
            self.operations[name][1]()
            outcome = "done"
        except OSError as error:
            outcome = errno.errorcode.get(error.errno, type(error).__name__)
        self.counts[f"{name} {outcome}"] += 1


class Configurator(Actor):
    """Teams, members and VNICs come, go and are changed."""

    def __init__(self, net, name):
        super().__init__(net, name)
        self.operations = {
            "add team": (4, self.add_team), "delete team": (1, self.delete_team),
            "set up": (3, self.set_up), "set team": (2, self.set_team),
            "add member": (8, self.add_member), "release member": (3, self.release_member),
            "add VNIC": (8, self.add_vnic), "delete VNIC": (3, self.delete_vnic),
            "pin": (4, self.pin), "set mode": (1, self.set_mode),
            "add VLAN": (1, self.add_vlan), "add macvlan": (1, self.add_macvlan),
            "add address": (2, self.add_address), "dump": (2, self.dump),
        }

    def add_team(self):
        """With a grace that is sometimes none."""
        name, grace = self.any(TEAMS), self.any((0, 5, 100))
        self.host.add(name, "vnicteam", data={"grace": grace}, up=True)

    def delete_team(self):
        """With all that is on it."""
        self.host.delete(self.any(TEAMS))

    def set_up(self):
        """A team or a VNIC, more often up than down."""
        self.host.set(self.any(TEAMS + VNICS), up=self.chance.random() < 0.8)

    def set_team(self):
        """The monitor and the announcements."""
        self.host.change(self.any(TEAMS), "vnicteam", {
            "monitor_interval": self.any((1, 10, 100)), "announce_count": self.any((1, 16)),
            "announce_interval": self.any((10, 200))})

    def add_member(self):
        """From one team to another too."""
        member, team = self.any(MEMBERS), self.any(TEAMS)
        self.host.set(member, master=team)

    def release_member(self):
        """By hand."""
        self.host.set(self.any(MEMBERS), master=0)

    def add_vnic(self):
        """Pinned or not, with the MAC that traffic goes to."""
        name, team, member = self.any(VNICS), self.any(TEAMS), self.any(MEMBERS + (None,) * 5)
        data = {"member": self.host.index(member)} if member else None
        self.host.add(name, "vnic", data=data, link=team, address=mac(name), up=True)

    def delete_vnic(self):
        """With what is above it."""
        self.host.delete(self.any(VNICS))

    def pin(self):
        """Moves one by hand, or frees it."""
        name, member = self.any(VNICS), self.any(MEMBERS + (0, 0))
        self.host.change(name, "vnic", {"member": member})

    def set_mode(self):
        """bridge, private or vepa."""
        name, mode = self.any(VNICS), self.chance.randrange(3)
        self.host.change(name, "vnic", {"mode": mode})

    def add_vlan(self):
        """A VLAN device on a VNIC."""
        name, vid = self.any(VNICS), self.chance.randrange(1, 4)
        info = attr(1, b"vlan\0") + attr(2 | rtnl.NLA_F_NESTED, attr(1, struct.pack("=H", vid)))
        # pylint: disable=protected-access
        self.host.request(rtnl.RTM_NEWLINK, rtnl.CREATE | rtnl.EXCL, self.host._body(
            0, True, {"name": f"{name}.{vid}", "link": name, "linkinfo": info}))

    def add_macvlan(self):
        """Further addresses on a VNIC."""
        name = self.any(VNICS)
        self.host.add(f"m{name}", "macvlan", link=name, up=True)

    def add_address(self):
        """An address to announce."""
        name, last = self.any(VNICS + TEAMS), self.chance.randrange(1, 200)
        self.host.address(name, f"192.0.2.{last}", 24)

    def dump(self):
        """All that there is to be seen."""
        self.host.links()
        self.host.filters(self.any(MEMBERS))


class Flapper(Actor):
    """Links go and come, MACs and MTUs change."""

    def __init__(self, net, name):
        super().__init__(net, name, pause=0.02)
        self.operations = {
            "cut or join": (6, self.plug), "admin down or up": (4, self.admin),
            "change MAC": (3, self.change_mac), "change MTU": (3, self.change_mtu),
            "rename": (1, self.rename),
        }

    def plug(self):
        """The link of a NIC of the VM."""
        number, plugged = self.any((1, 2, 3)), self.chance.random() < 0.6
        self.net.link(number, plugged)

    def admin(self):
        """A member, up more often than not."""
        self.host.set(self.any(MEMBERS), up=self.chance.random() < 0.6)

    def change_mac(self):
        """Of a VNIC, a team or a member, to one that another may have."""
        name, new = self.any(VNICS + TEAMS + MEMBERS), mac(self.any(VNICS))
        self.host.set(name, address=new)

    def change_mtu(self):
        """Of anything, to one that others may not take."""
        name, mtu = self.any(VNICS + TEAMS + MEMBERS), self.any((68, 1280, 1400, 1500, 9000))
        self.host.set(name, mtu=mtu)

    def rename(self):
        """To a name that may be taken."""
        old, new = self.any(VNICS), self.any(VNICS)
        self.host.set(old, name=new)


class Mover(Actor):
    """Network namespaces come, get VNICs and go with them."""

    def __init__(self, net, name):
        super().__init__(net, name, pause=0.05)
        self.operations = {"add netns": (2, self.add), "move VNIC": (6, self.move),
                           "delete netns": (2, self.delete)}

    def add(self):
        """One of three."""
        self._ip("netns", "add", f"soak{self.chance.randrange(3)}")

    def move(self):
        """A VNIC goes there, or comes back."""
        name, there, back = self.any(VNICS), self.chance.randrange(3), self.chance.random() < 0.3
        with open(f"/run/netns/soak{there}", "rb") as space:
            if not back:
                self.host.set(name, net_ns_fd=space.fileno())
                return
            with Rtnl(f"soak{there}") as away, open(
                    f"/run/netns/{self.net.names['host']}", "rb") as home:
                away.set(name, net_ns_fd=home.fileno())

    def delete(self):
        """With all that is in it."""
        self._ip("netns", "del", f"soak{self.chance.randrange(3)}")

    @staticmethod
    def _ip(*words):
        done = subprocess.run(("ip", *words), check=False, capture_output=True)
        if done.returncode:
            raise OSError(errno.EPERM, "refused")


class Loader(Actor):
    """The module goes, with all of its links, and comes back."""

    def __init__(self, net, name):
        super().__init__(net, name)
        self.operations = {"unload and load": (1, self.reload)}

    def reload(self):
        """Not too often: others want to get somewhere in between."""
        time.sleep(self.chance.uniform(5, 25))
        gone = subprocess.run(("rmmod", "vnicteam"), check=False, capture_output=True)
        # A request that makes a link loads it too.
        subprocess.run(("modprobe", "vnicteam"), check=True, capture_output=True)
        if gone.returncode:
            raise OSError(errno.EBUSY, "in use")


class Sender(Actor):
    """Frames into VNICs, teams and wires; promiscuous listeners."""

    def __init__(self, net, name, where, devices):
        super().__init__(net, name, pause=0.002)
        self.where, self.devices, self.ports = where, devices, {}
        self.operations = {"send": (40, self.send), "listen": (1, self.listen),
                           "forget": (2, self.forget)}

    def port(self, name):
        """A socket on that device, kept as long as it is good."""
        if name not in self.ports:
            # Asked for first: to close a socket that was opened in vain takes long.
            with InNetns(self.net.names[self.where]):
                if name not in {one for _, one in socket.if_nameindex()}:
                    raise OSError(errno.ENODEV, "there is none")
            self.ports[name] = self.net.port(self.where, name, ethertype=ETH_P_ALL)
        return self.ports[name]

    def send(self):
        """A few frames, to one or to all, short or long."""
        name, to = self.any(self.devices), self.any(VNICS + (None,))
        source, length = self.any(VNICS), self.any((46, 200, 1400))
        vlan = self.any((None, None, 1, 2))
        data = frame(mac(to) if to else BROADCAST, mac(source), bytes(length), vlan=vlan)
        try:
            for _ in range(8):
                self.port(name).send(data)
        except OSError as error:
            if error.errno != errno.ENETDOWN and name in self.ports:
                self.ports.pop(name).close()
            raise

    def listen(self):
        """Wants to see all."""
        self.port(self.any(self.devices)).membership(PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC)

    def forget(self):
        """Ends a listener."""
        name = self.any(self.devices)
        if name in self.ports:
            self.ports.pop(name).close()


class Process:
    """An actor in a process of its own, with a pulse that can be watched."""

    def __init__(self, make, until):
        self.pulse = mmap.mmap(-1, 8)
        self.result, writer = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(writer)
            return
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            actor = make()
            while time.monotonic() < until:
                actor.step()
                self.pulse[:] = struct.pack("=q", self.beats() + 1)
                time.sleep(actor.pause)
            os.write(writer, json.dumps(actor.counts).encode())
            status = 0
        except BaseException as error:  # pylint: disable=broad-exception-caught
            print(f"# {make}: {error!r}", flush=True)
        finally:
            os._exit(status)

    def beats(self):
        """Operations so far."""
        return struct.unpack("=q", self.pulse)[0]

    def ended(self):
        """Its exit status once it has ended."""
        if self.pid:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                return False
            self.pid, self.status = 0, status
        return True


def stack(pid):
    """Where in the kernel a process is."""
    try:
        with open(f"/proc/{pid}/stack", encoding="ascii") as file:
            return file.read()
    except OSError as error:
        return str(error)


def watch(processes):
    """Waits until all have ended; a process that does nothing for long is a failure."""
    seen = {name: (-1, time.monotonic()) for name in processes}
    alive = dict(processes)
    while alive:
        time.sleep(0.2)
        for name, process in list(alive.items()):
            beats, now = process.beats(), time.monotonic()
            if process.ended():
                ksft_eq(process.status, 0, f"{name} ended")
                del alive[name]
            elif beats != seen[name][0]:
                seen[name] = beats, now
            elif now - seen[name][1] > STUCK:
                ksft_true(False, f"{name} hangs")
                ksft_pr(stack(process.pid))
                os.kill(process.pid, signal.SIGKILL)
                del alive[name]


def clear(net):
    """Everything is deleted, and can be."""
    for name in [name for name in run("ip", "netns", "list").split() if name.startswith("soak")]:
        run("ip", "netns", "del", name)
    subprocess.run(("modprobe", "vnicteam"), check=True)
    net.clear()
    for number in (1, 2, 3):
        net.join(number)
    wait_until(lambda: not net.host.links("vnic") and not net.host.links("vnicteam"),
               "all teams and VNICs are gone")


# Turns red if an object outlives what it stands on, a lock is taken in the wrong order, a
# request waits for ever, or a reference is lost.
@case("GRP-6: links of all kinds come and go at once, under traffic")
def churn(net):
    ksft_pr(f"SEED={SEED} MINUTES={MINUTES:g}")
    until = time.monotonic() + MINUTES * 60
    makers = {
        "configurator 1": lambda: Configurator(net, "configurator 1"),
        "configurator 2": lambda: Configurator(net, "configurator 2"),
        "flapper": lambda: Flapper(net, "flapper"),
        "mover": lambda: Mover(net, "mover"),
        "loader": lambda: Loader(net, "loader"),
        "inside": lambda: Sender(net, "inside", "host", VNICS + TEAMS),
        "outside": lambda: Sender(net, "outside", "lan", WIRES),
    }
    processes = {name: Process(make, until) for name, make in makers.items()}
    watch(processes)
    for name, process in processes.items():
        counts = json.loads(os.read(process.result, 1 << 16) or b"{}")
        done = sum(count for what, count in counts.items() if what.endswith(" done"))
        # In a short run on a slow machine there may be no VNIC at the right time.
        if name != "inside":
            ksft_gt(done, 0, f"{name} got something done")
        ksft_pr(f"{name}: {sum(counts.values())} operations, {done} done")
        for what in sorted({what.rsplit(" ", 1)[0] for what in counts}):
            ksft_pr(f"  {what}: " + ", ".join(
                f"{count} {key.rsplit(' ', 1)[1]}" for key, count in sorted(counts.items())
                if key.rsplit(" ", 1)[0] == what))


# Turns red if churn leaves something that stands in the way of a link or of the module.
@case("GRP-1: after that everything can be removed, and a team works")
def after(net):
    clear(net)
    subprocess.run(("rmmod", "vnicteam"), check=True)
    subprocess.run(("modprobe", "vnicteam"), check=True)
    for name in net.members():
        net.host.set(name, up=False)
        net.host.set(name, mtu=1500)
        net.host.set(name, address=net.macs[name])
    net.team()
    address = net.vnic("v0")["address"]
    with net.port("remote", "r0") as outside, net.port("host", "v0") as inside:
        data = frame(address, net.remote.link("r0")["address"], b"still here")

        def comes():
            outside.send(data)
            time.sleep(0.05)
            return inside.receive()

        ksft_true(wait_until(comes, "a frame comes to a new VNIC"))
    net.clear()


def main():
    """One network for all."""
    with Net(3, kind="vm", vm_members=VM_MEMBERS) as net:
        for name in ("d0", "d1"):
            net.host.add(name, "dummy", up=True)
        net.macs = {name: net.host.link(name)["address"] for name in net.members()}
        return run_cases(net)


if __name__ == "__main__":
    sys.exit(main())
