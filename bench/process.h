/* SPDX-License-Identifier: Apache-2.0
 *
 * What a benchmark program asks about itself: the time, its resident memory, and the size of the
 * recording that the shim writes for it. */
#ifndef SN_BENCH_PROCESS_H
#define SN_BENCH_PROCESS_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline double process_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline long process_resident_kib(void)
{
	long total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f) {
		if (fscanf(f, "%ld %ld", &total, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Space on disk of the recording that is mapped into this process; 0 where there is none (the bare
 * program). */
static inline long process_recording_kib(void)
{
	struct stat status = {0};
	char line[4400];
	char *path;
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof line, f)) {
		path = strchr(line, '/');
		line[strcspn(line, "\n")] = 0;
		if (path && strstr(path, ".snarl") && !stat(path, &status))
			break;
	}
	if (f)
		fclose(f);
	return (long)(status.st_blocks / 2);
}

#endif
