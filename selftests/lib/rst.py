# SPDX-License-Identifier: GPL-2.0
"""
rst.py - tables that programs write into the documentation, between two comments
which stay:

    .. begin NAME (make TARGET writes this)
    .. end NAME
"""

import os
import re


def table(rows):
    """
    A simple table; the first row is its head. A cell is one line. All but the
    first of a row are figures.
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    # An empty first cell would join its row to the one above.
    rows = [[row[0] or "\\", *row[1:]] for row in rows]
    rule = " ".join("=" * width for width in widths)
    lines = [" ".join([f"{row[0]:{widths[0]}}", *map(str.rjust, row[1:], widths[1:])]).rstrip()
             for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def list_table(rows):
    """A table whose cells may be long; the first row is its head."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        for number, cell in enumerate(row):
            lines.append(f"   {'*' if number == 0 else ' '} - {cell}".rstrip())
    return "\n".join(lines)


def replace(path, name, text):
    """Writes text between the comments of that name."""
    with open(path, encoding="utf-8") as file:
        before = file.read()
    pattern = rf"(\.\. begin {name}\b[^\n]*\n).*?(\n\.\. end {name}\b)"
    after, count = re.subn(pattern, lambda found: f"{found[1]}\n{text}\n{found[2]}", before,
                           flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{path} has no comments to begin and to end {name}")
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(after)
    os.replace(f"{path}.new", path)
