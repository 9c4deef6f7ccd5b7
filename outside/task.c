/* SPDX-License-Identifier: Apache-2.0
 *
 * See task.h. */
#include "outside/task.h"
#include "base/signals.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_MAX 4096

static const char *value_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

static uint64_t signals(const char *text, const char *key)
{
	return strtoull(value_of(text, key), NULL, 16);
}

static void take_name(struct sn_task *t, const char *text)
{
	const char *name = value_of(text, "Name:\t");
	size_t n = strcspn(name, "\n");

	memcpy(t->name, name, n < sizeof(t->name) ? n : sizeof(t->name));
}

/* The name comes first and may hold anything but a newline: the keys are looked for behind one. */
int sn_task_read(struct sn_task *t, uint32_t pid, uint32_t tid)
{
	char path[64], text[STATUS_MAX];
	size_t n;
	FILE *f;

	*t = (struct sn_task){.tid = tid};
	snprintf(path, sizeof(path), "/proc/%u/task/%u/status", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if (!n)
		return -ESRCH;
	take_name(t, text);
	t->state = *value_of(text, "\nState:\t");
	t->switches = strtoull(value_of(text, "\nvoluntary_ctxt_switches:"), NULL, 10) +
		      strtoull(value_of(text, "\nnonvoluntary_ctxt_switches:"), NULL, 10);
	t->pending = signals(text, "\nSigPnd:") | signals(text, "\nShdPnd:");
	t->blocked = signals(text, "\nSigBlk:");
	t->caught = signals(text, "\nSigCgt:");
	return 0;
}

static int append(struct sn_task **all, int count, const struct sn_task *t)
{
	struct sn_task *more = *all;

	if (!(count & (count - 1)))
		more = realloc(more, (count ? 2 * (size_t)count : 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	*all = more;
	more[count] = *t;
	return count + 1;
}

/* A thread that ends while it is listed is left out. */
int sn_task_list(struct sn_task **all, uint32_t pid)
{
	char path[32];
	struct dirent *e;
	struct sn_task t;
	int count = 0;
	DIR *d;

	*all = NULL;
	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (count >= 0 && (e = readdir(d))) {
		uint32_t tid = (uint32_t)strtoul(e->d_name, NULL, 10);

		if (tid && !sn_task_read(&t, pid, tid))
			count = append(all, count, &t);
	}
	closedir(d);
	if (count < 0) {
		free(*all);
		*all = NULL;
	}
	return count;
}

int sn_task_hears_signals(const struct sn_task *t)
{
	return (t->caught & ~t->blocked & ~SN_SIGNALS_OF_CODE) || (t->pending & ~t->blocked);
}

uint64_t sn_task_mark(const struct sn_task *all, int count)
{
	uint64_t mark = 0xcbf29ce484222325u;

	for (int i = 0; i < count; i++) {
		mark = (mark ^ all[i].tid) * 0x100000001b3u;
		mark = (mark ^ all[i].switches) * 0x100000001b3u;
		mark = (mark ^ (unsigned char)all[i].state) * 0x100000001b3u;
	}
	return mark;
}
