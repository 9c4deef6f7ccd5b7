/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a program left no recording: the loader takes no preloaded library into static and privileged
 * programs, nor one of another architecture or C library.  Looks at the file only. */
#include "cli/run.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct binary {
	char path[4096];
	struct stat st;
	int script, elf, wide, dynamic;
	char interpreter[256]; /* of the #! line or of the ELF header */
};

static int is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

char *run_find_program(const char *program)
{
	const char *at = getenv("PATH");
	char *path;

	if (strchr(program, '/'))
		return is_program(program) ? strdup(program) : NULL;
	for (at = at ? at : "/bin:/usr/bin"; *at; at += *at == ':') {
		int n = (int)strcspn(at, ":");
		if (asprintf(&path, "%.*s/%s", n ? n : 1, n ? at : ".", program) < 0)
			return NULL;
		if (is_program(path) && !access(path, X_OK))
			return path;
		free(path);
		at += n;
	}
	return NULL;
}

static void look_at_script(struct binary *b, const char *line, size_t n)
{
	size_t from = 2, length;

	b->script = 1;
	while (from < n && (line[from] == ' ' || line[from] == '\t'))
		from++;
	for (length = 0; from + length < n && !strchr(" \t\n", line[from + length]); length++)
		continue;
	if (length < sizeof(b->interpreter))
		memcpy(b->interpreter, line + from, length);
}

static void look_at_segments(struct binary *b, int fd, const Elf64_Ehdr *e)
{
	Elf64_Phdr p;

	for (unsigned i = 0; i < e->e_phnum; i++) {
		off_t at = (off_t)(e->e_phoff + (uint64_t)i * sizeof(p));
		if (pread(fd, &p, sizeof(p), at) != sizeof(p))
			return;
		if (p.p_type != PT_INTERP)
			continue;
		b->dynamic = 1;
		if (p.p_filesz < sizeof(b->interpreter) &&
		    pread(fd, b->interpreter, p.p_filesz, (off_t)p.p_offset) < 0)
			b->interpreter[0] = '\0';
	}
}

static int look_at(struct binary *b, const char *path)
{
	union {
		char text[256];
		Elf64_Ehdr elf;
	} head = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, &head, sizeof(head), 0);

	memset(b, 0, sizeof(*b));
	snprintf(b->path, sizeof(b->path), "%s", path);
	if (n >= 0 && fstat(fd, &b->st))
		n = -1;
	if (n > 2 && !memcmp(head.text, "#!", 2))
		look_at_script(b, head.text, (size_t)n);
	b->elf = n >= (ssize_t)sizeof(head.elf) && !memcmp(head.text, ELFMAG, SELFMAG);
	b->wide = b->elf && head.elf.e_ident[EI_CLASS] == ELFCLASS64 &&
		  head.elf.e_machine == EM_X86_64 && head.elf.e_phentsize == sizeof(Elf64_Phdr);
	if (b->wide)
		look_at_segments(b, fd, &head.elf);
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

char *run_missing_interpreter(const char *path)
{
	struct binary b;

	if (look_at(&b, path) || !b.interpreter[0] || is_program(b.interpreter))
		return NULL;
	return strdup(b.interpreter);
}

static const char *reason(const struct binary *b)
{
	char caps[64];

	if (!b->elf)
		return "it is not an ELF program";
	if (!b->wide)
		return "it is not an x86-64 program";
	if (!b->dynamic)
		return "it is statically linked: link it dynamically";
	if (b->st.st_mode & S_ISUID)
		return "it is setuid: run a copy without that bit";
	if (b->st.st_mode & S_ISGID)
		return "it is setgid: run a copy without that bit";
	if (getxattr(b->path, "security.capability", caps, sizeof(caps)) > 0)
		return "it has file capabilities: run a copy without them";
	if (strstr(b->interpreter, "musl"))
		return "it uses musl, not glibc";
	return NULL;
}

void run_explain_unwatched(const char *program)
{
	char *path = run_find_program(program);
	const char *why = NULL;
	struct binary b;

	if (path && !look_at(&b, path)) {
		for (int depth = 0; b.script && depth < 4; depth++) {
			char next[sizeof(b.interpreter)];
			memcpy(next, b.interpreter, sizeof(next));
			if (look_at(&b, next))
				break;
		}
		why = reason(&b);
	}
	if (why && strcmp(b.path, path))
		cli_error("%s was not watched: of its interpreter %s, %s", program, b.path, why);
	else
		cli_error("%s was not watched: %s", program,
			  why ? why : "no recording appeared: does it clear LD_PRELOAD?");
	free(path);
}
