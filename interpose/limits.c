/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls by which a program limits its own address space.  Most of what the recording reserves
 * of it is never used: it is given back before the limit comes, or the program's next malloc or
 * pthread_create would fail for our sake. */
#include <sys/resource.h>
#include "interpose/process.h"
#include "interpose/real.h"
#include "interpose/shim.h"

static void make_room(pid_t pid, int resource, const void *limit)
{
	/* struct rlimit and struct rlimit64 are the same here. */
	const struct rlimit *l = limit;
	int saved = errno;
	if (resource != RLIMIT_AS || !l || (pid && pid != (pid_t)sn_shim.pid))
		return;
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	/* A vfork child limits itself, and has our memory. */
	if (self && sn_process_is_ours()) {
		sn_busy_begin(self, SN_CALLER_CFA);
		sn_recorder_give_back(&sn_shim.recorder, l->rlim_cur);
		sn_busy_end(self);
	}
	errno = saved;
}

SN_EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	make_room(0, (int)resource, limit);
	return sn_real(setrlimit)(resource, limit);
}

SN_EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
	make_room(0, (int)resource, limit);
	return sn_real(setrlimit64)(resource, limit);
}

SN_EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit,
		      struct rlimit *old)
{
	make_room(pid, (int)resource, limit);
	return sn_real(prlimit)(pid, resource, limit, old);
}

SN_EXPORT int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit,
			struct rlimit64 *old)
{
	make_room(pid, (int)resource, limit);
	return sn_real(prlimit64)(pid, resource, limit, old);
}
