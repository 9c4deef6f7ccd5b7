/* SPDX-License-Identifier: Apache-2.0
 *
 * See heap.h. */
#include "report/heap.h"

#include <stdlib.h>
#include <string.h>

static void *grow(struct sn_memory *m, void *old, size_t old_size, size_t size)
{
	char *p = realloc(old, size);

	(void)m;
	if (p && size > old_size)
		memset(p + old_size, 0, size - old_size);
	return p;
}

static void release(struct sn_memory *m, void *p, size_t size)
{
	(void)m;
	(void)size;
	free(p);
}

struct sn_memory sn_heap_memory(void)
{
	return (struct sn_memory){.grow = grow, .release = release};
}
