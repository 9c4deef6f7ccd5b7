/* SPDX-License-Identifier: Apache-2.0
 *
 * See no_look.h: as the compiler makes it with -O2. */
// variants: checked wrapped told c11 state_here state_asked state_below
// expect: lost-wakeup confirmed
// expect[state_here]: deadlock confirmed
// expect[state_asked]: deadlock confirmed
// expect[state_below]: deadlock confirmed
// hangs
// stdout: -
// json[wrapped]: "does not look at any state" in f.why
// cflags: -O2 -fstack-protector-all
#include "no_look.h"
