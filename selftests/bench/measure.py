#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
measure.py - sends frames through each stack and prints a line of JSON for each:
instructions per frame, each figure twice. Runs in a VM that has one CPU and in
which a nanosecond is an instruction (see bench).
  measure.py [ROW...]   stacks whose keys begin so; default: all
"""

import glob
import json
import os
import sys
import time

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from stacks import STACKS, prepare  # noqa: E402

PATHS = ("tx", "tx_all", "rx", "rx_all", "local", "flood")
FRAMES, TIMES = 20000, 2
# Broadcasts: no queue takes more than 1,000 frames, nor gives the CPU back soon.
QUEUE, COPIES, ROUNDS = 900, 50000, 5
WAIT, SILENCE = 30, 12  # s; the kernel puts some of its work off for 10


def received():
    """How many frames came to IP."""
    with open("/proc/net/snmp", encoding="ascii") as snmp:
        names, values = [line.split() for line in snmp if line.startswith("Ip:")]
    return int(values[names.index("InReceives")])


def transmitted():
    """How many frames left over the NICs."""
    total = 0
    for path in glob.glob("/sys/class/net/d?/statistics/tx_packets"):
        with open(path, encoding="ascii") as value:
            total += int(value.read())
    return total


def settle():
    """Waits until nothing is done any more because of new links: VNICs announce themselves."""
    before = None
    while (now := transmitted()) != before:
        before = now
        time.sleep(SILENCE)


def busy():
    """How long pktgen and the work items of the kernel have run, in ns."""
    total = 0
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="ascii") as comm:
                if not comm.read().startswith(("kpktgend", "kworker", "ksoftirqd")):
                    continue
            with open(path.replace("comm", "schedstat"), encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended
    return total


class Lost(Exception):
    """Frames did not come where they should, so that a figure would be void."""


def expect(count, wanted):
    """Waits until as many frames as wanted have come."""
    end = time.monotonic() + WAIT
    while (now := count()) < wanted and time.monotonic() < end:
        time.sleep(0.01)
    if now != wanted:
        raise Lost(f"{now - wanted:+} frames")


def unicast(frames, count):
    """Instructions per frame of unicasts, which `count` counts at their end."""
    before = count()
    taken = frames.send(FRAMES)
    expect(count, before + FRAMES)
    return taken / FRAMES


def flood(frames, receivers):
    """Instructions per receiver of broadcasts, whoever works for them."""
    def work(number):
        before, start = received(), busy()
        frames.send(number)
        expect(received, before + number * receivers)
        return busy() - start

    number = FRAMES if receivers == 1 else min(QUEUE, COPIES // receivers)
    # One frame less what starting pktgen takes.
    taken = sum(work(number) - work(1) for _ in range(ROUNDS))
    return taken / ROUNDS / (number - 1) / receivers


def measure(stack, path):
    """Instructions per frame on a path, or None if this stack has no such path."""
    frames = stack.frames(path)
    if frames is None:
        return None
    try:
        if path == "flood":
            return flood(frames, stack.receivers)
        return unicast(frames, transmitted if path.startswith("tx") else received)
    except Lost as lost:
        print(f"{stack.key}, {path}: {lost}", flush=True)
        return None


def main(words):
    """Measures the stacks that the words name, and what they are compared with."""
    chosen = [stack for stack in STACKS if stack.key == "dummy" or not words
              or any(stack.key.startswith(word) for word in words)]
    prepare()
    for stack in chosen:
        stack.make()
        settle()
        # The first time is not the same: the allocator's caches grow.
        runs = {path: [measure(stack, path) for _ in range(1 + TIMES)][1:] for path in PATHS}
        print(json.dumps({
            "row": stack.key, "name": stack.name, "kernel": os.uname().release,
            "count": stack.count, "receivers": stack.receivers,
            "instructions": {path: run for path, run in runs.items() if None not in run}}),
              flush=True)
        if stack is not chosen[-1]:
            stack.remove()


main(sys.argv[1:])
