# SPDX-License-Identifier: GPL-2.0
"""
examples.py - takes the examples out of pages that users read, so that they can
be run as they stand.

In a .rst file each code block of a section is one of

    sh         commands
    console    commands after "# ", each followed by what it prints
    any, with the option :caption: /PATH    a file of that name

In a manual page each .EX block is commands. A comment in front of a block,
"not run: REASON", says why it cannot be run; in a manual page the comment
"setup: COMMAND" is for what an example takes for granted.
"""

import re

UNDERLINE = re.compile(r"^([=~-])\1{2,}$")
BLOCK = re.compile(r"^\.\. code-block:: *(\S*)$")
OPTION = re.compile(r"^ +:(\w+): *(.*)$")
NOT_RUN = "not run:"
ROFF = {r"\-": "-", r"\(aq": "'", r"\e": "\\", r"\&": "", r"\(dq": '"', r"\(ha": "^",
        r"\(ti": "~"}


class Block:
    """An example: `kind` is sh, console, file or none, `reason` why it is not run."""

    def __init__(self, kind, text, line, reason="", path=""):
        self.kind, self.text, self.line, self.reason, self.path = kind, text, line, reason, path


class Section:
    """The blocks under one heading, which build on each other."""

    def __init__(self, page, title):
        self.page, self.title, self.blocks = page, title, []

    def __str__(self):
        return f"{self.page}: {self.title}"


def _indented(lines, start):
    """The indented lines from `start` on, and where they end."""
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" ")):
        end += 1
    return lines[start:end], end


def _rst_block(lines, number, language, reason):
    body, end = _indented(lines, number + 1)
    options = {}
    while body and (match := OPTION.match(body[0])):
        options[match[1]] = match[2]
        del body[0]
    margin = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    text = "\n".join(line[margin:] for line in body).strip("\n") + "\n"
    path = options.get("caption", "")
    kind = "file" if path.startswith("/") else language if language in ("sh", "console") else "none"
    return Block(kind, text, number + 1, reason, path), end


def from_rst(page, text):
    """The sections of a .rst file that have examples."""
    lines, sections, reason, number = text.splitlines(), [Section(page, "")], "", 0
    while number < len(lines):
        line = lines[number]
        following = lines[number + 1] if number + 1 < len(lines) else ""
        number += 1
        if match := BLOCK.match(line):
            block, number = _rst_block(lines, number - 1, match[1], reason)
            sections[-1].blocks.append(block)
            reason = ""
        elif line.startswith(f".. {NOT_RUN}"):
            more, number = _indented(lines, number)
            reason = " ".join([line.split(NOT_RUN)[1].strip(), *map(str.strip, more)]).strip()
        elif line and not UNDERLINE.match(line) and UNDERLINE.match(following):
            sections.append(Section(page, line))
    return [section for section in sections if section.blocks]


def _plain(line):
    for escape, char in ROFF.items():
        line = line.replace(escape, char)
    return line


def from_man(page, text):
    """The examples of a manual page, as one section."""
    section, reason, block = Section(page, "EXAMPLES"), "", None
    for number, line in enumerate(text.splitlines(), 1):
        comment = line[3:].strip() if line.startswith('.\\"') else ""
        if line == ".EX":
            block = Block("sh", "", number, reason)
            section.blocks.append(block)
            reason = ""
        elif line == ".EE":
            block = None
        elif block:
            block.text += _plain(line) + "\n"
        elif comment.startswith(NOT_RUN):
            reason = comment[len(NOT_RUN):].strip()
        elif comment.startswith("setup:"):
            section.blocks.append(Block("sh", comment[6:].strip() + "\n", number))
    return [section]


def commands(text):
    """A console block as [(command, [lines that it prints])]."""
    found = []
    for line in text.splitlines():
        if line.startswith("# "):
            found.append((line[2:], []))
        elif line.strip():
            found[-1][1].append(line)
    return found
