// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "loss.h"
#include "mqtt.h"

static const char *refusal(uint8_t code)
{
	switch (code) {
	case MQTT_REFUSED_PROTOCOL:
		return "the broker does not speak MQTT 3.1.1";
	case MQTT_REFUSED_IDENTIFIER:
		return "the broker refuses our client_id; set another";
	case MQTT_REFUSED_UNAVAILABLE:
		return "the broker says that it is unavailable";
	case MQTT_REFUSED_CREDENTIALS:
	case MQTT_REFUSED_AUTHORITY:
		return "the broker does not authorise this device; check its access rules for our certificate";
	default:
		return "the broker refuses the session without a known reason";
	}
}

void loss_text(char *text, size_t room, int err, uint8_t alert, uint8_t code)
{
	switch (err) {
	case -EPIPE:
		snprintf(text, room, "the broker closed the connection");
		break;
	case -EKEYEXPIRED:
		snprintf(text, room, "the broker changes its TLS keys, which kTLS cannot follow: reconnecting");
		break;
	case -ECONNABORTED:
		snprintf(text, room, "the broker refused us with the TLS alert `%.40s`; %s",
			 SSL_alert_desc_string_long(alert), "is our certificate valid and from a CA that it trusts?");
		break;
	case -ECONNREFUSED:
		snprintf(text, room, "%s", refusal(code));
		break;
	case -ETIMEDOUT:
		snprintf(text, room, "the broker has stopped answering");
		break;
	case -EPROTO:
		snprintf(text, room, "the broker sent what is no MQTT 3.1.1 over TLS 1.3");
		break;
	default:
		snprintf(text, room, "the connection was lost: %s", strerror(-err));
		break;
	}
}
