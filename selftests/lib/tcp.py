#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
tcp.py - echoes random bytes over TCP between this network namespace and another
and prints "intact" if all came back as they were sent.
tcp.py REMOTE-NETNS REMOTE-ADDRESS
"""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rtnl import InNetns  # noqa: E402  pylint: disable=wrong-import-position

SIZE = 1 << 20


def echo(listener):
    """Sends one connection's bytes back."""
    connection, _ = listener.accept()
    while data := connection.recv(1 << 16):
        connection.sendall(data)
    connection.close()


def main():
    """One connection."""
    with InNetns(sys.argv[1]):
        listener = socket.create_server(("", 0))
    port = listener.getsockname()[1]
    threading.Thread(target=echo, args=(listener,), daemon=True).start()
    sent, came = os.urandom(SIZE), bytearray()
    with socket.create_connection((sys.argv[2], port), timeout=60) as client:
        def send():
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        while data := client.recv(1 << 16):
            came += data
    print("intact" if came == sent else f"{len(came)} of {SIZE} bytes, or others")


main()
