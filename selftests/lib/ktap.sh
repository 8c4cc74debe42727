# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# ktap.sh - how a shell test reports: the kernel's net/lib.sh with its results
# printed as KTAP, and checks of commands that must work or must be refused.
# A test sources this (or topology.sh), sets ALL_TESTS and calls tests_main.

: "${KSELFTEST:=}"
if [ ! -r "$KSELFTEST/net/lib.sh" ]; then
	echo "1..0 # SKIP KSELFTEST must name the kernel's tools/testing/selftests folder"
	exit 4
fi
# shellcheck disable=SC1091 # a file of the kernel
. "$KSELFTEST/net/lib.sh"
# shellcheck disable=SC1091
. "$KSELFTEST/kselftest/ktap_helpers.sh"

# Called by log_test of net/lib.sh.
log_test_result()
{
	local name="$1${2:+ $2}" result=${3// /} message=${4:-}

	case $result in
	OK) ktap_test_pass "$name" ;;
	SKIP) ktap_test_skip "$name" ;;
	XFAIL) ktap_test_xfail "$name" ;;
	*) ktap_test_fail "$name" ;;
	esac
	[ -z "$message" ] || ktap_print_msg "$message"
}

# log CASE: ends a case with what it asserts, which begins with a requirement.
log()
{
	log_test "$1"
	# shellcheck disable=SC2034 # both belong to net/lib.sh
	RET=0 retmsg=
}

# must COMMAND...: the command works, or the case fails with what it said.
must()
{
	local said

	if ! said=$("$@" 2>&1); then
		check_err 1 "$*: $said"
		return 1
	fi
}

# refused REGEX COMMAND...: the command fails and says something like REGEX.
refused()
{
	local regex=$1 said
	shift

	if said=$("$@" 2>&1); then
		check_err 1 "$* succeeded, but must be refused"
		return 1
	fi
	[[ $said =~ $regex ]] && return
	check_err 1 "$*: said \"$said\" and not \"$regex\""
	return 1
}

# same WHAT A B
same()
{
	[ "$2" = "$3" ] && return
	check_err 1 "$1: \"$2\" is not \"$3\""
	return 1
}

# eventually WHAT COMMAND...: the condition comes true.
eventually()
{
	local what=$1
	shift

	loopy_wait "sleep 0.02" "$BUSYWAIT_TIMEOUT" "$@" >/dev/null && return
	check_err 1 "still not so: $what"
	return 1
}

# Runs ALL_TESTS, each of which calls log once, and exits as kselftest wants.
tests_main()
{
	local expected

	expected=$(wc -w <<<"${TESTS:-$ALL_TESTS}")
	ktap_print_header
	ktap_set_plan "$expected"
	# shellcheck disable=SC2034 # both belong to net/lib.sh
	RET=0 retmsg=
	tests_run
	ktap_print_totals
	[ $((KTAP_TESTNO - 1)) -eq "$expected" ] || exit 1
	exit "$EXIT_STATUS"
}
