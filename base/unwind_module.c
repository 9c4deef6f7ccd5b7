/* SPDX-License-Identifier: Apache-2.0
 *
 * Which module a pc lies in, and where its unwind information is: two ways, one answer.
 * _dl_find_object (glibc >= 2.35) takes no lock and costs some 5 ns.  Elsewhere dl_iterate_phdr
 * goes through the program headers of every module, some 13 ns each, and again whenever the walk
 * enters another module.  It also takes the loader's lock of its list, which a thread holds for
 * moments in dlopen and dlclose, but for as long as it likes while a callback of its own runs in
 * dl_iterate_phdr: a callback that waits for a mutex whose holder is being unwound waits for ever.
 * The lock is recursive, so that a signal handler does not block on its own thread. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include "base/unwind_internal.h"

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 35)
struct dl_find_object {
	unsigned long long dlfo_flags;
	void *dlfo_map_start;
	void *dlfo_map_end;
	void *dlfo_link_map;
	void *dlfo_eh_frame;
	unsigned long long reserved[7];
};
int _dl_find_object(void *pc, struct dl_find_object *result);
#endif
/* Weak: a library built with an older glibc, which lacks it, still finds it in a newer one.  (Built
 * with a newer one it does not load with an older: the reference then bears a version.) */
#pragma weak _dl_find_object

/* What .eh_frame_hdr and the .eh_frame behind it span at most where their segment's end is unknown.
 */
#define GAPPED_SPAN ((uintptr_t)64 << 20)

int sn_unwind_list_only;

struct wanted {
	uintptr_t pc;
	struct sn_unwind_table *found;
};

/* The span of the segments is taken for the module: the loader reserves the gaps between them. */
static int look_at(struct dl_phdr_info *info, size_t size, void *data)
{
	struct sn_unwind_table module = {.start = UINTPTR_MAX};
	const struct wanted *wanted = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_GNU_EH_FRAME)
			module.header = at;
		if (part->p_type != PT_LOAD)
			continue;
		if (at < module.start)
			module.start = at;
		if (at + part->p_memsz > module.end)
			module.end = at + part->p_memsz;
	}
	if (wanted->pc < module.start || wanted->pc >= module.end)
		return 0;
	module.data_start = module.start;
	module.data_end = module.end;
	*wanted->found = module;
	return 1;
}

/* Of the modules loaded into another namespace by dlmopen this knows nothing. */
static int find_in_list(uintptr_t pc, struct sn_unwind_table *found)
{
	struct wanted wanted = {pc, found};

	return dl_iterate_phdr(look_at, &wanted) ? 0 : -ENOENT;
}

int sn_unwind_find_table(uintptr_t pc, struct sn_unwind_table *found)
{
	struct dl_find_object object;

	if (!_dl_find_object || sn_unwind_list_only)
		return find_in_list(pc, found);
	if (_dl_find_object((void *)pc, &object))
		return -ENOENT;
	found->start = (uintptr_t)object.dlfo_map_start;
	found->end = (uintptr_t)object.dlfo_map_end;
	found->header = (uintptr_t)object.dlfo_eh_frame;
	found->data_start = found->start;
	found->data_end = found->end;
	if (found->header && (found->header < found->start || found->header >= found->end)) {
		found->data_start = found->header;
		found->data_end = found->header + GAPPED_SPAN;
	}
	return 0;
}
