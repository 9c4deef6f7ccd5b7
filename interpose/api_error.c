/* SPDX-License-Identifier: Apache-2.0
 *
 * See api_error.h.  What has been told is remembered by its place, whatever the object: a program
 * that runs into the same error a million times, with as many objects, gets one finding. */
#include "interpose/api_error.h"

#define TOLD 1024u /* places; the newest of those that share a slot is remembered */

static uint64_t told[TOLD];

static int is_mistake(int error)
{
	switch (error) {
	case EINVAL:
	case EAGAIN:
	case EPERM:
	case ESRCH:
	case EOVERFLOW:
	case ERANGE:
		return 1;
	default:
		return 0;
	}
}

/* Whether this place has told of this error; it has now. A fork child starts anew. */
int sn_api_error_told(uint32_t stack, int error)
{
	uint64_t what = (uint64_t)sn_shim.nonce << 40 ^ (uint64_t)(uint32_t)error << 32 ^ stack;
	return __atomic_exchange_n(&told[stack % TOLD], what, __ATOMIC_RELAXED) == what;
}

void sn_api_error(struct sn_self *self, uint32_t object, int error, struct sn_site site)
{
	struct sn_finding f;
	if (!self || !is_mistake(error))
		return;
	int saved = errno;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (!sn_api_error_told(stack, error)) {
		sn_finding_start(&f, SN_KIND_API_ERROR, SN_SUSPECT, SN_WHY_CALL_SAID_SO);
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CALLED,
						    .thread = self->thread,
						    .object = object,
						    .stack = stack,
						    .number = (uint32_t)error});
		sn_report_finding(self, &f);
	}
	errno = saved;
}
