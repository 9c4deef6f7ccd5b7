/* SPDX-License-Identifier: Apache-2.0
 *
 * See hold.h. */
#include "interpose/hold.h"
#include "base/names.h"
#include "detect/detect.h"
#include "interpose/process.h"
#include "interpose/progress.h"
#include "interpose/thread.h"

/* Stacks of holds that have been told of; the newest of those that share a slot is remembered. */
#define TOLD 256u
static uint64_t told[TOLD];

#define HOLDS_MOST 16

int sn_hold_told(uint32_t stack)
{
	/* A fork child, whose stacks have other numbers, begins anew. */
	uint64_t what = (uint64_t)sn_shim.nonce << 32 | stack;
	return __atomic_exchange_n(&told[stack % TOLD], what, __ATOMIC_RELAXED) == what;
}

int sn_hold_until(struct timespec *until)
{
	if (!sn_process_reports_itself() || sn_shim.options.held_ms <= 0)
		return 0;
	uint64_t ns = sn_now() + sn_progress_ns(sn_shim.options.held_ms);
	*until = (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
	return 1;
}

/* The hold of the lock that the calling thread waits for; 0 where whoever has it waits for a lock
 * itself, or is not known. */
static int find_hold(const struct sn_self *self, const struct sn_view *v, uint64_t now,
		     struct sn_hold *hold)
{
	struct sn_hold holds[HOLDS_MOST];
	uint32_t n = sn_detect_held(v, now, now - self->rec->wait_since_ns, holds, HOLDS_MOST);
	for (uint32_t i = 0; i < n; i++) {
		if (holds[i].lock != self->rec->wait_object)
			continue;
		*hold = holds[i];
		return 1;
	}
	return 0;
}

static int tell(struct sn_self *self)
{
	struct sn_finding f;
	struct sn_hold hold;
	struct sn_view v;
	uint64_t now = sn_now();
	sn_recorder_view(&sn_shim.recorder, &v);
	if (!find_hold(self, &v, now, &hold))
		return 0;
	sn_hold_finding(&v, &hold, now, &f);
	if (!f.parts[0].stack || sn_hold_told(f.parts[0].stack))
		return 0;
	sn_report_finding(self, &f);
	return 1;
}

void sn_hold_look(struct sn_self *self)
{
	int saved = errno;
	if (self && self->state == SN_SELF_READY && tell(self))
		sn_process_report("--at-held");
	errno = saved;
}

/* It was given up once in all this time: by the one who had held it all along. */
void sn_hold_waited(struct sn_self *self, uint64_t now, uint32_t passes)
{
	struct sn_finding f;
	const struct sn_thread_rec *t = self->rec;
	uint64_t by = __atomic_load_n(&self->locks[t->wait_object].passed_by, __ATOMIC_RELAXED);
	uint32_t holder = sn_thread_of((uint32_t)by), stack = (uint32_t)(by >> 32);
	uint64_t waited = now - t->wait_since_ns, least = sn_progress_ns(sn_shim.options.held_ms);
	if (!least || waited < least || passes != 1 || !holder || !stack ||
	    holder == self->thread ||
	    sn_lock_kin(self->locks[t->wait_object].type) == SN_LOCK_ONCE || sn_hold_told(stack))
		return;
	sn_finding_start(&f, SN_KIND_BLOCKING_UNDER_LOCK, SN_SUSPECT, SN_WHY_MEASURED);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
					    .flags = SN_PART_ANY_MODE,
					    .thread = holder,
					    .object = t->wait_object,
					    .stack = stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_WAITS,
					    .mode = (uint8_t)t->wait_mode,
					    .thread = self->thread,
					    .object = t->wait_object,
					    .stack = t->wait_stack,
					    .when_ns = t->wait_since_ns,
					    .number = (uint32_t)(waited / 1000000u)});
	sn_report_finding(self, &f);
}
