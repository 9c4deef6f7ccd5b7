/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that a thread of a living process holds while another has waited for long: looked for from
 * outside, from time to time, and told while it lasts.  The process pays nothing for it: its
 * recording is read, and the kernel is asked what the holder does.
 *
 * It is told when three looks agree: the same thread had held the lock, at the same place and for
 * the same waiter, at half of the time before; nobody else was given it in between; and it is so
 * still when the holder's stack has been taken.  What was seen is noted in the recording's header,
 * in slots that only the command writes. */
#include "cli/run.h"
#include "base/reader.h"
#include "base/sys.h"
#include "outside/remote.h"
#include <errno.h>
#include <string.h>

#define MS 1000000u
#define LEAST_PAUSE_NS (100 * MS) /* between two looks */

#define BIT(table) (1u << SN_TABLE_##table)
#define WHO_WAITS BIT(THREAD)
#define WHO_HOLDS (WHO_WAITS | BIT(LOCK) | BIT(HELD))
#define WITH_STACKS (WHO_HOLDS | BIT(STACK) | BIT(FRAME))

/* One look at the recording. */
struct look {
	struct sn_reader reader;
	const struct sn_view *v;
	uint64_t now_ns;
	uint32_t count;
	struct sn_hold holds[HELD_MOST];
};

static int begin(struct look *l, int fd, uint32_t tables)
{
	char error[CLI_ERROR_MAX];

	l->count = 0;
	l->now_ns = sn_now();
	l->v = &l->reader.view;
	return sn_reader_open_fd(&l->reader, fd, "", tables, error, sizeof(error));
}

static void find(struct look *l, uint64_t least_ns)
{
	l->count = sn_detect_held(l->v, l->now_ns, least_ns, l->holds, HELD_MOST);
}

static int any_waits(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		if (sn_view_thread(v, i)->state == SN_THREAD_RUNNING &&
		    sn_view_thread(v, i)->wait_kind == SN_WAIT_LOCK)
			return 1;
	return 0;
}

/* By what a hold is the same one at two looks. */
static struct held_one key_of(const struct look *l, const struct sn_hold *hold)
{
	const struct sn_thread_rec *t = sn_view_thread(l->v, hold->holder);
	const struct sn_lock_rec *lock = sn_view_lock(l->v, hold->lock);

	return (struct held_one){.holder_serial = t->serial,
				 .lock = hold->lock,
				 .generation = lock->generation,
				 .passes = lock->passes,
				 .stack = sn_view_thread_held(l->v, t, hold->slot)->stack};
}

static int same(const struct held_one *a, const struct held_one *b)
{
	return a->holder_serial == b->holder_serial && a->lock == b->lock &&
	       a->generation == b->generation && a->passes == b->passes && a->stack == b->stack;
}

/* Since when it has been seen at every look; now, if it is new. */
static uint64_t seen_since(const struct held *s, const struct held_one *one, uint64_t now_ns)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (same(&s->seen[i], one))
			return s->seen[i].since_ns;
	return now_ns;
}

static void remember(struct held *s, const struct look *l)
{
	struct held_one now[HELD_MOST];

	for (uint32_t i = 0; i < l->count; i++) {
		now[i] = key_of(l, &l->holds[i]);
		now[i].since_ns = seen_since(s, &now[i], l->now_ns);
	}
	memcpy(s->seen, now, l->count * sizeof(*now));
	s->count = l->count;
}

static void fill(struct sn_glimpse *g, const struct look *l, const struct sn_hold *hold)
{
	const struct sn_thread_rec *holder = sn_view_thread(l->v, hold->holder);
	const struct sn_thread_rec *waiter = sn_view_thread(l->v, hold->waiter);
	const struct sn_held *h = sn_view_thread_held(l->v, holder, hold->slot);

	*g = (struct sn_glimpse){.holder = hold->holder,
				 .holder_serial = holder->serial,
				 .waiter = hold->waiter,
				 .waiter_serial = waiter->serial,
				 .lock = hold->lock,
				 .lock_generation = sn_view_lock(l->v, hold->lock)->generation,
				 .held_mode = (uint8_t)h->mode,
				 .wait_mode = (uint8_t)waiter->wait_mode,
				 .held_stack = h->stack,
				 .wait_stack = waiter->wait_stack,
				 .more = hold->more,
				 .module_epoch = l->v->header->module_epoch,
				 .when_ns = l->now_ns,
				 .wait_since_ns = hold->wait_since_ns};
}

/* Whether the thread is in the very call that it said it makes: a call that was jumped out of left
 * its mark behind, but its return address is not in the stack. */
static int is_in_call(const struct look *l, const struct sn_remote *r, uint64_t call)
{
	uint32_t depth;
	const uint64_t *pcs = sn_view_stack_pcs(l->v, sn_call_stack(call), &depth);

	return call && depth && sn_remote_returns_to(r, pcs[0]);
}

static void note_stack(struct sn_glimpse *g, const struct sn_remote *r)
{
	g->depth = (uint16_t)(r->depth < SN_GLIMPSE_FRAMES ? r->depth : SN_GLIMPSE_FRAMES);
	memcpy(g->pcs, r->pcs, g->depth * sizeof(*g->pcs));
}

/* What the holder does at this moment: where it says so itself that is exact, else it is walked
 * from outside. */
static int look_at_holder(struct sn_glimpse *g, const struct look *l)
{
	const struct sn_thread_rec *t = sn_view_thread(l->v, g->holder);
	struct sn_remote r;

	if (sn_remote_ask(&r, l->v->header->pid, t->tid))
		return -1;
	g->running = r.running != 0;
	g->system_call = r.system_call;
	if (t->wait_kind != SN_WAIT_NONE) {
		g->call_stack = t->wait_stack;
		g->call_since_ns = t->wait_since_ns;
		g->object = t->wait_object;
		g->object_is_thread = t->wait_kind == SN_WAIT_JOIN;
	} else if (!r.running && is_in_call(l, &r, t->call)) {
		g->call_stack = sn_call_stack(t->call);
		g->call_since_ns = sn_call_since(l->v->header, t->call);
	} else {
		sn_remote_walk(&r);
		note_stack(g, &r);
	}
	return 0;
}

/* Whether all is as it was when the look began. By itself: two looks in one frame are more than a
 * small stack holds. */
static __attribute__((noinline)) int is_so_still(const struct sn_glimpse *g, int fd)
{
	struct look l;
	int so = 0;

	if (begin(&l, fd, WHO_HOLDS))
		return 0;
	find(&l, 0);
	for (uint32_t i = 0; i < l.count && !so; i++) {
		const struct sn_thread_rec *t = sn_view_thread(l.v, l.holds[i].holder);

		so = l.holds[i].lock == g->lock && l.holds[i].holder == g->holder &&
		     t->serial == g->holder_serial &&
		     sn_view_thread_held(l.v, t, l.holds[i].slot)->stack == g->held_stack &&
		     sn_view_thread(l.v, g->waiter)->wait_since_ns == g->wait_since_ns;
	}
	sn_reader_close(&l.reader);
	return so;
}

/* The slots are filled one after the other, each whole before its state says so. */
static int store(struct sn_glimpse *g, int fd)
{
	struct sn_header h;
	uint32_t i = 0, whole = 1;
	off_t at;

	if (cli_recording_header(fd, &h))
		return -1;
	while (i < SN_GLIMPSES && h.glimpses[i].state)
		i++;
	if (i == SN_GLIMPSES)
		return -1;
	at = (off_t)(offsetof(struct sn_header, glimpses) + i * sizeof(*g));
	if (pwrite(fd, g, sizeof(*g), at) != (ssize_t)sizeof(*g) ||
	    pwrite(fd, &whole, sizeof(whole), at) != (ssize_t)sizeof(whole))
		return -1;
	return 0;
}

/* One place that holds, or one call that it makes meanwhile, is told once. */
static int is_told(struct held *s, const struct sn_glimpse *g)
{
	uint64_t what = (uint64_t)g->held_stack << 32 | g->call_stack;

	for (uint32_t i = 0; i < s->told_count; i++)
		if (s->told[i] == what)
			return 1;
	if (s->told_count == SN_GLIMPSES)
		return 1;
	s->told[s->told_count++] = what;
	return 0;
}

static int take(struct held *s, const struct look *l, const struct sn_hold *hold, int fd)
{
	struct sn_glimpse g;

	fill(&g, l, hold);
	if (look_at_holder(&g, l) || !is_so_still(&g, fd) || is_told(s, &g))
		return 0;
	return store(&g, fd) == 0;
}

/* Those that have been seen for `seen_ns` at least. */
static int take_all(struct held *s, int fd, uint64_t least_ns, uint64_t seen_ns)
{
	struct look l;
	int taken = 0;

	if (begin(&l, fd, WITH_STACKS))
		return 0;
	find(&l, least_ns);
	for (uint32_t i = 0; i < l.count; i++) {
		struct held_one one = key_of(&l, &l.holds[i]);

		if (seen_since(s, &one, l.now_ns) + seen_ns <= l.now_ns)
			taken += take(s, &l, &l.holds[i], fd);
	}
	sn_reader_close(&l.reader);
	return taken;
}

static int is_due(const struct held *s, uint64_t least_ns)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->seen[i].since_ns + least_ns / 2 <= sn_now())
			return 1;
	return 0;
}

/* Notes what is held now while others wait; whether anything is. */
static int look_again(struct held *s, int fd, uint64_t least_ns)
{
	struct look l;
	int any = 0;

	if (!begin(&l, fd, WHO_WAITS)) {
		any = any_waits(l.v);
		sn_reader_close(&l.reader);
	}
	if (any && !begin(&l, fd, WHO_HOLDS)) {
		find(&l, least_ns / 4);
		remember(s, &l);
		sn_reader_close(&l.reader);
	} else {
		s->count = 0;
	}
	return any;
}

static uint64_t shortest(const struct sn_options *o)
{
	return o->held_ms > 0 ? (uint64_t)o->held_ms * MS : 0;
}

int held_look(struct held *s, int fd, const struct sn_header *h, const struct sn_options *o,
	      uint64_t now_ns)
{
	uint64_t least_ns = shortest(o);
	uint64_t pause = least_ns / 4 > LEAST_PAUSE_NS ? least_ns / 4 : LEAST_PAUSE_NS;

	if (!least_ns || h->ended_how != SN_ENDED_RUNNING || h->live_threads < 2 ||
	    now_ns < s->due_ns)
		return 0;
	s->due_ns = now_ns + pause;
	if (!look_again(s, fd, least_ns) || !is_due(s, least_ns) || !cli_recording_lives(fd, h))
		return 0;
	return take_all(s, fd, least_ns, least_ns / 2);
}

#define MOMENT_NS (10 * MS)

void held_look_once(int fd, const struct sn_options *o)
{
	struct timespec moment = {0, MOMENT_NS};
	struct held s = {0};
	struct sn_header h;
	uint64_t least_ns = shortest(o);

	if (!least_ns || cli_recording_header(fd, &h) || !cli_recording_lives(fd, &h) ||
	    !look_again(&s, fd, least_ns))
		return;
	nanosleep(&moment, NULL);
	take_all(&s, fd, least_ns, MOMENT_NS);
}
