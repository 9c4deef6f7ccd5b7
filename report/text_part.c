/* SPDX-License-Identifier: Apache-2.0
 *
 * One part of a finding as a sentence that ends where its stack begins: who did what to which
 * object, while holding what, how long before or after what else. */
#include "report/text.h"
#include "report/say.h"
#include "base/names.h"

#include <string.h>

#define LONG_WAIT_NS 1000000000ull /* shorter waits say nothing */

struct sentence {
	FILE *out;
	const struct sn_found *f;
	struct sn_process *p;
	const struct sn_part *part;
};

/* ", while it holds mutex 'a' (M1)": what the thread is told to hold in parts [first, end). */
static void say_held(const struct sentence *s, uint32_t first, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < end; i++) {
		const struct sn_part *held = &s->f->parts[i];

		if (held->role != SN_ROLE_HOLDS || held->thread != s->part->thread)
			continue;
		fputs(n++ ? " and " : ", while it holds ", s->out);
		sn_say_object(s->out, s->p, held);
	}
}

static void say_wait_time(const struct sentence *s)
{
	const struct sn_thread_rec *t = sn_view_thread(s->p->view, s->part->thread);
	/* Up to when it was found, if that was before the end. */
	uint64_t found = s->f->when_ns, end = found ? found : s->p->end_ns;

	if (!t->wait_kind || !t->wait_since_ns || t->wait_stack != s->part->stack ||
	    !(found || s->p->end_known) || end < t->wait_since_ns + LONG_WAIT_NS)
		return;
	fputs(", for ", s->out);
	sn_say_duration(s->out, end - t->wait_since_ns);
}

static void say_number_of_ms(const struct sentence *s)
{
	if (!s->part->number)
		return;
	fputs(", for ", s->out);
	sn_say_duration(s->out, s->part->number * 1000000ull);
}

static void say_wait(const struct sentence *s, uint32_t first, uint32_t end)
{
	uint32_t more = s->part->more;

	say_held(s, first, end);
	if (s->part->number)
		say_number_of_ms(s);
	else
		say_wait_time(s);
	if (more)
		fprintf(s->out, ", and %u more thread%s at the same place", more,
			more == 1 ? " waits" : "s wait");
}

/* When a signal came, seen from the thread that should have heard it. A signal that went unheard
 * came before the wait, whatever the clocks say. */
static void say_relation(const struct sentence *s)
{
	const struct sn_part *sleeper = sn_found_sleeper(s->f, s->part);
	uint64_t signal = s->part->when_ns, slept = sleeper->when_ns;
	int unheard = s->f->kind == SN_KIND_LOST_WAKEUP && s->f->why != SN_WHY_WRONG_WAITER;

	if (!sleeper->thread || !signal || !slept || (signal >= slept && unheard))
		return;
	fputs(", ", s->out);
	sn_say_duration(s->out, signal < slept ? slept - signal : signal - slept);
	fputs(signal < slept ? " before " : " after ", s->out);
	sn_say_thread(s->out, s->p, sleeper->thread);
	fputs(" began to wait", s->out);
}

/* ", without holding mutex 'm' (M1)": of a signal on a condition whose mutex is known. */
static void say_without(const struct sentence *s)
{
	const struct sn_lock_rec *l = sn_view_lock(s->p->view, s->part->object);
	uint32_t mutex = sn_found_part(s->f, SN_ROLE_CHECKED)->object;

	if (sn_lock_kin(l->type) != SN_LOCK_COND || !(s->part->flags & SN_PART_UNLOCKED))
		return;
	if (!mutex)
		mutex = sn_view_sync(s->p->view, l->sync)->mutex;
	if (!mutex)
		return;
	fputs(", without holding ", s->out);
	sn_say_lock(s->out, s->p, mutex);
}

static void say_signal(const struct sentence *s)
{
	if (sn_found_is_knot(s->f) || s->f->kind == SN_KIND_LEAKED_WORKER) {
		int unheard = s->part->flags & SN_PART_UNHEARD;
		fprintf(s->out, "%s %s on ", unheard ? "the last" : "an earlier",
			sn_say_signal(s->p, s->part));
		sn_say_brief(s->out, s->p, s->part->object);
		fputs(" came from ", s->out);
		sn_say_sender(s->out, s->p, s->part);
		fputs(unheard ? " here, when nobody was waiting" : " here", s->out);
	} else {
		sn_say_sender(s->out, s->p, s->part);
		fprintf(s->out, " %s ", sn_say_signalled(s->p, s->part));
		sn_say_object(s->out, s->p, s->part);
		fputs(" here", s->out);
		say_without(s);
	}
	say_relation(s);
	if (s->part->number)
		fprintf(s->out, ", the last of %u", s->part->number);
}

static const char *verb_of_call(const struct sn_found *f)
{
	switch (f->kind) {
	case SN_KIND_WAIT_WITHOUT_MUTEX:
	case SN_KIND_COND_TWO_MUTEXES:
		return "began to wait on";
	case SN_KIND_DOUBLE_JOIN:
		return "joined or detached";
	case SN_KIND_API_ERROR:
		return f->why == SN_WHY_CLOCK_FAR || f->why == SN_WHY_CLOCK_PAST
			       ? "waits for"
			       : "made the call that failed, on";
	case SN_KIND_SIGNAL_UNSAFE_LOCK:
		return "took";

	case SN_KIND_SEND_ON_CLOSED:
		return "sent on";
	case SN_KIND_DOUBLE_CLOSE:
		return "closed again";
	default:
		return "used";
	}
}

static const char *verb_of(const struct sn_found *f, const struct sn_part *part)
{
	int early = f->kind == SN_KIND_WRONG_OBJECT;

	switch (part->role) {
	case SN_ROLE_WANTS:
		if (part->object_is_thread)
			return "waits for";
		return sn_say_is_channels(f->process, part) ? "calls" : "takes";
	case SN_ROLE_WAITS:
		return sn_say_waits(f->process, part, 0);
	case SN_ROLE_UNLOCKED:
		return "unlocked";
	case SN_ROLE_DESTROYED:
		if (f->kind == SN_KIND_REINIT_IN_USE)
			return "initialised again";
		if (f->why == SN_WHY_MEMORY_UNMAPPED)
			return "unmapped the memory of";
		return early ? "had destroyed" : "destroyed";
	case SN_ROLE_CHECKED:
		return "took";
	case SN_ROLE_JOINED:
		return "had joined or detached";
	case SN_ROLE_CALLED:
		return verb_of_call(f);
	case SN_ROLE_CLOSED:
		return f->kind == SN_KIND_ORPHANED_TASK ? "had cancelled" : "had closed";
	default:
		return "acquired";
	}
}

/* Roles whose sentence is not "thread, verb, object, here". */
static int say_special(const struct sentence *s)
{
	switch (s->part->role) {
	case SN_ROLE_GATE:
		sn_say_object(s->out, s->p, s->part);
		fputs(s->f->verdict == SN_REFUTED ? " is held around the steps"
						  : " is held for reading around the steps",
		      s->out);
		return 1;
	case SN_ROLE_SIGNALLED:
		say_signal(s);
		return 1;
	case SN_ROLE_CREATED:
		fprintf(s->out, "%u threads were created here", s->part->number);
		return 1;
	case SN_ROLE_CALLED:
		if (s->f->kind == SN_KIND_EXPECTED_NOT_FOUND) {
			sn_say_thread(s->out, s->p, s->part->thread);
			fputs(" expected it here", s->out);
			return 1;
		}
		if (s->f->kind != SN_KIND_DESTROY_WHILE_LOCKED)
			return 0;
		sn_say_thread(s->out, s->p, s->part->thread);
		fputs(" had not unlocked it when it came here", s->out);
		return 1;
	case SN_ROLE_ACCESSED:
		sn_say_thread(s->out, s->p, s->part->thread);
		fputs(s->part == s->f->parts ? " " : " had before ", s->out);
		sn_say_access(s->out, s->f, s->part);
		return 1;
	case SN_ROLE_MEMORY:
		sn_say_memory(s->out, s->f);
		return 1;
	case SN_ROLE_INTERRUPTED:
		fputs("the signal handler interrupted ", s->out);
		sn_say_thread(s->out, s->p, s->part->thread);
		fputs(" here", s->out);
		return 1;
	case SN_ROLE_HOLDS:
		if (s->part->stack)
			return 0;
		sn_say_thread(s->out, s->p, s->part->thread);
		fputs(" holds ", s->out);
		sn_say_object(s->out, s->p, s->part);
		fputs(", as that says itself; where it was acquired is not known", s->out);
		return 1;
	default:
		return 0;
	}
}

static void say_blocked(const struct sentence *s)
{
	const char *call = s->part->more ? sn_system_call_name(s->part->more - 1) : NULL;

	if (s->part->flags & SN_PART_RUNS) {
		fputs(" was here at that moment", s->out);
	} else if (s->part->object && s->part->flags & SN_PART_SO_FAR) {
		fputs(" was in its wait for ", s->out);
		sn_say_object(s->out, s->p, s->part);
		fputs(s->part->object_is_thread ? " to end at that moment" : " at that moment",
		      s->out);
		say_number_of_ms(s);
	} else if (!(s->part->flags & SN_PART_SO_FAR)) {
		fputs(" was in this call meanwhile", s->out);
		say_number_of_ms(s);
	} else {
		fprintf(s->out, " was in this call at that moment%s%s%s", call ? " (" : "",
			call ? call : "", call ? ")" : "");
		say_number_of_ms(s);
	}
}

static void say_measured(const struct sentence *s)
{
	sn_say_thread(s->out, s->p, s->part->thread);
	if (s->part->role == SN_ROLE_BLOCKED) {
		say_blocked(s);
		return;
	}
	fputs(s->part->role == SN_ROLE_FAILED ? " tried to take " : " was woken in its wait for ",
	      s->out);
	sn_say_object(s->out, s->p, s->part);
	if (s->part->role == SN_ROLE_FAILED)
		fprintf(s->out, " here and gave up, %u times in a row", s->part->number);
	else
		fputs(" here, and went back to sleep", s->out);
	if (s->part->role == SN_ROLE_WOKEN && s->part->number)
		fprintf(s->out, "; this happened %u times", s->part->number);
}

static void say_deed(const struct sentence *s, uint32_t first, uint32_t end)
{
	enum sn_role role = s->part->role;

	sn_say_thread(s->out, s->p, s->part->thread);
	fprintf(s->out, " %s ", verb_of(s->f, s->part));
	if (s->part->object)
		sn_say_object(s->out, s->p, s->part);
	else
		fputs("it", s->out);
	if (role == SN_ROLE_CHECKED)
		fputs(s->f->why == SN_WHY_NO_LOOK || s->f->why == SN_WHY_RAN_OUT
			      ? " and looks at no state,"
			      : " to look at the state,",
		      s->out);
	else if (!s->part->object_is_thread && role != SN_ROLE_DESTROYED && role != SN_ROLE_CALLED)
		fputs(sn_say_mode(s->p, s->part), s->out);
	else if (role == SN_ROLE_WAITS || role == SN_ROLE_WANTS)
		fputs(" to end", s->out);
	if (role == SN_ROLE_WAITS)
		sn_say_cases(s->out, s->p, s->part);
	fputs(" here", s->out);
	if (role == SN_ROLE_WAITS)
		say_wait(s, first, end);
	else if (role == SN_ROLE_WANTS)
		say_held(s, first, end);
}

void sn_text_part(const struct sn_text *t, const struct sn_found *f, uint32_t i, uint32_t first,
		  uint32_t end)
{
	struct sentence s = {t->out, f, f->process, &f->parts[i]};

	if (say_special(&s))
		return;
	if (s.part->role == SN_ROLE_BLOCKED || s.part->role == SN_ROLE_FAILED ||
	    s.part->role == SN_ROLE_WOKEN)
		say_measured(&s);
	else
		say_deed(&s, first, end);
}
