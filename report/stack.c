/* SPDX-License-Identifier: Apache-2.0
 *
 * From a recorded stack to the frames that a reader wants: without the detector's own, and without
 * what libc and libstdc++ run before they call the thread's function or main. */
#include "report/model.h"

#include <stdlib.h>
#include <string.h>

#define STACK_FRAMES_MAX 4096 /* inlined ones included */

const char *sn_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int begins(const char *text, const char *with)
{
	return text && !strncmp(text, with, strlen(with));
}

static int is_module(const struct sn_frame *f, const char *const *names)
{
	const char *base = f->module ? sn_basename(f->module) : "";

	for (; *names; names++)
		if (begins(base, *names))
			return 1;
	return 0;
}

static int is_ours(const struct sn_frame *f)
{
	static const char *const names[] = {"libsnarl.so", "libsnarl-race.so", NULL};

	return is_module(f, names);
}

static int is_libc(const struct sn_frame *f)
{
	static const char *const names[] = {"libc.so",  "libc-", "libpthread",
					    "ld-linux", "ld-2",  NULL};

	return is_module(f, names);
}

/* What calls a thread's function or main. */
static int is_start(const struct sn_frame *f)
{
	static const char *const names[] = {"_start",
					    "start_thread",
					    "clone",
					    "clone3",
					    "__clone",
					    "__clone3",
					    "__libc_start_call_main",
					    "__libc_start_main",
					    "__libc_start_main_impl",
					    "__libc_start_main_alias_2",
					    "thread_start",
					    NULL};

	for (int i = 0; f->function && names[i]; i++)
		if (!strcmp(f->function, names[i]))
			return !strcmp(names[i], "_start") || is_libc(f);
	return 0;
}

/* The channel library, around the functions that the program gave it. */
static int is_channel(const struct sn_frame *f)
{
	static const char *const names[] = {"libsnarl-channel.so", NULL};

	return is_module(f, names);
}

/* What std::thread puts around the function it was given: known by name, or by the header. */
static int is_wrapping(const struct sn_frame *f)
{
	static const char *const names[] = {"std::thread::_",
					    "std::__invoke",
					    "std::invoke",
					    "std::jthread::",
					    "execute_native_thread_routine",
					    NULL};
	static const char *const headers[] = {"std_thread.h", "invoke.h", NULL};
	const char *name = f->function ? f->function : "";

	for (int i = 0; names[i]; i++)
		if (begins(name, names[i]))
			return 1;
	for (int i = 0; headers[i] && begins(f->file, "/usr/include/c++/"); i++)
		if (!strcmp(sn_basename(f->file), headers[i]))
			return 1;
	return 0;
}

/* A frame of a runtime library without symbols. */
static int is_nameless(const struct sn_frame *f)
{
	static const char *const names[] = {"libstdc++.so", NULL};

	return !f->function && (is_libc(f) || is_module(f, names));
}

/* Drops the outer end. Stripped libraries name nothing: there, frames of libc (and of _start, which
 * is known by its address) at the very end can be nothing else. */
static size_t trim(struct sn_traced *at, size_t count)
{
	size_t end = count;

	for (size_t i = 0; i < count && end == count; i++)
		if (is_start(at[i].frame))
			end = i;
	while (end && (is_nameless(at[end - 1].frame) || is_wrapping(at[end - 1].frame) ||
		       is_channel(at[end - 1].frame)))
		end--;
	return end ? end : count;
}

static size_t drop_ours(struct sn_traced *at, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_ours(at[i].frame))
			at[kept++] = at[i];
	return kept ? kept : count;
}

static size_t collect(struct sn_symboliser *s, const struct sn_view *v, uint32_t epoch,
		      const uint64_t *pcs, uint32_t depth, struct sn_traced *at)
{
	size_t count = 0;
	int interrupted = 0;

	for (uint32_t i = 0; i < depth; i++) {
		size_t n;
		const struct sn_frame *f = interrupted
						   ? sn_symbolise_exact(s, v, epoch, pcs[i], &n)
						   : sn_symbolise_return(s, v, epoch, pcs[i], &n);

		interrupted = f->is_signal;
		for (size_t j = 0; j < n && count < STACK_FRAMES_MAX; j++)
			at[count++] = (struct sn_traced){&f[j], pcs[i]};
	}
	return count;
}

struct sn_trace *sn_trace_new(struct sn_symboliser *s, const struct sn_view *v, uint32_t stack)
{
	uint32_t depth;
	const uint64_t *pcs = sn_view_stack_pcs(v, stack, &depth);

	return sn_trace_of(s, v, sn_view_stack(v, stack)->epoch, pcs, depth);
}

struct sn_trace *sn_trace_of(struct sn_symboliser *s, const struct sn_view *v, uint32_t epoch,
			     const uint64_t *pcs, uint32_t depth)
{
	static struct sn_traced at[STACK_FRAMES_MAX];
	size_t count = collect(s, v, epoch, pcs, depth, at);
	struct sn_trace *t;

	count = trim(at, drop_ours(at, count));
	t = malloc(sizeof(*t) + count * sizeof(*at));
	if (!t)
		return NULL;
	t->count = count;
	memcpy(t->at, at, count * sizeof(*at));
	return t;
}

/* The compiler's and the system's headers, the C and C++ runtimes, and the channel library. */
static int is_system(const struct sn_frame *f)
{
	static const char *const modules[] = {"libstdc++", "libpthread", "libgcc_s",
					      "libc++",    "[vdso]",     NULL};

	return f->is_signal || begins(f->file, "/usr/include/") || begins(f->file, "/usr/lib/") ||
	       begins(f->file, "/rustc/") || begins(f->file, "library/std/") ||
	       begins(f->file, "library/core/") || is_libc(f) || is_channel(f) ||
	       is_module(f, modules);
}

/* A typed call on a channel that SNARL_CHANNEL_OF made: of the column where the macro stands, which
 * is at the margin. What the program wrote is its caller. */
static int is_typed_call(const struct sn_frame *f)
{
	static const char *const names[] = {"_new",     "_close", "_retain", "_release", "_send",
					    "_receive", "_until", "_with",   NULL};
	size_t length = f->function ? strlen(f->function) : 0;

	for (int i = 0; f->column == 1 && names[i]; i++)
		if (length > strlen(names[i]) &&
		    !strcmp(f->function + length - strlen(names[i]), names[i]))
			return 1;
	return 0;
}

static size_t site_index(const struct sn_trace *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (!is_system(t->at[i].frame) && !is_typed_call(t->at[i].frame))
			return i;
	return 0;
}

const struct sn_frame *sn_trace_site(const struct sn_trace *t)
{
	return t->count ? t->at[site_index(t)].frame : NULL;
}

int sn_trace_is_dull(const struct sn_trace *t, size_t i)
{
	const struct sn_frame *f = t->at[i].frame;

	if (f->is_signal)
		return 0;
	return i < site_index(t) || (f->inlined && i != site_index(t) && is_system(f));
}
