/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a running process sleeps for good, asked from outside: for what the process itself could
 * not judge when its last thread fell asleep, say because a thread that the recording does not know
 * was still there.  Two looks at the header that show the same cost nothing; only then are the
 * recording and the kernel asked, twice. */
#include "base/asleep.h"
#include "base/end_in_sight.h"
#include "base/reader.h"
#include "cli/run.h"
#include "graph/knot.h"

#define ASLEEP_NS                                                                                  \
	300000000u /* so long nothing must have moved: the process judges itself first             \
		    */

static int all_blocked(const struct sn_header *h)
{
	return h->live_threads && h->blocked_threads >= h->live_threads;
}

static int same(const struct asleep *a, const struct sn_header *h)
{
	return a->since_ns && a->live == h->live_threads && a->blocked == h->blocked_threads;
}

/* Registry, objects, kernel and signal handlers: what the process asks itself. */
static int is_closed(int fd, const char *path, const struct sn_header *h)
{
	struct sn_reader reader;
	char error[CLI_ERROR_MAX];
	enum sn_handlers least, caught;
	int yes;

	if (!cli_recording_lives(fd, h) ||
	    sn_reader_open_fd(&reader, fd, path, UINT32_MAX, error, sizeof(error)))
		return 0;
	least = sn_knot_hears_handlers(&reader.view) ? SN_HANDLERS_NONE : SN_HANDLERS_STOP;
	caught = sn_handlers(h->pid);
	yes = sn_knot_closed(&reader.view) && sn_asleep(&reader.view, 0) == SN_ASLEEP_YES &&
	      caught <= least && sn_knot_closed(&reader.view) &&
	      (caught == SN_HANDLERS_NONE || !sn_knot_is_parked(&reader.view)) &&
	      !(sn_knot_rests(&reader.view) && sn_end_in_sight(reader.view.header));
	sn_reader_close(&reader);
	return yes;
}

int asleep_for_good(struct asleep *a, int fd, const char *path, const struct sn_header *h,
		    uint64_t now_ns)
{
	if (h->ended_how != SN_ENDED_RUNNING || h->deadlocks || !all_blocked(h)) {
		*a = (struct asleep){0};
		return 0;
	}
	if (!same(a, h)) {
		*a = (struct asleep){now_ns, h->live_threads, h->blocked_threads, 0};
		return 0;
	}
	if (now_ns - a->since_ns < ASLEEP_NS)
		return 0;
	if (!is_closed(fd, path, h)) {
		a->since_ns = now_ns; /* the next question, after as long again */
		a->closed = 0;
		return 0;
	}
	return ++a->closed == 2;
}
