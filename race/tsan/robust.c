/* SPDX-License-Identifier: Apache-2.0
 *
 * Robust mutexes that a thread holds when it ends: their next owner is told that the owner died,
 * and goes on from what that one left behind.  The kernel has a list of them for each thread. */
#include <linux/futex.h>
#include "race/tsan/front.h"

#define MOST 2048 /* as the kernel: the list may be broken, or a ring */

static uintptr_t mutex_of(const struct robust_list_head *head, const struct robust_list *at)
{
	/* The lowest bit says that the mutex inherits priority. */
	return ((uintptr_t)at & -(uintptr_t)2) + (uintptr_t)head->futex_offset;
}

static const struct robust_list *next_of(const struct robust_list *at)
{
	const struct robust_list *plain = (const void *)((uintptr_t)at & -(uintptr_t)2);
	return plain->next;
}

void sn_front_release_robust(struct sn_front *f)
{
	struct robust_list_head *head = NULL;
	size_t size;
	if (sn_sys(SYS_get_robust_list, 0, &head, &size) || !head)
		return;
	const struct robust_list *at = head->list.next, *end = &head->list;
	for (int i = 0; i < MOST && at && ((uintptr_t)at & -(uintptr_t)2) != (uintptr_t)end; i++) {
		sn_sync_release(f->race, mutex_of(head, at), 0);
		at = next_of(at);
	}
}
