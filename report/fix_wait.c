/* SPDX-License-Identifier: Apache-2.0
 *
 * How to fix a wait on a futex of somebody's own: by the frames that sleep there (fix_wait.def). */
#include <string.h>
#include "base/names.h"
#include "report/say.h"

static const struct row {
	int in_handler;
	const char *module, *function, *fix;
} rows[] = {
#define SN_FIX_WAIT(in_handler, module, function, fix) {in_handler, module, function, fix},
#include "report/fix_wait.def"
#undef SN_FIX_WAIT
};

/* Frames that are looked at from the innermost on. */
#define NEAR_MOST 16u

static int handler_in(const struct sn_trace *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->at[i].frame->is_signal)
			return 1;
	return 0;
}

static int is_such(const struct sn_frame *f, const struct row *row)
{
	const char *module = f->module ? sn_basename(f->module) : "";
	const char *function = f->function ? f->function : "";

	return !strncmp(module, row->module, strlen(row->module)) &&
	       strstr(function, row->function);
}

/* A row of a module is for waits in that module: there the innermost frame is one of it. */
static int fits(const struct sn_trace *t, const struct row *row)
{
	struct row any = {row->in_handler, row->module, "", ""};

	if (!t->count || (row->in_handler && !handler_in(t)) || !is_such(t->at[0].frame, &any))
		return 0;
	for (size_t i = 0; i < t->count && i < NEAR_MOST && !t->at[i].frame->is_signal; i++)
		if (is_such(t->at[i].frame, row))
			return 1;
	return 0;
}

static int is_of_a_word(const struct sn_process *p, const struct sn_part *part)
{
	return part->role == SN_ROLE_WAITS && !part->object_is_thread &&
	       sn_view_lock(p->view, part->object)->type == SN_LOCK_FUTEX;
}

const char *sn_say_wait_fix(const struct sn_found *f)
{
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (uint32_t i = 0; i < f->part_count; i++) {
			const struct sn_part *part = &f->parts[i];
			const struct sn_trace *t =
				is_of_a_word(f->process, part)
					? sn_process_trace(f->process, part->stack)
					: NULL;

			if (t && fits(t, &rows[r]))
				return rows[r].fix;
		}
	return NULL;
}
