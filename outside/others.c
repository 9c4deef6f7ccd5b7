/* SPDX-License-Identifier: Apache-2.0
 *
 * See others.h. */
#include "outside/others.h"
#include "outside/stat.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When a process began, in ticks; 0 where it has gone. */
static unsigned long long began(uint32_t pid)
{
	struct sn_stat s;

	return sn_stat_read(pid, &s) ? 0 : s.began;
}

static int may_have(uint32_t pid, uint32_t self, sn_has *has, const void *what)
{
	int yes = has(pid, what);

	if (yes >= 0 || yes == -ENOENT || yes == -ESRCH)
		return yes > 0;
	return began(pid) > began(self);
}

int sn_others_have(uint32_t pid, sn_has *has, const void *what)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	uint32_t other;
	int any = 0;

	if (!d)
		return 1;
	while (!any && (e = readdir(d))) {
		other = (uint32_t)strtoul(e->d_name, NULL, 10);
		any = other && other != pid && may_have(other, pid, has, what);
	}
	closedir(d);
	return any;
}
