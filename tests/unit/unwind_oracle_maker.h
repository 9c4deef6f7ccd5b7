/* SPDX-License-Identifier: Apache-2.0
 *
 * For the unwinder's tests: libunwind as the judge of its traces.  It is linked to tests only; in
 * the process under test its exported symbols (_Unwind_…, backtrace) would come before those of the
 * program's own libraries. */
#ifndef SN_TESTS_UNWIND_ORACLE_MAKER_H
#define SN_TESTS_UNWIND_ORACLE_MAKER_H

#include "base/unwind.h"

/* The contract of sn_unwind_from, but that no trace is cacheable: libunwind does not tell on which
 * registers and words a frame's address depended. */
uint32_t oracle_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max);

#endif
