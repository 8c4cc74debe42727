# SPDX-License-Identifier: GPL-2.0
"""
steady.py - what there is in a network namespace, to be compared with what there
was: all links with their settings and filters, but nothing that changes by
itself.
"""

import rtnl

RESTLESS = {
    "stats", "carrier_changes", "operstate", "carrier", "linkmode",
    # That of a link which never was up is another, and without memory for one the
    # kernel goes on without.
    "qdisc",
    # What counts moves and says when they were.
    "moves", "move_cause", "move_detected", "move_resumed",
}
FLAGS = rtnl.IFF_UP | rtnl.IFF_PROMISC | rtnl.IFF_ALLMULTI


def _kept(values):
    return {key: value for key, value in values.items() if key not in RESTLESS}


def steady(socket, members=(), kind=None):
    """The links of a namespace by name, members (by index) with their unicast filters."""
    links = {}
    for name, link in socket.links(kind).items():
        link = _kept(link)
        link["flags"] &= FLAGS
        link["data"] = _kept(link.get("data", {}))
        if link["index"] in members:
            # Groups are joined and left by IP as it likes.
            link["filters"] = {mac for mac in socket.filters(link["index"])
                               if not int(mac[:2], 16) & 1}
        links[name] = link
    return links


def difference(one, other):
    """What differs between two of these, in words; empty if nothing does."""
    found = []
    for name in sorted(set(one) | set(other)):
        was, now = one.get(name), other.get(name)
        if was is None or now is None:
            found.append(f"{name} {'came' if was is None else 'is gone'}")
            continue
        found += [f"{name} {key}: {was.get(key)} -> {now.get(key)}"
                  for key in sorted(set(was) | set(now)) if was.get(key) != now.get(key)]
    return "; ".join(found)
