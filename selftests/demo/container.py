# SPDX-License-Identifier: GPL-2.0
"""
container.py - a container of the demo: a network namespace, its VNIC and an
iperf3 transfer over it. The caller has the tests' library on its path.
"""

import json
import os
import signal
import subprocess

from rtnl import Rtnl
from topology import SUBNET, run

TCP_RATE = "1M"  # bit/s per VNIC: the VM is emulated


class Container:
    """A network namespace with one VNIC and a TCP transfer over it."""

    def __init__(self, net, vnic, number):
        self.vnic, self.port = vnic, 5201 + number
        self.netns = f"{self.vnic}-{os.getpid()}"
        run("ip", "netns", "add", self.netns)
        net.host.add(self.vnic, "vnic", link="team0")
        run("ip", "-n", net.names["host"], "link", "set", self.vnic, "netns", self.netns)
        self.rtnl = Rtnl(self.netns)
        self.rtnl.set("lo", up=True)
        self.rtnl.set(self.vnic, up=True)
        self.rtnl.address(self.vnic, f"{SUBNET}.{10 + number}", 24)
        self.mac = self.link()["address"]
        self.server = self.client = None

    def link(self):
        """The VNIC as the container sees it."""
        return self.rtnl.link(self.vnic)

    def _iperf3(self, netns, *options):
        return subprocess.Popen(["ip", "netns", "exec", netns, "iperf3", *options],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def listen(self, net):
        """Starts the remote side of the transfer."""
        self.server = self._iperf3(net.names["remote"], "-s", "-1", "-p", str(self.port))

    def transfer(self):
        """Starts the transfer; it runs until finish()."""
        self.client = self._iperf3(self.netns, "-c", f"{SUBNET}.254", "-p", str(self.port),
                                   "-b", TCP_RATE, "-l", "4K", "-t", "600", "-i", "0.5", "-J",
                                   "--connect-timeout", "20000")

    def alive(self):
        """Whether the transfer has not ended by itself."""
        return self.client.poll() is None

    def finish(self):
        """Ends the transfer; (bytes, retransmitted segments, pauses in s, complaint)."""
        broke = not self.alive()
        if not broke:
            # The first child of `ip netns exec` is iperf3 itself: it was exec'd.
            self.client.send_signal(signal.SIGINT)
        try:
            text = self.client.communicate(timeout=20)[0]
        except subprocess.TimeoutExpired:
            self.client.kill()
            return 0, 0, 0, "did not answer"
        try:
            report = json.loads(text)
        except ValueError:
            return 0, 0, 0, "said nothing"
        rows = [interval["sum"] for interval in report.get("intervals", [])]
        error = report.get("error", "")
        if "interrupt" in error and not broke:
            error = ""
        pause = longest = 0.0
        for row in rows:
            pause = 0.0 if row["bytes"] else pause + row["seconds"]
            longest = max(longest, pause)
        return (sum(row["bytes"] for row in rows), sum(row.get("retransmits", 0) for row in rows),
                longest, error)

    def close(self):
        """Ends whatever still runs and removes the namespace."""
        for process in (self.client, self.server):
            if process and process.poll() is None:
                process.kill()
        run("ip", "netns", "del", self.netns, check=False)
