/* SPDX-License-Identifier: Apache-2.0
 *
 * DWARF: variables that have no address of their own: those of each thread, and those of a frame. */
#include "report/symbolise.h"

#include <dwarf.h>
#include <stdlib.h>

#define WALK_DEPTH 256
#define BUDGET 2000000 /* entries looked at */

struct search {
	int64_t offset;
	int local;
	unsigned budget;
	unsigned count; /* of those that cover it */
	uint64_t within;
	Dwarf_Die found;
};

static int location_of(Dwarf_Die *die, Dwarf_Op **ops, size_t *count)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, DW_AT_location, &attr) && !dwarf_getlocation(&attr, ops, count) &&
	       *count;
}

static int offset_of(Dwarf_Die *die, int local, int64_t *offset)
{
	Dwarf_Op *ops;
	size_t count;

	if (!location_of(die, &ops, &count))
		return 0;
	*offset = (int64_t)ops[0].number;
	if (local)
		return count == 1 && ops[0].atom == DW_OP_fbreg;
	return count == 2 &&
	       (ops[1].atom == DW_OP_GNU_push_tls_address ||
		ops[1].atom == DW_OP_form_tls_address) &&
	       (ops[0].atom == DW_OP_const8u || ops[0].atom == DW_OP_const4u ||
		ops[0].atom == DW_OP_addr);
}

static void try(struct search *s, Dwarf_Die *die)
{
	int64_t offset;
	Dwarf_Die type;
	Dwarf_Word size;

	if (!offset_of(die, s->local, &offset) || !sn_debug_info_type(die, &type) ||
	    dwarf_aggregate_size(&type, &size) || s->offset < offset ||
	    (uint64_t)(s->offset - offset) >= size)
		return;
	s->found = *die;
	s->within = (uint64_t)(s->offset - offset);
	s->count++;
}

static void walk(struct search *s, Dwarf_Die *die, int depth)
{
	Dwarf_Die child;

	if (depth > WALK_DEPTH || dwarf_child(die, &child))
		return;
	do {
		int tag = dwarf_tag(&child);

		if (!s->budget || !--s->budget)
			return;
		if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
			try(s, &child);
		/* A function within has a frame of its own. */
		if (s->local && tag == DW_TAG_subprogram)
			continue;
		if (sn_debug_info_is_code(tag) || (!s->local && sn_debug_info_is_scope(tag)))
			walk(s, &child, depth + 1);
	} while (!dwarf_siblingof(&child, &child));
}

char *sn_debug_info_tls(struct sn_binary *b, uint64_t offset, struct sn_variable *out)
{
	struct search s = {.offset = (int64_t)offset, .budget = BUDGET};
	Dwarf_Die *cu = NULL;
	Dwarf_Addr bias;

	while (b->dwfl && (cu = dwfl_module_nextcu(b->module, cu, &bias))) {
		walk(&s, cu, 0);
		if (!s.count)
			continue;
		sn_debug_info_declaration(cu, &s.found, out);
		return sn_debug_info_path(&s.found, s.within, 1);
	}
	return NULL;
}

/* Offsets are from the canonical frame address only where the function says so. */
static int counts_from_cfa(Dwarf_Die *function)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t count;

	return dwarf_attr(function, DW_AT_frame_base, &attr) &&
	       !dwarf_getlocation(&attr, &ops, &count) && count == 1 &&
	       ops[0].atom == DW_OP_call_frame_cfa;
}

char *sn_debug_info_local(struct sn_binary *b, uint64_t address, int64_t offset,
			  struct sn_variable *out)
{
	struct search s = {.offset = offset, .local = 1, .budget = BUDGET};
	Dwarf_Die cu, function;
	int64_t bias;

	if (!sn_binary_cu(b, address, &cu, &bias) ||
	    !sn_debug_info_function(&cu, address + (uint64_t)bias, &function) ||
	    !counts_from_cfa(&function))
		return NULL;
	walk(&s, &function, 0);
	if (s.count != 1)
		return NULL;
	sn_debug_info_declaration(&cu, &s.found, out);
	return sn_debug_info_path(&s.found, s.within, 0);
}
