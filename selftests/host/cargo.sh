# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# cargo.sh - how the host lane runs cargo: the build root's, which has the
# compiler of the kernel, and tools for it that are kept in the cache.
# Sourced by ../vm/host_tests, ../vm/tools, run_fuzz and run_mutants.

# shellcheck source-path=SCRIPTDIR source=../vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/lib.sh"

CRATE=$TOP/selftests/host

# with_cargo FOLDER COMMAND...: runs a command in the build root, in a folder of
# the checkout, with the crates that are kept in the cache. /mnt/item/bin has
# the tools.
with_cargo() {
	local folder=$1 bundle=/etc/ssl/certs/ca-certificates.crt trusted=()
	shift
	mkdir -p "$CACHE/cargo"
	# Whom the host trusts: a proxy of its network may have a certificate of its own.
	[ ! -e "$bundle" ] || trusted=("$bundle:$bundle:ro")
	in_root -u "$TOP:$IN_CHECKOUT" "$CACHE/cargo:/mnt/item" "${trusted[@]}" -- \
		env -C "$IN_CHECKOUT/$folder" CARGO_HOME=/mnt/item \
		PATH=/mnt/item/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# root_cargo FOLDER ARGUMENT...: runs cargo in a folder of selftests/host.
root_cargo() {
	local folder=$1
	shift
	mkdir -p "$CRATE/target/tmp"
	with_cargo "selftests/host/$folder" \
		env TMPDIR="$IN_CHECKOUT/selftests/host/target/tmp" \
		${PROPTEST_CASES:+PROPTEST_CASES="$PROPTEST_CASES"} cargo "$@"
}

need_root_cargo() {
	"$VM_DIR/root" >/dev/null
	need_root "running cargo in the build root"
}
