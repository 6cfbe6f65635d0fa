# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A house and its cloud, for the demo and for the tests of the whole path. The
# device is the VM itself; the cloud is a network namespace; a veth pair joins
# them, `uplink0` on the device's side and `wire0` on the far side, where every
# capture is taken.
#
# Needs: B (build), KO (tacit.ko), W (a scratch directory). Programs are the
# ones that Debian ships: mosquitto, mosquitto_pub, mosquitto_sub, openssl, tcpdump.

DEVICE=10.77.0.2
CLOUD=10.77.0.1
PLAIN_PORT=1883
TLS_PORT=8883
PIN=/sys/fs/bpf/tacit
export OPENSSL_MODULES="$B"
export PATH="$B:$PATH"

in_cloud() { ip netns exec cloud "$@"; }
# Programs in the background are started without in_cloud(), so that $! is theirs and not a subshell's.

house_net() {
	ip link set lo up
	ip netns add cloud
	ip link add uplink0 type veth peer name wire0 netns cloud
	ip addr add $DEVICE/24 dev uplink0
	ip link set uplink0 up
	in_cloud ip link set lo up
	in_cloud ip addr add $CLOUD/24 dev wire0
	in_cloud ip link set wire0 up
}

# A test CA and the broker's certificate, made for this run.
house_ca() {
	mkdir -p "$W/ca"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=test CA of this run" \
		-keyout "$W/ca/ca.key" -out "$W/ca/ca.crt" 2>/dev/null &&
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=broker.test" \
		-keyout "$W/ca/broker.key" -out "$W/ca/broker.csr" 2>/dev/null &&
	printf 'subjectAltName=DNS:broker.test\n' >"$W/ca/broker.ext" &&
	openssl x509 -req -in "$W/ca/broker.csr" -CA "$W/ca/ca.crt" -CAkey "$W/ca/ca.key" -CAcreateserial -days 2 \
		-extfile "$W/ca/broker.ext" -out "$W/ca/broker.crt" 2>/dev/null &&
	chmod 0644 "$W"/ca/*
}

# house_sign CSR CERTIFICATE: the CA's part of enrolment
house_sign() {
	openssl req -in "$1" -verify -noout &&
	openssl x509 -req -in "$1" -CA "$W/ca/ca.crt" -CAkey "$W/ca/ca.key" -CAcreateserial -days 2 -out "$2" 2>/dev/null
}

# mosquitto with a plain port, for what devices do today, and a TLS 1.3 port
# that wants a client certificate; the backend subscribes over the cloud's own
# loopback, which no capture sees. Messages of QoS 0 are kept for the backend
# while it is away, as when the broker comes back before the backend does.
house_broker_config() {
	mkdir -p "$W/broker"
	chmod 0777 "$W" "$W/broker"
	cat >"$W/broker.conf" <<-CONF
		user root
		per_listener_settings false
		allow_anonymous true
		persistence true
		persistence_location $W/broker/
		queue_qos0_messages true
		log_dest file $W/broker.log
		log_type all
		listener $PLAIN_PORT
		listener $TLS_PORT
		cafile $W/ca/ca.crt
		certfile $W/ca/broker.crt
		keyfile $W/ca/broker.key
		require_certificate true
		tls_version tlsv1.3
	CONF
}

house_broker_start() {
	ip netns exec cloud mosquitto -c "$W/broker.conf" >>"$W/broker.out" 2>&1 &
	broker=$!
	wait_for 20 in_cloud nc -z 127.0.0.1 $PLAIN_PORT
}

house_broker_stop() {
	kill "$broker"
	wait "$broker" 2>/dev/null
}

# house_backend FILE: what arrives under house/, a line each: seconds topic payload
house_backend() {
	ip netns exec cloud mosquitto_sub -h 127.0.0.1 -p $PLAIN_PORT -i backend -c -q 1 -t 'house/#' -F '%U %t %p' >"$1" 2>"$1.err" &
	backend=$!
	wait_for 20 grep -q 'Received SUBSCRIBE from backend' "$W/broker.log"
}

house_backend_stop() {
	kill "$backend"
	wait "$backend" 2>/dev/null
}

house_capture() {
	ip netns exec cloud tcpdump -i wire0 -n -s 0 -B 8192 --immediate-mode -U --time-stamp-precision=nano -w "$1" 2>"$1.err" &
	capture=$!
	wait_for 20 grep -q 'listening on' "$1.err"
}

house_capture_stop() {
	sleep 0.5
	kill "$capture"
	wait "$capture" 2>/dev/null
}

# A user for the engine, as the package's postinst makes it. /etc is an overlay
# in the VM and useradd wants to lock and rename there, so the line is added by hand.
house_user() {
	id tacit >/dev/null 2>&1 && return 0
	echo 'tacit:x:964:964::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
	echo 'tacit:x:964:' >>/etc/group
}

# CLOCK_REALTIME less CLOCK_MONOTONIC, ns: slots are in monotonic time, captures in real time.
house_clock() {
	python3 -c 'import time
best = None
for i in range(200):
    a = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    r = time.clock_gettime_ns(time.CLOCK_REALTIME)
    b = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    if best is None or b - a < best[0]:
        best = (b - a, r - (a + b) // 2)
print(best[1])'
}

# house_config FILE PERIOD JITTER OPEN: the device's configuration
house_config() {
	cat >"$1" <<-CONF
		[device]
		uplink = uplink0
		user = tacit
		keys = $W/keys
		root_key = $W/root.key
		control = $W/run/control

		[schedule]
		period = $2
		jitter = $3
		open = $4

		[channel cloud]
		mode = connect
		protocol = mqtt
		listen = 127.0.0.1:$PLAIN_PORT
		upstream = $CLOUD:$TLS_PORT
		server_name = broker.test
		key = device
		certificate = $W/device.crt
		ca = $W/ca/ca.crt
		shape = constant
		cell = 512
		cells = 1
		dummy = tacit/dummy
	CONF
}

# Key, request, certificate: all of a device's enrolment.
house_enrol() {
	tacit key new device -c "$1" &&
	tacit key csr device -c "$1" --subject /CN=lamp -o "$W/device.csr" &&
	house_sign "$W/device.csr" "$W/device.crt"
}

house_tacitd() {
	tacitd -c "$1" --engine "$B/tacit-engine" >>"$W/tacitd.log" 2>&1 &
	tacitd=$!
	wait_for 20 tacit_answers "$1"
}

tacit_answers() { tacit status -j -c "$1" | grep -q '"pid"'; }
# Others have a state, too.
channel_is() { tacit status -j -c "$1" | sed -n '/"channels"/,$p' | grep -q "\"state\": *\"$2\""; }

# house_plan EVENTS LEAST MOST: a line each, `PAUSE NUMBER on|off`, drawn at random
# beforehand: under emulation each process started between events takes its time.
house_plan() {
	od -An -v -N "$(($1 * 8))" -t u4 -w8 /dev/urandom |
		awk -v least="$2" -v most="$3" '{ printf "%.3f %d %s\n", least + (most - least) * $1 / 4294967296, NR, $2 % 2 ? "on" : "off" }'
}

# random_pause MOST: between 0.2 and MOST seconds, uniform; for processes that run side by side
random_pause() {
	sleep "$(od -An -N4 -tu4 /dev/urandom | awk -v most="$1" '{ printf "%.3f", 0.2 + (most - 0.2) * $1 / 4294967296 }')"
}

# house_event NUMBER on|off FILE HOST: one light-switch event, told by a fresh
# mosquitto_pub, noted in FILE with its moment
house_event() {
	printf '{"moment":%s,"topic":"house/kitchen/light","payload":"{\\"n\\":%s,\\"light\\":\\"%s\\"}"}\n' \
		"$(date +%s.%N)" "$1" "$2" >>"$3"
	mosquitto_pub -h "$4" -p $PLAIN_PORT -t house/kitchen/light -m "{\"n\":$1,\"light\":\"$2\"}"
}

# The schedule as the kernel holds it, read with a tool that is not ours, as JSON for the checker.
house_schedule() {
	bpftool -j map dump pinned $PIN/policy | python3 "$TOP/tests/vm/schedule_of_map" >"$1"
}
