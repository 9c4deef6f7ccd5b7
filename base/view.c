/* SPDX-License-Identifier: Apache-2.0
 *
 * The accessors of view.h that look at more than one record: strings and stacks.  Like the others
 * they are total; what lies outside its table reads as empty. */
#include "base/view.h"
#include <string.h>

const char *sn_view_text(const struct sn_view *v, uint32_t i)
{
	const char *base = v->table[SN_TABLE_STRING].base;
	uint32_t count = v->table[SN_TABLE_STRING].count;

	if (!i || i >= count || !memchr(base + i, '\0', count - i))
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
