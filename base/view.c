/* SPDX-License-Identifier: Apache-2.0
 *
 * The accessors of view.h that look at more than one record: threads by serial, strings, stacks.
 * Like the others they are total; what lies outside its table reads as empty. */
#include "base/view.h"
#include <string.h>

#define TEXT_MOST 65536u /* as long as the arguments of a process are recorded */

uint32_t sn_view_thread_of(const struct sn_view *v, uint32_t serial)
{
	uint32_t count = v->table[SN_TABLE_THREAD].count;

	/* So it is as long as no record has served two threads. */
	if (!serial || sn_view_thread(v, serial)->serial == serial)
		return serial;
	for (uint32_t i = 1; i < count; i++)
		if (sn_view_thread(v, i)->serial == serial)
			return i;
	return 0;
}

const char *sn_view_text(const struct sn_view *v, uint32_t i)
{
	const char *base = v->table[SN_TABLE_STRING].base;
	uint32_t count = v->table[SN_TABLE_STRING].count;

	uint32_t most = i < count ? count - i : 0;

	/* Looked for each time: what is longer is no text. */
	if (!i || !most || !memchr(base + i, '\0', most < TEXT_MOST ? most : TEXT_MOST))
		return "";
	return base + i;
}

const uint64_t *sn_view_stack_pcs(const struct sn_view *v, uint32_t stack, uint32_t *depth)
{
	static const uint64_t none;
	const struct sn_stack_rec *s = sn_view_stack(v, stack);
	const uint64_t *base = v->table[SN_TABLE_FRAME].base;
	uint32_t count = v->table[SN_TABLE_FRAME].count;

	*depth = 0;
	if (!s->first || !s->depth || s->first >= count || s->depth > count - s->first)
		return &none;
	*depth = s->depth;
	return base + s->first;
}
