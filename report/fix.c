/* SPDX-License-Identifier: Apache-2.0
 *
 * How to fix a finding, in one sentence that fits its case: first by the reason of its verdict
 * (base/fix.def), then by what is waited for or held in it, of a data race by its case
 * (base/race_cases.def), else by its kind. */
#include "report/say.h"
#include "report/race.h"
#include "base/names.h"

static int waits_for_type(const struct sn_found *f, unsigned type)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS && !f->parts[i].object_is_thread &&
		    sn_lock_kin(sn_view_lock(f->process->view, f->parts[i].object)->type) == type)
			return 1;
	return 0;
}

static const char *fix_of_knot(const struct sn_found *f)
{
	const char *fix = sn_say_wait_fix(f);

	if (fix)
		return fix;
	if (waits_for_type(f, SN_LOCK_COND))
		return "Find who should have woken the waiters: let whoever changes the state "
		       "signal it under the mutex, and tell threads to stop before they are "
		       "joined.";
	if (waits_for_type(f, SN_LOCK_SEMAPHORE))
		return "Find who should have posted the semaphore: post it on every path, also of "
		       "errors, once for each wait.";
	if (waits_for_type(f, SN_LOCK_BARRIER))
		return "Let as many threads come to the barrier, in every round, as it was "
		       "initialised for.";
	if (waits_for_type(f, SN_LOCK_PIPE))
		return "Read from the pipe while the other end writes, in another thread or "
		       "without "
		       "blocking, and close the ends that are not used.";
	return "Find who should have woken the waiters, and tell threads to stop before they are "
	       "joined.";
}

/* Whether all wait for what others of them hold. */
static int only_locks(const struct sn_found *f)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_part *p = &f->parts[i];

		if (p->role == SN_ROLE_WAITS &&
		    (p->object_is_thread ||
		     !sn_lock_is_held(sn_view_lock(f->process->view, p->object)->type)))
			return 0;
	}
	return sn_found_part(f, SN_ROLE_HOLDS)->thread != 0;
}

/* Every wait is for a thread's end. */
static int only_joins(const struct sn_found *f)
{
	uint32_t waits = 0;

	for (uint32_t i = 0; i < f->part_count; i++) {
		if (f->parts[i].role != SN_ROLE_WAITS)
			continue;
		if (!f->parts[i].object_is_thread)
			return 0;
		waits++;
	}
	return waits != 0;
}

static const char *fix_of_deadlock(const struct sn_found *f)
{
	if (sn_found_is_knot(f) && only_locks(f))
		return sn_kind_fix(SN_KIND_DEADLOCK);
	if (sn_found_is_knot(f))
		return fix_of_knot(f);
	if (only_joins(f))
		return "Let one thread join the others, and none of these join it or each other.";
	return NULL;
}

static const char *fix_of_self_deadlock(const struct sn_found *f)
{
	const struct sn_part *p = &f->parts[f->part_count - 1];

	if (p->object_is_thread)
		return sn_case_fix(SN_KIND_SELF_DEADLOCK, SN_WHY_JOIN_SELF);
	if (sn_view_lock(f->process->view, p->object)->type == SN_LOCK_ONCE)
		return "Do not use a once control in the routine that it runs: call what the "
		       "routine needs directly.";
	return NULL;
}

/* What a thread that was still blocked waits for says how it can be told to stop. */
static const char *fix_of_leaked_worker(const struct sn_found *f)
{
	if (waits_for_type(f, SN_LOCK_SEMAPHORE))
		return "Tell the thread to stop (a flag, and a post of the semaphore for each "
		       "thread that waits) and join it before the end.";
	return NULL;
}

/* There may be no call that could be made elsewhere. */
static const char *fix_of_hold(const struct sn_found *f)
{
	const struct sn_part *blocked = sn_found_part(f, SN_ROLE_BLOCKED);

	if (blocked->flags & SN_PART_RUNS)
		return "Compute on a copy, without the lock, and take it only to store the result.";
	if (!blocked->thread)
		return "Hold the lock for shorter times: take out of it what others need not wait "
		       "for.";
	if (blocked->object)
		return "Release the lock before waiting for something else, and look at the state "
		       "again afterwards.";
	return NULL;
}

static const char *fix_of_race(const struct sn_found *f)
{
	struct sn_race r;

	return sn_race_of(f, &r) ? sn_race_case_fix(sn_race_case_of(f, &r)) : NULL;
}

static const char *fix_of_object(const struct sn_found *f)
{
	if (!f->part_count)
		return NULL;
	switch (f->kind) {
	case SN_KIND_DEADLOCK:
		return fix_of_deadlock(f);
	case SN_KIND_SELF_DEADLOCK:
		return fix_of_self_deadlock(f);
	case SN_KIND_LEAKED_WORKER:
		return fix_of_leaked_worker(f);
	case SN_KIND_BLOCKING_UNDER_LOCK:
		return fix_of_hold(f);
	case SN_KIND_DATA_RACE:
		return fix_of_race(f);
	default:
		return NULL;
	}
}

const char *sn_say_fix(const struct sn_found *f)
{
	const char *fix = sn_say_channel_fix(f);

	if (!fix)
		fix = sn_case_fix(f->kind, f->why);
	if (!fix)
		fix = fix_of_object(f);
	return fix ? fix : sn_kind_fix(f->kind);
}
