#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
"""
docs_examples.py - every example of Documentation/vnicteam.rst and of the manual
pages of ip(8)'s plugins does what the page says, run as it stands on the page in
a network of its own (CTL-6, CTL-1, VNIC-1, VNIC-5, VNIC-6, GRP-5, PLC-6).

Turns red if a command of an example is refused, if it prints something else than
the page has, or if a page has an example that nobody runs and does not say why.

    docs_examples.py [WORD...]   only sections that have one of these in their title
"""

import glob
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/lib")

# pylint: disable=wrong-import-position
import machine  # noqa: E402
from examples import commands, from_man, from_rst  # noqa: E402
from ktap import (  # noqa: E402
    KsftSkipEx, case, ksft_eq, ksft_pr, ksft_true, run_cases, wait_until)
from machine import SHELL  # noqa: E402
from topology import Net, run  # noqa: E402

TOP = os.path.dirname(HERE)
VLAN, VLAN_ADDRESS = 10, "198.51.100.254/24"  # where the remote host is too


def pages():
    """All sections that have examples."""
    found = []
    manuals = sorted(glob.glob(f"{TOP}/tools/iproute2/*.8"))
    for path in [f"{TOP}/Documentation/vnicteam.rst", *manuals]:
        with open(path, encoding="utf-8") as page:
            parse = from_rst if path.endswith(".rst") else from_man
            found += parse(os.path.basename(path), page.read())
    return found


class Namespace:
    """The host's network namespace, with one view of /sys and /run/netns for all commands."""

    def __init__(self, netns):
        self.netns = netns
        self.holder = subprocess.Popen(["ip", "netns", "exec", netns, "sleep", "infinity"])

    def __enter__(self):
        wait_until(self._is_there, "the namespace can be entered")
        return self

    def __exit__(self, *_):
        for pid in run("ip", "netns", "pids", self.netns).split():
            os.kill(int(pid), signal.SIGKILL)
        self.holder.wait()

    def _is_there(self):
        with open(f"/proc/{self.holder.pid}/comm", encoding="ascii") as comm:
            return comm.read().strip() == "sleep"

    def run(self, script):
        """Runs commands; what they say is in stdout."""
        return subprocess.run(
            ["nsenter", "-t", str(self.holder.pid), "-m", "-n",
             *SHELL, script],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)


def words(lines):
    """Lines whose blanks do not matter."""
    return [" ".join(line.split()) for line in lines]


def run_block(place, section, block):
    """Runs one example; whether it did what it should."""
    where = f"{section.page}:{block.line}"
    if block.kind == "file":
        place.write(block.path, block.text)
        return True
    if block.kind == "sh":
        said = place.run(block.text)
        if said.returncode:
            ksft_true(False, f"{where}: exit status {said.returncode}: {said.stdout.strip()}")
        return not said.returncode
    good = True
    for command, expected in commands(block.text):
        lines = words(place.run(command).stdout.splitlines())
        ksft_eq(lines, words(expected), f"{where}: {command}")
        good = good and lines == words(expected)
    return good


def place_of(section, netns):
    """Where a section runs: a machine, if it has files or services."""
    if not any(block.kind == "file" or "systemctl" in block.text for block in section.blocks):
        return Namespace(netns)
    if machine.missing():
        raise KsftSkipEx(machine.missing())
    return machine.Machine(netns)


def namespaces():
    """Names of all network namespaces."""
    return {line.split()[0] for line in run("ip", "netns", "list").splitlines() if line}


def in_vlan(remote):
    """Gives the remote host its address in the VLAN of the examples."""
    device = f"r0.{VLAN}"
    run("ip", "-n", remote, "link", "add", "link", "r0", "name", device, "up", "type", "vlan",
        "id", str(VLAN))
    run("ip", "-n", remote, "addr", "add", VLAN_ADDRESS, "dev", device)


def run_section(section):
    """Runs the examples of a section, one after the other, in a new network."""
    runnable = [block for block in section.blocks if not block.reason]
    with Net(3) as net:
        in_vlan(net.names["remote"])
        before = namespaces()
        try:
            with place_of(section, net.names["host"]) as place:
                # What comes after a failure has nothing to stand on.
                all(run_block(place, section, block) for block in runnable)
        finally:
            for name in namespaces() - before:
                run("ip", "netns", "del", name)


def define(section):
    """A case for one section."""
    @case(f"CTL-6: {section}")
    def _():
        run_section(section)


@case("CTL-6: each example is run, or the page says why not")
def all_are_run():
    """A block of an unknown sort would pass unnoticed."""
    for section in pages():
        for block in section.blocks:
            if block.reason:
                ksft_pr(f"{section.page}:{block.line} is not run: {block.reason}")
            else:
                ksft_true(block.kind != "none", f"{section.page}:{block.line} is not run")


if __name__ == "__main__":
    for one in pages():
        if not sys.argv[1:] or any(word in str(one) for word in sys.argv[1:]):
            define(one)
    sys.exit(run_cases())
