# SPDX-License-Identifier: GPL-2.0
"""
faults.py - the kernel's fault injection: allocations that fail on purpose, and
its settings in debugfs, which are put back.

    with Settings() as settings:
        settings.set("failslab/ignore-gfp-wait", "N")
"""

import glob
import os
import subprocess

from ktap import skip_all

DEBUGFS = "/sys/kernel/debug"
# Caches of those who watch: they go on without what they do not get.
DEBUGGING = ("kmemleak_object", "kmemleak_scan_area", "debug_objects_cache")
REMEDY = "needs a kernel with fault injection: make check KERNEL=debug"


class Settings:
    """Files of debugfs, which get their former content back in the end."""

    def __init__(self):
        if not os.path.exists(f"{DEBUGFS}/sleep_time") and not os.listdir(DEBUGFS):
            subprocess.run(["mount", "-t", "debugfs", "none", DEBUGFS], check=False)
        self.before = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path, value in reversed(self.before):
            self._write(path, value)

    @staticmethod
    def _write(path, value):
        with open(path, "w", encoding="ascii") as file:
            file.write(value)

    def set(self, name, value):
        """Writes a setting; skips the whole test where there is none."""
        path = f"{DEBUGFS}/{name}"
        if not os.path.exists(path):
            skip_all(f"{name} is missing: {REMEDY}")
        self.before.append((path, self.get(name) or "\n"))
        self._write(path, str(value))

    @staticmethod
    def get(name):
        """What a setting is now."""
        with open(f"{DEBUGFS}/{name}", encoding="ascii") as file:
            return file.read().strip()

    def prepare(self):
        """Every allocation may fail, and the kernel does not say so each time."""
        self.set("failslab/ignore-gfp-wait", "N")
        caches = [path for path in glob.glob("/sys/kernel/slab/*/failslab")
                  if path.split("/")[-2] not in DEBUGGING]
        self.set("failslab/cache-filter", "Y" if caches else "N")
        for path in caches:
            self._write(path, "1")
        self.set("fail_page_alloc/ignore-gfp-wait", "N")
        self.set("fail_page_alloc/min-order", 0)
        for path in glob.glob(f"{DEBUGFS}/fail*/verbose"):
            self.set(path[len(DEBUGFS) + 1:], 0)


class Faults:
    """The n-th allocation in a request of this thread fails."""

    def __init__(self):
        self.nth, self.left, self.fired = 0, 0, False
        path = "/proc/thread-self/fail-nth"
        if not os.path.exists(path):
            skip_all(REMEDY)
        self.file = os.open(path, os.O_RDWR)

    def arm(self, socket):
        """Has the faults happen in what is sent by this rtnetlink socket."""
        socket.sock = _Armed(socket.sock, self)


class _Armed:  # pylint: disable=too-few-public-methods
    """A socket whose messages are sent with a fault."""

    def __init__(self, sock, faults):
        self.sock, self.faults = sock, faults

    def __getattr__(self, name):
        return getattr(self.sock, name)

    def send(self, data):
        """Sends; nothing else happens while the fault is armed."""
        nth, file, send = str(self.faults.nth).encode(), self.faults.file, self.sock.send
        try:
            os.pwrite(file, nth, 0)
            return send(data)
        finally:
            self.faults.left = int(os.pread(file, 32, 0))
            os.pwrite(file, b"0", 0)
            self.faults.fired = self.faults.left == 0
