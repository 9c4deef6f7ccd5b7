/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread does, or did, that has not said so itself: what the kernel says of it, and its
 * stack, as they were seen from outside. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"

/* A picture that is older than this is not of the moment that is told of. */
#define OLD_NS 300000000u

static const char *is(const struct sn_process *p)
{
	return p->how == SN_HOW_RUNNING ? "is" : "was";
}

static void say_call(const struct sn_text *t, const struct sn_process *p,
		     const struct sn_seen_thread *seen)
{
	uint32_t number = seen->call.system_call;
	const char *name = number ? sn_system_call_name(number - 1) : NULL;

	if (!seen->call.tid)
		fprintf(t->out, "%s in a state that may not be looked at", is(p));
	else if (name)
		fprintf(t->out, "%s in %s", is(p), name);
	else if (number)
		fprintf(t->out, "%s in system call %u", is(p), number - 1);
	else
		fprintf(t->out, "%s running", is(p));
	if (seen->task.state == 'D')
		fputs(" (not to be interrupted)", t->out);
	else if (seen->task.state == 'T' || seen->task.state == 't')
		fputs(" (stopped)", t->out);
}

static void say_age(const struct sn_text *t, const struct sn_process *p)
{
	if (!p->end_known || p->end_ns < p->seen.when_ns + OLD_NS)
		return;
	fputs(", when seen last, ", t->out);
	sn_say_duration(t->out, p->end_ns - p->seen.when_ns);
	fputs(" before", t->out);
}

void sn_text_seen(const struct sn_text *t, struct sn_process *p, uint32_t thread)
{
	uint32_t stack = 0;
	const struct sn_seen_thread *seen = sn_process_seen(p, thread, &stack);

	if (!seen) {
		fprintf(t->out, "%s running\n", is(p));
		return;
	}
	say_call(t, p, seen);
	say_age(t, p);
	fputs(stack ? ":\n" : "\n", t->out);
	sn_text_stack(t, p, stack, 4);
}

void sn_text_unseen(const struct sn_text *t, const struct sn_process *p)
{
	if (p->seen.flags & SN_SEEN_DENIED)
		fputs("note: the system does not let us look into the process (ptrace): run as the "
		      "same user, see kernel.yama.ptrace_scope\n",
		      t->out);
	else if (p->seen.flags & SN_SEEN_NO_STOP)
		fputs("note: threads that ran could not be stopped to see their stacks: ptrace is "
		      "not allowed here\n",
		      t->out);
}
