/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in the source a finding is, for formats that show it there: a path as who has the sources knows it, and of
 * all the lines of a finding the one that is best looked at first. */
#include "report/formats.h"

#include <string.h>
#include <unistd.h>

/* Takes "." and ".." and doubled slashes out of an absolute path, in place. */
static void simplify(char *path)
{
	char *to = path;

	for (const char *at = path; *at;) {
		size_t n;

		at += strspn(at, "/");
		n = strcspn(at, "/");
		if (n == 2 && !memcmp(at, "..", 2)) {
			while (to > path && *--to != '/')
				continue;
		} else if (n && !(n == 1 && *at == '.')) {
			*to++ = '/';
			memmove(to, at, n);
			to += n;
		}
		at += n;
	}
	*to = '\0';
}

const char *sn_source_root(const struct sn_report *r)
{
	static char root[2 * 4096];
	const char *asked =
		*r->options.source_root ? r->options.source_root : r->options.strip_path_prefix;

	if (*asked == '/') {
		snprintf(root, sizeof(root), "%s", asked);
	} else {
		if (!getcwd(root, 4096))
			*root = '\0';
		snprintf(root + strlen(root), sizeof(root) / 2, "/%s", asked);
	}
	simplify(root);
	return root;
}

int sn_place_of_frame(const struct sn_report *r, const struct sn_frame *f, struct sn_place *place)
{
	const char *root = sn_source_root(r);
	size_t n = strlen(root);

	if (!f || !f->file || f->line <= 0)
		return 0;
	if (*f->file != '/' && f->directory && *f->directory == '/')
		snprintf(place->file, sizeof(place->file), "%s/%s", f->directory, f->file);
	else
		snprintf(place->file, sizeof(place->file), "%s", f->file);
	/* Without its folder a name is as the compiler was given it: most likely from the root. */
	place->is_below = *place->file != '/';
	if (!place->is_below)
		simplify(place->file);
	if (!place->is_below && !strncmp(place->file, root, n) && place->file[n] == '/') {
		memmove(place->file, place->file + n + 1, strlen(place->file + n + 1) + 1);
		place->is_below = 1;
	}
	place->line = f->line;
	place->column = f->column > 0 ? f->column : 0;
	place->frame = f;
	return *place->file != '\0';
}

int sn_place_of_caller(const struct sn_report *r, struct sn_process *p, uint32_t stack, unsigned i,
		       struct sn_place *place)
{
	const struct sn_trace *t = sn_process_trace(p, stack);
	const struct sn_frame *site = sn_trace_site(t);
	size_t at = 0;

	/* Where the site has no line, the next one out that has. */
	while (at < t->count && t->at[at].frame != site)
		at++;
	for (; at < t->count; at++)
		if (sn_place_of_frame(r, t->at[at].frame, place) && !i--)
			return 1;
	return 0;
}

int sn_place_of_stack(const struct sn_report *r, struct sn_process *p, uint32_t stack,
		      struct sn_place *place)
{
	return sn_place_of_caller(r, p, stack, 0, place);
}

/* What somebody did, or waits for, before what came before it. */
static int is_deed(const struct sn_part *part)
{
	return part->role != SN_ROLE_HOLDS && part->role != SN_ROLE_CHECKED &&
	       part->role != SN_ROLE_SUBJECT && part->role != SN_ROLE_GATE;
}

static int place_of_parts(const struct sn_report *r, const struct sn_found *f, int deeds,
			  struct sn_place *place)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].stack && (!deeds || is_deed(&f->parts[i])) &&
		    sn_place_of_stack(r, f->process, f->parts[i].stack, place))
			return 1;
	return 0;
}

/* Where its threads were created, or its objects made. */
static int place_of_births(const struct sn_report *r, const struct sn_found *f,
			   struct sn_place *place)
{
	const struct sn_view *v = f->process->view;

	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_part *part = &f->parts[i];
		uint32_t threads[] = {part->thread, part->object_is_thread ? part->object : 0};

		for (int j = 0; j < 2; j++)
			if (sn_place_of_stack(r, f->process,
					      sn_view_thread(v, threads[j])->create_stack, place))
				return 1;
		if (!part->object_is_thread &&
		    sn_place_of_stack(r, f->process, sn_view_lock(v, part->object)->birth_stack,
				      place))
			return 1;
	}
	return 0;
}

int sn_place_of_found(const struct sn_report *r, const struct sn_found *f, struct sn_place *place)
{
	/* Threads that nobody ended are mended where they are made. */
	if (sn_found_is_alive(f) && place_of_births(r, f, place))
		return 1;
	return place_of_parts(r, f, 1, place) || place_of_parts(r, f, 0, place) ||
	       place_of_births(r, f, place);
}
