/* SPDX-License-Identifier: Apache-2.0
 *
 * See remote.h: what the kernel says. Stacks are walked in walk.c. */
#include "outside/remote.h"
#include "base/asleep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How deep under its caller's frame a call may be in the C library. */
#define CALL_BYTES 16384u

int sn_remote_ask(struct sn_remote *r, uint32_t pid, uint32_t tid)
{
	char path[64], text[256];
	unsigned long long a[6], sp, pc;
	long number;
	FILE *f;
	size_t n;

	*r = (struct sn_remote){.pid = pid, .tid = tid};
	snprintf(path, sizeof(path), "/proc/%u/task/%u/syscall", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if (!strncmp(text, "running", 7)) {
		r->running = 1;
		return 0;
	}
	if (sscanf(text, "-1 %llx %llx", &sp, &pc) == 2) {
		/* It is in the kernel, for a page or for its turn. */
		r->sp = sp;
		r->pc = pc;
		return 0;
	}
	if (sscanf(text, "%ld %llx %llx %llx %llx %llx %llx %llx %llx", &number, &a[0], &a[1],
		   &a[2], &a[3], &a[4], &a[5], &sp, &pc) != 9)
		return -ENODATA;
	r->system_call = (uint32_t)number + 1;
	for (int i = 0; i < 6; i++)
		r->argument[i] = a[i];
	r->sp = sp;
	r->pc = pc;
	return 0;
}

int sn_remote_returns_to(const struct sn_remote *r, uint64_t ra)
{
	uint64_t words[512];

	for (uint32_t at = 0; r->sp && at < CALL_BYTES; at += sizeof(words)) {
		uint32_t n = sizeof(words);
		/* The stack may end before. */
		while (n > 64 && sn_peek(r->pid, r->sp + at, words, n))
			n /= 2;
		if (n <= 64)
			return 0;
		for (uint32_t i = 0; i < n / 8; i++)
			if (words[i] == ra)
				return 1;
		if (n < sizeof(words))
			return 0;
	}
	return 0;
}
