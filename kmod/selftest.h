/* SPDX-License-Identifier: GPL-2.0 */
/* What must hold before the module serves anybody. */
#ifndef TACIT_SELFTEST_H
#define TACIT_SELFTEST_H

/*
 * Signs the known answers of RFC 6979, A.2.5 and A.2.6, which also finds out how this kernel
 * orders a scalar's digits, and one of RSA-PSS; seals, unseals and refuses a changed blob. The
 * hashes have been opened. 0, or a negative errno after a line in the log: the module must then
 * not load.
 */
int tacit_selftest(void);

#endif
