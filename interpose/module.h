/* SPDX-License-Identifier: Apache-2.0
 *
 * The modules that addresses of stacks lie in.  A module is recorded when the first such address
 * turns up, found by _dl_find_object, which takes no lock; so dlopen, which looks at its caller,
 * need not be interposed. dlclose raises the epoch, and with it old traces stop being good. */
#ifndef SN_INTERPOSE_MODULE_H
#define SN_INTERPOSE_MODULE_H

#include <stdint.h>

/* Records the module around `pc`, if it is new. Called by a busy thread without the shim's lock,
 * for a pc on its own stack, which is what keeps the module loaded. */
void sn_module_seen(uintptr_t pc);

/* Records the executable, so that reports can name its static locks. */
void sn_module_start(void);

/* In a fork child, whose recording is a new one. */
void sn_module_reset(void);

#endif
