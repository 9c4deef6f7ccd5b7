/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at the threads of a running process from outside, whatever they sleep in: whether nobody
 * moves any more.  Then it is asked whether anything could ever move, for what neither the process
 * nor its recording knows: locks of the loader, of malloc, of OpenMP.  And now and then a picture
 * of those that sleep is kept, in case a signal ends the process before it could be looked at.
 *
 * Each look costs some reads of /proc for every thread, and nothing in the process; looks keep to a
 * twentieth of our time. */
#include "base/sys.h"
#include "cli/run.h"
#include "outside/closed.h"
#include <signal.h>
#include <stdlib.h>

#define MS 1000000u
#define PAUSE_NS (300 * MS)    /* between two looks */
#define QUIET_NS (600 * MS)    /* so long nobody must have moved: the process judges itself first */
#define PICTURE_NS (1000 * MS) /* from the first picture to the next, and then twice as long */
#define PICTURE_MOST_NS (64000 * (uint64_t)MS)

static int is_asleep(const struct sn_task *all, int n, uint32_t pid)
{
	for (int i = 0; i < n; i++)
		if (all[i].state != 'S' && !(all[i].tid == pid && all[i].state == 'Z'))
			return 0;
	return n > 0;
}

/* Whether nobody has moved for long enough. */
static int is_quiet(struct quiet *q, uint32_t pid, uint64_t now_ns)
{
	struct sn_task *all;
	int n = sn_task_list(&all, pid), asleep = n > 0 && is_asleep(all, n, pid);
	uint64_t mark = n > 0 ? sn_task_mark(all, n) : 0, took = sn_now() - now_ns;

	free(all);
	q->due_ns = now_ns + (20 * took > PAUSE_NS ? 20 * took : PAUSE_NS);
	if (asleep && mark == q->mark)
		return now_ns - q->since_ns >= QUIET_NS;
	q->mark = mark;
	q->since_ns = now_ns;
	q->asked = 0;
	return 0;
}

/* A process with one thread may rest until somebody kills it, in whatever it can. */
static int sleeps_for_good(struct quiet *q, const struct sn_header *h, int alone)
{
	struct sn_seen s;
	int never, yes;

	if (sn_seen_take(&s, h->pid, SN_WALK_NOT))
		return 0;
	never = s.flags & SN_SEEN_NEVER;
	sn_seen_respect_end(&s, h);
	/* What is in sight may go away: a parent may come to wait. */
	q->asked = !never || s.flags & SN_SEEN_NEVER;
	yes = s.flags & SN_SEEN_NEVER && (!alone || sn_seen_is_no_rest(&s));
	sn_seen_free(&s);
	return yes;
}

#define KILLED (1ull << (SIGKILL - 1)) /* what each thread of a process has that is being ended */

/* A process that is on its way out has lost threads already, or is about to: an earlier picture
 * tells more. */
static int is_whole(const struct sn_header *h)
{
	struct sn_task *all;
	int n = sn_task_list(&all, h->pid), whole = n > 0 && (uint32_t)n >= h->live_threads;

	for (int i = 0; whole && i < n; i++)
		whole = !(all[i].pending & KILLED) && all[i].state != 'X' &&
			(all[i].state != 'Z' || all[i].tid == h->pid);
	free(all);
	return whole;
}

static void picture(int folder, const char *path, int fd, const struct sn_header *h,
		    enum sn_walk how)
{
	struct sn_seen s;

	if (!cli_recording_lives(fd, h) || sn_seen_take(&s, h->pid, how))
		return;
	sn_seen_respect_end(&s, h);
	if (is_whole(h))
		sn_seen_store(&s, folder, path, h);
	sn_seen_free(&s);
}

void quiet_picture(int folder, const char *path, int fd, const struct sn_header *h)
{
	picture(folder, path, fd, h, SN_WALK_GENTLY);
}

/* Whether it is time for one; later ones keep a longer distance. */
static int is_picture_due(struct quiet *q, uint64_t now_ns)
{
	if (now_ns < q->picture_ns)
		return 0;
	q->pause_ns = q->pause_ns ? 2 * q->pause_ns : PICTURE_NS;
	if (q->pause_ns > PICTURE_MOST_NS)
		q->pause_ns = PICTURE_MOST_NS;
	q->picture_ns = now_ns + q->pause_ns;
	return 1;
}

int quiet_look(struct quiet *q, int folder, const char *path, int fd, const struct sn_header *h,
	       int alone, uint64_t now_ns)
{
	int quiet;

	if (h->ended_how != SN_ENDED_RUNNING || h->deadlocks || now_ns < q->due_ns)
		return 0;
	quiet = is_quiet(q, h->pid, now_ns) && !q->asked;
	if (quiet) {
		q->asked = 1;
		if (cli_recording_lives(fd, h) && sleeps_for_good(q, h, alone))
			return 1;
	}
	if (!alone && now_ns > h->started_mono_ns + PICTURE_NS && is_picture_due(q, now_ns))
		picture(folder, path, fd, h, SN_WALK_ASLEEP);
	return 0;
}
