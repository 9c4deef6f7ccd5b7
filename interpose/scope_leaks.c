/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scope leaves behind: threads and tasks that belong to it, and locks.  A thread is on its
 * way to its end for a while after it has done its work, so they are waited for: 1 us first, then
 * twice as long each time. */
#include "interpose/notes.h"
#include "interpose/wait.h"

void sn_scope_tell(struct sn_self *self, const struct sn_finding *f)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint64_t key = sn_finding_key(f);
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_FINDING].used; i++)
		if (sn_rec_finding(r, i)->key == key &&
		    sn_rec_finding(r, i)->scope == self->rec->scope)
			return;
	sn_report_finding(self, f);
}

static int is_left(const struct sn_thread_rec *t, uint32_t scope)
{
	const uint32_t exempt = SN_THREAD_MAIN | SN_THREAD_FOREIGN | SN_THREAD_GHOST |
				SN_THREAD_SERVICE | SN_THREAD_IDLE | SN_THREAD_ALARM;
	if (t->flags & exempt || !sn_scope_is_in(t->scope, scope))
		return 0;
	if (t->flags & SN_THREAD_LIBRARY && !(t->flags & SN_THREAD_TASK))
		return 0;
	if (t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING)
		return 1;
	return t->state == SN_THREAD_ENDED && !(t->flags & (SN_THREAD_DETACHED | SN_THREAD_TASK)) &&
	       sn_shim.options.report_thread_leaks;
}

static uint32_t next_left(const struct sn_self *self, uint32_t scope, uint32_t after)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = after + 1; i < r->header->tables[SN_TABLE_THREAD].used; i++)
		if (i != self->thread && i != self->carrier && is_left(sn_rec_thread(r, i), scope))
			return i;
	return 0;
}

static void wait_for_them(const struct sn_self *self, uint32_t scope)
{
	uint64_t most = (uint64_t)sn_shim.options.leak_wait_ms * 1000000, ns = 1000;
	for (int i = 0; i < sn_shim.options.leak_tries && next_left(self, scope, 0); i++, ns *= 2) {
		if (ns > most)
			ns = most;
		struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
		sn_sys(SYS_nanosleep, &t, 0);
	}
}

static void tell_thread(struct sn_self *self, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	int waits = t->wait_kind != SN_WAIT_NONE;
	enum sn_kind kind = waits ? SN_KIND_LEAKED_WORKER : SN_KIND_EARLY_EXIT;
	struct sn_finding f;
	if (t->state == SN_THREAD_ENDED)
		kind = SN_KIND_THREAD_LEAK;
	sn_finding_start(&f, kind, SN_CONFIRMED, SN_WHY_SCOPE_ENDED);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = thread});
	if (waits && kind != SN_KIND_THREAD_LEAK)
		sn_finding_add(&f,
			       (struct sn_part){.role = SN_ROLE_WAITS,
						.mode = (uint8_t)t->wait_mode,
						.object_is_thread = t->wait_kind == SN_WAIT_JOIN,
						.thread = thread,
						.object = t->wait_object,
						.stack = t->wait_stack});
	sn_report_finding(self, &f);
}

static void tell_held(struct sn_self *self, uint32_t scope)
{
	uint32_t before = scope ? sn_rec_note(&sn_shim.recorder, scope)->value : 0;
	for (uint32_t i = before; i < self->rec->held_count; i++) {
		struct sn_held h = self->held[i];
		struct sn_finding f;
		if (!h.lock)
			continue;
		sn_finding_start(&f, SN_KIND_LOCK_HELD_AT_SCOPE_END, SN_CONFIRMED,
				 SN_WHY_HELD_AT_SCOPE_END);
		sn_finding_add(&f,
			       (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = self->thread});
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
						    .mode = (uint8_t)h.mode,
						    .thread = self->thread,
						    .object = h.lock,
						    .stack = h.stack});
		sn_scope_tell(self, &f);
	}
}

/* A thread that was told at an earlier judgement of the scope is not told again. */
static int is_told(uint32_t thread)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_FINDING].used; i++) {
		const struct sn_finding_rec *f = sn_rec_finding(r, i);
		if (f->count && f->why == SN_WHY_SCOPE_ENDED &&
		    sn_rec_part(r, f->first_part)->thread == thread)
			return 1;
	}
	return 0;
}

void sn_scope_leaks(struct sn_self *self, uint32_t scope)
{
	wait_for_them(self, scope);
	for (uint32_t i = 0; (i = next_left(self, scope, i));)
		if (!is_told(i))
			tell_thread(self, i);
	tell_held(self, scope);
}
