/* SPDX-License-Identifier: Apache-2.0
 *
 * A picture as a file: a head, then the threads and the modules as they lie in memory.  It is read
 * by the build that wrote it, or refused. */
#include "outside/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "SNARLSEE"

/* A file of holes may be as long as it likes: what it costs to read is bounded by these. */
#define THREADS_MOST 65536u
#define MODULES_MOST 16384u

struct head {
	char magic[8];
	uint32_t thread_size, module_size; /* their layout's version, so to speak */
	struct sn_seen seen;               /* its pointers mean nothing */
};

/* Never through a link, and nothing but a regular file that is new or was found so. */
static FILE *open_beside(int folder, const char *recording, int writing)
{
	const char *slash = strrchr(recording, '/'), *base = slash ? slash + 1 : recording;
	int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, fd = -1;
	char *name;
	FILE *f;

	if (asprintf(&name, "%s.seen", folder < 0 ? recording : base) < 0)
		return NULL;
	if (writing && folder >= 0) {
		unlinkat(folder, name, 0);
		fd = openat(folder, name, flags | O_WRONLY | O_CREAT | O_EXCL, 0600);
	} else if (!writing) {
		fd = openat(folder < 0 ? AT_FDCWD : folder, name, flags | O_RDONLY);
	}
	free(name);
	f = fd < 0 ? NULL : fdopen(fd, writing ? "w" : "r");
	if (!f && fd >= 0)
		close(fd);
	return f;
}

static int write_all(FILE *f, const struct head *head, const struct sn_seen *s)
{
	return fwrite(head, sizeof(*head), 1, f) == 1 &&
	       fwrite(s->threads, sizeof(*s->threads), s->thread_count, f) == s->thread_count &&
	       fwrite(s->modules, sizeof(*s->modules), s->module_count, f) == s->module_count;
}

int sn_seen_store(const struct sn_seen *s, int folder, const char *recording,
		  const struct sn_header *h)
{
	struct head head = {.thread_size = sizeof(*s->threads), .module_size = sizeof(*s->modules)};
	FILE *f = open_beside(folder, recording, 1);
	int good;

	if (!f)
		return -ENOENT;
	memcpy(head.magic, MAGIC, sizeof(head.magic));
	head.seen = *s;
	head.seen.threads = NULL;
	head.seen.modules = NULL;
	head.seen.started_mono_ns = h->started_mono_ns;
	good = write_all(f, &head, s);
	return fclose(f) || !good ? -EIO : 0;
}

/* Whether the file is a picture of this recording, and exactly as long as it says. */
static int is_good(FILE *f, const struct head *head, const struct sn_header *h)
{
	const struct sn_seen *s = &head->seen;
	struct stat st;

	return !memcmp(head->magic, MAGIC, sizeof(head->magic)) &&
	       head->thread_size == sizeof(struct sn_seen_thread) &&
	       head->module_size == sizeof(struct sn_seen_module) && s->pid == h->pid &&
	       s->started_mono_ns == h->started_mono_ns && s->thread_count <= THREADS_MOST &&
	       s->module_count <= MODULES_MOST && !fstat(fileno(f), &st) && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == sizeof(*head) +
					       (uint64_t)s->thread_count * head->thread_size +
					       (uint64_t)s->module_count * head->module_size;
}

static void mend(struct sn_seen *s)
{
	for (uint32_t i = 0; i < s->thread_count; i++) {
		if (s->threads[i].call.depth > SN_REMOTE_FRAMES)
			s->threads[i].call.depth = 0;
		if (s->threads[i].ring_count > SN_RING_MOST)
			s->threads[i].ring_count = 0;
	}
	for (uint32_t i = 0; i < s->module_count; i++) {
		s->modules[i].path[sizeof(s->modules[i].path) - 1] = '\0';
		if (s->modules[i].build_id_size > SN_BUILD_ID_MAX)
			s->modules[i].build_id_size = 0;
	}
}

static int read_all(FILE *f, struct sn_seen *s)
{
	s->threads = calloc(s->thread_count + 1ul, sizeof(*s->threads));
	s->modules = calloc(s->module_count + 1ul, sizeof(*s->modules));
	return s->threads && s->modules &&
	       fread(s->threads, sizeof(*s->threads), s->thread_count, f) == s->thread_count &&
	       fread(s->modules, sizeof(*s->modules), s->module_count, f) == s->module_count;
}

int sn_seen_load(struct sn_seen *s, int folder, const char *recording, const struct sn_header *h)
{
	FILE *f = open_beside(folder, recording, 0);
	struct head head;
	int rc = -EINVAL;

	*s = (struct sn_seen){0};
	if (!f)
		return -ENOENT;
	if (fread(&head, sizeof(head), 1, f) == 1 && is_good(f, &head, h)) {
		*s = head.seen;
		rc = read_all(f, s) ? 0 : -EIO;
		if (rc)
			sn_seen_free(s);
		else
			mend(s);
	}
	fclose(f);
	return rc;
}
