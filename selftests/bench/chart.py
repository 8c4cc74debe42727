#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
chart.py - draws build/bench.json into Documentation/performance.svg and writes
its table into Documentation/performance.rst.
"""

import math
import os
import sys
from xml.sax.saxutils import escape

from figures import BASE, GOALS, PATHS, TOP, Figures, ours

sys.path.append(f"{TOP}/selftests/lib")
# pylint: disable=wrong-import-position
import rst  # noqa: E402

DOCUMENTS = f"{TOP}/Documentation"
DRAWN = {"tx_all": "TX", "rx": "RX"}

# In pixels.
WIDTH, LEFT, RIGHT, TOP_SPACE, BOTTOM = 860, 240, 70, 78, 40
BAR, GAP, ROW = 12, 2, 38

STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .small, .value { font-size: 11px; fill: #59636e; }
    .grid { stroke: #d1d9e0; }
    .goal { stroke: #1f2328; stroke-dasharray: 3 3; }
    .tx { fill: #8c959f; } .rx { fill: #c4cbd2; }
    .ours .tx { fill: #0969da; } .ours .rx { fill: #80b8f7; }
    .ours text.name { font-weight: 600; }
    .paper { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .small, .value { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .goal { stroke: #f0f6fc; }
      .tx { fill: #8c959f; } .rx { fill: #545d68; }
      .ours .tx { fill: #4493f8; } .ours .rx { fill: #1f4f8f; }
      .paper { fill: #0d1117; }
    }
"""


class Drawing:
    """Elements of an SVG."""

    def __init__(self, width, height, title):
        self.out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
            "<!-- SPDX-License-Identifier: GPL-2.0 -->",
            "<!-- made by `make bench-chart` -->",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width}" height="{height}"/>']

    def text(self, x, y, text, kind="", anchor="start"):
        """A line of text; y is its base line."""
        self.out.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"'
                        f' text-anchor="{anchor}">{escape(text)}</text>')

    def line(self, x, top, bottom, kind):
        """A vertical line."""
        self.out.append(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}"'
                        f' y1="{top:.1f}" y2="{bottom:.1f}"/>')

    def bar(self, x, y, width, kind, broken=False):
        """A bar; a broken one is longer than can be drawn."""
        self.out.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
                        f' height="{BAR}"/>')
        if broken:
            cut = x + width - 16
            self.out.append(f'<path class="paper" d="M{cut:.1f} {y + BAR + 1:.1f} l5 -{BAR + 2}'
                            f' h4 l-5 {BAR + 2} z"/>')

    def group(self, kind):
        """Begins a group."""
        self.out.append(f'<g class="{kind}">')

    def end(self):
        """Ends a group."""
        self.out.append("</g>")

    def save(self, path):
        """Writes the file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.out) + "\n</svg>\n")


def scale_end(costs):
    """Where the axis ends: what is more than twice the next is broken off."""
    costs = sorted(costs)
    for below, above in zip(costs, costs[1:]):
        if below > max(GOALS.values()) and above > 2 * below:
            costs = costs[:costs.index(above)]
            break
    return math.ceil(costs[-1] * 1.05 / 100) * 100


def draw(figures):
    """Two bars for each row."""
    rows = [row for row in figures.rows.values() if row["row"] != BASE]
    end = scale_end([figures.cost(row, path) for row in rows for path in DRAWN])
    scale = (WIDTH - LEFT - RIGHT) / end
    bottom = TOP_SPACE + ROW * len(rows)
    title = "Instructions per frame above the bare NIC"
    out = Drawing(WIDTH, bottom + BOTTOM, title)
    out.text(16, 26, title, "title")
    out.text(16, 45, f"60-byte frames, stock kernel {figures.kernel()}, counted by QEMU;"
             " upper bar: TX, to many stations; lower: RX", "small")
    for value in range(0, end + 1, 200):
        x = LEFT + value * scale
        out.line(x, TOP_SPACE, bottom, "grid")
        out.text(x, bottom + 18, f"{value:,}", "small", "middle")
    for number, row in enumerate(rows):
        y = TOP_SPACE + number * ROW + (ROW - 2 * BAR - GAP) / 2
        out.group("ours" if ours(row) else "peer")
        out.text(LEFT - 10, y + BAR + 5, row["name"], "name", "end")
        for path, name in DRAWN.items():
            cost = figures.cost(row, path)
            length = min(cost, end) * scale
            out.bar(LEFT, y, max(length, 1), name.lower(), cost > end)
            out.text(LEFT + length + 5, y + BAR - 2, f"{cost:,.0f}", "value")
            y += BAR + GAP
        out.end()
    for path, name in DRAWN.items():
        x = LEFT + GOALS[path] * scale
        out.line(x, TOP_SPACE - 6, bottom, "goal")
        out.text(x, TOP_SPACE - 10, f"goal {name} {GOALS[path]}", "small", "middle")
    out.save(f"{DOCUMENTS}/performance.svg")


def table(figures):
    """The rows as a table of reStructuredText."""
    lines = [["", *PATHS.values()]]
    for row in figures.rows.values():
        costs = (figures.cost(row, path) for path in PATHS)
        lines.append([row["name"] + (", all of it" if row["row"] == BASE else ""),
                      *("" if cost is None else f"{cost:,.0f}" for cost in costs)])
    return f"Stock kernel {figures.kernel()}. {figures.agreement()}\n\n{rst.table(lines)}"


def main():
    """Draws what was measured last."""
    try:
        figures = Figures.load()
    except FileNotFoundError:
        sys.exit("vnicteam: nothing was measured yet: make bench")
    draw(figures)
    rst.replace(f"{DOCUMENTS}/performance.rst", "figures", table(figures))


main()
