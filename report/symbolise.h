/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of a recording into functions, files and lines (libdwfl), and data addresses into
 * variables.  What cannot be known is NULL or 0, never guessed.  All that is returned lives as long
 * as the symboliser; answers are kept, so that asking again is cheap. */
#ifndef SN_REPORT_SYMBOLISE_H
#define SN_REPORT_SYMBOLISE_H

#include "base/view.h"
#include "report/binary.h"

struct sn_frame {
	const char *function; /* demangled */
	const char *file;
	const char *directory; /* that `file` is relative to, where it is relative */
	int line;
	int column;
	const char *module; /* path, or "[vdso]" */
	const char *build_id;
	uint64_t offset; /* address in the module's file; the address itself where module is NULL */
	int inlined;     /* inlined into the function of the next frame */
	int is_signal;   /* where a signal handler returns to; the next frame was interrupted */
};

/* A variable. */
struct sn_variable {
	const char *name; /* "pool.lock", "table[3]", "object+0x10" */
	const char *file; /* of its declaration */
	int line;
	const char *module;
};

struct sn_symboliser {
	struct sn_binaries binaries;
	void *frames; /* search trees */
	void *variables;
};

/* The frames of a return address taken in `epoch`, inlined ones first; at least one. It is the call
 * before the address that is looked up. */
const struct sn_frame *sn_symbolise_return(struct sn_symboliser *s, const struct sn_view *v,
					   uint32_t epoch, uint64_t address, size_t *count);

/* The same for an instruction itself: the first one of a function, or one that was interrupted. */
const struct sn_frame *sn_symbolise_exact(struct sn_symboliser *s, const struct sn_view *v,
					  uint32_t epoch, uint64_t address, size_t *count);

/* The variable of static storage that covers `address`, or NULL. */
const struct sn_variable *sn_symbolise_variable(struct sn_symboliser *s, const struct sn_view *v,
						uint32_t epoch, uint64_t address);

/* The program's thread-local variable that covers the offset in its thread-local memory, or NULL. */
const struct sn_variable *sn_symbolise_tls(struct sn_symboliser *s, const struct sn_view *v,
					   uint64_t offset);

/* The only variable or parameter of the function that has the return address, and of what is
 * inlined into it, that covers the offset from its canonical frame address; or NULL. */
const struct sn_variable *sn_symbolise_local(struct sn_symboliser *s, const struct sn_view *v,
					     uint32_t epoch, uint64_t address, int64_t offset);

void sn_symboliser_close(struct sn_symboliser *s);

/* debug_info.c: what DWARF says about one address of a file. */

#define SN_INLINE_MAX 64

/* Fills out[0 .. count) innermost first (function, file, line, column, directory, inlined; strings
 * of functions are for the caller to free). Returns the count, 0 where nothing is known. */
size_t sn_debug_info_frames(struct sn_binary *b, uint64_t address, struct sn_frame *out);

/* The declaration of the variable at `address`, and in `member` (to be freed; may be NULL) the path
 * of members and indices to `offset` in it, as ".lock" or "[3].lock". Returns 1 if found. */
int sn_debug_info_variable(struct sn_binary *b, uint64_t address, uint64_t offset,
			   struct sn_variable *out, char **member);

/* variable_info.c: the same of thread-local ones and of those in frames, with their names (to be
 * freed). */
char *sn_debug_info_tls(struct sn_binary *b, uint64_t offset, struct sn_variable *out);
char *sn_debug_info_local(struct sn_binary *b, uint64_t address, int64_t offset,
			  struct sn_variable *out);

/* What these share. */
int sn_debug_info_is_scope(int tag);
int sn_debug_info_is_code(int tag);
/* The outermost function that covers the address. Returns 1 if there is one. */
int sn_debug_info_function(Dwarf_Die *cu, Dwarf_Addr address, Dwarf_Die *function);
/* Its type, behind typedefs and qualifiers. */
int sn_debug_info_type(Dwarf_Die *die, Dwarf_Die *type);
void sn_debug_info_declaration(Dwarf_Die *cu, Dwarf_Die *die, struct sn_variable *out);
/* Name and path of members to the offset. To be freed. */
char *sn_debug_info_path(Dwarf_Die *die, uint64_t offset, int qualified);

#endif
