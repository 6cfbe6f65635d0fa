// SPDX-License-Identifier: GPL-2.0
#include "certificate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "key_public.h"

#define DAY_S 86400
/* OpenSSL's security level 2, which Debian's has: no SHA-1, no RSA below 2048 bits. */
#define SIGNATURE_BITS_MIN 112

static int fail(struct certificate_text *wrong, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct certificate_text *wrong, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(wrong->text, sizeof(wrong->text), format, args);
	va_end(args);
	ERR_clear_error();
	return -EINVAL;
}

/* ---- reading ---- */

void certificate_free(STACK_OF(X509) *chain)
{
	sk_X509_pop_free(chain, X509_free);
}

static int read_all(FILE *f, const char *file, STACK_OF(X509) *chain, struct certificate_text *wrong)
{
	X509 *next;

	while ((next = PEM_read_X509(f, NULL, NULL, NULL))) {
		if (sk_X509_num(chain) == CERTIFICATE_CHAIN_MAX || !sk_X509_push(chain, next)) {
			X509_free(next);
			return fail(wrong, "%s: there are more than %d certificates; leave only the device's and those between "
					   "it and its CA", file, CERTIFICATE_CHAIN_MAX);
		}
		if (ftell(f) > CERTIFICATE_BYTES_MAX)
			return fail(wrong, "%s: is longer than %d bytes; is it a certificate?", file,
				    CERTIFICATE_BYTES_MAX);
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return fail(wrong, "%s: certificate %d cannot be read as PEM; ask the CA for the file again", file,
			    sk_X509_num(chain) + 1);
	if (!sk_X509_num(chain))
		return fail(wrong, "%s: holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`); "
				   "turn DER into it with: openssl x509 -inform DER -in %.100s", file, file);
	ERR_clear_error();
	return 0;
}

STACK_OF(X509) *certificate_read(const char *file, struct certificate_text *wrong)
{
	STACK_OF(X509) *chain = NULL;
	FILE *f = fopen(file, "re");
	struct stat s;
	int code;

	ERR_clear_error();
	if (!f || fstat(fileno(f), &s)) {
		code = fail(wrong, "%s: cannot be read: %s", file, strerror(errno));
	} else if (!S_ISREG(s.st_mode) || s.st_size > CERTIFICATE_BYTES_MAX) {
		code = fail(wrong, "%s: is no regular file of at most %d bytes; is it a certificate?", file,
			    CERTIFICATE_BYTES_MAX);
	} else {
		chain = sk_X509_new_null();
		code = chain ? read_all(f, file, chain, wrong) : fail(wrong, "out of memory");
	}
	if (f)
		fclose(f);
	if (!code)
		return chain;
	certificate_free(chain);
	return NULL;
}

/* ---- the key ---- */

bool certificate_is_for(X509 *certificate, const struct tacit_blob *blob)
{
	EVP_PKEY *key = key_public(blob);
	bool same = key && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;

	EVP_PKEY_free(key);
	return same;
}

static int check_key(STACK_OF(X509) *chain, const char *file, const struct certificate_wish *wish,
		     struct certificate_text *wrong)
{
	if (!wish->blob || certificate_is_for(sk_X509_value(chain, 0), wish->blob))
		return 0;
	for (int i = 1; i < sk_X509_num(chain); i++)
		if (certificate_is_for(sk_X509_value(chain, i), wish->blob))
			return fail(wrong, "%s: the certificate for the key %s is number %d; put it first, then the one that "
					   "signed it", file, wish->key, i + 1);
	return fail(wrong, "%s: is not for the key %s; have the request of `tacit key csr %s` signed", file, wish->key,
		    wish->key);
}

/* ---- time ---- */

void certificate_time(time_t when, char out[CERTIFICATE_TIME_MAX])
{
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(out, CERTIFICATE_TIME_MAX, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(out, CERTIFICATE_TIME_MAX, "%lld", (long long)when);
}

/* Return: seconds since 1970; the far end of time for what cannot be read. */
static time_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

bool certificate_clock_wrong(struct certificate_text *wrong)
{
	char text[CERTIFICATE_TIME_MAX];
	time_t now = time(NULL);
	struct stat program;

	/* A day of grace, for a clock that is set in local time. */
	if (stat("/proc/self/exe", &program) || now + DAY_S >= program.st_mtime)
		return false;
	certificate_time(now, text);
	fail(wrong, "this device's clock says %s, before this program was made; set the clock (allow NTP by an [allow] "
		    "rule), or no certificate can be checked", text);
	return true;
}

static int check_time(X509 *certificate, const char *file, const char *key, struct certificate_text *wrong)
{
	time_t begin = seconds(X509_get0_notBefore(certificate)), end = seconds(X509_get0_notAfter(certificate));
	char is[CERTIFICATE_TIME_MAX], when[CERTIFICATE_TIME_MAX];
	time_t now = time(NULL);

	certificate_time(now, is);
	certificate_time(now < begin ? begin : end, when);
	if (now < begin)
		return fail(wrong, "%s: is not valid yet (from %s), and this device's clock says %s; set the clock if that is wrong",
			    file, when, is);
	if (now > end)
		return fail(wrong, "%s: has expired (on %s), and this device's clock says %s; set the clock if that is wrong, or have "
				   "a new request of `tacit key csr %s` signed", file, when, is, key);
	return 0;
}

bool certificate_ends_soon(const X509 *leaf, struct certificate_text *text)
{
	time_t begin = seconds(X509_get0_notBefore(leaf)), end = seconds(X509_get0_notAfter(leaf));
	time_t left = end - time(NULL);
	char when[CERTIFICATE_TIME_MAX];

	certificate_time(end, when);
	if (left < 0)
		fail(text, "expired on %s", when);
	else if (left < 2 * DAY_S)
		fail(text, "ends on %s, in %lld hours", when, (long long)left / 3600);
	else
		fail(text, "ends on %s, in %lld days", when, (long long)left / DAY_S);
	return left < CERTIFICATE_WARN_DAYS * (time_t)DAY_S && left < (end - begin) / 3;
}

/* ---- use ---- */

/* A certificate that says nothing of its use is for all. */
static int check_use(X509 *leaf, const char *file, const struct certificate_wish *wish, struct certificate_text *wrong)
{
	uint32_t extended = X509_get_extended_key_usage(leaf);

	if (X509_get_extension_flags(leaf) & EXFLAG_INVALID)
		return fail(wrong, "%s: its extensions contradict each other or cannot be read; have another made", file);
	if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
		return fail(wrong, "%s: its key usage lacks digitalSignature, which TLS 1.3 needs; have another made", file);
	if (wish->client && !(extended & (XKU_SSL_CLIENT | XKU_ANYEKU)))
		return fail(wrong, "%s: its extended key usage lacks clientAuth, and a channel connects with it; have another "
				   "made", file);
	if (wish->server && !(extended & (XKU_SSL_SERVER | XKU_ANYEKU)))
		return fail(wrong, "%s: its extended key usage lacks serverAuth, and a channel accepts with it; have another "
				   "made", file);
	return 0;
}

static int check_strength(X509 *certificate, int number, const char *file, struct certificate_text *wrong)
{
	int digest = NID_undef, bits = 0;

	if (!X509_get_signature_info(certificate, &digest, NULL, &bits, NULL) || bits >= SIGNATURE_BITS_MIN)
		return 0;
	return fail(wrong, "%s: the signature on certificate %d is too weak (%s); have it signed with SHA-256", file, number,
		    OBJ_nid2sn(digest));
}

static int check_links(STACK_OF(X509) *chain, const char *file, const char *key, struct certificate_text *wrong)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *is = sk_X509_value(chain, i), *next = sk_X509_value(chain, i + 1);
		bool root = !X509_NAME_cmp(X509_get_subject_name(is), X509_get_issuer_name(is));

		if (check_time(is, file, key, wrong) || (!root && check_strength(is, i + 1, file, wrong)))
			return -EINVAL;
		if (next && (X509_check_issued(next, is) != X509_V_OK || X509_verify(is, X509_get0_pubkey(next)) != 1))
			return fail(wrong, "%s: certificate %d was not signed by certificate %d; the device's own is first, then "
					   "each time the one that signed it", file, i + 1, i + 2);
	}
	return 0;
}

int certificate_check(STACK_OF(X509) *chain, const char *file, const struct certificate_wish *wish,
		      struct certificate_text *wrong)
{
	if (check_key(chain, file, wish, wrong))
		return -EINVAL;
	if (certificate_clock_wrong(wrong))
		return -EINVAL;
	if (check_use(sk_X509_value(chain, 0), file, wish, wrong))
		return -EINVAL;
	return check_links(chain, file, wish->key, wrong);
}
