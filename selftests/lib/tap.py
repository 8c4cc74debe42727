#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
tap.py - plugs into a macvtap as a VM does and passes frames both ways between
it and a remote host. tap.py MACVTAP IFINDEX REMOTE-NETNS REMOTE-DEVICE
"""

import fcntl
import os
import select
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from frames import Port, frame, gather  # noqa: E402
from rtnl import mac_text  # noqa: E402

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000


def open_tap(name, index):
    """The character device of a macvtap; there is no udev to make its node."""
    path = f"/dev/tap{index}"
    if not os.path.exists(path):
        with open(f"/sys/class/net/{name}/tap{index}/dev", encoding="ascii") as file:
            major, minor = map(int, file.read().split(":"))
        os.mknod(path, 0o600 | 0o020000, os.makedev(major, minor))
    tap = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def address(port):
    """The MAC of a port's device."""
    return mac_text(port.sock.getsockname()[4])


def main():
    """Exits with 0 if a frame came through each way."""
    name, index, netns, device = sys.argv[1:]
    tap = open_tap(name, int(index))
    with Port(None, name) as inner, Port(netns, device) as remote:
        inside, outside = address(inner), address(remote)
        os.write(tap, frame(outside, inside, b"from the VM"))
        out = gather({"remote": remote}, 1, lambda one: one.source == inside)["remote"]
        remote.send(frame(inside, outside, b"to the VM"))
        while select.select([tap], [], [], 20)[0]:
            data = os.read(tap, 65536)
            if data[14:].startswith(b"to the VM"):
                sys.exit(0 if len(out) == 1 else 1)
    sys.exit(1)


main()
