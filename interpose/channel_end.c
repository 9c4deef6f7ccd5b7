/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of the process: which threads sleep in waits that nobody could ever have ended
 * (graph/sealed.h).  It is asked inside, since only now the kernel can say who really sleeps: a
 * thread that was woken a moment ago has not come to say so, and is stuck nowhere.  Only programs
 * with a thread in a call of the channel library pay for it. */
#include "interpose/channel.h"
#include "base/asleep.h"
#include "graph/sealed.h"

/* A futex word of a lock lies this near to its address. */
#define LOCK_BYTES 64

static int is_worth_asking(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state == SN_THREAD_RUNNING && t->wait_kind >= SN_WAIT_SEND &&
		    !(t->wait_mode & SN_MODE_TIMED))
			return 1;
	}
	return 0;
}

/* Changes when a member begins or ends a wait. */
static uint64_t stamp_of(const struct sn_sealed *s)
{
	uint64_t sum = 0;
	for (uint32_t i = 1; i < s->count; i++) {
		const struct sn_thread_rec *t = sn_view_thread(s->view, i);
		if (s->in[i])
			sum += (t->wait_since_ns + t->wait_kind) * (2 * i + 1);
	}
	return sum;
}

static void keep_sleepers(struct sn_sealed *s)
{
	for (uint32_t i = 1; i < s->count; i++)
		if (s->in[i])
			s->in[i] = sn_asleep_on(s->view, sn_view_thread(s->view, i), LOCK_BYTES);
}

/* Twice, and between the two the kernel: what others did between their last call and the first look
 * has woken its sleeper by then. */
static void judge(struct sn_sealed *s)
{
	if (!sn_sealed_find(s)) {
		if (!s->work)
			sn_recorder_count(&sn_shim.recorder, SN_COUNTER_SEARCH_LIMIT);
		return;
	}
	keep_sleepers(s);
	uint64_t stamp = stamp_of(s);
	if (!sn_sealed_find(s) || stamp != stamp_of(s))
		return;
	for (uint32_t i = 1; i < s->count; i++)
		if (s->in[i])
			__atomic_fetch_or(&sn_rec_thread(&sn_shim.recorder, i)->flags,
					  SN_THREAD_SEALED, __ATOMIC_RELAXED);
}

void sn_channel_at_end(void)
{
	struct sn_view v;
	struct sn_sealed s;
	sn_recorder_view(&sn_shim.recorder, &v);
	if (!is_worth_asking(&v))
		return;
	uint32_t count = sn_view_count(&v, SN_TABLE_THREAD);
	long p = sn_sys(SYS_mmap, 0, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (p < 0 && p > -4096)
		return;
	sn_sealed_begin(&s, &v, (uint8_t *)p, count);
	judge(&s);
	sn_sys(SYS_munmap, p, count);
}
