/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, in one line, where an object was used wrongly.  A finding may lack any part: each
 * sentence is whole without it. */
#include "report/say.h"

#include <string.h>

static void say_object_of(FILE *out, const struct sn_found *f, const struct sn_part *part)
{
	if (part->object)
		sn_say_object(out, f->process, part);
	else
		fputs("an object", out);
}

/* The thread and what it did: "T1 'main' destroyed mutex 'm' (M1)". */
static void say_deed(FILE *out, const struct sn_found *f, const struct sn_part *did,
		     const char *verb)
{
	sn_say_thread(out, f->process, did->thread);
	fprintf(out, " %s ", verb);
	say_object_of(out, f, did);
}

/* "while T2 (w) and 3 more threads waited for it": those that were using the object. */
static void say_while(FILE *out, const struct sn_found *f)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);
	uint32_t more = waits->more;

	if (!waits->thread && !holds->thread)
		return;
	fputs(" while ", out);
	sn_say_thread(out, f->process, waits->thread ? waits->thread : holds->thread);
	if (waits->thread && more)
		fprintf(out, " and %u more thread%s", more, more == 1 ? "" : "s");
	fputs(waits->thread ? " waited for it" : " held it", out);
}

static void say_wait_without(FILE *out, const struct sn_found *f, const struct sn_part *did)
{
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);
	const struct sn_part *mutex = holds->object ? holds : sn_found_part(f, SN_ROLE_SUBJECT);
	int twice = f->why == SN_WHY_MUTEX_HELD_TWICE;

	say_deed(out, f, did, "waits on");
	fputs(twice ? " with " : " without holding ", out);
	if (mutex->object)
		sn_say_object(out, f->process, mutex);
	else
		fputs("the mutex", out);
	if (twice) {
		fputs(", which it holds more than once", out);
	} else if (holds->thread) {
		fputs(", which ", out);
		sn_say_thread(out, f->process, holds->thread);
		fputs(" holds", out);
	}
}

static void say_wrong_object(FILE *out, const struct sn_found *f, const struct sn_part *did)
{
	say_deed(out, f, did, "used");
	if (f->why == SN_WHY_DESTROYED_BEFORE)
		fputs(", which had been destroyed", out);
	else if (f->why == SN_WHY_OTHER_TYPE)
		fputs(" as an object of another type", out);
	else if (f->why == SN_WHY_OVERWRITTEN)
		fputs(", whose memory has been overwritten", out);
	else
		fputs(", which was never initialised", out);
}

static void say_two_mutexes(FILE *out, const struct sn_found *f, const struct sn_part *did)
{
	const struct sn_part *other = sn_found_part(f, SN_ROLE_WAITS);
	const struct sn_part *first = sn_found_part(f, SN_ROLE_HOLDS);
	const struct sn_part *second = sn_found_part(f, SN_ROLE_ACQUIRED);

	say_deed(out, f, did, "waits on");
	if (first->object) {
		fputs(" with ", out);
		sn_say_object(out, f->process, first);
	}
	fputs(" while ", out);
	sn_say_thread(out, f->process, other->thread);
	fputs(" waits on it with ", out);
	if (second->object)
		sn_say_object(out, f->process, second);
	else
		fputs("another mutex", out);
}

/* "T2 waits on condition variable 'c' (C1) until a time of the wrong clock". */
static void say_wrong_clock(FILE *out, const struct sn_found *f, const struct sn_part *did)
{
	sn_say_thread(out, f->process, did->thread);
	fputs(" waits", out);
	if (did->object) {
		fputs(" for ", out);
		sn_say_object(out, f->process, did);
	}
	fprintf(out, " until a time of the wrong clock: %s",
		f->why == SN_WHY_CLOCK_FAR ? "it never comes" : "it passed decades ago");
}

static void say_api_error(FILE *out, const struct sn_found *f, const struct sn_part *did)
{
	const char *name =
		did->number && did->number < 4096 ? strerrorname_np((int)did->number) : NULL;

	fputs("a call of ", out);
	sn_say_thread(out, f->process, did->thread);
	if (did->object) {
		fputs(" on ", out);
		sn_say_object(out, f->process, did);
	}
	fputs(" failed", out);
	if (name)
		fprintf(out, ": %s (%s)", name, strerror((int)did->number));
}

static void say_fork(FILE *out, const struct sn_found *f)
{
	const struct sn_part *did = sn_found_part(f, SN_ROLE_WAITS);

	say_deed(out, f, did->thread ? did : sn_found_part(f, SN_ROLE_CALLED), "waits for");
	fputs(", which a thread of the parent process held at the fork: it can never go on", out);
}

static void say_handler(FILE *out, const struct sn_found *f)
{
	const struct sn_part *did = sn_found_part(f, SN_ROLE_WAITS);

	if (!did->thread)
		did = sn_found_part(f, SN_ROLE_CALLED);
	if (!did->thread)
		did = &f->parts[0];
	fputs("a signal handler in ", out);
	say_deed(out, f, did, "takes");
	if (f->why == SN_WHY_INTERRUPTED_HOLDER)
		fputs(", which the code that it interrupted holds: it can never go on", out);
	else
		fputs(", which the same thread takes outside of handlers as well", out);
}

static const struct sn_part *first_of(const struct sn_found *f, enum sn_role role)
{
	const struct sn_part *part = sn_found_part(f, role);

	return part->role == role && (part->thread || part->object) ? part : &f->parts[0];
}

static void say_destroyed(FILE *out, const struct sn_found *f, const char *verb)
{
	say_deed(out, f, first_of(f, SN_ROLE_DESTROYED), verb);
	say_while(out, f);
	if (f->why == SN_WHY_NOT_ENDED)
		fputs(", which nobody had destroyed", out);
}

/* A lock whose memory went away while it was held. */
void sn_say_gone(FILE *out, const struct sn_found *f)
{
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);
	const struct sn_part *did = sn_found_part(f, SN_ROLE_DESTROYED);

	if (did->thread) {
		say_deed(out, f, did, "unmapped the memory of");
		say_while(out, f);
		return;
	}
	say_deed(out, f, holds, "held");
	fputs(f->why == SN_WHY_FRAME_LEFT ? " when it left the function whose variable that is"
	      : f->why == SN_WHY_MEMORY_UNMAPPED ? " when its memory was given back to the system"
						 : " when its memory was freed or overwritten",
	      out);
}

static void say_double_join(FILE *out, const struct sn_found *f)
{
	say_deed(out, f, first_of(f, SN_ROLE_CALLED), "joins or detaches");
	fputs(", which was joined or detached before", out);
}

/* "T1 sent on channel K1, which T2 had closed". */
static void say_closed(FILE *out, const struct sn_found *f, const char *verb)
{
	const struct sn_part *closed = sn_found_part(f, SN_ROLE_CLOSED);

	say_deed(out, f, first_of(f, SN_ROLE_CALLED), verb);
	fputs(", which ", out);
	if (closed->thread)
		sn_say_thread(out, f->process, closed->thread);
	fputs(closed->thread ? " had closed" : "was closed", out);
}

int sn_say_misuse(FILE *out, const struct sn_found *f)
{
	switch (f->kind) {
	case SN_KIND_DESTROY_WHILE_WAITED:
		say_destroyed(out, f, "destroyed");
		return 1;
	case SN_KIND_REINIT_IN_USE:
		say_destroyed(out, f, "initialised again");
		return 1;
	case SN_KIND_WAIT_WITHOUT_MUTEX:
		say_wait_without(out, f, first_of(f, SN_ROLE_CALLED));
		return 1;
	case SN_KIND_COND_TWO_MUTEXES:
		say_two_mutexes(out, f, first_of(f, SN_ROLE_CALLED));
		return 1;
	case SN_KIND_WRONG_OBJECT:
		say_wrong_object(out, f, first_of(f, SN_ROLE_CALLED));
		return 1;
	case SN_KIND_API_ERROR:
		if (f->why == SN_WHY_CLOCK_FAR || f->why == SN_WHY_CLOCK_PAST)
			say_wrong_clock(out, f, first_of(f, SN_ROLE_CALLED));
		else
			say_api_error(out, f, first_of(f, SN_ROLE_CALLED));
		return 1;
	case SN_KIND_SEND_ON_CLOSED:
		say_closed(out, f, "sent on");
		return 1;
	case SN_KIND_DOUBLE_CLOSE:
		say_closed(out, f, "closed");
		return 1;
	case SN_KIND_FORK_WITH_LOCK_HELD:
		say_fork(out, f);
		return 1;
	case SN_KIND_SIGNAL_UNSAFE_LOCK:
		say_handler(out, f);
		return 1;
	case SN_KIND_DOUBLE_JOIN:
		say_double_join(out, f);
		return 1;
	default:
		return 0;
	}
}
