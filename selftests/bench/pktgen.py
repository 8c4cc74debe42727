# SPDX-License-Identifier: GPL-2.0
"""
pktgen.py - the kernel's packet generator, on one CPU: frames of 60 bytes sent
over a device, or given to the stack as if the device had received them.
"""

import re

PROC = "/proc/net/pktgen"
SIZE = 60                 # bytes, without the checksum: the shortest frame
SOURCE = "198.18.0.1"     # RFC 2544: for benchmarks; no route leads there, so
TARGET = "198.18.0.2"     # that IP drops what is received


class Frames:
    """
    What is sent: to `mac`, or to `macs` addresses from there on in turn; over
    `device`, or `received` by it.
    """

    def __init__(self, device, mac, received=False, macs=1):
        self.device, self.mac, self.received, self.macs = device, mac, received, macs

    def _settings(self, count):
        yield f"count {count}"
        yield "clone_skb 0"
        yield f"pkt_size {SIZE}"
        yield f"src_min {SOURCE}"
        yield f"src_max {SOURCE}"
        yield f"dst_min {TARGET}"
        yield f"dst_max {TARGET}"
        yield f"dst_mac {self.mac}"
        yield f"dst_mac_count {self.macs}"
        if self.received:
            # From a station that is nobody here.
            yield "src_mac 02:00:00:00:ff:02"
            yield "xmit_mode netif_receive"

    def send(self, count):
        """Sends so many frames and returns nanoseconds, not counting waits."""
        _write("kpktgend_0", "rem_device_all")
        _write("kpktgend_0", f"add_device {self.device}")
        for setting in self._settings(count):
            _write(self.device, setting)
        _write("pgctrl", "start")
        with open(f"{PROC}/{self.device}", encoding="ascii") as result:
            said = result.read()
        found = re.search(r"OK: \d+\(c(\d+)\+d\d+\) usec, (\d+) ", said)
        if not found or int(found[2]) != count:
            raise OSError(f"pktgen on {self.device}: {said}")
        return int(found[1]) * 1000


def _write(name, text):
    with open(f"{PROC}/{name}", "w", encoding="ascii") as file:
        file.write(text + "\n")
