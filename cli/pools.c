/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of a running process whose every thread waits for work that nobody takes (detect/pools.c):
 * looked for while threads sleep, at longer and longer distances. */
#include "cli/run.h"
#include "base/reader.h"
#include "report/heap.h"

#define SECOND_NS 1000000000ull
#define LEAST_NS (2 * SECOND_NS) /* so long they must have slept */
#define PAUSE_MOST_NS (10 * SECOND_NS)

struct sink {
	struct sn_sink sink;
	int any;
};

static void note(struct sn_sink *sink, const struct sn_finding *f)
{
	(void)f;
	((struct sink *)sink)->any = 1;
}

static int any_stuck(int fd, uint64_t now_ns)
{
	const uint32_t tables = 1u << SN_TABLE_THREAD | 1u << SN_TABLE_LOCK | 1u << SN_TABLE_SYNC |
				1u << SN_TABLE_HELD;
	struct sn_memory memory = sn_heap_memory();
	struct sink found = {.sink.emit = note};
	char error[CLI_ERROR_MAX];
	struct sn_reader r;

	if (sn_reader_open_fd(&r, fd, "", tables, error, sizeof(error)))
		return 0;
	sn_detect_pools(&r.view, now_ns, LEAST_NS, &memory, &found.sink);
	sn_reader_close(&r);
	return found.any;
}

int pools_look(struct pools *p, int fd, const struct sn_header *h, uint64_t now_ns)
{
	if (h->ended_how != SN_ENDED_RUNNING || p->told || !h->blocked_threads ||
	    now_ns < h->started_mono_ns + LEAST_NS || now_ns < p->due_ns)
		return 0;
	p->pause_ns = p->pause_ns ? 2 * p->pause_ns : SECOND_NS / 2;
	if (p->pause_ns > PAUSE_MOST_NS)
		p->pause_ns = PAUSE_MOST_NS;
	p->due_ns = now_ns + p->pause_ns;
	p->told = any_stuck(fd, now_ns) && cli_recording_lives(fd, h);
	return p->told;
}
