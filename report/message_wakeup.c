/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, in one line, where a wakeup was lost or nobody is left to send one: who sleeps on
 * what, through whose signal. */
#include "report/say.h"
#include "base/names.h"

#include <string.h>

static unsigned type_of(const struct sn_process *p, const struct sn_part *part)
{
	return part->object_is_thread ? SN_LOCK_NONE
				      : sn_lock_kin(sn_view_lock(p->view, part->object)->type);
}

/* Whether the part tells of the channel's last send, and not of its last receive. */
static int is_send(const struct sn_process *p, const struct sn_part *part)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, part->object);
	const struct sn_signal *sent = &sn_view_sync(p->view, l->sync)->heard;

	return sent->stack == part->stack &&
	       sn_view_thread_of(p->view, sent->serial) == part->thread;
}

const char *sn_say_signal(const struct sn_process *p, const struct sn_part *part)
{
	switch (type_of(p, part)) {
	case SN_LOCK_COND:
		return part->flags & SN_PART_BROADCAST ? "broadcast" : "signal";
	case SN_LOCK_SEMAPHORE:
		return "post";
	case SN_LOCK_CHANNEL:
		return is_send(p, part) ? "send" : "receive";
	case SN_LOCK_WAIT_GROUP:
		return "done";
	case SN_LOCK_WEIGHTED:
		return "give";
	case SN_LOCK_FUTURE:
		return "settling";
	case SN_LOCK_POOL:
		return "submit";
	default:
		return "wakeup";
	}
}

const char *sn_say_signalled(const struct sn_process *p, const struct sn_part *part)
{
	switch (type_of(p, part)) {
	case SN_LOCK_COND:
		return part->flags & SN_PART_BROADCAST ? "broadcast to" : "signalled";
	case SN_LOCK_SEMAPHORE:
		return "posted";
	default:
		return "woke";
	}
}

const struct sn_part *sn_found_sleeper(const struct sn_found *f, const struct sn_part *signal)
{
	static const struct sn_part none;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS && !f->parts[i].object_is_thread &&
		    f->parts[i].object == signal->object)
			return &f->parts[i];
	return &none;
}

/* "3 ms before it waited", or without the time where that is not known. */
static void say_before(FILE *out, const struct sn_part *signal, const struct sn_part *sleeper)
{
	if (signal->when_ns && signal->when_ns < sleeper->when_ns) {
		sn_say_duration(out, sleeper->when_ns - signal->when_ns);
		fputc(' ', out);
	}
	fputs("before it waited", out);
}

static void say_wrong_waiter(FILE *out, const struct sn_found *f, const struct sn_part *signal)
{
	fprintf(out, ": the %s of ", sn_say_signal(f->process, signal));
	sn_say_sender(out, f->process, signal);
	fputs(" woke ", out);
	sn_say_thread(out, f->process, sn_found_part(f, SN_ROLE_WOKEN)->thread);
	fputs(", which waits at another place and went back to sleep", out);
}

static void say_lost(FILE *out, const struct sn_found *f)
{
	const struct sn_part *sleeper = sn_found_part(f, SN_ROLE_WAITS);
	const struct sn_part *signal = sn_found_part(f, SN_ROLE_SIGNALLED);
	const char *sleeps = f->why == SN_WHY_RAN_OUT     ? " slept until its time ran out on "
			     : f->verdict == SN_CONFIRMED ? " sleeps for ever on "
			     : f->verdict == SN_PREDICTED ? " could have slept for ever on "
							  : " may sleep for ever on ";

	sn_say_thread(out, f->process, sleeper->thread);
	fputs(sleeps, out);
	sn_say_object(out, f->process, sleeper);
	if (!signal->stack)
		return;
	if (f->why == SN_WHY_WRONG_WAITER) {
		say_wrong_waiter(out, f, signal);
		return;
	}
	fprintf(out, ": the %s of ", sn_say_signal(f->process, signal));
	sn_say_sender(out, f->process, signal);
	fputs(" came ", out);
	say_before(out, signal, sleeper);
	fputs(" and nobody heard it", out);
}

uint32_t sn_found_sleepers(const struct sn_found *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS)
			n += 1 + f->parts[i].more;
	return n;
}

/* Whether both threads wait for the same of the same object. */
static int is_same_wait(const struct sn_process *p, const struct sn_part *a,
			const struct sn_part *b)
{
	return a->role == SN_ROLE_WAITS && b->role == SN_ROLE_WAITS && a->object == b->object &&
	       a->object_is_thread == b->object_is_thread &&
	       !strcmp(sn_say_waits(p, a, 0), sn_say_waits(p, b, 0));
}

/* How many threads beside the part's wait for its object too; -1: told with an earlier part. */
static int64_t others_there(const struct sn_found *f, uint32_t part)
{
	int64_t n = f->parts[part].more;

	for (uint32_t i = 0; i < f->part_count; i++) {
		if (i == part || !is_same_wait(f->process, &f->parts[i], &f->parts[part]))
			continue;
		if (i < part)
			return -1;
		n += 1 + f->parts[i].more;
	}
	return n;
}

void sn_say_their_waits(FILE *out, const struct sn_found *f)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < f->part_count && shown < 4; i++) {
		const struct sn_part *p = &f->parts[i];
		int64_t more = p->role == SN_ROLE_WAITS ? others_there(f, i) : -1;

		if (more < 0)
			continue;
		fputs(shown++ ? ", " : ": ", out);
		sn_say_thread(out, f->process, p->thread);
		if (more)
			fprintf(out, " and %u more", (unsigned)more);
		fprintf(out, " %s ", sn_say_waits(f->process, p, more != 0));
		sn_say_object(out, f->process, p);
		sn_say_cases(out, f->process, p);
		fputs(p->object_is_thread ? " to end" : "", out);
	}
}

static void say_knot(FILE *out, const struct sn_found *f)
{
	uint32_t n = sn_found_sleepers(f);

	if (f->why == SN_WHY_NEVER_WAKES)
		fputs("no thread of the process can ever go on", out);
	else if (f->why == SN_WHY_NOBODY_REACHES)
		fprintf(out, "%u threads wait for each other, and nobody else could end it", n);
	else if (f->why == SN_WHY_WAKERS_ASLEEP)
		fprintf(out,
			n == 1 ? "%u thread is asleep, and so is whoever has ever woken it"
			       : "%u threads are asleep, and so is whoever has ever woken them",
			n);
	else if (f->why == SN_WHY_NOBODY_TAKES)
		fprintf(out,
			n == 1 ? "the only thread of its pool waits for an answer, and nobody is "
				 "left "
				 "to do the work"
			       : "all %u threads of a pool wait for answers, and nobody is left to "
				 "do "
				 "the work",
			n);
	else if (n == 1)
		fputs("the only thread of the process is asleep and nobody is left to wake it",
		      out);
	else
		fprintf(out,
			"all %u threads of the process are asleep and nobody is left to wake them",
			n);
	sn_say_their_waits(out, f);
}

static void say_never_held(FILE *out, const struct sn_found *f)
{
	const struct sn_part *signal = sn_found_part(f, SN_ROLE_SIGNALLED);
	const struct sn_part *checked = sn_found_part(f, SN_ROLE_CHECKED);

	sn_say_sender(out, f->process, signal);
	fprintf(out, " %s ", sn_say_signalled(f->process, signal));
	sn_say_object(out, f->process, signal);
	fputs(" and has never held ", out);
	if (checked->object)
		sn_say_object(out, f->process, checked);
	else
		fputs("its mutex", out);
}

int sn_say_wakeup(FILE *out, const struct sn_found *f)
{
	if (f->kind == SN_KIND_LOST_WAKEUP)
		say_lost(out, f);
	else if (f->kind == SN_KIND_SIGNAL_WITHOUT_MUTEX)
		say_never_held(out, f);
	else if (sn_found_is_knot(f))
		say_knot(out, f);
	else
		return 0;
	return 1;
}
