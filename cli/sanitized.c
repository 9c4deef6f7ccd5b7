/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that were compiled with -fsanitize=thread and need libtsan: our front answers the
 * compiler's calls instead. It is preloaded with a library of the very name that the program needs,
 * empty, so that the loader looks for no other and nothing is relinked. Where the program is linked
 * with the front itself, that is still to come before the shim. */
#include "cli/run.h"
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRONT "libsnarl-race.so"

static int needs(Elf *elf, char *name, size_t size)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Dyn dyn;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
			continue;
		Elf_Data *data = elf_getdata(section, NULL);
		for (int i = 0; data && gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++) {
			const char *needed =
				dyn.d_tag == DT_NEEDED
					? elf_strptr(elf, header.sh_link, dyn.d_un.d_val)
					: NULL;
			if (!needed || strchr(needed, '/') ||
			    (strncmp(needed, "libtsan.so.", 11) && strcmp(needed, FRONT)))
				continue;
			snprintf(name, size, "%s", needed);
			return 1;
		}
	}
	return 0;
}

/* The libtsan that the program needs, or the front. */
static int find_needed(const char *program, char *name, size_t size)
{
	char *path = run_find_program(program);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1, found = 0;
	Elf *elf;

	free(path);
	if (fd < 0)
		return 0;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		found = needs(elf, name, size);
	if (elf)
		elf_end(elf);
	close(fd);
	return found;
}

int run_needs_front(const struct run *run)
{
	char name[64];

	return find_needed(run->program[0], name, sizeof(name));
}

char *run_race_libraries(const struct run *run)
{
	const char *slash = strrchr(run->library, '/');
	int folder = slash ? (int)(slash - run->library) : 0;
	char name[64], *both = NULL, *stand_in = NULL;

	if (!find_needed(run->program[0], name, sizeof(name)))
		return NULL;
	if (!strcmp(name, FRONT))
		return asprintf(&both, "%.*s/" FRONT, folder, run->library) < 0 ? NULL : both;
	if (asprintf(&stand_in, "%.*s/snarl-race/%s", folder, run->library, name) < 0)
		return NULL;
	if (access(stand_in, R_OK))
		cli_error("%s needs %s, which snarl has no stand-in for: races are left to that",
			  run->program[0], name);
	else if (asprintf(&both, "%.*s/" FRONT ":%s", folder, run->library, stand_in) < 0)
		both = NULL;
	free(stand_in);
	return both;
}
