# SPDX-License-Identifier: GPL-2.0
"""
rights.py - tests that try things with fewer rights than they have, in a process
of its own.
"""

import ctypes
import os
import traceback

NOBODY = 65534
PR_SET_DUMPABLE = 4  # or what follows setuid() belongs to root in /proc


def as_child(function, *args):
    """
    Runs a function in a process of its own, which may give up rights, and
    returns the reasons it gives for failing ([]: none).
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = function(*args)
        except BaseException:  # pylint: disable=broad-exception-caught
            said = [traceback.format_exc()]
        os.write(writer, "\n".join(said).encode())
        os._exit(0)
    os.close(writer)
    said = b""
    while chunk := os.read(reader, 4096):
        said += chunk
    os.close(reader)
    os.waitpid(child, 0)
    return said.decode().splitlines()


def give_up_rights():
    """Becomes nobody."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def become_root_of_own_namespaces():
    """An unprivileged user's user and network namespace, with all rights in it."""
    give_up_rights()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {NOBODY} 1"),
                       ("gid_map", f"0 {NOBODY} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
