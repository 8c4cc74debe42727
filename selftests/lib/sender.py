#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
sender.py - sends frames to MACs, over and over, until it is ended: traffic that
does not care whether anybody receives it. sender.py DEVICE MAC...
"""

import socket
import sys
import time

PAUSE = 0.002  # s

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
    sock.bind((sys.argv[1], 0))
    frames = [bytes.fromhex(mac.replace(":", "")) + sock.getsockname()[4] + b"\x88\xb5" + bytes(50)
              for mac in sys.argv[2:]]
    while True:
        for frame in frames:
            try:
                sock.send(frame)
            except OSError:
                pass
        time.sleep(PAUSE)
