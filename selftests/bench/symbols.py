#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
symbols.py - sums the instructions that `profile` had logged by the function that
they belong to, per frame, rows side by side.
  symbols.py FOLDER ROW...
"""

import bisect
import re
import subprocess
import sys
from collections import Counter

# Once for each frame; what is before the first and after the last is not counted.
MARK = "pktgen_finalize_skb"
TRACE = re.compile(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
STOPPED = re.compile(r"Stopped execution of TB chain before \S+ \[([0-9a-f]+)\]")
LEAST = 0.5  # instructions per frame, below which a function is not shown


class Symbols:
    """Functions by address."""

    def __init__(self, path):
        found = {}
        with open(path, encoding="ascii") as kallsyms:
            for line in kallsyms:
                address, kind, name = line.split()[:3]
                if kind in "tTwW":
                    found.setdefault(int(address, 16), name)
        self.addresses = sorted(found)
        self.names = [found[address] for address in self.addresses]
        self.known = {}

    def find(self, pc):
        """The function and whether this is its first instruction."""
        if pc not in self.known:
            at = bisect.bisect_right(self.addresses, pc) - 1
            name = self.names[at] if at >= 0 and pc >> 47 else "(user)"
            self.known[pc] = name, at >= 0 and self.addresses[at] == pc
        return self.known[pc]


def count(folder, row):
    """({function: instructions per frame}, {function: calls per frame})."""
    symbols = Symbols(f"{folder}/share/kallsyms.{row}")
    total, calls, frames = Counter(), Counter(), 0
    # Of the frame that is not complete yet.
    now, called = Counter(), Counter()
    with open(f"{folder}/log.{row}", encoding="ascii") as log:
        for line in log:
            found = TRACE.match(line)
            if not found:
                stopped = STOPPED.match(line)
                if stopped:
                    now[symbols.find(int(stopped[1], 16))[0]] -= 1
                continue
            name, entry = symbols.find(int(found[1], 16))
            if entry and name == MARK:
                if frames:
                    total.update(now)
                    calls.update(called)
                frames += 1
                now, called = Counter(), Counter()
            now[name] += 1
            called[name] += entry
    frames -= 1
    if frames < 1:
        sys.exit(f"{row}: {MARK} was not seen twice in QEMU's log")
    return ({name: value / frames for name, value in total.items()},
            {name: value / frames for name, value in calls.items()})


def readable(names):
    """Rust's names as people write them."""
    said = subprocess.run(["c++filt"], input="\n".join(names), text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    return dict(zip(names, said.splitlines()))


def main(folder, rows):
    """Prints the functions, the most expensive of the last row first."""
    found = {row: count(folder, row) for row in rows}
    names = sorted({name for totals, _ in found.values() for name in totals
                    if totals[name] >= LEAST},
                   key=lambda name: [-found[row][0].get(name, 0) for row in reversed(rows)])
    said = readable(names)
    print("".join(f"{row:>18}" for row in rows) + "  instructions (calls) per frame")
    print("".join(f"{sum(found[row][0].values()):>11,.1f}       " for row in rows) + "  all")
    for name in names:
        for row in rows:
            totals, calls = found[row]
            number = f"{calls.get(name, 0):.2f}".rstrip("0").rstrip(".")
            print(f"{totals[name]:>11,.1f} {'(' + number + ')':<6}" if name in totals
                  else " " * 18, end="")
        print(f"  {said[name]}")


main(sys.argv[1], sys.argv[2:])
