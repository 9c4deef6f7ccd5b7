/* SPDX-License-Identifier: Apache-2.0
 *
 * Sections of an rwlock: what lies between two of its write locks.  A read lock lies in one of
 * them, and an order that is recorded under it says in which it came up.
 *
 * Orders under read locks of one rwlock that never came up in the same section may depend on what
 * the writers change, and then they cannot meet (detect/order_sections.c).  An order that comes up
 * again and again is noted in the section in which it came up first, in the next few, and in one
 * later one: the last in which it was looked at. That is when another order under a read lock of
 * this rwlock was new: see interpose/sections.h.  What is noted happened; what is not may have.
 *
 * Sections are counted from the first order on that was recorded under a read lock. */
#ifndef SN_GRAPH_SECTIONS_H
#define SN_GRAPH_SECTIONS_H

#include "base/recorder.h"

/* Of a dependency's entry of a lock held for reading: above the flags of `mode` the first section;
 * in the low bits of `depth` the last one, and above that a bit for each of those after the first.
 */
#define SN_SECTION_MASK 0xffffffu
#define SN_SECTIONS_AFTER 5u
#define SN_SECTIONS_BITS ((1u << (24 + SN_SECTIONS_AFTER)) - 1)

/* A copied entry of what a thread holds for reading is made a dependency's. */
void sn_sections_begin(struct sn_recorder *r, struct sn_held *kept);

/* The order has come up while its thread holds the lock for reading: notes the section, or says
 * only whether there is something to note (`change` 0). */
int sn_sections_note(const struct sn_recorder *r, struct sn_held *kept, int change);

/* Whether no section is known in which both orders came up. */
int sn_sections_apart(const struct sn_held *a, const struct sn_held *b);

#endif
