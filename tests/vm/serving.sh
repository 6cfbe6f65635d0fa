# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the device serves, for the demo and for test_serve: nginx with a few
# records on loopback, and channels with mode = accept before it. Needs house.sh.

API_PORT=8443
FILES_PORT=443
BEHIND_PORT=8080
RESIDENT=10.77.0.7	# a normal client, on the far side as the others
LOOPER=10.77.0.66	# one that asks as fast as it can
# tests/setup unpacks nginx there where the machine has none.
export PATH="$PATH:/usr/sbin:$TOP/tests/.cache/nginx/usr/sbin"

serving_addresses() {
	for address in $RESIDENT $LOOPER 10.77.0.67 10.77.0.68; do
		in_cloud ip addr add $address/24 dev wire0
	done
}

# serving_nginx_config ADDRESS: where nginx listens
serving_nginx_config() {
	mkdir -p "$W/www/records" "$W/www/files" "$W/nginx"
	for n in 1 2 3; do
		printf '{"record":%d,"room":"kitchen","temperature":21.%d}\n' $n $n >"$W/www/records/$n.json"
	done
	chmod -R a+rX "$W/www"
	cat >"$W/nginx.conf" <<-CONF
		daemon off;
		master_process off;
		pid $W/nginx/pid;
		error_log $W/nginx.log;
		events { worker_connections 256; }
		http {
			access_log $W/nginx.access;
			client_body_temp_path $W/nginx/body;
			proxy_temp_path $W/nginx/proxy;
			fastcgi_temp_path $W/nginx/fastcgi;
			scgi_temp_path $W/nginx/scgi;
			uwsgi_temp_path $W/nginx/uwsgi;
			keepalive_requests 100000;
			client_max_body_size 64m;
			types { application/json json; }
			server {
				listen $1:$BEHIND_PORT;
				root $W/www;
				location /files/ { dav_methods PUT; }
			}
		}
	CONF
}

serving_nginx_start() {
	nginx -c "$W/nginx.conf" -e "$W/nginx.log" >>"$W/nginx.out" 2>&1 &
	nginx=$!
	wait_for 20 nc -z 127.0.0.1 $BEHIND_PORT
}

serving_nginx_stop() {
	kill -KILL "$nginx"
	wait "$nginx" 2>/dev/null || true
}

# serving_enrol CONFIG: key and certificate of the server, for device.test
serving_enrol() {
	tacit key new server --usage tls13-server,csr --rate 6000/min --burst 200 -c "$1" &&
	tacit key csr server -c "$1" --subject /CN=device.test -o "$W/server.csr" &&
	openssl req -in "$W/server.csr" -verify -noout &&
	printf 'subjectAltName=DNS:device.test\n' >"$W/ca/server.ext" &&
	openssl x509 -req -in "$W/server.csr" -CA "$W/ca/ca.crt" -CAkey "$W/ca/ca.key" -CAcreateserial -days 2 \
		-extfile "$W/ca/server.ext" -out "$W/server.crt"
}

# serving_channel NAME LISTEN LIMIT BURST: a section of the device's configuration
serving_channel() {
	cat <<-CONF

		[channel $1]
		mode = accept
		listen = $2
		upstream = 127.0.0.1:$BEHIND_PORT
		shape = none
		key = server
		certificate = $W/server.crt
		limit = $3
		burst = $4
	CONF
}

# serving_client KIND FROM SECONDS [PORT]: see tests/vm/serve_client
serving_client() {
	ip netns exec cloud tests/vm/serve_client "$1" "$2" $DEVICE "${4:-$API_PORT}" "$W/ca/ca.crt" "$3"
}

# far_curl PORT PATH OPTION...: curl on the far side, which checks the device's certificate
far_curl() {
	port=$1
	path=$2
	shift 2
	in_cloud curl -sS --max-time 20 --cacert "$W/ca/ca.crt" --connect-to "device.test:$port:$DEVICE:$port" \
		"$@" "https://device.test:$port$path"
}
