# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What VM tests share. A test is an executable tests/vm/test_NAME that sources
# this, runs as root in the guest in the top of the checkout, and says what it
# found in TAP. Set by tests/vm/boot: LANE (6.1, 6.12), B (build), KO (tacit.ko),
# OUT (shared with the host). Here: T, a scratch directory of the test's own.

count=0
failures=0
T=$(mktemp -d /run/test.XXXXXX)

# ok DESCRIPTION COMMAND...: the command must succeed
ok() {
	description=$1
	shift
	count=$((count + 1))
	if "$@" >"$T/out" 2>&1; then
		echo "ok $count - $description"
	else
		code=$?
		failures=$((failures + 1))
		echo "not ok $count - $description"
		echo "# exit $code: $*" | head -c 400
		echo
		sed 's/^/# /' "$T/out" | tail -n 15
	fi
}

# flip FILE OFFSET: change that byte, whatever it was; a byte put there is the one that was there now and then
flip() {
	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\$(printf %03o $((old ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# refused DESCRIPTION PATTERN COMMAND...: the command must fail, and say why
refused() {
	description=$1
	pattern=$2
	shift 2
	ok "$description" refused_with "$pattern" "$@"
}

refused_with() {
	pattern=$1
	shift
	if "$@" >"$T/refused" 2>&1; then
		cat "$T/refused"
		echo "succeeded but should have been refused"
		return 1
	fi
	cat "$T/refused"
	grep -qE "$pattern" "$T/refused"
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	left=$(($1 * 5))
	shift
	while ! "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.2
	done
}

# finish: the plan line and the exit status; the last line of each test
finish() {
	echo "1..$count"
	[ "$failures" = 0 ]
}

module_load() {
	grep -q '^tacit ' /proc/modules && return 0
	for m in drbg gcm ecdh_generic aesni_intel tls; do modprobe -q $m || true; done
	insmod "$KO"
}

module_unload() {
	! grep -q '^tacit ' /proc/modules || rmmod tacit
}
