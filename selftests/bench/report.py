#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
report.py - the table of `make bench`, line by line as measure.py's figures come
in, and build/bench.json.
"""

import json
import sys

from figures import BASE, GOALS, PATHS, SPREAD, Figures

WIDTH = 36


def line(name, cells):
    """One line of the table."""
    print(f"{name:{WIDTH}}" + "".join(f"{cell:>12}" for cell in cells).rstrip(), flush=True)


def cell(figures, row, path):
    """A cost; * if it is above the goal."""
    cost = figures.cost(row, path)
    if cost is None:
        return ""
    return f"{cost:,.0f}" + ("*" if figures.missed(row, path) else " ")


def spread(figures, path):
    """How far 1 and 1,000 VNICs are apart."""
    percent = figures.spread(path)
    if percent is None:
        return ""
    return f"{percent:.1f} %" + ("*" if percent > SPREAD else " ")


def main():
    """Reads rows; lines that are none are passed on."""
    figures = Figures()
    for text in sys.stdin:
        if not text.startswith("{"):
            sys.stderr.write(text)
            continue
        row = json.loads(text)
        if not figures.rows:
            print(f"Instructions per frame of 60 bytes above those of the bare NIC;"
                  f" kernel {row['kernel']}\n")
            line("", (title + " " for title in PATHS.values()))
        figures.add(row)
        line(row["name"] + (", all" if row["row"] == BASE else ""),
             (cell(figures, row, path) for path in PATHS))
    if not figures.rows:
        sys.exit(1)
    line("goal", (f"<= {GOALS[path]} " if path in GOALS else "" for path in PATHS))
    if any(figures.spread(path) is not None for path in PATHS):
        line(f"1 to 1,000 VNICs (goal <= {SPREAD} %)",
             (spread(figures, path) for path in PATHS))
    print(f"\n{figures.agreement()}")
    if any(figures.missed(row, path) for row in figures.rows.values() for path in GOALS):
        print("* misses the goal.")
    print("TX, many: to 1,000 stations in turn. RX, all: to all virtual NICs in turn. broadcast:"
          "\nall instructions, for each receiver.")
    figures.save()
    print("For programs: build/bench.json; make bench-chart draws it.")


main()
