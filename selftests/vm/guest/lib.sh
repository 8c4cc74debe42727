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
	local end mac dev
	case $1 in
	member) end=01 ;;
	wire) end=02 ;;
	*) echo "vm_nic: first word is member or wire" >&2; return 1 ;;
	esac
	mac=52:54:00:00:0$2:$end
	for dev in /sys/class/net/*; do
		# The permanent address: the present one may have been changed.
		if [ -e "$dev/device" ] &&
			[ "$(ip -d -j link show "${dev##*/}" 2>/dev/null |
				jq -r '.[0] | .permaddr // .address')" = "$mac" ]; then
			echo "${dev##*/}"
			return
		fi
	done
	echo "vm_nic: no $1 $2 in this netns" >&2
	return 1
}

# vm_qmp JSON: sends one command to QEMU's monitor, prints the answer and
# returns when it has been carried out; fails if QEMU refuses it.
vm_qmp() {
	local id=$$.$RANDOM answer
	{
		flock 8
		printf '{"id": "%s", %s}\n' "$id" "$1" >&7
		while IFS= read -r -t 10 answer <&7; do
			[[ $answer == *"\"id\": \"$id\""* ]] && break
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
	vm_qmp '"execute": "set_link", "arguments": {"name": "'"$nic$1"'", "up": '"$up"'}' >/dev/null
}
