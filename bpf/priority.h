/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skb->priority of what leaves while slots are on. 7 goes to the queue that fq
 * serves first and never holds; to fq the others here are all the same.
 */
#ifndef TACIT_PRIORITY_H
#define TACIT_PRIORITY_H

#define PRIORITY_HELD 0
#define PRIORITY_EXEMPT 7
#define PRIORITY_HELD_URGENT 8 /* held for a slot of class urgent: for the witness */

#endif
