/* SPDX-License-Identifier: Apache-2.0
 *
 * See mapping.h. */
#include "outside/mapping.h"
#include "base/asleep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct line {
	unsigned long long start, end, offset, inode;
	unsigned major, minor;
	char shared;
};

static FILE *open_maps(uint32_t pid)
{
	char path[64];

	/* A first thread that has ended has no memory to show. */
	snprintf(path, sizeof(path), "/proc/%u/maps", sn_living_task(pid));
	return fopen(path, "re");
}

/* The next mapping; 0 at the end. */
static int next(FILE *f, struct line *l, char **text, size_t *room)
{
	while (getline(text, room, f) > 0)
		if (sscanf(*text, "%llx-%llx %*c%*c%*c%c %llx %x:%x %llu", &l->start, &l->end,
			   &l->shared, &l->offset, &l->major, &l->minor, &l->inode) == 7)
			return 1;
	return 0;
}

static uint64_t device_of(const struct line *l)
{
	return (uint64_t)l->major << 32 | l->minor;
}

int sn_mapping_of(uint32_t pid, uint64_t address, struct sn_mapping *m)
{
	FILE *f = open_maps(pid);
	struct line l;
	char *text = NULL;
	size_t room = 0;
	int found = 0;

	while (f && !found && next(f, &l, &text, &room))
		found = address >= l.start && address < l.end;
	if (f)
		fclose(f);
	free(text);
	if (!found || l.shared != 's' || !l.inode)
		return 0;
	*m = (struct sn_mapping){device_of(&l), l.inode, l.offset + (address - l.start)};
	return 1;
}

static int covers(const struct line *l, const struct sn_mapping *m)
{
	return l->inode == m->inode && device_of(l) == m->device && m->offset >= l->offset &&
	       m->offset - l->offset < l->end - l->start;
}

int sn_mapping_has(uint32_t pid, const struct sn_mapping *m)
{
	FILE *f = open_maps(pid);
	struct line l;
	char *text = NULL;
	size_t room = 0;
	int found = 0;

	if (!f)
		return -errno;
	while (!found && next(f, &l, &text, &room))
		found = covers(&l, m);
	if (!found && ferror(f))
		found = -EACCES;
	fclose(f);
	free(text);
	return found;
}
