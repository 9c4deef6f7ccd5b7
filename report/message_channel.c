/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told otherwise where the objects are those of the channel library: there nobody signals
 * under a mutex, and what refuses to wait for itself is no lock.  It only chooses words. */
#include "report/say.h"
#include "base/names.h"

int sn_say_is_channels(const struct sn_process *p, const struct sn_part *part)
{
	unsigned type = sn_view_lock(p->view, part->object)->type;

	return part->object && !part->object_is_thread && sn_lock_family(type) == SN_FAMILY_CHANNEL;
}

static int any_channels(const struct sn_found *f, enum sn_role role)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == role && sn_say_is_channels(f->process, &f->parts[i]))
			return 1;
	return 0;
}

/* A call that would have waited for its own caller, and said so. */
static int is_reentered(const struct sn_found *f)
{
	return f->kind == SN_KIND_SELF_DEADLOCK && f->why == SN_WHY_TOLD_BY_CALL &&
	       any_channels(f, SN_ROLE_WANTS);
}

int sn_say_channel(FILE *out, const struct sn_found *f)
{
	const struct sn_part *part = sn_found_part(f, SN_ROLE_WANTS);

	if (!is_reentered(f))
		return 0;
	sn_say_thread(out, f->process, part->thread);
	fputs(" calls ", out);
	sn_say_object(out, f->process, part);
	fputs(" from within and would wait for itself", out);
	return 1;
}

const char *sn_say_channel_why(const struct sn_found *f)
{
	if (is_reentered(f))
		return "the call saw that and returned -EDEADLK; few programs look at the result";
	if (f->why == SN_WHY_BELOW_ZERO && f->part_count &&
	    sn_view_lock(f->process->view, f->parts[0].object)->type == SN_LOCK_WEIGHTED)
		return "more was given back than was taken at that moment";
	return NULL;
}

static const char *knot_fix(const struct sn_found *f)
{
	if (sn_found_part(f, SN_ROLE_HOLDS)->thread)
		return "Hold no lock while sending, receiving or waiting for others; where that "
		       "cannot be, wait with a deadline or a context.";
	return "Find who should have sent, received, closed, settled or said done, and see that "
	       "this happens on every path; give a wait that may be in vain a deadline or a "
	       "context.";
}

const char *sn_say_channel_fix(const struct sn_found *f)
{
	if (is_reentered(f))
		return "Do not wait for an object in what it runs: let the caller outside do it, "
		       "or do the work directly; and look at the result.";
	if (sn_found_is_knot(f) && any_channels(f, SN_ROLE_WAITS))
		return knot_fix(f);
	if (f->kind == SN_KIND_LEAKED_WORKER && any_channels(f, SN_ROLE_WAITS))
		return "See that every wait ends: close the channel when no more will come, give "
		       "it room for answers that nobody may want, or wait with a context that is "
		       "cancelled; then join the task.";
	return NULL;
}
