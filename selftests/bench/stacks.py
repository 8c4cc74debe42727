# SPDX-License-Identifier: GPL-2.0
"""
stacks.py - what is measured side by side: stacks of links over the dummy NICs
d0 and d1, each made by a few lines of shell.
"""

import os
import subprocess
import sys

sys.path.append("/mnt/vnicteam/selftests/lib")
# pylint: disable=wrong-import-position
from pktgen import Frames  # noqa: E402
from rtnl import Rtnl  # noqa: E402

FAR = "02:00:00:02:00:00"  # a station that is nobody here, nor are those that follow
BROADCAST = "ff:ff:ff:ff:ff:ff"


def prepare():
    """Nothing but the frames takes time."""
    subprocess.run(["modprobe", "-a", "pktgen", "dummy"], check=True)
    for scope in ("all", "default"):
        with open(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w", encoding="ascii") as file:
            file.write("1")


def mac(number):
    """The addresses of virtual NICs follow each other."""
    return f"02:00:00:01:{number >> 8:02x}:{number & 0xff:02x}"


def batch(count, line):
    """One ip(8) makes many links."""
    lines = (line.format(number=number, mac=mac(number)) for number in range(count))
    return "ip -batch - <<END\n" + "\n".join(lines) + "\nEND\n"


def macvlans(lower, count=1):
    """Macvlans m0, m1, ..."""
    return batch(count, f"link add link {lower} m{{number}} address {{mac}} up"
                        " type macvlan mode bridge")


def vnics(count):
    """A team t0 of both NICs, itself on d0, with VNICs v0, v1, ... on d1."""
    return """
        ip link add t0 type vnicteam
        ip link set d0 master t0 up
        ip link set d1 master t0 up
        ip link set t0 up
    """ + batch(count, f"link add link t0 v{{number}} address {{mac}} up type vnic member d1")


def bond(mode):
    """A bond b0 of both NICs."""
    return f"""
        ip link add b0 type bond mode {mode}
        ip link set d0 master b0
        ip link set d1 master b0
        ip link set b0 up
    """


NICS = """
    ip link add d0 type dummy
    ip link add d1 type dummy
"""
BARE = """
    ip link set d0 up
    ip link set d1 up
"""
# What teamd would do.
TEAM = """
    ip link add t0 type team
    teamnl t0 setoption mode activebackup
    for nic in d0 d1; do
        ip link set $nic address $(cat /sys/class/net/t0/address)
        ip link set $nic master t0
    done
    teamnl t0 setoption activeport $(cat /sys/class/net/d0/ifindex)
    ip link set t0 up
"""
BRIDGE = """
    ip link add br0 type bridge forward_delay 0 mcast_snooping 0
    ip link add e0 type veth peer name p0
    ip link set p0 master br0 up
    ip link set b0 master br0
    ip link set br0 up
    ip link set e0 up
"""


class Stack:
    """
    One line of the table; `key` names it in ROWS=. `endpoint` sends and
    receives, as do all of `count` virtual NICs; `peer` is one of these. A
    broadcast is received by so many `receivers`.
    """

    def __init__(self, key, name, links, endpoint, count=1, peer=None, receivers=0):
        self.key, self.name, self.links = key, name, links
        self.endpoint, self.peer = endpoint, peer
        self.count, self.receivers = count, receivers

    def make(self):
        """Makes the links and finds out where frames to the endpoint come in."""
        subprocess.run(["sh", "-euc", NICS + self.links], check=True)
        with Rtnl() as rtnl:
            links = rtnl.links()
        names = {link["index"]: name for name, link in links.items()}
        data = links[self.endpoint].get("data") or {}
        self.nic = names.get(data.get("active_member"), "d0")
        self.mac = links[self.endpoint]["address"]
        self.peer_mac = self.peer and links[self.peer]["address"]

    def frames(self, path):
        """The frames of a path (see figures.PATHS), or None if this has no such path."""
        if path == "tx":
            return Frames(self.endpoint, FAR)
        if path == "rx":
            return Frames(self.nic, self.mac, received=True)
        if path == "rx_all" and self.count > 1:
            return Frames(self.nic, mac(0), received=True, macs=self.count)
        if path == "local" and self.peer:
            return Frames(self.endpoint, self.peer_mac)
        if path == "flood" and self.receivers:
            return Frames(self.nic, BROADCAST, received=True)
        if path == "tx_all":
            return Frames(self.endpoint, FAR, macs=1000)
        return None

    def remove(self):
        """Removes what was made, and what is above before what is below."""
        with Rtnl() as rtnl:
            links = rtnl.links()
            for name in sorted(links, key=lambda name: -links[name]["index"]):
                if name != "lo" and os.path.exists(f"/sys/class/net/{name}"):
                    rtnl.delete(name)


STACKS = (
    Stack("dummy", "bare NIC", BARE, "d0", receivers=1),
    Stack("macvlan", "macvlan, no teaming", BARE + macvlans("d0", 2), "m0",
          peer="m1", receivers=3),
    Stack("bond", "bond active-backup", bond("active-backup"), "b0"),
    Stack("team", "team activebackup", TEAM, "t0"),
    Stack("macvlan-bond", "macvlan on bond active-backup",
          bond("active-backup") + macvlans("b0"), "m0"),
    Stack("macvlan-xor", "macvlan on bond balance-xor",
          bond("balance-xor") + macvlans("b0"), "m0"),
    Stack("macvlan-team", "macvlan on team activebackup", TEAM + macvlans("t0"), "m0"),
    Stack("macvlan-100", "100 macvlans, no teaming", BARE + macvlans("d0", 100), "m0", 100,
          peer="m1", receivers=101),
    Stack("veth", "veth, bridge, bond active-backup", bond("active-backup") + BRIDGE, "e0"),
    Stack("vnicteam", "vnicteam, its own endpoint", vnics(0), "t0", receivers=1),
    Stack("vnic-1", "VNIC on vnicteam", vnics(1), "v0", receivers=1),
    Stack("vnic-100", "100 VNICs on vnicteam", vnics(100), "v0", 100,
          peer="v1", receivers=100),
    Stack("vnic-1000", "1,000 VNICs on vnicteam", vnics(1000), "v0", 1000,
          peer="v1", receivers=1000),
)
