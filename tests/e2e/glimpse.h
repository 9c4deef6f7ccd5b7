/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits until what is going on has been seen from outside: looks into the recording's header for
 * it.  A program that nobody watches waits for nothing. Needs // cflags: -I. */
#ifndef TESTS_E2E_GLIMPSE_H
#define TESTS_E2E_GLIMPSE_H

#include <fcntl.h>
#include <stddef.h>
#include "base/recording.h"
#include "case.h"

/* The recording of this process, which is mapped; -1 where there is none. */
static inline int open_recording(void)
{
	char line[4608], path[4097];
	FILE *f = fopen("/proc/self/maps", "r");
	int fd = -1;
	CHECK(f);
	while (fd < 0 && fgets(line, sizeof line, f))
		if (sscanf(line, "%*s %*s %*s %*s %*s %4096s", path) == 1 && strstr(path, ".snarl"))
			fd = open(path, O_RDONLY | O_CLOEXEC);
	fclose(f);
	return fd;
}

/* Findings that the process has recorded itself, whole ones; many where nobody watches. */
static inline uint32_t recorded_findings(int fd)
{
	struct sn_table_desc table;
	struct sn_finding_rec rec;
	off_t at = (off_t)(offsetof(struct sn_header, tables) + SN_TABLE_FINDING * sizeof table);
	uint32_t n = 0;
	if (fd < 0)
		return 1000;
	CHECK(pread(fd, &table, sizeof table, at) == sizeof table);
	for (uint32_t i = 1; i < table.used && i < table.extents[0].count; i++) {
		at = (off_t)(table.extents[0].offset + i * sizeof rec);
		CHECK(pread(fd, &rec, sizeof rec, at) == sizeof rec);
		n += __atomic_load_n(&rec.count, __ATOMIC_ACQUIRE) != 0;
	}
	return n;
}

static inline void await_glimpses(uint32_t n)
{
	uint32_t state = 0;
	off_t at =
		(off_t)(offsetof(struct sn_header, glimpses) + (n - 1) * sizeof(struct sn_glimpse));
	int fd = open_recording();
	while (fd >= 0 && !state) {
		CHECK(pread(fd, &state, sizeof state, at) == sizeof state);
		usleep(1000);
	}
	if (fd >= 0)
		close(fd);
}

#endif
