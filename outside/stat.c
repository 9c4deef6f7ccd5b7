/* SPDX-License-Identifier: Apache-2.0
 *
 * See stat.h. */
#include "outside/stat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sn_stat_read(uint32_t pid, struct sn_stat *s)
{
	char path[64], text[1024], *rest;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
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
