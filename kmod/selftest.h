/* SPDX-License-Identifier: GPL-2.0 */
/* What must hold before the module serves anybody. */
#ifndef TACIT_SELFTEST_H
#define TACIT_SELFTEST_H

/*
 * Signs the P-256 / SHA-256 known answers of RFC 6979, A.2.5, which also finds
 * out how this kernel orders a scalar's digits; seals, unseals and refuses a
 * changed blob. 0, or a negative errno after a line in the log: the module
 * must then not load.
 */
int tacit_selftest(void);

#endif
