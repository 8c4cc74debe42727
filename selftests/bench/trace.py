#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
trace.py - has QEMU log each instruction while a few frames go through stacks.
Runs in the VM of `profile`.
  trace.py LOG PATH ROW...   LOG: file of the host, to which .ROW is added
"""

import shutil
import sys

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from stacks import STACKS, prepare  # noqa: E402
import vm  # noqa: E402

WARM, FRAMES = 2000, 100


def monitor(*commands):
    """Commands of QEMU's human monitor."""
    for command in commands:
        vm.qmp("human-monitor-command", **{"command-line": command})


def trace(log, frames):
    """Sends frames one instruction at a time."""
    # The second is what QEMU 8.1 and later call the first.
    monitor(f"logfile {log}", "singlestep on", "one-insn-per-tb on", "log exec,nochain")
    frames.send(FRAMES)
    monitor("log none", "singlestep off", "one-insn-per-tb off")


def main(log, path, words):
    """Traces the stacks with these keys."""
    prepare()
    for stack in (stack for stack in STACKS if stack.key in words):
        stack.make()
        frames = stack.frames(path)
        if frames is None:
            sys.exit(f"{stack.key} has no path {path}")
        frames.send(WARM)
        trace(f"{log}.{stack.key}", frames)
        shutil.copyfile("/proc/kallsyms", f"/mnt/session/kallsyms.{stack.key}")
        stack.remove()


main(sys.argv[1], sys.argv[2], sys.argv[3:])
