#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
run.py - runs the kernel's own tests against teams and VNICs (see cases.py), in
the VM of `conformance`, and prints a line of JSON for each, and on stderr what
failing ones say.
  run.py [NAME...]   scripts in whose path one of the words is; default: all
"""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from cases import CASES  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
AT_ONCE = 6  # most of what they do is to wait
LINES = 200  # of what a failing script said
# A kernel that says one of these has a defect.
BAD = re.compile(r"BUG|WARNING|\] RIP:|Call Trace:|ref_tracker|INFO: task .* blocked|"
                 "unregister_netdevice: waiting")
# How parts of a test say how they went.
PARTS = (
    re.compile(r"^TEST: (?P<name>.*?)\s+\[ *(?P<result>[A-Z]+) *\]$"),
    re.compile(r"^(?P<result>PASS|FAIL|SKIP|XFAIL): (?P<name>.*)$"),
    re.compile(r"^(?P<result>ok|not ok) \d+ (?P<name>.*?)(?: # (?P<directive>SKIP|XFAIL).*)?$"),
)
RESULTS = {"OK": "pass", "PASS": "pass", "ok": "pass", "not ok": "fail", "FAIL": "fail",
           "SKIP": "skip", "XFAIL": "xfail", "XPASS": "pass"}


# Mounts, processes and network namespaces of a script are its own and end with it.
# $0: folder of programs for it, $1: links, $2: script, $3: seconds, $4: count of
# edits, then file and expression of each, then the script's arguments.
SANDBOX = r"""
    umount -R -l /sys
    mount -t sysfs sysfs /sys
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount -t tmpfs tmpfs /run
    mkdir -p /run/netns /run/kernel /run/layer/upper /run/layer/work
    mount -t overlay overlay /run/kernel \
        -o lowerdir=/mnt/linux,upperdir=/run/layer/upper,workdir=/run/layer/work
    cd /run/kernel/tools/testing/selftests
    PATH=$0:$PATH links=$1 script=$2 limit=$3 edits=$4
    shift 4
    for ((; edits > 0; edits--)); do
        cp "$1" /run/before
        sed -i "$2" "$1"
        ! cmp -s "$1" /run/before || { echo "nothing in $1 is changed by $2"; exit 1; }
        shift 2
    done
    ip link set lo up
    eval "$links"
    cd "${script%/*}"
    exec timeout -k 5 "$limit" "./${script##*/}" "$@"
"""


def kernel_log():
    """All that the kernel said."""
    return subprocess.run("dmesg", check=True, stdout=subprocess.PIPE,
                          text=True).stdout.splitlines()


def parts(text):
    """[(part, result)] of what a script printed."""
    found = []
    for line in text.splitlines():
        for pattern in PARTS:
            match = pattern.match(line.strip())
            if match:
                groups = match.groupdict()
                result = groups.get("directive") or groups["result"]
                found.append((re.sub(r"\s+", " ", groups["name"]), RESULTS.get(result, "fail")))
                break
    return found


def execute(case):
    """Runs a script; returns what it printed and its exit status."""
    edits = [word for edit in case.edits.items() for word in edit]
    done = subprocess.run(
        ("unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork",
         "--mount-proc", "--kill-child", "bash", "-euc", SANDBOX, f"{HERE}/bin", case.links,
         case.script, str(case.timeout), str(len(case.edits)), *edits, *case.args.split()),
        env={**os.environ, **case.environment, "PYTHONUNBUFFERED": "1"}, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    return done.stdout, done.returncode


def judge(case, found, status):
    """(verdict, reasons) of a script's parts and exit status."""
    reasons, failed = [], []
    for name, result in found:
        if result != "fail":
            continue
        why = next((why for pattern, why in case.explained.items()
                    if re.search(pattern, name)), None)
        if why is None:
            failed.append(name)
        elif why not in reasons:
            reasons.append(why)
    if failed:
        return "fail", failed + reasons
    if status in (124, 137):
        return "fail", [f"no end after {case.timeout} s"]
    if status == 4 and not any(result == "pass" for _, result in found):
        return "skip", [name for name, result in found if result == "skip"] or ["skips itself"]
    if status not in (0, 4) and not reasons:
        return "fail", [f"exit status {status}"]
    return "pass", reasons


def conform(case):
    """Runs one case and returns its line."""
    line = {"script": case.script, "what": case.what, "kernel": os.uname().release}
    if case.why:
        return {**line, "result": "not applicable", "reasons": [case.why]}
    said = len(kernel_log())
    text, status = execute(case)
    found = parts(text)
    verdict, reasons = judge(case, found, status)
    bad = [entry for entry in kernel_log()[said:] if BAD.search(entry)]
    if bad:
        verdict, reasons = "fail", [f"kernel log: {bad[0]}", *reasons]
    if verdict == "fail":
        print("\n".join([f"--- {case.script} {case.what}: exit status {status}",
                         *text.splitlines()[:LINES]]), flush=True)
    counts = {result: sum(1 for _, one in found if one == result)
              for result in ("pass", "fail", "skip", "xfail")}
    return {**line, "result": verdict, "reasons": reasons, "parts": counts}


def main(words):
    """Runs the cases that the words name."""
    cases = [case for case in CASES if not words or any(word in case.script for word in words)]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        runs = [executor.submit(conform, case) for case in cases]
        for run in as_completed(runs):
            print(json.dumps(run.result()), flush=True)


main(sys.argv[1:])
