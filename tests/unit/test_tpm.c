// SPDX-License-Identifier: GPL-2.0
/*
 * What kmod/ speaks to a TPM, against swtpm, in user space: the module's own files on headers of
 * tests/unit/kernel. The bus is ours, so that it can be listened to and lie.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <linux/netlink.h>
#include <linux/string.h>
#include <linux/tpm.h>

#include "counter_tpm.h"
#include "ecdsa.h"
#include "rootkey_tpm.h"
#include "tpm.h"

#define PAGE 4096
#define STARTUP_CLEAR "not-need-init,startup-clear"
#define RH_LOCKOUT 0x4000000a
#define CC_CLEAR 0x126
#define CC_PCR_EXTEND 0x182
#define CC_CHANGE_AUTH 0x129
#define CC_NV_UNDEFINE 0x122
#define CC_NV_DEFINE 0x12a

/* ---- a TPM ---- */

static struct tpm_chip chip = { .flags = TPM_CHIP_FLAG_TPM2 };
static char base[] = "/tmp/tacit-tpm.XXXXXX";
static pid_t swtpm;
static int bus = -1;
static int opened;

/* What went over the bus since it was last forgotten. */
static uint8_t heard[1 << 16];
static size_t heard_bytes;

/* The answer with this number, from now on, gets this bit changed; 0 none. */
static unsigned int lie_answer, lie_bit, answers;
/* Set: what comes instead of the answers to commands of this code. */
static uint32_t fake_code;
static uint8_t fake[PAGE];
static size_t fake_bytes;

static void plug(const char *name)
{
	char state[128], fd[16];
	int pair[2];

	snprintf(state, sizeof(state), "%s/%s", base, name);
	mkdir(state, 0700);
	snprintf(state, sizeof(state), "dir=%s/%s", base, name);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	swtpm = fork();
	if (!swtpm) {
		close(pair[0]);
		dup2(open("/dev/null", O_WRONLY), 2);
		snprintf(fd, sizeof(fd), "%d", pair[1]);
		execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--fd", fd, "--flags", STARTUP_CLEAR, NULL);
		_exit(127);
	}
	close(pair[1]);
	bus = pair[0];
	chip.flags = TPM_CHIP_FLAG_TPM2;
}

static void unplug(void)
{
	close(bus);
	bus = -1;
	kill(swtpm, SIGTERM);
	waitpid(swtpm, NULL, 0);
}

static void reboot_to(const char *name)
{
	unplug();
	plug(name);
}

struct tpm_chip *tpm_default_chip(void)
{
	opened++;
	return &chip;
}

int tpm_try_get_ops(struct tpm_chip *c)
{
	(void)c;
	opened++;
	return 0;
}

void tpm_put_ops(struct tpm_chip *c)
{
	(void)c;
	opened--;
}

void put_device(int *dev)
{
	(void)dev;
	opened--;
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static void hear(const uint8_t *data, size_t bytes)
{
	if (heard_bytes + bytes > sizeof(heard))
		heard_bytes = 0;
	memcpy(heard + heard_bytes, data, bytes);
	heard_bytes += bytes;
}

ssize_t tpm_transmit_cmd(struct tpm_chip *c, struct tpm_buf *buf, size_t min, const char *desc)
{
	uint32_t code = word(buf->data + 6);
	ssize_t n;

	(void)c;
	(void)min;
	(void)desc;
	hear(buf->data, word(buf->data + 2));
	assert_int_equal(write(bus, buf->data, word(buf->data + 2)), word(buf->data + 2));
	n = read(bus, buf->data, PAGE);
	assert_true(n >= TPM_HEADER_SIZE);
	hear(buf->data, n);
	if (fake_code && code == fake_code) {
		memcpy(buf->data, fake, fake_bytes);
		n = fake_bytes;
	}
	answers++;
	if (answers == lie_answer && lie_bit < 8 * n)
		buf->data[lie_bit / 8] ^= 1 << lie_bit % 8;
	return word(buf->data + 6) & 0x7fffffff;
}

/* ---- what kmod/ecdsa.c does there, by OpenSSL ---- */

const struct tacit_curve {
	int unused;
} tacit_p256;

int tacit_ecdsa_generate(const struct tacit_curve *curve, u8 *scalar, u8 *public_key)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	unsigned char point[65], *at = point;

	assert_int_equal(EC_KEY_generate_key(key), 1);
	BN_bn2binpad(EC_KEY_get0_private_key(key), scalar, TACIT_P256_BYTES);
	assert_int_equal(i2o_ECPublicKey(key, &at), sizeof(point));
	memcpy(public_key, point + 1, 64);
	EC_KEY_free(key);
	return 64;
}

int tacit_ecdh(const struct tacit_curve *curve, const u8 *scalar, const u8 *peer, u8 *x)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *d = BN_bin2bn(scalar, TACIT_P256_BYTES, NULL), *shared = BN_new();
	unsigned char all[65] = { 4 };
	int err = -EINVAL;

	memcpy(all + 1, peer, 64);
	if (EC_POINT_oct2point(group, point, all, sizeof(all), NULL) == 1 &&
	    EC_POINT_mul(group, point, NULL, point, d, NULL) == 1 &&
	    EC_POINT_get_affine_coordinates(group, point, shared, NULL, NULL) == 1)
		err = BN_bn2binpad(shared, x, TACIT_P256_BYTES) == TACIT_P256_BYTES ? 0 : -EINVAL;
	BN_free(d);
	BN_free(shared);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return err;
}

/* ---- helpers ---- */

static void command_with_password(uint32_t code, const uint32_t *handles, int count, const void *parameters, size_t bytes)
{
	struct tacit_tpm_object objects[2];
	struct tacit_tpm_command command = { .code = code, .objects = count, .password = true };
	struct tacit_tpm *tpm;

	for (int i = 0; i < count; i++) {
		tacit_tpm_name_hierarchy(&objects[i], handles[i]);
		command.object[i] = &objects[i];
	}
	assert_int_equal(tacit_tpm_open(&tpm), 0);
	tacit_tpm_begin(tpm);
	tacit_tpm_put(&tpm->parameters, parameters, bytes);
	assert_int_equal(tacit_tpm_run(tpm, &command), 0);
	tacit_tpm_close(tpm);
}

static void extend_pcr(uint32_t pcr)
{
	static const uint8_t one[4 + 2 + 32] = { 0, 0, 0, 1, 0, 0x0b, 0xaa };

	command_with_password(CC_PCR_EXTEND, &pcr, 1, one, sizeof(one));
}

static void clear(void)
{
	const uint32_t lockout = RH_LOCKOUT;

	command_with_password(CC_CLEAR, &lockout, 1, NULL, 0);
}

static int unseal(const struct tacit_root_blob *blob, uint8_t key[32], const char **words)
{
	struct netlink_ext_ack ack = { NULL };
	int err;

	memset(key, 0, 32);
	err = tacit_root_tpm_unseal(blob, key, &ack);
	if (words)
		*words = ack._msg;
	if (err)
		assert_non_null(ack._msg);
	return err;
}

static bool was_heard(const uint8_t *key)
{
	return memmem(heard, heard_bytes, key, 32);
}

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(base))
		return -1;
	plug("ours");
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	unplug();
	snprintf(command, sizeof(command), "rm -r %s", base);
	/* What was opened was closed, in all the ways out. */
	return opened || system(command);
}

/* ---- the root key ---- */

static void test_make_and_unseal(void **state)
{
	struct tacit_root_blob blob, again;
	uint8_t key[32], other[32], back[32];

	(void)state;
	heard_bytes = 0;
	assert_int_equal(tacit_root_tpm_make(0, key, &blob, NULL), 0);
	assert_int_equal(tacit_root_tpm_make(0, other, &again, NULL), 0);
	assert_memory_not_equal(key, other, 32);
	assert_int_equal(unseal(&blob, back, NULL), 0);
	assert_memory_equal(key, back, 32);
	reboot_to("ours");
	assert_int_equal(unseal(&blob, back, NULL), 0);
	assert_memory_equal(key, back, 32);
	/* What stands in the open over the bus is heard, the key is not. */
	assert_non_null(memmem(heard, heard_bytes, blob.public_area, le32toh(blob.public_bytes)));
	assert_false(was_heard(key));
	assert_int_equal(tacit_root_tpm_seal(0, key, &again, NULL), 0);
	assert_int_equal(unseal(&again, back, NULL), 0);
	assert_memory_equal(key, back, 32);
	assert_false(was_heard(key));
}

static void test_pcrs(void **state)
{
	struct tacit_root_blob bound, free;
	uint8_t key[32], back[32];
	const char *words;

	(void)state;
	assert_int_equal(tacit_root_tpm_make(1u << 24, key, &bound, NULL), -EINVAL);
	assert_int_equal(tacit_root_tpm_make(1u << 7 | 1u << 16, key, &bound, NULL), 0);
	assert_int_equal(tacit_root_tpm_seal(0, key, &free, NULL), 0);
	assert_int_equal(unseal(&bound, back, NULL), 0);
	assert_memory_equal(key, back, 32);
	extend_pcr(9);
	assert_int_equal(unseal(&bound, back, NULL), 0);
	extend_pcr(16);
	assert_int_equal(unseal(&bound, back, &words), -EBADFD);
	assert_non_null(strstr(words, "PCR"));
	assert_int_equal(unseal(&free, back, NULL), 0);
	assert_memory_equal(key, back, 32);
	/* That it is bound to fewer is no matter of the header alone. */
	reboot_to("ours");
	assert_int_equal(unseal(&bound, back, NULL), 0);
}

/* The digest of a blob is against accidents; an attacker makes it anew. */
static void redigest(struct tacit_root_blob *blob)
{
	uint8_t all[32];

	SHA256((uint8_t *)blob, offsetof(struct tacit_root_blob, digest), all);
	memcpy(blob->digest, all, sizeof(blob->digest));
}

static void test_blob_changed(void **state)
{
	static const uint8_t zeros[32];
	struct tacit_root_blob blob, bad;
	uint8_t key[32], back[32];

	(void)state;
	assert_int_equal(tacit_root_tpm_make(1u << 7, key, &blob, NULL), 0);
	for (size_t i = 0; i < sizeof(blob); i++) {
		bad = blob;
		((uint8_t *)&bad)[i] ^= 1;
		assert_int_not_equal(unseal(&bad, back, NULL), 0);
		assert_memory_equal(back, zeros, 32);
	}
	for (size_t i = 0; i < offsetof(struct tacit_root_blob, digest); i++) {
		bad = blob;
		((uint8_t *)&bad)[i] ^= 0x10;
		redigest(&bad);
		/* What does not decide anything here: who the endorsement says it is, and padding. */
		if (!unseal(&bad, back, NULL))
			assert_true((i >= 56 && i < 88) || (i >= 96 + 78 && i < 224) ||
				    i >= 224 + le32toh(blob.private_bytes));
	}
	bad = blob;
	bad.public_bytes = htole32(0xffffffff);
	redigest(&bad);
	assert_int_equal(unseal(&bad, back, NULL), -EINVAL);
	bad = blob;
	bad.version = htole32(2);
	assert_int_equal(unseal(&bad, back, NULL), -EOPNOTSUPP);
	bad = blob;
	bad.private_area[20] ^= 1;
	redigest(&bad);
	assert_int_equal(unseal(&bad, back, NULL), -EBADMSG);
}

static void test_other_cleared_none(void **state)
{
	const uint32_t owner = TACIT_TPM_RH_OWNER;
	struct tacit_root_blob blob;
	uint8_t key[32], back[32];
	const char *words;

	(void)state;
	assert_int_equal(tacit_root_tpm_make(0, key, &blob, NULL), 0);
	reboot_to("other");
	assert_int_equal(unseal(&blob, back, &words), -EXDEV);
	assert_non_null(strstr(words, "another TPM"));
	chip.flags = 0;
	assert_int_equal(unseal(&blob, back, &words), -ENODEV);
	assert_false(tacit_tpm_present());
	reboot_to("ours");
	assert_true(tacit_tpm_present());
	assert_int_equal(unseal(&blob, back, NULL), 0);
	command_with_password(CC_CHANGE_AUTH, &owner, 1, "\0\2pw", 4);
	assert_int_equal(unseal(&blob, back, &words), -EACCES);
	clear();
	assert_int_equal(unseal(&blob, back, &words), -EKEYREVOKED);
	assert_non_null(strstr(words, "cleared"));
}

/*
 * Who sits on the bus and changes one bit of one answer gets an error, never another key. (That is
 * what the session is for; who answers CreatePrimary with a key of its own is told apart by its name.)
 */
static void test_lies(void **state)
{
	static const uint8_t zeros[32];
	struct tacit_root_blob blob;
	uint8_t key[32], back[32];
	uint64_t luck = 20261122;
	unsigned int total, refused = 0;

	(void)state;
	assert_int_equal(tacit_root_tpm_make(1u << 7, key, &blob, NULL), 0);
	answers = 0;
	assert_int_equal(unseal(&blob, back, NULL), 0);
	total = answers;
	for (int i = 0; i < 300; i++) {
		int err;

		answers = 0;
		lie_answer = 1 + (unsigned int)(chance(&luck) % total);
		lie_bit = (unsigned int)(chance(&luck) % 1200);
		err = unseal(&blob, back, NULL);
		if (err)
			assert_memory_equal(back, zeros, 32);
		else
			assert_memory_equal(back, key, 32);
		refused += err != 0;
		lie_answer = 0;
		/* Objects and sessions that a lie left in the TPM. */
		if (err)
			reboot_to("ours");
	}
	assert_true(refused > 50);
}

/* ---- counters ---- */

static void test_counter(void **state)
{
	uint64_t value, next, other;
	uint32_t one, two;

	(void)state;
	assert_int_equal(tacit_counter_tpm.read(1, &value), -ENOENT);
	assert_int_equal(tacit_counter_tpm.read(0, &value), -EINVAL);
	assert_int_equal(tacit_counter_tpm.read(TACIT_COUNTER_TPM_MAX + 1, &value), -EINVAL);
	assert_int_equal(tacit_counter_tpm.make(&one, &value), 0);
	assert_int_equal(tacit_counter_tpm.make(&two, &other), 0);
	assert_int_not_equal(one, two);
	assert_int_equal(tacit_counter_tpm.read(one, &next), 0);
	assert_int_equal(next, value);
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(tacit_counter_tpm.advance(one, &next), 0);
		assert_int_equal(next, value + i);
	}
	reboot_to("ours");
	assert_int_equal(tacit_counter_tpm.read(one, &next), 0);
	assert_int_equal(next, value + 5);
	/* Dropped and made anew under the same number it is higher, never lower. */
	assert_int_equal(tacit_counter_tpm.drop(one), 0);
	assert_int_equal(tacit_counter_tpm.read(one, &next), -ENOENT);
	assert_int_equal(tacit_counter_tpm.make(&one, &next), 0);
	assert_true(next > value + 5);
	assert_int_equal(tacit_counter_tpm.drop(one), 0);
	assert_int_equal(tacit_counter_tpm.drop(two), 0);
}

/* A blob that came to nothing gives its counter back. */
static void test_counter_withdrawn(void **state)
{
	struct tacit_blob blob = { .usage.uses = htole64(100) }, none = { .usage.uses = 0 };
	uint32_t first;
	uint64_t value;

	(void)state;
	tacit_counter_provide(&tacit_counter_tpm);
	assert_int_equal(tacit_counter_give(&none), 0);
	assert_int_equal(none.counter, 0);
	tacit_counter_withdraw(&none);
	assert_int_equal(tacit_counter_give(&blob), 0);
	first = le32toh(blob.counter);
	assert_int_not_equal(first, 0);
	tacit_counter_withdraw(&blob);
	assert_int_equal(blob.counter, 0);
	assert_int_equal(tacit_counter_tpm.read(first, &value), -ENOENT);
	assert_int_equal(tacit_counter_give(&blob), 0);
	assert_int_equal(le32toh(blob.counter), first);
	tacit_counter_withdraw(&blob);
	tacit_counter_provide(NULL);
}

/* What was advanced and whose answer was lost is advanced once, however often it is tried. */
static void test_counter_again(void **state)
{
	uint32_t counter;
	uint64_t value, next;

	(void)state;
	assert_int_equal(tacit_counter_tpm.make(&counter, &value), 0);
	tacit_counter_provide(&tacit_counter_tpm);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tacit_counter_check(counter, value + 1), 0);
		assert_int_equal(tacit_counter_tpm.read(counter, &next), 0);
		assert_int_equal(next, value + 1);
	}
	assert_int_equal(tacit_counter_check(counter, value), -ESTALE);
	assert_int_equal(tacit_counter_check(counter, value + 3), -ESTALE);
	tacit_counter_provide(NULL);
	assert_int_equal(tacit_counter_check(counter, value + 1), -ESTALE);
	assert_int_equal(tacit_counter_tpm.drop(counter), 0);
}

/* An ordinary index under a counter's number, which could be written at will, is not believed. */
static void test_counter_impostor(void **state)
{
	static const uint8_t public[] = {
		0, 0, 0, 14, 0x01, 0x80, 0xac, 0x01, 0, 0x0b, 0x02, 0x04, 0x00, 0x04, 0, 0, 0, 8,
	};
	const uint32_t owner = TACIT_TPM_RH_OWNER;
	uint32_t both[2] = { owner, TACIT_COUNTER_TPM_BASE + 1 };
	uint64_t value;

	(void)state;
	command_with_password(CC_NV_DEFINE, &owner, 1, public, sizeof(public));
	assert_int_equal(tacit_counter_tpm.read(1, &value), -ENOENT);
	assert_int_equal(tacit_counter_tpm.advance(1, &value), -ENOENT);
	command_with_password(CC_NV_UNDEFINE, both, 2, NULL, 0);
}

/* An old answer of the TPM, played again by who sits on the bus, does not set the counter back. */
static void test_counter_replay(void **state)
{
	uint64_t value, next;
	uint32_t counter;

	(void)state;
	assert_int_equal(tacit_counter_tpm.make(&counter, &value), 0);
	heard_bytes = 0;
	assert_int_equal(tacit_counter_tpm.read(counter, &next), 0);
	/* The answer to NV_Read is the one of this length, before the two flushes. */
	for (size_t at = 0; at + 10 <= heard_bytes; at += word(heard + at + 2))
		if (word(heard + at + 2) == 10 + 4 + 2 + 2 + 8 - 2 + 2 + 32 + 1 + 2 + 32) {
			fake_bytes = word(heard + at + 2);
			memcpy(fake, heard + at, fake_bytes);
		}
	assert_true(fake_bytes > 0);
	assert_int_equal(tacit_counter_tpm.advance(counter, &next), 0);
	fake_code = 0x14e;
	assert_int_equal(tacit_counter_tpm.read(counter, &next), -EPROTO);
	fake_code = 0;
	assert_int_equal(tacit_counter_tpm.read(counter, &next), 0);
	assert_int_equal(next, value + 1);
	assert_int_equal(tacit_counter_tpm.drop(counter), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_and_unseal),
		cmocka_unit_test(test_pcrs),
		cmocka_unit_test(test_blob_changed),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_counter_withdrawn),
		cmocka_unit_test(test_counter_again),
		cmocka_unit_test(test_counter_impostor),
		cmocka_unit_test(test_counter_replay),
		cmocka_unit_test(test_other_cleared_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
