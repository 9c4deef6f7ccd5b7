/* SPDX-License-Identifier: Apache-2.0
 *
 * See stat.h. */
#include "outside/stat.h"
#include "base/proc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sn_stat_read(uint32_t pid, struct sn_stat *s)
{
	char text[SN_PROC_TEXT_MAX], *rest;
	long n = sn_proc_read(pid, 0, "/stat", text);

	if (n < 0)
		return (int)n;
	/* The second field is the name in parentheses, which may hold anything. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1,
			    " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d"
			    " %*d %llu",
			    &s->state, &s->threads, &s->began) != 3)
		return -EINVAL;
	return 0;
}

int sn_stat_lives(const struct sn_stat *s)
{
	return (s->state != 'Z' || s->threads > 1) && s->state != 'X';
}
