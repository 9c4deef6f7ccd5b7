/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of base/sys.h, here libc's: a program that is told another time (libfaketime) is told
 * it by this library as well. */
#include <time.h>
#include "base/sys.h"

int (*sn_clock)(clockid_t clock, struct timespec *t) = clock_gettime;
