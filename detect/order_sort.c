/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting in place without memory (heap sort): the C library's qsort may call malloc, which must
 * not happen in the process under test. */
#include "detect/order_work.h"

static int step_less(const struct sn_step *a, const struct sn_step *b)
{
	if (a->to != b->to)
		return a->to < b->to;
	if (a->set != b->set)
		return a->set < b->set;
	if (a->mode != b->mode)
		return a->mode < b->mode;
	if (a->held_mode != b->held_mode)
		return a->held_mode < b->held_mode;
	if (a->want_stack != b->want_stack)
		return a->want_stack < b->want_stack;
	if (a->held_stack != b->held_stack)
		return a->held_stack < b->held_stack;
	return a->thread != b->thread ? a->thread < b->thread : a->epoch < b->epoch;
}

static void sink_step(struct sn_step *step, uint32_t root, uint32_t count)
{
	struct sn_step moving = step[root];
	uint32_t child;

	for (; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && step_less(&step[child], &step[child + 1]))
			child++;
		if (!step_less(&moving, &step[child]))
			break;
		step[root] = step[child];
	}
	step[root] = moving;
}

void sn_order_sort_steps(struct sn_step *step, uint32_t count)
{
	for (uint32_t i = count / 2; i-- > 0;)
		sink_step(step, i, count);
	for (uint32_t end = count; end-- > 1;) {
		struct sn_step last = step[end];

		step[end] = step[0];
		step[0] = last;
		sink_step(step, 0, end);
	}
}

static void sink_key(uint32_t *key, uint32_t root, uint32_t count)
{
	uint32_t moving = key[root];
	uint32_t child;

	for (; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && key[child] < key[child + 1])
			child++;
		if (moving >= key[child])
			break;
		key[root] = key[child];
	}
	key[root] = moving;
}

void sn_order_sort_keys(uint32_t *key, uint32_t count)
{
	for (uint32_t i = count / 2; i-- > 0;)
		sink_key(key, i, count);
	for (uint32_t end = count; end-- > 1;) {
		uint32_t last = key[end];

		key[end] = key[0];
		key[0] = last;
		sink_key(key, 0, end);
	}
}
