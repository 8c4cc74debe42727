# SPDX-License-Identifier: GPL-2.0
"""
streams.py - numbered frames sent at a steady pace by a process of its own, and
the account of what came of them: lost, doubled, out of order, largest gap.

    with Streams([Stream("vnic0 out", source, sink, to_mac, from_mac)]) as streams:
        ...                     # what must not disturb them
    streams.reports["vnic0 out"].lost
"""

import os
import select
import signal
import struct
import time

from frames import frame
from pace import QUIET

HEADER = struct.Struct("!8sIQ")


class Stream:  # pylint: disable=too-few-public-methods
    """Frames from one port to another."""

    def __init__(self, name, source, sink, destination, sender):
        self.name, self.source, self.sink = name, source, sink
        self.head = frame(destination, sender)[:14]


class Report:
    """What came of a stream. Times in ms."""

    def __init__(self, sent, arrivals):
        numbers = [number for number, _ in arrivals]
        distinct = set(numbers)
        self.sent, self.received = sent, len(numbers)
        self.lost = sent - len(distinct)
        self.duplicates = len(numbers) - len(distinct)
        self.reordered = sum(1 for a, b in zip(numbers, numbers[1:]) if b < a)
        stamps = sorted(stamp for _, stamp in arrivals)
        self.gap = max((b - a for a, b in zip(stamps, stamps[1:])), default=0) / 1e6

    def perfect(self):
        """Everything that was sent arrived once and in order."""
        return self.sent > 0 and not (self.lost or self.duplicates or self.reordered)

    def __repr__(self):
        return (f"sent {self.sent}, lost {self.lost}, doubled {self.duplicates}, "
                f"out of order {self.reordered}, largest gap {self.gap:.1f} ms")


class Streams:
    """Sends while the block runs; reports are ready after it."""

    def __init__(self, streams, interval=0.004):
        self.streams, self.interval = streams, interval
        # Late frames of an earlier run are none of ours.
        self.run = os.urandom(8)
        self.reports = {}

    def __enter__(self):
        self.result, writer = os.pipe()
        started, go = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                self._send(writer, go)
            finally:
                os._exit(0)
        os.close(writer)
        os.close(go)
        # The child has sent every stream's first frames.
        os.read(started, 1)
        os.close(started)
        return self

    def _send(self, writer, go):
        running = True

        def stop(*_):
            nonlocal running
            running = False

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sent = [0] * len(self.streams)
        next_at, rounds = time.monotonic(), 0
        while running:
            for number, stream in enumerate(self.streams):
                data = stream.head + HEADER.pack(self.run, number, sent[number])
                try:
                    stream.source.send(data.ljust(60, b"\0"))
                    sent[number] += 1
                except OSError:
                    pass  # the device is down: nothing was sent
            rounds += 1
            if rounds == 3:
                os.write(go, b".")
            next_at += self.interval
            time.sleep(max(0.0005, next_at - time.monotonic()))
        os.write(writer, struct.pack(f"={len(sent)}Q", *sent))

    def __exit__(self, *_):
        os.kill(self.child, signal.SIGTERM)
        data = os.read(self.result, 8 * len(self.streams))
        os.waitpid(self.child, 0)
        os.close(self.result)
        sent = struct.unpack(f"={len(self.streams)}Q", data)
        arrivals = [[] for _ in self.streams]
        for sink in {stream.sink for stream in self.streams}:
            while select.select([sink], [], [], QUIET)[0]:
                self._account(sink, arrivals)
            if sink.dropped():
                raise RuntimeError(f"the test's own socket on {sink.device} was too small")
        for number, stream in enumerate(self.streams):
            self.reports[stream.name] = Report(sent[number], arrivals[number])

    def _account(self, sink, arrivals):
        while (one := sink.receive()) is not None:
            if len(one.payload) < HEADER.size:
                continue
            run, number, sequence = HEADER.unpack_from(one.payload)
            if run == self.run and self.streams[number].sink is sink:
                arrivals[number].append((sequence, one.stamp))
