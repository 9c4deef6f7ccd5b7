/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recording is made of: tables RECORDING
 * prints a line per table, "name RECORD-SIZE RECORDS BYTES" (BYTES: real space set aside for it),
 * then "file BYTES" (space on disk), and "unrecorded NAME COUNT" for each counter that is not 0.
 * Works on the recording of a running process too. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/recording.h"

static const char *const table_names[] = {
#define SN_TABLE(e, name, type, most) #name,
#include "base/tables.def"
#undef SN_TABLE
};

static const char *const counter_names[] = {
#define SN_COUNTER(e, name, text) name,
#include "base/counters.def"
#undef SN_COUNTER
};

static int read_header(int fd, struct sn_header *h)
{
	if (pread(fd, h, sizeof *h, 0) != (ssize_t)sizeof *h ||
	    memcmp(h->magic, SN_MAGIC, sizeof h->magic) || h->version != SN_FORMAT_VERSION ||
	    h->table_count != SN_TABLE_COUNT)
		return -1;
	return 0;
}

static void print_table(const char *name, const struct sn_table_desc *t)
{
	printf("%s %u %u %llu\n", name, t->record_size, t->used,
	       (unsigned long long)t->capacity * t->record_size);
}

int main(int argc, char **argv)
{
	struct sn_header header;
	struct stat status;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &status) || read_header(fd, &header)) {
		fprintf(stderr, "usage: tables RECORDING (of this version)\n");
		return 2;
	}
	for (int i = 0; i < SN_TABLE_COUNT; i++)
		print_table(table_names[i], &header.tables[i]);
	printf("file %lld\n", (long long)status.st_blocks * 512);
	for (int i = 0; i < SN_COUNTER_COUNT; i++) {
		if (header.counters[i])
			printf("unrecorded %s %llu\n", counter_names[i],
			       (unsigned long long)header.counters[i]);
	}
	close(fd);
	return 0;
}
