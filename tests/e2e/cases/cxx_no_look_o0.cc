/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits of C++ that look at nothing after they have taken the mutex, and some that do: a predicate,
 * a member of an object; as the compiler makes it with -O0. */
// variants: unique adopted member predicate looks
// expect: lost-wakeup confirmed
// expect[predicate]: deadlock confirmed
// expect[looks]: deadlock confirmed
// hangs
// stdout: -
// cflags: -O0
#include "no_look_cxx.h"
