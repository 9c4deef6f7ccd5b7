/* SPDX-License-Identifier: Apache-2.0
 *
 * One recorded process: its recording, how it ended, its stacks and its locks' numbers. */
#include "report/model.h"
#include "outside/stat.h"
#include "base/names.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull

/* How much later than its recording a living process may seem to have started: the kernel tells in
 * ticks. A later one is another process with the same number. */
#define START_SLACK_NS (2 * NS_PER_S)

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static int still_lives(const struct sn_header *h)
{
	struct sn_stat s;
	uint64_t started;

	if (!h->pid || sn_stat_read(h->pid, &s) || !sn_stat_lives(&s))
		return 0;
	started = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) +
		  s.began * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	return started <= h->started_ns + START_SLACK_NS;
}

static void judge_inside(struct sn_process *p, const struct sn_header *h)
{
	p->status = h->ended_status;
	if (h->ended_how == SN_ENDED_EXIT)
		p->how = SN_HOW_EXIT;
	else if (h->ended_how == SN_ENDED_SIGNAL)
		p->how = SN_HOW_SIGNAL;
	else if (h->ended_how == SN_ENDED_EXEC)
		p->how = SN_HOW_EXEC;
	else
		p->how = still_lives(h) ? SN_HOW_RUNNING : SN_HOW_LOST;
}

/* What was kept when it was killed tells of it ever after. */
static void judge_kept(struct sn_process *p)
{
	if (!(p->seen.flags & SN_SEEN_LAST) || p->how != SN_HOW_LOST)
		return;
	p->how = SN_HOW_SIGNAL;
	p->status = SIGKILL;
	p->timed_out = (p->seen.flags & SN_SEEN_TIMED_OUT) != 0;
	p->ended_stuck = (p->seen.flags & SN_SEEN_STUCK) != 0;
}

/* Who watched it knows better than the recording, but not about an image that was replaced by
 * exec: what was seen to end is the program that came after it. */
static void judge_end(struct sn_process *p, const struct sn_outside *o)
{
	const struct sn_header *h = p->view->header;

	if (!o || !o->known || h->ended_how == SN_ENDED_EXEC) {
		judge_inside(p, h);
		judge_kept(p);
	} else if (o->timed_out || o->stuck || o->signal) {
		p->how = SN_HOW_SIGNAL;
		p->status = o->signal ? o->signal : SIGKILL;
		p->timed_out = o->timed_out;
		p->ended_stuck = o->stuck;
	} else {
		p->how = SN_HOW_EXIT;
		p->status = o->status;
	}
}

static void latest(uint64_t *t, uint64_t other)
{
	if (other > *t)
		*t = other;
}

static uint64_t last_sign_of_life(const struct sn_view *v)
{
	uint64_t t = v->header->started_mono_ns;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		latest(&t, sn_view_thread(v, i)->created_ns);
		latest(&t, sn_view_thread(v, i)->ended_ns);
		if (sn_view_thread(v, i)->wait_kind)
			latest(&t, sn_view_thread(v, i)->wait_since_ns);
	}
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_FINDING); i++)
		latest(&t, sn_view_finding(v, i)->when_ns);
	return t;
}

static void date_end(struct sn_process *p, const struct sn_outside *o)
{
	p->end_known = 1;
	p->watched = p->how == SN_HOW_RUNNING || (o && o->known);
	if (p->view->header->ended_mono_ns)
		p->end_ns = p->view->header->ended_mono_ns;
	else if (p->watched)
		p->end_ns = now(CLOCK_MONOTONIC);
	else if (p->seen.flags & SN_SEEN_LAST)
		p->end_ns = p->seen.when_ns;
	else
		p->end_known = 0;
	if (!p->end_known)
		p->end_ns = last_sign_of_life(p->view);
}

int sn_process_open(struct sn_process **out, struct sn_report *r, int fd, const char *path,
		    const struct sn_outside *outside, char *error, size_t error_size)
{
	struct sn_process *p = calloc(1, sizeof(*p));
	int rc = p ? sn_reader_open_fd(&p->reader, fd, path, UINT32_MAX, error, error_size)
		   : -ENOMEM;

	if (rc) {
		if (!p)
			snprintf(error, error_size, "out of memory");
		free(p);
		return rc;
	}
	p->view = &p->reader.view;
	p->symboliser = &r->symboliser;
	p->objects_named = r->objects_named;
	p->traces = calloc(sn_view_count(p->view, SN_TABLE_STACK) + 1ul, sizeof(*p->traces));
	p->lock_numbers =
		calloc(sn_view_count(p->view, SN_TABLE_LOCK) + 1ul, sizeof(*p->lock_numbers));
	p->note_met = calloc(sn_view_count(p->view, SN_TABLE_NOTE) + 1ul, 1);
	if (!p->traces || !p->lock_numbers || !p->note_met) {
		snprintf(error, error_size, "out of memory");
		sn_process_close(p);
		return -ENOMEM;
	}
	if (!outside || outside->look == SN_LOOK_KEPT)
		sn_seen_load(&p->seen, outside ? outside->folder - 1 : -1, path, p->view->header);
	judge_end(p, outside);
	date_end(p, outside);
	*out = p;
	return 0;
}

void sn_process_close(struct sn_process *p)
{
	for (uint32_t i = 0; p->traces && i < sn_view_count(p->view, SN_TABLE_STACK); i++)
		free(p->traces[i]);
	for (uint32_t i = 0; i < SN_GLIMPSES; i++)
		free(p->glimpsed[i]);
	free(p->traces);
	free(p->lock_numbers);
	free(p->seen_records);
	free(p->seen_stacks);
	free(p->note_met);
	free(p->seen_owners);
	sn_seen_free(&p->seen);
	sn_reader_close(&p->reader);
	free(p);
}

static struct sn_trace *trace_of_glimpse(struct sn_process *p, uint32_t i)
{
	const struct sn_glimpse *g = &p->view->header->glimpses[i];
	uint32_t depth = g->depth < SN_GLIMPSE_FRAMES ? g->depth : SN_GLIMPSE_FRAMES;

	if (!p->glimpsed[i])
		p->glimpsed[i] =
			sn_trace_of(p->symboliser, p->view, g->module_epoch, g->pcs, depth);
	return p->glimpsed[i];
}

const struct sn_trace *sn_process_trace(struct sn_process *p, uint32_t stack)
{
	static const struct sn_trace none;

	if (stack & SN_STACK_GLIMPSED) {
		uint32_t i = stack & ~SN_STACK_GLIMPSED;
		const struct sn_trace *t = i < SN_GLIMPSES ? trace_of_glimpse(p, i) : NULL;
		return t ? t : &none;
	}
	if (!stack || stack >= sn_view_count(p->view, SN_TABLE_STACK))
		return &none;
	if (!p->traces[stack])
		p->traces[stack] = sn_trace_new(p->symboliser, p->view, stack);
	return p->traces[stack] ? p->traces[stack] : &none;
}

char sn_process_lock_letter(const struct sn_process *p, uint32_t lock)
{
	return sn_lock_letter(sn_view_lock(p->view, lock)->type);
}

uint32_t sn_process_lock_number(struct sn_process *p, uint32_t lock)
{
	if (!lock || lock >= sn_view_count(p->view, SN_TABLE_LOCK))
		return 0;
	if (!p->lock_numbers[lock])
		p->lock_numbers[lock] = ++p->objects_named[sn_process_lock_letter(p, lock) - 'A'];
	return p->lock_numbers[lock];
}

const struct sn_variable *sn_process_lock_variable(struct sn_process *p, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, lock);
	uint32_t epoch = l->birth_stack ? sn_view_stack(p->view, l->birth_stack)->epoch
					: p->view->header->module_epoch;

	return sn_symbolise_variable(p->symboliser, p->view, epoch, l->address);
}

static int holds(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock)
{
	for (uint32_t i = 0;
	     i < t->held_count && i < sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE; i++)
		if (sn_view_thread_held(v, t, i)->lock == lock)
			return 1;
	return 0;
}

uint32_t sn_process_holder(const struct sn_process *p, uint32_t lock, uint32_t after)
{
	const struct sn_view *v = p->view;

	for (uint32_t i = after + 1; lock && i < sn_view_count(v, SN_TABLE_THREAD); i++)
		if (sn_view_thread(v, i)->state && holds(v, sn_view_thread(v, i), lock))
			return i;
	return 0;
}

const char *sn_process_start_function(struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	uint32_t epoch = t->create_stack ? sn_view_stack(p->view, t->create_stack)->epoch
					 : p->view->header->module_epoch;
	const struct sn_frame *f;
	size_t n;

	if (!t->start_routine)
		return NULL;
	f = sn_symbolise_exact(p->symboliser, p->view, epoch, t->start_routine, &n);
	/* The function itself is the outermost frame, should anything be inlined at its start. */
	return f[n - 1].function;
}

int sn_thread_is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}
