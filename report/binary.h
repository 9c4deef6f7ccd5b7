/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of code on disk (programs, libraries, the vdso), opened once for all processes of a report.
 * Each has a Dwfl of its own, with the file's own addresses: recordings may hold libraries that
 * were loaded one after the other at the same place, which one Dwfl per process could not hold. */
#ifndef SN_REPORT_BINARY_H
#define SN_REPORT_BINARY_H

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum sn_binary_state {
	SN_BINARY_GOOD,
	SN_BINARY_GONE,    /* not on disk any more, or not readable */
	SN_BINARY_CHANGED, /* on disk is another build than the one that ran */
};

struct sn_cu_range {
	uint64_t low, high;
	Dwarf_Off cu;
};

struct sn_binary {
	struct sn_binary *next;
	char *path;
	char *build_id; /* hexadecimal, as recorded; NULL unknown */
	enum sn_binary_state state;
	int is_vdso;
	Dwfl *dwfl; /* NULL unless GOOD */
	Dwfl_Module *module;
	uint64_t bias;  /* libdwfl's address = bias + address in the file */
	uint64_t entry; /* of the file; 0 none */
	/* Compilation units by address: for files without .debug_aranges (clang, rustc). */
	struct sn_cu_range *ranges;
	size_t range_count;
	int ranges_built;
};

struct sn_binaries {
	struct sn_binary *first;
};

/* The binary with that path and build-id (size 0: unknown), opened at its first use. Never NULL but
 * when out of memory; look at its state. */
struct sn_binary *sn_binary_get(struct sn_binaries *all, const char *path, const uint8_t *build_id,
				size_t build_id_size);

/* The compilation unit that covers `address` (of the file). Returns 1 and fills cu and bias, where
 * the address in the debug file is address + *bias; or returns 0. */
int sn_binary_cu(struct sn_binary *b, uint64_t address, Dwarf_Die *cu, int64_t *bias);

/* Whether the code at `address` (of the file) is what signal handlers return to. */
int sn_binary_is_signal_frame(struct sn_binary *b, uint64_t address);

void sn_binaries_close(struct sn_binaries *all);

#endif
