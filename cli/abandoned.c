/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of a running process that wait for a lock which processes share and whose owner has
 * ended (outside/owner.h), or waits for them in its turn (outside/ring.h), while others of the
 * process go on, or another process might help.  The
 * recording says who waits for such a lock at all, which is rare: only then is the process looked
 * at. */
#include "cli/run.h"
#include "base/reader.h"
#include "outside/seen.h"
#include <string.h>

#define PAUSE_NS 1000000000u /* between two looks; and so long a wait must have lasted */
/* Where another process might help, it may be on its way: so long it has. */
#define HELP_NS (10ull * PAUSE_NS)

static int waits_long(const struct sn_view *v, const struct sn_thread_rec *t, uint64_t now_ns)
{
	uint32_t flags = sn_view_lock(v, t->wait_object)->flags;

	return t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_LOCK &&
	       !(t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED)) && flags & SN_LOCK_PSHARED &&
	       t->wait_since_ns + PAUSE_NS <= now_ns;
}

/* How long the longest such wait has lasted; 0: there is none. */
static uint64_t longest(int fd, uint64_t now_ns)
{
	const uint32_t tables = 1u << SN_TABLE_THREAD | 1u << SN_TABLE_LOCK;
	char error[CLI_ERROR_MAX];
	struct sn_reader r;
	uint64_t most = 0;

	if (sn_reader_open_fd(&r, fd, "", tables, error, sizeof(error)))
		return 0;
	for (uint32_t i = 1; i < sn_view_count(&r.view, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&r.view, i);

		if (waits_long(&r.view, t, now_ns) && now_ns - t->wait_since_ns > most)
			most = now_ns - t->wait_since_ns;
	}
	sn_reader_close(&r);
	return most;
}

static int is_gone(const struct sn_seen_thread *t, int may_be_helped)
{
	return t->gone == SN_GONE || t->gone == SN_IN_RING || (t->gone && may_be_helped);
}

static void take_ring(struct abandoned *a, const struct sn_seen_thread *t)
{
	for (uint32_t i = 0; i < t->ring_count; i++)
		if (t->ring[i].tid != t->ring[i].pid)
			return;
	a->ring_count = t->ring_count;
	memcpy(a->ring, t->ring, sizeof(a->ring));
}

static uint32_t count_gone(struct abandoned *a, uint32_t pid, int may_be_helped)
{
	struct sn_seen s;
	uint32_t n = 0;

	if (sn_seen_take(&s, pid, SN_WALK_NOT))
		return 0;
	for (uint32_t i = 0; i < s.thread_count; i++) {
		n += is_gone(&s.threads[i], may_be_helped) != 0;
		if (s.threads[i].gone == SN_IN_RING)
			take_ring(a, &s.threads[i]);
	}
	sn_seen_free(&s);
	return n;
}

int abandoned_look(struct abandoned *a, int fd, const struct sn_header *h, uint64_t now_ns)
{
	uint64_t waited;
	uint32_t n;

	if (h->ended_how != SN_ENDED_RUNNING || !h->blocked_threads || now_ns < a->due_ns)
		return 0;
	a->due_ns = now_ns + PAUSE_NS;
	waited = longest(fd, now_ns);
	if (!waited || !cli_recording_lives(fd, h))
		return 0;
	n = count_gone(a, h->pid, waited >= HELP_NS);
	if (n <= a->told)
		return 0;
	a->told = n;
	return 1;
}
