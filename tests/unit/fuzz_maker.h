/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole of `snarl report` and `snarl explain` on a recording that bytes of any kind make: what
 * libFuzzer calls (tests/fuzz), and, on fewer and known bytes, test_fuzz.c.
 *
 * The first byte says how the others are meant: 0: they are the recording; else each eight change
 * a good one: table, record, offset (16 bits), value (32 bits). */
#ifndef SN_TESTS_FUZZ_MAKER_H
#define SN_TESTS_FUZZ_MAKER_H

#include <stddef.h>
#include <stdint.h>

/* Returns how many bytes of report were written; 0 where the recording was refused. */
uint64_t sn_fuzz_report(const uint8_t *bytes, size_t size);

/* The same of a good recording with a picture beside it (outside/seen.h). 0: the bytes are the
 * picture; else each eight change a good one: head, thread or module, which, offset, value. */
void sn_fuzz_end(void); /* removes the folder that this made */
uint64_t sn_fuzz_seen(const uint8_t *bytes, size_t size);

#endif
