#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
report.py - the lines of run.py for people, and the table of
Documentation/conformance.rst: the last result of each script, kept in
build/conformance.json. Exits with 1 if a script failed.
"""

import json
import os
import sys

from cases import CASES

TOP = os.path.dirname(os.path.abspath(__file__)) + "/../.."
KEPT = f"{TOP}/build/conformance.json"
sys.path.append(f"{TOP}/selftests/lib")
# pylint: disable=wrong-import-position
import rst  # noqa: E402


def key(script, what):
    """Which line of the table it is."""
    return f"{script} ({what})" if what else script


def counts(line):
    """How many parts of a script passed, if it has any."""
    return ", ".join(f"{count} {name}" for name, count in line.get("parts", {}).items() if count)


def cells(line):
    """A line of the table: script, what it was run with, result, parts and reasons."""
    remarks = [counts(line), *line["reasons"]]
    return [f"``{line['script']}``", line["what"], line["result"],
            "; ".join(remark for remark in remarks if remark)]


def keep(lines):
    """All results, the new ones in the place of those of earlier runs."""
    kept = {}
    if os.path.exists(KEPT):
        with open(KEPT, encoding="utf-8") as file:
            kept = json.load(file)
    kept.update((key(line["script"], line["what"]), line) for line in lines)
    with open(KEPT, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
    return kept


def document(kept):
    """Writes the table."""
    head = ["Script", "Run with", "Result", "Parts, and why"]
    lines = [kept.get(key(case.script, case.what), {
        "script": case.script, "what": case.what, "result": "not run", "reasons": []})
             for case in CASES]
    kernels = ", ".join(sorted({line["kernel"] for line in lines if "kernel" in line}))
    rst.replace(f"{TOP}/Documentation/conformance.rst", "results",
                f"Stock kernel {kernels}.\n\n" + rst.list_table([head, *map(cells, lines)]))


def main():
    """Reads the lines; others are passed on."""
    lines = []
    for text in sys.stdin:
        if not text.startswith("{"):
            sys.stderr.write(text)
            continue
        line = json.loads(text)
        lines.append(line)
        print(f"{line['result']:14} {key(line['script'], line['what']):80} {counts(line)}".rstrip(),
              flush=True)
        for reason in line["reasons"]:
            print(f"{'':15}{reason}", flush=True)
    if not lines:
        sys.exit(1)
    document(keep(lines))
    failed = sum(1 for line in lines if line["result"] == "fail")
    passed = sum(1 for line in lines if line["result"] == "pass")
    print(f"{passed} passed, {failed} failed, {len(lines) - passed - failed} not applicable")
    sys.exit(failed > 0)


main()
