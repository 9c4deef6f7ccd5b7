/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening a file of code and its debug information.  A file whose build-id is not the recorded one
 * is not used: symbols of another build would be wrong without looking so. */
#include "report/binary.h"
#include "report/file.h"

#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* dwfl_standard_find_debuginfo looks under /usr/lib/debug by build-id and by .gnu_debuglink; it
 * asks a debuginfod server only where DEBUGINFOD_URLS is set. */
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static char *hex(const uint8_t *bytes, size_t size)
{
	char *out = size ? malloc(2 * size + 1) : NULL;

	for (size_t i = 0; out && i < size; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

static int is_vdso_path(const char *path)
{
	return !strncmp(path, "linux-vdso", 10) || !strncmp(path, "[vdso]", 6);
}

/* The vdso is no file, but ours is the same as the recorded one on the same kernel; the build-id
 * says whether it is. */
static Dwfl_Module *report_vdso(Dwfl *dwfl)
{
	char *image = (char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
	size_t size;

	if (!image)
		return NULL;
	size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
	return dwfl_report_offline_memory(dwfl, "[vdso]", "[vdso]", image, size);
}

static int build_id_differs(struct sn_binary *b)
{
	const unsigned char *bits;
	GElf_Addr where;
	int size = dwfl_module_build_id(b->module, &bits, &where);
	char *found;
	int differs;

	if (!b->build_id)
		return 0;
	if (size <= 0)
		return 1;
	found = hex(bits, (size_t)size);
	differs = !found || strcmp(found, b->build_id);
	free(found);
	return differs;
}

/* Only a regular file: libdwfl would open whatever bears the name. */
static Dwfl_Module *report_file(Dwfl *dwfl, const char *path)
{
	struct stat status;
	int fd = sn_file_open(path, &status);
	Dwfl_Module *module;

	if (fd < 0)
		return NULL;
	module = dwfl_report_offline(dwfl, path, path, fd);
	if (!module)
		close(fd);
	return module;
}

static enum sn_binary_state open_module(struct sn_binary *b)
{
	GElf_Addr bias = 0;
	GElf_Ehdr header;
	Elf *elf;

	dwfl_report_begin(b->dwfl);
	b->module = b->is_vdso ? report_vdso(b->dwfl) : report_file(b->dwfl, b->path);
	dwfl_report_end(b->dwfl, NULL, NULL);
	elf = b->module ? dwfl_module_getelf(b->module, &bias) : NULL;
	if (!elf)
		return SN_BINARY_GONE;
	b->bias = bias;
	if (gelf_getehdr(elf, &header))
		b->entry = header.e_entry;
	return build_id_differs(b) ? SN_BINARY_CHANGED : SN_BINARY_GOOD;
}

static void open_binary(struct sn_binary *b)
{
	b->is_vdso = is_vdso_path(b->path);
	b->dwfl = dwfl_begin(&callbacks);
	b->state = b->dwfl ? open_module(b) : SN_BINARY_GONE;
	if (b->state != SN_BINARY_GOOD && b->dwfl) {
		dwfl_end(b->dwfl);
		b->dwfl = NULL;
	}
}

static int same_build(const struct sn_binary *b, const char *build_id)
{
	if (!b->build_id || !build_id)
		return !b->build_id && !build_id;
	return !strcmp(b->build_id, build_id);
}

struct sn_binary *sn_binary_get(struct sn_binaries *all, const char *path, const uint8_t *build_id,
				size_t build_id_size)
{
	char *id = hex(build_id, build_id_size);
	struct sn_binary *b;

	for (b = all->first; b; b = b->next)
		if (!strcmp(b->path, path) && same_build(b, id))
			break;
	if (b) {
		free(id);
		return b;
	}
	b = calloc(1, sizeof(*b));
	if (!b || !(b->path = strdup(path))) {
		free(b);
		free(id);
		return NULL;
	}
	b->build_id = id;
	b->next = all->first;
	all->first = b;
	open_binary(b);
	return b;
}

static int add_range(struct sn_binary *b, uint64_t low, uint64_t high, Dwarf_Off cu)
{
	size_t n = b->range_count;

	if (low >= high)
		return 0;
	if (!(n & (n - 1))) {
		void *more = realloc(b->ranges, (n ? 2 * n : 1) * sizeof(*b->ranges));
		if (!more)
			return -1;
		b->ranges = more;
	}
	b->ranges[b->range_count++] = (struct sn_cu_range){low, high, cu};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct sn_cu_range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static void build_ranges(struct sn_binary *b)
{
	Dwarf_Addr bias, base, low, high;
	Dwarf_Die *cu = NULL;
	ptrdiff_t at;

	b->ranges_built = 1;
	while ((cu = dwfl_module_nextcu(b->module, cu, &bias))) {
		at = 0;
		while ((at = dwarf_ranges(cu, at, &base, &low, &high)) > 0)
			if (add_range(b, low, high, dwarf_dieoffset(cu)))
				return;
	}
	if (b->ranges)
		qsort(b->ranges, b->range_count, sizeof(*b->ranges), by_address);
}

static const struct sn_cu_range *find_range(const struct sn_binary *b, uint64_t address)
{
	size_t low = 0, high = b->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (b->ranges[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < b->ranges[low - 1].high ? &b->ranges[low - 1] : NULL;
}

int sn_binary_cu(struct sn_binary *b, uint64_t address, Dwarf_Die *cu, int64_t *bias)
{
	Dwarf_Addr dwarf_bias;
	Dwarf_Die *die;
	const struct sn_cu_range *range;
	Dwarf *dwarf;

	if (b->state != SN_BINARY_GOOD)
		return 0;
	die = dwfl_module_addrdie(b->module, address + b->bias, &dwarf_bias);
	if (die) {
		*cu = *die;
		*bias = (int64_t)(b->bias - dwarf_bias);
		return 1;
	}
	dwarf = dwfl_module_getdwarf(b->module, &dwarf_bias);
	if (!dwarf)
		return 0;
	if (!b->ranges_built)
		build_ranges(b);
	*bias = (int64_t)(b->bias - dwarf_bias);
	range = find_range(b, address + (uint64_t)*bias);
	return range && dwarf_offdie(dwarf, range->cu, cu);
}

/* Its call frame information says so: debuggers know these frames by nothing else. */
int sn_binary_is_signal_frame(struct sn_binary *b, uint64_t address)
{
	Dwarf_Addr bias = 0;
	Dwarf_CFI *cfi = b->state == SN_BINARY_GOOD ? dwfl_module_eh_cfi(b->module, &bias) : NULL;
	Dwarf_Frame *frame;
	bool is_signal = false;

	if (!cfi || dwarf_cfi_addrframe(cfi, address + b->bias - bias, &frame))
		return 0;
	dwarf_frame_info(frame, NULL, NULL, &is_signal);
	free(frame);
	return is_signal;
}

void sn_binaries_close(struct sn_binaries *all)
{
	while (all->first) {
		struct sn_binary *b = all->first;

		all->first = b->next;
		if (b->dwfl)
			dwfl_end(b->dwfl);
		free(b->ranges);
		free(b->build_id);
		free(b->path);
		free(b);
	}
}
