#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# kunit.sh - the module's KUnit suites (rust/kunit.rs, and the ends of rust/net's
# files), which run when it is loaded: all of them ran and none of their cases
# failed. Prints each case as one of its own.
#
# vm: debug

RESULTS=/sys/kernel/debug/kunit
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../rust" && pwd)

# The suites that the source has: one that the build lost is a failure.
suites()
{
	grep -rhoP '^#\[kunit_tests\(\K[a-z_]+' "$SOURCE" | sort
}

# KTAP within KTAP: "    ok 1 name" below "# Subtest: suite".
cases()
{
	sed -nE "s/^ +(ok|not ok) [0-9]+ ([^ ]+)(.*)/\1 $1.\2\3/p" "$RESULTS/$1/results"
}

if [ ! -d "$RESULTS" ]; then
	echo "1..0 # SKIP needs a kernel with KUnit: make check KERNEL=debug"
	exit 4
fi
modprobe -q vnicteam
lines=$(
	for suite in $(suites); do
		found=
		[ ! -r "$RESULTS/$suite/results" ] || found=$(cases "$suite")
		echo "${found:-not ok $suite.did_not_run}"
	done
)
echo "TAP version 13"
echo "1..$(wc -l <<<"$lines")"
awk '{ sub(/^(not )?ok/, "& " NR); print }' <<<"$lines"
if grep -q '^not ok' <<<"$lines"; then
	grep -lr 'not ok' "$RESULTS"/vnicteam_*/results | xargs -r cat | sed 's/^/# /'
	exit 1
fi
