// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "handshake.h"

struct handshake {
	SSL *ssl;
	int fd;
	struct ktls_secrets secrets;
	bool have_client;
	bool have_server;
	bool server;	/* we are it */
	bool key_failed;
	char name[256];
	time_t begin;		/* of the certificate that was refused, and its end; 0: not known */
	time_t end;
	char error[HANDSHAKE_ERROR_MAX];
};

/* ---- the two secrets ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "LABEL random secret", as in SSLKEYLOGFILE; the secret in hexadecimal up to the end of the line. */
static bool take_secret(const char *line, const char *label, uint8_t *secret, size_t *bytes)
{
	size_t length = strlen(label);
	const char *hex;

	if (strncmp(line, label, length) || line[length] != ' ')
		return false;
	hex = strchr(line + length + 1, ' ');
	if (!hex)
		return false;
	hex++;
	for (*bytes = 0; hex_digit(hex[0]) >= 0 && hex_digit(hex[1]) >= 0; hex += 2) {
		if (*bytes == TLS_SECRET_MAX)
			return false;
		secret[(*bytes)++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
	}
	return *bytes && !*hex;
}

/* OpenSSL gives its secrets out here only; it wipes the line itself. The rest of them is not looked at. */
static void on_secret(const SSL *ssl, const char *line)
{
	struct handshake *h = SSL_get_app_data(ssl);

	if (take_secret(line, "CLIENT_TRAFFIC_SECRET_0", h->secrets.client, &h->secrets.bytes))
		h->have_client = true;
	else if (take_secret(line, "SERVER_TRAFFIC_SECRET_0", h->secrets.server, &h->secrets.bytes))
		h->have_server = true;
}

/* ---- the peer's certificate ---- */

static time_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

/* Changes no verdict: it keeps what the message for the operator needs, and what is gone afterwards. */
static int on_verdict(int good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *h = ssl ? SSL_get_app_data(ssl) : NULL;
	const X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (!good && h && certificate) {
		h->begin = seconds(X509_get0_notBefore(certificate));
		h->end = seconds(X509_get0_notAfter(certificate));
	}
	return good;
}

/* ---- set-up ---- */

static bool is_address(const char *name)
{
	struct in6_addr a;

	return inet_pton(AF_INET, name, &a) == 1 || inet_pton(AF_INET6, name, &a) == 1;
}

/* RFC 6125: the name must be in the certificate; RFC 6066: no SNI for an address. */
static int set_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static struct handshake *prepare(SSL_CTX *context, int fd)
{
	struct handshake *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->fd = fd;
	SSL_CTX_set_keylog_callback(context, on_secret);
	h->ssl = SSL_new(context);
	if (!h->ssl || !SSL_set_app_data(h->ssl, h) || !SSL_set_fd(h->ssl, fd)) {
		handshake_free(h);
		return NULL;
	}
	return h;
}

struct handshake *handshake_new(SSL_CTX *context, int fd, const char *name)
{
	struct handshake *h = prepare(context, fd);

	if (!h)
		return NULL;
	snprintf(h->name, sizeof(h->name), "%s", name);
	if (!set_name(h->ssl, name)) {
		handshake_free(h);
		return NULL;
	}
	SSL_set_verify(h->ssl, SSL_VERIFY_PEER, on_verdict);
	SSL_set_connect_state(h->ssl);
	return h;
}

struct handshake *handshake_accept(SSL_CTX *context, int fd)
{
	struct handshake *h = prepare(context, fd);

	if (!h)
		return NULL;
	h->server = true;
	SSL_set_accept_state(h->ssl);
	return h;
}

void handshake_free(struct handshake *h)
{
	if (!h)
		return;
	SSL_free(h->ssl);
	OPENSSL_cleanse(&h->secrets, sizeof(h->secrets));
	free(h);
}

/* ---- what went wrong ---- */

#define TIME_TEXT_MAX 32

static void time_text(time_t when, char text[TIME_TEXT_MAX])
{
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(text, TIME_TEXT_MAX, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(text, TIME_TEXT_MAX, "%lld", (long long)when);
}

/*
 * A certificate out of its time is as often a clock that is wrong. Where our own certificate is out
 * of its time in the same way, it is the clock: both would hardly be made so by mistake.
 */
static void explain_time(struct handshake *h, bool early)
{
	const X509 *own = SSL_get_certificate(h->ssl);
	char is[TIME_TEXT_MAX], broker[TIME_TEXT_MAX];
	time_t now = time(NULL);
	bool both = own && (early ? now < seconds(X509_get0_notBefore(own)) : now > seconds(X509_get0_notAfter(own)));

	time_text(now, is);
	time_text(early ? h->begin : h->end, broker);
	if (both && early)
		snprintf(h->error, sizeof(h->error),
			 "this device's clock is wrong: it says %s, before its own certificate and the broker's (%s) were "
			 "made; set the clock, and allow NTP by an [allow] rule", is, broker);
	else if (both)
		snprintf(h->error, sizeof(h->error),
			 "this device's clock is wrong, or all certificates have expired: it says %s, and its own and the "
			 "broker's (%s) have ended; set the clock, or renew both", is, broker);
	else if (early)
		snprintf(h->error, sizeof(h->error),
			 "the broker's certificate is not valid before %s, and this device's clock says %s; set the clock, or "
			 "wait", broker, is);
	else
		snprintf(h->error, sizeof(h->error),
			 "the broker's certificate expired on %s, and this device's clock says %s; renew it there, or set the "
			 "clock if that is wrong", broker, is);
}

static void explain_certificate(struct handshake *h, long result)
{
	const char *cure;

	switch (result) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		explain_time(h, false);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		explain_time(h, true);
		return;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		cure = "the broker's certificate is from a CA that `ca` does not hold; is this the right broker?";
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(h->error, sizeof(h->error),
			 "the broker's certificate is not for %.60s; set server_name to a name that it holds", h->name);
		return;
	default:
		snprintf(h->error, sizeof(h->error), "the broker's certificate was refused: %s",
			 X509_verify_cert_error_string(result));
		return;
	}
	snprintf(h->error, sizeof(h->error), "%s", cure);
}

static void explain(struct handshake *h, int ssl_error, int saved)
{
	unsigned long code = ERR_peek_error();
	long result = SSL_get_verify_result(h->ssl);
	const char *reason = ERR_reason_error_string(code);

	if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && result != X509_V_OK)
		explain_certificate(h, result);
	else if (ERR_GET_REASON(code) == SSL_R_UNSUPPORTED_PROTOCOL ||
		 ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
		snprintf(h->error, sizeof(h->error),
			 "the broker does not speak TLS 1.3, and nothing older is spoken here; upgrade it");
	else if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		snprintf(h->error, sizeof(h->error), "the broker does not speak TLS on this port; check `upstream`");
	else if (reason)
		snprintf(h->error, sizeof(h->error), "the handshake failed: %s", reason);
	else if (ssl_error == SSL_ERROR_SYSCALL && saved)
		snprintf(h->error, sizeof(h->error), "the handshake was cut off: %s", strerror(saved));
	else
		snprintf(h->error, sizeof(h->error), "the broker closed the connection during the handshake");
}

/* Our provider speaks in the error's data; libraries of providers are numbered from here on. */
static bool explain_key(struct handshake *h)
{
	const char *data;
	unsigned long code;
	int flags;

	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
		if (ERR_GET_LIB(code) < ERR_LIB_USER || !(flags & ERR_TXT_STRING))
			continue;
		h->key_failed = true;
		snprintf(h->error, sizeof(h->error), "no client can be served: %s", data);
		return true;
	}
	return false;
}

/* What a client did. Its words are none of ours: only OpenSSL's reasons are shown. */
static void explain_client(struct handshake *h, int ssl_error, int saved)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);
	long result = SSL_get_verify_result(h->ssl);

	switch (ERR_GET_REASON(code)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
		snprintf(h->error, sizeof(h->error), "speaks no TLS 1.3, and nothing older is spoken here; upgrade it");
		return;
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_WRONG_VERSION_NUMBER:
		snprintf(h->error, sizeof(h->error), "speaks no TLS; let it use https");
		return;
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
		snprintf(h->error, sizeof(h->error), "shows no certificate, which `ca` asks for");
		return;
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		snprintf(h->error, sizeof(h->error), "shows a certificate that is refused: %s",
			 X509_verify_cert_error_string(result));
		return;
	}
	if (explain_key(h))
		return;
	if (reason)
		snprintf(h->error, sizeof(h->error), "failed the handshake: %s", reason);
	else if (ssl_error == SSL_ERROR_SYSCALL && saved)
		snprintf(h->error, sizeof(h->error), "was cut off in the handshake: %s", strerror(saved));
	else
		snprintf(h->error, sizeof(h->error), "went away in the handshake");
}

int handshake_step(struct handshake *h)
{
	int ret, error, saved;

	ERR_clear_error();
	errno = 0;
	ret = SSL_do_handshake(h->ssl);
	saved = errno;
	if (ret == 1)
		return 0;
	error = SSL_get_error(h->ssl, ret);
	if (error == SSL_ERROR_WANT_READ)
		return 1;
	if (error == SSL_ERROR_WANT_WRITE)
		return 2;
	if (h->server)
		explain_client(h, error, saved);
	else
		explain(h, error, saved);
	ERR_clear_error();
	return -EPROTO;
}

const char *handshake_error(const struct handshake *h)
{
	return h->error;
}

bool handshake_key_failed(const struct handshake *h)
{
	return h->key_failed;
}

int handshake_to_kernel(struct handshake *h, struct ktls *tls, uint32_t *suite)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(h->ssl);

	if (!cipher || SSL_version(h->ssl) != TLS1_3_VERSION || !h->have_client || !h->have_server)
		return -EPROTO;
	/* "RH": it waits for a record's head. The test by SSL_has_pending alone misses a head that was read. */
	if (SSL_pending(h->ssl) || SSL_has_pending(h->ssl) || strcmp(SSL_rstate_string(h->ssl), "RH"))
		return -EPROTO;
	*suite = SSL_CIPHER_get_protocol_id(cipher);
	h->secrets.suite = *suite;
	return ktls_start(tls, h->fd, &h->secrets, h->server);
}
