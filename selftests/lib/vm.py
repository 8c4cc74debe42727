# SPDX-License-Identifier: GPL-2.0
"""
vm.py - the links of the VM's NICs, cut through QEMU's monitor without starting
a process, so that the time of a cut is known. Does what vm_set_link of the
lab's guest library does, with the same lock.
"""

import fcntl
import json
import os

MONITOR = "/dev/virtio-ports/monitor"
LOCK = "/run/vm-monitor.lock"


def nics():
    """How many members the VM has; 0 outside of a VM."""
    if not os.path.exists(MONITOR):
        return 0
    return int(os.environ.get("VM_NICS") or 0)


def _line(port):
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(port, 1)
    return json.loads(line)


def qmp(command, **arguments):
    """Sends a command to QEMU and returns when it was carried out."""
    request = {"execute": command, "arguments": arguments, "id": f"py{os.getpid()}"}
    with open(LOCK, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        port = os.open(MONITOR, os.O_RDWR)
        try:
            os.write(port, json.dumps(request).encode() + b"\n")
            while (answer := _line(port)).get("id") != request["id"]:
                pass
        finally:
            os.close(port)
    if "return" not in answer:
        raise OSError(f"QEMU: {answer}")


def set_link(number, plugged):
    """Plugs or cuts the link of a member."""
    qmp("set_link", name=f"net{number}", up=plugged)
