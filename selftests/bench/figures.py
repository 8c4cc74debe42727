# SPDX-License-Identifier: GPL-2.0
"""
figures.py - what was measured, as costs: instructions per frame above those of
the bare NIC. Kept in build/bench.json.
"""

import json
import os

TOP = os.path.dirname(os.path.abspath(__file__)) + "/../.."
PATH = f"{TOP}/build/bench.json"
BASE = "dummy"
GOALS = {"tx": 350, "tx_all": 350, "rx": 150, "rx_all": 150}
SPREAD, AGREEMENT = 5, 0.2  # %
# The columns, in the order of the table.
PATHS = {"tx": "TX", "tx_all": "TX, many", "rx": "RX", "rx_all": "RX, all", "local": "local",
         "flood": "broadcast"}
# Many addresses, so that it is no matter of luck where one lies in a table.
MANY = {"tx_all": "tx_all", "rx_all": "rx"}


def mean(values):
    """Of all runs."""
    return sum(values) / len(values)


def ours(row):
    """Whether a row is one of vnicteam."""
    return row["row"].startswith("vnic")


class Figures:
    """Rows by key, in the order in which they were measured."""

    def __init__(self, rows=()):
        self.rows = {row["row"]: row for row in rows}

    @classmethod
    def load(cls):
        """Those of the last run."""
        with open(PATH, encoding="utf-8") as file:
            return cls(json.load(file)["rows"])

    def save(self):
        """For programs. Rows of an earlier run that were not measured now stay."""
        kept = Figures()
        if os.path.exists(PATH):
            kept = Figures.load()
        if kept.kernel() != self.kernel():
            kept = Figures()
        kept.rows.update(self.rows)
        for row in kept.rows.values():
            row["costs"] = {path: round(kept.cost(row, path), 1)
                            for path in PATHS if path in row["instructions"]}
        with open(PATH, "w", encoding="utf-8") as file:
            json.dump({"unit": "instructions per frame", "bytes": 60, "kernel": kept.kernel(),
                       "goals": GOALS, "rows": list(kept.rows.values())}, file, indent=1)
            file.write("\n")

    def add(self, row):
        """One more row; the bare NIC's comes first."""
        self.rows[row["row"]] = row

    def kernel(self):
        """The kernel of the run."""
        return next((row["kernel"] for row in self.rows.values()), None)

    def base(self, path):
        """What the bare NIC takes for it."""
        bare = {name: mean(runs) for name, runs in self.rows[BASE]["instructions"].items()}
        return {
            "tx": bare["tx"], "tx_all": bare["tx_all"], "rx": bare["rx"],
            # pktgen takes longer to make frames to many.
            "rx_all": bare["rx"] + bare["tx_all"] - bare["tx"],
            # Made by pktgen, and dropped in IP.
            "local": bare["rx"],
            # One frame, many receivers: there is nothing to compare them with.
            "flood": 0,
        }[path]

    def cost(self, row, path):
        """
        Instructions above the bare NIC; of that itself, and of broadcasts, all.
        None: not measured.
        """
        if path not in row["instructions"]:
            return None
        value = mean(row["instructions"][path])
        return value if row["row"] == BASE else value - self.base(path)

    def missed(self, row, path):
        """Whether a row of ours costs more than it should."""
        cost = self.cost(row, path)
        return ours(row) and path in GOALS and cost is not None and cost > GOALS[path]

    def spread(self, path):
        """How far the costs with 1 and with 1,000 VNICs are apart, in %, or None."""
        if path not in MANY or not {"vnic-1", "vnic-1000"} <= self.rows.keys():
            return None
        costs = (self.cost(self.rows["vnic-1"], MANY[path]),
                 self.cost(self.rows["vnic-1000"], path))
        return None if None in costs else (max(costs) / min(costs) - 1) * 100

    def disagreement(self, *paths):
        """How far two runs of the same frames are apart at most, in %."""
        return max((max(runs) / min(runs) - 1) * 100 for row in self.rows.values()
                   for path, runs in row["instructions"].items() if path in paths)

    def agreement(self):
        """The same as a sentence. Work items make broadcasts less exact."""
        unicast = self.disagreement(*(path for path in PATHS if path != "flood"))
        return (f"Two runs in one VM are {unicast:.2f} % apart at most (goal: {AGREEMENT} %), with"
                f" broadcasts {self.disagreement('flood'):.2f} %.")
