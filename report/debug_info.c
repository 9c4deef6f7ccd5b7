/* SPDX-License-Identifier: Apache-2.0
 *
 * DWARF: the functions (inlined ones too) and the line of an address; the declaration and the
 * members of a variable.  Walks debugging entries itself, downwards and only where the address is:
 * one pass per address, which the symboliser remembers. */
#include "report/symbolise.h"
#include "report/demangle.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Most entries looked at in search of a variable: a huge program costs at most a second. */
#define VARIABLE_BUDGET 2000000
#define MEMBER_DEPTH 8
#define WALK_DEPTH 256

struct chain {
	Dwarf_Die die[SN_INLINE_MAX]; /* outermost first */
	size_t count;
};

int sn_debug_info_is_scope(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type || tag == DW_TAG_module;
}

int sn_debug_info_is_code(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* Appends to the chain the functions below `die` that cover the address. Returns 1 if any entry
 * did. */
static int find_functions(Dwarf_Die *die, Dwarf_Addr address, struct chain *c, int depth)
{
	Dwarf_Die child;

	if (depth > WALK_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (sn_debug_info_is_scope(tag)) {
			if (find_functions(&child, address, c, depth + 1))
				return 1;
		} else if (sn_debug_info_is_code(tag) && dwarf_haspc(&child, address) > 0) {
			int function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
			if (function && c->count < SN_INLINE_MAX)
				c->die[c->count++] = child;
			find_functions(&child, address, c, depth + 1);
			return 1;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return 0;
}

int sn_debug_info_function(Dwarf_Die *cu, Dwarf_Addr address, Dwarf_Die *function)
{
	struct chain c = {.count = 0};

	find_functions(cu, address, &c, 0);
	if (c.count)
		*function = c.die[0];
	return c.count != 0;
}

/* The entry that declares what this one is an instance or a definition of. */
static Dwarf_Die declared(Dwarf_Die *die)
{
	Dwarf_Die at = *die, next;
	Dwarf_Attribute attr;

	for (int i = 0; i < MEMBER_DEPTH; i++) {
		if (!dwarf_attr(&at, DW_AT_abstract_origin, &attr) &&
		    !dwarf_attr(&at, DW_AT_specification, &attr))
			break;
		if (!dwarf_formref_die(&attr, &next))
			break;
		at = next;
	}
	return at;
}

static int is_call_operator(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name && !strcmp(name, "operator()");
}

/* "ns::pool::run", "main::<lambda>::operator()": the name inside those of the scopes around it.
 */
static char *qualified_name(Dwarf_Die *die)
{
	Dwarf_Die origin = declared(die), *scopes = NULL;
	int n = dwarf_getscopes_die(&origin, &scopes);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = n - 1; out && i > 0; i--) {
		const char *name = dwarf_diename(&scopes[i]);
		int tag = dwarf_tag(&scopes[i]);

		if (!name && tag == DW_TAG_namespace)
			name = "(anonymous namespace)";
		if (!name && sn_debug_info_is_scope(tag))
			name = i == 1 && is_call_operator(&origin) ? "<lambda>" : "<unnamed>";
		if (name && (sn_debug_info_is_scope(tag) || tag == DW_TAG_subprogram))
			fprintf(out, "%s::", name);
	}
	if (out)
		fputs(dwarf_diename(&origin) ? dwarf_diename(&origin) : "", out);
	if (out)
		fclose(out);
	free(scopes);
	return text;
}

/* Lambdas and what is made from them have no linkage name: their scopes tell whose they are. */
static char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
		name = dwarf_formstring(&attr);
	if (name && !strncmp(name, "_Z", 2))
		return sn_demangle(name);
	return dwarf_diename(die) ? qualified_name(die) : NULL;
}

static int number(Dwarf_Die *die, unsigned name, Dwarf_Word *value)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, name, &attr) && dwarf_formudata(&attr, value) == 0;
}

static void call_site(Dwarf_Die *cu, Dwarf_Die *die, struct sn_frame *out)
{
	Dwarf_Files *files;
	size_t count;
	Dwarf_Word value;

	if (number(die, DW_AT_call_file, &value) && dwarf_getsrcfiles(cu, &files, &count) == 0)
		out->file = dwarf_filesrc(files, value, NULL, NULL);
	if (number(die, DW_AT_call_line, &value))
		out->line = (int)value;
	if (number(die, DW_AT_call_column, &value))
		out->column = (int)value;
}

static const char *directory(Dwarf_Die *cu)
{
	Dwarf_Attribute attr;

	return dwarf_attr(cu, DW_AT_comp_dir, &attr) ? dwarf_formstring(&attr) : NULL;
}

size_t sn_debug_info_frames(struct sn_binary *b, uint64_t address, struct sn_frame *out)
{
	Dwarf_Die cu;
	Dwarf_Line *line;
	int64_t bias;
	struct chain c = {.count = 0};
	size_t n;

	if (!sn_binary_cu(b, address, &cu, &bias))
		return 0;
	address += (uint64_t)bias;
	find_functions(&cu, address, &c, 0);
	n = c.count ? c.count : 1;
	memset(out, 0, n * sizeof(*out));
	line = dwarf_getsrc_die(&cu, address);
	if (line) {
		out->file = dwarf_linesrc(line, NULL, NULL);
		dwarf_lineno(line, &out->line);
		dwarf_linecol(line, &out->column);
	}
	if (!line && !c.count)
		return 0;
	for (size_t i = 0; i < n; i++) {
		Dwarf_Die *die = &c.die[n - 1 - i];

		out[i].directory = directory(&cu);
		if (!c.count)
			break;
		out[i].function = function_name(die);
		out[i].inlined = i + 1 < n && dwarf_tag(die) == DW_TAG_inlined_subroutine;
		if (i + 1 < n)
			call_site(&cu, die, &out[i + 1]);
	}
	return n;
}

/* The type behind typedefs and qualifiers. */
int sn_debug_info_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, type) &&
	       dwarf_peel_type(type, type) == 0;
}

static int find_member(Dwarf_Die *type, uint64_t offset, Dwarf_Die *member, uint64_t *rest)
{
	Dwarf_Die child;
	Dwarf_Word at, size;

	if (dwarf_child(type, &child) != 0)
		return 0;
	do {
		Dwarf_Die of;

		if (dwarf_tag(&child) != DW_TAG_member && dwarf_tag(&child) != DW_TAG_inheritance)
			continue;
		at = 0;
		number(&child, DW_AT_data_member_location, &at);
		if (!sn_debug_info_type(&child, &of) || dwarf_aggregate_size(&of, &size) != 0)
			continue;
		if (offset < at || offset - at >= size)
			continue;
		*member = child;
		*rest = offset - at;
		return 1;
	} while (dwarf_siblingof(&child, &child) == 0);
	return 0;
}

/* The insides of libc's and libstdc++'s types tell a reader nothing. */
static int is_internal(const char *name)
{
	return !strncmp(name, "__", 2) || !strncmp(name, "_M_", 3);
}

/* Nor do those of GLib's locks: a union of what they are made of. */
static int is_closed(Dwarf_Die *type)
{
	const char *name = dwarf_diename(type);

	return name && (!strcmp(name, "_GMutex") || !strcmp(name, "_GCond"));
}

/* Writes the path to `offset` in an object of the type of `die`. */
static void member_path(Dwarf_Die *die, uint64_t offset, FILE *out, int depth)
{
	Dwarf_Die type, member, element;
	Dwarf_Word size;
	uint64_t rest;
	int tag;

	if (depth > MEMBER_DEPTH || !sn_debug_info_type(die, &type) || is_closed(&type))
		return;
	tag = dwarf_tag(&type);
	if (tag == DW_TAG_array_type && sn_debug_info_type(&type, &element) &&
	    dwarf_aggregate_size(&element, &size) == 0 && size) {
		fprintf(out, "[%llu]", (unsigned long long)(offset / size));
		member_path(&type, offset % size, out, depth + 1);
	} else if (sn_debug_info_is_scope(tag) && find_member(&type, offset, &member, &rest)) {
		const char *name = dwarf_diename(&member);
		if (dwarf_tag(&member) == DW_TAG_member && name && is_internal(name))
			return;
		if (dwarf_tag(&member) == DW_TAG_member && name)
			fprintf(out, ".%s", name);
		member_path(&member, rest, out, depth + 1);
	}
}

char *sn_debug_info_path(Dwarf_Die *die, uint64_t offset, int qualified)
{
	char *name = qualified ? qualified_name(die) : NULL, *text = NULL;
	Dwarf_Die origin = declared(die);
	const char *plain = dwarf_diename(&origin);
	size_t size;
	FILE *out = plain ? open_memstream(&text, &size) : NULL;

	if (out) {
		fputs(name ? name : plain, out);
		member_path(die, offset, out, 0);
		fclose(out);
	}
	free(name);
	return text;
}

static int is_at(Dwarf_Die *die, Dwarf_Addr address)
{
	Dwarf_Attribute attr, value;
	Dwarf_Addr at;
	Dwarf_Op *ops;
	size_t count;

	if (!dwarf_attr(die, DW_AT_location, &attr) ||
	    dwarf_getlocation(&attr, &ops, &count) != 0 || count != 1)
		return 0;
	if (ops->atom == DW_OP_addr)
		return ops->number == address;
	return ops->atom == DW_OP_addrx && dwarf_getlocation_attr(&attr, ops, &value) == 0 &&
	       dwarf_formaddr(&value, &at) == 0 && at == address;
}

/* Looks below `die` for the variable at the address; statics of functions too. */
static int find_variable(Dwarf_Die *die, Dwarf_Addr address, Dwarf_Die *found, unsigned *budget,
			 int depth)
{
	Dwarf_Die child;

	if (depth > WALK_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (!*budget || !--*budget)
			return 0;
		if (tag == DW_TAG_variable && is_at(&child, address)) {
			*found = child;
			return 1;
		}
		if ((sn_debug_info_is_scope(tag) || sn_debug_info_is_code(tag)) &&
		    find_variable(&child, address, found, budget, depth + 1))
			return 1;
	} while (dwarf_siblingof(&child, &child) == 0);
	return 0;
}

void sn_debug_info_declaration(Dwarf_Die *cu, Dwarf_Die *die, struct sn_variable *out)
{
	Dwarf_Files *files;
	size_t count;
	Dwarf_Word value;

	if (number(die, DW_AT_decl_file, &value) && dwarf_getsrcfiles(cu, &files, &count) == 0)
		out->file = dwarf_filesrc(files, value, NULL, NULL);
	if (number(die, DW_AT_decl_line, &value))
		out->line = (int)value;
}

int sn_debug_info_variable(struct sn_binary *b, uint64_t address, uint64_t offset,
			   struct sn_variable *out, char **member)
{
	unsigned budget = VARIABLE_BUDGET;
	Dwarf_Addr bias;
	Dwarf_Die *cu = NULL, die;
	size_t size;
	FILE *path;

	*member = NULL;
	while (b->dwfl && (cu = dwfl_module_nextcu(b->module, cu, &bias))) {
		if (!find_variable(cu, address + b->bias - bias, &die, &budget, 0))
			continue;
		sn_debug_info_declaration(cu, &die, out);
		path = open_memstream(member, &size);
		if (path) {
			member_path(&die, offset, path, 0);
			fclose(path);
		}
		return 1;
	}
	return 0;
}
