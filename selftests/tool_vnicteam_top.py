#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
tool_vnicteam_top.py - vnicteam top and show in a real terminal of 80 columns
and 24 lines (tmux): all is in sight, keys do what the help says, moves are seen
as they happen, and the terminal is given back whatever ends it (CTL-4, PLC-6).
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
from ktap import (case, ksft_eq, ksft_in, ksft_not_in, ksft_true, run_cases,  # noqa: E402
                  wait_until)
from topology import Net, run  # noqa: E402

SOCKET = f"vnicteam-{os.getpid()}"


class Terminal:
    """A terminal in which a shell has run a command; what it shows is read."""

    def __init__(self, net, command, columns=80, lines=24, **environment):
        # What the shell does after it shows that echo and lines are as before.
        script = f"ip netns exec {net.names['host']} {command}; echo left $?; stty -a; exec cat"
        tmux("new-session", "-d", "-x", str(columns), "-y", str(lines),
             "env", "LC_ALL=C.UTF-8", *(f"{name}={value}" for name, value in environment.items()),
             "sh", "-c", script)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        tmux("kill-server")

    @staticmethod
    def text(*options):
        """What is seen."""
        return tmux("capture-pane", "-p", *options)

    def shows(self, *texts):
        """Waits until all of these are seen."""
        wait_until(lambda: all(text in self.text() for text in texts),
                   f"{texts} not in\n{self.text()}", pause=0.1)
        return self.text()

    @staticmethod
    def keys(*keys):
        """Types."""
        for key in keys:
            tmux("send-keys", key)

    @staticmethod
    def pid():
        """Of the program."""
        return int(run("pgrep", "-x", "vnicteam").split()[0])

    def is_given_back(self):
        """Checks that the terminal is as before."""
        stty = self.shows("left 0", "iexten echo ")
        ksft_true(re.search(r"(?<!-)icanon", stty), stty)
        ksft_eq(tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip(), "0 1")


def tmux(*words):
    """A command of tmux, with a server of our own."""
    done = subprocess.run(["tmux", "-u", "-L", SOCKET, "-f", "/dev/null", *words], check=False,
                          capture_output=True, text=True)
    return done.stdout


def build(net):
    """A team with four VNICs, one of them elsewhere."""
    net.clear()
    net.team(grace=0)
    for number in range(1, 5):
        net.vnic(f"v{number}")
    run("ip", "-n", net.names["host"], "link", "set", "v4", "netns", net.names["remote"])


# Turns red if something does not fit, or the terminal stays in raw mode.
@case("CTL-4: top shows members, VNICs and keys on 80 columns, and gives the terminal back")
def top(net):
    build(net)
    with Terminal(net, "vnicteam top -i 0.2", LANG="C.UTF-8") as terminal:
        text = terminal.shows("3/3 members up  4 VNICs", "eth3", "v1", "v4@", "? help")
        ksft_in("\u00b7", text)
        ksft_true(all(len(line) <= 80 for line in text.splitlines()), text)
        ksft_in("\x1b[", terminal.text("-e"))
        terminal.keys("?")
        terminal.shows("redistribute the team's VNICs")
        terminal.keys("Escape")
        # An escape with a letter behind it would be another key.
        wait_until(lambda: "redistribute the" not in terminal.text(), "help is closed")
        terminal.keys("q")
        terminal.is_given_back()


# Turns red if characters are used that such a terminal lacks.
@case("CTL-4: top and show do without Unicode and without colours")
def plain(net):
    build(net)
    for command, environment in (("vnicteam top --ascii", {}),
                                 ("vnicteam top", {"LC_ALL": "C", "NO_COLOR": "1"})):
        with Terminal(net, command, **environment) as terminal:
            text = terminal.shows("3/3 members up", "RX ....", "v1", "? help")
            ksft_true(text.isascii(), text)
            if environment:
                ksft_true(not re.search("\x1b\\[[0-9;]*3[0-7]m", terminal.text("-e")), "colour")
            terminal.keys("q")
            terminal.is_given_back()
    with Terminal(net, "vnicteam show -i 0", columns=120) as terminal:
        terminal.shows("v1", "left 0")
        ksft_in("\x1b[32mup", terminal.text("-e"))
    with Terminal(net, "vnicteam show -i 0", columns=120, NO_COLOR="1") as terminal:
        terminal.shows("v1", "left 0")
        ksft_not_in("\x1b[32m", terminal.text("-e"))


# Turns red if a key does something else, or a move is done without being asked for.
@case("PLC-6: a VNIC is moved by keys, and its move is seen")
def move(net):
    build(net)
    with Terminal(net, "vnicteam top -i 0.2") as terminal:
        terminal.shows("v1", "? help")
        terminal.keys("/", "v1", "Enter")
        wait_until(lambda: "v3 " not in terminal.text(), "filtered")
        terminal.keys("m")
        terminal.shows("choose a VNIC with the arrows first")
        here = net.member_of("v1")
        terminal.keys("Down", "m")
        text = terminal.shows("Pin v1 to", "is there")
        ksft_eq(net.member_of("v1"), here)
        ksft_in("Enter: move", text)
        # It offers the first member that the VNIC is not on.
        there = [name for name in net.members() if name != here][0]
        terminal.keys("Enter")
        net.on("v1", there)
        terminal.shows(f"team0: v1 moved from {here} to {there} (admin")
        ksft_eq(net.host.link("v1")["data"]["member"], net.host.index(there))
        terminal.keys("r")
        terminal.shows("Spread the VNICs of team0 evenly?")
        terminal.keys("y")
        terminal.shows("team0: 0 moves")
        terminal.keys("q")
        terminal.is_given_back()


# Turns red if events are not shown, or a look after them is not brought forward.
@case("CTL-4: a fault is seen as it happens, unless it is paused")
def fault(net):
    build(net)
    # With looks every hour only events can change what is shown.
    with Terminal(net, "vnicteam top -i 3600", lines=48) as terminal:
        terminal.shows("3/3 members up", "? help")
        net.cut(1)
        terminal.shows("2/3 members up", "team0: eth1 down", "moved from eth1 to")
        terminal.keys("p")
        terminal.shows("PAUSED")
        net.join(1)
        net.vnic("v9")
        wait_until(lambda: "eth1" in net.mapping().values(), "back")
        ksft_in("2/3 members up", terminal.text())
        terminal.keys("p")
        terminal.shows("3/3 members up", "5 VNICs")
        net.host.delete("v9")
        terminal.shows("4 VNICs", "v9 deleted")
        terminal.keys("q")
        terminal.is_given_back()


# Turns red if the terminal is left as it was while it was in use.
@case("CTL-4: the terminal is given back after signals, and drawn anew on any size")
def signals(net):
    build(net)
    for name in ("TERM", "HUP", "INT"):
        with Terminal(net, "vnicteam top") as terminal:
            terminal.shows("3/3 members up", "? help")
            run("kill", f"-{name}", str(terminal.pid()))
            terminal.is_given_back()
    with Terminal(net, "vnicteam top") as terminal:
        terminal.shows("? help")
        tmux("resize-window", "-x", "20", "-y", "4")
        terminal.shows("vnicteam  team0")
        tmux("resize-window", "-x", "120", "-y", "40")
        terminal.shows("? help", "v4@")
        net.clear()
        terminal.keys("?")
        terminal.shows("no team")
        terminal.keys("q", "q")
        terminal.is_given_back()


if __name__ == "__main__":
    with Net(3) as topology:
        STATUS = run_cases(topology)
    sys.exit(STATUS)
