/* SPDX-License-Identifier: GPL-2.0 */
/* The chip of the test: test_tpm.c is its bus. */
#include <limits.h>
#include <linux/types.h>
#include <sys/types.h>

#define CONFIG_TCG_TPM 1
#define IS_REACHABLE(option) option
#define TPM_CHIP_FLAG_TPM2 2
#define TPM_HEADER_SIZE 10

struct tpm_chip {
	unsigned int flags;
	int dev;
};

struct tpm_buf {
	u8 *data;
};

struct tpm_chip *tpm_default_chip(void);
int tpm_try_get_ops(struct tpm_chip *chip);
void tpm_put_ops(struct tpm_chip *chip);
ssize_t tpm_transmit_cmd(struct tpm_chip *chip, struct tpm_buf *buf, size_t min, const char *desc);
void put_device(int *dev);
