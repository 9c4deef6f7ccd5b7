/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock without libc: inside the process under test clock_gettime may be another preloaded
 * library's, which tells another time, takes locks or calls us.  The kernel's own function is found
 * in the object that it maps into every process (vdso(7)); until then, and where there is none, it
 * is a system call. */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include "base/sys.h"

static int by_call(clockid_t clock, struct timespec *t)
{
	return (int)sn_sys(SYS_clock_gettime, clock, t);
}

int (*sn_clock)(clockid_t clock, struct timespec *t) = by_call;

/* The address of a function of the object, by its table of dynamic symbols; 0 where there is none.
 */
static uintptr_t find(uintptr_t base, const char *name)
{
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)base;
	const Elf64_Shdr *s = (const Elf64_Shdr *)(base + e->e_shoff);

	for (int i = 0; e->e_shoff && i < e->e_shnum; i++) {
		if (s[i].sh_type != SHT_DYNSYM || s[i].sh_link >= e->e_shnum)
			continue;
		const char *names = (const char *)(base + s[s[i].sh_link].sh_offset);
		const Elf64_Sym *symbol = (const Elf64_Sym *)(base + s[i].sh_offset);
		for (uint64_t n = s[i].sh_size / sizeof(*symbol); n--; symbol++)
			if (symbol->st_shndx && !strcmp(names + symbol->st_name, name))
				return base + symbol->st_value;
	}
	return 0;
}

void sn_clock_start(void)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);
	uintptr_t function = base ? find(base, "__vdso_clock_gettime") : 0;
	if (function)
		sn_clock = (int (*)(clockid_t, struct timespec *))function;
}
