#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
genl_spec.py - what Documentation/netlink/specs/vnicteam.yaml says is what the
header and the running kernel say, and the kernel's tools can use it, also for
our links (CTL-1, CTL-2).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import json  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402

from genl import Genl, HEADER, KERNEL, SPEC, TOP, YNL  # noqa: E402
from ktap import case, ksft_eq, run_cases  # noqa: E402
from topology import Net, run  # noqa: E402

# The enums whose names in the header do not begin with the family's.
RENAMED = re.compile(r"^VNICTEAM_(MODE|STATE|MOVE)_")
KINDS = {"u8": "u8", "u16": "u16", "u32": "u32", "u64": "u64", "nest": "nested"}


class Tree:
    """A folder in which the kernel's generator finds what it looks for."""

    def __enter__(self):
        # It looks upwards for this file, without an end.
        self.top = tempfile.mkdtemp()
        docs = os.path.join(self.top, "Documentation/netlink")
        os.makedirs(os.path.join(docs, "specs"))
        with open(os.path.join(self.top, "MAINTAINERS"), "w", encoding="ascii"):
            pass
        shutil.copy(os.path.join(KERNEL, "Documentation/netlink/genetlink.yaml"), docs)
        self.spec = shutil.copy(SPEC, os.path.join(docs, "specs"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)


def enumerators(text):
    """{name: value} of all enums and numbers that a header defines."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    found = {}
    for body in re.findall(r"\benum\b[^{;]*\{(.*?)\}", text, flags=re.S):
        value = -1
        for name, given in re.findall(r"(\w+)\s*(?:=\s*([^,]+))?(?:,|$)", body.strip()):
            # A number, or another name of the same header less one.
            value = value + 1 if not given else eval(given, {}, found)  # pylint: disable=eval-used
            found[name] = value
    for name, given in re.findall(r"^#define\s+(\w+)\s+([\d(].*)$", text, flags=re.M):
        found[name] = eval(given, {}, found)  # pylint: disable=eval-used
    return found


# Turns red if a number or name in one is not that in the other.
@case("CTL-2: the header that the kernel's generator makes of the spec has our header's names")
def header(_):
    with Tree() as tree:
        made = subprocess.run(
            [sys.executable, f"{YNL}/ynl_gen_c.py", "--mode", "uapi", "--header", "--spec",
             tree.spec], capture_output=True, text=True, check=True, timeout=250).stdout
    made = {RENAMED.sub(r"VNIC_\1_", name): value for name, value in enumerators(made).items()}
    with open(HEADER, encoding="ascii") as file:
        ours = enumerators(file.read())
    # Generated sets have no number 0.
    ours = {name: value for name, value in ours.items() if not name.endswith("_UNSPEC")}
    ksft_eq(made.keys() ^ ours.keys(), set())
    ksft_eq({name: (made[name], value) for name, value in ours.items()
             if made.get(name) != value}, {})


# Turns red if the spec is none: the library validates it, with the schema that it names.
@case("CTL-2: the spec is valid by the kernel's schema, and documents all that it names")
def schema(net):
    schema_file = os.path.join(KERNEL, "Documentation/netlink/genetlink.yaml")
    said = run(sys.executable, f"{YNL}/cli.py", "--spec", SPEC, "--schema", schema_file,
               "--dump", "team-get", "--output-json", netns=net.names["host"])
    ksft_eq([team["name"] for team in json.loads(said)], ["team0"])
    with Genl() as genl:
        for name, attrs in genl.attr_sets.items():
            ksft_eq([attr for attr, one in attrs.attrs.items()
                     if "doc" not in one.yaml and one["type"] != "pad"], [], name)


def expected(genl, attr_set, names):
    """The policy that the spec says for attributes of a set."""
    policy = {}
    for name in names:
        attr = genl.attr_sets[attr_set].attrs[name].yaml
        if attr["type"] == "pad" or "Read only" in attr["doc"]:
            continue
        limits = attr.get("checks", {})
        if attr["type"] == "nest":
            inner = attr["nested-attributes"]
            limits = expected(genl, inner, genl.attr_sets[inner].attrs)
        policy[name] = (KINDS[attr["type"]], limits)
    return policy


def live(policy):
    """The same of what the kernel says."""
    found = {}
    for name in policy:
        one = policy[name]
        if one.type == "nested":
            found[name] = ("nested", live(one))
            continue
        limits = {}
        bits = int(one.type[1:])
        if getattr(one, "min_value", 0) != 0:
            limits["min"] = one.min_value
        if getattr(one, "max_value", None) not in (None, (1 << bits) - 1):
            limits["max"] = one.max_value
        found[name] = (one.type, limits)
    return found


# Turns red if a policy accepts more or less than the spec says, of any attribute.
@case("CTL-2: the running kernel accepts what the spec says of each command, and no more")
def policies(net):
    with Genl(net.names["host"]) as genl:
        seen = 0
        for name, operation in genl.ops.items():
            for mode in ("do", "dump"):
                if mode not in operation.yaml:
                    continue
                seen += 1
                names = operation.yaml[mode].get("request", {}).get("attributes", [])
                policy = genl.get_policy(name, mode)
                found = live(policy) if policy else {}
                ksft_eq(found, expected(genl, operation.attr_set.name, names), f"{name} {mode}")
        ksft_eq(seen, 12)


# Turns red if a sub-message is not found for a kind, or has other attributes.
@case("CTL-1: ynl reads and sets our links by rt-link")
def rt_link(net):
    with tempfile.TemporaryDirectory() as folder:
        spec = os.path.join(folder, "rt-link.yaml")
        with open(spec, "w", encoding="utf-8") as file:
            subprocess.run([f"{TOP}/tools/ynl/rt-link",
                            f"{KERNEL}/Documentation/netlink/specs/rt-link.yaml", SPEC],
                           stdout=file, check=True)
        with Genl(net.names["host"], spec) as rtnl:
            def info(name):
                return rtnl.do("getlink", {"ifi-index": net.host.index(name)})["linkinfo"]
            team, vnic, member = info("team0"), info("v1"), info("eth1")
            with Genl(net.names["host"]) as genl:
                def ours(command, name):
                    return genl.do(command, {"ifindex": net.host.index(name)})["info"]
                ksft_eq((team["kind"], team["data"]), ("vnicteam", ours("team-get", "team0")))
                ksft_eq((vnic["kind"], vnic["data"]), ("vnic", ours("vnic-get", "v1")))
                ksft_eq((member["slave-kind"], member["slave-data"]),
                        ("vnicteam", ours("member-get", "eth1")))
            rtnl.do("newlink", {"ifi-index": net.host.index("v1"), "linkinfo": {
                "kind": "vnic", "data": {"mode": "private"}}})
            ksft_eq(info("v1")["data"]["mode"], "private")


# Turns red if the alias is not the one that the core asks modprobe for.
@case("CTL-2: the module has the alias by which the family is loaded when it is asked for")
def alias(_):
    said = run("modprobe", "-R", "net-pf-16-proto-16-family-vnicteam", check=False)
    ksft_eq(said.split(), ["vnicteam"])


if __name__ == "__main__":
    with Net(3) as topology:
        topology.team()
        topology.vnic("v1")
        STATUS = run_cases(topology)
    sys.exit(STATUS)
