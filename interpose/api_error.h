/* SPDX-License-Identifier: Apache-2.0
 *
 * api-error: a call failed as only a mistake in the program makes it fail.  A suspicion, since the
 * program may look at the result and know what to do. */
#ifndef SN_INTERPOSE_API_ERROR_H
#define SN_INTERPOSE_API_ERROR_H

#include "interpose/acquire.h"

/* A call returned `error`. Tells of EINVAL, EAGAIN, EPERM, ESRCH, EOVERFLOW and
 * ERANGE, once for each place; 0, EBUSY, ETIMEDOUT, EDEADLK, EOWNERDEAD, EINTR and ENOMEM are
 * results that correct programs get. A caller leaves out what is legal for its call only (EAGAIN of
 * sem_trywait, EPERM of an error-checking mutex). `object` is a lock record, or 0. Keeps errno. */
SN_COLD void sn_api_error(struct sn_self *self, uint32_t object, int error, struct sn_site site);

/* Whether this place has been told of with this number; it is now. */
SN_COLD int sn_api_error_told(uint32_t stack, int error);

#endif
