# SPDX-License-Identifier: GPL-2.0
"""
topology.py - the network of topology.sh (see the drawing there), for tests in
Python: its namespaces as rtnetlink sockets, its ports as packet sockets, its
links to be cut.

    with Net(3) as net:
        net.team()
        net.vnic("vnic0")
        net.cut(1)
"""

import os
import subprocess

import vm
from frames import Port
from ktap import skip_all, wait_until
from rtnl import CAUSE_NONE, MEMBER_UP, Rtnl

HERE = os.path.dirname(os.path.abspath(__file__))
SUBNET, SUBNET6 = "192.0.2", "2001:db8::"


def run(*command, netns=None, check=True):
    """Runs a command and returns what it printed."""
    if netns:
        command = ("ip", "netns", "exec", netns, *command)
    return subprocess.run(command, check=check, capture_output=True, text=True).stdout


class Net:
    """Host with members eth1..ethN, switches, remote host."""

    def __init__(self, members, kind="veth", vm_members=(0, 1, 2), switch_of=()):
        if kind == "vm" and vm.nics() <= max(vm_members):
            skip_all("needs the NICs of the VM: make vm NICS=6")
        self.kind, self.count, self.vm_members = kind, members, vm_members
        self.environment = {**os.environ, "MEMBERS": kind,
                            "VM_MEMBERS": " ".join(map(str, vm_members)),
                            "SWITCH_OF": " ".join(map(str, switch_of))}
        said = subprocess.run([f"{HERE}/topology.sh", "create", str(members)], check=True,
                              capture_output=True, text=True, env=self.environment).stdout
        self.names = dict(word.split("=") for word in said.split())
        self.host, self.lan, self.remote = (
            Rtnl(self.names[name]) for name in ("host", "lan", "remote"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([f"{HERE}/topology.sh", "destroy", *self.names.values()],
                       env=self.environment, check=False, stdout=subprocess.DEVNULL)

    def without_ipv6(self):
        """A thousand IPv6 stacks in one namespace are busy with each other."""
        run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", netns=self.names["host"])

    # --- team, members, VNICs ---

    def members(self):
        """eth1..ethN."""
        return [f"eth{n}" for n in range(1, self.count + 1)]

    def team(self, name="team0", members=None, **data):
        """A team that is up with its members, which are ready."""
        members = self.members() if members is None else members
        self.host.add(name, "vnicteam", data=data)
        for member in members:
            self.host.set(member, master=name)
        self.host.set(name, up=True)
        for member in members:
            wait_until(lambda one=member: self.host.link(one)["slave_data"]["state"] == MEMBER_UP,
                       f"{member} is up")

    def vnic(self, name, team="team0", data=None, **values):
        """A VNIC that is up; its link is returned."""
        if data and isinstance(data.get("member"), str):
            data = {**data, "member": self.host.index(data["member"])}
        self.host.add(name, "vnic", data=data, link=team, up=True, **values)
        return self.host.link(name)

    def vnics(self, names):
        """Several VNICs; returns their MACs by name."""
        return {name: self.vnic(name)["address"] for name in names}

    def clear(self):
        """Removes every team, and so every VNIC, of the host."""
        for name in self.host.links("vnicteam"):
            self.host.delete(name)

    def member_of(self, name):
        """The name of the member a VNIC or a team's endpoint is on, or None."""
        active = self.host.link(name)["data"]["active_member"]
        return self.host.link(active)["name"] if active else None

    def mapping(self):
        """{VNIC: member or None} of all VNICs."""
        links = self.host.links()
        names = {link["index"]: name for name, link in links.items()}
        return {name: names.get(link["data"]["active_member"])
                for name, link in links.items() if link.get("kind") == "vnic"}

    def state(self):
        """All of the host's links but what changes by itself, to compare."""
        return {name: {key: value for key, value in link.items()
                       if key not in ("stats", "carrier_changes")}
                for name, link in self.host.links().items()}

    def on(self, name, member):
        """Waits until a VNIC or a team's endpoint is on that member."""
        return wait_until(lambda: self.member_of(name) == member, f"{name} on {member}")

    def moves(self):
        """How often any VNIC has moved."""
        return sum(link["data"]["moves"] for link in self.host.links("vnic").values())

    def never_moved(self, name):
        """Whether a VNIC is where it was put first."""
        return self.host.link(name)["data"]["move_cause"] == CAUSE_NONE

    # --- wires ---

    def link(self, number, plugged):
        """Cuts or restores the link of a member."""
        if self.kind == "vm":
            vm.set_link(self.vm_members[number - 1], plugged)
        else:
            self.lan.set(f"p{number}", up=plugged)

    def cut(self, number):
        """Cuts the link of a member."""
        self.link(number, False)

    def join(self, number):
        """Restores the link of a member."""
        self.link(number, True)

    def port(self, where, device, **options):
        """A packet socket on a device of `host`, `lan` or `remote`."""
        return Port(self.names[where], device, **options)

    def wires(self, **options):
        """What leaves the host: {"eth1": port on p1, ...}."""
        return {f"eth{n}": self.port("lan", f"p{n}", **options)
                for n in range(1, self.count + 1)}
