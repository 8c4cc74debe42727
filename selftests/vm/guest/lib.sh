# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# lib.sh - what the VM offers to tests and scripts: its NICs by number, the
# links of its NICs, hot unplug. Sourced as `. "$VM_LIB"`.
#
# The VM has members net0, net1, ... (0-3 virtio-net, 4-5 e1000e). The other
# end of each one's wire is a NIC of the same VM, for a bridge to be plugged to.

# vm_nic member|wire N: prints the netdev of that end of wire N, in this netns.
vm_nic() {
	local end dev
	case $1 in
	member) end=01 ;;
	wire) end=02 ;;
	*) echo "vm_nic: first word is member or wire" >&2; return 1 ;;
	esac
	# The permanent address: the present one may have been changed.
	dev=$(ip -d -j link show | jq -r "first(.[] | select(.parentbus != null and
		(.permaddr // .address) == \"52:54:00:00:0$2:$end\") | .ifname)")
	if [ -z "$dev" ]; then
		echo "vm_nic: no $1 $2 in this netns" >&2
		return 1
	fi
	echo "$dev"
}

# vm_qmp JSON...: sends commands to QEMU's monitor, prints its answer to the
# last and returns when all have been carried out; fails if QEMU refuses that.
vm_qmp() {
	local id=$$.$RANDOM answer
	{
		flock 8
		printf "{\"id\": \"$id\", %s}\n" "$@" >&7
		for _; do
			while IFS= read -r -t 10 answer <&7; do
				[[ $answer == *"\"id\": \"$id\""* ]] && break
			done
		done
	} 7<>/dev/virtio-ports/monitor 8>/run/vm-monitor.lock
	printf '%s\n' "$answer"
	[[ $answer == *'"return"'* ]]
}

# vm_monitor COMMAND...: a command of QEMU's human monitor ("info network").
vm_monitor() {
	local line=$*
	line=${line//\\/\\\\}
	vm_qmp '"execute": "human-monitor-command", "arguments": {"command-line": "'"${line//\"/\\\"}"'"}' |
		jq -r .return | tr -d '\r'
}

# vm_set_link N on|off [wire]: plugs or cuts the link of member N (or of its
# other end). Only that NIC loses carrier, as with a switch in between.
vm_set_link() {
	local up=true nic=net
	[ "$2" = on ] || up=false
	[ "${3:-}" != wire ] || nic=wire
	vm_qmp "$(vm_link_command "$nic$1" "$up")" >/dev/null
}

vm_link_command() {
	echo '"execute": "set_link", "arguments": {"name": "'"$1"'", "up": '"$2"'}'
}

# vm_all_links_on: plugs both ends of all wires.
vm_all_links_on() {
	local n commands=()
	for ((n = 0; n < VM_NICS; n++)); do
		commands+=("$(vm_link_command "net$n" true)" "$(vm_link_command "wire$n" true)")
	done
	vm_qmp "${commands[@]}" >/dev/null
}

# vm_admin N up|down: `ip link set` of member N as a switch port sees it. A
# virtio NIC that is down keeps what arrives and delivers it when it is up
# again; cutting its link meanwhile makes it deaf, as hardware is.
vm_admin() {
	local dev
	dev=$(vm_nic member "$1") || return
	if [ "$2" = down ]; then
		ip link set "$dev" down
		vm_set_link "$1" off
	else
		vm_set_link "$1" on
		ip link set "$dev" up
	fi
}

# vm_wire N stall|free: a stalled wire blocks the transmit queue of one end
# while the other end takes no frames; a free one (default) queues or drops.
vm_wire() {
	if [ "$2" = stall ]; then
		vm_monitor netdev_del "free$1"
	else
		vm_monitor netdev_add "hubport,id=free$1,hubid=$1"
	fi
}

vm_model() {
	if [ "$1" -lt 4 ]; then echo virtio-net-pci; else echo e1000e; fi
}

# vm_device_del N: pulls member N out of the running VM; returns when its
# netdev is gone.
vm_device_del() {
	local dev
	dev=$(vm_nic member "$1") || return
	vm_monitor device_del "net$1"
	for _ in {1..100}; do
		[ -e "/sys/class/net/$dev" ] || return 0
		sleep 0.05
	done
	echo "vm_device_del: $dev is still there" >&2
	return 1
}

# vm_device_add N: puts it back; returns when its netdev is there.
vm_device_add() {
	vm_monitor device_add "$(vm_model "$1"),id=net$1,netdev=port-net$1,mac=52:54:00:00:0$1:01,romfile="
	for _ in {1..100}; do
		vm_nic member "$1" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "vm_device_add: no netdev appeared" >&2
	return 1
}
