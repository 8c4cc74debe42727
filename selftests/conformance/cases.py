# SPDX-License-Identifier: GPL-2.0
"""
cases.py - which of the kernel's own tests are run against teams and VNICs, and
how. Nothing of them is copied: they are run from the kernel's source, under a
layer of memory in which `edits` are made with sed where a script names a kind
of link that is not ours.
"""

# A wire from h1 to a member of team0, which has one VNIC.
WIRE = """
    ip link add h1 type veth peer name e1
    ip link add team0 type vnicteam
    ip link set e1 master team0 up
    ip link set team0 up
    ip link add link team0 name vnic0 type vnic
"""
# Wires from h1 and h2, each to a team of its own with one VNIC.
TWO_WIRES = """
    for n in 1 2; do
        ip link add h$n type veth peer name e$n
        ip link add team$n type vnicteam
        ip link set e$n master team$n up
        ip link set team$n up
        ip link add link team$n name vnic$n type vnic
    done
"""
# A VNIC whose name is that of a NIC, down.
ETH = WIRE + "ip link set vnic0 name eth0\n"
# A VNIC with an address, and a host that it reaches.
REACHED = WIRE + """
    ip netns add remote
    ip link set h1 netns remote
    ip -n remote link set lo up
    ip -n remote addr add 192.0.2.2/24 dev h1
    ip -n remote addr add 2001:db8::2/64 dev h1 nodad
    ip -n remote link set h1 up
    ip link set lo up
    ip addr add 192.0.2.1/24 dev vnic0
    ip addr add 2001:db8::1/64 dev vnic0 nodad
    ip link set vnic0 up
"""
REMOTE = {"LOCAL_V4": "192.0.2.1", "REMOTE_V4": "192.0.2.2", "LOCAL_V6": "2001:db8::1",
          "REMOTE_V6": "2001:db8::2", "REMOTE_TYPE": "netns", "REMOTE_ARGS": "remote",
          "NETIF": "vnic0"}


class Case:
    """
    A script below tools/testing/selftests, run in a network namespace that
    `links` have prepared. `edits` are sed's by file. `explained` says of
    failing parts, by a regular expression, why they do not apply. With `why`
    the script as a whole does not apply and is not run.
    """

    def __init__(self, script, what="", *, links="", args="", environment=None, edits=None,
                 explained=None, why=None, timeout=600):
        self.script, self.what, self.links, self.args = script, what, links, args
        self.environment, self.edits = environment or {}, edits or {}
        self.explained, self.why, self.timeout = explained or {}, why, timeout


def kind(script, expression, *others):
    """Edits: sed's expression in the script itself and in others."""
    return {name: expression for name in (script, *others)}


FORWARDING, NET = "net/forwarding/", "net/"
BONDING, TEAM, DRIVERS = "drivers/net/bonding/", "drivers/net/team/", "drivers/net/"

# ynl refuses a link whose kind its description does not know.
DESCRIBED = {"../../../Documentation/netlink/specs/rt-link.yaml":
             "/^    name: linkinfo-data-msg/,/formats:/"
             "s/formats:/formats:\\n      -\\n        value: vnic/"}
LINK_LOCAL = r"Link-local|L2 transport, Peer Delay"
BETWEEN = "01:80:c2:00:00:00 to :0f are between the member and its switch, and not for VNICs"
NO_PROGRAM = "XDP: needs a BPF object, which only clang makes; a VNIC has no XDP in the driver"
NO_PROTODOWN = "a VNIC has no protodown"
NO_CHANNELS = "a VNIC has no channels to set with ethtool -L"
SPREAD = "its modes send each frame over another NIC; a VNIC is on one member as a whole (VNIC-2)"
NON_ETHERNET = "needs a non-Ethernet device below, which a team refuses (GRP-2)"

TEAM_BRIDGE = "s/type team/type vnicteam/"

# The parts of local_termination.sh: run one by one, it takes half an hour.
TERMINATION = {
    "alone": "standalone",
    "in a bridge": "vlan_unaware_bridge vlan_aware_bridge",
    "with a VLAN": "test_vlan",
    "in a bridge, with a VLAN": "vlan_over_vlan_unaware_bridged_port"
                                " vlan_over_vlan_aware_bridged_port",
    "in a bridge that has a VLAN": "vlan_over_vlan_unaware_bridge vlan_over_vlan_aware_bridge",
}

CASES = (
    Case(FORWARDING + "min_max_mtu.sh", "VNIC", links=WIRE, args="h1 vnic0"),
    Case(FORWARDING + "tc_flower.sh", "VNIC receives", links=WIRE, args="h1 vnic0", timeout=900),
    Case(FORWARDING + "tc_flower.sh", "VNIC sends", links=WIRE, args="vnic0 h1", timeout=900),
    # Without the case that needs smcrouted.
    Case(FORWARDING + "router.sh", "routed between VNICs", links=TWO_WIRES,
         args="h1 vnic1 vnic2 h2", timeout=900,
         environment={"MCD": "/bin/true", "MC_CLI": "/bin/true", "TESTS":
                      "ping_ipv4 ping_ipv6 sip_in_class_e ipv4_sip_equal_dip ipv6_sip_equal_dip"
                      " ipv4_dip_link_local ipv4_sip_link_local"}),
    Case(FORWARDING + "bridge_vlan_aware.sh", "bridge of VNICs", links=TWO_WIRES,
         args="h1 vnic1 vnic2 h2", timeout=1500),
    Case(NET + "netdevice.sh", "VNIC", links=ETH),
    Case(DRIVERS + "ping.py", "VNIC", links=REACHED, environment=REMOTE,
         explained={r"test_xdp_": NO_PROGRAM}),
    Case(DRIVERS + "stats.py", "VNIC", links=REACHED, environment={"NETIF": "vnic0"},
         edits=DESCRIBED, explained={r"procfs_downup_hammer": NO_CHANNELS}),
    Case(TEAM + "refleak.sh", "vnicteam for team",
         edits=kind(TEAM + "refleak.sh", "s/type team/type vnicteam/")),
    Case(TEAM + "non_ether_header_ops.sh", "vnicteam for team",
         edits=kind(TEAM + "non_ether_header_ops.sh", "s/type team/type vnicteam/")),
    Case(TEAM + "dev_addr_lists.sh", "vnicteam for team",
         edits=kind(BONDING + "lag_lib.sh", "s/type team/type vnicteam/")),
    Case(TEAM + "transmit_failover.sh", why=SPREAD),
    Case(BONDING + "bond_macvlan_ipvlan.sh", "macvlan and ipvlan on vnicteam",
         edits={BONDING + "bond_topo_2d1c.sh": "s/type bond .*/type vnicteam/",
                BONDING + "bond_macvlan_ipvlan.sh": "s/^bond_modes=.*/bond_modes=vnicteam/"},
         timeout=900),
    Case(BONDING + "bond_macvlan_ipvlan.sh", "VNICs for macvlans",
         edits={BONDING + "bond_topo_2d1c.sh": "s/type bond .*/type vnicteam/",
                BONDING + "bond_macvlan_ipvlan.sh": "s/^bond_modes=.*/bond_modes=vnicteam/;"
                " s/macvlan bridge/vnic bridge/; /ipvlan  l2/d"}, timeout=900),
    Case(BONDING + "mode-1-recovery-updelay.sh", "vnicteam for bond, which has no delay",
         edits=kind(BONDING + "lag_lib.sh", "s/type bond \\$@/type vnicteam/")),
    Case(BONDING + "bond-eth-type-change.sh",
         why="a bond turns into another type of device with its first NIC; a team is Ethernet"),
    Case(BONDING + "bond_stacked_header_parse.sh", why=NON_ETHERNET),
    Case(BONDING + "bond_vlan_real_dev.sh", "vnicteam for bond",
         edits=kind(BONDING + "bond_vlan_real_dev.sh", "s/type bond .*/type vnicteam/")),
    Case(NET + "protodown.sh", "VNIC for macvlan",
         edits=kind(NET + "protodown.sh",
                    's/name macvlan0 link dummy0 up type macvlan.*/'
                    'team0 up type vnicteam; ip -n "$NS" link set dummy0 master team0;'
                    ' ip -n "$NS" link add name macvlan0 link team0 up type vnic/'),
         explained={r"[Pp]rotodown": NO_PROTODOWN}),
    Case(NET + "link_netns.py", "on a vnicteam, with VNIC for macvlan",
         edits=kind(NET + "link_netns.py",
                    's/link add dummy1 type dummy", ns=net3/link add dummy1 type vnicteam", ns=net3/;'
                    ' s/("macvlan", "link dummy1"/("vnic", "link dummy1"/')),
    Case(NET + "macvlan_mcast_shared_mac.sh", why="a frame from a VNIC's own address was sent back"
         " by a switch and is dropped (CLS-5), as macvlan did before this test"),
    Case(NET + "fdb_notify.sh", "VNIC for macvlan", environment={"TESTS":
         "test_dup_macvlan_self test_dup_macvlan_master"},
         edits=kind(NET + "fdb_notify.sh",
                    "s/adf_ip_link_add mv up link dd type macvlan.*/"
                    "adf_ip_link_add tt up type vnicteam; adf_ip_link_set_master dd tt;"
                    # A filter has no VLAN ids; macvlan in mode passthru leaves them unread.
                    " adf_ip_link_add mv up link tt type vnic/; s/ vlan 1 / /")),
    # Those of its parts that use its dummy device.
    Case(NET + "rtnetlink.sh", "VNIC for the dummy device", args="-v",
         links=WIRE + "ip link set h1 up\n",
         environment={"TESTS": " ".join(
             "kci_test_" + part for part in (
                 "bridge", "gre", "route_get", "addrlft", "addrlft_route_cleanup", "ifalias", "vrf",
                 "encap", "macsec", "macsec_vlan", "neigh_get", "neigh_update", "address_proto"))},
         edits=kind(NET + "rtnetlink.sh",
                    's/ip link add name "$devdummy" type dummy/ip link add link team0 name'
                    ' "$devdummy" type vnic/')),
    Case(NET + "rtnetlink.sh", "vnicteam for team",
         environment={"TESTS": "kci_test_team_bridge_macvlan"},
         edits=kind(NET + "rtnetlink.sh", TEAM_BRIDGE)),
    *(Case(FORWARDING + "local_termination.sh", f"{who}: {what}", links=WIRE, args=f"h1 {device}",
           environment={"TESTS": tests}, explained={LINK_LOCAL: BETWEEN}, timeout=1200)
      for who, device in (("VNIC", "vnic0"), ("the team's own endpoint", "team0"))
      for what, tests in TERMINATION.items()),
)
