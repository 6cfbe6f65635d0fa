# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What test_rules and test_rules_long share: a house and its cloud, a configuration with all kinds of rules.

CLIENT=tests/vm/rules_client
IP4=10.79.0.1
B=$(cd "$B" && pwd)

cloud() { ip netns exec cloud "$@"; }

network() {
	ip link set lo up
	ip netns add cloud
	ip link add uplink0 type veth peer name wire0 netns cloud
	ip addr add 10.79.0.2/24 dev uplink0
	ip link set uplink0 up
	cloud ip link set lo up
	for last in 1 11 12; do cloud ip addr add 10.79.0.$last/24 dev wire0; done
	cloud ip link set wire0 up
	id tacit >/dev/null 2>&1 || {
		echo 'tacit:x:964:964::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
		echo 'tacit:x:964:' >>/etc/group
	}
}

servers() {
	printf 'app.test 1 10.79.0.11\nkept.test 1 10.79.0.11\n' >"$T/answers"
	ip netns exec cloud tests/vm/rules_cloud $IP4 "$T/answers" 123,443,5353,5401,5402,5403 9100,9200,9300 >"$T/cloud" 2>&1 &
	wait_for 60 grep -q ready "$T/cloud"
}

cgroup() {
	export CGROUP="$T/cgroup"
	mkdir "$CGROUP" && mount -t cgroup2 none "$CGROUP"
}

cat >"$T/conf" <<CONF
[device]
uplink = uplink0
control = $T/control
keys = $T
root_key = $T/root.key
resolvers = $IP4
[allow dns]
protocol = dns
reason = names in rules
[allow app]
protocol = udp
host = App.test
port = 5353
reason = by name
[allow mine]
protocol = tcp
address = 10.79.0.11
port = 9100
uid = 4242
class = urgent
reason = by user
[allow app-tcp]
protocol = tcp
host = app.test
port = 9100
reason = by name
[allow kept]
protocol = udp
host = kept.test
port = 5401
reason = by name
[allow user]
protocol = udp
port = 5401
uid = 4242
reason = by user
[allow group]
protocol = udp
port = 5402
cgroup = /tacit-test
reason = by cgroup
[allow quic]
protocol = quic
address = $IP4
reason = by form
[allow ntp]
protocol = ntp
address = $IP4
reason = by form
[allow ping]
protocol = echo
address = $IP4
reason = by form
[allow old]
protocol = tcp
address = $IP4
port = 9200
existing = allow
reason = older than the guard
CONF
chmod 600 "$T/conf"
chmod 711 "$T"

tacitd_up() {
	: >"$T/log"
	"$B/tacitd" -c "$T/conf" --engine "$B/tacit-engine" >>"$T/log" 2>&1 &
	tacitd=$!
	wait_for 60 grep -q 'tacitd.*: up' "$T/log"
}

tacitd_down() {
	kill $tacitd
	wait $tacitd
}

tacit() {
	command=$1
	shift
	"$B/tacit" "$command" "$@" -c "$T/conf"
}

no() { ! "$@"; }
guard_says() { tacit guard | grep -qE "$1"; }

# hold NAME PORT: a connection that says what it is told to
hold() {
	mkfifo "$T/$1.in"
	$CLIENT hold "${3:-$IP4}" "$2" <"$T/$1.in" >"$T/$1.out" 2>&1 &
}
# said NAME WHAT: its last word
said() { wait_for 30 sh -c "tail -n 1 '$T/$1.out' | grep -qE '$2'"; }

world() {
	ok "a house and its cloud" network
	ok "servers" servers
	ok "cgroup v2" cgroup
}

world_down() {
	sed 's/^/# /' "$T/log" | tail -n 3
	# shellcheck disable=SC2046
	kill $(ip netns pids cloud) 2>/dev/null
	ip netns del cloud
	umount "$CGROUP"
}
