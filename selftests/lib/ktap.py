# SPDX-License-Identifier: GPL-2.0
"""
ktap.py - how a Python test reports: the kernel's ksft library, with cases that
are named by a sentence which begins with the requirement it proves.

    @case("GRP-1: a team is created")
    def team_created(net):
        ksft_eq(...)

    run_cases(net)

Only the parts of the library that report are loaded: the package as a whole
imports ynl and its schemas, which takes seconds in an emulated VM.
"""

import os
import sys
import time
import types

from pace import WAIT


def skip_all(why):
    """Ends a test that cannot run here."""
    print(f"1..0 # SKIP {why}")
    sys.exit(4)


def _load():
    path = os.path.join(os.environ.get("KSELFTEST", ""), "net/lib/py")
    if not os.path.exists(os.path.join(path, "ksft.py")):
        skip_all("KSELFTEST must name the kernel's tools/testing/selftests folder")
    package = types.ModuleType("kernel_ksft")
    package.__path__ = [path]
    sys.modules["kernel_ksft"] = package


_load()
# pylint: disable=wrong-import-position,import-error,unused-import
from kernel_ksft.ksft import (  # noqa: E402,F401
    KsftSkipEx, ksft_eq, ksft_exit, ksft_ge, ksft_gt, ksft_in, ksft_lt, ksft_ne, ksft_not_in,
    ksft_pr, ksft_run, ksft_true)
from kernel_ksft import ksft as _ksft  # noqa: E402
from kernel_ksft.utils import defer  # noqa: E402,F401

_cases = []


def case(name):
    """Marks a function as a case; they run in the order of the file."""
    def mark(function):
        function.__name__ = name
        _cases.append(function)
        return function
    return mark


def wait_until(condition, what="", pause=0.01):
    """Waits for a condition; a failed check if it does not come true."""
    end = time.monotonic() + WAIT
    while not (result := condition()):
        if time.monotonic() > end:
            ksft_true(False, f"still not so: {what}")
            return result
        time.sleep(pause)
    return result


def refused(what, function, *args, **kwargs):
    """
    The request is refused with a sentence that has `what` in it (None: with
    none asked for). Returns the error.
    """
    # Not at the top: a shell test of this library needs no netlink.
    from rtnl import NlError  # pylint: disable=import-outside-toplevel
    try:
        function(*args, **kwargs)
    except NlError as error:
        if what is not None:
            ksft_true(error.sentence, f"refused without a sentence: {error}")
            ksft_in(what.lower(), error.sentence.lower())
        return error
    ksft_true(False, f"not refused: {args} {kwargs}")
    return None


def run_cases(*args):
    """Runs all cases with these arguments; the exit status says how it went."""
    ksft_run(_cases, args=args)
    return 0 if _ksft.KSFT_RESULT_ALL else 1
