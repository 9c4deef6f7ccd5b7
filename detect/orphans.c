/* SPDX-License-Identifier: Apache-2.0
 *
 * orphaned-task: a task whose context has ended, by itself or with one above it, and that goes on.
 * To stop takes time, so it is told of one that went on for long, when it ends or when the process
 * does. */
#include "detect/detect.h"

/* Contexts above a task's; deeper trees are cut off there. */
#define DEPTH_MAX 64

/* A context that has ended, and when; 0 while none has. */
static uint32_t find_ended(const struct sn_view *v, uint32_t context, uint64_t now, uint64_t *when)
{
	uint32_t found = 0;

	*when = now;
	for (int i = 0; context && i < DEPTH_MAX; i++) {
		const struct sn_lock_rec *l = sn_view_lock(v, context);
		const struct sn_sync_rec *s = sn_view_sync(v, l->sync);

		if (l->type != SN_LOCK_CONTEXT || !l->sync || s->object != context)
			break;
		if (s->ended_ns && s->ended_ns < *when) {
			*when = s->ended_ns;
			found = context;
		}
		if (s->deadline_ns && s->deadline_ns < *when) {
			*when = s->deadline_ns;
			found = context;
		}
		context = s->parent;
	}
	return found;
}

static void add_end(const struct sn_view *v, uint32_t context, uint64_t when, struct sn_finding *f)
{
	const struct sn_signal *by = &sn_view_sync(v, sn_view_lock(v, context)->sync)->stray;

	if (by->stack)
		sn_finding_add(f, (struct sn_part){.role = SN_ROLE_CLOSED,
						   .thread = sn_view_thread_of(v, by->serial),
						   .object = context,
						   .stack = by->stack,
						   .when_ns = when});
}

int sn_detect_orphan(const struct sn_view *v, uint32_t thread, uint64_t now, uint64_t most_ns,
		     struct sn_finding *f)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	uint64_t when;
	uint32_t context;

	if (!(t->flags & SN_THREAD_TASK) || !t->context || !now)
		return 0;
	context = find_ended(v, t->context, now, &when);
	if (context && when < t->created_ns)
		when = t->created_ns; /* its time begins with it */
	if (!context || now < when || now - when < most_ns)
		return 0;
	sn_finding_start(f, SN_KIND_ORPHANED_TASK, SN_SUSPECT, SN_WHY_CONTEXT_ENDED);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_SUBJECT,
					   .thread = thread,
					   .object = context,
					   .number = (uint32_t)((now - when) / 1000000u)});
	add_end(v, context, when, f);
	return 1;
}
