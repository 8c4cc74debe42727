# SPDX-License-Identifier: GPL-2.0
"""
pace.py - how long is long on this machine, and how many are many: a debug kernel
on emulated CPUs is slow, as the runner says in these variables.
"""

import os

SLOW = os.environ.get("KSFT_MACHINE_SLOW") == "yes"
WAIT = 120 if SLOW else 30  # s, for what comes at once where nothing is emulated
QUIET = 0.6 if SLOW else 0.15  # s without a frame, after which none is on its way


def fewer(count):
    """So many, or a part of them on a slow machine; says so."""
    less = count // int(os.environ.get("FEWER", 1))
    if less != count:
        print(f"# slow machine: {less} instead of {count:,}", flush=True)
    return less
