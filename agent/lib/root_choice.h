/* SPDX-License-Identifier: GPL-2.0 */
/* Where the operator wants the root key from, and which PCRs of a TPM it depends on. */
#ifndef ROOT_CHOICE_H
#define ROOT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

/* In struct config; the first is the default. */
enum root_choice {
	ROOT_AUTO,	/* what is there already; else the TPM, the kernel's trusted keys or a file, the first that can be had */
	ROOT_TPM,
	ROOT_TRUSTED,
	ROOT_FILE,
};

#define PCRS_TEXT_MAX 96

/*
 * "7" or "0,7,14", numbers from 0 to 23, or "none": bit n is PCR n.
 * Return: false, and *pcrs unchanged, for anything else, a PCR named twice included.
 */
bool pcrs_parse(const char *text, uint32_t *pcrs);

/* The same way back; unknown bits are left out. */
void pcrs_text(uint32_t pcrs, char text[PCRS_TEXT_MAX]);

#endif
