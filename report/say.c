/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for threads, locks and endings, the same in every format. */
#include "report/say.h"
#include "base/names.h"
#include "report/demangle.h"
#include "report/shown.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMM_LENGTH 15 /* the kernel cuts a thread's name there */

const char *sn_say_name(char *name, const struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	const char *exe = sn_basename(sn_view_text(p->view, p->view->header->exe));

	memcpy(name, t->name, sizeof(t->name));
	name[sizeof(t->name)] = 0;
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	if (!strncmp(name, exe, COMM_LENGTH) && strlen(exe) >= strlen(name))
		*name = 0; /* the program's, which every thread begins with */
	if (t->flags & SN_THREAD_MAIN)
		memcpy(name, "main", sizeof("main"));
	return name;
}

/* Functions of runtimes that call what the program gave them say nothing about the thread. */
static int says_little(const char *function)
{
	return !strncmp(function, "execute_native", 14) || !strncmp(function, "__", 2) ||
	       !strncmp(function, "std::", 5);
}

/* A thread of another process, which may not have been recorded. */
static void say_other(FILE *out, struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	char name[SN_NAME_SIZE];

	if (!t->others_pid) {
		fprintf(out, "thread %u of another process", t->tid);
		return;
	}
	fprintf(out, "T%u", t->others_serial);
	if (*sn_say_name(name, p, thread))
		fprintf(out, " '%s'", sn_shown(name));
	fprintf(out, " of process %u", t->others_pid);
}

void sn_say_thread(FILE *out, struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	const char *function;
	char name[SN_NAME_SIZE], *brief;

	if (t->flags & SN_THREAD_OTHERS) {
		say_other(out, p, thread);
		return;
	}
	if (!t->serial) {
		fputs("an unknown thread", out);
		return;
	}
	fprintf(out, "T%u", t->serial);
	if (*sn_say_name(name, p, thread)) {
		fprintf(out, " '%s'", sn_shown(name));
		return;
	}
	function = sn_process_start_function(p, thread);
	if (!function || says_little(function))
		return;
	brief = sn_demangle_short(function);
	if (brief)
		fprintf(out, " (%s)", sn_shown(brief));
	free(brief);
}

const char *sn_say_how_it_ended(const struct sn_process *p, uint32_t thread)
{
	return sn_view_thread(p->view, thread)->flags & SN_THREAD_CANCELLED ? "was cancelled"
									    : "ended";
}

void sn_say_signaller(FILE *out, struct sn_process *p, const struct sn_signal *signal)
{
	uint32_t thread = sn_view_thread_of(p->view, signal->serial);

	if (thread)
		sn_say_thread(out, p, thread);
	else
		fprintf(out, "T%u, which has ended", signal->serial);
}

void sn_say_sender(FILE *out, struct sn_process *p, const struct sn_part *signal)
{
	if (signal->thread)
		sn_say_thread(out, p, signal->thread);
	else
		fputs("a thread that has ended", out);
}

void sn_say_lock(FILE *out, struct sn_process *p, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, lock);
	const char *name;
	uint32_t number = sn_process_lock_number(p, lock);

	if (!number) {
		fputs("an unknown lock", out);
		return;
	}
	name = sn_process_lock_name(p, lock);
	if (name)
		fprintf(out, "%s '%s' (%c%u)", sn_lock_type_name(l->type), sn_shown(name),
			sn_process_lock_letter(p, lock), number);
	else
		fprintf(out, "%s %c%u", sn_lock_type_name(l->type), sn_process_lock_letter(p, lock),
			number);
}

void sn_say_brief(FILE *out, struct sn_process *p, uint32_t lock)
{
	const char *name = sn_process_lock_name(p, lock);

	if (name)
		fprintf(out, "'%s'", sn_shown(name));
	else
		fprintf(out, "%c%u", sn_process_lock_letter(p, lock),
			sn_process_lock_number(p, lock));
}

void sn_say_one_each(FILE *out, const struct sn_process *p, const struct sn_part *waits)
{
	const char *type = waits->object_is_thread
				   ? "thread"
				   : sn_lock_type_name(sn_view_lock(p->view, waits->object)->type);

	fprintf(out, "%s %s each", strchr("aeiou", *type) ? "an" : "a", type);
}

void sn_say_object(FILE *out, struct sn_process *p, const struct sn_part *part)
{
	if (part->object_is_thread)
		sn_say_thread(out, p, part->object);
	else
		sn_say_lock(out, p, part->object);
}

const char *sn_say_mode(const struct sn_process *p, const struct sn_part *part)
{
	unsigned type = sn_view_lock(p->view, part->object)->type;

	if (part->object_is_thread || part->flags & SN_PART_ANY_MODE ||
	    sn_lock_family(type) != SN_FAMILY_RWLOCK)
		return "";
	return part->mode & SN_MODE_READ ? " for reading" : " for writing";
}

const char *sn_say_why(const struct sn_found *f)
{
	const char *special = sn_say_channel_why(f);

	return special ? special : sn_why_text(f->why);
}

const char *sn_say_what(const struct sn_found *f)
{
	if (sn_found_is_knot(f))
		return "Every one of these threads waits for something that only another one of "
		       "them could give: none of them can ever go on.";
	return sn_kind_what(f->kind);
}

void sn_say_end(FILE *out, const struct sn_process *p)
{
	const char *name;

	switch (p->how) {
	case SN_HOW_EXIT:
		fprintf(out, "exited with status %d", p->status);
		break;
	case SN_HOW_SIGNAL:
		if (p->timed_out || p->ended_stuck) {
			fprintf(out, "was killed because %s",
				p->timed_out ? "its time was up" : "the run was deadlocked");
			break;
		}
		name = sigabbrev_np(p->status);
		if (name)
			fprintf(out, "was killed by SIG%s (%s)", name, strsignal(p->status));
		else
			fprintf(out, "was killed by signal %d", p->status);
		break;
	case SN_HOW_EXEC:
		fputs("became another program (exec)", out);
		break;
	case SN_HOW_RUNNING:
		fputs("is still running", out);
		break;
	case SN_HOW_LOST:
		fputs("ended without a word: killed, or by _exit in a way that was not seen", out);
		break;
	}
}

void sn_say_duration(FILE *out, uint64_t ns)
{
	double s = (double)ns / 1e9;

	if (s < 0.001)
		fprintf(out, "%.0f us", s * 1e6);
	else if (s < 1)
		fprintf(out, "%.0f ms", s * 1e3);
	else if (s < 120)
		fprintf(out, "%.1f s", s);
	else
		fprintf(out, "%.0f min", s / 60);
}

/* What follows the folder `prefix` in `file`, or NULL where it does not lie below. */
static const char *below(const char *file, const char *prefix)
{
	size_t n = strlen(prefix);

	if (!n || strncmp(file, prefix, n))
		return NULL;
	file += n;
	if (prefix[n - 1] != '/' && *file == '/')
		file++;
	return *file ? file : NULL;
}

const char *sn_say_file(const char *file, const char *prefix)
{
	static char here[4096];
	const char *rest = below(file, prefix);
	size_t n;

	if (*prefix)
		return rest ? rest : file;
	if (!*here && !getcwd(here, sizeof(here) - 1))
		return file;
	n = strlen(here);
	if (n < 2 || strncmp(file, here, n) || file[n] != '/')
		return file;
	return file + n + 1;
}

const char *sn_say_comma(size_t i, size_t n)
{
	if (!i)
		return "";
	return i + 1 == n ? " and " : ", ";
}

/* A thread's record tells of the wait that it is in, or was in at the end. */
static unsigned wait_kind_of(const struct sn_process *p, const struct sn_part *part)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, part->thread);

	if (part->object_is_thread || t->wait_stack != part->stack ||
	    t->wait_object != part->object)
		return SN_WAIT_NONE;
	return t->wait_kind;
}

/* What a pipe's own words are for sending and receiving; NULL where it is none. */
static const char *say_pipe(const struct sn_process *p, const struct sn_part *part, int several)
{
	if (part->object_is_thread ||
	    sn_lock_kin(sn_view_lock(p->view, part->object)->type) != SN_LOCK_PIPE)
		return NULL;
	if (part->mode & SN_MODE_SEND)
		return several ? "wait to write to" : "waits to write to";
	return several ? "wait to read from" : "waits to read from";
}

const char *sn_say_waits(const struct sn_process *p, const struct sn_part *part, int several)
{
	const char *pipe = say_pipe(p, part, several);

	if (pipe)
		return pipe;
	if (part->mode & SN_MODE_DESTROY)
		return several ? "wait to destroy" : "waits to destroy";
	switch (wait_kind_of(p, part)) {
	case SN_WAIT_SEND:
		return several ? "wait to send on" : "waits to send on";
	case SN_WAIT_RECEIVE:
		if (sn_view_lock(p->view, part->object)->type == SN_LOCK_CONTEXT)
			break;
		return several ? "wait to receive from" : "waits to receive from";
	case SN_WAIT_SELECT:
		return several ? "wait in a select for" : "waits in a select for";
	default:
		break;
	}
	return several ? "wait for" : "waits for";
}

const char *sn_say_waiting(const struct sn_process *p, const struct sn_part *part)
{
	switch (wait_kind_of(p, part)) {
	case SN_WAIT_SEND:
		return "waiting to send on ";
	case SN_WAIT_RECEIVE:
		if (sn_view_lock(p->view, part->object)->type == SN_LOCK_CONTEXT)
			break;
		return "waiting to receive from ";
	case SN_WAIT_SELECT:
		return "waiting in a select for ";
	default:
		break;
	}
	return "waiting for ";
}

uint32_t sn_say_case(const struct sn_process *p, const struct sn_part *part, uint32_t i)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, part->thread);
	uint32_t at = t->cases + i;

	if (part->role != SN_ROLE_WAITS || wait_kind_of(p, part) != SN_WAIT_SELECT ||
	    i >= t->case_count || i >= 8 || at >= sn_view_count(p->view, SN_TABLE_HELD))
		return 0;
	return sn_view_held(p->view, at)->lock;
}

void sn_say_cases(FILE *out, struct sn_process *p, const struct sn_part *part)
{
	for (uint32_t i = 1, lock; (lock = sn_say_case(p, part, i)); i++) {
		fputs(" or ", out);
		sn_say_lock(out, p, lock);
	}
}
